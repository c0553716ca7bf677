"""``fairgames report``: one page that anyone can open."""

from __future__ import annotations

from pathlib import Path

import click

from fairgames.cli import options, show
from fairgames.errors import InputError
from fairgames.report import extract, report
from fairgames.report.making import check_suffix


def _checked(_context: click.Context, _option: click.Parameter, output: str | None) -> str | None:
    if output is not None:
        check_suffix(output)
    return output


@click.command("report")
@options.scenario_argument
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(),
    callback=_checked,
    help="The report: .html (one page, self-contained), .pdf (where Chromium is installed) or .md.",
)
@click.option(
    "--extract",
    "folder",
    metavar="FOLDER",
    type=click.Path(),
    help="SCENARIO is a report.html: write the scenario that is inside it into this folder.",
)
@click.option(
    "--solver",
    "solvers",
    multiple=True,
    help="Who confirms the equilibria: an ID such as gambit:enumpure, a package, or all; may be repeated. Default: "
    "those that promise all there is, where the game is small; else fairgames:pure.",
)
@options.seconds
@options.rule
@options.as_json
def command(
    scenario: str,
    output: str | None,
    folder: str | None,
    solvers: tuple[str, ...],
    seconds: float,
    rule: str | None,
    as_json: bool,
) -> None:
    """A report on SCENARIO: the question, the answer, what it rests on, and all that is needed to compute it again."""
    if (output is None) == (folder is None):
        raise InputError(
            "give either -o FILE (.html, .pdf, .md), or --extract FOLDER, which takes a scenario out of a report"
        )
    if folder is not None:
        written = extract(scenario, folder)
        _tell(as_json, {"output": list(map(str, written))}, f"Wrote {', '.join(map(str, written))}.")
        return
    assert output is not None
    read = options.read(scenario)
    with show.progress_bar():
        made = report(read, rule, solvers, seconds, Path(output).name)
        made.write(output)
    facts = made.facts
    if read.alpha_of_utility is not None and facts.game.rule.has_alpha:
        show.warn(["alpha_of_utility is set aside: the report recommends a constant share α"])
    show.warn(facts.best.warnings)
    found = None if facts.found is None else len(facts.found.equilibria)
    answer = {
        "output": output,
        "alpha": facts.best.alpha,
        "platform_utility": facts.best.platform_utility,
        "equilibria": found,
        "sections": [section.name for section in made.sections],
    }
    _tell(as_json, answer | show.certainty(facts.best.undecided), f"Wrote {output}.")


def _tell(as_json: bool, answer: dict[str, object], text: str) -> None:
    if as_json:
        show.print_json(answer)
    else:
        show.say(text)
