"""An upper bound on what the platform keeps at a pure equilibrium of the federated mean, for any number of users."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from fairgames.federation import FederatedModel
from fairgames.game import PaymentGame
from fairgames.mechanism.upper_bound.classes import BoundClasses
from fairgames.mechanism.upper_bound.search import highest
from fairgames.typing import Array, FloatArray, IntArray

_EPSILON = float(np.finfo(float).eps)
#: A box is split no further when it is so narrow in the share, and its number of sharers counts for no more.
_FINE = 2e-3
#: Who arrives among the first few is added one by one, later ones in blocks that grow by such a part.
_PART = 5
#: A coalition's mean precision is replaced by that of at most so many independent draws.
_DRAWS = 4
#: What a user brings is computed for so many numbers of samples.
_STEPS = 100
#: Relative room for the rounding of a bound on a payment: its terms are positive, and few.
_ROOM = 1 + 1e-9


def narrows(model: FederatedModel) -> bool:
    """Whether users are left out whom no payment makes share: with equal weights and no least number of members."""
    return model.equal and model.minimum == 1


def federated_upper_bound(game: PaymentGame, model: FederatedModel) -> float:
    """A bound on what the platform keeps at every pure equilibrium, at every share α.

    Notes
    -----
    Let m users share, S, of whom k are on level 1; V = s² + r²/n, p = 1/V, w = (r²/n)/V. A box is a
    range of α, m and k; each gets a bound on what is kept in it.

    *More seen is more earned.* EMSE is that of a best linear unbiased estimator, so it cannot rise
    where the platform sees more. A user's own mean and that of the rest of the group tell the group's
    mean: moving anybody from level 1 to 2 never lowers U. Hence G ≤ Σ_S p.

    *What is kept* is U − Σt. Who may choose level 0 has a payoff ≥ 0, so t_i ≥ c_i, and at most
    U − Σc is kept. It is also (1 − α)·U, or under Theorem 1 a mean of U(ρ_T) over T ⊆ S. Who must be
    on level 2 costs nothing, and by the above is not paid less. Who must be on level 1 or 2 may be
    paid less than nothing, since a group can suffer from a member: then only the latter bounds hold.

    *Who shares at all* (equal weights). Let i join T, of t others with precision g. It brings at most
    what it brings on level 2. The EMSE of any other user is o + f²x with o ≥ s²f², and x falls from
    1/g to 1/(g + p_i), so it gains at most a_j·log((s² + 1/g)/(s² + 1/(g + p_i))), as if on level 0.
    Together with what i gains itself this is D_i(g), convex and falling. And g is at least the sum of
    p over the members of T, where the least p of S stands for each who is on level 1 (if one alone is,
    it has its own, which is no less). Averaged over all T of size t, D_i is at most what it is for
    independent draws (Hoeffding 1963), for fewer draws, times what is lacking (their mean is more
    spread), and for draws from the two extremes with the same mean. So φ_i ≤ F_i/m, where F_i is
    U({i}) plus those averages for t = 1 … m − 1. Whoever has α·F_i/m < c_i does not share; then the
    others may be seen to have larger p, and so on. Under weights n this fails: f may be below −1. And
    where an aggregate needs more than one member, who completes it brings the data of all of them: see
    :func:`narrows`.

    *An aggregate of too few* adds nothing: in a box with fewer members only those on level 2 are seen,
    and else an aggregate that is formed has the least number of members at least.
    """
    bounds = _Federation.of(game, model)
    may = np.isfinite(bounds.classes.costs)
    sharers = bounds.number(np.any(may, axis=0))
    boxes = [_Box(0.0, 1.0, max(few, 1), sharers, few, many, may) for few, many in _ranges(bounds.number(may[0]))]
    best = highest(boxes, bounds.bound, lambda box: box.halves(bounds.by_share))
    return best + bounds.rounding if best > 0 else 0.0


@dataclass(frozen=True, eq=False)
class _Box:
    """Equilibria with α in [low, high] where ``least`` … ``most`` users share, ``few`` … ``many`` of them at level 1.

    ``may`` says which classes may be on levels 1 and 2 there, shape (2, K).
    """

    low: float
    high: float
    least: int
    most: int
    few: int
    many: int
    may: Array

    def halves(self, by_share: bool) -> list[_Box]:
        """The two parts of the box; none if it is fine enough."""
        of_share = self.high - self.low if by_share else 0.0
        # Who may be paid enough at the least number is as if at a share so much higher.
        of_number = self.high * (self.most / self.least - 1)
        if max(of_share, of_number) <= _FINE:
            return []
        if of_share > of_number:
            middle = (self.low + self.high) / 2
            return [replace(self, high=middle), replace(self, low=middle)]
        half = (self.least + self.most) // 2
        return [replace(self, most=half), replace(self, least=half + 1)]


@dataclass(frozen=True, eq=False)
class _Federation:
    """Bounds on a box; names as in :func:`federated_upper_bound`, arrays by class, shape (K,).

    Attributes
    ----------
    noise : r²/n
    precision : p
    noise_share : w
    total_weight : Σa over all users
    steps, step : a few n, and which of them is the next for each class: with it more is brought
    equal : whether all members of the group weigh the same
    minimum : how many members an aggregate needs
    narrows : see :func:`narrows`
    by_share : whether a small share α keeps users from sharing
    """

    classes: BoundClasses
    between: float
    within: float
    noise: FloatArray
    precision: FloatArray
    noise_share: FloatArray
    total_weight: float
    steps: FloatArray
    step: IntArray
    equal: bool
    minimum: int
    narrows: bool
    by_share: bool

    @classmethod
    def of(cls, game: PaymentGame, model: FederatedModel) -> _Federation:
        classes = BoundClasses.of(game, model)
        noise = model.within / classes.samples
        variance = noise + model.between
        weight = float(classes.size @ classes.weight)
        by_share = narrows(model) and game.rule.has_alpha
        steps, step = _rounded_up(classes.samples)
        numbers = noise, 1 / variance, noise / variance, weight, steps, step
        kind = model.equal, model.minimum, narrows(model), by_share
        return cls(classes, model.between, model.within, *numbers, *kind)

    @property
    def rounding(self) -> float:
        """Twenty roundings in each ratio under a logarithm, the logarithm's own, and an addition a class."""
        size, costs = self.classes.size, self.classes.costs
        error = self._own_error(1 / float(size @ self.precision)).min()
        largest = math.log((self.within + 2 * self.between) / error)
        spent = float(size @ np.where(np.isfinite(costs), costs, 0).max(axis=0))
        return (len(size) + 20) * _EPSILON * (self.total_weight * (1 + largest) + spent)

    def number(self, may: Array) -> int:
        """How many users the classes that ``may`` have."""
        return int(self.classes.size[may].sum())

    def bound(self, box: _Box) -> tuple[float, _Box]:
        """An upper bound on what is kept in a box, and the box without those who do not share in it."""
        box = self._narrowed(box)
        if box.most < box.least or box.many < box.few:
            return -math.inf, box
        kept = (1 - box.low) * self._most(box, np.zeros_like(self.classes.costs))
        return min(kept, self._most(box, self.classes.costs)) if self.classes.willing else kept, box

    def _narrowed(self, box: _Box) -> _Box:
        """Without those whom no share and number in the box pay their costs."""
        may = box.may & (np.array([[box.many], [box.most - box.few]]) > 0)
        while self.narrows and may.any():
            paid = box.high * _ROOM * self._brought(may, box)
            left = may & (self.classes.costs * box.least <= paid)
            if np.array_equal(left, may):
                break
            may = left
        many = min(box.many, self.number(may[0]))
        most = min(box.most, self.number(np.any(may, axis=0)), many + self.number(may[1]))
        return replace(box, may=may, many=many, most=most)

    def _brought(self, may: Array, box: _Box) -> FloatArray:
        """F at the largest m, shape (K,), as a sum of positive terms."""
        samples, s2 = self.steps, self.between
        noise = self.within / samples
        before, times = self._met(may, box)
        p, w = 1 / (noise + s2)[:, None], (noise / (noise + s2))[:, None]
        after = s2 * (before + p)
        everybody = np.log1p((samples - 1) * noise / (2 * s2 + noise)) + np.log1p(p / (before * (1 + after))) @ times
        own = np.log1p(2 * s2 / noise) + np.log1p(s2 * p * (after + 1 + w) / (w * (after + w))) @ times
        return np.asarray(self.total_weight * everybody[self.step] + self.classes.weight * own[self.step])

    def _met(self, may: Array, box: _Box) -> tuple[FloatArray, FloatArray]:
        """Precisions g that a user meets on joining, and how often, over all t < m: those of draws from two extremes.

        The mean is least where as few share, and as many of them on level 1, as the box allows.
        """
        present = self.precision[may.any(axis=0)]
        least, largest = float(present.min()), float(present.max())
        others = max(box.least - 1, 1)
        own = max(min(others - box.many, self.number(may[1])), 0)  # who counts with a precision of its own
        mean = ((others - own) * least + _smallest(self.precision, self.classes.size * may[1], own)) / others
        part = min(max((mean - least) / (largest - least), 0.0), 1.0) if largest > least else 0.0
        numbers, draws, high, times = _coalitions(box.most - 1)
        chance = part**high * (1 - part) ** (draws - high)
        return numbers * (least + (largest - least) * high / draws), times * chance

    def _most(self, box: _Box, costs: FloatArray) -> float:
        """U − Σ``costs`` at most."""
        size, weight = self.classes.size, self.classes.weight
        formed = box.many >= self.minimum
        seen, most = (box.may.any(axis=0), box.most) if formed else (box.may[1], box.most - box.few)
        if not (precision := _largest(self.precision, size * seen, most)):
            return 0.0
        error = 1 / precision
        outside, own = self.between + error, self._own_error(error)
        inside: FloatArray | float = outside  # EMSE on level 1
        if formed:
            inside = np.maximum(own, self._group_error(max(box.few, self.minimum), size * box.may[0], error))
        hidden = np.where(box.may[0], np.maximum(weight * np.log(outside / inside) - costs[0], 0), 0)
        fully = np.where(box.may[1], np.maximum(weight * np.log(outside / own) - costs[1], 0), 0)
        # Either the two levels apart, or all fully and some of them moved to the group.
        apart = _largest(fully, size, box.most - box.few) + _largest(hidden, size, box.many)
        moved = _largest(fully, size, box.most) + _largest(np.maximum(hidden - fully, 0), size, box.many)
        return min(apart, moved) + self.total_weight * math.log((self.within + 2 * self.between) / outside)

    def _own_error(self, error: float) -> FloatArray:
        """EMSE on level 2, shape (K,), where that of the population mean is ``error``."""
        return self.between * self.noise_share + self.noise_share**2 * error

    def _group_error(self, few: int, members: FloatArray, error: float) -> FloatArray | float:
        """EMSE at least on level 1, in a group of ``few`` or more of ``members``.

        With equal weights it rises with the group's size and its members' noise. With weights n the
        part of it that is left where the population mean is known does, and only that is counted.
        """
        s2 = self.between
        if self.equal:
            noise = _smallest(self.noise, members, few) / few
            misfit = noise / (s2 + noise)
            return s2 * ((few - 1) * s2 + few * noise) / (few * (s2 + noise)) + misfit**2 * error
        square, linear = s2 * self.classes.samples**2, self.within * self.classes.samples
        others = _smallest(square + linear, members, few - 1)
        return np.asarray(s2 * (linear + others) / (square + linear + others))


