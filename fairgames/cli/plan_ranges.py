"""``fairgames design --uncertainty`` where costs are private: a line a cost row, nominal and worst case apart."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fairgames.errors import InputError
from fairgames.exact import object_array, to_fraction
from fairgames.mechanism.choice import rationals
from fairgames.private.game import PlanGame
from fairgames.text import number
from fairgames.typing import Array

if TYPE_CHECKING:
    from fairgames.mechanism.private.ranges import RobustPlanDesign

COLUMNS = [
    *("user", "cost row", "chance", "level", "payment", "sensitivity", "gain", "regret"),
    *("range", "least gain"),
]


def part_of(uncertainty: str) -> Fraction:
    """The part by which sensitivities may be off.

    Raises
    ------
    InputError
        If it is none.
    """
    part = to_fraction(uncertainty, "--uncertainty")
    if not 0 <= part <= 1:
        raise InputError(f"--uncertainty: expected a part between 0 and 1, got {uncertainty}")
    return part


def within_ranges(
    game: PlanGame, uncertainty: str, selection: str, budget: str | None, scope: str, every_state: bool
) -> RobustPlanDesign:
    """The answer that holds for all costs within this part of the scenario's, each cost row's and level's apart."""
    from fairgames.mechanism.private.ranges import cost_rows, robust_plan_design, with_cost_rows

    part = part_of(uncertainty)
    low, high = (
        [[[factor * cost for cost in row] for row in own] for own in cost_rows(game)] for factor in (1 - part, 1 + part)
    )
    return robust_plan_design(with_cost_rows(game, low), high, selection, budget, scope, every_state)  # type: ignore[arg-type]


def both_cases(game: PlanGame, found: RobustPlanDesign) -> dict[str, dict[str, Any]]:
    """Costs at the answer, what is left of payments, and regrets: nominal, and in the worst case; all expected.

    ``interim_regret`` are the regrets of a user at each of its cost rows.
    """
    from fairgames.mechanism.private.ranges import cost_rows, interim_regrets

    cases = {}
    for name, rows, interim in (
        ("nominal", cost_rows(game), interim_regrets(game, found)),
        ("worst_case", found.high, found.interim_regret),
    ):
        spent = [
            sum((p * costs[level] for p, costs, level in zip(chances, own, levels, strict=True)), Fraction(0))
            for chances, own, levels in zip(game.agents.chances, rows, found.plan, strict=True)
        ]
        borne = _numbers(spent, found)
        regrets = [sum(p * r for p, r in zip(*pair, strict=True)) for pair in zip(found.chances, interim, strict=True)]
        cases[name] = {
            "sensitivities": borne,
            "gains": found.payments - borne,
            "regrets": _numbers(regrets, found),
            "interim_regret": [rationals(row) for row in interim],
        }
    return cases


def _numbers(values: list[Any], found: RobustPlanDesign) -> Array:
    exact = object_array(values)
    return exact if found.exact else exact.astype(float)


def rows(game: PlanGame, found: RobustPlanDesign) -> Iterator[list[str]]:
    """A line for each user and cost row."""
    from fairgames.mechanism.private.ranges import cost_rows, interim_regrets

    def shown(amount: Any) -> str:
        return number(amount if abs(amount) > found.interim_regret_bound else type(amount)(0))

    nominal, names = interim_regrets(game, found), game.utility.level_names
    for user, (levels, own) in enumerate(zip(found.plan, cost_rows(game), strict=True)):
        for row, (level, costs) in enumerate(zip(levels, own, strict=True)):
            paid, cost = found.interim_payments[user][row], costs[level]
            low, high = found.low[user][row][level], found.high[user][row][level]
            yield [
                found.users[user],
                str(row + 1),
                number(found.chances[user][row]),
                names[level],
                number(paid),
                number(cost),
                *map(shown, (paid - (cost if found.exact else float(cost)), nominal[user][row])),
                f"{float(low):.6g} to {float(high):.6g}",
                *map(shown, (paid - (high if found.exact else float(high)), found.interim_regret[user][row])),
            ]
