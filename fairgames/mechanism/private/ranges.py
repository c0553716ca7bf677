"""The best share where costs are private and their rows are known as ranges: an equilibrium for all costs in them.

What a level costs at one cost row of a user may lie anywhere in a range; the chances of the rows are certain. A plan is
an equilibrium at α for all these costs iff

    α·E[φ_i(x, ρ_−i) − φ_i(y, ρ_−i)] ≥ high_i^t(x) − low_i^t(y)    for user i, cost row t played at x, other level y,

since payments depend on no costs and each cost varies apart. So each plan keeps one interval of α, as where costs are
known (:mod:`fairgames.mechanism.robust_design`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any, TypeAlias, get_args

from fairgames.equilibria.pure.certificate import certify_profile
from fairgames.equilibria.types.same_plans import SamePlans
from fairgames.errors import InputError, NoAnswerError
from fairgames.exact import to_fraction
from fairgames.mechanism.choosing import to_cap
from fairgames.mechanism.leaving import borne, leaving
from fairgames.mechanism.private.design import counted_instead
from fairgames.mechanism.private.information import Information
from fairgames.mechanism.private.of_users import of_users
from fairgames.mechanism.private.result import PlanDesign
from fairgames.mechanism.private.same_plans import best_alike, equilibria_alike, of_winner, same_plan_regrets
from fairgames.mechanism.private.states import plan_equilibria
from fairgames.mechanism.pure import design_among
from fairgames.mechanism.robust_design import RangeSelection
from fairgames.private.agents import Plan
from fairgames.private.game import PlanGame
from fairgames.reading.kinds import NUMBER, listed
from fairgames.typing import Array, Number
from fairgames.users import Users
from fairgames.utilities.given import Stated

#: For each user and cost row what each level costs.
RowCosts: TypeAlias = tuple[tuple[tuple[Fraction, ...], ...], ...]
_ENDS = listed(listed(listed(NUMBER)))
_NONE = (
    "no plan is an equilibrium for all costs in their ranges; narrow the ranges, or take selection 'worst', which "
    "needs none"
)


@dataclass(frozen=True, eq=False)
class RobustPlanDesign(PlanDesign):
    """The platform's optimum over plans for cost rows known as ranges; see :func:`robust_plan_design`.

    Attributes
    ----------
    low, high : for each user and cost row the ends of the range of what each level costs
    interim_regret : under ``"best"`` the largest at each cost row for any costs in the ranges; under ``"worst"`` those
        for the costs that suit the equilibrium best; and so are ``regrets``
    equilibrium_profiles : how many plans are an equilibrium at some α for all costs in the ranges, under ``"worst"``
        for some of them
    sensitivities : the upper ends at the answer, expected
    value_of_information, information_rent : None: not asked
    """

    kind = "plan-ranges"
    FACTS = MappingProxyType({**PlanDesign.FACTS, "sensitivity_low": _ENDS, "sensitivity_high": _ENDS})

    low: RowCosts
    high: RowCosts

    def facts(self) -> dict[str, object]:
        """Results of this design alone, by the names of the JSON answer."""
        return {**super().facts(), "sensitivity_low": self.low, "sensitivity_high": self.high}

    @classmethod
    def fields_of(cls, facts: dict[str, Any]) -> dict[str, Any]:
        """The ends, read as written where they were printed as floats."""
        ends = {"low": facts.pop("sensitivity_low"), "high": facts.pop("sensitivity_high")}
        return super().fields_of(facts) | {
            name: tuple(tuple(tuple(map(to_fraction, row)) for row in own) for own in rows)
            for name, rows in ends.items()
        }


def robust_plan_design(
    game: PlanGame | Stated,
    high: Sequence[Sequence[Sequence[Number]]],
    selection: RangeSelection = "best",
    budget: Number | None = None,
    scope: str = "auto",
    budget_every_state: bool = False,
) -> RobustPlanDesign:
    """The share that leaves the platform most, whatever the costs of each cost row are in their ranges.

    Parameters
    ----------
    game : users with private costs, whose own cost rows are the lower ends of the ranges
    high : the upper ends: for each user one row a cost row (one where its costs are known), with one entry a level
    selection : ``"best"``: the best of the plans that are an equilibrium for all costs in the ranges; ``"worst"``: at
        each share the worst of the plans that are an equilibrium for any of them
    budget, budget_every_state, scope : as in :func:`fairgames.design`; scope ``"pure"`` lists all plans,
        ``"symmetric"`` looks at those that are the same for users alike

    Raises
    ------
    NoAnswerError
        If no plan is an equilibrium for all costs in the ranges, or none is within the budget.
    InputError
        If the ranges do not fit the game, or selection or scope is unknown.
    TooLargeError
        Before allocating, if the game does not fit in memory.

    >>> from fairgames.utilities import LinearLaplace
    >>> rows = [("1/2", [0, ".1"]), ("1/2", [0, ".5"])]
    >>> game = PlanGame(LinearLaplace(2, [0, "inf"]), Users(private=[rows, rows]))
    >>> found = robust_plan_design(game, [[[0, ".11"], [0, ".55"]]] * 2)
    >>> found.plan, str(found.alpha), str(found.platform_utility)
    (((1, 0), (1, 0)), '33/175', '71/150')
    """
    read = PlanGame.of(game, "robust_plan_design")
    if not isinstance(read, PlanGame):
        raise InputError("robust_plan_design: the users' costs are known; see robust_design")
    if selection not in get_args(RangeSelection) or scope not in ("auto", "pure", "symmetric"):
        raise InputError(
            f"selection {selection!r}, scope {scope!r}: where costs are ranges, expected selection best or worst, and "
            "scope auto, pure or symmetric"
        )
    ends = _Ends.of(read, high)
    cap = to_cap(budget)
    if scope == "symmetric" or (scope == "auto" and counted_instead(ends.highest)):
        return _on_counts(ends, selection, cap, budget_every_state)
    return _listed(ends, selection, cap, budget_every_state)


@dataclass(frozen=True, eq=False)
class _Ends:
    """The game at the lower ends of all ranges, and at the upper ones."""

    lowest: PlanGame
    highest: PlanGame

    @classmethod
    def of(cls, lowest: PlanGame, high: Sequence[Sequence[Sequence[Number]]]) -> _Ends:
        names, sizes = lowest.known.names, [len(own) for own in lowest.agents.rows]
        if [len(own) for own in high] != sizes:
            raise InputError(f"high: expected for each user one row a cost row, {sizes}, got {[len(o) for o in high]}")
        try:
            highest = with_cost_rows(lowest, high)
        except InputError as error:
            raise InputError(f"high: {fault}" for fault in error.faults) from None
        if faults := [
            f"high: user {names[user]}, cost row {row + 1}: expected at least the sensitivity {low}, got {top}"
            for (user, row), lows, tops in zip(
                lowest.agents.who, cost_rows(lowest, flat=True), cost_rows(highest, flat=True), strict=True
            )
            for low, top in zip(lows, tops, strict=True)
            if top < low
        ]:
            raise InputError(faults)
        return cls(lowest, highest)

    def corner(self, plan: Plan, selection: str) -> PlanGame:
        """The one corner of the ranges at which a plan has all of its regrets at their largest, or at their least."""
        here, there = (self.highest, self.lowest) if selection == "best" else (self.lowest, self.highest)
        pairs = zip(plan, here.agents.rows, there.agents.rows, strict=True)
        return with_cost_rows(
            self.lowest,
            [
                [
                    [(stays if level == chosen else leaves)[level] for level in range(len(stays))]
                    for chosen, (_, stays), (_, leaves) in zip(levels, staying, leaving, strict=True)
                ]
                for levels, staying, leaving in pairs
            ],
        )

    def told(self, found: PlanDesign) -> RobustPlanDesign:
        own = {one.name: getattr(found, one.name) for one in fields(PlanDesign)}
        return RobustPlanDesign(**own, low=cost_rows(self.lowest), high=cost_rows(self.highest))


def cost_rows(game: PlanGame, flat: bool = False) -> Any:
    """What each level costs: for each user and cost row; ``flat``: for each agent."""
    rows = tuple(tuple(costs for _, costs in own) for own in game.agents.rows)
    return tuple(row for own in rows for row in own) if flat else rows


def with_cost_rows(game: PlanGame, rows: Sequence[Sequence[Sequence[Number]]]) -> PlanGame:
    """The same game with other costs at each cost row, of the same chances; U and its payments are computed once."""
    known = game.known
    private = [
        [(chance, row) for (chance, _), row in zip(own, costs, strict=True)] if known.private and known.private[user]
        else None
        for user, (own, costs) in enumerate(zip(game.agents.rows, rows, strict=True))
    ]  # fmt: skip
    sensitivity = [None if own else list(costs[0]) for own, costs in zip(private, rows, strict=True)]
    allowed = None if known.allowed is None else [row or None for row in known.allowed]
    users = Users(known.samples, sensitivity, known.importance, allowed, known.names, private)
    return PlanGame(game.base.utility, users, game.base.rule, game.exact_asked)


def interim_regrets(game: PlanGame, found: PlanDesign) -> tuple[Array, ...]:
    """What each user gains at most at each cost row by another level, at the plan and share of ``found``."""
    if found.same_plans:
        return same_plan_regrets(game, found)
    return game.agents.interim(certify_profile(game, game.agents.profile(found.plan), found.alpha).regrets)


def _listed(ends: _Ends, selection: str, cap: Fraction | None, every_state: bool) -> RobustPlanDesign:
    game, highest = ends.lowest, ends.highest.costs
    extremes = (highest, game.costs) if selection == "best" else (game.costs, highest)
    equilibria = plan_equilibria(game, every_state, *extremes)
    if not len(equilibria):
        raise NoAnswerError(_NONE)
    found = design_among(game, equilibria, selection, cap)
    profile = found.profile or ()
    corner = certify_profile(ends.corner(game.agents.plan(profile), selection), profile, found.alpha)
    spent = borne(game.strategies, highest, found)
    found = replace(found, regrets=corner.regrets, regret_bound=corner.bound, sensitivities=spent)
    return ends.told(of_users(game, leaving(game, found), None, every_state))


def _on_counts(ends: _Ends, selection: str, cap: Fraction | None, every_state: bool) -> RobustPlanDesign:
    if not ends.lowest.rule.fair:
        raise InputError(ends.lowest.rule.only_fair("a design on counts of users with private costs"))
    highest = SamePlans(ends.highest)
    if any(len({ends.lowest.agents.rows[user] for user in kind.users}) > 1 for kind in highest.kinds):
        raise InputError(
            "high: expected ranges that are the same for users alike, as their plans are to be; use 'pure'"
        )
    lowest = _with_costs_of(highest, ends.lowest)
    extremes = (highest, lowest) if selection == "best" else (lowest, highest)
    found = equilibria_alike(lowest, every_state, *extremes)
    if not found.plans:
        raise NoAnswerError(_NONE)
    chosen = best_alike(found, selection, cap)
    corner = _with_costs_of(highest, ends.corner(chosen.winner.plan, selection))
    design = of_winner(found, chosen, selection, every_state, Information(None, None), judged=corner, bearing=highest)
    return ends.told(design)


def _with_costs_of(same: SamePlans, game: PlanGame) -> SamePlans:
    """The same kinds with the cost rows of another game."""
    return same.with_rows([game.agents.rows[kind.users[0]] for kind in same.kinds])
