"""U at any counts of users by kind, with what is known of its rounding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from fairgames.typing import FloatArray, IntArray
from fairgames.utilities.base import Utility
from fairgames.utilities.capabilities import Kind, count_rows

#: Counts in a tile, at most; and in all tiles that are kept.
_TILE, _MOST_KEPT = 40_000, 16_000_000


class UtilityOnCounts:
    """U of coalitions of users of given kinds, whoever they are.

    From what the utility offers for coalitions; else from U on counts.

    Attributes
    ----------
    largest : the largest |U| so far
    """

    def __init__(self, utility: Utility, kinds: Sequence[Kind], places: Sequence[int]) -> None:
        one_type = len(utility.type_sizes) == 1
        fallback = _Listed(utility, kinds) if one_type else _Tiled(utility, kinds, places)
        self._coalitions = utility.coalitions(kinds) or fallback
        self.largest = 0.0

    @property
    def rounding(self) -> float:
        """Bound on the absolute error of every U so far."""
        return self._coalitions.rounding

    def at(self, counts: Sequence[IntArray]) -> FloatArray:
        """U where ``counts`` has one array of members a kind."""
        found = self._coalitions.at(counts)
        self.largest = max(self.largest, float(np.abs(found).max(initial=0.0)))
        return found


class _Listed:
    """U on counts where all users are of one type: any list of them is a grid."""

    def __init__(self, utility: Utility, kinds: Sequence[Kind]) -> None:
        self.utility, self.kinds = utility, kinds

    @property
    def rounding(self) -> float:
        return self.utility.rounding

    def at(self, counts: Sequence[IntArray]) -> FloatArray:
        utility = self.utility
        return utility.on_counts(count_rows(utility.type_sizes, len(utility.levels), self.kinds, counts))


class _Tiled:
    """U on counts of several types: coalitions that are near one another are asked for together, as a grid.

    All counts are covered with tiles, grids of so many counts of each kind; those that are met are kept,
    as neighbouring sizes of a coalition meet the same ones.
    """

    def __init__(self, utility: Utility, kinds: Sequence[Kind], places: Sequence[int]) -> None:
        self.utility, self.kinds, self.places = utility, kinds, places
        self.edge = max(1, int(_TILE ** (1 / max(len(kinds), 1))))
        self.along = [places_of // self.edge + 1 for places_of in places]
        self._known: dict[int, FloatArray] = {}
        self._entries = 0

    @property
    def rounding(self) -> float:
        return self.utility.rounding

    def at(self, counts: Sequence[IntArray]) -> FloatArray:
        tile = np.ravel_multi_index([own // self.edge for own in counts], self.along)
        inside = np.ravel_multi_index([own % self.edge for own in counts], [self.edge] * len(counts))
        result = np.empty(len(tile))
        order = np.argsort(tile, kind="stable")
        numbers, first = np.unique(tile[order], return_index=True)
        for number, some in zip(numbers.tolist(), np.split(order, first[1:]), strict=True):
            result[some] = self._values(number)[inside[some]]
        return result

    def _values(self, tile: int) -> FloatArray:
        """U at all counts of a tile, those that there are; as one row of edge^C."""
        known = self._known.pop(tile, None)
        if known is None:
            known = self._asked(tile)
            self._entries += known.size
            while self._entries > _MOST_KEPT and self._known:
                self._entries -= self._known.pop(next(iter(self._known))).size
        self._known[tile] = known  # now the last to be let go
        return known

    def _asked(self, tile: int) -> FloatArray:
        corner = [int(place) * self.edge for place in np.unravel_index(tile, self.along)]
        ranges = [range(low, min(low + self.edge, most + 1)) for low, most in zip(corner, self.places, strict=True)]
        utility = self.utility
        axes, order = [], []
        for number, size in enumerate(utility.type_sizes):
            own = [place for place, (of_type, _) in enumerate(self.kinds) if of_type == number]
            columns = np.array(list(product(*(ranges[place] for place in own))), dtype=np.int64).reshape(
                math.prod(len(ranges[place]) for place in own), len(own)
            )
            row = np.zeros((len(columns), len(utility.levels)), dtype=np.int64)
            for place, column in zip(own, columns.T, strict=True):
                row[:, self.kinds[place][1]] = column
            # A tile at the edge may hold more users than there are: nobody asks for them.
            row[:, 0] = size - row.sum(axis=1)
            there = row[:, 0] >= 0
            row[~there] = 0
            row[~there, 0] = size
            axes.append(row)
            order += own
        found = utility.on_counts(axes).reshape([len(ranges[place]) for place in order])
        full = np.full([self.edge] * len(order), np.nan)
        full[tuple(slice(len(ranges[place])) for place in range(len(order)))] = found.transpose(np.argsort(order))
        return full.reshape(-1)
