"""Shapley values of the federated mean for many users, distinct or not, at nearly machine precision.

φ_i = ∫₀¹ E_q[U(S ∪ i) − U(S)] dq, where S holds each other user with probability q (Owen 1972).
In U every logarithm is one of (G + c)/G, with G = A + E the precision of the mean, A = Σ 1/V
over senders and E = k²/B of the level-1 group, and

    log((G + c)/G) = ∫₀^∞ e^{−tG}·(1 − e^{−tc}) dt/t.

e^{−tA} is a product over senders, so its expectation is one too; leaving a sender out divides by
a positive number. Of the group, everything depends on its size k and Y = Σ 1/n, through functions
that are fitted by Σ_u c_u·e^{−uY}, whose means over subsets of a size are known. No sampling, no
alternating sum; the error is bounded, term by term.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fairgames.typing import FloatArray
from fairgames.valuation.methods.exponential_sums.group import AggregateGroup
from fairgames.valuation.methods.exponential_sums.member_values import Inner, MemberValues
from fairgames.valuation.methods.exponential_sums.population import Population
from fairgames.valuation.methods.exponential_sums.precomputed import Precomputed
from fairgames.valuation.methods.exponential_sums.profile_sums import ProfileSums
from fairgames.valuation.methods.exponential_sums.sender_values import of_senders
from fairgames.valuation.methods.exponential_sums.senders import Products, Senders


@dataclass(frozen=True, eq=False)
class FederatedValues:
    """φ of every distinct sender and member, in nats, and a bound on the absolute error of each.

    ``platform`` is φ_p where the platform is a member, else 0; its error is not in the bound.
    """

    senders: FloatArray
    members: FloatArray
    platform: float
    error: float


def shapley_values(population: Population, extra: int = 0, precomputed: Precomputed | None = None) -> FederatedValues:
    """φ at one profile: among users (``extra`` 0), or with the platform as one more member (1).

    ``precomputed`` may come from another profile of the same users; default :meth:`Population.precomputed`.

    Raises
    ------
    TooLargeError
        Before allocating, if the nodes do not fit in memory.
    """
    return _values(population, extra, half=False, precomputed=precomputed)


def banzhaf_values(population: Population) -> FederatedValues:
    """Banzhaf's value at one profile: E[U(S ∪ i) − U(S)] at q = ½, no integral.

    Raises
    ------
    TooLargeError
        Before allocating, if the nodes do not fit in memory.
    """
    return _values(population, 0, half=True)


def _values(population: Population, extra: int, half: bool, precomputed: Precomputed | None = None) -> FederatedValues:
    if not population.n_sharing:
        return FederatedValues(np.zeros(0), np.zeros(0), 0.0, 0.0)
    precomputed = precomputed or population.precomputed()
    group, from_senders = (
        AggregateGroup(precomputed, population.members, half),
        Senders.of(precomputed, population.senders),
    )
    sums = ProfileSums.of(group, from_senders, half)
    members, member_error = _of_members(sums, extra)
    senders, sender_error = of_senders(sums, extra)
    empty, empty_error = sums.empty
    of_nobody = math.ldexp(1.0, 1 - population.n_sharing) if half else chance_of_nobody(population.n_sharing - 1, extra)
    error = max(member_error, sender_error) + empty_error * of_nobody
    error += 4 * population.importance * precomputed.integral.error
    platform = sums.potential(extra)[0] if extra else 0.0
    return FederatedValues(senders + empty * of_nobody, members + empty * of_nobody, platform, error)


def chance_of_nobody(others: int, extra: int) -> float:
    """That a user comes before all others; with the platform as a member: right after it. U(∅) counts so often."""
    return 1 / ((others + 1) * (others + 2)) if extra else 1 / (others + 1)


def _of_members(sums: ProfileSums, extra: int) -> tuple[FloatArray, float]:
    """φ of the members, each from the means over subsets of the others, and a bound on the errors."""
    group, items = sums.group, sums.group.items
    if not items.total:
        return np.zeros(0), 0.0
    joining = MemberValues.of(group, of_others(sums, extra), 2 * sums.senders.rounding)
    found, errors = np.zeros((2, len(items.values)))
    for number, means in group.without_each():
        own = slice(number, number + 1)
        found[own], errors[number] = joining.values(means.stacked, items.values[own], items.weights[own])
    return found, float(errors.max())


def of_others(sums: ProfileSums, extra: int) -> Inner:
    """The integrals for a member: of the others in the group, any k from 0 to m − 1 may be there."""
    return _inner(sums, sums.products, sums.quadrature.gather_of_fewer, extra)


def of_all(sums: ProfileSums, products: Products, extra: int) -> Inner:
    """The integrals for a user from outside, with these senders: any k of the members may be there."""
    return _inner(sums, products, sums.quadrature.gather, extra)


def _inner(sums: ProfileSums, products: Products, gather: Callable[[FloatArray], FloatArray], extra: int) -> Inner:
    q, weights = sums.quadrature.q[:, None], sums.precomputed.weights
    plain = q * products.plain if extra else products.plain
    pair = weights * np.stack([gather(products.worth * plain), gather(plain)])
    return Inner(pair[:, None], gather(q if extra else np.ones_like(q))[:, 0])
