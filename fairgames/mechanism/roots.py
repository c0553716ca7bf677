"""Real roots inside an interval, in rational arithmetic: exact where they are rational, else between two neighbours.

Signs of a polynomial at rationals are exact, so a root is never missed and never invented. An
irrational one is given as the multiples of 2^−100 below and above it (or an end of the interval, if
that is nearer), and as narrowly as asked by
:class:`Irrational`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

_BITS = 100
#: Between the two neighbours of an irrational root.
WIDTH = Fraction(1, 1 << _BITS)


class Irrational(NamedTuple):
    """The one root of a polynomial with integer coefficients, highest power first, between two rationals."""

    polynomial: tuple[int, ...]
    below: Fraction
    above: Fraction

    def neighbours(self, bits: int) -> tuple[Fraction, Fraction]:
        """The multiples of 2^−bits below and above it, or the two rationals where they are as close."""
        if self.above - self.below <= Fraction(1, 1 << bits):
            return self.below, self.above
        rising = _value(list(self.polynomial), self.above) > 0
        below, above = _bisected(list(self.polynomial), self.below, self.above, rising, bits)
        return Fraction(below, 1 << bits), Fraction(above, 1 << bits)


def roots_between(
    coefficients: Sequence[Fraction | int], least: Fraction, most: Fraction | float
) -> Iterator[tuple[Fraction, ...]]:
    """The roots with 0 ≤ ``least`` < root < ``most``: (root,), or its two neighbours (below, above).

    Parameters
    ----------
    coefficients : highest power first; of a quadratic, or of a cubic without a linear term.
        A polynomial that is 0 everywhere has no roots here.
    most : may be infinite only where the degree is one

    >>> [[str(value) for value in root] for root in roots_between([2, -3, -2], Fraction(0), Fraction(9))]
    [['2']]
    >>> below, above = next(roots_between([1, 0, -2], Fraction(0), Fraction(9)))
    >>> below**2 < 2 < above**2, above - below == WIDTH
    (True, True)
    """
    polynomial = integers_of(coefficients)
    if len(polynomial) == 2:
        root = Fraction(-polynomial[1], polynomial[0])
        if least < root < most:
            yield (root,)
    if len(polynomial) < 3:
        return
    turns = [turn for turn in _turning_points(polynomial) if least < turn < most]
    for turn in turns:
        if _value(polynomial, turn) == 0:
            yield (turn,)
    for low, high in pairwise([least, *sorted(turns), Fraction(most)]):
        before, after = _value(polynomial, low), _value(polynomial, high)
        if before * after < 0:
            yield _root(polynomial, low, high, rising=after > 0)


def integers_of(coefficients: Sequence[Fraction | int]) -> list[int]:
    """The same roots other than 0, by integers of which neither the first nor the last is 0."""
    multiple = math.lcm(*(value.denominator for value in coefficients))
    integers = [int(value * multiple) for value in coefficients]
    while integers and integers[0] == 0:
        integers = integers[1:]
    while integers and integers[-1] == 0:
        integers = integers[:-1]
    return integers


def _turning_points(polynomial: list[int]) -> list[Fraction]:
    """Where the derivative is 0, apart from 0 itself: between them the polynomial is monotone."""
    third, second, first = [0] * (4 - len(polynomial)) + polynomial[:-1]
    if third == 0:
        return [Fraction(-first, 2 * second)]
    if first != 0:
        raise ValueError("expected a cubic without a linear term")
    return [Fraction(-2 * second, 3 * third)]


def _value(polynomial: list[int], at: Fraction) -> int:
    """The sign of the polynomial, as an integer multiple of its value."""
    total, power = 0, 1
    for coefficient in polynomial:
        total = total * at.numerator + coefficient * power
        power *= at.denominator
    return total


def _root(polynomial: list[int], low: Fraction, high: Fraction, rising: bool) -> tuple[Fraction, ...]:
    """The one root between ``low`` and ``high``, among the multiples of 2^−100."""
    below, above = _bisected(polynomial, low, high, rising, _BITS)
    if below == above:
        return (below * WIDTH,)
    # A rational root is a multiple of one over the leading coefficient.
    leading = abs(polynomial[0])
    candidate = Fraction(math.floor(leading * above * WIDTH), leading)
    if below * WIDTH < candidate < above * WIDTH and _value(polynomial, candidate) == 0:
        return (candidate,)
    return max(below * WIDTH, low), min(above * WIDTH, high)


def _bisected(polynomial: list[int], low: Fraction, high: Fraction, rising: bool, bits: int) -> tuple[int, int]:
    """The multiples of 2^−bits below and above the one root, or twice the root, in units of 2^−bits."""
    unit = 1 << bits
    below, above = math.floor(low * unit), math.ceil(high * unit)
    # The polynomial at k·2^−bits, times 2^(bits·degree).
    scaled = [coefficient << bits * power for power, coefficient in enumerate(polynomial)]
    while above - below > 1:
        middle, value = (below + above) // 2, 0
        for coefficient in scaled:
            value = value * middle + coefficient
        if value == 0:
            return middle, middle
        if (value > 0) == rising:
            above = middle
        else:
            below = middle
    return below, above
