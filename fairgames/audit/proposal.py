"""The equilibrium that the platform would propose under a scheme: the pure one that leaves it most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.audit.ground import Ground
from fairgames.audit.paid import Paid
from fairgames.audit.schemes import RuleScheme, Scheme
from fairgames.errors import NoAnswerError
from fairgames.exact import object_array
from fairgames.mechanism import design
from fairgames.typing import Array, Profile
from fairgames.valuation.alpha import AlphaOfUtility


@dataclass(frozen=True, eq=False)
class Proposal:
    """A pure equilibrium.

    Attributes
    ----------
    profile : level indices
    alpha : the share at which it is the platform's best; None where none is chosen
    payments : one a user
    platform_utility : what the platform keeps
    error : bound on the error of payments
    """

    profile: Profile
    alpha: Fraction | float | None
    payments: Sequence[Any]
    platform_utility: Fraction | float
    error: float


def proposal(ground: Ground, scheme: Scheme, paid: Paid, at_own_share: bool) -> Proposal | None:
    """The pure equilibrium that leaves the platform most, or None.

    Parameters
    ----------
    at_own_share : whether at the scheme's own share, whatever the platform's best would be
    """
    if at_own_share or isinstance(scheme.share, AlphaOfUtility):
        return _of_payments(ground, paid)
    return best_proposal(ground, scheme, paid)


def best_proposal(ground: Ground, scheme: Scheme, paid: Paid) -> Proposal | None:
    """The same, under a rule with a share at the platform's best one."""
    return _designed(ground, scheme) if isinstance(scheme, RuleScheme) else _of_payments(ground, paid)


def _designed(ground: Ground, scheme: RuleScheme) -> Proposal | None:
    """At the platform's own best share."""
    try:
        found = design(scheme.game(ground), scope="pure")
    except NoAnswerError:
        return None
    if found.profile is None:
        return None
    payments = found.payments.tolist()
    return Proposal(found.profile, found.alpha, payments, found.platform_utility, float(found.regret_bound))


def _of_payments(ground: Ground, paid: Paid) -> Proposal | None:
    """Of the payments as they are; None too where a table does not state all of them."""
    if not paid.complete:
        return None
    n_levels, n = len(ground.game.utility.levels), ground.n_users
    stays = np.ones(ground.game.shape, dtype=bool)
    for user, levels in enumerate(ground.game.strategies):
        row = ground.game.users.costs(user, n_levels)
        left = _left(paid, user, [row[level] for level in levels])
        slack = 0 if paid.exact else 4 * paid.error
        stays &= np.asarray(left >= left.max(axis=user, keepdims=True) - slack, dtype=bool)
    places = np.flatnonzero(stays)
    if not len(places):
        return None
    keeps = paid.amounts[n].reshape(-1)[places]
    best = int(places[int(np.argmax(keeps))])
    payments = [paid.money(row.reshape(-1)[best]) for row in paid.amounts[:n]]
    return Proposal(ground.profile_at(best), None, payments, paid.money(keeps.max()), paid.error)


def _left(paid: Paid, user: int, costs: list[Fraction]) -> Array:
    """Payments less costs at every profile; integers where both are rational, in some unit."""
    shape = [-1 if axis == user else 1 for axis in range(paid.amounts.ndim - 1)]
    if not paid.exact:
        return np.asarray(paid.amounts[user] - np.array([float(cost) for cost in costs]).reshape(shape))
    factor = math.lcm(*(cost.denominator for cost in costs))
    whole = object_array(int(cost * factor) * paid.unit for cost in costs).reshape(shape)
    return np.asarray(paid.amounts[user] * factor - whole)
