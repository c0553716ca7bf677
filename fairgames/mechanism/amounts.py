"""Amounts of money with their errors, and differences of them: exactly 0 where two are equal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.certain import Judge, Rational, Real
from fairgames.typing import Scalar

_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Amount:
    """An amount of money that may be rounded, with a bound on its error.

    Attributes
    ----------
    value : the number, rational where exact
    error : bound on its error; 0 where exact
    real : gives the number to compare for certain, None where floats are all that is known
    """

    value: Scalar
    error: float
    real: Callable[[], Real | None]

    def less(self, other: Amount, judge: Judge) -> Scalar:
        """This less another: 0 where they are equal, whatever rounding makes of it, and of the right sign."""
        if isinstance(self.value, Fraction) and isinstance(other.value, Fraction):
            return self.value - other.value
        if self is other:
            return 0.0
        one, two = float(self.value), float(other.value)
        if abs(one - two) > self.error + other.error + 4 * _EPSILON * (abs(one) + abs(two)):
            return one - two
        mine, theirs = self.real(), other.real()
        if mine is None or theirs is None:
            judge.leave_open("whether two amounts of money that are within their error of each other are the same")
            return 0.0
        if judge.compare(mine, theirs) == 0:
            return 0.0
        return (mine - theirs).floats()[0]


#: Nothing at all.
NOTHING = Amount(Fraction(0), 0.0, lambda: Rational(0))


@dataclass(frozen=True)
class Price:
    """A loss against the first best, in money and as a part of it.

    Attributes
    ----------
    difference : first best − what is had; 0 where they are equal
    ratio : first best / what is had; None unless that is positive
    relative : difference / first best; None unless that is positive
    """

    difference: Scalar
    ratio: Scalar | None
    relative: Scalar | None

    @classmethod
    def between(cls, best: Amount, had: Amount, judge: Judge) -> Price:
        """The loss of having one amount instead of another."""
        difference = best.less(had, judge)
        ratio = relative = None
        if had.less(NOTHING, judge) > 0:
            ratio = best.value / had.value if difference else type(difference)(1)
        if best.less(NOTHING, judge) > 0:
            relative = difference / best.value
        return cls(difference, ratio, relative)
