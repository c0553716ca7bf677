"""``fairgames design --uncertainty``: the answer for ranges of sensitivities, nominal and worst case apart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from fairgames.cli import plan_ranges
from fairgames.equilibria.pure.certificate import certify_profile
from fairgames.exact import object_array, to_fraction
from fairgames.game import PaymentGame
from fairgames.private.game import PlanGame
from fairgames.scenario import Scenario
from fairgames.text import number, strategy
from fairgames.typing import Array
from fairgames.users import Users

if TYPE_CHECKING:
    from fairgames.mechanism.private.ranges import RobustPlanDesign
    from fairgames.mechanism.robust_design import RobustDesign

    InRanges: TypeAlias = RobustDesign | RobustPlanDesign


def within_stated(game: PaymentGame, read: Scenario, selection: str, budget: str | None) -> RobustDesign:
    """The answer that holds for all sensitivities in the ranges that the scenario states, level by level.

    A cost that nothing bounds is more than anybody could be paid.
    """
    from fairgames.mechanism.robust_design import UNBOUNDED, RangeSelection, robust_design

    ranges = read.ranges or ()
    rows = [game.users.costs(user, len(game.utility.levels)) for user in range(len(game.users))]
    low = [[pair[0] for pair in own] if own else row for own, row in zip(ranges, rows, strict=True)]
    high = [
        [UNBOUNDED if pair[1] == math.inf else Fraction(pair[1]) for pair in own] if own else list(row)
        for own, row in zip(ranges, rows, strict=True)
    ]
    return robust_design(game.with_sensitivity(low), high, cast(RangeSelection, selection), budget)


def within_ranges(game: PaymentGame, uncertainty: str, selection: str, budget: str | None) -> RobustDesign:
    """The answer that holds for all sensitivities within this part of the scenario's."""
    from fairgames.mechanism.robust_design import RangeSelection, robust_design

    part = plan_ranges.part_of(uncertainty)
    users, n_levels = game.users, len(game.utility.levels)
    rows = [users.costs(user, n_levels) for user in users.kinds.first]

    def times(factor: Fraction) -> list[list[Fraction]]:
        scaled = [[factor * cost for cost in row] for row in rows]
        return [scaled[kind] for kind in users.kinds.of_user.tolist()]  # shared, as a million users may be alike

    low = Users(
        samples=users.samples,
        importance=users.importance,
        sensitivity=times(1 - part),
        allowed=users.allowed,
        names=users.names,
    )
    lowest = PaymentGame(game.utility, low, game.rule, exact=game.exact_asked)
    return robust_design(lowest, times(1 + part), cast(RangeSelection, selection), budget)


def both_cases(game: PaymentGame, found: RobustDesign) -> dict[str, dict[str, Array]]:
    """Sensitivities at the answer, what is left of the payments, and regrets: nominal, and in the worst case.

    In the worst case sharing costs the most that it may. Regrets are then the largest for any
    sensitivities in the ranges; under ``"worst"``, where profiles count that some of them make an
    equilibrium, those for the ones that suit it best.
    """
    profile = found.profile or ()
    nominal = certify_profile(game, profile, found.alpha)
    cases = {}
    for name, rows, regrets in (("nominal", game.costs, nominal.regrets), ("worst_case", found.high, found.regrets)):
        costs = [row[levels.index(level)] for row, levels, level in zip(rows, game.strategies, profile, strict=True)]
        spent = object_array(costs) if found.exact else np.array(costs, dtype=float)
        cases[name] = {"sensitivities": spent, "gains": found.left_of(spent), "regrets": regrets}
    return cases


def answer(game: PaymentGame, found: InRanges, uncertainty: str | None) -> dict[str, Any]:
    """What this answer has beside others, for JSON; without ``uncertainty`` the scenario states the ranges."""
    part = None if uncertainty is None else to_fraction(uncertainty, "--uncertainty")
    if isinstance(game, PlanGame):
        return {"uncertainty": part, **plan_ranges.both_cases(game, cast("RobustPlanDesign", found))}
    return {"uncertainty": part, **both_cases(game, cast("RobustDesign", found))}


def columns(game: PaymentGame, found: InRanges) -> list[str]:
    """Of the table: nominal ones, then those of the worst case."""
    last = "least regret" if found.selection == "worst" else "largest regret"
    if game.plans:
        return [*plan_ranges.COLUMNS, last]
    return ["user", "level", "payment", "sensitivity", "gain", "regret", "range", "least gain", last]


def rows(game: PaymentGame, found: InRanges) -> Iterator[list[str]]:
    """A line a user, or where costs are private one for each cost row."""
    if isinstance(game, PlanGame):
        return plan_ranges.rows(game, cast("RobustPlanDesign", found))
    return _rows(game, cast("RobustDesign", found))


def _rows(game: PaymentGame, found: RobustDesign) -> Iterator[list[str]]:
    from fairgames.mechanism.robust_design import UNBOUNDED

    cases = both_cases(game, found)
    nominal, worst = cases["nominal"], cases["worst_case"]
    for user, level in enumerate(found.profile or ()):
        choice = game.strategies[user].index(level)
        low, high = found.low[user][choice], found.high[user][choice]
        here = [nominal["sensitivities"][user], nominal["gains"][user], nominal["regrets"][user]]
        yield [
            game.users.names[user],
            strategy(found.strategies[user], game.utility.level_names),
            *map(number, (found.payments[user], *here)),
            f"{_short(low)} to {_short(high)}" if high < UNBOUNDED else f"from {_short(low)}",
            *map(number, (worst["gains"][user], worst["regrets"][user])),
        ]


def lines(found: InRanges, uncertainty: str | None) -> list[str]:
    """For which sensitivities the answer holds."""
    part = to_fraction(uncertainty or "0", "--uncertainty")
    span = (
        "in the ranges that the scenario states"
        if uncertainty is None
        else f"from {number(1 - part)} to {number(1 + part)} times the scenario's, those of every level apart"
    )
    if found.selection == "worst":
        return [f"Whatever the sensitivities are {span}, the platform keeps at least this at every pure equilibrium."]
    if found.profile is None:
        span = f"{span}, and of every cost row, with the chances as they are"
    return [f"The equilibrium holds for all sensitivities {span} (column range); regrets on the right are the largest."]


def _short(value: Fraction) -> str:
    return f"{float(value):.6g}"
