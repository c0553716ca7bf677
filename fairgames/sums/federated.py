"""Shapley values of the federated mean for many distinct users, at nearly machine precision.

φ_i = ∫₀¹ E_q[U(S ∪ i) − U(S)] dq, where S holds each other user with probability q (Owen 1972);
Gauss–Legendre nodes make the integral exact. In U every logarithm is one of (G + c)/G, with
G = A + E the precision of the mean, A = Σ 1/V over senders and E = k²/B of the level-1 group, and

    log((G + c)/G) = ∫₀^∞ e^{−tG}·(1 − e^{−tc}) dt/t.

e^{−tA} is a product over senders, so its expectation is one too; leaving a sender out divides by
a positive number. Of the group, everything depends on its size k and Y = Σ 1/n, through functions
that are fitted by Σ_u c_u·e^{−uY}, whose means over subsets grow by one member at a time. No sampling,
no alternating sum; the error is bounded, term by term, in :class:`_Errors`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairgames.sums.fit import Exponentials
from fairgames.sums.gauss import gauss_legendre
from fairgames.sums.integrals import STEP, Integral
from fairgames.sums.subset_means import Items, means_of_all, means_without_each
from fairgames.typing import FloatArray

_UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2

#: Relative error of scipy's binomial probabilities, three times the largest seen against rationals.
_BINOMIAL = 1e-12


@dataclass(frozen=True, eq=False)
class Population:
    """Who shares what in the federated mean, equal users merged.

    Attributes
    ----------
    between, within : s² and r²
    senders, members : users on level 2 and in the level-1 group: values 1/n, weights a
    importance : Σ a over everybody, sharing or not
    """

    between: float
    within: float
    senders: Items
    members: Items
    importance: float

    @property
    def n_sharing(self) -> int:
        return self.senders.total + self.members.total

    def variance(self, items: Items) -> FloatArray:
        """V = s² + r²/n."""
        return self.between + self.within * items.values


@dataclass(frozen=True, eq=False)
class Values:
    """φ of every distinct sender and member, in nats, and a bound on the absolute error of each."""

    senders: FloatArray
    members: FloatArray
    error: float


def shapley_values(population: Population, extra: int = 0) -> Values:
    """φ at one profile: among users (``extra`` 0), or with the platform as one more member (1).

    Raises
    ------
    TooLargeError
        Before allocating, if the nodes do not fit in memory.
    """
    sums = _Sums(population, extra)
    group = _Group.of(sums)
    members, member_error = group.values()
    senders, sender_error = sums.sender_values(group)
    correction, correction_error = sums.empty_coalition()
    rule_error = 4 * population.importance * sums.integral.error
    return Values(
        senders + correction, members + correction, max(member_error, sender_error) + correction_error + rule_error
    )


class _Sums:
    """The nodes q and t, and everything about senders on them: arrays of shape (Q, T)."""

    def __init__(self, population: Population, extra: int) -> None:
        self.population = population
        self.extra = extra
        s2, r2 = population.between, population.within
        n_nodes = population.n_sharing // 2 + 1
        self.q, self.p, weights = gauss_legendre(n_nodes)
        self.weights = weights * self.q if extra else weights
        variances = np.concatenate([population.variance(population.senders), population.variance(population.members)])
        counts = np.concatenate([population.senders.counts, population.members.counts])
        least, most = float(1 / variances.max()), float((counts / variances).sum())
        self.integral = Integral.of(least, most, 1 / s2 if s2 else most)
        self.reference = most
        t = self.integral.nodes
        #: e^{−t/s²}, which an absent user's logarithm ends with.
        self.end = np.exp(-t / s2) if s2 else np.zeros_like(t)
        self.absent = population.importance * (-np.expm1(-t / s2) if s2 else np.ones_like(t))
        self.factors = np.exp(-np.divide.outer(1.0, population.variance(population.senders)).reshape(-1, 1) * t)
        self.gains = self._gains(t, s2, r2)
        self.rounding = (4 * population.n_sharing + 4 * n_nodes + 100) * _UNIT_ROUNDOFF + _BINOMIAL

    def _gains(self, t: FloatArray, s2: float, r2: float) -> FloatArray:
        """a·x·o with o = e^{−tc} − e^{−t/s²}, c = r²v/(s²V): 1/s² − c is 1/V."""
        senders = self.population.senders
        if not s2 or not len(senders.values):
            return np.zeros_like(self.factors)
        variance = self.population.variance(senders)
        start = np.exp(-np.multiply.outer(r2 * senders.values / (s2 * variance), t))
        own = start * -np.expm1(-np.divide.outer(t, variance).T)
        return np.asarray(senders.weights[:, None] * self.factors * own)

    def coin(self, number: int) -> FloatArray:
        """E_q[e^{−t/V}] of one sender who may be absent: 1 − q + q·x."""
        return np.asarray(self.p[:, None] + self.q[:, None] * self.factors[number])

    @cached_property
    def product(self) -> FloatArray:
        """P = Π (1 − q + q·x) over senders."""
        result = np.ones((len(self.q), len(self.integral.nodes)))
        for number, count in enumerate(self.population.senders.counts.tolist()):
            result *= self.coin(number) ** count
        return result

    @cached_property
    def worth(self) -> FloatArray:
        """W − a_tot·(1 − e^{−t/s²}), with P·W = E[e^{−tA}·Σ a·o over the senders who are in]."""
        result = np.broadcast_to(-self.absent, self.product.shape).copy()
        for number, count in enumerate(self.population.senders.counts.tolist()):
            result += count * (self.q[:, None] * self.gains[number]) / self.coin(number)
        return result

    def binomial(self, size: int) -> FloatArray:
        """The probability that k of ``size`` users are in, shape (size + 1, Q)."""
        from scipy.stats import binom

        return np.asarray(binom.pmf(np.arange(size + 1)[:, None], size, self.q))

    def sender_values(self, group: _Group) -> tuple[FloatArray, float]:
        """φ of the senders: what one adds to e^{−tA} and to the sum of gains, summed over all nodes."""
        population, senders = self.population, self.population.senders
        if not len(senders.values):
            return np.zeros(0), 0.0
        weighted = STEP * self.weights[:, None] * self.product
        all_logs = weighted * (self.worth * group.decay + group.gain)
        decay = weighted * group.decay
        fall = np.expm1(-np.divide.outer(self.integral.nodes, population.variance(senders)).T)
        variance = population.variance(senders)
        found = -senders.weights * np.log(population.within * senders.values / variance) * self.weights.sum()
        for number, (drop, gain) in enumerate(zip(fall, self.gains, strict=True)):
            inverse = 1 / self.coin(number)
            without = decay * inverse
            found[number] += (drop * (all_logs * inverse).sum(axis=0)).sum()
            found[number] += (gain * (without - drop * without * inverse * self.q[:, None]).sum(axis=0)).sum()
        return found, self._sender_error(group, weighted, fall)

    def _sender_error(self, group: _Group, weighted: FloatArray, fall: FloatArray) -> float:
        """What the group's fits miss and what rounding does, through the sums above, for the worst sender."""
        inverse = 1 / (self.p[:, None] + self.q[:, None] * self.factors.min(axis=0))
        drop, gain = -fall.min(axis=0), self.gains.max(axis=0)
        missed = drop * (np.abs(self.worth) * group.decay_error + group.gain_error) + gain * group.decay_error
        rounded = drop * (np.abs(self.worth) * group.decay + np.abs(group.gain)) + gain * group.decay
        return float((weighted * inverse * (missed + 2 * self.rounding * rounded)).sum())

    def empty_coalition(self) -> tuple[float, float]:
        """What the formulas give for U(∅), which is 0: each of the N users' values holds its share of it."""
        population, n = self.population, self.population.n_sharing
        s2, r2 = population.between, population.within
        if s2:
            value = math.log((r2 + 2 * s2) / s2) + STEP * float(np.expm1(-self.integral.nodes / s2).sum())
        else:
            start = np.expm1(-self.integral.nodes * self.reference)
            value = math.log(r2 * self.reference) + STEP * float(start.sum())
        share = population.importance / (n * (n + 1) if self.extra else n)
        return share * value, share * len(self.integral.nodes) * 10 * _UNIT_ROUNDOFF


