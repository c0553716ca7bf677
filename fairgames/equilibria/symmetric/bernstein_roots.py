"""Where a polynomial in Bernstein form is zero: proven brackets, by Descartes' rule of signs and bisection.

The coefficients of a polynomial on an interval change sign at least as often as it has roots
inside (with multiplicity), and as often where that is 0 or 1 (Lane & Riesenfeld 1981). Intervals
are halved until that settles them. The coefficients are halved in floating point with a bound on
their rounding; wherever a sign is in doubt that matters, they are taken afresh in integers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.equilibria.symmetric.bernstein import Bernstein, rounding
from fairgames.equilibria.symmetric.precision import places, width
from fairgames.typing import Array, FloatArray

#: Halvings after which roots that are still together are left together: so many fewer than places are found.
_LESS_DEEP = 20

#: In brackets rationals with denominators up to this are recognised.
_SIMPLE = 2**32
#: Most cells of a grid on which a root is guessed.
_FINEST = 2**32

_DOUBTFUL = 2

#: A function of rationals, exactly.
Function = Callable[[Fraction], Fraction]


@dataclass(frozen=True)
class Root:
    """A root between ``low`` and ``high``, or at both if they are equal.

    A ``single`` root is proven: exactly one simple root lies strictly between, or the rational
    ``low == high`` is one. In any other bracket, 2⁻⁵⁰ wide, there may be several roots (a multiple
    one counts as several) or none.
    """

    low: Fraction
    high: Fraction
    single: bool = True

    @property
    def exact(self) -> bool:
        return self.low == self.high

    @property
    def middle(self) -> Fraction:
        return (self.low + self.high) / 2


def value_at(polynomial: Bernstein, root: Root) -> Fraction:
    """A polynomial at a root of another: exactly where the root is known exactly, else up to :func:`spread_at`."""
    return polynomial(root.low) if root.exact else polynomial.near(root.middle)


def spread_at(polynomial: Bernstein, root: Root) -> Fraction:
    """By how much the value of :func:`value_at` may be off."""
    return Fraction(0) if root.exact else polynomial.steepest * (root.high - root.low) + polynomial.nearness


def roots(polynomial: Bernstein, positive: Bernstein | None = None) -> tuple[Root, ...]:
    """All roots in [0, 1], ascending; none of the zero polynomial.

    Parameters
    ----------
    positive : where given, roots at which this polynomial is not positive may be left out

    >>> third = Bernstein.of([Fraction(-1, 3), Fraction(2, 3)])  # x − 1/3
    >>> roots(third)
    (Root(low=Fraction(1, 3), high=Fraction(1, 3), single=True),)
    >>> roots(third * third)  # a double root
    (Root(low=Fraction(1, 3), high=Fraction(1, 3), single=False),)
    >>> roots(third * third + Fraction(1, 1000))
    ()
    """
    if polynomial.is_zero:
        return ()
    found = sorted(set(_isolated(polynomial, positive)), key=lambda root: (root.low, root.high))
    return tuple(sharpened(polynomial.compared, root) for root in found)


def sharpened(function: Function, root: Root) -> Root:
    """The same root in a bracket as wide as asked; as a rational where its denominator is at most 2³².

    How wide :mod:`fairgames.equilibria.symmetric.precision` says.

    Parameters
    ----------
    function : the polynomial, or anything else of its sign
    """
    low, high = root.low, root.high
    if root.single and low != high:
        low, high = refined(function, low, high, width())
    guess = simplest(low, high)
    if guess.denominator <= _SIMPLE and function(guess) == 0:
        return Root(guess, guess, root.single)
    return Root(low, high, root.single)


def refined(function: Function, low: Fraction, high: Fraction, most: Fraction) -> tuple[Fraction, Fraction]:
    """Where a function of opposite signs at ``low`` and ``high`` changes its sign, at most ``most`` wide.

    Quadratic interval refinement (Abbott 2014): guess by the secant on a grid of cells, check by
    signs, and square the number of cells wherever the guess was right.
    """
    at_low, at_high, cells = function(low), function(high), 4
    while high - low > most:
        step = (high - low) / cells
        known = {0: at_low, cells: at_high}
        place = min(max(round(cells * at_low / (at_low - at_high)), 1), cells - 1)
        for _ in range(2):
            value = known[place] = function(low + place * step)
            if value == 0:
                return low + place * step, low + place * step
            place += 1 if (value > 0) == (at_low > 0) else -1
            if place in known:
                break
        before = max(k for k, value in known.items() if (value > 0) == (at_low > 0))
        after = min(k for k, value in known.items() if (value > 0) != (at_low > 0))
        cells = min(cells * cells, _FINEST) if after == before + 1 else max(4, round(cells**0.5))
        low, high, at_low, at_high = low + before * step, low + after * step, known[before], known[after]
    return low, high


@dataclass(frozen=True, eq=False)
class _Part:
    """Coefficients on [number/2^depth, (number + 1)/2^depth], divided by some positive number.

    ``rows[0]`` are the coefficients and ``rows[1]`` what they would be if nothing cancelled;
    ``halvings`` counts the roundings since they were exact; ``signs`` has 2 where in doubt.
    """

    number: int
    depth: int
    rows: FloatArray
    halvings: int
    signs: Array

    @classmethod
    def exactly(cls, polynomial: Bernstein, number: int, depth: int) -> _Part:
        low = Fraction(number, 2**depth)
        numerators = polynomial.restricted(low, low + Fraction(1, 2**depth)).numerators
        scale = max(map(abs, numerators)) or 1
        values = np.array([value / scale for value in numerators])
        signs = np.array([(value > 0) - (value < 0) for value in numerators])
        return cls(number, depth, np.stack([values, np.abs(values)]), 0, signs)

    def halves(self) -> Iterator[_Part]:
        """Both halves, by de Casteljau's averages."""
        size = self.rows.shape[1]
        left, right, row = np.empty_like(self.rows), np.empty_like(self.rows), self.rows
        for k in range(size):
            left[:, k], right[:, size - 1 - k] = row[:, 0], row[:, -1]
            row = 0.5 * (row[:, :-1] + row[:, 1:])
        halvings = self.halvings + 1
        for number, rows in ((2 * self.number, left), (2 * self.number + 1, right)):
            error = rounding(2 * size * halvings + 2) * rows[1] + float(np.finfo(float).tiny)
            signs = np.where(np.abs(rows[0]) > error, np.sign(rows[0]), _DOUBTFUL).astype(int)
            yield _Part(number, self.depth + 1, rows, halvings, signs)

    @property
    def exact(self) -> bool:
        return self.halvings == 0

    @property
    def low(self) -> Fraction:
        return Fraction(self.number, 2**self.depth)

    @property
    def high(self) -> Fraction:
        return Fraction(self.number + 1, 2**self.depth)

    def changes(self) -> tuple[int, bool]:
        """How often the signs change at least, and whether doubtful ones leave that as it is."""
        signs = self.signs[self.signs != 0]
        doubtful = signs == _DOUBTFUL
        inner = np.flatnonzero(doubtful)
        sure = signs[~doubtful]
        certain = not len(inner) or (
            inner[0] > 0 and inner[-1] < len(signs) - 1 and bool((signs[inner - 1] * signs[inner + 1] == -1).all())
        )
        return int((sure[1:] != sure[:-1]).sum()), certain


