"""The path of equilibria as α moves: from one profile's interval to the next, upwards and downwards.

A profile stays an equilibrium until α leaves its interval. There somebody gains by moving, and best
responses lead to another. What is found on the way up need not be what is found on the way down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fairgames.equilibria.large.best_response import RestPoint, best_responses
from fairgames.equilibria.large.game import ClassGame
from fairgames.progress import track
from fairgames.typing import IntArray

#: How far beyond an end of an interval the next share lies, in errors of that end.
_BEYOND = 8
_LEAST = 1e-12


@dataclass(frozen=True, eq=False)
class Path:
    """The equilibria in the order in which they were met.

    Attributes
    ----------
    rests : each at a share inside its interval
    upwards : whether α rose
    """

    rests: tuple[RestPoint, ...]
    upwards: bool


def follow(game: ClassGame, counts: IntArray, begin: float = 0.0, end: float = 1.0, steps: int = 100) -> Path:
    """The path of equilibria as α moves from ``begin`` to ``end``: users respond wherever an interval ends.

    Parameters
    ----------
    counts : the state to begin with, shape (C, L)
    steps : α moves by at least 1/steps of the way; each profile's own interval is exact all the same

    Notes
    -----
    Warm-started: each equilibrium begins where the last one ended.
    """
    return Path(tuple(_rests(game, counts, begin, end, steps)), upwards=end >= begin)


def _rests(game: ClassGame, counts: IntArray, begin: float, end: float, steps: int) -> Iterator[RestPoint]:
    upwards, alpha = end >= begin, begin
    least = (end - begin) / steps
    for _ in track(range(steps + 1), "equilibria: path over α"):
        rest = best_responses(game, counts, alpha)
        yield rest
        counts, beyond = rest.position.counts, _beyond(rest, upwards)
        if alpha == end or (beyond >= end if upwards else beyond <= end):
            return
        alpha = min(max(alpha + least, beyond), end) if upwards else max(min(alpha + least, beyond), end)


def _beyond(rest: RestPoint, upwards: bool) -> float:
    """The next share at which somebody surely gains."""
    found = rest.position.interval
    if upwards:
        return found.high + _BEYOND * found.high_error + _LEAST
    return found.low - _BEYOND * found.low_error - _LEAST
