"""What the platform keeps at most at a pure equilibrium, where the utility bounds itself on boxes of profiles."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass

import numpy as np

from fairgames.game import PaymentGame
from fairgames.mechanism.upper_bound.search import highest
from fairgames.typing import FloatArray, IntArray
from fairgames.utilities.base import Utility
from fairgames.utilities.capabilities import Kind
from fairgames.utilities.counts import numbered

_EPSILON = float(np.finfo(float).eps)
#: A box is split no further when its sides are such a part of all users, or a single number.
_FINE = 1_000


def upper_bound_by_boxes(game: PaymentGame) -> float | None:
    """A bound on what the platform keeps at every pure equilibrium, at every share α; None if U tells of no boxes.

    Notes
    -----
    A box is a range of n_1 ≥ … ≥ n_{L−1} for each type of users, n_y of whom are on level y or higher. On it
    U is at most what the utility says (:meth:`~fairgames.utilities.Utility.box_bound`); where it is monotone,
    U at the upper ends. What is paid out is at least Σc, and the cheapest users give the costs. The platform
    keeps the rest of U, under Theorem 1 and at every share under Theorem 2.

    Where U rises with every user's level nobody is paid less than nothing, nor less than a user of the same
    type on a lower level: so at least n_y times the costs of anybody on level y is paid to a type. Where it
    need not rise, those who may not choose level 0 may be paid less than their costs: then none is counted.
    """
    model = _Boxes.of(game)
    utility, sizes = game.utility, np.array(game.utility.type_sizes)
    above = np.repeat(sizes[:, None], len(utility.levels) - 1, axis=1)
    start = _Box(0 * above, above)
    if model.most(start) is None:
        return None
    best = highest([start], model.bound, lambda box: box.halves(utility.n_users // _FINE))
    # Sums of as many costs as there are users, which are at most U.
    rounding = model.rounding + (utility.n_users + 8) * _EPSILON * (model.most(start) or 0.0)
    return float(best + rounding) if best > 0 else 0.0


@dataclass(frozen=True, eq=False)
class _Box:
    """Counts with least[t, y] ≤ n_y ≤ most[t, y] users of type t on level y + 1 or higher."""

    least: IntArray
    most: IntArray

    def halves(self, fine: int) -> list[_Box]:
        """Its two parts across the longest side; none if that is no longer than ``fine``."""
        side = np.unravel_index(int(np.argmax(self.most - self.least)), self.least.shape)
        low, high = int(self.least[side]), int(self.most[side])
        if high - low <= fine:
            return []
        least, most, middle = self.least.copy(), self.most.copy(), (low + high) // 2
        most[side], least[side] = middle, middle + 1
        return [_Box(self.least, most), _Box(least, self.most)]


@dataclass(frozen=True, eq=False)
class _Boxes:
    """Bounds on a box of counts.

    Attributes
    ----------
    kinds : all types and non-zero levels
    costs : for each of them those of all users who may be there, ascending, after a 0
    sums : of as many of them as the index says
    rounding : of U at the upper ends
    """

    utility: Utility
    kinds: list[Kind]
    costs: tuple[FloatArray, ...]
    sums: tuple[FloatArray, ...]
    rounding: float

    @classmethod
    def of(cls, game: PaymentGame) -> _Boxes:
        utility = game.utility
        rows = map(id, game.users.sensitivity or [()] * len(game.users))
        _, first, size = np.unique(
            numbered(zip(utility.types, rows, game.strategies, strict=True)), return_index=True, return_counts=True
        )
        kinds = [
            (number, level) for number in range(len(utility.type_sizes)) for level in range(1, len(utility.levels))
        ]
        costs: dict[Kind, list[FloatArray]] = {kind: [] for kind in kinds}
        types = utility.types
        willing = utility.monotone or not any(levels[0] for levels in game.strategies)
        for user, times in zip(first.tolist(), size.tolist(), strict=True):
            for level, cost in zip(game.strategies[user], game.costs[user], strict=True):
                if level:
                    costs[types[user], level].append(np.full(times, float(cost) * willing))
        ascending = tuple(np.sort(np.concatenate([np.zeros(1), *found])) for found in costs.values())
        coalitions = utility.coalitions(kinds)
        rounding = (coalitions or utility).rounding if utility.monotone else 0.0
        return cls(utility, kinds, ascending, tuple(map(np.cumsum, ascending)), rounding)

    def most(self, box: _Box) -> float | None:
        """U on the box at most, up to :attr:`rounding`."""
        utility = self.utility
        sizes = np.array(utility.type_sizes)[:, None]
        if not utility.monotone:
            return utility.box_bound(np.hstack([sizes, box.least]), np.hstack([sizes, box.most]))
        coalitions = utility.coalitions(self.kinds)
        counts = -np.diff(box.most, append=0, axis=1)
        if coalitions:
            return float(coalitions.at(list(counts.reshape(-1, 1))).item())
        rows = np.hstack([sizes - box.most[:, :1], counts])
        return float(utility.on_counts([row[None] for row in rows]).item())

    def bound(self, box: _Box) -> tuple[float, _Box]:
        """What is kept in a box at most, and the box without counts that do not fall with the level."""
        least = np.maximum.accumulate(box.least[:, ::-1], axis=1)[:, ::-1]
        most = np.minimum.accumulate(box.most, axis=1)
        nobody = np.zeros((len(most), 1), dtype=np.int64)
        on_level = np.maximum(least - np.hstack([most[:, 1:], nobody]), 0)
        box = _Box(least, most)
        if np.any(least > most) or any(map(operator.ge, on_level.ravel().tolist(), map(len, self.costs))):
            return -math.inf, box
        return (self.most(box) or 0.0) - self._paid(least, on_level), box

    def _paid(self, least: IntArray, on_level: IntArray) -> float:
        """What is paid out at least, with so many of each type on the levels or higher, and so many on each."""
        there = on_level.ravel().tolist()
        spent = np.array([sums[own] for own, sums in zip(there, self.sums, strict=True)]).reshape(least.shape)
        if not self.utility.monotone:
            return float(spent.sum())
        dearest = np.array([costs[own] for own, costs in zip(there, self.costs, strict=True)]).reshape(least.shape)
        by_level = (least * dearest).max(axis=1).tolist()
        return float(sum(max(sum(own), most) for own, most in zip(spent.tolist(), by_level, strict=True)))
