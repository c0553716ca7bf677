"""QuantEcon's methods that pivot to one equilibrium: Lemke–Howson, Howson's for polymatrix games, McLennan–Tourky."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fairgames.errors import SolverError
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import MixedProfile
from fairgames_quantecon.games import scaled_game

#: Pivots, or steps, after which a run is given up.
MOST_STEPS = 100_000
#: Regret at which McLennan–Tourky ends, as a part of the player's range of payoffs.
REGRET = 1e-8


def lemke_howson(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield where the Lemke–Howson path of each label ends (Nisan et al. 2007, Algorithm 3.6)."""
    from quantecon import game_theory

    made = scaled_game(game)
    for label in range(sum(game.shape)):
        answer = game_theory.lemke_howson(made, init_pivot=label, max_iter=MOST_STEPS, full_output=True)
        yield _converged(answer, f"label {label}")


def howson_lcp(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield where Howson's (1972) path ends from pure profiles on a diagonal; two players make a polymatrix game."""
    from quantecon import game_theory

    made = game_theory.PolymatrixGame.from_nf(scaled_game(game))
    for number in range(max(game.shape)):
        start = [number % size for size in game.shape]
        answer = game_theory.polym_lcp_solver(
            made, starting_player_actions=start, max_iter=MOST_STEPS, full_output=True
        )
        yield _converged(answer, f"start {start}")


def mclennan_tourky(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield the fixed point that McLennan and Tourky's (2006) algorithm computes from the first profile."""
    from quantecon import game_theory

    made = scaled_game(game)
    answer = game_theory.mclennan_tourky(made, epsilon=REGRET, max_iter=MOST_STEPS, full_output=True)
    yield _converged(answer, "the first profile")


def _converged(answer: tuple[MixedProfile, Any], start: str) -> MixedProfile:
    profile, result = answer
    if not result.converged:
        raise SolverError(f"no equilibrium from {start} within {result.num_iter} steps")
    return profile
