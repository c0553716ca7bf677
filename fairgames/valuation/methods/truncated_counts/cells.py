"""The counts that a random coalition of each size may well have, and how likely each of them is.

Of n places of several kinds, r are drawn. How many are of the first kind is hypergeometric, how many
of the second among those left is again, and so on; the last kind has the rest. Each of these laws is
tabulated from its mode outwards, and only counts above a threshold of probability are listed: about
eight standard deviations around the mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fairgames import memory
from fairgames.typing import FloatArray, IntArray

#: Counts listed at a time: arrays of so many stay in the cache.
BLOCK = 8192
#: Powers of ten by which probabilities are told apart; below the last all that is tabulated is listed.
_POWERS = 32
#: Where a table ends, relative to its mode.
_END = 1e-35


@dataclass(frozen=True, eq=False)
class LikelyCounts:
    """Counts of coalitions, M of them.

    Attributes
    ----------
    sizes : the size of the coalition, shape (M,)
    chances : of the coalitions of that size, how large a part has these counts, shape (M,)
    rest : members that are of later kinds, shape (M,)
    counts : members of each kind so far, one array a kind
    """

    sizes: IntArray
    chances: FloatArray
    rest: IntArray
    counts: tuple[IntArray, ...]


class Draws:
    """Among r of ``total`` places, how many are of one kind that has ``own``: hypergeometric, for every r of ``sizes``.

    Attributes
    ----------
    slips : bound on the relative error of each probability, in units of roundoff
    """

    def __init__(self, own: int, total: int, sizes: IntArray) -> None:
        self.row = np.full(total + 1, -1)
        self.row[sizes] = np.arange(len(sizes))
        self.mode = (own + 1) * (sizes + 1) // (total + 2)
        deviation = math.sqrt(float(_variances(own, total, sizes).max(initial=0.0)))
        memory.require(
            round(32 * len(sizes) * (26 * deviation + 80)),
            f"Windows of counts for {len(sizes):,} sizes of a coalition",
            "Take fewer kinds of users, or sampling.",
        )
        up, down = (list(_beside_mode(own, total, sizes, self.mode, sign)) for sign in (1, -1))
        self.reach = max(len(up), len(down))
        # From the ends to the mode: partial sums then are small, and so is what they round.
        mass = 1 + sum(reversed(up), np.zeros(len(sizes))) + sum(reversed(down), np.zeros(len(sizes)))
        table = np.zeros((len(sizes), 2 * self.reach + 1))
        for distance in range(-len(down), len(up) + 1):
            ratio = up[distance - 1] if distance > 0 else down[-distance - 1] if distance else 1.0
            table[:, self.reach + distance] = ratio / mass
        self.lower, self.upper = (_windows(part) for part in (table[:, : self.reach], table[:, self.reach + 1 :]))
        self.flat = table.reshape(-1)
        # Two roundings a step; the mass with as many on average, which is a deviation away, and its additions.
        self.slips = 2 * self.reach + 3 * math.ceil(deviation) + 10

    def windows(self, cells: LikelyCounts, threshold: FloatArray) -> tuple[IntArray, IntArray]:
        """For each of ``cells`` the least count and how many counts keep its chance above ``threshold``, by size."""
        need = threshold[cells.sizes] / cells.chances
        with np.errstate(divide="ignore"):
            power = np.clip(np.ceil(-np.log10(need)), 0, _POWERS).astype(np.int64)
        row = self.row[cells.rest]
        first = self.mode[row] - self.lower[power, row]
        length = self.lower[power, row] + self.upper[power, row] + 1
        return first, np.where(need <= 1, length, 0)

    def drawn(self, cells: LikelyCounts, first: IntArray, length: IntArray) -> LikelyCounts:
        """Each of ``cells`` with each count of its window."""
        origin = np.repeat(np.arange(len(length)), length)
        count = np.arange(len(origin)) + np.repeat(first - np.cumsum(length) + length, length)
        row = self.row[cells.rest]
        place = (row * (2 * self.reach + 1) + self.reach - self.mode[row])[origin] + count
        return LikelyCounts(
            cells.sizes[origin],
            cells.chances[origin] * self.flat[place],
            cells.rest[origin] - count,
            (*(counts[origin] for counts in cells.counts), count),
        )


def _beside_mode(own: int, total: int, sizes: IntArray, mode: IntArray, sign: int) -> Iterator[FloatArray]:
    """The probabilities at distances 1, 2, … on one side of the mode, relative to it, until nothing is left."""
    last, count = np.ones(len(sizes)), mode
    while True:
        if sign > 0:
            more, fewer = (own - count) * (sizes - count), (count + 1) * (total - own - sizes + count + 1)
        else:
            more, fewer = count * (total - own - sizes + count), (own - count + 1) * (sizes - count + 1)
        last = last * more / np.where(last > 0, fewer, 1)
        last = np.where(last > _END, last, 0.0)
        if not last.any():
            return
        yield last
        count = count + sign


def _windows(side: FloatArray) -> IntArray:
    """How many entries of each row are 10⁻ʲ or more, for every j; shape (J, R)."""
    thresholds = [*(10.0**-power for power in range(_POWERS)), _END * _END]
    return np.array([(side >= threshold).sum(axis=1) for threshold in thresholds])


def _variances(own: int, total: int, sizes: FloatArray | IntArray) -> FloatArray:
    """Of a hypergeometric law."""
    part = own / total
    result: FloatArray = part * (1 - part) * sizes * np.maximum(total - sizes, 0) / max(total - 1, 1)
    return result


class Lists:
    """All counts of likely coalitions of some sizes.

    Parameters
    ----------
    places : how many there are of each kind
    sizes : of the coalitions
    threshold : what chance a count must have to be listed, for every size 0, …, n
    """

    def __init__(self, places: Sequence[int], sizes: IntArray, threshold: FloatArray) -> None:
        left = [sum(places[kind:]) for kind in range(len(places))]
        self.threshold = threshold
        self.draws = [
            Draws(own, total, np.arange(total + 1) if kind else sizes)
            for kind, (own, total) in enumerate(zip(places[:-1], left[:-1], strict=True))
        ]

    @property
    def slips(self) -> int:
        """Bound on the relative error of every chance, in units of roundoff."""
        return sum(draws.slips + 1 for draws in self.draws)

    def of(self, sizes: IntArray) -> Iterator[LikelyCounts]:
        """Those of these sizes, at most ``BLOCK`` at a time."""
        for part in range(0, len(sizes), BLOCK):
            some = sizes[part : part + BLOCK]
            yield from self._further(LikelyCounts(some, np.ones(len(some)), some, ()))

    def _further(self, cells: LikelyCounts) -> Iterator[LikelyCounts]:
        if not len(cells.sizes):
            return
        if len(cells.counts) == len(self.draws):
            yield LikelyCounts(cells.sizes, cells.chances, cells.rest, (*cells.counts, cells.rest))
            return
        draws = self.draws[len(cells.counts)]
        first, length = draws.windows(cells, self.threshold)
        block = np.cumsum(length) // BLOCK
        for low, high in _runs(block):
            part = slice(low, high)
            some = LikelyCounts(
                cells.sizes[part], cells.chances[part], cells.rest[part], tuple(own[part] for own in cells.counts)
            )
            yield from self._further(draws.drawn(some, first[part], length[part]))


def _runs(numbers: IntArray) -> Iterator[tuple[int, int]]:
    """Where ascending numbers stay the same: from, to."""
    edges = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(numbers)]
    yield from pairwise(edges)


def planned(places: Sequence[int], sizes: FloatArray | IntArray, dropped: float) -> FloatArray:
    """About how many counts are listed for each size, shape as ``sizes``, if so large a part of the coalitions is not.

    They fill a ball, as of a normal law; and there are no more than there are.
    """
    drawn = np.asarray(sizes, dtype=float)
    left, dimension = sum(places), max(len(places) - 1, 1)
    volume = math.exp((dimension / 2 * math.log(math.pi) - math.lgamma(dimension / 2 + 1)) / dimension)
    across = volume * math.sqrt(2 * (4 - math.log(dropped)))
    result = np.ones(len(drawn))
    for own in places[:-1]:
        spread = np.sqrt(_variances(own, left, drawn))
        most = 1 + np.minimum(np.minimum(own, drawn), left - drawn)
        result = result * np.minimum(most, 1 + across * spread)
        drawn, left = drawn * ((left - own) / left), left - own
    return result
