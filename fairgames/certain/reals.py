"""Rows of numbers to compare: floats with bounds on their errors, and what they stand for where those do not tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cmp_to_key

import numpy as np

from fairgames.certain.judge import Judge
from fairgames.certain.real import Rational, Real, combination
from fairgames.typing import Array, BoolArray, FloatArray, IntArray

_EPSILON = float(np.finfo(float).eps)
_TINY = float(np.finfo(float).smallest_subnormal)


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
