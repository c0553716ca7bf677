"""The best share where costs are continuous, on finer and finer cells of θ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairgames.mechanism.choosing import to_cap
from fairgames.mechanism.private.design import plan_design
from fairgames.mechanism.private.result import PlanDesign
from fairgames.private.game import PlanGame
from fairgames.private.thresholds import ContinuousCosts, discretised
from fairgames.typing import Number, Scalar
from fairgames.users import Users
from fairgames.utilities.base import Utility


@dataclass(frozen=True, eq=False)
class Refinement:
    """The answer on one number of cells.

    Attributes
    ----------
    cells : of each user's θ, equally likely
    design : the best share of the game of cells, by all its plans: exact for these
    regret_bounds : of each user, what it gains at most on average by another plan if θ is continuous and each θ plays
        as its cell
    change : by how much the platform's value differs from that on the cells before; None on the first
    """

    cells: int
    design: PlanDesign
    regret_bounds: tuple[float, ...]
    change: Scalar | None


def refined_design(
    utility: Utility,
    costs: Sequence[ContinuousCosts],
    cells: Sequence[int] = (1, 2, 4),
    selection: str = "best",
    budget: Number | None = None,
) -> list[Refinement]:
    """The platform's best share on each number of cells; the last is the finest.

    Raises
    ------
    TooLargeError
        If plans are too many: there are L^(N·cells).

    >>> from scipy import stats
    >>> from fairgames.utilities import LinearLaplace
    >>> own = ContinuousCosts([0, ".4"], stats.uniform(0, 1))
    >>> found = refined_design(LinearLaplace(2, [0, "inf"]), [own, own], cells=(2, 4))
    >>> [(one.cells, round(float(one.design.alpha), 6), round(one.regret_bounds[0], 6)) for one in found]
    [(2, 0.171429, 0.05), (4, 0.461538, 0.025)]
    """
    found: list[Refinement] = []
    for number in cells:
        pairs = [discretised(own, number) for own in costs]
        game = PlanGame(utility, Users(private=[rows for rows, _ in pairs]))
        answer = plan_design(game, selection, to_cap(budget), "pure", "exact", every_state=False)
        change = answer.platform_utility - found[-1].design.platform_utility if found else None
        found.append(Refinement(number, answer, tuple(bound for _, bound in pairs), change))
    return found
