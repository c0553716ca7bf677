"""The lattice of counts: how many users of each type are on each level."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fairgames import memory
from fairgames.progress import track
from fairgames.text import how_many
from fairgames.typing import IntArray

#: States handled at a time: the arrays of a chunk stay in the cache.
_CHUNK = 50_000
#: Rational arithmetic is the default up to this many states (a second, or a few if all users differ).
EXACT_STATES = 3_000


@dataclass(frozen=True, eq=False)
class Lattice:
    """A state says for each type how many of its users are on each level.

    Each type is an axis; its rows are the count vectors j with Σ_x j_x = m, ordered by the
    counts on the non-zero levels (row 0: all on level 0), so that C(m + K, K) of them serve
    (K + 1)^m profiles. A state is a row an axis, or its index in the flattened tensor.

    Attributes
    ----------
    axes : the count vectors of each type, shape (S_g, L); level 0 first
    choices : the levels that each type uses, ascending, 0 among them

    >>> lattice = Lattice.of([2, 1], [(0, 1), (0, 1)], 2)
    >>> lattice.shape, lattice.axes[0].tolist()
    ((3, 2), [[2, 0], [1, 1], [0, 2]])
    >>> lattice.moved(0, 0, 1).tolist()  # one user from level 0 to level 1
    [1, 2, -1]
    """

    axes: tuple[IntArray, ...]
    choices: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, sizes: Sequence[int], choices: Sequence[Sequence[int]], n_levels: int) -> Lattice:
        """The lattice of types of these sizes, each with the levels in ``choices`` (0 is always one of them).

        Raises
        ------
        TooLargeError
            Before allocating, if the count vectors of the types do not fit in memory.
        """
        levels = tuple(tuple(sorted({0, *row})) for row in choices)
        rows = sum(math.comb(size + len(row) - 1, size) for size, row in zip(sizes, levels, strict=True))
        memory.require(8 * (2 * n_levels + 4) * rows, f"{how_many(rows)} count vectors", memory.FEWER_PROFILES)
        return cls(tuple(count_vectors(*pair, n_levels) for pair in zip(sizes, levels, strict=True)), levels)

    @property
    def shape(self) -> tuple[int, ...]:
        """(S_1, …, S_G)."""
        return tuple(len(axis) for axis in self.axes)

    @property
    def size(self) -> int:
        """The number of states."""
        return math.prod(self.shape)

    @property
    def strides(self) -> tuple[int, ...]:
        """How far apart neighbouring rows of each axis lie in the flattened tensor."""
        return tuple(math.prod(self.shape[axis + 1 :]) for axis in range(len(self.axes)))

    @property
    def n_users(self) -> int:
        return sum(int(axis[0, 0]) for axis in self.axes)

    def sharing(self, number: int) -> IntArray:
        """How many users of a type share at all, for each row of its axis."""
        return np.asarray(self.axes[number][0, 0] - self.axes[number][:, 0])

    def moved(self, number: int, source: int, target: int) -> IntArray:
        """For each row of a type's axis the row with one user moved between two levels; −1 where nobody can."""
        axis = self.axes[number].copy()
        axis[:, source] -= 1
        axis[:, target] += 1
        found = rank(axis, self.choices[number], int(axis[0].sum()))
        return np.where(axis[:, source] >= 0, found, -1)

    def by_size(self, what: str) -> Iterator[tuple[int, IntArray]]:
        """(|j|, indices of states where |j| users share), in chunks, |j| ascending."""
        sizes = np.zeros(1, dtype=np.min_scalar_type(self.n_users))
        for number in range(len(self.axes)):
            sizes = np.add.outer(sizes, self.sharing(number).astype(sizes.dtype)).ravel()
        order, ends = np.argsort(sizes, kind="stable"), np.cumsum(np.bincount(sizes))
        layers = zip(np.concatenate([[0], ends[:-1]]).tolist(), ends.tolist(), strict=True)
        for size, (begin, end) in enumerate(track(list(layers), what)):
            for start in range(begin, end, _CHUNK):
                yield size, order[start : min(start + _CHUNK, end)]


def count_vectors(size: int, levels: Sequence[int], n_levels: int) -> IntArray:
    """All ways to put ``size`` users on ``levels``, lexicographic in the counts on all but the first."""
    columns: list[IntArray] = []
    rest = np.array([size])
    for _ in levels[1:]:
        index = np.repeat(np.arange(len(rest)), rest + 1)
        first = np.cumsum(rest + 1) - (rest + 1)
        count = np.arange(len(index)) - first[index]
        columns = [*(column[index] for column in columns), count]
        rest = rest[index] - count
    result = np.zeros((len(rest), n_levels), dtype=np.int64)
    result[:, list(levels)] = np.stack([rest, *columns], axis=1)
    return result


def rank(rows: IntArray, levels: Sequence[int], size: int) -> IntArray:
    """The place of count vectors among those of :func:`count_vectors`.

    With r users left and t levels after this one, C(r − v + t, t) vectors go on with the count
    v here, so C(r + t + 1, t + 1) − C(r − c + t + 1, t + 1) come before the count c.
    """
    before_it, rest = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), size)
    for after, level in zip(reversed(range(len(levels) - 1)), levels[1:], strict=True):
        before = np.ones(size + 1, dtype=np.int64)
        for _ in range(after + 1):
            before = np.cumsum(before)  # C(r + t, t)
        left = np.clip(rest - rows[:, level], 0, size)  # rows without a user to move are of no account
        before_it += before[rest] - before[left]
        rest = left
    return before_it
