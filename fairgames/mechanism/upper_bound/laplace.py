"""An upper bound on what the platform keeps at a pure equilibrium of the linear-Laplace utility, for any users."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass

import numpy as np

from fairgames.game import PaymentGame
from fairgames.mechanism.upper_bound.search import highest
from fairgames.typing import FloatArray, IntArray
from fairgames.utilities.counts import numbered
from fairgames.utilities.linear_laplace import LinearLaplace

_EPSILON = float(np.finfo(float).eps)
#: A box is split no further when its sides are such a part of all users, or a single number.
_FINE = 1_000


def laplace_upper_bound(game: PaymentGame, utility: LinearLaplace) -> float:
    """A bound on what the platform keeps at every pure equilibrium, at every share α.

    Notes
    -----
    U rises with every user's level, since a larger ε only widens the constraints |w| ≤ ε·τ, and all
    users are alike in it. So nobody is paid less than nothing, and each at least its costs: what is
    paid out is at least Σc. And nobody is paid less than somebody on a lower level: if n_y users are
    on level y or higher, at least n_y times the costs of anybody on level y is paid out. The
    platform keeps the rest of U, under Theorem 1 and at every share under Theorem 2. A box is a range
    of n_1 ≥ … ≥ n_{L−1}: U is largest at its upper ends, and the cheapest users give the costs.
    """
    model = _Counts.of(game, utility)
    above = np.ones(len(utility.levels) - 1, dtype=np.int64)
    best = highest(
        [_Box(0 * above, utility.n_users * above)], model.bound, lambda box: box.halves(utility.n_users // _FINE)
    )
    # Sums of as many costs as there are users, which are at most U ≤ 1.
    rounding = utility.float_rounding + (utility.n_users + 8) * _EPSILON * float(utility.scale)
    return best + rounding if best > 0 else 0.0


@dataclass(frozen=True, eq=False)
class _Box:
    """Counts with least[y] ≤ n_y ≤ most[y] users on level y + 1 or higher."""

    least: IntArray
    most: IntArray

    def halves(self, fine: int) -> list[_Box]:
        """Its two parts across the longest side; none if that is no longer than ``fine``."""
        side = int(np.argmax(self.most - self.least))
        low, high = int(self.least[side]), int(self.most[side])
        if high - low <= fine:
            return []
        at, middle = np.arange(len(self.least)) == side, (low + high) // 2
        return [
            _Box(self.least, np.where(at, middle, self.most)),
            _Box(np.where(at, middle + 1, self.least), self.most),
        ]


@dataclass(frozen=True, eq=False)
class _Counts:
    """Bounds on a box of counts.

    Attributes
    ----------
    costs : for each level but 0 those of all users who may be there, ascending, after a 0
    sums : of as many of them as the index says
    """

    utility: LinearLaplace
    costs: tuple[FloatArray, ...]
    sums: tuple[FloatArray, ...]

    @classmethod
    def of(cls, game: PaymentGame, utility: LinearLaplace) -> _Counts:
        rows = map(id, game.users.sensitivity or [()] * len(game.users))
        _, first, size = np.unique(
            numbered(zip(rows, game.strategies, strict=True)), return_index=True, return_counts=True
        )
        costs: list[list[FloatArray]] = [[] for _ in utility.levels]
        for user, times in zip(first.tolist(), size.tolist(), strict=True):
            for level, cost in zip(game.strategies[user], game.costs[user], strict=True):
                costs[level].append(np.full(times, float(cost)))
        ascending = tuple(np.sort(np.concatenate([np.zeros(1), *found])) for found in costs[1:])
        return cls(utility, ascending, tuple(map(np.cumsum, ascending)))

    def bound(self, box: _Box) -> tuple[float, _Box]:
        """An upper bound on what is kept in a box, and the box without counts that do not fall with the level."""
        least = np.maximum.accumulate(box.least[::-1])[::-1]
        most = np.minimum.accumulate(box.most)
        on_level = np.maximum(least - np.append(most[1:], 0), 0)
        box = _Box(least, most)
        if np.any(least > most) or any(map(operator.ge, on_level.tolist(), map(len, self.costs))):
            return -math.inf, box
        counts = most - np.append(most[1:], 0)
        earned = float(self.utility.at_counts(counts[:, None].astype(float)).item())
        return earned - self._paid(least, on_level), box

    def _paid(self, least: IntArray, on_level: IntArray) -> float:
        """What is paid out at least, with so many on the levels or higher, and so many on each."""
        spent = sum(float(sums[there]) for there, sums in zip(on_level.tolist(), self.sums, strict=True))
        dearest = [costs[there] for there, costs in zip(on_level.tolist(), self.costs, strict=True)]
        return max(spent, float(np.max(least * dearest)))
