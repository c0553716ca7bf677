"""Losses of deviating from one profile, at any share: how strict an equilibrium is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.certain import Judge, Rational, Real
from fairgames.equilibria.pure.results import gains_error
from fairgames.equilibria.pure.shares import Share
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.typing import Array, BoolArray, FloatArray, IntArray, MixedProfile

_EPSILON = float(np.finfo(float).eps)
#: Roundings below the smallest normal float are no longer relative.
_UNDERFLOW = 16 * float(np.finfo(float).smallest_subnormal)


@dataclass(frozen=True, eq=False)
class Deviations:
    """Every move of one user from a level that is played to another of its levels, one entry each.

    Attributes
    ----------
    moves : the user, and the choice that it moves to
    paid : what staying is paid more, at α = 1
    cost : what staying costs more (``Fraction`` objects)
    stake : what the two levels cost together (``Fraction`` objects)
    indifferent : whether both levels are played, so that moving loses nothing
    error : bound on the error of an entry of ``paid``; 0 where exact
    exactly : an entry of ``paid`` to compare for certain, or None where floats are all that is known
    judge : decides what floats cannot, and says what stays open
    """

    moves: tuple[tuple[int, int], ...]
    paid: Array
    cost: Array
    stake: Array
    indifferent: BoolArray
    error: float
    exactly: Callable[[int], Real | None]
    judge: Judge

    @classmethod
    def of(cls, game: PaymentGame, strategies: MixedProfile, judge: Judge | None = None) -> Deviations:
        """From a profile: one vector a user over the levels that it may choose."""
        moves = [
            (user, int(x), y)
            for user, vector in enumerate(strategies)
            for x in np.flatnonzero(vector)
            for y in range(len(vector))
            if x != y
        ]
        paid = [_paid(game, strategies, user) for user in range(len(strategies))]
        gains = [paid[user][x] - paid[user][y] for user, x, y in moves]
        exact = game.exact and all(isinstance(gain, Fraction) for gain in gains)
        costs = [(game.costs[user][x], game.costs[user][y]) for user, x, y in moves]
        return cls(
            tuple((user, y) for user, _, y in moves),
            object_array(gains) if exact else np.array(gains, dtype=float),
            object_array(here - there for here, there in costs),
            object_array(here + there for here, there in costs),
            np.array([strategies[user][y] > 0 for user, _, y in moves], dtype=bool),
            0 if exact else gains_error(game),
            _exactly(game, strategies, moves),
            Judge() if judge is None else judge,
        )

    @property
    def exact(self) -> bool:
        """Whether payments are rationals."""
        return self.paid.dtype == object

    def losses(self, alpha: Share | float | Fraction, own_end: bool = False) -> Array:
        """The loss of each deviation at one share, below 0 where it gains; 0 where it changes nothing.

        Which of them is 0 is decided for certain; where that stays open, those within their error are 0.

        Parameters
        ----------
        own_end : whether the share is an end of this profile's own interval: inside (0, 1) some move
            loses nothing there
        """
        share = alpha if isinstance(alpha, Share) else Share.of(alpha)
        if self.exact and not isinstance(share.value, float):
            found = share.value * self.paid - self.cost
            return np.asarray(np.where(self.indifferent, 0 * found, found))
        found, near = self._roughly(share), self.near(share)
        found[self.indifferent] = 0.0
        if own_end and share.inside and len(near) == 1:
            found[near] = 0.0
            return found
        for k in near.tolist():
            found[k] = self._close_call(k, share)
        return found

    def near(self, share: Share) -> IntArray:
        """Which moves floats cannot tell to lose or gain anything."""
        return np.flatnonzero((np.abs(self._roughly(share)) <= self.bounds(share)) & ~self.indifferent)

    def gains(self, share: Share) -> bool:
        """Whether some move gains for certain, by floats."""
        return bool(((self._roughly(share) < -self.bounds(share)) & ~self.indifferent).any())

    def _roughly(self, share: Share) -> FloatArray:
        return np.asarray(float(share.value) * self.paid.astype(float) - self.cost.astype(float))

    def _close_call(self, k: int, share: Share) -> float:
        """A loss that floats cannot tell from 0."""
        gain, real = self.exactly(k), share.exactly()
        if gain is None or real is None:
            self.judge.leave_open("whether some users lose anything by deviating: what they lose is within its error")
            return 0.0
        if self._sign(gain, real, self.cost[k]) == 0:
            return 0.0
        return (real * gain - Rational(self.cost[k])).floats()[0]

    def _sign(self, gain: Real, share: Real, cost: Fraction) -> int:
        """Of α·D − κ. For the share κ/D itself that is 0 by its form, without a digit."""
        judge = self.judge
        upwards = judge.sign(gain)
        if not cost or not upwards:
            return judge.sign(share) * upwards or -((cost > 0) - (cost < 0))
        return upwards * judge.compare(share, Rational(cost) / gain)

    def bounds(self, alpha: Share | float | Fraction) -> FloatArray:
        """Bound on the error of each loss of floats, that of the share included."""
        share = alpha if isinstance(alpha, Share) else Share.of(alpha)
        paid, cost = np.abs(self.paid.astype(float)), np.abs(self.cost.astype(float))
        size = float(share.value)
        room = (size + share.error) * self.error + (share.error + 4 * _EPSILON * size) * paid
        return np.asarray(room + 4 * _EPSILON * cost + _UNDERFLOW)

    def strictness(self, alpha: Share | float | Fraction, own_end: bool = False) -> float | Fraction:
        """The least that a deviation loses; infinite where nobody has a choice."""
        return min(map(_scalar, self.losses(alpha, own_end)), default=math.inf)

    def tolerance(self, alpha: Share | float | Fraction, own_end: bool = False) -> float | Fraction:
        """The largest s ≤ 1 such that no deviation gains if each cost is up to s·c higher or lower.

        Staying at x then costs at most (1 + s)·c(x), and moving to y at least (1 − s)·c(y): so
        the loss has to be at least s·(c(x) + c(y)).
        """
        losses = self.losses(alpha, own_end)
        exact = losses.dtype == object
        # A loss that is more than is at stake does not bind, and might overflow.
        found: list[float | Fraction] = [
            loss / (stake if exact else float(stake))
            for loss, stake in zip(losses, self.stake, strict=True)
            if stake and loss < stake
        ]
        return min([Fraction(1) if exact else 1.0, *map(_scalar, found)])


def _exactly(
    game: PaymentGame, strategies: MixedProfile, moves: list[tuple[int, int, int]]
) -> Callable[[int], Real | None]:
    """Differences of P to compare for certain, where nobody mixes."""
    chosen = [int(np.flatnonzero(vector)[0]) for vector in strategies]
    if any(np.count_nonzero(vector) > 1 for vector in strategies):
        return lambda _: None
    values, profile = game.enclosed(), game.levels(chosen)

    def gain(k: int) -> Real | None:
        user, _, y = moves[k]
        return values.gain(profile, user, game.strategies[user][y])

    return gain


def _scalar(value: Any) -> float | Fraction:
    return value if isinstance(value, Fraction) else float(value)


def _paid(game: PaymentGame, strategies: MixedProfile, user: int) -> Array:
    """Payments at α = 1, expected over the others' strategies, at each of the user's choices; but for a constant."""
    played = [np.flatnonzero(vector) for vector in strategies]
    axes = [np.arange(len(vector)) if own == user else played[own] for own, vector in enumerate(strategies)]
    expected = game.paid(user).numbers(np.ix_(*axes))
    for other in reversed(range(len(strategies))):
        if other != user:
            expected = np.moveaxis(expected, other, -1) @ strategies[other][played[other]]
    return np.asarray(expected)
