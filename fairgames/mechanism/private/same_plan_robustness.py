"""The robustness of a plan that is the same for users alike, among the plans that are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.certain import Rational, Real, Reals
from fairgames.equilibria.pure.deviations import Deviations
from fairgames.equilibria.pure.shares import Share, end_of, meant
from fairgames.equilibria.pure.together import equilibria_together
from fairgames.equilibria.types.same_plan_intervals import SamePlanEquilibria
from fairgames.equilibria.types.same_plans import KindPlans, SamePlans
from fairgames.equilibria.types.same_plans_enclosed import EnclosedSamePlans
from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.amounts import Amount, Price
from fairgames.mechanism.choosing import to_cap
from fairgames.mechanism.margin import margin_of
from fairgames.mechanism.private.result import PlanChoice, PlanDesign
from fairgames.mechanism.private.robustness import PlanRobustness
from fairgames.mechanism.private.same_plans import best_alike, equilibria_alike, place_of
from fairgames.mechanism.result import Design
from fairgames.mechanism.welfare import Welfare, amount, answer_kept, welfare_of
from fairgames.private.agents import Plan
from fairgames.private.game import PlanGame
from fairgames.progress import track
from fairgames.typing import Number

_OTHER_GAME = "robustness: the answer is no equilibrium of this game; give the game that it was found for"
_EPSILON = float(np.finfo(float).eps)


def same_plan_robustness(
    game: PaymentGame, design: Design, margin: Number | None = None, budget: Number | None = None
) -> PlanRobustness:
    """The robustness of an answer of scope "symmetric"; see :func:`fairgames.mechanism.robustness.robustness`.

    The worst equilibrium, the first best, and the prices are those among plans that are the same for users alike.

    Raises
    ------
    InputError
        If the answer is no equilibrium of this game, or the margin does not fit.
    """
    assert isinstance(game, PlanGame)
    assert isinstance(design, PlanDesign)
    cap, found = to_cap(budget), equilibria_alike(SamePlans(game), design.budget_every_state)
    equilibria, position = found.equilibria, _position(found, design)
    has_alpha, judge = game.rule.has_alpha, equilibria.judge
    own = None if design.alpha is None else meant(equilibria, design.alpha, position)
    share = own or Share.of(1)
    deviations, own_end = _deviations(found, position), share.end_of is not None and share.end_of[0] == position
    strictness = deviations.strictness(share, own_end)
    if strictness < 0:
        raise InputError(_OTHER_GAME)
    ends = (end_of(equilibria, position, False), end_of(equilibria, position, True)) if has_alpha else None
    here = _at_share(found, own)
    best = _first_best(found, None)
    affordable = best if cap is None else _first_best(found, cap)
    kept = _kept(found, position, own)
    free = kept if cap is None else _without_budget(found, design.selection)
    prices = [
        Price.between(one, other, judge)
        for one, other in (
            (best[0], free), (free, kept), (affordable[0], kept), (best[0], here.lowest), (best[0], here.highest),
        )
    ]  # fmt: skip
    welfare = _welfare(found, position)
    worst = here.worst
    assert isinstance(worst, PlanChoice)
    zero = type(kept.value)(0)
    interval = None if ends is None else (ends[0].value, ends[1].value)
    amounts = [kept, welfare, here.kept, here.lowest, here.highest, best[0], affordable[0]]
    return PlanRobustness(
        interval=interval,
        room=None if interval is None else (max(share.value - interval[0], zero), max(interval[1] - share.value, zero)),
        strictness=strictness,
        tolerance=deviations.tolerance(share, own_end),
        worst=worst,
        loss=zero if worst.plan == design.plan else kept.less(here.kept, judge),
        margin=None if ends is None else margin_of(design, share, ends, deviations, margin),
        first_best=best[0].value,
        first_best_profile=None,
        budget=cap if design.exact or cap is None else float(cap),
        first_best_in_budget=affordable[0].value,
        first_best_in_budget_profile=None,
        welfare=welfare.value,
        price_of_fairness=prices[0],
        price_of_budget=prices[1],
        price_of_fairness_in_budget=prices[2],
        price_of_anarchy=prices[3],
        price_of_stability=prices[4],
        scope="symmetric",
        exact=design.exact,
        error_bound=0.0 if design.exact else _error(amounts, ends, deviations),
        undecided=tuple(judge.undecided),
        first_best_plan=best[1],
        first_best_in_budget_plan=affordable[1],
    )


def _position(found: SamePlanEquilibria, design: PlanDesign) -> int:
    try:
        return place_of(found, design.plan)
    except (IndexError, ValueError):
        raise InputError(_OTHER_GAME) from None


def _deviations(found: SamePlanEquilibria, position: int) -> Deviations:
    """The moves of one user of each kind at each cost row, as of an agent: weighted by the chance of the row."""
    same, plans, numbers = found.same, found.plans[position], found.numbers[position]
    enclosed = EnclosedSamePlans(same)
    moves, paid, cost, stake, reals = [], [], [], [], []
    for k, (kind, plan) in enumerate(zip(same.kinds, plans, strict=True)):
        at = dict(zip(kind.choices, numbers.at_levels[k], strict=True))
        for (chance, costs), here in zip(kind.rows, plan, strict=True):
            for place, there in enumerate(kind.choices):
                if there == here:
                    continue
                moves.append((kind.users[0], place))
                paid.append((chance if same.exact else float(chance)) * (at[here] - at[there]))
                cost.append(chance * (costs[here] - costs[there]))
                stake.append(chance * (costs[here] + costs[there]))
                reals.append(_Gain(enclosed, plans, k, here, there, chance))
    largest = max((abs(float(value)) for own in numbers.at_levels for value in own), default=0.0)
    return Deviations(
        tuple(moves),
        object_array(paid) if same.exact else np.array(paid, dtype=float),
        object_array(cost),
        object_array(stake),
        np.zeros(len(moves), dtype=bool),
        0 if same.exact else 2 * numbers.error + 16 * _EPSILON * largest,
        lambda k: reals[k].real(),
        found.equilibria.judge,
    )


@dataclass(frozen=True, eq=False)
class _Gain:
    """What staying is paid more, times the chance of the cost row, to compare for certain."""

    enclosed: EnclosedSamePlans
    plans: KindPlans
    kind: int
    here: int
    there: int
    chance: Fraction

    def real(self) -> Real | None:
        found = self.enclosed.gain(self.plans, self.kind, self.here, self.there)
        return None if found is None else Rational(self.chance) * found


def _at_share(found: SamePlanEquilibria, share: Share | None) -> Welfare:
    """The equilibria at the answer's share."""
    same, every = found.same, found.equilibria
    positions = np.arange(len(every)) if share is None else equilibria_together(None, every, share)
    plans = [found.plans[k] for k in positions.tolist()]

    def choice(k: int, **numbers: Any) -> PlanChoice:
        return PlanChoice(profile=None, strategies=same.strategies(plans[k]), plan=same.of_users(plans[k]), **numbers)

    return welfare_of(every.select(positions), object_array(map(same.cost, plans)), share, choice)


