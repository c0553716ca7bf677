"""The share that a float stands for, to compare for certain.

An optimum sits where somebody is just indifferent: at an end of an interval of α, which no float
need equal. The float beside an answer stands for that end.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.certain import Judge, Rational, Real
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.exact import to_fraction
from fairgames.typing import BoolArray


@dataclass(frozen=True, eq=False)
class Share:
    """A share α.

    Attributes
    ----------
    value : the number to show, rational where exact
    exactly : gives the number that is meant; None where only floats are known of it
    error : bound on what lies between the two
    end_of : the equilibrium (by its position) and whether it is the upper end of its interval, where
        it is one
    """

    value: float | Fraction
    exactly: Callable[[], Real | None]
    error: float = 0.0
    end_of: tuple[int, bool] | None = None

    @classmethod
    def of(cls, alpha: float | Fraction | int) -> Share:
        """The share that is a given number."""
        value = alpha if isinstance(alpha, float) else Fraction(alpha)
        exact = Rational(to_fraction(value, "alpha"))
        return cls(value, lambda: exact)

    @property
    def inside(self) -> bool:
        """Whether it lies between 0 and 1 for certain: then at an end of an interval somebody is indifferent."""
        return float(self.value) - 2 * self.error > 0 and float(self.value) + 2 * self.error < 1

    def equals(self, number: int, judge: Judge) -> bool:
        """Whether it is 0, or 1."""
        if abs(float(self.value) - number) > 2 * self.error:
            return False
        real = self.exactly()
        return self.value == number if real is None else judge.compare(real, Rational(number)) == 0


def end_of(equilibria: PureEquilibria, position: int, upper: bool) -> Share:
    """An end of the interval of one equilibrium."""
    ends = equilibria.ends("upper" if upper else "lower")
    value = ends.values[position]
    if equilibria.exact:
        return Share.of(value)
    return Share(float(value), lambda: ends.exactly(position), float(ends.errors[position]), (position, upper))


def meant(equilibria: PureEquilibria, alpha: float | Fraction, position: int | None) -> Share:
    """The share that a float of an answer stands for, at the equilibrium at ``position``.

    A rational is itself. A float is the end of the equilibrium's own interval that it is a rounding
    of, the end where the platform keeps most if of both; else another end inside that interval (a
    selection may begin where another equilibrium ends); else itself.
    """
    if equilibria.exact or not isinstance(alpha, float):
        return Share.of(alpha)
    near = {upper: _near(equilibria, alpha, upper) for upper in (False, True)}
    if position is not None:
        negative = float(equilibria.utility[position]) < 0
        for upper in (negative, not negative):
            if near[upper][position]:
                return end_of(equilibria, position, upper)
    for upper, found in near.items():
        for k in np.flatnonzero(found).tolist():
            share = end_of(equilibria, k, upper)
            if position is None or _holds(equilibria, position, share):
                return share
    return Share.of(alpha)


def _near(equilibria: PureEquilibria, alpha: float, upper: bool) -> BoolArray:
    ends = equilibria.ends("upper" if upper else "lower")
    return np.asarray(np.abs(ends.values - alpha) <= 2 * ends.errors + 8 * math.ulp(alpha))


def _holds(equilibria: PureEquilibria, position: int, share: Share) -> bool:
    """Whether the interval of an equilibrium, of which neither end is near, holds a share."""
    return bool(equilibria.lower[position] < share.value < equilibria.upper[position])
