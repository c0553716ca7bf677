"""Gambit's methods that search from a starting point: simpdiv, liap."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from fairgames.errors import SolverError
from fairgames.games.given import from_pygambit_profile
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import MixedProfile
from fairgames_gambit.games import approximate_profile, scaled_game

#: Regret at which a search ends, as a part of the payoffs' range.
REGRET = Fraction(1, 10**7)


def simpdiv(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield what simplicial subdivision finds from the centre (van der Laan, Talman & van der Heyden 1987)."""
    import pygambit

    start = scaled_game(game).mixed_strategy_profile(rational=True)
    found = pygambit.nash.simpdiv_solve(start, maxregret=pygambit.Rational(REGRET)).equilibrium
    yield approximate_profile(found)


def liap(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield what minimising the Lyapunov function finds (McKelvey 1991), from the centre and from near its corners.

    Raises
    ------
    SolverError
        If no start leads to an equilibrium; others than the global minima are common.
    """
    import pygambit

    made = scaled_game(game)
    none = True
    for number in range(max(game.shape) + 1):
        found = pygambit.nash.liap_solve(_start(made, number), maxregret=float(REGRET)).equilibrium
        if found is not None:
            none = False
            yield from_pygambit_profile(found)
    if none:
        raise SolverError(f"no equilibrium from any of {max(game.shape) + 1} starts")


def _start(made: Any, number: int) -> Any:
    """The centre for 0, else a point that leans to the strategy with that number, counted round."""
    start = made.mixed_strategy_profile(rational=False)
    for player in made.players if number else ():
        names = made.get_strategies(player)
        favourite = names[(number - 1) % len(names)]
        start[player] = {name: 0.25 / len(names) + 0.75 * (name == favourite) for name in names}
    return start
