"""The logit quantal response equilibria that begin where everybody plays everything alike, as the precision grows.

From λ = 0, where chances are equal and nothing else answers, a branch of them leads to the *limiting logit
equilibrium*, which for almost all games is unique (McKelvey & Palfrey 1995). It is followed in logarithms of chances
along its arc, as Turocy (2005) does, so that it may turn back in λ; a step is taken once it is proven that it stays on
the branch. Where branches meet, as they may in games whose players are alike, no proof is possible, and it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fairgames.equilibria.refinements.logit_map import LogitMap
from fairgames.equilibria.refinements.tube import is_one_curve
from fairgames.errors import InputError, NoAnswerError
from fairgames.games.given import AnyGame, to_game
from fairgames.text import how_many
from fairgames.typing import FloatArray

#: Steps along the arc, as parts of 1 + λ, and how much longer each may be than the one before.
_FIRST, _LEAST, _LONGEST, _FASTER = 0.1, 1e-7, 2.0, 1.6
#: Points of a branch, at most.
_MOST_POINTS = 5_000
#: Newton's method ends at corrections of this part, and is left after so many steps.
_CLOSE, _MOST_NEWTON = 1e-14, 8


@dataclass(frozen=True, eq=False)
class QuantalResponses:
    """A branch of quantal response equilibria, from λ = 0 on: each point is proven to be on it.

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
    game : floats count as the rationals that they are
    precision : λ times the largest difference of a player's payoffs is followed up to this

    Raises
    ------
    InputError
        If the precision is not positive and finite.
    NoAnswerError
        If the branch cannot be followed so far, such as where it meets another.

    >>> branch = quantal_responses(([[4, 0], [3, 3]], [[4, 3], [0, 3]]))  # the stag hunt: the safe equilibrium
    >>> [vector.round(6).tolist() for vector in branch.last]
    [[0.0, 1.0], [0.0, 1.0]]
    """
    if not 0 < precision < np.inf:
        raise InputError(f"precision: expected a number > 0, got {precision}")
    equations = LogitMap(to_game(game, "quantal_responses"))
    points = list(branch(equations, precision))
    chances = [equations.chances(point, equations.floats) for point in points]
    return QuantalResponses(
        np.array([point[-1] for point in points]) / float(equations.scale),
        tuple(np.array(own) for own in zip(*chances, strict=True))[: equations.players],
    )


def branch(equations: LogitMap, precision: float = np.inf, most: int = _MOST_POINTS) -> Iterator[FloatArray]:
    """Points (y, λ) of the branch, each proven to be on it with the one before.

    Parameters
    ----------
    precision : the λ of the last point, times payoffs; infinity ends nowhere
    most : points

    Raises
    ------
    NoAnswerError
        If no step, however short, can be proven to stay on the branch, or after so many points.
    """
    point = np.zeros(equations.n + 1)
    heading, step = _tangent(equations, point, np.append(np.zeros(equations.n), 1.0)), _FIRST
    yield point
    for _ in range(most):
        while (found := _next(equations, point, heading, step, precision)) is None:
            step /= 2
            if step < _LEAST:
                where = "where no step is proven to stay on it: it may meet another there"
                raise lost(equations, point, where)
        heading, step = _tangent(equations, found, heading), min(_LONGEST, _FASTER * step)
        point = found
        yield point
        if point[-1] >= precision:
            return
    raise lost(equations, point, f"after {how_many(most)} points")


def lost(equations: LogitMap, point: FloatArray, where: str) -> NoAnswerError:
    """The error that says how far the branch was followed."""
    return NoAnswerError(
        f"the branch of quantal response equilibria is lost at precision {point[-1] / float(equations.scale):.6g}, "
        f"{where}"
    )


def _next(
    equations: LogitMap, point: FloatArray, heading: FloatArray, step: float, precision: float
) -> FloatArray | None:
    """The next point of the branch; None where it is not proven to be that."""
    found = _corrected(equations, point + step * (1 + abs(point[-1])) * heading, heading)
    if found is not None and found[-1] > precision:
        found = _corrected(equations, np.append(found[:-1], precision), np.append(np.zeros(equations.n), 1.0))
    if found is None or not found[-1] > 0 or not is_one_curve(equations, point, found):
        return None
    return found


def _tangent(equations: LogitMap, point: FloatArray, before: FloatArray) -> FloatArray:
    """The direction of the branch, of length 1, that goes on from the one ``before``."""
    _, jacobian = equations.floats_at(point)
    try:
        found = np.linalg.solve(np.vstack([jacobian, before]), np.append(np.zeros(equations.n), 1.0))
    except np.linalg.LinAlgError:
        raise lost(equations, point, "where it meets another, as far as floats can tell") from None
    return np.asarray(found / np.linalg.norm(found))


def _corrected(equations: LogitMap, guess: FloatArray, heading: FloatArray) -> FloatArray | None:
    """The solution across ``heading`` from a guess; None where Newton's method does not settle."""
    point, last = guess, np.inf
    for _ in range(_MOST_NEWTON):
        residual, jacobian = equations.floats_at(point)
        try:
            change = np.linalg.solve(np.vstack([jacobian, heading]), np.append(residual, heading @ (point - guess)))
        except np.linalg.LinAlgError:
            return None
        point = point - change
        size = float(np.abs(change).max()) / (1 + float(np.abs(point).max()))
        if size <= _CLOSE or (size < 1e-11 and size >= last):  # as near as floats come
            return point
        last = size
    return point if last < 1e-11 else None
