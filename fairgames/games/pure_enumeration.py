"""All pure equilibria of a game of any number of players, by marking best responses."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairgames.exact import object_array
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, BoolArray, MixedProfile


def pure_enumeration(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield every pure equilibrium, in lexicographic order of the profiles.

    A profile is an equilibrium iff each player's payoff is the largest along the player's own
    axis of the payoff tensor. Payoffs are compared as they are, rationals and floats alike, which
    is exact; only where a game states a rounding error of its payoffs do they tie within that, so
    that no equilibrium is lost to it.

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
    slack = 2 * game.rounding
    mask = np.ones(game.shape, dtype=bool)
    for player in range(game.n_players):
        payoff = game.payoffs[..., player]
        most = payoff.max(axis=player, keepdims=True)
        mask &= np.asarray(payoff >= (most - slack if slack else most), dtype=bool)
    return mask


def _unit_vectors(size: int, exact: bool) -> list[Array]:
    rows = np.eye(size, dtype=int).tolist()
    return [object_array(row) if exact else np.array(row, dtype=float) for row in rows]
