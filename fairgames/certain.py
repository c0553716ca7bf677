"""The few comparisons that every answer rests on, decided for certain.

Which of two numbers is larger is decided by floats with a bound on the error of that very
comparison; where they cannot, by balls of 128, 256, … bits around both numbers (Arb, Johansson
2017); what 1,024 bits cannot separate is a tie. That is the filtered predicate of exact
computational geometry. Numbers that only floats are known of stay undecided, and the
:class:`Judge` says so.

The comparisons are: the sign of what a user gains; the order of two ends of intervals of α; the
order of two values to the platform; the order of a payout and a cap.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, cmp_to_key
from typing import Any, TypeAlias

import numpy as np

from fairgames.typing import Array, BoolArray, FloatArray, IntArray

#: Bits of the balls that are tried, one after another.
BITS = (128, 256, 512, 1024)

_EPSILON = float(np.finfo(float).eps)
_TINY = float(np.finfo(float).smallest_subnormal)


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

    def linear(self) -> Sequence[tuple[Fraction, Real]]:
        """It as Σ q·x over other numbers x, or as 1·itself."""
        return [(Fraction(1), self)]

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
    """Σ q·x."""

    def __init__(self, terms: Mapping[Hashable, tuple[Fraction, Real]]) -> None:
        self._terms = tuple(terms.values())
        self.key = frozenset((weight, key) for key, (weight, _) in terms.items())

    def linear(self) -> Sequence[tuple[Fraction, Real]]:
        return self._terms

    def _ball(self) -> Any:
        from flint import arb, ctx

        total = arb(0)
        for weight, real in self._terms:
            total += arb(_fmpq(weight)) * real.ball(ctx.prec)
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


def combination(terms: Iterable[tuple[Fraction, Real]]) -> Real:
    """Σ q·x, like terms joined: what cancels, cancels exactly.

    >>> half = Rational(Fraction(1, 2))
    >>> combination([(Fraction(3), half), (Fraction(-1), half)]).key
    Fraction(1, 1)
    """
    constant = Fraction(0)
    joined: dict[Hashable, tuple[Fraction, Real]] = {}
    for weight, real in terms:
        if isinstance(real, Rational):
            constant += weight * real.value
        elif isinstance(real, _Combination):
            for inner, part in real._terms:
                constant += _join(joined, weight * inner, part)
        else:
            constant += _join(joined, weight, real)
    kept = {key: term for key, term in joined.items() if term[0]}
    if not kept:
        return Rational(constant)
    if constant:
        kept[Fraction(1)] = (constant, Rational(1))
    if len(kept) == 1:
        ((weight, real),) = kept.values()
        if weight == 1:
            return real
    return _Combination(kept)


def _join(joined: dict[Hashable, tuple[Fraction, Real]], weight: Fraction, real: Real) -> Fraction:
    """Add a term to those that are there; a constant is handed back."""
    if isinstance(real, Rational):
        return weight * real.value
    known = joined.get(real.key)
    joined[real.key] = (weight if known is None else known[0] + weight, real)
    return Fraction(0)


def _fmpq(value: Fraction) -> Any:
    from flint import fmpq

    return fmpq(value.numerator, value.denominator)


def _cancels(number: Real) -> bool:
    """Whether a sum of logarithms is 0 term by term."""
    total: dict[Any, Any] = {}
    for weight, part in number.linear():
        if not isinstance(part, Logarithms):
            return False
        factor = _fmpq(weight)
        for ratio, inner in part.terms.items():
            total[ratio] = total.get(ratio, 0) + factor * inner
    return all(weight == 0 for weight in total.values())


@dataclass(eq=False)
class Judge:
    """Decides comparisons, and remembers those that it could not.

    Attributes
    ----------
    undecided : what floats alone are known of, and could not tell apart, in words
    near_ties : how many comparisons of different expressions 1,024 bits could not decide: ties
    """

    undecided: dict[str, None] = field(default_factory=dict)
    near_ties: int = 0

    @property
    def certain(self) -> bool:
        """Whether nothing is undecided."""
        return not self.undecided

    def leave_open(self, what: str) -> None:
        """State, once, a comparison that cannot be decided."""
        self.undecided.setdefault(what)

    def sign(self, number: Real) -> int:
        """−1, 0 or 1."""
        if isinstance(number, Rational):
            return (number.value > 0) - (number.value < 0)
        for bits in BITS:
            ball = number.ball(bits)
            if ball > 0:
                return 1
            if ball < 0:
                return -1
            if ball.is_zero() or (bits == BITS[0] and _cancels(number)):
                return 0
        self.near_ties += 1
        return 0

    def compare(self, one: Real, other: Real) -> int:
        """−1, 0 or 1: the sign of one − other."""
        return 0 if one.key == other.key else self.sign(one - other)

    def greatest(self, numbers: Iterable[Real]) -> Real:
        """The greatest of some numbers."""
        return max(numbers, key=cmp_to_key(self.compare))

    def least(self, numbers: Iterable[Real]) -> Real:
        """The least of some numbers."""
        return min(numbers, key=cmp_to_key(self.compare))


@dataclass(frozen=True, eq=False)
class Reals:
    """Numbers to compare: floats with bounds on their errors, or ``Fraction`` objects.

    Attributes
    ----------
    values : shape (M,)
    errors : bound on the error of each, shape (M,); 0 where exact
    exactly : the number at a position, or None where floats are all that is known
    what : what they are, in the plural, for what has to stay open
    """

    values: Array
    errors: FloatArray
    exactly: Callable[[int], Real | None]
    what: str

    @classmethod
    def rational(cls, values: Array, what: str) -> Reals:
        """Of ``Fraction`` objects."""
        return cls(values, np.zeros(len(values)), lambda k: Rational(values[k]), what)

    @property
    def exact(self) -> bool:
        """Whether the values are rationals."""
        return self.values.dtype == object

    def at(self, positions: IntArray) -> Reals:
        """Those at some positions."""
        exactly = self.exactly
        chosen = positions.tolist()
        return Reals(self.values[positions], self.errors[positions], lambda k: exactly(chosen[k]), self.what)

    def followed_by(self, other: Reals) -> Reals:
        """These, and then those."""
        mine, one, two = len(self.values), self.exactly, other.exactly
        return Reals(
            np.concatenate([self.values, other.values]),
            np.concatenate([self.errors, other.errors]),
            lambda k: one(k) if k < mine else two(k - mine),
            self.what,
        )

    def negative(self) -> Reals:
        """−x of each."""
        exactly = self.exactly

        def opposite(k: int) -> Real | None:
            real = exactly(k)
            return None if real is None else combination([(Fraction(-1), real)])

        return Reals(-self.values, self.errors, opposite, self.what)

    def minus(self, numbers: Array) -> Reals:
        """x less a rational number each (``Fraction`` objects)."""
        return self.minus_each(Reals.rational(numbers, self.what))

    def minus_each(self, other: Reals) -> Reals:
        """x − y of each."""
        one, two = self.exactly, other.exactly

        def difference(k: int) -> Real | None:
            mine, theirs = one(k), two(k)
            return None if mine is None or theirs is None else mine - theirs

        if self.exact and other.exact:
            return Reals(self.values - other.values, self.errors, difference, self.what)
        mine, theirs = np.asarray(self.values, dtype=float), np.asarray(other.values, dtype=float)
        errors = self.errors + other.errors + 2 * _EPSILON * (np.abs(mine) + np.abs(theirs)) + _TINY
        return Reals(mine - theirs, errors, difference, self.what)

    def ranks(self, judge: Judge) -> IntArray:
        """The place of each number in ascending order, from 0; the same for equal ones."""
        ranks = np.empty(len(self.values), dtype=np.int64)
        if self.exact:
            order = np.argsort(self.values, kind="stable")
            fresh = np.ones(len(order), dtype=bool)
            fresh[1:] = self.values[order[1:]] != self.values[order[:-1]]
            ranks[order] = np.cumsum(fresh) - 1
            return ranks
        # Enclosures that overlap, one after another, are put in order among themselves.
        low = self.values - self.errors
        order = np.argsort(low, kind="stable")
        high = np.maximum.accumulate((self.values + self.errors)[order])
        apart = np.ones(len(order), dtype=bool)
        apart[1:] = low[order[1:]] > high[:-1]
        steps = apart.astype(np.int64)
        starts = np.append(np.flatnonzero(apart), len(order))
        for k in np.flatnonzero(np.diff(starts) > 1).tolist():
            begin, end = int(starts[k]), int(starts[k + 1])
            places = self._sorted(order[begin:end].tolist(), judge)
            order[begin:end] = [position for position, _ in places]
            steps[begin + 1 : end] = np.diff([rank for _, rank in places])
        ranks[order] = np.cumsum(steps) - 1
        return ranks

    def _sorted(self, positions: list[int], judge: Judge) -> list[tuple[int, int]]:
        """Those positions in ascending order, each with its rank among them."""
        known = {position: self.exactly(position) for position in positions}
        numbers = {real.key: real for real in known.values() if real is not None}
        if None in known.values():
            judge.leave_open(f"the order of {self.what} that differ by less than their error")
            return [(position, 0) for position in positions]
        compare = judge.compare
        ordered = sorted(numbers.values(), key=cmp_to_key(compare))
        rank, places = 0, {}
        for before, real in zip([None, *ordered], ordered, strict=False):
            rank += before is not None and compare(before, real) != 0
            places[real.key] = rank
        ranked = [(position, places[real.key]) for position, real in known.items() if real is not None]
        return sorted(ranked, key=lambda pair: pair[1])

    def largest(self, judge: Judge, among: BoolArray | None = None) -> BoolArray:
        """Which of them (of those ``among`` them, at least one) equal the largest, or may where that stays open."""
        chosen = np.arange(len(self.values)) if among is None else np.flatnonzero(among)
        found = np.zeros(len(self.values), dtype=bool)
        values = self.values[chosen]
        if self.exact:
            found[chosen[np.asarray(values == values.max(), dtype=bool)]] = True
            return found
        errors = self.errors[chosen]
        near = chosen[values + errors >= (values - errors).max()]
        if len(near) == 1:
            found[near] = True
            return found
        known = {int(position): self.exactly(int(position)) for position in near}
        if None in known.values():
            judge.leave_open(f"which of {len(near)} {self.what} is the largest: they differ by less than their error")
            found[near] = True
            return found
        numbers = {real.key: real for real in known.values() if real is not None}
        top = judge.greatest(numbers.values())
        equal = {key for key, real in numbers.items() if judge.compare(real, top) == 0}
        found[[position for position, real in known.items() if real is not None and real.key in equal]] = True
        return found

    def at_most(self, limit: Fraction, judge: Judge) -> tuple[BoolArray, BoolArray]:
        """Which of them are below ``limit``, and which equal it (or may, where that stays open)."""
        if self.exact:
            return np.asarray(self.values < limit, dtype=bool), np.asarray(self.values == limit, dtype=bool)
        threshold = float(limit)
        room = self.errors + _EPSILON * abs(threshold) + _TINY
        below = np.asarray(self.values < threshold - room, dtype=bool)
        equal = np.zeros(len(below), dtype=bool)
        for position in np.flatnonzero(~below & (self.values <= threshold + room)).tolist():
            real = self.exactly(position)
            if real is None:
                judge.leave_open(f"whether some {self.what} within their error of {float(limit):.6g} exceed it")
                equal[position] = True
                continue
            order = judge.compare(real, Rational(limit))
            below[position], equal[position] = order < 0, order == 0
        return below, equal
