"""What a utility may hand over beside values at profiles: U of many coalitions at once, and deviation values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np

from fairgames.typing import FloatArray, IntArray

#: A type's number and a level index.
Kind: TypeAlias = tuple[int, int]


class CoalitionUtility(Protocol):
    """U of coalitions of users of given kinds, whoever they are."""

    @property
    def rounding(self) -> float:
        """Bound on the absolute error of every U so far, in money."""

    def at(self, counts: Sequence[IntArray]) -> FloatArray:
        """U in money, shape (M,), where ``counts`` has one array of members a kind; all others are on level 0."""


class CoalitionsByRows:
    """The same from counts of each type, row by row."""

    def __init__(
        self,
        sizes: Sequence[int],
        n_levels: int,
        kinds: Sequence[Kind],
        ask: Callable[[Sequence[IntArray]], FloatArray],
        rounding: float,
    ) -> None:
        self.sizes, self.n_levels, self.kinds, self.ask = sizes, n_levels, kinds, ask
        self.rounding = rounding

    def at(self, counts: Sequence[IntArray]) -> FloatArray:
        return self.ask(count_rows(self.sizes, self.n_levels, self.kinds, counts))


def count_rows(
    sizes: Sequence[int], n_levels: int, kinds: Sequence[Kind], counts: Sequence[IntArray]
) -> list[IntArray]:
    """For each type how many of its users are on each level, shape (M, L), all that are of no kind on level 0.

    More users than there are of a type, which nobody needs U of, stand for nobody.
    """
    rows = [np.zeros((len(counts[0]), n_levels), dtype=np.int64) for _ in sizes]
    for (number, level), own in zip(kinds, counts, strict=True):
        rows[number][:, level] = own
    for row, size in zip(rows, sizes, strict=True):
        row[:, 0] = size - row.sum(axis=1)
        row[row[:, 0] < 0] = [size] + [0] * (n_levels - 1)
    return rows


@dataclass(frozen=True, eq=False)
class DeviationValues:
    """Fair values at one profile and after every move of one user, before any share is taken of them.

    Attributes
    ----------
    values : φ of a user of each type who is at level x and goes to y, shape (T, L, L); x = y is the
        payment itself; NaN where nobody of the type is at x
    utility : U
    potential : P (Hart & Mas-Colell), or φ_p where the platform is a member
    error : bound on the absolute error of each of ``values``
    potential_error : the same of ``potential``
    """

    values: FloatArray
    utility: float
    potential: float
    error: float
    potential_error: float
