"""The programs over correlated equilibria of all shares: conditions and aim are linear in α at each profile.

At α they are (α·G − C)·x ≥ 0, with G the differences of values φ and C those of costs. For all shares of [a, b] at once
the larger of both ends of each entry is a relaxation, as x ≥ 0: of α·G − C, or of G − C/α, which says the same and is
tighter where a > 0. So a program bounds what any share between them can be worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairgames.equilibria.correlated.incentives import incentives
from fairgames.game import PaymentGame
from fairgames.typing import Array, BoolArray, FloatArray

_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Family:
    """What the programs of a payment game are made of; rationals, or floats.

    Attributes
    ----------
    values, costs : φ and c of each user at every profile, shape (m_1, …, m_N, N)
    keeps, total : what the platform keeps at α = 0, and Σφ, of which α is paid; shape (m_1, …, m_N)
    value_error, aim_error : bounds on the errors of φ, and of what the platform keeps at any α
    coarse : whether the conditions are those of coarse correlated equilibria
    """

    values: Array
    costs: Array
    keeps: Array
    total: Array
    value_error: float
    aim_error: float
    coarse: bool

    @classmethod
    def of(cls, game: PaymentGame, coarse: bool) -> Family:
        kind = object if game.exact else float
        values = np.stack(list(game.values()), axis=-1)
        costs = np.empty(values.shape, dtype=kind)
        for user, row in enumerate(game.costs):
            costs[..., user] = np.array(row, dtype=kind).reshape((-1,) + (1,) * (len(game.users) - 1 - user))
        keeps, total = game.keeps.numbers(), game.total_paid.numbers()
        error = 0.0 if game.exact else game.keeps.error + game.total_paid.error
        return cls(values, costs, keeps, total, game.value_error, error, coarse)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.keeps.shape

    @cached_property
    def rows(self) -> tuple[Array, Array]:
        """G and C, shape (rows, profiles)."""
        return incentives(self.values, self.coarse), incentives(self.costs, self.coarse)

    @cached_property
    def in_floats(self) -> Family:
        """The same in floats."""
        if self.values.dtype != object:
            return self
        values, costs = np.asarray(self.values, dtype=float), np.asarray(self.costs, dtype=float)
        keeps, total = np.asarray(self.keeps, dtype=float), np.asarray(self.total, dtype=float)
        size = float(max(np.abs(one).max() for one in (values, costs, keeps, total)))
        return Family(values, costs, keeps, total, _EPSILON * size, 2 * _EPSILON * size, self.coarse)

    def row_error(self) -> float:
        """Bound on the error of an entry of the conditions at a share up to 1, and of those relaxed for α ≥ 1/2."""
        size = float(np.abs(self.values).max() + np.abs(self.costs).max())
        return 2 * self.value_error + 16 * _EPSILON * size

    def kept(self, low: float, high: float) -> tuple[tuple[int, ...], ...]:
        """For each user the choices that no other strictly dominates at every share of [low, high], iteratively."""
        left = [list(range(size)) for size in self.shape]
        while not self.coarse:
            falls = [
                (user, own)
                for user, mine in enumerate(left)
                for own in mine
                if any(self._dominates(left, user, by, own, low, high) for by in mine if by != own)
            ]
            if not falls:
                break
            for user, own in falls:
                left[user].remove(own)
        return tuple(map(tuple, left))

    def _dominates(self, left: list[list[int]], user: int, by: int, own: int, low: float, high: float) -> bool:
        def taken(table: Array, choice: int) -> Array:
            axes = [[choice] if other == user else mine for other, mine in enumerate(left)]
            return np.asarray(table[..., user][np.ix_(*axes)])

        gain = taken(self.values, by) - taken(self.values, own)
        dearer = taken(self.costs, by) - taken(self.costs, own)
        return bool((np.minimum(low * gain, high * gain) - dearer > self.row_error()).all())

    def within(self, kept: tuple[tuple[int, ...], ...]) -> Family:
        """The family of the game of some choices."""
        place = np.ix_(*kept)
        return Family(
            self.values[place], self.costs[place], self.keeps[place], self.total[place], self.value_error,
            self.aim_error, self.coarse,
        )  # fmt: skip

    def at_profiles(self, alpha: object) -> Array:
        """What the platform keeps at each profile, shape (profiles,)."""
        return np.asarray(self.keeps - alpha * self.total).reshape(-1)

    def at(self, alpha: object) -> tuple[Array, Array]:
        """The aim and the conditions of one share."""
        paid, cost = self.rows
        return self.at_profiles(alpha), alpha * paid - cost

    def over(self, low: float, high: float) -> tuple[FloatArray, FloatArray, float]:
        """An aim and conditions that relax those of every share of [low, high], and the error of the latter."""
        paid, cost = self.rows
        aim = np.maximum(self.at_profiles(low), self.at_profiles(high))
        if low <= 0:
            return aim, np.maximum(low * paid, high * paid) - cost, self.row_error()
        conditions = paid + np.maximum(cost / -low, cost / -high)
        return aim, conditions, self.row_error() / low

    def feasible(self, distribution: FloatArray) -> tuple[float, float] | None:
        """The shares at which a distribution is an equilibrium up to rounding; None if there is none."""
        paid, cost = (rows @ distribution for rows in self.rows)
        room = 1e-11 * float(np.abs(self.values).max() + np.abs(self.costs).max())
        flat: BoolArray = np.abs(paid) <= room
        if bool((cost[flat] > room).any()):
            return None
        ends = np.divide(cost, paid, out=np.zeros_like(cost), where=~flat)
        low = float(ends[paid > room].max(initial=0.0))
        high = float(ends[paid < -room].min(initial=1.0))
        return (low, high) if low <= high else None