def _largest(values: FloatArray, size: FloatArray, number: int) -> float:
    """The sum of the ``number`` largest values, which occur ``size`` times each."""
    order = np.argsort(-values)
    ends = np.minimum(np.cumsum(size[order]), number)
    return float(np.diff(ends, prepend=0) @ values[order])


def _smallest(values: FloatArray, size: FloatArray, number: int) -> float:
    return -_largest(-values, size, number)


def _rounded_up(samples: FloatArray) -> tuple[FloatArray, IntArray]:
    """At most so many of the numbers of samples, a constant factor apart, and the index of the next for each class."""
    found = np.unique(samples)
    place = np.ceil(np.log(found / found[0]) / max(math.log(found[-1] / found[0]), 1e-9) * _STEPS)
    steps = found if len(found) <= _STEPS else found[np.append(np.diff(place) > 0, True)]
    return steps, np.searchsorted(steps, samples)


def _ranges(most: int) -> Iterator[tuple[int, int]]:
    """0, 1, 2 to 3, 4 to 7, … as far as ``most``."""
    yield 0, 0
    for power in range(most.bit_length()):
        yield 2**power, min(2 ** (power + 1) - 1, most)


@lru_cache(maxsize=1024)
def _coalitions(last: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Sizes from 1 to ``last``, draws for each, how many of these are high, and how often that counts.

    Blocks of sizes count by halves at their ends: for a convex function no less than the sum over all.
    """
    ends = [1] if last else []
    while ends and ends[-1] < last:
        ends.append(min(last, ends[-1] + 1 + ends[-1] // _PART))
    times, lengths = np.ones(len(ends)), np.diff(ends)
    times[1:] = (lengths + 1) / 2
    times[:-1] += (lengths - 1) / 2
    rows = [
        (end, draws, high, time * math.comb(draws, high))
        for end, time in zip(ends, times.tolist(), strict=True)
        for draws in [min(end, _DRAWS)]
        for high in range(draws + 1)
    ]
    numbers, draws, high, often = np.array(rows, dtype=float).reshape(-1, 4).T
    return numbers, draws, high, often
