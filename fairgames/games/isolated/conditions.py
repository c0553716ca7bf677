"""Bounds on what strategies pay over many boxes of mixed strategies at once.

An expected payoff is affine in the strategy of each other player. About the centre of a box, in units
z of its half widths, it is therefore the value there plus multiples of z_a, z_a·z_b, …, at most one z
of each player: with all |z| ≤ 1, the sum of the multiples' sizes bounds it. One contraction of the
payoff table a player yields them. All in floats, with a bound on their rounding.

With Y near the inverse of the Jacobian at the centre, a root z of the equations F is one of
z = z − Y·F(z), whose linear terms nearly vanish: Krawczyk's (1969) operator, with the terms of higher
order as they are instead of bounds on derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from fairgames.games.isolated.boxes import INFLATED, Bounded, Boxes
from fairgames.games.isolated.differences import conditions
from fairgames.games.isolated.supports import Supports
from fairgames.typing import BoolArray, FloatArray, IntArray

_EPSILON = float(np.finfo(float).eps)


class Conditions:
    """The conditions of an equilibrium on supports of one size a player.

    Attributes
    ----------
    supports : they
    places : the coordinates of boxes by their place among all probabilities in use

    Parameters
    ----------
    pays : by player, :func:`fairgames.games.isolated.differences.differences`; a player after those has no
        conditions: a parameter of the payoffs, affine in its "probabilities"
    supports : all of the same sizes
    """

    def __init__(self, pays: Sequence[FloatArray], supports: Sequence[Supports]) -> None:
        self.supports = supports
        self._sizes = tuple(map(len, supports[0]))
        self._free = [size - 1 for size in self._sizes]
        self._starts = np.cumsum([0, *self._free]).tolist()
        self.places = [k for k in range(sum(self._sizes)) if k + 1 not in np.cumsum(self._sizes)]
        self._tables = [np.stack([conditions(own, player, one) for one in supports]) for player, own in enumerate(pays)]
        self._equal = [size * (size - 1) // 2 for size in self._sizes[: len(pays)]]
        self._terms = [Terms(self._sizes, player) for player in range(len(pays))]
        self._every = Terms(self._sizes, None)
        # No number is made by more operations, each off by half a unit of the terms that it adds.
        operations = 8 * (sum(self._sizes) + self._starts[-1] + len(self._sizes)) + prod(self._sizes) + 16
        self._gamma = operations * _EPSILON

    @property
    def free_somewhere(self) -> BoolArray:
        """On which supports a strategy pays exactly as much as another whatever the others play on theirs."""
        by_player = (table[:, :equal] for table, equal in zip(self._tables, self._equal, strict=True))
        zero = [(table == 0).all(axis=tuple(range(2, table.ndim))).any(axis=1) for table in by_player]
        return np.asarray(np.any(zero, axis=0))

    def distributions(self, point: FloatArray) -> list[FloatArray]:
        """The probabilities in use at a point, by player."""
        own = (point[start:end] for start, end in zip(self._starts, self._starts[1:], strict=False))
        return [np.append(part, 1 - part.sum()) for part in own]

    def whole(self) -> Boxes:
        """All mixed strategies on each of the supports."""
        shape = (len(self.supports), self._starts[-1])
        return Boxes(np.arange(len(self.supports)), np.zeros(shape), np.ones(shape))

    def bounded(self, boxes: Boxes) -> Bounded:
        """The boxes that are not excluded, narrowed."""
        boxes = self._within_simplices(boxes)
        centre, half, shifts, totals = self._about_centres(boxes)
        kept = np.ones(len(boxes), dtype=bool)
        equations, sums = [], []
        for player, terms in enumerate(self._terms):
            table = terms.expanded(self._tables[player][boxes.where], shifts)
            total = np.asarray(np.prod([totals[k] for k in terms.others], axis=0))
            kept &= may_hold(table, self._equal[player], self._gamma * total)
            equations.append(table[:, : self._free[player]])
            sums.append(np.repeat(total[:, None], self._free[player], axis=1))
        with np.errstate(over="ignore", invalid="ignore"):  # of matrices that are nearly singular
            return self._narrowed(
                boxes.at(kept), centre[kept], half[kept], [one[kept] for one in equations], np.hstack(sums)[kept]
            )

    def at_most(self, tables: FloatArray, boxes: Boxes) -> FloatArray:
        """The most that an expected value may be in each box.

        Parameters
        ----------
        tables : what each profile is worth, by number of the supports, shape (…, k_1, …)
        """
        _, _, shifts, totals = self._about_centres(boxes)
        table = self._every.expanded(tables[boxes.where][:, None], shifts)[:, 0]
        slack = self._gamma * np.abs(tables).max() * np.prod(totals, axis=0)
        return np.asarray(table[:, 0] + np.abs(table[:, 1:]).sum(axis=1) + slack)

    def _about_centres(self, boxes: Boxes) -> tuple[FloatArray, FloatArray, list[FloatArray], list[FloatArray]]:
        """Centres, half widths, both as weights of strategies, and the sums of their sizes."""
        centre = (boxes.low + boxes.high) / 2
        half = boxes.widths * (0.5 + 4 * _EPSILON) + 2 * _EPSILON * np.abs(centre) + _EPSILON**2
        shifts = self._shifts(centre, half)
        return centre, half, shifts, [np.abs(shift).sum(axis=(1, 2)) for shift in shifts]

    def _within_simplices(self, boxes: Boxes) -> Boxes:
        """Without what sums to more than 1."""
        high = boxes.high.copy()
        kept = np.ones(len(boxes), dtype=bool)
        for start, end in zip(self._starts, self._starts[1:], strict=False):
            low = boxes.low[:, start:end]
            room = (1 + self._gamma) - low.sum(axis=1)
            kept &= room >= 0
            high[:, start:end] = np.minimum(high[:, start:end], low + room[:, None])
        return Boxes(boxes.where, boxes.low, high).at(kept)

    def _shifts(self, centre: FloatArray, half: FloatArray) -> list[FloatArray]:
        """By player, the centre and the steps to the box's sides as weights of strategies, shape (B, k, k)."""
        found = []
        for start, free in zip(self._starts, self._free, strict=False):
            shift = np.zeros((len(centre), free + 1, free + 1))
            shift[:, 0, :free] = centre[:, start : start + free]
            shift[:, 0, free] = 1 - shift[:, 0, :free].sum(axis=1)
            for k in range(free):
                shift[:, k + 1, k] = half[:, start + k]
                shift[:, k + 1, free] = -half[:, start + k]
            found.append(shift)
        return found

    def _narrowed(
        self, boxes: Boxes, centre: FloatArray, half: FloatArray, equations: Sequence[FloatArray], sums: FloatArray
    ) -> Bounded:
        """Krawczyk's operator. ``equations`` are those of each player about the centre, ``sums`` of their sizes."""
        n_boxes, d = centre.shape
        e = sums.shape[1]
        slopes = np.zeros((n_boxes, e, d))
        for start, terms, table in zip(self._starts, self._terms, equations, strict=False):
            for place, column in terms.linear:
                slopes[:, start : start + table.shape[1], column] = table[..., place]
        inverse, regular = inverses(slopes[:, :, :e])
        root = -np.einsum("bij,bj->bi", inverse, np.concatenate([table[..., 0] for table in equations], axis=1))
        along = np.abs(np.eye(e, d) - inverse @ slopes)  # of a parameter what the root moves by, else nearly 0
        off, score = along.sum(axis=2), along.sum(axis=1)
        error = self._gamma * np.einsum("bij,bj->bi", np.abs(inverse), sums)
        tail, grown, steep = (np.zeros((n_boxes, e)) for _ in range(3))
        for start, terms, table in zip(self._starts, self._terms, equations, strict=False):
            sizes = np.abs(inverse[:, :, start : start + table.shape[1]] @ table[:, :, terms.higher])
            tail += sizes.sum(axis=2)
            grown += sizes @ INFLATED**terms.degrees
            steep += sizes @ (terms.degrees * INFLATED ** (terms.degrees - 1))
            score += sizes.sum(axis=1) @ terms.involved
        reach = (off + tail + error) * (1 + self._gamma)
        regular &= np.isfinite(root + reach + steep).all(axis=1)
        loose = error * INFLATED ** len(self._sizes) + self._gamma
        alone = regular & (off + steep + loose < 1).all(axis=1)  # z − Y·F(z) contracts the box into itself
        alone &= (np.abs(root) + INFLATED * off + grown + loose < INFLATED).all(axis=1)
        low, high = np.full((n_boxes, d), -1.0), np.ones((n_boxes, d))
        low[:, :e] = np.where(regular[:, None], np.maximum(root - reach, -1), -1)
        high[:, :e] = np.where(regular[:, None], np.minimum(root + reach, 1), 1)
        tiny = 4 * _EPSILON * (np.abs(centre) + half)
        narrowed = Boxes(
            boxes.where,
            np.maximum(boxes.low, centre + half * low - tiny),
            np.minimum(boxes.high, centre + half * high + tiny),
        )
        point = centre.copy()
        point[:, :e] += half[:, :e] * np.where(regular[:, None], root, 0)
        bounded = Bounded(narrowed, centre, half, alone, point, np.where(regular[:, None], score, 0))
        return bounded.at(np.asarray((low <= high).all(axis=1)))


