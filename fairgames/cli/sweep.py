"""``fairgames sweep``: the platform's best share over ranges of scenario values."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from fairgames.cli import options, show
from fairgames.mechanism import Method, Scope
from fairgames.sweep import Sweep, sweep
from fairgames.sweep.output import SUFFIXES, Output

#: What shells expect of a command that Ctrl-C has ended.
_INTERRUPTED = 130


@click.command("sweep")
@options.scenario_argument
@click.option(
    "--vary",
    multiple=True,
    required=True,
    metavar="KEY=FROM:TO:POINTS",
    help="A value of the scenario, such as utility.scale=1:2:5 or users.clinic.sensitivity.1=0:1/3:4; "
    "also KEY=FROM:TO:POINTS:log, KEY=A,B,C and KEY=[A,B],[C]. users.* is every user, and users.*.sensitivity_scale "
    "is what all costs are times. May be repeated: every combination, the last one fastest.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(),
    help=f"The file to write, one row a point; its suffix is the format: {', '.join(SUFFIXES)}.",
)
@options.scope
@options.selection
@options.method
@options.steps
@options.budget
@options.rule
@options.exact
@click.option("--jobs", type=click.IntRange(min=1), help="Processes of this machine; default: one for each core.")
@click.option("--scheduler", metavar="ADDRESS", help="Use the Dask cluster there, such as tcp://127.0.0.1:8786.")
@click.option("--restart", is_flag=True, help="Compute everything anew and replace what is there.")
@options.as_json
def command(
    scenario: str,
    vary: tuple[str, ...],
    output: str,
    scope: Scope,
    selection: str,
    method: Method,
    steps: int,
    budget: str | None,
    rule: str | None,
    exact: bool,
    jobs: int | None,
    scheduler: str | None,
    restart: bool,
    as_json: bool,
) -> None:
    """The platform's best share for every combination of values of SCENARIO; a killed sweep goes on where it was."""
    try:
        with show.progress_bar():
            found = sweep(
                scenario, vary, output, scope=scope, selection=selection, budget=budget, rule=rule, exact=exact,
                method=method, steps=steps, jobs=jobs, scheduler=scheduler, restart=restart,
            )  # fmt: skip
    except KeyboardInterrupt:
        journal = Output(Path(output)).journal
        kept = f"What is done is kept in {journal}; the same command goes on from there."
        show.say(f"Interrupted. {kept if journal.exists() else 'Nothing was computed yet.'}", err=True)
        sys.exit(_INTERRUPTED)
    show.warn(found.warnings)
    show.warn(found.point_warnings())
    show.say(_summary(found, output), err=True)
    if as_json:
        points = len(found.rows)
        counts = {"computed": found.computed, "resumed": found.resumed, "errors": found.errors}
        undecided = (sentence for row in found.rows for sentence in row.get("undecided") or ())
        show.print_json({"output": output, "points": points, **counts, **show.certainty(undecided)})


def _summary(found: Sweep, output: str) -> str:
    if found.resumed and not found.computed:
        done = f"Nothing to do: {output} has all {found.resumed:,} points of this sweep."
    else:
        done = f"Wrote {output}: {found.computed:,} points computed, {found.resumed:,} resumed."
    without = next((row["error"] for row in found.rows if row["error"] is not None), None)
    if without is None:
        return done
    return f"{done} {found.errors:,} have no answer (column error), the first: {without}"
