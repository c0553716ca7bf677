"""Gambit's methods that pivot in a tableau, in rational arithmetic: lcp (Lemke–Howson) and lp."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairgames.exact import to_fraction
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import MixedProfile
from fairgames_gambit.games import as_found, gambit_game


def lcp(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield the equilibria of a two-player game that Lemke–Howson paths connect (Eaves 1971)."""
    import pygambit

    made = gambit_game(game)
    yield from as_found(lambda found: pygambit.nash.lcp_solve(made, rational=True, nash_callback=found))


def lp(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield the minimax strategies of a constant-sum game (von Neumann 1928), by linear programming."""
    import pygambit

    made = gambit_game(game)
    yield from as_found(lambda found: pygambit.nash.lp_solve(made, rational=True, nash_callback=found))


def not_constant_sum(game: NormalFormGame) -> str | None:
    """Why linear programming cannot solve the game; None if it can. Sums are taken exactly, as Gambit does."""
    if game.n_players != 2:
        return f"linear programming solves games of two players, but this one has {game.n_players}"
    sums = [to_fraction(one) + to_fraction(other) for one, other in game.payoffs.reshape(-1, 2)]
    low, high = (sums.index(extreme(sums)) for extreme in (min, max))
    if sums[low] == sums[high]:
        return None
    least, most = (f"{float(sums[index])} at {_named(game, index)}" for index in (low, high))
    return f"linear programming solves constant-sum games, but here payoffs sum to {least} and to {most}"


def _named(game: NormalFormGame, index: int) -> str:
    choices = np.unravel_index(index, game.shape)
    return f"({', '.join(names[choice] for names, choice in zip(game.strategies, choices, strict=True))})"
