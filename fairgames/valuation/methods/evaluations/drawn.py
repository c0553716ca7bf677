"""Coalitions drawn with known chances: what the surrogate misses of them tells, without bias, by how much it is off.

Sampling with chances proportional to size (here to what a coalition counts in the payments times
what the surrogate does not know of it), in an order of which every beginning is such a sample
(Rosén 1997, "On sampling with probability proportional to size"), from a list of all coalitions, or
of as many of each size as fit if they are too many.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from fairgames.training.surrogate import Surrogate
from fairgames.typing import FloatArray, IntArray
from fairgames.valuation.methods.evaluations.noise import semivalue_weights
from fairgames.valuation.rules import Semivalue

#: Coalitions of one size that are listed at most; all sizes together about so many.
_LISTED = 4096
#: The part of a coalition's size for sampling that is the mean of coalitions as large: errors of what the surrogate
#: believes of itself must not make a chance too small.
_EVEN = 0.7


@dataclass(frozen=True, eq=False)
class Order:
    """Coalitions in the order in which they are to be evaluated.

    Attributes
    ----------
    profiles : shape (M, N)
    weights : of U at each in the payment of each user who shares, shape (n, M)
    listed : the chance with which each came to be listed, shape (M,)
    sizes : what chances are proportional to, shape (M,)
    certain : the first ones, whose chance is 1
    """

    profiles: IntArray
    weights: FloatArray
    listed: FloatArray
    sizes: FloatArray
    certain: int

    def chances(self, taken: int) -> FloatArray:
        """With which each of the first ones was taken, shape (taken,)."""
        rest = self.sizes[self.certain :]
        inside = _proportional(rest, max(0, taken - self.certain))[: max(0, taken - self.certain)]
        return np.concatenate([np.ones(min(self.certain, taken)), inside]) * self.listed[:taken]


def drawn(
    surrogate: Surrogate, profile: IntArray, rule: Semivalue, how_many: int, known: set[tuple[int, ...]],
    generator: np.random.Generator,
) -> Order:  # fmt: skip
    """An order in which to evaluate ``how_many`` coalitions that are not known."""
    sharing = np.flatnonzero(profile)
    inside, listed = _listed(
        len(sharing), {tuple(int(place[user] > 0) for user in sharing) for place in known}, generator
    )
    profiles = np.zeros((len(inside), len(profile)), dtype=np.int64)
    profiles[:, sharing] = inside * profile[sharing]
    weights = semivalue_weights(rule, inside)
    spread, members = surrogate.spreads(profiles), inside.sum(axis=1)
    for size in np.unique(members):
        same = members == size
        spread[same] = (1 - _EVEN) * spread[same] + _EVEN * math.sqrt(np.mean(spread[same] ** 2))
    sizes = spread * np.sqrt((weights**2).sum(axis=0)) / listed
    chances = _proportional(sizes, min(how_many, len(sizes)))
    certain = chances >= 1
    uniform = generator.random(len(sizes))
    with np.errstate(divide="ignore"):
        rank = np.where(certain, -1.0, uniform / (1 - uniform) * (1 - chances) / chances)
    order = np.argsort(rank, kind="stable")
    return Order(profiles[order], weights[:, order], listed[order], sizes[order], int(certain.sum()))


def _listed(n: int, known: set[tuple[int, ...]], generator: np.random.Generator) -> tuple[IntArray, FloatArray]:
    """Coalitions that are not known, rows of 0 and 1, and the chance of each to be listed."""
    found, chances = [], []
    for size in range(1, n):
        among = math.comb(n, size)
        if 2**n <= _LISTED or among <= _LISTED // n:
            members = np.array(list(combinations(range(n), size)))
        else:
            members = generator.random((_LISTED // n, n)).argsort(axis=1)[:, :size]
        rows = np.zeros((len(members), n), dtype=np.int64)
        np.put_along_axis(rows, members, 1, axis=1)
        new = [row for row in dict.fromkeys(map(tuple, rows.tolist())) if row not in known]
        if new:
            found.append(np.array(new, dtype=np.int64))
            chances.append(np.full(len(new), len(new) / (among - sum(sum(one) == size for one in known))))
    if not found:
        return np.zeros((0, n), dtype=np.int64), np.zeros(0)
    return np.concatenate(found), np.concatenate(chances)


def _proportional(sizes: FloatArray, how_many: int) -> FloatArray:
    """Chances proportional to sizes that add up to ``how_many``, none above 1."""
    chances, certain = np.zeros(len(sizes)), np.zeros(len(sizes), dtype=bool)
    while not certain.all():
        free = ~certain
        chances[certain] = 1
        chances[free] = (how_many - certain.sum()) * sizes[free] / sizes[free].sum()
        over = free & (chances >= 1)
        if not over.any():
            break
        certain |= over
    return np.asarray(np.minimum(chances, 1.0))


@dataclass(frozen=True, eq=False)
class Check:
    """Of the payments of a surrogate.

    Attributes
    ----------
    difference : what to add to them so that they are without bias, shape (n,)
    variance : of what is without bias, shape (n,)
    freedom : the degrees of freedom that this variance is known with, shape (n,)
    """

    difference: FloatArray
    variance: FloatArray
    freedom: FloatArray

    def combined(self, part: float) -> tuple[FloatArray, FloatArray]:
        """The variance of the surrogate's payments plus a part of the difference, and its degrees of freedom.

        The error of an efficient estimate is uncorrelated with its difference d from one without bias
        (Hausman 1978), so that with this part it is V − (1 − part²)·E d². E d²/V is taken as the same for all users.
        Degrees of freedom of such a sum by Satterthwaite (1946).
        """
        squares = self.difference**2 / np.maximum(self.variance, 1e-300)
        ratio = min(1.0, float(squares.mean()))
        less = (1 - part**2) * ratio
        variance = self.variance * (1 - less)
        unsure = (self.variance**2) * (1 / self.freedom + less**2 / max(1, len(squares) - 1))
        return variance, np.maximum(variance**2 / np.maximum(unsure, 1e-300), 1.0)


def corrected(
    surrogate: Surrogate, leverage: FloatArray, order: Order, taken: int, profile: IntArray, rule: Semivalue
) -> Check:
    """By how much the surrogate's payments are off.

    Each coalition drawn is left out in turn: the surrogate of all the others misses it by r_j, with chance
    p_j = π_j/(m − (m − 1)·π_j) of having been the one drawn from what they leave. So the payments of that surrogate
    plus w_j·r_j/p_j are without bias, and so is their mean over j.
    """
    place = {tuple(one): number for number, one in enumerate(surrogate.profiles.tolist())}
    kept = [number for number in range(taken) if tuple(order.profiles[number].tolist()) in place]
    at = np.array([place[tuple(order.profiles[number].tolist())] for number in kept])
    chances, weights, m = order.chances(taken)[kept], order.weights[:, kept], len(kept)
    missed = surrogate.left_out()[0][at - 1]
    counted = weights * (1 / chances - 1 + 1 / m) - leverage[:, at] / m
    # With noise, the surrogate does not pass through what is known: that counts as it is.
    known = semivalue_weights(rule, (surrogate.profiles[:, np.flatnonzero(profile)] > 0).astype(np.int64))
    noise = surrogate.unit**2 * surrogate.noise
    parts = (1 - chances) * (weights * missed / chances) ** 2
    heavier = known**2
    heavier[:, at] /= chances
    variance = parts.sum(axis=1) + heavier @ noise
    freedom = variance**2 / np.maximum((parts**2).sum(axis=1), 1e-300)
    return Check(counted @ missed + known @ surrogate.residuals, variance, freedom)
