"""Polynomials on [0, 1] in Bernstein form, with exact rational coefficients.

What symmetric users expect when each of them mixes is such a polynomial: its coefficients are
values at counts of users, so none of the digits that a change to powers costs are lost. Floats
are rationals too: a polynomial made of them is exact for them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np

from fairgames.equilibria.symmetric.precision import places
from fairgames.exact import Rationals, object_array
from fairgames.typing import Array, FloatArray

#: How many more binary places than roots :meth:`Bernstein.near` has right.
_NEARER = 90

_UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2


@dataclass(frozen=True, eq=False)
class Bernstein:
    """p(x) = Σ_k b_k·C(n, k)·x^k·(1 − x)^(n−k), with b_k = ``numerators[k] / denominator``.

    Attributes
    ----------
    numerators : object array of ``int``, shape (n + 1,)
    denominator : positive int

    >>> square = Bernstein.of([0, 0, 1])
    >>> square(Fraction(1, 3)), (square * square).degree, square.derivative().coefficients()
    (Fraction(1, 9), 4, [Fraction(0, 1), Fraction(2, 1)])
    """

    numerators: Array
    denominator: int

    @classmethod
    def of(cls, coefficients: Iterable[Fraction | float]) -> Bernstein:
        """From b_0, …, b_n; a float stands for the rational that it is."""
        rationals = Rationals.of(object_array(Fraction(value) for value in coefficients))
        return cls(rationals.numerators, rationals.denominator)

    @property
    def degree(self) -> int:
        return len(self.numerators) - 1

    def coefficients(self) -> list[Fraction]:
        """b_0, …, b_n."""
        return [Fraction(value, self.denominator) for value in self.numerators]

    @property
    def is_zero(self) -> bool:
        return not any(self.numerators)

    @cached_property
    def steepest(self) -> Fraction:
        """A bound on |p′| over [0, 1]."""
        steps = np.diff(self.numerators)
        return Fraction(self.degree * max(map(abs, steps), default=0), self.denominator)

    def __call__(self, x: Fraction) -> Fraction:
        """The value at a rational, exactly."""
        up, down, n = x.numerator, x.denominator - x.numerator, self.degree
        total, power = Fraction(0).numerator, 1
        for value, ways in zip(self.numerators, binomials(n), strict=True):
            total = total * down + value * ways * power
            power *= up
        return Fraction(total, self.denominator * x.denominator**n)

    def near(self, x: Fraction) -> Fraction:
        """The value at a rational in [0, 1] up to :attr:`nearness`: quick where numerators are long."""
        bits, coefficients = self._fixed
        right = (x.numerator << bits) // x.denominator
        left = (1 << bits) - right
        total, power, powers = 0, 1 << bits, []
        for _ in coefficients:
            powers.append(power)
            power = power * left >> bits
        power = 1 << bits
        for value, other in zip(coefficients, reversed(powers), strict=True):
            total += value * (power * other >> bits)
            power = power * right >> bits
        return self.largest * Fraction(total, 1 << 2 * bits)

    def compared(self, x: Fraction, to: Fraction = Fraction(0)) -> Fraction:
        """p(x) − ``to`` up to :attr:`nearness`, with its true sign; exactly where that is not clear at once."""
        value = self.near(x) - to
        return self(x) - to if abs(value) <= self.nearness else value

    @property
    def nearness(self) -> Fraction:
        """Bound on the error of :meth:`near`: a power of x and one of 1 − x are off by 2n + 2 units in the
        last place, their product by as many, which C(n, k) ≤ 2ⁿ enlarges; all C(n, k) sum to 2ⁿ.
        """
        return self.largest / (1 << self._right)

    @cached_property
    def largest(self) -> Fraction:
        """max |b_k|, which bounds |p| over [0, 1]."""
        return Fraction(max(map(abs, self.numerators)), self.denominator)

    @cached_property
    def _right(self) -> int:
        """Binary places of :meth:`near` that are right."""
        return places() + _NEARER

    @cached_property
    def _fixed(self) -> tuple[int, list[int]]:
        """So many binary places, and C(n, k)·b_k / max |b| rounded to them."""
        bits = self.degree + (4 * self.degree + 8).bit_length() + self._right
        scale = max(map(abs, self.numerators)) or 1
        ways = binomials(self.degree)
        return bits, [way * ((value << bits) // scale) for way, value in zip(ways, self.numerators, strict=True)]

    def at(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Values at floats in [0, 1], and a bound on the error of each, by de Casteljau's averages.

        A step multiplies twice, adds once and uses a rounded 1 − x, so that after n of them every
        term has at most 4n + 1 roundings with the one of its coefficient.
        """
        x = np.asarray(x, dtype=float)
        scale = max(map(abs, self.numerators)) or 1
        rows = np.array([value / scale for value in self.numerators])
        both = np.stack([rows, np.abs(rows)])[..., None] * np.ones(x.size)
        right, left = x.reshape(-1), 1 - x.reshape(-1)
        for _ in range(self.degree):
            both = left * both[:, :-1] + right * both[:, 1:]
        size = scale / self.denominator
        values, magnitudes = (both[:, 0] * size).reshape(2, *x.shape)
        return values, rounding(4 * self.degree + 3) * magnitudes + float(np.finfo(float).tiny)

    def derivative(self) -> Bernstein:
        if self.degree == 0:
            return Bernstein(object_array([0]), 1)
        return Bernstein(self.degree * np.diff(self.numerators), self.denominator)

    def __add__(self, other: Bernstein | Fraction | int) -> Bernstein:
        if not isinstance(other, Bernstein):
            other = Bernstein.of([Fraction(other)])
        degree = max(self.degree, other.degree)
        one, two = self._raised(degree), other._raised(degree)
        shared = math.lcm(one.denominator, two.denominator)
        return _reduced(
            one.numerators * (shared // one.denominator) + two.numerators * (shared // two.denominator), shared
        )

    def __mul__(self, other: Bernstein | Fraction | int) -> Bernstein:
        if not isinstance(other, Bernstein):
            factor = Fraction(other)
            return _reduced(self.numerators * factor.numerator, self.denominator * factor.denominator)
        degree = self.degree + other.degree
        products = np.convolve(self._weighted(), other._weighted())
        ways = binomials(degree)
        multiple = math.lcm(*ways)
        numerators = object_array(value * (multiple // way) for value, way in zip(products.tolist(), ways, strict=True))
        return _reduced(numerators, self.denominator * other.denominator * multiple)

    def __neg__(self) -> Bernstein:
        return Bernstein(-self.numerators, self.denominator)

    def __sub__(self, other: Bernstein | Fraction | int) -> Bernstein:
        return self + -other

    def restricted(self, low: Fraction, high: Fraction) -> Bernstein:
        """The polynomial x ↦ p(low + x·(high − low)), which has the roots between ``low`` and ``high`` in (0, 1)."""
        after = _split(self, low)[1] if low > 0 else self
        return _split(after, (high - low) / (1 - low))[0] if high < 1 else after

    def over_x(self) -> Bernstein:
        """p(x)/x of a polynomial with p(0) = 0."""
        n = self.degree
        return Bernstein.of(Fraction(n, k) * value for k, value in enumerate(self.coefficients()) if k)

    def _raised(self, degree: int) -> Bernstein:
        """The same polynomial with the coefficients of a higher degree."""
        if degree == self.degree:
            return self
        return self * Bernstein(object_array([1] * (degree - self.degree + 1)), 1)

    def _weighted(self) -> Array:
        return self.numerators * object_array(binomials(self.degree))


def rounding(operations: int) -> float:
    """What so many roundings may change, relative to the sum of absolute values."""
    return operations * _UNIT_ROUNDOFF / (1 - operations * _UNIT_ROUNDOFF)


@lru_cache(maxsize=64)
def binomials(n: int) -> tuple[int, ...]:
    """C(n, 0), …, C(n, n)."""
    row = [1]
    for k in range(n):
        row.append(row[-1] * (n - k) // (k + 1))
    return tuple(row)


def _reduced(numerators: Array, denominator: int) -> Bernstein:
    shared = math.gcd(denominator, *numerators.tolist())
    return Bernstein(numerators // shared, denominator // shared)


def _split(polynomial: Bernstein, at: Fraction) -> tuple[Bernstein, Bernstein]:
    """The parts on [0, at] and on [at, 1], by de Casteljau's averages in integers."""
    up, down, base, n = at.numerator, at.denominator - at.numerator, at.denominator, polynomial.degree
    row, left, right = polynomial.numerators, [], []
    for step in range(n + 1):
        missing = base ** (n - step)
        left.append(row[0] * missing)
        right.append(row[-1] * missing)
        row = down * row[:-1] + up * row[1:]
    denominator = polynomial.denominator * base**n
    return _reduced(object_array(left), denominator), _reduced(object_array(reversed(right)), denominator)
