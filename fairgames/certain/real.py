"""Real numbers that can be enclosed as narrowly as asked: rationals, sums of logarithms, and what is made of them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

#: Bits of the balls that are tried, one after another.
BITS = (128, 256, 512, 1024)

_EPSILON = float(np.finfo(float).eps)

#: (r, q) of Σ q·log r.
Pairs: TypeAlias = Sequence[tuple[Any, Any]]


class Real(ABC):
    """A real number that can be enclosed as narrowly as asked.

    Attributes
    ----------
    key : two numbers with equal keys are equal
    """

    key: Hashable

    @abstractmethod
    def _ball(self) -> Any:
        """A ball (``flint.arb``) around it, at the working precision."""

    def ball(self, bits: int) -> Any:
        """A ball around it, computed with so many bits; kept until others are asked for."""
        known: tuple[int, Any] | None = self.__dict__.get("_known")
        if known is None or known[0] != bits:
            known = (bits, self._ball_at(bits))
            self.__dict__["_known"] = known
        return known[1]

    def _ball_at(self, bits: int) -> Any:
        from flint import ctx

        with ctx.workprec(bits):
            return self._ball()

    def __add__(self, other: Real | Fraction | int) -> Real:
        if isinstance(other, np.ndarray):  # each of its entries
            return NotImplemented
        return combination([(Fraction(1), self), (Fraction(1), _real(other))])

    def __radd__(self, other: Fraction | int) -> Real:
        return self + other

    def __sub__(self, other: Real | Fraction | int) -> Real:
        if isinstance(other, np.ndarray):  # each of its entries
            return NotImplemented
        return combination([(Fraction(1), self), (Fraction(-1), _real(other))])

    def __rsub__(self, other: Fraction | int) -> Real:
        return _real(other) - self

    def __neg__(self) -> Real:
        return combination([(Fraction(-1), self)])

    def __rmul__(self, other: Fraction | int) -> Real:
        return self * other

    def __mul__(self, other: Real | Fraction | int) -> Real:
        if isinstance(other, np.ndarray):  # each of its entries
            return NotImplemented
        other = _real(other)
        if isinstance(self, Rational):
            return combination([(self.value, other)])
        return combination([(other.value, self)]) if isinstance(other, Rational) else _Product(self, other)

    def __truediv__(self, other: Real | Fraction | int) -> Real:
        if isinstance(other, np.ndarray):  # each of its entries
            return NotImplemented
        other = _real(other)
        if isinstance(other, Rational):
            return combination([(1 / other.value, self)])
        if not isinstance(self, Rational):
            return _Quotient(self, other)
        # q/x is 1/(x/q): one form for one number, whatever both are multiplied by.
        return _Quotient(Rational(1), other / self) if self.value else Rational(0)

    def linear(self) -> Sequence[tuple[Any, Real]]:
        """It as Σ q·x over other numbers x, or as 1·itself; q are integers or ``fmpq``."""
        return [(1, self)]

    def floats(self) -> tuple[float, float]:
        """The nearest float, or its neighbour, and a bound on how far it is from the number."""
        ball = self.ball(BITS[0])
        if not ball.is_finite() or float(ball.rad()) > _EPSILON * abs(float(ball.mid())):
            ball = self.ball(BITS[-1])
        value = float(ball.mid())
        return value, float(ball.rad()) + math.ulp(value)


class Rational(Real):
    """A rational number."""

    def __init__(self, value: Fraction | int) -> None:
        self.value = Fraction(value)
        self.key = self.value

    def _ball(self) -> Any:
        from flint import arb

        return arb(_fmpq(self.value))


def _real(number: Real | Fraction | int) -> Real:
    return number if isinstance(number, Real) else Rational(number)


class Around(Real):
    """A number of which a rational and a bound on its distance is all that is known."""

    def __init__(self, value: Fraction, error: Fraction) -> None:
        self._value, self._error = value, error
        self.key = ("around", value, error)

    def _ball(self) -> Any:
        from flint import arb

        return arb(_fmpq(self._value)) + arb(0, 1) * arb(_fmpq(self._error))


class Logarithms(Real):
    """Σ q·log r over rationals r > 0 with rational coefficients q.

    Sums that are equal by a relation between logarithms, such as log 6 = log 2 + log 3, are told
    apart by no precision and count as a tie.

    Parameters
    ----------
    pairs : (r, q), both ``fmpq``; or what makes them, when they are first asked for
    key : of sums that are known to be equal without their pairs; default the terms themselves
    """

    def __init__(self, pairs: Pairs | Callable[[], Pairs], key: Hashable | None = None) -> None:
        self._make: Callable[[], Pairs] = pairs if callable(pairs) else lambda: pairs
        self.key = (frozenset(self.terms.items()) or Fraction(0)) if key is None else key

    @cached_property
    def pairs(self) -> Pairs:
        return self._make()

    @cached_property
    def terms(self) -> Mapping[Any, Any]:
        """The coefficient of the logarithm of each r, like terms joined."""
        joined: dict[Any, Any] = {}
        for ratio, weight in self.pairs:
            joined[ratio] = joined.get(ratio, 0) + weight
        return {ratio: weight for ratio, weight in joined.items() if weight != 0 and ratio != 1}

    def _ball(self) -> Any:
        from flint import arb

        return sum((arb(weight) * arb(ratio).log() for ratio, weight in self.pairs), start=arb(0))


class _Combination(Real):
    """constant + Σ q·x, each x by its key; the rationals are as :func:`_number` makes them."""

    def __init__(self, constant: Any, terms: Mapping[Hashable, tuple[Any, Real]]) -> None:
        self.constant, self.terms = constant, terms

    @cached_property
    def key(self) -> Hashable:  # type: ignore[override]  # asked of few: most are parts of others
        # A pair of integers has a hash at once, a fraction after a division modulo a prime.
        weights = [(1, self.constant), *((key, weight) for key, (weight, _) in self.terms.items())]
        return frozenset((key, int(weight.numerator), int(weight.denominator)) for key, weight in weights)

    def linear(self) -> Sequence[tuple[Any, Real]]:
        return [*self.terms.values(), *([(self.constant, Rational(1))] if self.constant else [])]

    def _ball(self) -> Any:
        from flint import arb, ctx

        total = arb(self.constant)
        for weight, real in self.terms.values():
            total += arb(weight) * real.ball(ctx.prec)
        return total


class _Product(Real):
    def __init__(self, one: Real, other: Real) -> None:
        self._factors = (one, other)
        self.key = ("*", one.key, other.key)

    def _ball(self) -> Any:
        from flint import ctx

        one, other = self._factors
        return one.ball(ctx.prec) * other.ball(ctx.prec)


class _Quotient(Real):
    def __init__(self, top: Real, bottom: Real) -> None:
        self._parts = (top, bottom)
        self.key = ("/", top.key, bottom.key)

    def _ball(self) -> Any:
        from flint import ctx

        top, bottom = self._parts
        return top.ball(ctx.prec) / bottom.ball(ctx.prec)


def combination(terms: Iterable[tuple[Any, Real]]) -> Real:
    """Σ q·x, like terms joined: what cancels, cancels exactly. Each q is a ``Fraction`` or an ``fmpq``.

    >>> half = Rational(Fraction(1, 2))
    >>> combination([(Fraction(3), half), (Fraction(-1), half)]).key
    Fraction(1, 1)
    """
    constant: Any = 0
    joined: dict[Hashable, tuple[Any, Real]] = {}
    for factor, real in terms:
        weight = _number(factor)
        if isinstance(real, Rational):
            constant += weight * _number(real.value)
            continue
        if isinstance(real, _Combination):
            constant += weight * real.constant
            parts = real.terms
        else:
            parts = {real.key: (1, real)}
        for key, (inner, part) in parts.items():
            known = joined.get(key)
            joined[key] = (weight * inner if known is None else known[0] + weight * inner, part)
    kept = {key: term for key, term in joined.items() if term[0]}
    if not kept:
        return Rational(Fraction(int(constant.numerator), int(constant.denominator)))
    if len(kept) == 1 and not constant:
        ((weight, real),) = kept.values()
        if weight == 1:
            return real
    return _Combination(constant, kept)


def _number(value: Any) -> Any:
    """An integer where it is one, else ``fmpq``, which is some ten times faster than ``Fraction``."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else _fmpq(value)
    return value


def _fmpq(value: Fraction) -> Any:
    from flint import fmpq

    return fmpq(value.numerator, value.denominator)


def cancels(number: Real) -> bool:
    """Whether a sum of logarithms is 0 term by term."""
    total: dict[Any, Any] = {}
    for weight, part in number.linear():
        if not isinstance(part, Logarithms):
            return False
        for ratio, inner in part.terms.items():
            total[ratio] = total.get(ratio, 0) + weight * inner
    return all(weight == 0 for weight in total.values())
