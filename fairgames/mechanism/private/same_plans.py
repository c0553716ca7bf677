"""The platform's optimum over plans that are the same for users alike: for hundreds of users of a few kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames import checked
from fairgames.certain import Reals
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.types.same_plan_intervals import SamePlanEquilibria, same_plan_equilibria
from fairgames.equilibria.types.same_plans import Expected, KindPlans, SamePlans
from fairgames.errors import InputError, NoAnswerError
from fairgames.exact import object_array
from fairgames.mechanism.choosing import Winner, choose, number
from fairgames.mechanism.private.counted_information import counted_information
from fairgames.mechanism.private.counts import most_of_any_counts
from fairgames.mechanism.private.information import Information
from fairgames.mechanism.private.result import PlanChoice, PlanDesign, as_fractions
from fairgames.mechanism.selections import Candidates, candidates, named
from fairgames.mechanism.selections.selection import PotentialLines
from fairgames.private.agents import Plan
from fairgames.private.game import PlanGame
from fairgames.typing import Array, BoolArray

_EPSILON = float(np.finfo(float).eps)


def same_plan_design(
    game: PlanGame, selection: str, cap: Fraction | None, every_state: bool, informed: bool = True
) -> PlanDesign:
    """The best share of plans that are the same for users alike; see :func:`fairgames.design`.

    Parameters
    ----------
    informed : whether to look at what it costs not to know

    Raises
    ------
    NoAnswerError
        If no such plan qualifies.
    InputError
        If the rule is not one of the two fair ones.
    TooLargeError
        If plans or states of counts are too many.
    """
    if not game.rule.fair:
        raise InputError(game.rule.only_fair("a design on counts of users with private costs"))
    found = equilibria_alike(SamePlans(game), every_state)
    if not found.plans:
        raise NoAnswerError("no plan that is the same for users alike is an equilibrium at any share; use scope 'pure'")
    chosen = best_alike(found, selection, cap)
    known = counted_information(found.same, selection, cap) if informed else Information(None, None)
    return of_winner(found, chosen, selection, every_state, known)


def equilibria_alike(
    same: SamePlans, every_state: bool, staying: SamePlans | None = None, leaving: SamePlans | None = None
) -> SamePlanEquilibria:
    """The plans that are an equilibrium at some share; with ``every_state`` a budget has to cover each state."""
    found = same_plan_equilibria(same, staying, leaving)
    if not every_state:
        return found
    return replace(found, equilibria=replace(found.equilibria, capped=most_of_any_counts(found)))


def best_alike(found: SamePlanEquilibria, selection: str, cap: Fraction | None) -> Winner[PlanChoice]:
    """The best of them by a selection, within a budget."""
    game, counting = found.same.game, named(selection)
    offered = candidates(_Counted(found), counting, cap, game.rule)
    return choose(
        offered,
        found.equilibria.judge,
        lambda k: iter([_choice(found, offered, k)]),
        counting.no_answer(cap),
        found.equilibria.proven[offered.position],
        place=lambda choice: game.agents.profile(choice.plan),
    )


@dataclass(frozen=True, eq=False)
class _Counted:
    """A :class:`~fairgames.mechanism.selections.selection.Pool` of plans on counts."""

    found: SamePlanEquilibria

    @property
    def equilibria(self) -> PureEquilibria:
        return self.found.equilibria

    def potential(self) -> PotentialLines:
        """Φ_α of each plan: those alone are compared that are the same for users alike."""
        found, equilibria = self.found, self.found.equilibria
        values = [one.potential for one in found.numbers]
        errors = np.array([one.error for one in found.numbers])
        reals = Reals(
            object_array(values) if equilibria.exact else np.array(values),
            errors,
            equilibria.exactly.potential,
            "potentials",
        )
        return PotentialLines(reals, object_array(map(found.same.cost, found.plans)))

    def strict_at_end(self, found: Candidates) -> BoolArray:
        """Whether the plan of each candidate is strict even at its share, which is 0 or 1."""
        pairs = zip(found.position.tolist(), found.alpha.values, strict=True)
        return np.array([min(_losses(self.found, k, share), default=1) > 0 for k, share in pairs], dtype=bool)


def _losses(found: SamePlanEquilibria, k: int, share: Any) -> list[Any]:
    """What each move loses at a share, less what rounding may make of it."""
    return [
        -gain - (0 if found.same.exact else 4 * found.numbers[k].error)
        for gains in _gains(found.same, found.plans[k], found.numbers[k], share)
        for row in gains
        for gain in row
    ]


def _gains(same: SamePlans, plans: KindPlans, numbers: Expected, share: Any) -> list[list[list[Any]]]:
    """For each kind and cost row what moving to each other level gains."""
    found = []
    for k, (kind, plan) in enumerate(zip(same.kinds, plans, strict=True)):
        paid = dict(zip(kind.choices, numbers.at_levels[k], strict=True))
        rows = []
        for (_, costs), here in zip(kind.rows, plan, strict=True):
            money: Sequence[Any] = costs if same.exact else [float(cost) for cost in costs]
            rows.append([share * (paid[y] - paid[here]) - (money[y] - money[here]) for y in kind.choices if y != here])
        found.append(rows)
    return found


def _choice(found: SamePlanEquilibria, offered: Candidates, k: int) -> PlanChoice:
    same, position = found.same, int(offered.position[k])
    equilibria, has_alpha = found.equilibria, same.game.rule.has_alpha
    plans = found.plans[position]
    interval = (
        number(max(offered.lower[k], equilibria.lower[position])),
        number(min(offered.upper[k], equilibria.upper[position])),
    )
    return PlanChoice(
        number(offered.alpha.values[k]) if has_alpha else None,
        None,
        same.strategies(plans),
        number(offered.value.values[k]),
        number(equilibria.utility[position]),
        interval if has_alpha else None,
        bool(offered.attained[k]),
        value_error=float(offered.value.errors[k]),
        plan=same.of_users(plans),
    )


def of_winner(
    found: SamePlanEquilibria,
    chosen: Winner[PlanChoice],
    selection: str,
    every_state: bool,
    known: Information,
    judged: SamePlans | None = None,
    bearing: SamePlans | None = None,
) -> PlanDesign:
    """The design of the best plan, with its certificate.

    Parameters
    ----------
    judged, bearing : the same kinds with the costs that regrets are of, and with those that users bear; default those
        of ``found``
    """
    same, game, choice = found.same, found.same.game, chosen.winner
    position = place_of(found, choice.plan)
    numbers, plans = found.numbers[position], found.plans[position]
    share = choice.alpha if choice.alpha is not None else (Fraction(1) if same.exact else 1.0)
    paid, regrets, _ = _by_user(judged or same, plans, numbers, share)
    _, _, costs = _by_user(bearing or same, plans, numbers, share)
    chances = game.agents.chances
    exact = same.exact
    dearest = max((float(max(c)) for kind in (judged or same).kinds for _, c in kind.rows), default=0.0)
    largest = max((abs(float(v)) for own in numbers.at_levels for v in own), default=0.0)
    bound = 0.0 if exact else 4 * numbers.error + 16 * _EPSILON * (largest + dearest)
    ends = (found.equilibria.lower_error[position], found.equilibria.upper_error[position])
    if not exact:  # at an end of the interval, the share itself is off
        bound += 2 * float(max(ends)) * largest
    weights = as_fractions(chances, exact)
    totals = [np.dot(w, own) for w, own in zip(weights, paid, strict=True)]
    ex_ante = [np.dot(w, own) for w, own in zip(weights, regrets, strict=True)]
    borne = [np.dot(w, own) for w, own in zip(weights, costs, strict=True)]
    array = object_array if exact else np.array
    payments, sensitivities = array(totals), array(borne)
    design = PlanDesign(
        choice=choice,
        payments=payments,
        regrets=array(ex_ante),
        regret_bound=bound,
        scope="symmetric",
        selection=selection,
        ties=chosen.ties,
        runner_up=chosen.runner_up,
        equilibrium_profiles=len(found.plans),
        exact=exact,
        rule=game.rule.name,
        warnings=(*chosen.warnings(), _ONLY, *known.warnings),
        undecided=chosen.undecided,
        users=game.known.names,
        levels=game.utility.level_names,
        sensitivities=sensitivities,
        chances=weights,
        interim_payments=paid,
        interim_regret=regrets,
        interim_regret_bound=bound,
        budget_every_state=every_state,
        same_plans=True,
        known_platform_utility=known.platform_utility,
        value_of_information=known.value(choice.platform_utility),
        information_rent=known.rents(payments - sensitivities),
    )
    faults = [
        *checked.finite(alpha=share, platform_utility=design.platform_utility, payments=design.payments),
        *checked.distributions(design.strategies),
        *checked.within("the largest regret", design.regret, design.regret_bound),
    ]
    return checked.leaves(design, faults, {"utility": game.utility.described(), "plan": choice.plan, "alpha": share})


_ONLY = "plans that are the same for users alike were looked at, and no others"


def place_of(found: SamePlanEquilibria, plan: Plan) -> int:
    """The position of a plan of users among the equilibria."""
    return found.plans.index(tuple(plan[kind.users[0]] for kind in found.same.kinds))


def same_plan_regrets(game: PlanGame, found: PlanDesign) -> tuple[Array, ...]:
    """For each user and cost row the regret at the plan and share of a design, with the costs of ``game``."""
    same = SamePlans(game)
    plans = tuple(found.plan[kind.users[0]] for kind in same.kinds)
    share = found.alpha if found.alpha is not None else (Fraction(1) if same.exact else 1.0)
    return _by_user(same, plans, same.expected(plans), share)[1]


def _by_user(
    same: SamePlans, plans: KindPlans, numbers: Expected, share: Any
) -> tuple[tuple[Array, ...], tuple[Array, ...], tuple[Array, ...]]:
    """For each user and cost row: what it is paid, its regret, and what it bears."""
    n_users = len(same.game.known)
    paid: list[Any] = [None] * n_users
    regrets: list[Any] = [None] * n_users
    costs: list[Any] = [None] * n_users
    array = object_array if same.exact else np.array
    gains = _gains(same, plans, numbers, share)
    for k, (kind, plan) in enumerate(zip(same.kinds, plans, strict=True)):
        at_levels = dict(zip(kind.choices, numbers.at_levels[k], strict=True))
        nothing = same.nothing(plans, k)
        money = [[Fraction(c) if same.exact else float(c) for c in row] for _, row in kind.rows]
        own = (
            array([share * (at_levels[level] - nothing) for level in plan]),
            array([max([0 * share, *row]) for row in gains[k]]),
            array([row[level] for row, level in zip(money, plan, strict=True)]),
        )
        for user in kind.users:
            paid[user], regrets[user], costs[user] = own
    return tuple(paid), tuple(regrets), tuple(costs)
