"""QuantEcon's methods that look for all equilibria: pure, support and vertex enumeration."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import MixedProfile
from fairgames_quantecon.games import ROUND_OFF, scaled_game


def pure_enumeration(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield all pure equilibria."""
    from quantecon import game_theory

    for choices in game_theory.pure_nash_brute_gen(scaled_game(game), tol=ROUND_OFF):
        yield tuple(np.eye(size)[choice] for size, choice in zip(game.shape, choices, strict=True))


def support_enumeration(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield the equilibria on supports of equal size (Nisan et al. 2007, Algorithm 3.4)."""
    from quantecon import game_theory

    yield from game_theory.support_enumeration_gen(scaled_game(game))


def vertex_enumeration(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield fully labelled pairs of vertices (Nisan et al. 2007, Algorithm 3.5), where qhull finds them."""
    from quantecon import game_theory

    yield from game_theory.vertex_enumeration_gen(scaled_game(game))


def too_flat(game: NormalFormGame) -> str | None:
    """Why qhull cannot take the game; None if it can."""
    if min(game.shape) > 1:
        return None
    names = [name for name, size in zip(game.players, game.shape, strict=True) if size == 1]
    return f"qhull needs two strategies of each player, but {' and '.join(names)} has one"
