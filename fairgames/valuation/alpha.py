"""The share α that the platform pays out: a number, or a function of U's value (axiom B.ii)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from fairgames.certain import Judge, Rational, Real
from fairgames.errors import InputError
from fairgames.exact import object_array, to_fraction
from fairgames.typing import Array, FloatArray, Number


@dataclass(frozen=True, init=False)
class AlphaOfUtility:
    """α as a function of U: piecewise linear through points, or a step function.

    Constant before the first point and after the last. As a step function, α holds from its
    point on, up to the next.

    Parameters
    ----------
    points : (U, α) pairs, U strictly ascending, 0 ≤ α ≤ 1
    step : whether α jumps at the points instead of running straight between them

    Raises
    ------
    InputError
        Naming every fault at once.

    >>> alpha = AlphaOfUtility([(0, 0.2), (5, 0.4)])
    >>> alpha(Fraction(5, 2)), alpha(100)
    (Fraction(3, 10), Fraction(2, 5))
    """

    points: tuple[tuple[Fraction, Fraction], ...]
    step: bool = False

    def __init__(self, points: Sequence[Sequence[Number]], step: bool = False) -> None:
        pairs = [_pair(point) for point in points]
        faults = [f"alpha_of_utility: expected 0 ≤ α ≤ 1, got {a} at U = {u}" for u, a in pairs if not 0 <= a <= 1]
        if not pairs:
            faults.append("alpha_of_utility: expected at least one pair (U, α), got none")
        if any(after[0] <= before[0] for before, after in pairwise(pairs)):
            faults.append(f"alpha_of_utility: expected U strictly ascending, got {[str(u) for u, _ in pairs]}")
        if faults:
            raise InputError(faults)
        object.__setattr__(self, "points", tuple(pairs))
        object.__setattr__(self, "step", step)

    def __call__(self, utility: Number | Fraction) -> Fraction:
        """α at one value of U, exactly."""
        value = to_fraction(utility, "utility")
        reached = [point for point in self.points if point[0] <= value]
        if not reached:
            return self.points[0][1]
        (u0, a0) = reached[-1]
        if self.step or len(reached) == len(self.points):
            return a0
        (u1, a1) = self.points[len(reached)]
        return a0 + (a1 - a0) * (value - u0) / (u1 - u0)

    def of_real(self, utility: Real, judge: Judge) -> Real:
        """α at one value of U, for certain."""
        reached = [point for point in self.points if judge.compare(Rational(point[0]), utility) <= 0]
        if not reached:
            return Rational(self.points[0][1])
        (u0, a0) = reached[-1]
        if self.step or len(reached) == len(self.points):
            return Rational(a0)
        (u1, a1) = self.points[len(reached)]
        slope = (a1 - a0) / (u1 - u0)
        return Rational(a0 - slope * u0) + Rational(slope) * utility

    def spread(self, utilities: FloatArray, error: float) -> float:
        """How far α may be off at any of ``utilities``, if those have an absolute error of at most ``error``.

        That is at most what α moves, up and down, from U − error to U + error.
        """
        moved = np.cumsum([0.0, *(abs(float(b[1] - a[1])) for a, b in pairwise(self.points))])
        return float(np.max(self._drawn(moved, utilities + error) - self._drawn(moved, utilities - error), initial=0.0))

    def of(self, utilities: Array) -> Array:
        """α at every entry: float64 for floats, ``Fraction`` objects for an object array."""
        if utilities.dtype == object:
            return object_array(self(value) for value in utilities.flat).reshape(utilities.shape)
        return self._drawn(np.array([float(alpha) for _, alpha in self.points]), utilities)

    def _drawn(self, heights: FloatArray, utilities: Array) -> FloatArray:
        """The function through the same U as this one, but with other heights there."""
        us = np.array([float(u) for u, _ in self.points])
        if self.step:
            return np.asarray(heights[np.maximum(np.searchsorted(us, utilities, side="right") - 1, 0)])
        return np.asarray(np.interp(utilities, us, heights))


def _pair(point: Sequence[Number]) -> tuple[Fraction, Fraction]:
    if not isinstance(point, Sequence) or isinstance(point, str) or len(point) != 2:
        raise InputError(f"alpha_of_utility: expected pairs (U, α), got {point!r}")
    return to_fraction(point[0], "alpha_of_utility"), to_fraction(point[1], "alpha_of_utility")


#: A constant share, or one that depends on U.
Alpha = Fraction | AlphaOfUtility


def to_alpha(alpha: Number | AlphaOfUtility) -> Alpha:
    """Read a share.

    Raises
    ------
    InputError
        If a number is not in [0, 1].
    """
    if isinstance(alpha, AlphaOfUtility):
        return alpha
    share = to_fraction(alpha, "alpha")
    if not 0 <= share <= 1:
        raise InputError(f"alpha: expected a share between 0 and 1, got {alpha}")
    return share
