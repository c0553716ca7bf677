"""How often best responses lead to each equilibrium, from profiles drawn at random."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from fairgames.equilibria.refinements.situation import Place, Situation
from fairgames.errors import InputError
from fairgames.typing import FloatArray, IntArray

#: Revisions of a start, for each player, after which it is given up: best responses may cycle.
_MOST_REVISIONS = 200
#: The normal quantile of a 95% interval.
_QUANTILE = 1.959963984540054


@dataclass(frozen=True)
class Basin:
    """How many of the starts ended at an equilibrium.

    Attributes
    ----------
    share : the part of them
    interval : Wilson's 95% interval of the chance (Wilson 1927)
    """

    share: float
    interval: tuple[float, float]

    @classmethod
    def of(cls, ended: int, starts: int) -> Basin:
        """Of a number of starts.

        >>> Basin.of(0, 100).interval[1] < 0.04 < Basin.of(10, 100).interval[0]
        True
        """
        part, spread = ended / starts, _QUANTILE**2 / starts
        middle = (part + spread / 2) / (1 + spread)
        width = math.sqrt(part * (1 - part) * spread + spread**2 / 4) / (1 + spread)
        return cls(part, (middle - width if ended else 0.0, middle + width if ended < starts else 1.0))


def basins(situation: Situation, starts: int, seed: int) -> Counter[Place]:
    """The pure equilibria at which asynchronous best responses end, and how many of the ``starts`` end there.

    Each start is a profile drawn uniformly. Then one player after another, drawn uniformly, moves to a best response
    (drawn uniformly among several) if that gains more than the rounding of payoffs, until nobody gains. A start that
    does not settle is not counted.

    Raises
    ------
    InputError
        If there is not at least one start.
    """
    if starts < 1:
        raise InputError(f"starts: expected at least 1, got {starts}")
    rng = np.random.default_rng(seed)
    shape, slack, table = situation.shape, situation.slack, situation.game.floats()
    payoffs = [np.ascontiguousarray(table[..., player]) for player in range(len(shape))]
    settled = np.ones(shape, dtype=bool)
    for player, own in enumerate(payoffs):
        settled &= own >= own.max(axis=player, keepdims=True) - slack
    at_rest = settled.ravel()
    place = rng.integers(math.prod(shape), size=starts)
    moving = np.flatnonzero(~at_rest[place])
    for _ in range(_MOST_REVISIONS * len(shape)):
        if not len(moving):
            break
        players = rng.integers(len(shape), size=len(moving))
        for player, own in enumerate(payoffs):
            rows = moving[players == player]
            place[rows] = _revised(own, place[rows], player, slack, rng)
        moving = moving[~at_rest[place[moving]]]
    ended = Counter(place[at_rest[place]].tolist())
    return Counter({tuple(map(int, np.unravel_index(k, shape))): count for k, count in sorted(ended.items())})


def _revised(own: FloatArray, place: IntArray, player: int, slack: float, rng: np.random.Generator) -> IntArray:
    """The profiles, by number, after one player has revised in each."""
    size, stride = own.shape[player], math.prod(own.shape[player + 1 :])
    now = place // stride % size
    line = (place - now * stride)[:, None] + stride * np.arange(size)
    values = own.ravel()[line]
    best = values.max(axis=1)
    among = (values >= best[:, None] - slack) * rng.random(values.shape)
    moves = values[np.arange(len(place)), now] < best - slack
    return np.where(moves, line[np.arange(len(place)), among.argmax(axis=1)], place)
