"""From a profile to an equilibrium by best responses (Monderer & Shapley 1996): Φ_α rises at every step, so it ends.

Users who gain move together while that raises Φ_α by more than rounding may; where it does not,
fewer of them do, and in the end one: whose gain is what Φ_α gains.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fairgames.equilibria.large.crowd import near_maximum
from fairgames.equilibria.large.game import ClassGame
from fairgames.equilibria.large.priced_state import PricedState
from fairgames.progress import track
from fairgames.typing import IntArray

#: What a failed step's part of users is divided by, and a good one's multiplied.
_FEWER, _MORE = 4.0, 2.0


@dataclass(frozen=True, eq=False)
class RestPoint:
    """The profile at which best responses came to rest, with its certificate.

    Attributes
    ----------
    position : the last one
    alpha : the share; 1 under Theorem 1
    rise : Φ_α at every step, ascending
    settled : whether nobody gains more than the error of deviation_values; False where patience ended before
    """

    position: PricedState
    alpha: float
    rise: tuple[float, ...]
    settled: bool

    @property
    def regret(self) -> float:
        """The largest gain that any user could still have by moving alone."""
        return self.position.regret(self.alpha)

    @property
    def bound(self) -> float:
        """Bound on the error of every regret."""
        return self.position.bound(self.alpha)


def best_responses(game: ClassGame, counts: IntArray, alpha: float, patience: int = 10_000) -> RestPoint:
    """The rest point of best responses from a profile: users move until nobody gains.

    Parameters
    ----------
    counts : the state to begin with, shape (C, L)
    alpha : the share; 1 under Theorem 1
    patience : steps after which to stop all the same
    """
    here = game.at(counts)
    if game.crowded and _Moves.of(here, alpha).total:
        here = game.at(near_maximum(game, counts, alpha))
    rise, part = [here.potential(alpha)[0]], 1.0
    for _ in track(range(patience), "equilibria: best responses"):
        moves = _Moves.of(here, alpha)
        if not moves.total:
            return RestPoint(here, alpha, tuple(rise), settled=True)
        here, part = _step(game, here, moves, alpha, part)
        rise.append(here.potential(alpha)[0])
    return RestPoint(here, alpha, tuple(rise), settled=not _Moves.of(here, alpha).total)


def _step(game: ClassGame, here: PricedState, moves: _Moves, alpha: float, part: float) -> tuple[PricedState, float]:
    """The next position, and the part of users to begin with there."""
    now, slip = here.potential(alpha)
    while part * moves.total > 1:
        there = game.at(here.counts + moves.taken(part))
        then, other = there.potential(alpha)
        if then - now > slip + other:
            return there, min(1.0, part * _MORE)
        part /= _FEWER
    return game.at(here.counts + moves.first()), min(1.0, part * _MORE)


@dataclass(frozen=True, eq=False)
class _Moves:
    """The best moves of those who gain more than rounding may be, dearest gain first.

    Attributes
    ----------
    classes, source, target : who goes from where to where, shape (M,)
    users : how many could, shape (M,)
    """

    shape: tuple[int, ...]
    classes: IntArray
    source: IntArray
    target: IntArray
    users: IntArray

    @classmethod
    def of(cls, here: PricedState, alpha: float) -> _Moves:
        gains = here.gains(alpha)
        best = gains.max(axis=2)
        classes, source = np.nonzero(best > here.bound(alpha))
        order = np.argsort(-best[classes, source], kind="stable")
        classes, source = classes[order], source[order]
        target = gains[classes, source].argmax(axis=1)
        return cls(here.counts.shape, classes, source, target, here.counts[classes, source])

    @property
    def total(self) -> int:
        return int(self.users.sum())

    def taken(self, part: float) -> IntArray:
        """The change of counts if a part of the users move: of each crowd that part, of single users the first."""
        single = self.users == 1
        numbers = np.ceil(part * self.users).astype(np.int64)
        numbers[single] = np.arange(single.sum()) < math.ceil(part * single.sum())
        return self._change(numbers)

    def first(self) -> IntArray:
        """The change of counts if one user moves: of those with the largest gain."""
        return self._change(np.eye(1, len(self.users), dtype=np.int64)[0])

    def _change(self, numbers: IntArray) -> IntArray:
        change = np.zeros(self.shape, dtype=np.int64)
        np.subtract.at(change, (self.classes, self.source), numbers)
        np.add.at(change, (self.classes, self.target), numbers)
        return change
