"""The nucleolus in rationals: the payments at which the worst excess of a coalition is least, then the next, ….

Schmeidler 1969, here without the condition x_i ≥ v({i}) (the prenucleolus, Sobolev 1975): where U has diminishing
returns no division meets that condition, and where U is zero-monotonic both are one. Found by a sequence of linear
programs (Maschler, Peleg & Shapley 1979): the least ε with x(S) + ε ≥ v(S) for all S whose excess is not fixed yet; a
coalition with a positive dual has excess ε at every optimum (Fromen 1997), and is fixed there. Each program is solved
by the dual simplex method over rationals, so the last basis is its own certificate: feasible, with duals ≥ 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np

from fairgames.errors import TooLargeError
from fairgames.exact import Rationals
from fairgames.typing import Array, BoolArray, IntArray

#: Users whose 2^n coalitions are the rows of the programs.
MOST_USERS = 12


def nucleolus(worths: Array) -> list[Fraction]:
    """The division x of v(N) that makes the sorted excesses v(S) − x(S) lexicographically least.

    Parameters
    ----------
    worths : v of every coalition, shape (2,)·n, of ``Fraction`` objects, v(∅) = 0

    Raises
    ------
    TooLargeError
        If there are more than 12 users.

    >>> from fairgames.exact import object_array
    >>> estate = {"": 0, "c": 0, "b": 0, "bc": 0, "a": 0, "ac": 100, "ab": 0, "abc": 200}  # debts of 100, 200 and 300
    >>> v = object_array(Fraction(max(0, 200 - sum(debt for who, debt in zip("abc", (100, 200, 300)) if who not in s)))
    ...                  for s in ("", "c", "b", "bc", "a", "ac", "ab", "abc")).reshape(2, 2, 2)
    >>> [str(part) for part in nucleolus(v)]  # the Talmud's division of an estate of 200
    ['50', '75', '75']
    """
    n = worths.ndim
    if n > MOST_USERS:
        raise TooLargeError(
            f"the nucleolus of {n} users has 2^{n} coalitions in each of up to {n - 1} linear programs; expected at "
            f"most {MOST_USERS} who share: keep fewer (`fairgames fit --top {MOST_USERS}`)"
        )
    rational = Rationals.of(worths)
    game = _Game(n, [int(value) for value in rational.numerators.reshape(-1)], rational.denominator)
    fixed = [_Row(2**n - 1, game.worth(2**n - 1), 0)]
    while len(fixed) < n:
        fixed += _fixed_by_program(game, fixed)
    found = _solved([row.vector(n) for row in fixed], [row.bound for row in fixed])
    return found


@dataclass(frozen=True)
class _Row:
    """x(S) + slack·ε = bound, or ≥ of an active coalition; the first user is the highest bit of ``coalition``."""

    coalition: int
    bound: Fraction
    slack: int

    def vector(self, n: int) -> list[int]:
        return [self.coalition >> (n - 1 - user) & 1 for user in range(n)]


@dataclass(frozen=True)
class _Game:
    """v as integers over one denominator."""

    n: int
    values: list[int]
    unit: int

    def worth(self, coalition: int) -> Fraction:
        return Fraction(self.values[coalition], self.unit)

    def short(self, payments: Sequence[Fraction], least: Fraction) -> Array:
        """v(S) − x(S) − ε of every S, times a positive integer."""
        scale = Rationals.of(np.array([*payments, least], dtype=object))
        sums = np.zeros(1, dtype=object)
        for part in scale.numerators[:-1]:
            sums = (sums[:, None] + np.array([0, part], dtype=object)).reshape(-1)
        values = np.array(self.values, dtype=object)
        return np.asarray(values * scale.denominator - (sums + scale.numerators[-1]) * self.unit)


def _fixed_by_program(game: _Game, fixed: list[_Row]) -> list[_Row]:
    """The coalitions that one program fixes, as independent rows."""
    active = ~_in_span(game.n, [row.vector(game.n) for row in fixed])
    basis = _first_basis(game, fixed, active)
    careful = False
    while True:
        inverse = _inverse([[*row.vector(game.n), row.slack] for row in basis])
        *payments, least = (_dot(line, [row.bound for row in basis]) for line in inverse)
        duals = [row[k] for row in [inverse[-1]] for k in range(game.n + 1)]
        short = np.where(active, game.short(payments, least), -1)
        over = np.flatnonzero(np.asarray(short > 0, dtype=bool))
        if not len(over):
            return list(_independent(game, fixed, basis, duals, least))
        entering = int(over[0]) if careful else int(np.argmax(short))
        row = _Row(entering, game.worth(entering), 1)
        weights = [_dot([*row.vector(game.n), 1], [line[k] for line in inverse]) for k in range(game.n + 1)]
        ratios = [
            (duals[k] / weights[k], basis[k].coalition, k)
            for k in range(game.n + 1)
            if basis[k].slack and weights[k] > 0
        ]
        if not ratios:
            _impossible()
        ratio, _, leaving = min(ratios)
        careful = ratio == 0  # Bland's rule, while nothing is gained
        basis[leaving] = row


def _impossible() -> NoReturn:
    raise AssertionError("ε large enough meets every condition, so a program has an optimum")


def _first_basis(game: _Game, fixed: list[_Row], active: BoolArray) -> list[_Row]:
    """Rows with duals ≥ 0: a coalition and its complement with 1/2 each, and others with 0."""
    everybody = 2**game.n - 1
    first = int(np.flatnonzero(active)[0])
    rows = [*fixed, *(_Row(one, game.worth(one), 1) for one in (first, everybody - first))]
    vectors = [row.vector(game.n) for row in fixed] + [rows[len(fixed)].vector(game.n)]
    for user in range(game.n):
        coalition = 1 << user
        row = _Row(coalition, game.worth(coalition), 1)
        if len(rows) <= game.n and _rank([*vectors, row.vector(game.n)]) > len(vectors):
            vectors.append(row.vector(game.n))
            rows.append(row)
    return rows


def _independent(
    game: _Game, fixed: list[_Row], basis: list[_Row], duals: Sequence[Fraction], least: Fraction
) -> Iterator[_Row]:
    """Of the coalitions with positive duals those that fix something new."""
    vectors = [row.vector(game.n) for row in fixed]
    for row, dual in zip(basis, duals, strict=True):
        if row.slack and dual > 0 and _rank([*vectors, row.vector(game.n)]) > len(vectors):
            vectors.append(row.vector(game.n))
            yield _Row(row.coalition, row.bound - least, 0)


def _in_span(n: int, rows: list[list[int]]) -> BoolArray:
    """Which coalitions are combinations of the rows, so that their excess is fixed."""
    from flint import fmpz_mat

    nullspace, size = fmpz_mat(rows).nullspace()
    kernel = np.array([[int(nullspace[k, j]) for j in range(size)] for k in range(n)], dtype=object).reshape(n, size)
    places: IntArray = np.arange(2**n)
    inside = np.stack([places >> (n - 1 - user) & 1 for user in range(n)], axis=1).astype(object)
    return np.asarray((inside @ kernel == 0).all(axis=1), dtype=bool)


def _rank(rows: list[list[int]]) -> int:
    from flint import fmpz_mat

    return int(fmpz_mat(rows).rank())


def _inverse(rows: list[list[int]]) -> list[list[Fraction]]:
    from flint import fmpq_mat

    found = fmpq_mat(len(rows), len(rows), [value for row in rows for value in row]).inv()
    return [[_fraction(found[k, j]) for j in range(len(rows))] for k in range(len(rows))]


def _solved(rows: list[list[int]], bounds: list[Fraction]) -> list[Fraction]:
    return [_dot(line, bounds) for line in _inverse(rows)]


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def _dot(one: Sequence[Fraction | int], other: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(one, other, strict=True) if a and b), start=Fraction(0))