@dataclass(frozen=True, eq=False)
class _Group:
    """The level-1 group as senders see it, and its own values.

    Attributes
    ----------
    decay : E_q[e^{−tE}], shape (Q, T)
    gain : E_q[a(S)·(e^{−tD} − e^{−t(E + 1/s²)})]
    decay_error, gain_error : bounds on what their fits and rounding miss
    coefficients : of H₀ and H₁ with the member in and out, by the size of the others, each (m, U)
    missed : the sum of what their fits miss, for one member
    """

    sums: _Sums
    grid: FloatArray
    decay: FloatArray
    gain: FloatArray
    decay_error: FloatArray
    gain_error: FloatArray
    coefficients: FloatArray
    missed: float

    @classmethod
    def of(cls, sums: _Sums) -> _Group:
        members = sums.population.members
        shape = sums.product.shape
        if not members.total:
            none = np.zeros(shape)
            return cls(sums, np.zeros(1), np.ones(shape), none, none, none, np.zeros((4, 0, 1)), 0.0)
        return _fitted(sums, members)

    def values(self) -> tuple[FloatArray, float]:
        """φ of the members, each from the means over subsets of the others."""
        members = self.sums.population.members
        found = np.zeros(len(members.values))
        if not members.total:
            return found, 0.0
        in_plain, out_plain, in_weighted, out_weighted = self.coefficients
        magnitude = 0.0
        for number, means in means_without_each(members, self.grid):
            weight = members.weights[number]
            entering = np.exp(-members.values[number] * self.grid)
            plain, weighted = entering * means.plain, entering * means.weighted
            weighted += weight * plain
            terms = (
                (plain, in_plain, 1),
                (weighted, in_weighted, 1),
                (means.plain, out_plain, -1),
                (means.weighted, out_weighted, -1),
            )
            found[number] = sum(sign * np.vdot(mean, own) for mean, own, sign in terms)
            magnitude = max(magnitude, sum(float(np.vdot(mean, np.abs(own))) for mean, own, _ in terms))
        return found, self.missed + 2 * self.sums.rounding * magnitude


