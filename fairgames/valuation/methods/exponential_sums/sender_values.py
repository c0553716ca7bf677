"""Sender values: φ of senders, of users who would send, and of members who would leave the aggregate and send.

A sender multiplies e^{−tA} by x = e^{−t/V} and adds a·x·o to the sum of gains; everything else is
summed over the nodes q and t, or over the sizes k of the group and t.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairgames.typing import FloatArray
from fairgames.valuation.methods.exponential_sums.group import AggregateGroup
from fairgames.valuation.methods.exponential_sums.member_values import Inner
from fairgames.valuation.methods.exponential_sums.profile_sums import ProfileSums
from fairgames.valuation.methods.exponential_sums.senders import Senders, blocks, coin
from fairgames.valuation.methods.exponential_sums.subset_means import Means


def of_senders(sums: ProfileSums, extra: int) -> tuple[FloatArray, float]:
    """φ of every sender, shape (M,), each left out of the products in its turn; and a bound on the errors."""
    senders = sums.senders
    if not len(senders.falls):
        return np.zeros(0), 0.0
    found = _without_each(sums, sums.seen, extra)
    coarse = found if sums.group.sizes.all else _without_each(sums, sums.seen_coarsely, extra)
    inverse = 1 / coin(sums.quadrature, slice(None), senders.falls.min(axis=0))
    error = float(np.abs(found - coarse).max()) + _error(sums, senders, extra, inverse)
    return found + _constants(senders, extra), error


def of_absent(sums: ProfileSums, absent: Senders, extra: int) -> tuple[FloatArray, float]:
    """φ that each user who is out would have by sending, shape (M,), and a bound on the errors."""
    if not len(absent.falls):
        return np.zeros(0), 0.0
    products, factor = sums.products, sums.quadrature.q[:, None] if extra else 1.0
    answers = []
    for decay, gain in (sums.seen, sums.seen_coarsely):
        weight = products.plain * factor
        logs = (weight * (products.worth * decay + gain)).sum(axis=0)
        logs, plain = (sums.precomputed.weights * part for part in (logs, (weight * decay).sum(axis=0)))
        answers.append(absent.falls @ logs + absent.gains @ plain)
    error = float(np.abs(answers[0] - answers[1]).max()) + _error(sums, absent, extra, 1.0)
    return answers[0] + _constants(absent, extra), error


@dataclass(frozen=True, eq=False)
class Leaving:
    """φ that members would have by leaving the aggregate and sending: their groups are those of the others.

    Attributes
    ----------
    group : of which the K sizes below m are looked at
    inner : integrals over q for each number of others in the group
    leavers : what they would add, shape (M, T)
    magnitudes : bounds on the sums that φ comes from, plain and weighted, shape (2, K, U)
    missed : what fits and errors of the means come to, for each size, shape (K,)
    rounding : relative
    """

    group: AggregateGroup
    inner: Inner
    leavers: Senders
    magnitudes: FloatArray
    missed: FloatArray
    rounding: float

    @classmethod
    def of(cls, group: AggregateGroup, inner: Inner, leavers: Senders, rounding: float) -> Leaving:
        drop, most = -leavers.falls.min(axis=0), leavers.gains.max(axis=0)
        n_sizes = len(inner.mass)
        magnitudes, missed = np.empty((2, n_sizes, group.grid.shape[1])), np.zeros(n_sizes)
        for node in range(n_sizes):
            fit, heavy = group.fit(node, joined=False), float(group.nodes[node]) * group.precomputed.heaviest
            plain, weighted = np.abs(inner.pair[:, 0, node])
            sums = np.stack([drop * plain + most * weighted, drop * weighted])
            magnitudes[:, node] = np.einsum("fut,ft->fu", np.abs(fit.pair), sums)
            missed[node] = fit.missed_by(sums, 0.0, heavy)
            missed[node] += group.slack * (magnitudes[0, node].sum() + heavy * magnitudes[1, node].sum())
        return cls(group, inner, leavers, magnitudes, missed, group.rounding + rounding)

    def values(self, some: slice, means: Means, extra: int) -> tuple[FloatArray, float]:
        """φ of some of the members, and a bound on the errors.

        Parameters
        ----------
        means : over the subsets of the others for each of B members, shape (B, K, U)
        """
        falls, gains = self.leavers.falls[some], self.leavers.gains[some]
        by_size = np.empty((len(falls), len(self.inner.mass)))
        for node in range(by_size.shape[1]):
            fit, (plain, weighted) = self.group.fit(node, joined=False), self.inner.pair[:, 0, node]
            decay, gain = means.plain[:, node] @ fit.pair[0], means.weighted[:, node] @ fit.pair[1]
            by_size[:, node] = (falls * (decay * plain + gain * weighted) + gains * decay * weighted).sum(axis=1)
        rule, pair = self.group.sizes, (means.plain, means.weighted)
        magnitude = sum(np.einsum("bku,ku->bk", mean, own) for mean, own in zip(pair, self.magnitudes, strict=True))
        errors = np.abs(by_size @ (rule.weights - rule.coarse))
        errors += (self.missed + 2 * self.rounding * magnitude) @ np.abs(rule.weights)
        return by_size @ rule.weights + _constants(self.leavers, extra)[some], float(errors.max())


def _constants(senders: Senders, extra: int) -> FloatArray:
    """What −a·log(r²v/V) comes to: ∫ q dq of it where the platform must have come before."""
    return senders.constants * (0.5 if extra else 1.0)


def _without_each(sums: ProfileSums, seen: tuple[FloatArray, FloatArray], extra: int) -> FloatArray:
    """The sums over q and t with each sender left out."""
    quadrature, products, weights = sums.quadrature, sums.products, sums.precomputed.weights
    found = np.zeros(len(sums.senders.falls))
    for rows in blocks(products.plain.shape):
        weight = products.plain[rows] * quadrature.q[rows, None] if extra else products.plain[rows]
        decay, gain = (weight * part[rows] for part in seen)
        all_logs = products.worth[rows] * decay + gain
        for number, (drop, own) in enumerate(zip(sums.senders.falls, sums.senders.gains, strict=True)):
            its_coin = coin(quadrature, rows, drop)
            without = decay / its_coin
            found[number] += weights * drop @ (all_logs / its_coin).sum(axis=0)
            found[number] += weights * own @ (without.sum(axis=0) - drop * (quadrature.q[rows] @ (without / its_coin)))
    return found


def _error(sums: ProfileSums, senders: Senders, extra: int, inverse: FloatArray | float) -> float:
    """What the group's fits miss and what rounding does, through the sums above, for the worst sender.

    ``inverse`` bounds what leaving a sender's coin out multiplies by.
    """
    quadrature, products = sums.quadrature, sums.products
    drop, gain = -senders.falls.min(axis=0), senders.gains.max(axis=0)
    decay_error, gain_error = sums.seen_errors
    missed = drop * (np.abs(products.worth) * decay_error + gain_error) + gain * decay_error
    seen_decay, seen_gain = sums.seen
    rounded = drop * (np.abs(products.worth) * seen_decay + np.abs(seen_gain)) + gain * seen_decay
    weight = products.plain * inverse * (quadrature.q[:, None] if extra else 1.0)
    return float((weight * (missed + 2 * sums.rounding * rounded)).sum(axis=0) @ sums.precomputed.weights)
