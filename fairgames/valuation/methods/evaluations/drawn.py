"""Coalitions drawn with known chances: what the surrogate misses of them tells, without bias, by how much it is off.

Sampling with chances proportional to size (here to what a coalition counts in the payments times
what the surrogate does not know of it), in an order of which every beginning is such a sample
(Rosén 1997, "On sampling with probability proportional to size"), from a list of all coalitions, or
of as many of each size as fit if they are too many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from fairgames.training.products import Functionals
from fairgames.training.surrogate import Surrogate
from fairgames.typing import FloatArray, IntArray
from fairgames.valuation.methods.evaluations.noise import semivalue_weights
from fairgames.valuation.rules import Semivalue

#: Coalitions of one size that are listed at most; all sizes together about so many.
_LISTED = 4096
#: The part of a coalition's size for sampling that is the mean of coalitions as large: errors of what the surrogate
#: believes of itself must not make a chance too small.
_EVEN = 0.7
#: Where the answer may lie on the way from the surrogates' to the one without bias: never nearer to the surrogates'
#: than half way, since what tells of their bias is a single difference a user.
PARTS = (0.5, 0.75, 1.0)


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
    """Of the payments of surrogates.

    Attributes
    ----------
    values : the payments of the surrogates, shape (n,), in money
    difference : what to add to them so that they are without bias
    counted : what each evaluation counts in what is without bias, shape (n, B)
    leverage : in the surrogates' payments
    drawn, known : the variance of each evaluation's part by its having been drawn, and by its noise, shape (B,)
    """

    values: FloatArray
    difference: FloatArray
    counted: FloatArray
    leverage: FloatArray
    drawn: FloatArray
    known: FloatArray

    def combined(self, part: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The surrogates' payments plus a part of the difference, the variance of that, and its degrees of freedom.

        An evaluation that was drawn enters with its own part of the difference and by what it moves the surrogates:
        the sum of the squares of both together is the variance of what chance does. What is left of the surrogates'
        bias counts as (1 − part)² of its square. The square of the difference is that of the bias and a variance of the
        same kind, whose excess over the latter, in units of the variance without bias, is taken as the same for all.

        Degrees of freedom by Satterthwaite (1946): 2·V²/Var(V̂), where a square's variance is 2·(its mean)², which a
        third of its own square is without bias if what is squared is normal; V̂² has V² + Var(V̂) as its mean.
        """
        mixed = part * self.counted + (1 - part) * self.leverage
        whole, between = self._variance(self.counted), self._variance(self.counted - self.leverage)
        variance, some = self._variance(mixed), whole > 0
        unsure = 2 / 3 * ((mixed**2 * self.drawn) ** 2).sum(axis=1)
        if some.any():
            squares = float((self.difference[some] ** 2 / whole[some]).mean())
            bias = max(0.0, squares - float((between[some] / whole[some]).mean()))
            variance = variance + (1 - part) ** 2 * bias * whole
            # A mean of as many squares as there are differences that sum to 0.
            unsure += (bias > 0) * ((1 - part) ** 2 * squares * whole) ** 2 * 2 / (len(whole) + 1)
        freedom = np.full(len(variance), np.inf)
        np.divide(2 * variance**2, unsure, out=freedom, where=unsure > 0)
        return self.values + part * self.difference, variance, np.maximum(freedom - 2, 1.0)

    def best(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The same with the part at which the variances sum to the least."""
        return min((self.combined(part) for part in PARTS), key=lambda found: float(found[1].sum()))

    def _variance(self, counted: FloatArray) -> FloatArray:
        return np.asarray(counted**2 @ (self.drawn + self.known))


def corrected(
    surrogates: Sequence[Surrogate], targets: Functionals, order: Order, taken: int, profile: IntArray, rule: Semivalue
) -> Check:
    """By how much surrogates' payments are off: of K with the same evaluations, each checked by every K-th one drawn.

    Each coalition drawn is left out in turn: its surrogate, of all the others, misses it by r_j, with chance
    p_j = π_j/(m − (m − 1)·π_j) of having been the one drawn from what they leave. So the payments of that surrogate
    plus w_j·r_j/p_j are without bias, if the prior does not know the coalition either, and so is their mean over j.
    """
    profiles = surrogates[0].profiles
    kept, at = drawn_and_known(profiles, order, taken)
    chances, m = order.chances(taken)[kept], len(kept)
    known = semivalue_weights(rule, (profiles[:, np.flatnonzero(profile)] > 0).astype(np.int64))
    noise, missed, leverage = surrogates[0].unit ** 2 * surrogates[0].noise, np.zeros(m), np.zeros(known.shape)
    values, difference = np.zeros(len(known)), np.zeros(len(known))
    for number, surrogate in enumerate(surrogates):
        own = slice(number, None, len(surrogates))
        part, mine = len(kept[own]) / m, surrogate.leverage(targets)
        missed[own] = surrogate.left_out()[0][at[own] - 1]
        leverage += part * mine
        values += part * surrogate.unit * mine @ surrogate.found
        # With noise, the surrogate does not pass through what is known: that counts as it is.
        difference += part * known @ surrogate.residuals - mine[:, at[own]] @ missed[own] / m
    difference += (known[:, at] * (1 / chances - 1 + 1 / m)) @ missed
    counted, inside = known.copy(), np.ones(len(profiles))
    counted[:, at] /= chances
    inside[at] = chances
    by_drawing = np.zeros(len(profiles))
    by_drawing[at] = (1 - chances) * missed**2
    return Check(values, difference, counted, leverage, by_drawing, inside * noise)


def drawn_and_known(profiles: IntArray, order: Order, taken: int) -> tuple[IntArray, IntArray]:
    """Which of the coalitions drawn so far are among these profiles, and where."""
    place = {tuple(one): number for number, one in enumerate(profiles.tolist())}
    first = list(map(tuple, order.profiles[:taken].tolist()))
    kept = [number for number, one in enumerate(first) if one in place]
    return np.array(kept, dtype=np.int64), np.array([place[first[number]] for number in kept], dtype=np.int64)
