"""The logit quantal response equilibria that begin where everybody plays everything alike, as the precision grows.

In a quantal response equilibrium of precision λ each player plays strategies with chances proportional to
exp(λ·expected payoff) (McKelvey & Palfrey 1995). From λ = 0 a branch of them leads to the *limiting logit
equilibrium*, which for almost all games is unique. It is followed as Turocy (2005) does, in logarithms of chances,
by tangents and Newton's method along its arc, so that it may turn back in λ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairgames.errors import InputError, NoAnswerError
from fairgames.games.given import AnyGame, to_game
from fairgames.games.indifference import contracted
from fairgames.typing import FloatArray

#: Steps along the arc, as parts of 1 + λ, and how much longer each may be than the one before.
_FIRST, _LEAST, _LONGEST, _FASTER = 0.02, 1e-9, 0.2, 1.2
#: A step is taken if no chance differs by more than this from where the tangent led, and the branch turned no more
#: than by this cosine: else it might have jumped to another branch.
_NEAR, _STRAIGHT = 0.01, 0.95
_MOST_POINTS = 20_000
#: Newton's method ends at corrections of this part, and is left after so many steps.
_CLOSE, _MOST_NEWTON = 1e-12, 8


@dataclass(frozen=True, eq=False)
class QuantalResponses:
    """A branch of quantal response equilibria, from λ = 0 on.

    Attributes
    ----------
    precision : λ at each point, shape (K,); not always ascending
    strategies : for each player the chances of its strategies at each point, shape (K, m)
    """

    precision: FloatArray
    strategies: tuple[FloatArray, ...]

    def __len__(self) -> int:
        return len(self.precision)

    @property
    def last(self) -> tuple[FloatArray, ...]:
        """The strategies at its end: near the limiting logit equilibrium, where λ is large."""
        return tuple(own[-1] for own in self.strategies)


def quantal_responses(game: AnyGame, precision: float = 1e4) -> QuantalResponses:
    """The branch of logit quantal response equilibria from the centre, up to a precision; its last point is there.

    Parameters
    ----------
    precision : λ times the largest difference of a player's payoffs is followed up to this

    Raises
    ------
    InputError
        If the precision is not positive and finite.
    NoAnswerError
        If the branch cannot be followed so far.

    >>> branch = quantal_responses(([[4, 0], [3, 3]], [[4, 3], [0, 3]]))  # the stag hunt: the safe equilibrium
    >>> [vector.round(6).tolist() for vector in branch.last]
    [[0.0, 1.0], [0.0, 1.0]]
    """
    if not 0 < precision < np.inf:
        raise InputError(f"precision: expected a number > 0, got {precision}")
    table = to_game(game, "quantal_responses").floats()
    scale = max(float(np.ptp(table[..., player])) for player in range(table.shape[-1])) or 1.0
    curve = _Curve(table / scale)
    points = [np.concatenate([-np.log(curve.sizes).repeat(curve.sizes), [0.0]])]
    heading, step = np.append(np.zeros(len(points[0]) - 1), 1.0), _FIRST
    heading = curve.tangent(points[0], heading)
    while points[-1][-1] < precision:
        room = step * (1 + abs(points[-1][-1]))
        guess = points[-1] + room * heading
        found = curve.corrected(guess, heading)
        if found is not None and curve.is_near(guess, found) and found[-1] >= 0:
            after = curve.tangent(found, heading)
            if after @ heading >= _STRAIGHT:
                end = curve.at_precision(found, precision) if found[-1] > precision else found
                if end is not None:
                    points.append(end)
                    heading, step = after, min(_LONGEST, _FASTER * step)
                    if len(points) > _MOST_POINTS:
                        raise _lost(points[-1][-1], scale, f"after {_MOST_POINTS:,} points")
                    continue
        step /= 2
        if step < _LEAST:
            raise _lost(points[-1][-1], scale, "where Newton's method finds no next point")
    chances = np.exp(np.array(points)[:, :-1])
    vectors = np.split(chances, np.cumsum(curve.sizes)[:-1], axis=1)
    return QuantalResponses(
        np.array([point[-1] for point in points]) / scale,
        tuple(vector / vector.sum(axis=1, keepdims=True) for vector in vectors),
    )


def _lost(precision: float, scale: float, where: str) -> NoAnswerError:
    return NoAnswerError(
        f"the branch of quantal response equilibria is lost at precision {precision / scale:.6g}, {where}; ask for less"
    )


class _Curve:
    """The equations of quantal response: unknown are the logarithms of all chances, then λ."""

    def __init__(self, table: FloatArray) -> None:
        self._payoffs = [table[..., player] for player in range(table.shape[-1])]
        self.sizes = np.array(table.shape[:-1])
        self._starts = np.cumsum([0, *self.sizes]).tolist()

    def _vectors(self, point: FloatArray) -> list[FloatArray]:
        return [np.exp(point[a:b]) for a, b in zip(self._starts, self._starts[1:], strict=False)]

    def _system(self, point: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The residuals and their Jacobian, shapes (M,) and (M, M + 1)."""
        size, precision, vectors = len(point) - 1, point[-1], self._vectors(point)
        residual, jacobian = np.zeros(size), np.zeros((size, size + 1))
        for one, own in enumerate(self._payoffs):
            begin, end = self._starts[one], self._starts[one + 1]
            logs, payoffs = point[begin:end], _expected(own, vectors, (one,))
            residual[begin] = vectors[one].sum() - 1
            jacobian[begin, begin:end] = vectors[one]
            residual[begin + 1 : end] = logs[1:] - logs[0] - precision * (payoffs[1:] - payoffs[0])
            jacobian[begin + 1 : end, begin] = -1
            jacobian[range(begin + 1, end), range(begin + 1, end)] = 1
            jacobian[begin + 1 : end, -1] = payoffs[0] - payoffs[1:]
            for other, chances in enumerate(vectors):
                if other != one:
                    block = _expected(own, vectors, (one, other))
                    block = block if one < other else block.T
                    columns = slice(self._starts[other], self._starts[other + 1])
                    jacobian[begin + 1 : end, columns] = -precision * (block[1:] - block[0]) * chances
        return residual, jacobian

    def tangent(self, point: FloatArray, before: FloatArray) -> FloatArray:
        """The direction of the branch, of length 1, that goes on from the one ``before``."""
        _, jacobian = self._system(point)
        found = np.linalg.solve(np.vstack([jacobian, before]), np.append(np.zeros(len(jacobian)), 1.0))
        return np.asarray(found / np.linalg.norm(found))

    def corrected(self, guess: FloatArray, heading: FloatArray) -> FloatArray | None:
        """The point of the branch across ``heading`` from a guess; None where Newton's method does not settle."""
        point = guess
        for _ in range(_MOST_NEWTON):
            if point.max(initial=-np.inf, where=np.arange(len(point)) < len(point) - 1) > 1:
                return None  # a chance far above 1
            residual, jacobian = self._system(point)
            across = np.append(residual, heading @ (point - guess))
            try:
                change = np.linalg.solve(np.vstack([jacobian, heading]), across)
            except np.linalg.LinAlgError:
                return None
            point = point - change
            if np.abs(change).max() <= _CLOSE * (1 + np.abs(point).max()):
                return point
        return None

    def is_near(self, guess: FloatArray, found: FloatArray) -> bool:
        """Whether the chances of two points are nearly the same."""
        gap = np.abs(np.exp(np.minimum(guess[:-1], 1)) - np.exp(found[:-1]))
        return bool(gap.max() <= _NEAR)

    def at_precision(self, point: FloatArray, precision: float) -> FloatArray | None:
        """The point of the branch nearby that has this precision."""
        guess = np.append(point[:-1], precision)
        return self.corrected(guess, np.append(np.zeros(len(point) - 1), 1.0))


def _expected(payoff: FloatArray, vectors: Sequence[FloatArray], kept: tuple[int, ...]) -> FloatArray:
    return np.asarray(contracted(payoff, vectors, kept), dtype=float)