def _fitted(sums: _Sums, members: Items) -> _Group:
    """Every function of the group fitted, size after size."""
    population, t, total = sums.population, sums.integral.nodes, members.total
    exponentials = Exponentials.of(*members.sums())
    means = means_of_all(members, exponentials.grid)
    chances = sums.binomial(total - 1) * sums.weights
    inner = _Inner(STEP * chances @ (sums.worth * sums.product), STEP * chances @ sums.product, chances.sum(axis=1))
    decay, gain, decay_error, gain_error = (np.zeros((total + 1, len(t))) for _ in range(4))
    coefficients = np.zeros((4, total, len(exponentials.grid)))
    decay[0], missed, heaviest = 1.0, 0.0, float(members.weights.max())
    for size in range(1, total + 1):
        at, judged = (
            _group_functions(population, size, where[size], t, sums.end)
            for where in (exponentials.points, exponentials.between)
        )
        own, misses = exponentials.fit(
            size, np.hstack([*at[:2], inner.of(size, at)]), np.hstack([*judged[:2], inner.of(size, judged)])
        )
        plain, weighted = means.plain[size], means.weighted[size]
        for mean, part, result, error in (
            (plain, slice(0, len(t)), decay, decay_error),
            (weighted, slice(len(t), 2 * len(t)), gain, gain_error),
        ):
            result[size] = mean @ own[:, part]
            error[size] = mean[0] * misses[part] + sums.rounding * (mean @ np.abs(own[:, part]))
        ours = own[:, 2 * len(t) :].T
        coefficients[0, size - 1], coefficients[2, size - 1] = ours[0], ours[1]
        if size < total:
            coefficients[1, size], coefficients[3, size] = ours[2], ours[3]
        plain_miss, weighted_miss = misses[2 * len(t) :].reshape(2, 2).sum(axis=0)
        missed += plain_miss + size * heaviest * weighted_miss
    coefficients[1, 0, 0] = inner.plain[0].sum()  # nobody else: Y = 0, and no function to fit
    chance = sums.binomial(total).T
    return _Group(
        sums,
        exponentials.grid,
        chance @ decay,
        chance @ gain,
        chance @ decay_error,
        chance @ gain_error,
        coefficients,
        float(missed),
    )


@dataclass(frozen=True, eq=False)
class _Inner:
    """The integrals over q and t for each number k of others in the group, which leave functions of Y.

    ``plain`` (m, T) goes with e^{−tE}, ``weighted`` (m, T) with the group's gain, ``mass`` (m,) with log ω.
    """

    plain: FloatArray
    weighted: FloatArray
    mass: FloatArray

    def of(self, size: int, functions: tuple[FloatArray, FloatArray, FloatArray]) -> FloatArray:
        """H₀ and H₁ for subsets of ``size``: as the member's own group, and as the group without it."""
        decay, gain, log = functions
        columns = []
        for others in (size - 1, size):
            if others < len(self.mass):
                columns += [decay @ self.plain[others], gain @ self.weighted[others] + log * self.mass[others]]
            else:
                columns += [np.zeros(len(log))] * 2
        return np.stack(columns, axis=1)


def _group_functions(
    population: Population, size: int, total: FloatArray, t: FloatArray, end: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """e^{−tE}, e^{−tD} − e^{−t(E + 1/s²)} (both shape (P, T)) and −log ω of a group with Y = ``total``."""
    s2, noise = population.between, population.within * total
    everything, others = size * s2 + noise, (size - 1) * s2 + noise
    decay = np.exp(-np.multiply.outer(size**2 / everything, t))
    if not s2:
        return decay, np.zeros_like(decay), np.zeros_like(total)
    own = np.exp(-np.multiply.outer(noise**2 / (everything * s2 * others), t))
    rest = (size * (size - 1) * s2 + (2 * size - 1) * noise) / (everything * others)
    return decay, decay * own * -np.expm1(-np.multiply.outer(rest, t)), -np.log(others / everything)
