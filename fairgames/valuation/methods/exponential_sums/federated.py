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
    first_sender, first_member = _firsts_at_half(sums) if half else _firsts(sums, extra)
    error = max(member_error, sender_error) + empty_error * max(first_sender, first_member)
    error += 4 * population.importance * precomputed.integral.error
    platform = sums.potential(extra)[0] if extra else 0.0
    return FederatedValues(senders + empty * first_sender, members + empty * first_member, platform, error)


def chance_of_first_sender(senders: int, members: int, minimum: int, extra: int) -> float:
    """That a sender is the first who is seen, of so many others: U of those before it, which is 0, counts so often."""
    return math.fsum(_chances_of_members(senders, members, minimum, extra).tolist())


def chance_of_first_member(senders: int, members: int, minimum: int, extra: int) -> float:
    """The same of a user who joins the group: with it the members are just enough for an aggregate."""
    chances = _chances_of_members(senders, members, minimum, extra)
    return float(chances[-1]) if len(chances) == minimum else 0.0


def _chances_of_members(senders: int, members: int, minimum: int, extra: int) -> FloatArray:
    """That of the others just k members come before a user, and the platform where it is one too, for k < ``minimum``.

    That is C(m, k)·k!·(n − k)!/(n + 1)!, and with the platform C(m, k)·(k + 1)!·(n − k)!/(n + 2)!; as far as k ≤ m.
    """
    others = senders + members
    nobody = 1 / ((others + 1) * (others + 2)) if extra else 1 / (others + 1)
    k = np.arange(min(minimum, members + 1) - 1)
    ratios = (members - k) / (others - k) * ((k + 2) / (k + 1) if extra else 1.0)
    return nobody * np.cumprod(np.append(1.0, ratios))


def _firsts(sums: ProfileSums, extra: int) -> tuple[float, float]:
    """The chances that one of the senders, and of the members, is the first who is seen; 0 where there is none."""
    senders, members, minimum = sums.senders.items.total, sums.group.items.total, sums.precomputed.minimum
    return (
        chance_of_first_sender(senders - 1, members, minimum, extra) if senders else 0.0,
        chance_of_first_member(senders, members - 1, minimum, extra) if members else 0.0,
    )


def _firsts_at_half(sums: ProfileSums) -> tuple[float, float]:
    """The same where everybody else is in with chance ½."""
    senders, nodes, minimum = sums.senders.items.total, sums.group.nodes, sums.precomputed.minimum
    any_size, one_fewer = (
        gather(np.ones((1, 1)))[:, 0] for gather in (sums.quadrature.gather, sums.quadrature.gather_of_fewer)
    )
    of_sender = float(any_size[nodes < minimum].sum())
    of_member = float(one_fewer[nodes[:-1] == minimum - 1].sum())
    return math.ldexp(of_sender, 1 - senders) if senders else 0.0, math.ldexp(of_member, -senders)


def _of_members(sums: ProfileSums, extra: int) -> tuple[FloatArray, float]:
    """φ of the members, each from the means over subsets of the others, and a bound on the errors."""
    group, items = sums.group, sums.group.items
    if items.total < group.precomputed.minimum:
        return np.zeros(len(items.values)), 0.0
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
