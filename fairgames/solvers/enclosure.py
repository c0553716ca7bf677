"""Numbers enclosed as narrowly as could be: sums of rationals, balls, and symbols in which what cancels cancels."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from fairgames.certain import BITS, Rational, Real

#: A sum of weighted values of U, by what the values are.
Sum: TypeAlias = dict[Hashable, tuple[Fraction, Any]]


@dataclass(frozen=True, eq=False)
class Enclosure:
    """A number, or as narrow an interval around it as could be had."""

    low: Fraction
    high: Fraction

    @property
    def middle(self) -> Fraction:
        return (self.low + self.high) / 2

    def apart(self, number: Fraction) -> Fraction:
        """How far a number lies from it at least."""
        return max(self.low - number, number - self.high, Fraction(0))


def expected(parts: Iterable[tuple[Fraction, Enclosure]]) -> Enclosure:
    """The sum of numbers, each times how likely it is."""
    low = high = Fraction(0)
    for weight, one in parts:
        low, high = low + weight * one.low, high + weight * one.high
    return Enclosure(low, high)


def precisely() -> Any:
    """The working precision of the first sums."""
    from flint import ctx

    return ctx.workprec(BITS[0])


def to_ball(value: Fraction) -> Any:
    from flint import fmpq

    return fmpq(value.numerator, value.denominator)


def around(middle: float, radius: float) -> Any:
    from flint import arb

    return arb(middle, radius)


def enclosure(number: Any) -> Enclosure:
    from flint import arb

    if not isinstance(number, arb):
        exact = Fraction(int(number.p), int(number.q))
        return Enclosure(exact, exact)
    middle, off = _fraction(number.mid()), _fraction(number.rad())
    return Enclosure(middle - off, middle + off)


def scaled(terms: Sum, factor: Fraction) -> Sum:
    return {key: (factor * weight, value) for key, (weight, value) in terms.items()}


def plus(one: Mapping[Hashable, tuple[Fraction, Any]], other: Sum, factor: Fraction) -> Sum:
    total = dict(one)
    for key, (weight, value) in other.items():
        total[key] = (total.get(key, (Fraction(0), value))[0] + factor * weight, value)
    return total


def enclosed(terms: Sum, constant: Fraction) -> Enclosure:
    """The sum of ``terms`` and ``constant``, narrower and narrower until its sign is known."""
    kept, radius = [], Fraction(0)
    for weight, value in terms.values():
        if isinstance(value, Rational):
            constant += weight * value.value
        elif isinstance(value, Real):
            kept.append((weight, value))
        else:
            constant += weight * Fraction(value[0])
            radius += abs(weight) * Fraction(value[1])
    kept = [(weight, value) for weight, value in kept if weight]
    if not kept:
        return Enclosure(constant - radius, constant + radius)
    return _with_balls(kept, constant, radius)


def _with_balls(kept: list[tuple[Fraction, Real]], constant: Fraction, radius: Fraction) -> Enclosure:
    from flint import arb, ctx, fmpq

    found = Enclosure(constant, constant)
    for bits in BITS:
        with ctx.workprec(bits):
            total = arb(fmpq(constant.numerator, constant.denominator))
            for weight, value in kept:
                total += arb(fmpq(weight.numerator, weight.denominator)) * value.ball(bits)
            middle, off = _fraction(total.mid()), _fraction(total.rad()) + radius
        found = Enclosure(middle - off, middle + off)
        if abs(middle) > off or radius:
            break
    return found


def _fraction(ball: Any) -> Fraction:
    number = ball.fmpq()
    return Fraction(int(number.p), int(number.q))
