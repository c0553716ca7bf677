"""A utility of real numbers by rationals so close to them that exact algorithms decide what is true of it.

Values such as Σ q·log r over rationals r are written in logarithms that are linearly independent
over the rationals (:mod:`fairgames.coprime`), each of which is replaced by one rational within
2^−340 of the values. Then

- whatever is linear in the values and holds, such as U(1, 0) = U(0, 1) or a gain of exactly 0, holds
  for the snapshot exactly, and so does every identity of rational functions of them that follows;
- whatever is strict, holds too, unless the difference is below some 2^−300 of its terms; two numbers
  that close are a near tie, which :class:`fairgames.certain.Judge` counts as a tie
  (:func:`near`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, ClassVar

import numpy as np

from fairgames.certain import Logarithms, Rational, Real
from fairgames.coprime import coprime_base, exponents
from fairgames.exact import Rationals, object_array
from fairgames.typing import Axes, FloatArray, Profile
from fairgames.utilities.base import Utility
from fairgames.utilities.counts import CountAxes

#: Bits of the values that are right, relative to their size.
BITS = 340
#: Numbers of a snapshot that are closer than this, relative to their size, are a near tie.
NEAR = 2.0**-300
#: By how many bits the terms of a value may cancel, and by how many when more are taken.
_LOST = (60, 1100)


class Snapshot(Utility):
    """U on some profiles, in rationals that stand for its true values.

    Parameters
    ----------
    utility : what the values are of
    values : the rational of each profile, by how many users of each type are on each level
    """

    kind: ClassVar[str] = "snapshot"
    _vouched = True  # what it is of is looked at instead: only some profiles are here

    def __init__(self, utility: Utility, values: Mapping[Hashable, Fraction]) -> None:
        super().__init__(utility.n_users, utility.levels)
        self._level_names = utility._level_names
        self._types = utility.types
        self._values = values

    @classmethod
    def of(cls, utility: Utility, profiles: Iterable[Profile]) -> Snapshot | None:
        """The snapshot on some profiles of level indices; None where floats are all that is known of U."""
        utility.at((0,) * utility.n_users)  # refuses a class of one's own that is not what it says
        types, known = utility.types, {}
        for profile in profiles:
            key = _key(types, profile)
            if key not in known:
                real = utility.exactly(profile)
                if real is None:
                    return None
                known[key] = real
        return cls(utility, dict(zip(known, rationals(list(known.values())), strict=True)))

    @property
    def rational(self) -> bool:
        return True

    @property
    def rounding(self) -> float:
        return float(np.finfo(float).eps) * max(abs(float(value)) for value in self._values.values())

    @property
    def types(self) -> tuple[int, ...]:
        return self._types

    def _block(self, axes: Axes) -> FloatArray:
        return self._exact_block(axes).floats()

    def _exact_block(self, axes: Axes) -> Rationals:
        found = [self._values[_key(self._types, profile)] for profile in product(*axes)]
        return Rationals.of(object_array(found).reshape([len(axis) for axis in axes if len(axis) > 1]))

    def _exact_count_block(self, axes: CountAxes) -> Rationals:
        found = [self._values[_key_of_counts(rows)] for rows in product(*(axis.tolist() for axis in axes))]
        return Rationals.of(object_array(found).reshape([len(axis) for axis in axes]))


def _key(types: Sequence[int], profile: Sequence[int]) -> Hashable:
    """How many users of each type are on each level, up to a one-to-one map."""
    return tuple(sorted(zip(types, profile, strict=True)))


def _key_of_counts(rows: Sequence[Sequence[int]]) -> Hashable:
    """The same, of one row of counts a type."""
    places = ((number, level, count) for number, row in enumerate(rows) for level, count in enumerate(row))
    return tuple((number, level) for number, level, count in places for _ in range(count))


def rationals(reals: Sequence[Real]) -> list[Fraction]:
    """One rational for each number, such that all their linear relations hold.

    >>> from flint import fmpq
    >>> six, two, three = rationals([Logarithms([(fmpq(k), fmpq(1))]) for k in (6, 2, 3)])
    >>> six == two + three
    True
    """
    sums = _over_one_base(reals)
    parts = {part for one in sums for part in one.weights}
    for lost in _LOST:
        close = {part: part.ball(BITS + lost).mid().fmpq() for part in parts}
        found = [one.at(close) for one in sums]
        if all(abs(value) * (1 << lost) >= size or value == 0 for value, size in found):
            break
    return [Fraction(int(value.p), int(value.q)) for value, _ in found]


@dataclass(frozen=True, eq=False)
class _Sum:
    """constant + Σ q·x over numbers that no linear relation is known of; all rationals are ``fmpq``."""

    constant: Any
    weights: Mapping[Real, Any]

    def at(self, values: Mapping[Real, Any]) -> tuple[Any, Any]:
        """Its value for rationals that stand for the numbers, and the sum of the sizes of its terms."""
        terms = [self.constant, *(weight * values[part] for part, weight in self.weights.items())]
        return sum(terms), sum(map(abs, terms))


def _over_one_base(reals: Sequence[Real]) -> list[_Sum]:
    """The numbers, all their logarithms written in those of pairwise coprime integers."""
    ratios = {r for real in reals for _, part in real.linear() if isinstance(part, Logarithms) for r in part.terms}
    base = coprime_base(int(side) for ratio in ratios for side in (ratio.p, ratio.q))
    logarithms = {prime: Logarithms([(_fmpq(Fraction(prime)), _fmpq(Fraction(1)))]) for prime in base}
    powers = {ratio: [exponents(int(side), base) for side in (ratio.p, ratio.q)] for ratio in ratios}
    others: dict[Hashable, Real] = {}

    def split(real: Real) -> _Sum:
        constant, weights = _fmpq(Fraction(0)), dict[Real, Any]()
        for outer, part in real.linear():
            weight = _fmpq(outer)
            if isinstance(part, Rational):
                constant += weight * _fmpq(part.value)
            elif not isinstance(part, Logarithms):
                one = others.setdefault(part.key, part)
                weights[one] = weights.get(one, 0) + weight
            else:
                for ratio, inner in part.terms.items():
                    for sign, side in zip((1, -1), powers[ratio], strict=True):
                        for prime, power in side.items():
                            one = logarithms[prime]
                            weights[one] = weights.get(one, 0) + sign * power * weight * inner
        return _Sum(constant, {part: weight for part, weight in weights.items() if weight != 0})

    return [split(real) for real in reals]


def _fmpq(value: Fraction) -> Any:
    from flint import fmpq

    return fmpq(value.numerator, value.denominator)


class _Near(Real):
    """A number of a snapshot, with room for what it stands for."""

    def __init__(self, real: Real) -> None:
        self._real = real
        self.key = ("near", real.key)

    def _ball(self) -> Any:
        from flint import arb, ctx

        return self._real.ball(ctx.prec) * arb(1, NEAR)


def near(real: Real) -> Real:
    """The number that one of a snapshot stands for: within :data:`NEAR` of its size; 0 is 0."""
    return real if isinstance(real, Rational) and not real.value else _Near(real)
