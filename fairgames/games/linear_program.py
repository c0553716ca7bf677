"""Linear programs in rational arithmetic: the dual simplex method on a tableau of integers.

Lemke 1954, with the pivots of Edmonds 1967 (as in lrs, Avis 2000), which divide without remainder, and Bland's rule
(1977) while nothing is gained. The last tableau is its own certificate: every basic variable and every dual is ≥ 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.exact import Rationals, object_array
from fairgames.typing import Array


@dataclass(frozen=True, eq=False)
class Optimum:
    """An optimal basic solution of max c·x, A·x ≤ b, x ≥ 0.

    Attributes
    ----------
    value : c·x
    primal : x
    dual : the multiplier of each row, ≥ 0
    basis : the basic variables; the slack of row i is number n + i
    """

    value: Fraction
    primal: tuple[Fraction, ...]
    dual: tuple[Fraction, ...]
    basis: tuple[int, ...]


def maximise(aim: Sequence[Fraction], rows: Array, limits: Sequence[Fraction]) -> Optimum | None:
    """The optimum of max aim·x, rows·x ≤ limits, x ≥ 0 for aim ≤ 0; None if no x is feasible.

    Parameters
    ----------
    aim : c, nowhere positive, so that the slacks are a dual feasible basis
    rows : A, shape (m, n), rationals
    limits : b

    >>> half = Fraction(1, 2)  # the cheapest x + 2y with x + y ≥ 1 and x ≤ 1/2
    >>> found = maximise([-1, -2], np.array([[-1, -1], [1, 0]], dtype=object), [-1, half])
    >>> str(found.value), list(map(str, found.primal)), list(map(str, found.dual))
    ('-3/2', ['1/2', '1/2'], ['2', '1'])
    """
    m, n = rows.shape
    # Each row becomes integers of its own, and a row's multiplier is divided by what it was multiplied by.
    body = [Rationals.of(object_array([*row, limit])) for row, limit in zip(rows.tolist(), limits, strict=True)]
    goal = Rationals.of(object_array([*(-Fraction(value) for value in aim), Fraction(0)]))
    table = _Tableau(np.array([goal.numerators, *(row.numerators for row in body)], dtype=object), n)
    if not table.solve():
        return None
    unit = table.unit
    values = [Fraction(0)] * (n + m)
    for row, variable in enumerate(table.basic):
        values[variable] = Fraction(table.body[row + 1, -1], unit)
    dual = [Fraction(0)] * m
    for column, variable in enumerate(table.nonbasic):
        if variable >= n:
            scale = Fraction(body[variable - n].denominator, goal.denominator)
            dual[variable - n] = Fraction(table.body[0, column], unit) * scale
    value = Fraction(table.body[0, -1], unit * goal.denominator)
    return Optimum(value, tuple(values[:n]), tuple(dual), tuple(sorted(table.basic)))


class _Tableau:
    """unit·basic_i + Σ_j body_ij·nonbasic_j = body_i,last for each row, the goal's first."""

    def __init__(self, body: Array, n: int) -> None:
        self.body = body
        self.unit = 1
        self.nonbasic = list(range(n))
        self.basic = list(range(n, n + len(body) - 1))

    def solve(self) -> bool:
        """Pivot until every basic variable is ≥ 0; False if one cannot be."""
        careful = False
        while True:
            short = np.flatnonzero(np.asarray(self.body[1:, -1] < 0, dtype=bool))
            if not len(short):
                return True
            if careful:
                row = 1 + min(short.tolist(), key=self.basic.__getitem__)
            else:
                row = 1 + int(short[np.argmin(self.body[1 + short, -1])])
            columns = np.flatnonzero(np.asarray(self.body[row, :-1] < 0, dtype=bool)).tolist()
            if not columns:
                return False
            ratio, _, column = min(
                (Fraction(self.body[0, k], -self.body[row, k]), self.nonbasic[k], k) for k in columns
            )
            careful = ratio == 0  # Bland's rule, while nothing is gained
            self._pivot(row, column)

    def _pivot(self, row: int, column: int) -> None:
        """Exchange a basic and a nonbasic variable; the pivot is negative, and all signs turn with it."""
        pivot, old, line = self.body[row, column], self.body[:, column].copy(), self.body[row].copy()
        body = (self.body * pivot - np.multiply.outer(old, line)) // self.unit
        body[row] = line
        body[:, column] = -old
        body[row, column] = self.unit
        self.body, self.unit = -body, -pivot
        self.basic[row - 1], self.nonbasic[column] = self.nonbasic[column], self.basic[row - 1]
