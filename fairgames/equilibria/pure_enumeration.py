"""All pure equilibria of a game of any number of players, by marking best responses."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairgames.exact import object_array
from fairgames.normal_form import NormalFormGame
from fairgames.typing import Array, BoolArray, MixedProfile

#: Ties of float payoffs are equal up to this many units in the last place of the largest payoff.
_TIE_ULPS = 4


def pure_enumeration(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield every pure equilibrium, in lexicographic order of the profiles.

    A profile is an equilibrium iff each player's payoff is the largest along the player's own
    axis of the payoff tensor. Rational payoffs are compared exactly; float payoffs count as
    tied within their rounding bound and a few units in the last place.

    Yields
    ------
    One vector a player: ``int`` entries 0 and 1 if the game is exact, otherwise floats.

    >>> game = NormalFormGame.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    >>> [tuple(vector.tolist() for vector in profile) for profile in pure_enumeration(game)]
    [([1.0, 0.0], [1.0, 0.0]), ([0.0, 1.0], [0.0, 1.0])]
    """
    units = [_unit_vectors(size, game.exact) for size in game.shape]
    for profile in np.argwhere(_mutual_best_responses(game)):
        yield tuple(vectors[strategy] for vectors, strategy in zip(units, profile, strict=True))


def _mutual_best_responses(game: NormalFormGame) -> BoolArray:
    """For each profile, whether no player gains by a deviation."""
    slack = 0 if game.exact else _tie_width(game)
    mask = np.ones(game.shape, dtype=bool)
    for player in range(game.n_players):
        payoff = game.payoffs[..., player]
        mask &= payoff >= payoff.max(axis=player, keepdims=True) - slack
    return mask


def _tie_width(game: NormalFormGame) -> float:
    """Two payoffs this close may be equal: each carries the game's rounding error."""
    largest = float(np.abs(game.payoffs).max(initial=0))
    return 2 * game.rounding + _TIE_ULPS * float(np.finfo(float).eps) * largest


def _unit_vectors(size: int, exact: bool) -> list[Array]:
    rows = np.eye(size, dtype=int).tolist()
    return [object_array(row) if exact else np.array(row, dtype=float) for row in rows]