def _isolated(polynomial: Bernstein, positive: Bernstein | None) -> Iterator[Root]:
    """Brackets, the rational roots met at the ends of intervals among them."""
    stack: list[tuple[_Part, _Part | None]] = [
        (_Part.exactly(polynomial, 0, 0), None if positive is None else _Part.exactly(positive, 0, 0))
    ]
    if polynomial.numerators[-1] == 0:
        yield Root(Fraction(1), Fraction(1))
    while stack:
        part, where = stack.pop()
        if where is not None and bool(np.isin(where.signs, (0, -1)).all()):
            continue
        count, certain = part.changes()
        if not certain and count < 2:
            part = _Part.exactly(polynomial, part.number, part.depth)
            count, _ = part.changes()
        if part.exact and part.signs[0] == 0:
            yield Root(part.low, part.low)
        if count == 0:
            continue
        if count == 1 and part.signs[0] * part.signs[-1] == -1:
            yield Root(part.low, part.high)
        elif part.depth >= places() - _LESS_DEEP:
            yield Root(part.low, part.high, single=False)
        else:
            wheres = where.halves() if where is not None else (None, None)
            stack += zip(part.halves(), wheres, strict=True)


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The rational of least denominator in [low, high], by continued fractions.

    >>> simplest(Fraction(33, 100), Fraction(34, 100))
    Fraction(1, 3)
    """
    whole = math.floor(low)
    if whole == low:
        return Fraction(whole)
    if whole + 1 <= high:
        return Fraction(whole + 1)
    return whole + 1 / simplest(1 / (high - whole), 1 / (low - whole))