class Terms:
    """The terms of a player's expected payoffs in z, or of everybody's, in the order of the others' strategies in use.

    Attributes
    ----------
    others : the other players
    linear : (place of the term, its coordinate)
    higher : places of the terms of degree 2 and more
    degrees : of those, how many z are multiplied
    involved : of those, whether a coordinate is, shape (terms, d)
    """

    def __init__(self, sizes: Sequence[int], player: int | None) -> None:
        self.others = [k for k in range(len(sizes)) if k != player]
        self._sizes = [sizes[k] for k in self.others]
        starts = np.cumsum([0, *(size - 1 for size in sizes)])
        exponents = np.zeros((prod(self._sizes), starts[-1]), dtype=int)
        for other, chosen in zip(self.others, np.indices(self._sizes), strict=True):
            for k in range(1, sizes[other]):
                exponents[chosen.ravel() == k, starts[other] + k - 1] = 1
        degrees = exponents.sum(axis=1)
        self.linear = [(k, int(np.argmax(exponents[k]))) for k in np.flatnonzero(degrees == 1).tolist()]
        self.higher: IntArray = np.flatnonzero(degrees > 1)
        self.degrees = degrees[self.higher].astype(float)
        self.involved = exponents[self.higher].astype(float)

    def expanded(self, table: FloatArray, shifts: Sequence[FloatArray]) -> FloatArray:
        """The multiples of the terms about the centre, shape (B, rows, terms)."""
        n_boxes, n_rows = table.shape[:2]
        done, rest = 1, prod(self._sizes)
        for other, size in zip(self.others, self._sizes, strict=True):
            rest //= size
            table = np.einsum("bxky,bak->bxay", table.reshape(n_boxes, n_rows * done, size, rest), shifts[other])
            done *= size
        return table.reshape(n_boxes, n_rows, done)


def may_hold(table: FloatArray, equal: int, slack: FloatArray) -> BoolArray:
    """Whether the first ``equal`` conditions may be 0, and none of the others is surely above it."""
    value = table[..., 0]
    room = np.abs(table[..., 1:]).sum(axis=2) + slack[:, None]
    first, rest = slice(equal), slice(equal, None)
    zero = (np.abs(value[:, first]) <= room[:, first]).all(axis=1)
    return np.asarray(zero & (value[:, rest] <= room[:, rest]).all(axis=1))


def inverses(matrices: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Approximate inverses, and of which matrices there is one; of the others 0."""
    scale = np.abs(matrices).max(axis=2, keepdims=True)
    scaled = matrices / np.where(scale > 0, scale, 1)
    sign, size = np.linalg.slogdet(scaled)
    regular = (sign != 0) & np.isfinite(size) & (scale > 0).all(axis=(1, 2))
    safe = np.where(regular[:, None, None], scaled, np.eye(matrices.shape[1]))
    inverse = np.linalg.inv(safe) / np.swapaxes(np.where(scale > 0, scale, 1), 1, 2)
    regular &= np.isfinite(inverse).all(axis=(1, 2))
    return np.where(regular[:, None, None], inverse, 0), regular
