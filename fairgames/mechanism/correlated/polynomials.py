"""Polynomials with rational coefficients: interpolation, products, and real roots, rational ones exactly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import count
from typing import Any


@dataclass(frozen=True)
class Polynomial:
    """Σ_k coefficients[k]·x^k; no coefficients are 0 everywhere."""

    coefficients: tuple[Fraction, ...]

    @cached_property
    def _exact(self) -> Any:
        from flint import fmpq, fmpq_poly

        return fmpq_poly([fmpq(one.numerator, one.denominator) for one in self.coefficients])

    @classmethod
    def _of(cls, exact: Any) -> Polynomial:
        return cls(tuple(Fraction(int(one.p), int(one.q)) for one in exact.coeffs()))

    def __call__(self, at: Fraction) -> Fraction:
        total = Fraction(0)
        for one in reversed(self.coefficients):
            total = total * at + one
        return total

    def __mul__(self, other: Polynomial) -> Polynomial:
        return self._of(self._exact * other._exact)

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self._of(self._exact - other._exact)

    def derivative(self) -> Polynomial:
        return self._of(self._exact.derivative())


def interpolated(sampled: Callable[[Fraction], Sequence[Fraction] | None], size: int) -> list[Polynomial]:
    """The polynomials of degree below ``size`` with these values, wherever there are some."""
    from flint import fmpq, fmpq_mat

    places: list[int] = []
    values: list[Sequence[Fraction]] = []
    for at in count(2):
        if (found := sampled(Fraction(at))) is not None:
            places.append(at)
            values.append(found)
        if len(places) == size:
            break
    powers = fmpq_mat(size, size, [fmpq(at**k) for at in places for k in range(size)])
    right = fmpq_mat(size, len(values[0]), [fmpq(one.numerator, one.denominator) for row in values for one in row])
    solved = powers.solve(right)
    columns = [[Fraction(int(solved[k, j].p), int(solved[k, j].q)) for k in range(size)] for j in range(len(values[0]))]
    return [Polynomial(_trimmed(column)) for column in columns]


def _trimmed(coefficients: list[Fraction]) -> tuple[Fraction, ...]:
    while coefficients and coefficients[-1] == 0:
        coefficients.pop()
    return tuple(coefficients)


def roots(polynomial: Polynomial, low: Fraction, high: Fraction, width: Fraction) -> list[tuple[Fraction, Fraction]]:
    """The roots in (low, high): (root, root) if it is rational, else rationals below and above it, ``width`` apart.

    A polynomial that is 0 everywhere has none here.

    >>> product = Polynomial(tuple(map(Fraction, (-1, 2, 2, -4))))  # (1 − 2x)·(2x² − 1)
    >>> (half, same), (below, above) = roots(product, Fraction(0), Fraction(1), Fraction(1, 100))
    >>> half == same == Fraction(1, 2), 2 * below**2 < 1 < 2 * above**2, above - below < Fraction(1, 100)
    (True, True, True)
    """
    from flint import fmpz_poly

    multiple = math.lcm(*(one.denominator for one in polynomial.coefficients))
    integers = fmpz_poly([int(one * multiple) for one in polynomial.coefficients])
    found: list[tuple[Fraction, Fraction]] = []
    for factor, _ in integers.factor()[1] if integers.degree() > 0 else ():
        if factor.degree() == 1:
            root = Fraction(-int(factor[0]), int(factor[1]))
            found += [(root, root)] if low < root < high else []
        else:
            found += _irrational(factor, low, high, width)
    return sorted(found)


def _irrational(factor: Any, low: Fraction, high: Fraction, width: Fraction) -> list[tuple[Fraction, Fraction]]:
    """Real roots of an irreducible polynomial, each between two rationals."""
    bits = max(1, math.ceil(math.log2(width.denominator / width.numerator)) + 1)
    found = []
    for root, _ in factor.complex_roots():
        if root.imag != 0:
            continue
        below, above = _neighbours(factor, root.real, bits)
        if low < above and below < high:
            found.append((max(below, low), min(above, high)))
    return found


def _neighbours(factor: Any, root: Any, bits: int) -> tuple[Fraction, Fraction]:
    """Rationals around a simple root, 2^−bits apart at most, by bisection of its enclosure."""
    middle, radius = _exactly(root.mid()), _exactly(root.rad())
    below, above = middle - radius, middle + radius
    rising = _sign(factor, above) > 0
    while above - below > Fraction(1, 1 << bits):
        half = (below + above) / 2
        if (_sign(factor, half) > 0) == rising:
            above = half
        else:
            below = half
    return below, above


def _exactly(value: Any) -> Fraction:
    mantissa, exponent = value.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _sign(factor: Any, at: Fraction) -> int:
    from flint import fmpq

    value = factor(fmpq(at.numerator, at.denominator))
    return int(value > 0) - int(value < 0)
