"""``fairgames compare``: two scenarios or answers side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from fairgames.cli import options, show
from fairgames.cli.answers import CommandAnswer, Grid, alike_in_a_line
from fairgames.cli.answers import output as output_option
from fairgames.errors import InputError
from fairgames.mechanism import Design, Scope, design
from fairgames.mechanism.comparison import Comparison, UserSide, compare
from fairgames.reading.json_values import read_object
from fairgames.text import how_many, money, number

_ANSWER = "an answer that fairgames design -o has written"


@dataclass(frozen=True, eq=False)
class _Side:
    """One of the two: its file, its answer, and what its money is called."""

    file: str
    found: Design
    currency: str | None


@click.command("compare")
@click.argument("first", type=click.Path())
@click.argument("second", type=click.Path())
@options.scope
@options.selection
@options.budget
@output_option
@options.rule
@options.exact
@options.as_json
def command(
    first: str,
    second: str,
    scope: Scope,
    selection: str,
    budget: str | None,
    output: Path | None,
    rule: str | None,
    exact: bool,
    as_json: bool,
) -> None:
    """Who gains and who loses from FIRST to SECOND, in payment less sensitivity.

    Each is a scenario, whose design is computed, or an answer that `fairgames design -o FILE.json` has written.
    """
    asked = {"--scope": scope != "auto", "--selection": selection != "best", "--budget": budget, "--rule": rule}
    given = [name for name, value in asked.items() if value]
    if given and _is_answer(first) and _is_answer(second):
        raise InputError(f"{', '.join(given)}: both are answers already; leave it out, or give scenarios")
    sides = []
    with show.progress_bar():
        for path in (first, second):
            sides.append(
                _answer_in(path) if _is_answer(path) else _design_of(path, scope, selection, budget, rule, exact)
            )
    money = [side.currency for side in sides]
    if money[0] != money[1]:
        show.warn(
            [f"the first is in {money[0] or 'no currency'}, the second in {money[1] or 'none'}: as if they were one"]
        )
    found = compare(sides[0].found, sides[1].found)
    values = {"first": _told(sides[0]), "second": _told(sides[1]), **found.answer()}
    values |= show.certainty(found.undecided)
    CommandAnswer(values, found.table, partial(_text, sides, found), exact).give(output, as_json)


def _is_answer(path: str) -> bool:
    return Path(path).suffix.lower() == ".json"


def _answer_in(path: str) -> _Side:
    data = read_object(Path(path), _ANSWER)
    try:
        found = Design.from_dict(data)
    except InputError as error:
        raise InputError(f"{path}: {fault}" for fault in error.faults) from None
    show.warn(f"{path}: {warning}" for warning in found.warnings)
    currency = data.get("currency")
    return _Side(path, found, currency if isinstance(currency, str) else None)


def _design_of(path: str, scope: Scope, selection: str, budget: str | None, rule: str | None, exact: bool) -> _Side:
    read = options.read(path)
    game = options.game_of(read, rule, exact)
    found = design(game, selection, budget, scope)
    show.warn((*game.warnings(), *found.warnings))
    return _Side(path, found, read.currency)


def _told(side: _Side) -> dict[str, object]:
    found = side.found
    names = ("alpha", "platform_utility", "utility", "rule", "scope", "selection", "exact")
    return {"file": side.file, **{name: getattr(found, name) for name in names}}


def _text(sides: list[_Side], found: Comparison) -> Iterator[str | Grid]:
    currency = sides[0].currency
    for which, side in zip(("First", "Second"), sides, strict=True):
        share = "" if side.found.alpha is None else f"pay out α = {number(side.found.alpha)}, "
        kept = f"the platform keeps {money(side.found.platform_utility, side.currency)}"
        kept += f" of {money(side.found.utility, side.currency)}"
        yield f"{which}, {side.file}: {share}{kept} (rule {side.found.rule})."
    rows = [[one.user, *_cells(one.first), *_cells(one.second), number(one.change), one.outcome] for one in found.users]
    columns = [f"{which} {name}" for which in ("first", "second") for name in ("level", "payment", "gain")]
    title = f"Gain: payment less sensitivity{f', in {currency}' if currency else ''}"
    yield Grid(["user", *columns, "change", ""], list(alike_in_a_line(rows)), title)
    counts, size = found.counts, how_many(len(found.users))
    gain, lose, same = (how_many(counts[key]) for key in ("gains", "loses", "same"))
    others = counts["first only"] + counts["second only"]
    alone = f", {how_many(others)} are in one only" if others else ""
    yield f"{gain} of {size} users gain, {lose} lose, {same} have the same{alone}."
    yield f"The platform's change is {money(found.change, currency)}."
    yield from (f"Undecided: {comparison}." for comparison in found.undecided)


def _cells(side: UserSide | None) -> list[str]:
    return ["–"] * 3 if side is None else [side.level, number(side.payment), number(side.gain)]
