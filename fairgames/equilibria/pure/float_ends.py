"""The ends of profiles' intervals in floats, each with the bound of its own condition."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np

from fairgames.certain import Real
from fairgames.equilibria.pure.results import Costs, reciprocal
from fairgames.game import PaymentGame
from fairgames.typing import BoolArray, FloatArray, IntArray

_EPSILON = float(np.finfo(float).eps)
_LARGEST = float(np.finfo(float).max)
#: Half of a float's digits.
_HALF = 2.0**-26
#: Roundings below the smallest normal float are no longer relative.
_UNDERFLOW = 16 * float(np.finfo(float).smallest_subnormal)


@dataclass(frozen=True, eq=False)
class FloatEnds:
    """Both ends of every interval in floats, enclosed; ``sure`` where it has an inside and no deviation is a tie."""

    lower: FloatArray
    upper: FloatArray
    lower_error: FloatArray
    upper_error: FloatArray
    impossible: BoolArray
    sure: BoolArray

    @classmethod
    def of(cls, game: PaymentGame, staying: Costs, leaving: Costs, error: float, found: IntArray) -> FloatEnds:
        """Of the profiles at positions ``found``, gains being known to ``error``."""
        bounds = _Betas.none(len(found))
        place, stride = np.unravel_index(found, game.shape), game.size
        for user, (x, stay, leave) in enumerate(zip(place, staying, leaving, strict=True)):
            values = game.paid(user).values.reshape(-1)
            own = values[found]
            stride //= len(stay)
            # One row for each level to go to.
            there = found - x * stride + np.arange(len(leave))[:, None] * stride
            bounds.narrow(own - values[there], error, x, _steps(tuple(stay), tuple(leave)))
        if not game.rule.has_alpha:
            holds = ~bounds.tie & (bounds.least[2] < 1) & (bounds.most[0] > 1)
            fails = (bounds.least[0] > 1) | (bounds.most[2] < 1)
            return cls(own, own, 0 * own, 0 * own, fails, holds)
        (lower, lower_error), (upper, upper_error) = _shares(bounds.most), _shares(bounds.least)
        sure = ~bounds.tie & (np.maximum(bounds.least[2], 1.0) < bounds.most[0])
        impossible = (bounds.least[0] > bounds.most[2]) | (bounds.most[2] < 1)
        return cls(lower, upper, lower_error, upper_error, impossible, sure)

    @property
    def vague(self) -> BoolArray:
        """Where less than half of an end's digits are known: a gain is within its error, and κ is not far from that."""
        ends = ((self.lower, self.lower_error), (self.upper, self.upper_error))
        lower, upper = (error > _HALF * end + 2 * _UNDERFLOW for end, error in ends)
        return np.asarray(lower | upper)

    def put(self, k: int, lower: Real, upper: Real) -> None:
        """Replace the ends of one."""
        self.lower[k], self.lower_error[k] = lower.floats()
        self.upper[k], self.upper_error[k] = upper.floats()

    def select(self, chosen: BoolArray) -> FloatEnds:
        return FloatEnds(
            self.lower[chosen],
            self.upper[chosen],
            self.lower_error[chosen],
            self.upper_error[chosen],
            self.impossible[chosen],
            self.sure[chosen],
        )


@dataclass(frozen=True, eq=False)
class _Betas:
    """The least and the greatest β = 1/α of profiles, each from below, as it is, and from above, shape (3, M).

    ``tie``: whether some move may change nothing at any share, or only next to α = 0, where floats end.
    """

    least: FloatArray
    most: FloatArray
    tie: BoolArray

    @classmethod
    def none(cls, size: int) -> _Betas:
        return cls(np.full((3, size), -np.inf), np.full((3, size), np.inf), np.zeros(size, dtype=bool))

    def narrow(self, gain: FloatArray, error: float, x: IntArray, steps: _Steps) -> None:
        """Ask that each ``gain`` ± ``error``, shape (levels to go to, M), of who is on level ``x`` is at least κ·β."""
        if steps.level.any():
            level = steps.level.take(x, axis=1)
            self.least[:, (level & (gain < -error)).any(axis=0)] = np.inf
            self.tie[(level & (np.abs(gain) <= error)).any(axis=0)] = True
        bounds = np.empty((3, *gain.shape))
        with np.errstate(over="ignore", invalid="ignore"):
            beta = np.multiply(gain, steps.factors.take(x, axis=1), out=bounds[1])
            room = (error * np.abs(steps.factors)).take(x, axis=1) + 4 * _EPSILON * np.abs(beta)
            np.subtract(beta, room, out=bounds[0])
            np.add(beta, room, out=bounds[2])
        if not np.isfinite(steps.factors).all():
            for bound, unknown in zip(bounds, (-np.inf, 0.0, np.inf), strict=True):
                bound[np.isnan(bound)] = unknown  # 0·∞, or ∞ − ∞
            # Of a subnormal κ all that a float holds is that |1/κ| is beyond the largest.
            beyond = np.isinf(steps.factors.take(x, axis=1)) & (np.abs(gain) > error)
            # Not more than the largest float either way: what lies beyond it is still finite.
            nearest = np.copysign(np.minimum((np.abs(gain) - error) * (1 - 4 * _EPSILON), 1.0) * _LARGEST, beta)
            np.copyto(bounds[0], nearest, where=beyond & (beta > 0))
            np.copyto(bounds[2], nearest, where=beyond & (beta < 0))
            self.tie[beyond.any(axis=0)] = True
        np.minimum(self.most, np.where(steps.above.take(x, axis=1), bounds, np.inf).min(axis=1), out=self.most)
        np.maximum(self.least, np.where(steps.below.take(x, axis=1), bounds, -np.inf).max(axis=1), out=self.least)


@dataclass(frozen=True, eq=False)
class _Steps:
    """What κ is, one row a level to go to and one column a level to stay at.

    Attributes
    ----------
    above, level, below : whether it is above 0, is 0, or is below; nowhere where nobody moves
    factors : 1/κ; 0 where κ is
    """

    above: BoolArray
    level: BoolArray
    below: BoolArray
    factors: FloatArray


@lru_cache(maxsize=1024)
def _steps(stay: tuple[Fraction, ...], leave: tuple[Fraction, ...]) -> _Steps:
    """κ of every move of a user."""
    steps = [[cost - other for cost in stay] for other in leave]
    signs = np.array([[(step > 0) - (step < 0) for step in row] for row in steps])
    moves = ~np.eye(len(stay), dtype=bool)
    factors = np.array([[reciprocal(step) if step else 0.0 for step in row] for row in steps])
    return _Steps(moves & (signs > 0), moves & (signs == 0), moves & (signs < 0), factors)


def _shares(betas: FloatArray) -> tuple[FloatArray, FloatArray]:
    """α = 1/β, at most 1, and bounds on their errors."""
    low, middle, high = (1 / np.maximum(beta, 1.0) for beta in betas)
    return middle, np.maximum(low - middle, middle - high) + 2 * _EPSILON * middle + _UNDERFLOW
