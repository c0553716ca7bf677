"""Sums over users on a level, on a product grid of profiles or of counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import EllipsisType
from typing import TypeAlias

import numpy as np

from fairgames.typing import FloatArray, IntArray
from fairgames.utilities.blocks import outer_sum
from fairgames.utilities.counts import CountAxes

#: An index into a block of profiles: those where one user is on one level.
Where: TypeAlias = tuple["slice | int | IntArray | EllipsisType", ...]

#: (where, Σa, EMSE): adds Σa·log((r² + 2s²)/EMSE) to U at the profiles ``where``.
Term: TypeAlias = tuple[Where, "FloatArray | float", FloatArray]


class ProfileGrid:
    """A product grid of profiles; users with one level add no dimension."""

    def __init__(self, axes: tuple[tuple[int, ...], ...]) -> None:
        self.axes = axes
        free = [user for user, axis in enumerate(axes) if len(axis) > 1]
        self.dimension = {user: dimension for dimension, user in enumerate(free)}

    def sum(self, level: int, values: FloatArray) -> FloatArray:
        """Σ of ``values`` over the users on ``level``, at every profile."""
        return outer_sum([np.where(np.equal(a, level), value, 0.0) for a, value in zip(self.axes, values, strict=True)])

    def others(self, level: int, values: FloatArray, user: int) -> FloatArray:
        """The same sum without ``user``."""
        return self.sum(level, np.where(np.arange(len(values)) == user, 0.0, values))

    def at(self, level: int) -> Iterator[tuple[int, Where, float]]:
        """(user, index of the profiles where that user is on ``level``, 1), for every user who may be."""
        for user, axis in enumerate(self.axes):
            if level in axis:
                free = user in self.dimension
                before = (slice(None),) * self.dimension[user] if free else ()
                yield user, (*before, *((axis.index(level),) if free else ()), ...), 1.0


class CountGrid:
    """A product grid of count vectors, one axis a type; ``first`` is some user of each type."""

    def __init__(self, axes: CountAxes, levels: Sequence[int], first: Sequence[int]) -> None:
        self.first = first
        self.shape = tuple(len(axis) for axis in axes)
        nobody = [np.zeros(len(axis)) for axis in axes]
        self.on = dict.fromkeys((0, 1, 2), nobody)
        for column, level in enumerate(levels):
            self.on[level] = [axis[:, column].astype(float) for axis in axes]

    def sum(self, level: int, values: FloatArray) -> FloatArray:
        """Σ of ``values`` over the users on ``level``, at every combination of counts."""
        return self._sum(count * values[user] for user, count in zip(self.first, self.on[level], strict=True))

    def others(self, level: int, values: FloatArray, user: int) -> FloatArray:
        """The same sum without one user of the type of ``user``; only for where there is one."""
        counts = zip(self.first, self.on[level], strict=True)
        return self._sum((count - (first == user)) * values[first] for first, count in counts)

    def _sum(self, columns: Iterable[FloatArray]) -> FloatArray:
        """Σ of one entry a column with an axis for each, also for those of one entry."""
        return outer_sum(list(columns)).reshape(self.shape)

    def at(self, level: int) -> Iterator[tuple[int, Where, FloatArray]]:
        """(user, index of the counts where users like that one are on ``level``, how many), type by type."""
        n_types = len(self.first)
        for number, (user, count) in enumerate(zip(self.first, self.on[level], strict=True)):
            some = np.flatnonzero(count)
            if len(some):
                where = slice(None) if len(some) == len(count) else some
                times = count[some].reshape(-1, *(1,) * (n_types - 1 - number))
                yield user, (*(slice(None),) * number, where, ...), times


Grid: TypeAlias = ProfileGrid | CountGrid
