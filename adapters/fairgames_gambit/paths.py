"""Gambit's methods that follow a path to an equilibrium: gnm, ipa, logit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fairgames.errors import SolverError
from fairgames.games.given import from_pygambit_profile
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import MixedProfile
from fairgames_gambit.games import as_found, scaled_game

#: Regret at which a path counts as ended, as a part of the payoffs' range.
REGRET = 1e-8


def rays(game: NormalFormGame) -> tuple[str, ...]:
    """The rays from which paths start: one for each number of a strategy; some paths never end."""
    return tuple(f"ray {number}" for number in range(1, max(game.shape) + 1))


def gnm(game: NormalFormGame, ray: int) -> Iterator[MixedProfile]:
    """Yield the equilibria on one path of the global Newton method (Govindan & Wilson 2003)."""
    import pygambit

    made = scaled_game(game)
    results: list[Any] = []
    yield from as_found(
        lambda found: results.append(pygambit.nash.gnm_solve(_favouring(made, ray), nash_callback=found))
    )
    if not results[0].success:
        raise SolverError(f"the path broke off: {_reason(results[0])}")


def ipa(game: NormalFormGame, ray: int) -> Iterator[MixedProfile]:
    """Yield where iterated polymatrix approximation ends (Govindan & Wilson 2004)."""
    import pygambit

    yield _only(pygambit.nash.ipa_solve(_favouring(scaled_game(game), ray)))


def logit(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield the limit of the principal branch of logit quantal response equilibria (Turocy 2005)."""
    import pygambit

    yield _only(pygambit.nash.logit_solve(scaled_game(game), maxregret=REGRET))


def _favouring(made: Any, ray: int) -> Any:
    """A perturbation that falls geometrically from the strategy with that number on, counted round.

    Player k's weights are in proportion to 1, 1/(k+1), 1/(k+1)², …: no two are equal, as a path
    needs that is to meet no ties. With 1 for one strategy and 0 for the others, Gambit's default,
    more paths never end or end nowhere, and Gambit 17.0.0b2 takes zeros that come first for tied
    favourites.
    """
    perturbation = made.mixed_strategy_profile(rational=False)
    for base, player in enumerate(made.players, 2):
        names = made.get_strategies(player)
        weights = [float(base) ** -((position - ray) % len(names)) for position in range(len(names))]
        perturbation[player] = {name: weight / sum(weights) for name, weight in zip(names, weights, strict=True)}
    return perturbation


def _only(result: Any) -> MixedProfile:
    if result.equilibrium is None:
        raise SolverError(f"no equilibrium: {_reason(result)}")
    return from_pygambit_profile(result.equilibrium)


def _reason(result: Any) -> str:
    return str(result.reason.name).lower().replace("_", " ")
