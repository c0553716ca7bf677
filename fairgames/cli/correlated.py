"""``fairgames correlated``: what a mediator who recommends levels can do, at one share or at the best one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from fairgames.cli import options, show
from fairgames.cli.answers import CommandAnswer, Grid
from fairgames.cli.answers import output as output_option
from fairgames.equilibria.correlated.at_share import CorrelatedAtShare, Range, correlated_at
from fairgames.equilibria.correlated.equilibrium import CorrelatedEquilibrium
from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.game import PaymentGame
from fairgames.mechanism import CorrelatedDesign, correlated_design
from fairgames.tables.table import Table
from fairgames.text import how_many, in_money, money, number, runs
from fairgames.typing import Profile

SCHEMA = "fairgames/correlated/1"
#: Profiles of a distribution that are shown.
_MOST_ROWS = 20


@click.command("correlated")
@options.scenario_argument
@options.alpha
@click.option(
    "--coarse",
    is_flag=True,
    help="Coarse correlated equilibria: users accept or refuse before they are told which level to choose.",
)
@click.option(
    "--gap",
    help="Without --alpha: by how much the proven bound may be above the answer, in money. Default: 1e-5 of the most "
    "that the platform may keep; 0 to rounding for two users.",
)
@output_option
@options.rule
@options.exact
@options.as_json
def command(
    scenario: str,
    alpha: str | None,
    coarse: bool,
    gap: str | None,
    output: Path | None,
    rule: str | None,
    exact: bool,
    as_json: bool,
) -> None:
    """Correlated equilibria of SCENARIO: the best and the worst at one share, or without --alpha the best share."""
    read = options.read(scenario)
    game = options.game_of(read, rule, exact)
    show.warn(game.warnings())
    if alpha is None and read.alpha_of_utility is not None and game.rule.has_alpha:
        show.warn(["alpha_of_utility is set aside: the best constant share α is looked for"])
    if gap is not None and (alpha is not None or not game.rule.has_alpha):
        raise InputError("--gap: is for the search for the best share; leave it out")
    with show.progress_bar():
        if alpha is None and game.rule.has_alpha:
            _of_best_share(game, coarse, gap, read.currency, exact).give(output, as_json)
        else:
            _of_one_share(game, alpha, coarse, read.currency, exact).give(output, as_json)


def _of_best_share(
    game: PaymentGame, coarse: bool, gap: str | None, currency: str | None, exact: bool
) -> CommandAnswer:
    found = correlated_design(game, coarse, None if gap is None else to_fraction(gap, "--gap"))
    nash = found.nash
    values = _about(game, coarse) | {
        "alpha": found.alpha,
        "platform_utility": found.platform_utility,
        "bound": found.bound,
        "utility": found.utility,
        "payments": found.payments.tolist(),
        "regret": found.regret,
        "regret_bound": found.regret_bound,
        "exact": found.exact,
        "method": found.method,
        "programs": found.programs,
        "distribution": _distribution(game, found.support()),
        "pieces": [
            {"from": one.low, "to": one.high, "platform_at_from": one.at_low, "platform_at_to": one.at_high}
            for one in found.pieces
        ],
        "nash": {
            "scope": nash.scope,
            "alpha": nash.alpha,
            "platform_utility": nash.platform_utility,
            "bound": found.nash_bound,
        },
        "mediator_adds": found.mediator_adds,
        **show.certainty(nash.undecided),
    }
    return CommandAnswer(
        values, lambda: _table(game, [("best", found.support())]), lambda: _text_of_best(found, currency), exact
    )


def _of_one_share(
    game: PaymentGame, alpha: str | None, coarse: bool, currency: str | None, exact: bool
) -> CommandAnswer:
    options.check_no_alpha(game.rule, alpha)
    found = correlated_at(game, alpha, coarse)
    ranges = {"platform": found.platform, "welfare": found.welfare}
    values = _about(game, coarse) | {
        "alpha": found.alpha,
        **{name: _range(game, one) for name, one in ranges.items()},
        "nash": found.nash,
        **show.certainty(found.undecided),
    }
    parts = [
        (f"{end} for {name}", _levels(game, one.support()))
        for name, each in ranges.items()
        for end, one in (("best", each.best), ("worst", each.worst))
    ]
    return CommandAnswer(values, lambda: _table(game, parts), lambda: _text_of_one(game, found, currency), exact)


def _about(game: PaymentGame, coarse: bool) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "rule": game.rule.name,
        "users": game.users.names,
        "levels": game.utility.level_names,
        "coarse": coarse,
    }


def _range(game: PaymentGame, one: Range) -> dict[str, Any]:
    return {
        "best": _equilibrium(game, one.best),
        "worst": _equilibrium(game, one.worst),
        "nash_best": one.nash_best,
        "nash_worst": one.nash_worst,
        "mediator_adds": one.mediator_adds,
    }


def _equilibrium(game: PaymentGame, one: CorrelatedEquilibrium) -> dict[str, Any]:
    return {
        "value": one.value,
        "bound": one.bound,
        "payoffs": one.payoffs.tolist(),
        "regret": one.regret,
        "regret_bound": one.regret_bound,
        "exact": one.exact,
        "distribution": _distribution(game, _levels(game, one.support())),
    }


def _levels(game: PaymentGame, support: Iterable[tuple[Profile, Any]]) -> list[tuple[Profile, Any]]:
    return [(game.levels(place), chance) for place, chance in support]


def _distribution(game: PaymentGame, support: Iterable[tuple[Profile, Any]]) -> list[dict[str, Any]]:
    return [{"profile": list(profile), "chance": chance} for profile, chance in support]


def _table(game: PaymentGame, parts: Iterable[tuple[str, Iterable[tuple[Profile, Any]]]]) -> Table:
    names = game.utility.level_names
    rows = [
        (what, *(names[level] for level in profile), chance) for what, support in parts for profile, chance in support
    ]
    return Table.of_rows(("equilibrium", *game.users.names, "chance"), rows)


def _text_of_best(found: CorrelatedDesign, currency: str | None) -> Iterator[str | Grid]:
    kind = "coarse correlated" if found.coarse else "correlated"
    yield (
        f"Pay out {number(found.alpha)}: at the best {kind} equilibrium the platform keeps "
        f"{money(found.platform_utility, currency)}; no share and no {kind} equilibrium leaves more than "
        f"{money(found.bound, currency)}."
    )
    yield from _shown(found.game, "Recommended", list(found.support()))
    nash, bound = found.nash, found.nash_bound
    scope = "pure Nash equilibria" if bound is None else "all Nash equilibria"
    above = bound is not None and bound > nash.platform_utility
    proven = f" (none leaves more than {money(bound, currency)})" if above else ""
    yield (
        f"Over {scope} the best is {money(nash.platform_utility, currency)} at {number(nash.alpha)}{proven}: "
        f"a mediator adds {money(found.mediator_adds, currency)}. "
        f"Largest regret: {_off(found.regret, found.regret_bound)}."
    )


def _text_of_one(game: PaymentGame, found: CorrelatedAtShare, currency: str | None) -> Iterator[str | Grid]:
    rows = []
    for name, one in (("the platform keeps", found.platform), ("welfare U − Σc", found.welfare)):
        for end, mine, nash in (("most", one.best, one.nash_best), ("least", one.worst, one.nash_worst)):
            regret = _off(mine.regret, mine.regret_bound)
            rows.append([f"{name}, {end}", number(mine.value), number(mine.bound), number(nash), regret])
    kind = "coarse correlated" if found.coarse else "correlated"
    nash_kind = "Nash (all)" if found.nash == "all" else "Nash (pure)"
    columns = [in_money("", currency).strip() or "amount", kind, "proven bound", nash_kind, "regret"]
    yield Grid(columns, rows, found.game.title)
    for end, equilibrium in (("best", found.platform.best), ("worst", found.platform.worst)):
        yield from _shown(game, f"Recommended, {end} for the platform", _levels(game, equilibrium.support()))


def _shown(game: PaymentGame, title: str, support: list[tuple[Profile, Any]]) -> Iterator[str | Grid]:
    names = game.utility.level_names
    ordered = sorted(support, key=lambda pair: -pair[1])
    rows = [["; ".join(runs([names[level] for level in profile])), number(chance)] for profile, chance in ordered]
    more = f" (the first {_MOST_ROWS} of {how_many(len(rows))} profiles)" if len(rows) > _MOST_ROWS else ""
    yield f"{title}{more}:"
    yield Grid(["levels", "chance"], rows[:_MOST_ROWS])


def _off(regret: Any, error: float) -> str:
    return number(regret if abs(regret) > error else 0) + (f" ± {number(error)}" if error else "")
