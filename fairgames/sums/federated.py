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
from dataclasses import dataclass

import numpy as np

from fairgames.sums.group import Group
from fairgames.sums.population import Population
from fairgames.sums.senders import Senders
from fairgames.typing import FloatArray


@dataclass(frozen=True, eq=False)
class Values:
    """φ of every distinct sender and member, in nats, and a bound on the absolute error of each.

    ``platform`` is φ_p where the platform is a member, else 0; its error is not in the bound.
    """

    senders: FloatArray
    members: FloatArray
    platform: float
    error: float


def shapley_values(population: Population, extra: int = 0) -> Values:
    """φ at one profile: among users (``extra`` 0), or with the platform as one more member (1).

    Raises
    ------
    TooLargeError
        Before allocating, if the nodes do not fit in memory.
    """
    n = population.n_sharing
    if not n:
        return Values(np.zeros(0), np.zeros(0), 0.0, 0.0)
    from_senders = Senders.of(population)
    group = Group.of(population, from_senders, extra)
    members, member_error = group.values()
    senders, sender_error = from_senders.values(group, extra)
    empty, empty_error = from_senders.empty_coalition()
    share = n * (n + 1) if extra else n
    error = (
        max(member_error, sender_error) + empty_error / share + 4 * population.importance * from_senders.integral.error
    )
    platform = from_senders.platform_value(group) - empty / (n + 1) if extra else 0.0
    return Values(senders + empty / share, members + empty / share, platform, error)


def banzhaf_values(population: Population) -> Values:
    """Banzhaf's value at one profile: E[U(S ∪ i) − U(S)] at q = ½, no integral.

    Raises
    ------
    TooLargeError
        Before allocating, if the nodes do not fit in memory.
    """
    n = population.n_sharing
    if not n:
        return Values(np.zeros(0), np.zeros(0), 0.0, 0.0)
    from_senders = Senders.of(population)
    group = Group.of(population, from_senders, 0, half=True)
    members, member_error = group.values()
    senders, sender_error = from_senders.values(group, 0)
    empty, empty_error = from_senders.empty_coalition()
    alone = math.ldexp(1.0, 1 - n)
    error = max(member_error, sender_error) + empty_error * alone
    return Values(
        senders + empty * alone,
        members + empty * alone,
        0.0,
        error + 4 * population.importance * from_senders.integral.error,
    )
