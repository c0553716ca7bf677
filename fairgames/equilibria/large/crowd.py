"""Crowds: near a local maximum of Φ_α by sequential quadratic programming, as if parts of classes could be any number.

Best responses of a million users would take very many steps. Φ_α as a function of the parts of each
class on each level is smooth, and its slopes are the gains; so SciPy's SLSQP climbs it in a few dozen
looks. What it finds is rounded to whole users; best responses and their certificate follow.
"""

from __future__ import annotations

import numpy as np

from fairgames.equilibria.large.game import ClassGame
from fairgames.typing import FloatArray, IntArray

#: Looks at Φ_α in all, about; and the relative change at which to stop.
_ITERATIONS, _TOLERANCE = 40, 1e-13


def near_maximum(game: ClassGame, counts: IntArray, alpha: float) -> IntArray:
    """A state near a local maximum of Φ_α, reached by climbing from ``counts``; shape (C, L)."""
    from scipy.optimize import LinearConstraint, minimize

    climb = _Climb(game, alpha)
    begin = climb.parts(counts)
    if not len(begin):
        return counts
    found = minimize(
        climb.height,
        begin,
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * len(begin),
        constraints=[LinearConstraint(climb.sums, ub=1.0)],
        options={"maxiter": _ITERATIONS, "ftol": _TOLERANCE},
    )
    there = climb.counts(found.x)
    better = game.at(there).potential(alpha)[0] > game.at(counts).potential(alpha)[0]
    return there if better else counts


class _Climb:
    """Φ_α over the parts of each class on its levels but the lowest, which has the rest."""

    def __init__(self, game: ClassGame, alpha: float) -> None:
        self.game = game
        self.alpha = alpha
        self.base = game.allowed.argmax(axis=1)
        free = game.allowed.copy()
        free[np.arange(len(free)), self.base] = False
        self.number, self.level = np.nonzero(free)
        classes = np.unique(self.number)
        self.sums = np.equal.outer(classes, self.number).astype(float)
        #: Φ_α is told in what all users would be paid if everybody shared the most.
        self.unit = max(abs(game.at(game.highest()).deviation_values.potential), 1e-300)

    def parts(self, counts: IntArray) -> FloatArray:
        return np.asarray(counts[self.number, self.level] / self.game.sizes[self.number])

    def counts(self, parts: FloatArray) -> IntArray:
        """The nearest counts in whole numbers of users."""
        result = np.zeros(self.game.allowed.shape, dtype=np.int64)
        wanted = np.clip(parts, 0, 1) * self.game.sizes[self.number]
        result[self.number, self.level] = np.rint(wanted)
        excess = result.sum(axis=1) - self.game.sizes
        for one in np.flatnonzero(excess > 0).tolist():
            result[one, result[one].argmax()] -= excess[one]
        result[np.arange(len(result)), self.base] = self.game.sizes - result.sum(axis=1)
        return result

    def height(self, parts: FloatArray) -> tuple[float, FloatArray]:
        """−Φ_α and its slopes: what a user gains by leaving its class's lowest level for another."""
        here = self.game.at(self.counts(parts))
        worth = here.worths(self.alpha)
        slopes = (worth[self.number, self.level] - worth[self.number, self.base[self.number]]) * self.game.sizes[
            self.number
        ]
        return -here.potential(self.alpha)[0] / self.unit, -slopes / self.unit