def _kept(found: SamePlanEquilibria, position: int, share: Share | None) -> Amount:
    return answer_kept(found.equilibria, position, share)


def _without_budget(found: SamePlanEquilibria, selection: str) -> Amount:
    """What the platform would keep by the same selection if it could pay out anything."""
    free = best_alike(found, selection, None).winner
    position = place_of(found, free.plan)
    return _kept(found, position, None if free.alpha is None else meant(found.equilibria, free.alpha, position))


def _welfare(found: SamePlanEquilibria, position: int) -> Amount:
    """E[U] − Σc of one of the equilibria."""
    one = found.equilibria.select(np.array([position]))
    return amount(one.utilities().minus(object_array([found.same.cost(found.plans[position])])), 0)


def _first_best(found: SamePlanEquilibria, cap: Fraction | None) -> tuple[Amount, Plan]:
    """The largest E[U] − Σc of all plans, of those with Σc ≤ ``cap`` if one is given; the first that has it."""
    same, enclosed = found.same, EnclosedSamePlans(found.same)
    plans = [own for own in same.plans() if cap is None or same.cost(own) <= cap]
    plans.sort(key=lambda own: same.game.agents.profile(same.of_users(own)))
    worths, errors = zip(*map(same.worth, track(plans, "first best: plans")), strict=True)
    costs = [same.cost(own) for own in plans]
    if same.exact:
        welfare = Reals.rational(object_array(w - c for w, c in zip(worths, costs, strict=True)), "welfare of plans")
    else:
        values = np.array(worths) - np.array(costs, dtype=float)
        slack = np.array(errors) + 8 * _EPSILON * (np.abs(worths) + np.array(costs, dtype=float))
        welfare = Reals(values, slack, _exactly(enclosed, plans, costs), "welfare of plans")
    first = int(np.flatnonzero(welfare.largest(found.equilibria.judge))[0])
    return amount(welfare, first), same.of_users(plans[first])


def _exactly(
    enclosed: EnclosedSamePlans, plans: list[KindPlans], costs: list[Fraction]
) -> Callable[[int], Real | None]:
    def exactly(k: int) -> Real | None:
        worth = enclosed.utility(plans[k])
        return None if worth is None else worth - Rational(costs[k])

    return exactly


def _error(amounts: list[Amount], ends: tuple[Share, Share] | None, deviations: Deviations) -> float:
    """Of differences of two amounts, and of what deviations lose, whether at an end or inside."""
    off = 0.0 if ends is None else ends[0].error + ends[1].error
    size = max(abs(float(one.value)) for one in amounts)
    strict = float(deviations.bounds(Share(1.0, lambda: None, off + 4 * _EPSILON)).max(initial=0.0))
    return 2 * max(one.error for one in amounts) + (2 * off + 16 * _EPSILON) * size + strict
