"""The best share over correlated equilibria of two users, exactly: parametric linear programming.

Between breakpoints one basis stays optimal. Its equilibrium is the solution of linear equations whose coefficients are
linear in α, so chances, multipliers and the platform's value are quotients of polynomials (Cramer's rule), found here
by interpolation. The basis holds as long as they keep their signs, so the next breakpoints on both sides are roots of
these polynomials; what is left of [0, 1] is searched in the same way. At breakpoints, where the value may jump, the
program is solved on its own, and within a piece the value is greatest at an end or where its derivative is 0
(Gal 1995, chapter 5: coefficients of the matrix as parameters).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.equilibria.correlated.program import Solved, bound, solve_exactly
from fairgames.errors import FairgamesError
from fairgames.mechanism.correlated.family import Family
from fairgames.mechanism.correlated.polynomials import interpolated, roots
from fairgames.typing import Array

#: Breakpoints that are irrational are known as closely as this.
_WIDTH = Fraction(1, 1 << 80)


@dataclass(frozen=True, eq=False)
class Piece:
    """Shares of which one basis is optimal.

    Attributes
    ----------
    low, high : its ends; an irrational one as a rational inside, at most 2^−80 from it
    at_low, at_high : what the best equilibrium of the piece leaves the platform there
    top : the share inside at which it leaves most, an end if none inside is better
    """

    low: Fraction
    high: Fraction
    at_low: Fraction
    at_high: Fraction
    top: Fraction


@dataclass(frozen=True, eq=False)
class Parametric:
    """The value of every share, and the best.

    Attributes
    ----------
    pieces : from share 0 to share 1, without gaps but for what is narrower than 2^−79
    breakpoints : the rational shares between them, and 0 and 1
    alpha, value, distribution : the best share, its value and equilibrium; rationals
    bound : what no share exceeds: the value, or slightly more where a breakpoint or the best share is irrational
    """

    pieces: tuple[Piece, ...]
    breakpoints: tuple[Fraction, ...]
    alpha: Fraction
    value: Fraction
    distribution: Array
    bound: Fraction


def parametric(family: Family) -> Parametric:
    """The value of every share in [0, 1] as pieces, and the best share; ``family`` in rationals."""
    pieces: list[Piece] = []
    exact_ends: set[Fraction] = {Fraction(0), Fraction(1)}
    near_ends: set[tuple[Fraction, Fraction]] = set()
    left = [(Fraction(0), Fraction(1))]
    while left:
        low, high = left.pop()
        basis = _basis_inside(family, low, high)
        (below, start), (end, above) = basis.reach(low, high)
        piece, near_tops = basis.piece(start, end)
        pieces.append(piece)
        exact_ends |= {one for one, other in ((below, start), (end, above)) if one == other}
        near_ends |= {pair for pair in ((below, start), (end, above), *near_tops) if pair[0] < pair[1]}
        left += [span for span in ((low, below), (above, high)) if span[0] < span[1]]
    pieces.sort(key=lambda piece: piece.low)
    return _best(family, pieces, sorted(exact_ends), sorted(near_ends))


def _best(
    family: Family,
    pieces: Sequence[Piece],
    exact_ends: Sequence[Fraction],
    near_ends: Sequence[tuple[Fraction, Fraction]],
) -> Parametric:
    found: list[tuple[Fraction, Fraction, Array]] = []
    for alpha in sorted({*exact_ends, *(piece.top for piece in pieces)}):
        chances = solve_exactly(*family.at(alpha)).distribution
        found.append((family.at_profiles(alpha) @ chances, alpha, chances))
    value, best, chances = max(found, key=lambda one: (one[0], -one[1]))
    limits = [value]
    for low, high in near_ends:
        aim, rows = over_exactly(family, low, high)
        limits.append(bound(aim, rows, solve_exactly(aim, rows).multipliers))
    return Parametric(tuple(pieces), tuple(exact_ends), best, value, chances.reshape(family.shape), max(limits))


def over_exactly(family: Family, low: Fraction, high: Fraction) -> tuple[Array, Array]:
    """An aim and conditions that relax those of every share of [low, high], in rationals."""
    paid, cost = family.rows
    aim = np.maximum(family.at_profiles(low), family.at_profiles(high))
    return aim, np.maximum(low * paid, high * paid) - cost


def _basis_inside(family: Family, low: Fraction, high: Fraction) -> Basis:
    """A basis that is optimal around a share inside of (low, high)."""
    for numerator, denominator in ((1, 2), (3, 7), (8, 13), (21, 101), (613, 1009), (7919, 10007)):
        alpha = simplest_between(
            low + (high - low) * Fraction(numerator, denominator) * Fraction(31, 32),
            low + (high - low) * Fraction(numerator, denominator),
        )
        basis = Basis(family, alpha, solve_exactly(*family.at(alpha)))
        if basis.is_regular:
            return basis
    raise FairgamesError(f"no share between {low} and {high} has an optimal basis that holds around it")


def simplest_between(low: Fraction, high: Fraction) -> Fraction:
    """The rational with the least denominator in [low, high], 0 ≤ low ≤ high (Stern 1858, Brocot 1861).

    >>> str(simplest_between(Fraction(3, 10), Fraction(37, 100)))
    '1/3'
    """
    whole = -(-low.numerator // low.denominator)
    if whole <= high:
        return Fraction(whole)
    below = low.numerator // low.denominator
    return below + 1 / simplest_between(1 / (high - below), 1 / (low - below))


class Basis:
    """The equilibrium of one basis as a function of α.

    Parameters
    ----------
    alpha : a share at which the basis is optimal
    """

    def __init__(self, family: Family, alpha: Fraction, solved: Solved) -> None:
        self.alpha = alpha
        paid, cost = family.rows
        n, (inside, tight) = len(family.keeps.reshape(-1)), (list(solved.profiles), list(solved.rows))
        outside, loose = [k for k in range(n) if k not in inside], [k for k in range(len(paid)) if k not in tight]
        keeps, total = family.keeps.reshape(-1), family.total.reshape(-1)
        size = len(inside)

        def sampled(at: Fraction) -> list[Fraction] | None:
            """The determinant, and everything that has a sign times it: chances, slacks, multipliers, reduced aims."""
            rows, aim = at * paid - cost, keeps - at * total
            matrix = [*rows[np.ix_(tight, inside)].tolist(), [Fraction(1)] * size]
            solution = _solved(matrix, aim[inside].tolist())
            if solution is None:
                return None
            determinant, chances, duals, value = solution
            slacks = rows[np.ix_(loose, inside)] @ chances
            reduced = value - aim[outside] - (duals @ rows[np.ix_(tight, outside)] if tight else 0)
            return [determinant, *(determinant * one for one in (value, *chances, *slacks, *duals, *reduced))]

        # Determinants are of degree size − 1, those with another row or aim in them of one or two more.
        self.determinant, self.value, *self.signed = interpolated(sampled, size + 2)

    @property
    def is_regular(self) -> bool:
        """Whether nothing that has to keep its sign is 0 at the share, unless it is so everywhere."""
        return self.determinant(self.alpha) != 0 and all(
            not one.coefficients or one(self.alpha) != 0 for one in self.signed
        )

    def reach(self, low: Fraction, high: Fraction) -> tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]:
        """(below, start), (end, above): the basis is optimal on [start, end], and a breakpoint is in each pair.

        A pair of equal numbers is a rational breakpoint, or an end of the interval.
        """
        starts, ends = [(low, low)], [(high, high)]
        for polynomial in (self.determinant, *self.signed):
            for below, above in roots(polynomial, low, high, _WIDTH):
                if above <= self.alpha:
                    starts.append((below, above))
                else:
                    ends.append((below, above))
        return max(starts, key=lambda pair: pair[1]), min(ends, key=lambda pair: pair[0])

    def piece(self, low: Fraction, high: Fraction) -> tuple[Piece, list[tuple[Fraction, Fraction]]]:
        """The piece, and rationals around each irrational share in it at which the value may be greatest."""
        ends = [self._limit(low), self._limit(high)]
        most, top = max((ends[0], low), (ends[1], high), key=lambda pair: pair[0])
        slope = self.value.derivative() * self.determinant - self.value * self.determinant.derivative()
        turns = roots(slope, low, high, _WIDTH)
        for near in (simplest_between(*turn) for turn in turns):
            if (worth := self.value(near) / self.determinant(near)) > most:
                most, top = worth, near
        return Piece(low, high, ends[0], ends[1], top), [turn for turn in turns if turn[0] < turn[1]]

    def _limit(self, alpha: Fraction) -> Fraction:
        """The value at an end, where both polynomials may be 0: then that of the quotient in lowest terms."""
        value, determinant = self.value, self.determinant
        while determinant(alpha) == 0:
            value, determinant = value.derivative(), determinant.derivative()
        return value(alpha) / determinant(alpha)


def _solved(matrix: list[list[Fraction]], aim: list[Fraction]) -> tuple[Fraction, Array, Array, Fraction] | None:
    """The determinant, M⁻¹·(0, …, 0, 1), and the solution of the transposed system for ``aim``; None if singular."""
    from flint import fmpq, fmpq_mat

    size = len(matrix)
    entries = [fmpq(value.numerator, value.denominator) for row in matrix for value in row]
    square = fmpq_mat(size, size, entries)
    determinant = square.det()
    if determinant == 0:
        return None
    inverse = square.inv()
    chances = [_fraction(inverse[k, size - 1]) for k in range(size)]
    goal = fmpq_mat(1, size, [fmpq(value.numerator, value.denominator) for value in aim])
    product = goal * inverse
    *duals, value = (_fraction(product[0, k]) for k in range(size))
    array = np.empty(size - 1, dtype=object)
    array[:] = [-dual for dual in duals]
    return _fraction(determinant), np.array(chances, dtype=object), array, value


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))
