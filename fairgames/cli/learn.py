"""``fairgames learn``: users' costs from what they chose."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fairgames.cli import options, show
from fairgames.cli.answers import CommandAnswer, Grid
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.scenario import load
from fairgames.tables.table import Table
from fairgames.text import how_many, number

if TYPE_CHECKING:
    from fairgames.learning.identified import Learned
    from fairgames.learning.logit import LogitFit


@click.command("learn")
@options.scenario_argument
@click.argument("observations", type=click.Path())
@click.option(
    "-o", "--output", type=click.Path(), help="The scenario with the ranges of costs that were learned (TOML)."
)
@click.option(
    "--model",
    type=click.Choice(["exact", "logit"]),
    default="exact",
    show_default=True,
    help="Exact: nobody could gain by another level in any period; logit: choices with noise of unknown precision.",
)
@click.option(
    "--slack", is_flag=True, help="Where no costs fit: those of least total violation, instead of leaving out periods."
)
@options.rule
@options.exact
@options.as_json
def command(
    scenario: str,
    observations: str,
    output: str | None,
    model: str,
    slack: bool,
    rule: str | None,
    exact: bool,
    as_json: bool,
) -> None:
    """Learn users' costs from OBSERVATIONS: a CSV file with alpha and the level that each user of SCENARIO chose.

    Of each user and level the least and the largest cost that fits is found, exactly; periods that contradict others
    are named, the fewest that have to be left out.
    """
    from fairgames.learning.observations import read_observations

    if slack and model != "exact":
        raise InputError("--slack: choices with noise contradict nothing; leave it out with --model logit")
    read = load(scenario)
    show.warn(said for said in read.warnings if ": sensitivity: " not in said)  # what is learned need not be stated
    users = read.users.with_costs([[0] * len(read.utility.levels)] * len(read.users))
    game = PaymentGame(read.utility, users, rule or read.rule, exact=True if exact else None)
    with show.progress_bar():
        periods = read_observations(observations, game)
        if model == "logit":
            _logit(read, game, periods, output, as_json)
            return
        from fairgames.learning.identified import learn

        found = learn(game, periods, slack)
    if output is not None:
        from fairgames.learning.learned_file import write_learned

        write_learned(read, found, output)
    show.warn(_warnings(found))
    answer = found.answer() | {"model": "exact", "output": output, "levels": game.utility.level_names}
    answer |= show.certainty([])
    CommandAnswer(answer, lambda: _table(game, found), partial(_text, game, found, output), exact).give(None, as_json)


def _warnings(found: Learned) -> Iterator[str]:
    if not found.consistent and found.slack is None:
        periods = ", ".join(str(one.period) for one in found.violations)
        yield (
            f"no costs fit all {how_many(found.periods)} periods: {periods} left out, the fewest that have to be; "
            "--slack has the costs of least total violation"
        )
    elif not found.consistent:
        yield f"no costs fit all {how_many(found.periods)} periods: these violate least in total, {number(found.slack)}"


def _table(game: PaymentGame, found: Learned) -> Table:
    names = game.utility.level_names
    rows = [
        (user, level, low, high)
        for user, own in zip(found.users, found.bounds, strict=True)
        for level, (low, high) in zip(names, own, strict=True)
    ]
    return Table.of_rows(("user", "level", "cost at least", "cost at most"), rows)


def _text(game: PaymentGame, found: Learned, output: str | None) -> Iterator[str | Grid]:
    names = game.utility.level_names
    rows = [
        [user, *(f"{number(low)} to {number(high)}" for low, high in own)]
        for user, own in zip(found.users, found.bounds, strict=True)
    ]
    yield Grid(["user", *(f"cost of {name}" for name in names)], rows, f"What {how_many(found.periods)} periods tell")
    for one in found.violations:
        by = "" if one.amount is None else f" by {number(one.amount)}"
        yield f"Period {one.period} (line {one.place}) contradicts others{by}: {', '.join(one.users)}."
    if output is not None:
        yield f"Wrote {output}; `fairgames design {Path(output).name}` holds for all costs in these ranges."


def _logit(read: Any, game: PaymentGame, periods: Any, output: str | None, as_json: bool) -> None:
    from fairgames.learning.logit import fit_logit

    found = fit_logit(game, periods)
    if output is not None:
        from fairgames.learning.learned_file import write_learned

        write_learned(read, found.as_learned(), output)
    show.warn(found.warnings)
    answer = found.answer() | {"model": "logit", "output": output, "levels": game.utility.level_names}
    answer |= show.certainty([])
    CommandAnswer(answer, lambda: Table.of_rows((), []), partial(_logit_text, game, found)).give(None, as_json)


def _logit_text(game: PaymentGame, found: LogitFit) -> Iterator[str | Grid]:
    names = game.utility.level_names
    rows = [
        [one.user, names[level], number(one.costs[level]), number(one.errors[level]),
         f"{number(one.intervals[level][0])} to {number(one.intervals[level][1])}", number(one.precision)]
        for one in found.users
        for level in range(len(names))
    ]  # fmt: skip
    yield Grid(["user", "level", "cost", "standard error", "95 %", "precision"], rows, "Choices with noise")
