"""The share that a float stands for, and which equilibria hold there, for certain.

An optimum sits where somebody is just indifferent: at an end of an interval of α, which no float
need equal. The float beside an answer stands for that end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.certain import Judge, Rational, Real
from fairgames.equilibria.intervals import PureEquilibria
from fairgames.exact import to_fraction
from fairgames.typing import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Share:
    """A share α.

    Attributes
    ----------
    value : the number to show, rational where exact
    real : the number that is meant, to compare for certain; None where only floats are known of it
    error : bound on what lies between the two
    """

    value: float | Fraction
    real: Real | None
    error: float = 0.0

    @classmethod
    def of(cls, alpha: float | Fraction | int) -> Share:
        """A number as it is."""
        value = alpha if isinstance(alpha, float) else Fraction(alpha)
        return cls(value, Rational(to_fraction(value, "alpha")))

    def equals(self, number: int, judge: Judge) -> bool:
        """Whether it is 0, or 1."""
        if self.real is None:
            return self.value == number
        return judge.compare(self.real, Rational(number)) == 0


def end_of(equilibria: PureEquilibria, position: int, upper: bool) -> Share:
    """An end of the interval of one equilibrium."""
    ends = equilibria.ends("upper" if upper else "lower")
    value = ends.values[position]
    if equilibria.exact:
        return Share.of(value)
    return Share(float(value), ends.exactly(position), float(ends.errors[position]))


def meant(equilibria: PureEquilibria, alpha: float | Fraction, position: int | None) -> Share:
    """What a share of an answer at the equilibrium at ``position`` stands for.

    A rational is itself. A float is the end of the equilibrium's own interval that it is a rounding
    of, the end where the platform keeps most if of both; else another end inside that interval (a
    selection may begin where another equilibrium ends); else itself.
    """
    if equilibria.exact or not isinstance(alpha, float):
        return Share.of(alpha)
    for own in _ends_near(equilibria, alpha, position):
        return own
    here = None if position is None else (end_of(equilibria, position, False), end_of(equilibria, position, True))
    for upper in (False, True):
        for k in np.flatnonzero(_near(equilibria, alpha, upper)).tolist():
            share = end_of(equilibria, k, upper)
            if here is None or _between(share, *here, equilibria.judge):
                return share
    return Share.of(alpha)


def _ends_near(equilibria: PureEquilibria, alpha: float, position: int | None) -> list[Share]:
    """The ends of one equilibrium's interval that a float may stand for."""
    if position is None:
        return []
    negative = float(equilibria.utility[position]) < 0
    near = {upper: bool(_near(equilibria, alpha, upper)[position]) for upper in (False, True)}
    return [end_of(equilibria, position, upper) for upper in (negative, not negative) if near[upper]]


def _near(equilibria: PureEquilibria, alpha: float, upper: bool) -> BoolArray:
    ends = equilibria.ends("upper" if upper else "lower")
    return np.asarray(np.abs(ends.values - alpha) <= ends.errors + 2 * math.ulp(alpha))


def _between(share: Share, low: Share, high: Share, judge: Judge) -> bool:
    if share.real is None or low.real is None or high.real is None:
        return float(low.value) <= float(share.value) <= float(high.value)
    return judge.compare(low.real, share.real) <= 0 <= judge.compare(high.real, share.real)


def equilibria_at_share(equilibria: PureEquilibria, share: Share) -> IntArray:
    """Positions of the equilibria whose interval holds a share; of those that stay open all that may."""
    if equilibria.exact or isinstance(share.real, Rational):
        return equilibria.at(share.real.value if isinstance(share.real, Rational) else share.value)
    value = float(share.value)
    room = share.error + 2 * math.ulp(value)
    above, below = (_order(equilibria, value, room, upper) for upper in (False, True))
    found = (above <= 0) & (below >= 0)
    for k in np.flatnonzero(found & ((above == 0) | (below == 0))).tolist():
        found[k] = all(
            outside <= 0
            for upper, near in ((False, above[k] == 0), (True, below[k] == 0))
            if near
            for outside in [_outside(equilibria, k, upper, share)]
        )
    return np.flatnonzero(found)


def _order(equilibria: PureEquilibria, value: float, room: float, upper: bool) -> FloatArray:
    """Of each end whether it is below (−1) or above (1) a share, 0 where floats cannot tell."""
    ends = equilibria.ends("upper" if upper else "lower")
    apart = ends.values - value
    return np.where(np.abs(apart) <= ends.errors + room, 0.0, np.sign(apart))


def _outside(equilibria: PureEquilibria, k: int, upper: bool, share: Share) -> int:
    """1 where a share is beyond an end, for certain."""
    end = end_of(equilibria, k, upper)
    if end.real is None or share.real is None:
        equilibria.judge.leave_open(
            "which equilibria there are at this share: ends of their intervals are known as floats only, "
            "and are within their error of it"
        )
        return 0
    order = equilibria.judge.compare(end.real, share.real)
    return -order if upper else order
