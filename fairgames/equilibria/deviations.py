"""What users lose by deviating from one profile, at any share: how strict an equilibrium is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.typing import Array, BoolArray, FloatArray, MixedProfile

_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Deviations:
    """Every move of one user from a level that is played to another of its levels, one entry each.

    Attributes
    ----------
    paid : what staying is paid more, at α = 1
    cost : what staying costs more
    stake : what the two levels cost together
    indifferent : whether both levels are played, so that moving loses nothing
    error : bound on the error of an entry of ``paid``; 0 where exact
    slack : a critical share α may be off by slack·α²; 0 where exact
    """

    paid: Array
    cost: Array
    stake: Array
    indifferent: BoolArray
    error: float
    slack: float

    @classmethod
    def of(cls, game: PaymentGame, strategies: MixedProfile, slack: float = 0) -> Deviations:
        """From a profile: one vector a user over the levels that it may choose.

        ``slack`` as in the game's :class:`~fairgames.equilibria.intervals.PureEquilibria`.
        """
        rows = [
            (paid[x] - paid[y], costs[x] - costs[y], costs[x] + costs[y], vector[y] > 0)
            for user, (vector, costs) in enumerate(zip(strategies, game.costs, strict=True))
            for paid in [_paid(game, strategies, user)]
            for x in np.flatnonzero(vector)
            for y in range(len(costs))
            if x != y
        ]
        exact = game.exact and all(isinstance(row[0], Fraction) for row in rows)
        table = object_array(value for row in rows for value in row).reshape(-1, 4).T
        paid, cost, stake = table[:3] if exact else table[:3].astype(float)
        error, slack = (0, 0) if exact else (2 * game.potential.error, slack)
        return cls(paid, cost, stake, table[3].astype(bool), error, slack)

    def losses(self, alpha: float | Fraction) -> Array:
        """What each deviation costs its user at one share; 0 where it is no more than rounding."""
        if self._exact(alpha):
            found = alpha * self.paid - self.cost
            return np.where(self.indifferent, 0 * found, found)
        found = float(alpha) * self.paid.astype(float) - self.cost.astype(float)
        return np.where(self.indifferent | (np.abs(found) <= self.bounds(alpha)), 0.0, found)

    def bounds(self, alpha: float | Fraction) -> FloatArray:
        """Bound on the rounding error of each loss of floats, that of the share included."""
        share, paid, cost = float(alpha), np.abs(self.paid.astype(float)), np.abs(self.cost.astype(float))
        return np.asarray(share * (self.error + (self.slack * share + 4 * _EPSILON) * paid) + 4 * _EPSILON * cost)

    def strictness(self, alpha: float | Fraction) -> float | Fraction:
        """The least that a deviation loses; infinite where nobody has a choice."""
        return min(map(_scalar, self.losses(alpha)), default=math.inf)

    def tolerance(self, alpha: float | Fraction) -> float | Fraction:
        """The largest s ≤ 1 such that no deviation gains if each cost is up to s·c higher or lower.

        Staying at x then costs at most (1 + s)·c(x), and moving to y at least (1 − s)·c(y): so
        the loss has to be at least s·(c(x) + c(y)).
        """
        one = Fraction(1) if self._exact(alpha) else 1.0
        found: list[float | Fraction] = [
            loss / stake for loss, stake in zip(self.losses(alpha), self.stake, strict=True) if stake > 0
        ]
        return min([one, *found])

    def _exact(self, alpha: float | Fraction) -> bool:
        return self.paid.dtype == object and not isinstance(alpha, float)


def _scalar(value: Any) -> float | Fraction:
    return value if isinstance(value, Fraction) else float(value)


def _paid(game: PaymentGame, strategies: MixedProfile, user: int) -> Array:
    """P, expected over the others' strategies, at each of the user's choices: payments but for a constant."""
    played = [np.flatnonzero(vector) for vector in strategies]
    axes = [np.arange(len(vector)) if own == user else played[own] for own, vector in enumerate(strategies)]
    expected = game.potential.numbers(np.ix_(*axes))
    for other in reversed(range(len(strategies))):
        if other != user:
            expected = np.moveaxis(expected, other, -1) @ strategies[other][played[other]]
    return np.asarray(expected)
