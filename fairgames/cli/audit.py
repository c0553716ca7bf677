"""``fairgames audit``: whether a payment scheme keeps the axioms, and how it compares."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

from fairgames.audit.auditing import audit
from fairgames.audit.result import Audit, RuleFacts
from fairgames.cli import options, show
from fairgames.cli.answers import CommandAnswer, Grid, alike_in_a_line
from fairgames.cli.answers import output as output_option
from fairgames.scenario import Scenario
from fairgames.text import number, runs

_HOLDS = {True: "yes", False: "NO", None: "not decided"}


@click.command("audit")
@options.scenario_argument
@click.option(
    "--rule",
    metavar="RULE",
    help="What is audited: the name of a rule, take-it-or-leave-it, a table FILE.csv or .xlsx (level indices a user, "
    "then payment_NAME of each), or a function FILE.py:FUNCTION or MODULE:FUNCTION, whose code is run; default: the "
    "scenario's rule.",
)
@click.option("--alpha", help="The share paid out, such as 0.4 or 2/5; default: the scenario's, or 1.")
@click.option("--tolerance", default="0", help="Violations up to this much money count as none: for rounded tables.")
@click.option("--compare", is_flag=True, help="Also how the other rules pay here, who gains and who loses.")
@click.option("--profile", help="Where rules are compared: level indices such as 2,1,0.")
@output_option
@options.exact
@options.as_json
def command(
    scenario: str,
    rule: str | None,
    alpha: str | None,
    tolerance: str,
    compare: bool,
    profile: str | None,
    output: Path | None,
    exact: bool,
    as_json: bool,
) -> None:
    """Whether payments in SCENARIO keep the axioms A.i to B.iii, with the worst violation and who shows it.

    It traces how payments come about, so that others can check them; it does not certify that a law is met.
    """
    read = options.read(scenario)
    levels = None if profile is None else read.expand_profile(options.integers(profile, "--profile"))
    with show.progress_bar():
        found = audit(read, rule, alpha, tolerance, compare, levels, True if exact else None)
    show.warn(found.warnings)
    CommandAnswer(found.answer(), found.table, partial(_text, read, found), exact).give(output, as_json)


def _text(read: Scenario, found: Audit) -> Iterator[str | Grid]:
    share = "" if found.alpha is None else f" at α = {found.alpha}"
    rows = [
        [name, _HOLDS[one.holds], "–" if one.worst_violation is None else number(one.worst_violation)]
        for name, one in found.findings.items()
    ]
    money = f" ({read.currency})" if read.currency else ""
    yield Grid(["", "holds", f"worst violation{money}"], rows, f"Audit of {found.rule}{share}: {found.source}")
    for name, one in found.findings.items():
        yield f"{name}: {one.sentence}"
    if found.rules:
        yield from _compared(read, found)
    yield from (f"Undecided: {comparison}." for comparison in found.undecided)


def _compared(read: Scenario, found: Audit) -> Iterator[str | Grid]:
    there = next((facts.profile for facts in found.rules if facts.profile is not None), None)
    if there is not None:
        names = read.utility.level_names
        yield f"Rules compared at levels ({', '.join(runs([names[level] for level in there]))})."
    rows = [_row(facts) for facts in found.rules if facts.payments is not None]
    yield Grid(
        ["rule", "away from fair", "gain", "lose", "in the core", "potential", "platform's best", "at α"],
        rows,
        "Away from fair: the money that changes hands against Theorem 2 with as much paid in all",
    )
    yield _users(read, found)
    for facts in found.rules:
        if facts.departure is not None and not facts.departure.in_core:
            who, gain = facts.departure.coalition, number(facts.departure.gain)
            yield f"{facts.rule}: {' and '.join(who)} would gain {gain} by leaving{' together' * (len(who) > 1)}."
    for facts in found.rules:
        if facts.why_not:
            yield f"{facts.rule}: {facts.why_not}"


def _users(read: Scenario, found: Audit) -> Grid:
    """Who gains and who loses by the audited rule."""
    own = found.rules[0]
    columns = [[] if values is None else values.tolist() for values in (own.payments, own.fair, own.distances)]
    rows = [
        [name, number(paid), number(fair), number(away), "gains" if away > 0 else "loses" if away < 0 else "–"]
        for name, paid, fair, away in zip(found.users, *columns, strict=bool(columns[0]))
    ]
    money = f" ({read.currency})" if read.currency else ""
    names = ["user", f"payment{money}", "fair", "away from fair", ""]
    return Grid(names, list(alike_in_a_line(rows)), f"{own.rule}: who gains and who loses against as much paid fairly")


def _row(facts: RuleFacts) -> list[str]:
    distances = [] if facts.distances is None else facts.distances.tolist()
    stays = "–" if facts.departure is None else "yes" if facts.departure.in_core else "NO"
    return [
        facts.rule,
        number(facts.distance),
        str(sum(one > 0 for one in distances)),
        str(sum(one < 0 for one in distances)),
        stays,
        "–" if facts.potential is None else facts.potential.kind,
        number(facts.platform_utility),
        number(facts.best_alpha),
    ]
