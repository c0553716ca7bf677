"""Iterated elimination of strictly dominated strategies (by pure ones; Osborne & Rubinstein 1994, section 4.2)."""

from __future__ import annotations

import numpy as np

from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array


def undominated(game: NormalFormGame) -> tuple[tuple[int, ...], ...]:
    """The strategies that are left, by number, for each player. No other is played in any equilibrium.

    >>> dilemma = NormalFormGame.from_arrays([[3, 0], [4, 1]], [[3, 4], [0, 1]])
    >>> undominated(dilemma)
    ((1,), (1,))
    """
    kept = [tuple(range(size)) for size in game.shape]
    unchanged = 0
    while unchanged < game.n_players:
        for player in range(game.n_players):
            table = np.moveaxis(game.payoffs[..., player][np.ix_(*kept)], player, 0)
            left = tuple(k for k, row in zip(kept[player], table, strict=True) if not _is_dominated(row, table))
            unchanged = unchanged + 1 if left == kept[player] else 0
            kept[player] = left
    return tuple(kept)


def _is_dominated(row: Array, table: Array) -> bool:
    return any(bool(np.all(other > row)) for other in table)
