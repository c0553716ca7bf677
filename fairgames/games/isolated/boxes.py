"""Bounds on what strategies pay over many boxes of mixed strategies at once.

An expected payoff is affine in the strategy of each other player. About the centre of a box, in units
of its half widths, it is therefore the value there plus terms z_a, z_a·z_b, … with every |z| ≤ 1, one
at most of each player: the sum of their absolute coefficients bounds it, which are got by one
contraction of the payoff table a player. Floats, with a bound on all rounding.

With Y near the inverse of the Jacobian at the centre, a root z of the equations F is one of
z = z − Y·F(z), whose linear terms nearly vanish: Krawczyk's (1969) operator, the terms of higher order
kept as they are instead of bounded by derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import prod

import numpy as np

from fairgames.games.isolated.supports import Supports
from fairgames.typing import Array, BoolArray, FloatArray, IntArray

_UNIT = float(np.finfo(float).eps)
#: A box is made larger by this factor where it has to hold a root alone, so that a root on its boundary is inside.
_INFLATED = 1.25
#: Payoffs that are smaller beside the largest are not made larger, as floats hold them less precisely.
_LEAST_EXPONENT = -900


@dataclass(frozen=True, eq=False)
class Boxes:
    """Boxes of mixed strategies on supports of equal sizes; the last probability of each player is the rest to 1.

    Attributes
    ----------
    where : the supports that each box belongs to, by number, shape (B,)
    low, high : of the probabilities but each player's last one, shape (B, d)
    """

    where: IntArray
    low: FloatArray
    high: FloatArray

    def __len__(self) -> int:
        return len(self.where)

    def at(self, chosen: BoolArray | slice) -> Boxes:
        return Boxes(self.where[chosen], self.low[chosen], self.high[chosen])

    @property
    def widths(self) -> FloatArray:
        return self.high - self.low

    def divided(self, score: FloatArray) -> list[Boxes]:
        """Both halves of each, across the coordinate of the largest score."""
        rows, columns = np.arange(len(self)), np.argmax(score, axis=1)
        middle = (self.low[rows, columns] + self.high[rows, columns]) / 2
        low, high = self.low.copy(), self.high.copy()
        low[rows, columns] = high[rows, columns] = middle
        return [Boxes(self.where, self.low, high), Boxes(self.where, low, self.high)]

    @staticmethod
    def joined(parts: Sequence[Boxes]) -> Boxes:
        return Boxes(
            np.concatenate([part.where for part in parts]),
            np.concatenate([part.low for part in parts]),
            np.concatenate([part.high for part in parts]),
        )


@dataclass(frozen=True, eq=False)
class Bounded:
    """What is known of boxes that may hold an equilibrium.

    Attributes
    ----------
    boxes : narrowed to what can hold a root
    alone : whether there is one root, and no other, in the box that is ``_INFLATED`` as it came
    root : an approximation of that root, shape (B, d)
    centre, radius : of that inflated box
    score : for each coordinate, how much is gained by halving it
    """

    boxes: Boxes
    alone: BoolArray
    root: FloatArray
    centre: FloatArray
    radius: FloatArray
    score: FloatArray

    @property
    def widths(self) -> FloatArray:
        """Of the boxes as they came."""
        return 2 / _INFLATED * self.radius

    def at(self, chosen: BoolArray) -> Bounded:
        arrays = (self.alone, self.root, self.centre, self.radius, self.score)
        return Bounded(self.boxes.at(chosen), *(one[chosen] for one in arrays))


class Conditions:
    """The conditions of an equilibrium on supports of one size a player.

    Parameters
    ----------
    differences : by player, what strategy s pays more than t, shape (m_i, m_i, others' strategies …): floats that
        are off by half a unit in their last place at most, each (s, t) in a unit of its own
    supports : all of the same sizes
    """

    def __init__(self, differences: Sequence[FloatArray], supports: Sequence[Supports]) -> None:
        self.supports = supports
        self.sizes = tuple(map(len, supports[0]))
        self.free = [size - 1 for size in self.sizes]
        self.starts = np.cumsum([0, *self.free]).tolist()
        self._n = len(self.sizes)
        self._others = [tuple(k for k in range(self._n) if k != player) for player in range(self._n)]
        self._tables, self._equal = [], []
        for player, own in enumerate(differences):
            rows = [_rows(own, player, one) for one in supports]
            self._tables.append(np.stack(rows))
            self._equal.append(self.sizes[player] * self.free[player] // 2)
        self._degrees = [self._degree(player) for player in range(self._n)]
        self._entries = [self._linear(player) for player in range(self._n)]
        # No number is made by more operations, each with an error of half a unit relative to the terms it adds.
        self._gamma = (8 * (sum(self.sizes) + self.starts[-1] + self._n) + prod(self.sizes) + 16) * _UNIT

    @property
    def free_somewhere(self) -> BoolArray:
        """On which supports a strategy pays exactly as much as another whatever the others play on theirs."""
        by_player = (table[:, :equal] for table, equal in zip(self._tables, self._equal, strict=True))
        zero = [(table == 0).all(axis=tuple(range(2, table.ndim))).any(axis=1) for table in by_player]
        return np.asarray(np.any(zero, axis=0))

    @property
    def places(self) -> list[int]:
        """The coordinates' places among all probabilities in use."""
        return [k for k in range(sum(self.sizes)) if k + 1 not in np.cumsum(self.sizes)]

    def distributions(self, point: FloatArray) -> list[FloatArray]:
        """The probabilities in use at a point, by player."""
        own = (point[start:end] for start, end in zip(self.starts, self.starts[1:], strict=False))
        return [np.append(part, 1 - part.sum()) for part in own]

    def whole(self) -> Boxes:
        """All mixed strategies on each of the supports."""
        shape = (len(self.supports), self.starts[-1])
        return Boxes(np.arange(len(self.supports)), np.zeros(shape), np.ones(shape))

    def bounded(self, boxes: Boxes) -> Bounded:
        """The boxes that are not excluded, narrowed."""
        boxes = self._within_simplices(boxes)
        centre = (boxes.low + boxes.high) / 2
        radius = (boxes.high - boxes.low) * (0.5 + 4 * _UNIT) + 2 * _UNIT * np.abs(centre) + _UNIT**2
        shifts = self._shifts(centre, radius)
        totals = [np.abs(shift).sum(axis=(1, 2)) for shift in shifts]
        kept = np.ones(len(boxes), dtype=bool)
        expanded: list[FloatArray] = []
        sums = []
        for player in range(self._n):
            table = self._expanded(player, boxes.where, shifts)
            total = np.asarray(np.prod([totals[k] for k in self._others[player]], axis=0))
            kept &= self._possible(player, table, self._gamma * total)
            expanded.append(table[:, : self.free[player]])
            sums.append(np.repeat(total[:, None], self.free[player], axis=1))
        boxes, centre, radius = boxes.at(kept), centre[kept], radius[kept]
        return self._narrowed(boxes, centre, radius, [one[kept] for one in expanded], np.concatenate(sums, 1)[kept])

    def _within_simplices(self, boxes: Boxes) -> Boxes:
        """Without what sums to more than 1."""
        high = boxes.high.copy()
        kept = np.ones(len(boxes), dtype=bool)
        for start, end in zip(self.starts, self.starts[1:], strict=False):
            low = boxes.low[:, start:end]
            room = (1 + self._gamma) - low.sum(axis=1)
            kept &= room >= 0
            high[:, start:end] = np.minimum(high[:, start:end], low + room[:, None] * (1 + _UNIT))
        return Boxes(boxes.where, boxes.low, high).at(kept)

    def _shifts(self, centre: FloatArray, radius: FloatArray) -> list[FloatArray]:
        """By player, the centre and the steps to the box's sides as mixtures of strategies, shape (B, k, k)."""
        found = []
        for start, free in zip(self.starts, self.free, strict=False):
            shift = np.zeros((len(centre), free + 1, free + 1))
            shift[:, 0, :free] = centre[:, start : start + free]
            shift[:, 0, free] = 1 - shift[:, 0, :free].sum(axis=1)
            steps = radius[:, start : start + free]
            for k in range(free):
                shift[:, k + 1, k] = steps[:, k]
                shift[:, k + 1, free] = -steps[:, k]
            found.append(shift)
        return found

    def _expanded(self, player: int, where: IntArray, shifts: Sequence[FloatArray]) -> FloatArray:
        """The coefficients about the centre: shape (B, rows, …), the others' axes as one."""
        table = self._tables[player][where]
        n_boxes, n_rows = table.shape[:2]
        done = 1
        for other in self._others[player]:
            size = self.sizes[other]
            rest = prod(table.shape[2:]) // (done * size)
            table = np.einsum("bxky,bak->bxay", table.reshape(n_boxes, n_rows * done, size, rest), shifts[other])
            done *= size
            table = table.reshape(n_boxes, n_rows, done, rest)
        return table.reshape(n_boxes, n_rows, done)

    def _possible(self, player: int, table: FloatArray, slack: FloatArray) -> BoolArray:
        """Whether what has to be equal may be, and no other strategy surely pays more."""
        value = table[..., 0]
        room = np.abs(table[..., 1:]).sum(axis=2) + slack[:, None]
        equal = self._equal[player]
        return np.asarray(
            (np.abs(value[:, :equal]) <= room[:, :equal]).all(axis=1) & (value[:, equal:] <= room[:, equal:]).all(axis=1)
        )

    def _degree(self, player: int) -> FloatArray:
        """How many z are multiplied in each term."""
        sizes = [self.sizes[k] for k in self._others[player]]
        return np.asarray((np.indices(sizes) > 0).sum(axis=0).ravel() if sizes else np.zeros(1), dtype=float)

    def _linear(self, player: int) -> list[tuple[int, int]]:
        """The place of each coordinate's linear term, with the coordinate."""
        found = []
        stride = prod(self.sizes[k] for k in self._others[player])
        for other in self._others[player]:
            stride //= self.sizes[other]
            found += [(k * stride, self.starts[other] + k - 1) for k in range(1, self.sizes[other])]
        return found

    def _narrowed(
        self, boxes: Boxes, centre: FloatArray, radius: FloatArray, expanded: Sequence[FloatArray], sums: FloatArray
    ) -> Bounded:
        """Krawczyk's operator on the boxes."""
        n_boxes, d = centre.shape
        values = np.concatenate([table[..., 0] for table in expanded], axis=1)
        slopes = np.zeros((n_boxes, d, d))
        for player, table in enumerate(expanded):
            rows = slice(self.starts[player], self.starts[player + 1])
            for place, column in self._entries[player]:
                slopes[:, rows, column] = table[..., place]
        inverse, regular = _inverses(slopes)
        off = np.abs(np.eye(d) - inverse @ slopes)
        value = -np.einsum("bij,bj->bi", inverse, values)
        error = self._gamma * np.einsum("bij,bj->bi", np.abs(inverse), sums)
        tail, grown, slope = (np.zeros((n_boxes, d)) for _ in range(3))
        score = np.zeros((n_boxes, d))
        for player, table in enumerate(expanded):
            rows = slice(self.starts[player], self.starts[player + 1])
            degree = self._degrees[player]
            places = np.flatnonzero(degree >= 2)
            if not self.free[player] or not len(places):
                continue
            terms = np.abs(inverse[:, :, rows] @ table[:, :, places])
            degree = degree[places]
            tail += terms.sum(axis=2)
            grown += terms @ _INFLATED**degree
            slope += terms @ (degree * _INFLATED ** (degree - 1))
            score += terms.sum(axis=1) @ self._involved(player)[places]
        reach = (off.sum(axis=2) + tail + error) * (1 + self._gamma)
        regular &= np.isfinite(value).all(axis=1) & np.isfinite(reach).all(axis=1)
        low, high = np.maximum(value - reach, -1), np.minimum(value + reach, 1)
        loose = error * _INFLATED**self._n + self._gamma
        alone = (off.sum(axis=2) + slope + loose < 1).all(axis=1)
        alone &= (np.abs(value) + _INFLATED * off.sum(axis=2) + grown + loose < _INFLATED).all(axis=1) & regular
        kept = ~regular | (low <= high).all(axis=1)
        low[~regular], high[~regular] = -1, 1
        tiny = 4 * _UNIT * (np.abs(centre) + radius)
        narrowed = Boxes(
            boxes.where,
            np.maximum(boxes.low, centre + radius * low - tiny),
            np.minimum(boxes.high, centre + radius * high + tiny),
        )
        root = centre + radius * np.where(regular[:, None], value, 0)
        found = (alone, root, centre, _INFLATED * radius, np.where(regular[:, None], score, radius))
        return Bounded(narrowed.at(kept), *(one[kept] for one in found))

    def _involved(self, player: int) -> FloatArray:
        """Whether a term has a coordinate, shape (terms, d)."""
        sizes = [self.sizes[k] for k in self._others[player]]
        found = np.zeros((prod(sizes), self.starts[-1]))
        for other, chosen in zip(self._others[player], np.indices(sizes), strict=True):
            for k in range(1, self.sizes[other]):
                found[chosen.ravel() == k, self.starts[other] + k - 1] = 1
        return found


def differences(payoffs: Array) -> list[FloatArray]:
    """By player, what strategy s pays more than t, shape (m_i, m_i, others' strategies …), each in a unit of its own.

    Parameters
    ----------
    payoffs : ``Fraction`` objects, shape (m_1, …, m_N, N)
    """
    found = []
    for player in range(payoffs.shape[-1]):
        table = np.moveaxis(payoffs[..., player], player, 0)
        own = np.zeros((len(table), *table.shape))
        for one, other in combinations(range(len(table)), 2):
            own[one, other] = _scaled(np.asarray(table[one] - table[other], dtype=object))
            own[other, one] = -own[one, other]
        found.append(own)
    return found


def _scaled(exact: Array) -> FloatArray:
    """The nearest floats, all multiplied by one power of 2 so that the largest is near 1."""
    largest = max(map(abs, exact.ravel()), default=Fraction(0))
    exponent = largest.numerator.bit_length() - largest.denominator.bit_length()
    unit = Fraction(2) ** exponent
    return np.asarray(exact / unit, dtype=float)


def _rows(own: FloatArray, player: int, supports: Supports) -> FloatArray:
    """What has to be 0, those against the last strategy in use first, and then what has to be at most 0."""
    used = supports[player]
    rest = [k for k in range(len(own)) if k not in used]
    pairs = [(k, used[-1]) for k in used[:-1]] + list(combinations(used[:-1], 2)) + [(k, s) for k in rest for s in used]
    others = np.ix_(*(one for k, one in enumerate(supports) if k != player))
    if not pairs:
        return np.zeros((0, *(len(one) for k, one in enumerate(supports) if k != player)))
    rows = np.stack([own[one, other][others] for one, other in pairs])
    largest = np.abs(rows).reshape(len(pairs), -1).max(axis=1)
    exponent = np.maximum(np.frexp(largest)[1], _LEAST_EXPONENT)
    return np.asarray(np.ldexp(rows, -exponent.reshape(-1, *[1] * (rows.ndim - 1))))


def _inverses(matrices: Array) -> tuple[FloatArray, BoolArray]:
    """Approximate inverses, and of which matrices there is one."""
    if not matrices.shape[1]:
        return matrices, np.ones(len(matrices), dtype=bool)
    scale = np.abs(matrices).max(axis=2, keepdims=True)
    safe = np.where(scale > 0, scale, 1)
    sign, size = np.linalg.slogdet(matrices / safe)
    regular = (sign != 0) & (size > -300) & (scale[..., 0] > 0).all(axis=1)
    chosen = np.where(regular[:, None, None], matrices / safe, np.eye(matrices.shape[1]))
    inverse = np.linalg.inv(chosen) / np.swapaxes(safe, 1, 2)
    finite = np.isfinite(inverse).all(axis=(1, 2))
    return np.where(finite[:, None, None], inverse, 0), regular & finite
