"""The most that any counts which a plan may lead to pay out, at α = 1: what a budget in every state has to cover."""

from __future__ import annotations

import numpy as np

from fairgames.certain import Real, Reals
from fairgames.equilibria.types.same_plan_intervals import SamePlanEquilibria
from fairgames.equilibria.types.same_plans import KindPlans, SamePlans
from fairgames.exact import object_array
from fairgames.typing import Array, IntArray

_EPSILON = float(np.finfo(float).eps)
#: Counts that floats cannot tell from the dearest, up to which each is enclosed.
_MOST_NEAR = 300


def most_of_any_counts(found: SamePlanEquilibria) -> Reals:
    """U, or Σφ where the platform is a member, at the dearest counts of each equilibrium's plan."""
    same = found.same
    paid, error = _paid(same)
    values = paid.reshape(same.population.lattice.shape)
    most = [values[np.ix_(*same.reachable(plans))].max() for plans in found.plans]
    if same.exact:
        return Reals.rational(object_array(most), "payouts")
    enclosed, judge = same.game.base.enclosed(), found.equilibria.judge

    def exactly(k: int) -> Real | None:
        near = _near(same, found.plans[k], values, most[k] - 2 * error)
        if len(near) > _MOST_NEAR:
            return None
        known = []
        for state in near.tolist():
            counts = same.population.counted(state)
            worth = enclosed.utility_on_counts(counts)
            if worth is not None and same.game.rule.platform:
                own = enclosed.on_counts(counts)
                worth = None if own is None else worth - own
            if worth is None:
                return None
            known.append(worth)
        return judge.greatest(known)

    return Reals(np.array(most, dtype=float), np.full(len(most), error), exactly, "payouts")


def _paid(same: SamePlans) -> tuple[Array, float]:
    """What is paid out at every state of counts at α = 1, and a bound on its error."""
    utilities, own = same.population.utilities, same.population.potential
    if not same.game.rule.platform:
        return utilities.numbers(), utilities.error
    paid = utilities.numbers() - own.numbers()
    if same.exact:
        return paid, 0.0
    return paid, utilities.error + own.error + _EPSILON * float(np.abs(paid).max())


def _near(same: SamePlans, plans: KindPlans, values: Array, least: float) -> IntArray:
    """The states that a plan may lead to, and that are worth at least so much."""
    rows = same.reachable(plans)
    place = np.nonzero(values[np.ix_(*rows)] >= least)
    chosen = [axis[here] for axis, here in zip(rows, place, strict=True)]
    return np.asarray(np.ravel_multi_index(chosen, same.population.lattice.shape))
