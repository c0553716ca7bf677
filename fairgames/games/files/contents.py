"""The contents of a game file: a game, its equilibria and where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import object_array, to_fraction
from fairgames.games.certificate import Equilibrium, certify
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, MixedProfile

#: NumPy arrays have 64 axes; one of them is for the player.
MOST_PLAYERS = 63

#: An equilibrium with its certificate, or one probability vector a player.
Solution: TypeAlias = Equilibrium | Sequence[Sequence[object] | Array]


@dataclass(frozen=True, eq=False)
class Analysis:
    """A list of equilibria in a workbook of Gambit's windows.

    Attributes
    ----------
    number : its place in the file, from 1
    description : what it says of itself, such as how they were found
    profiles : as :attr:`GameFile.equilibria`
    """

    number: int
    description: str
    profiles: tuple[MixedProfile, ...]


@dataclass(frozen=True, eq=False)
class GameFile:
    """A game as a file has it.

    Attributes
    ----------
    game : the game
    equilibria : the mixed profiles that the file lists; their numbers are checked to be probabilities,
        whether they are equilibria is for :func:`fairgames.games.certify` to say
    provenance : where the file comes from, as it says itself; only JSON does
    analyses : of a ``.gbt`` file all that could be read, in order; the last one's are ``equilibria``
    warnings : what was skipped, and why
    """

    game: NormalFormGame
    equilibria: tuple[MixedProfile, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    analyses: tuple[Analysis, ...] = ()
    warnings: tuple[str, ...] = ()


def certified(game: NormalFormGame, equilibria: Iterable[Solution]) -> tuple[Equilibrium, ...]:
    """``equilibria`` with certificates; those that have none get one.

    Raises
    ------
    InputError
        If one does not fit the game, or is no probability distribution for each player.
    """
    found = []
    for number, solution in enumerate(equilibria, start=1):
        vectors = solution.strategies if isinstance(solution, Equilibrium) else tuple(map(np.asarray, solution))
        if (sizes := tuple(map(len, vectors))) != game.shape:
            raise InputError(f"equilibrium {number}: strategies have lengths {sizes}, expected {game.shape}")
        found.append(solution if isinstance(solution, Equilibrium) else certify(game, vectors))
    return tuple(found)


def with_payoffs_as(game: NormalFormGame, exact: bool | None) -> NormalFormGame:
    """The same game with rational payoffs or with floats; None leaves it as it is."""
    if exact is None or exact == game.exact:
        return game
    if not exact:
        payoffs = floats_of(game.payoffs, "the game")
        return NormalFormGame(payoffs, game.players, game.strategies, game.title, rounding_of(payoffs))
    fractions = object_array(to_fraction(value, "payoff") for value in game.payoffs.flat).reshape(game.payoffs.shape)
    return NormalFormGame(fractions, game.players, game.strategies, game.title)


def rounding_of(payoffs: Array) -> float:
    """Bound on the error of floats that are each the nearest to a rational."""
    info = np.finfo(float)
    # Below the smallest normal number rounding is no longer relative.
    return float(info.eps / 2 * np.abs(payoffs).max() + info.smallest_subnormal)


def floats_of(payoffs: Array, what: str) -> Array:
    """``payoffs`` as float64.

    Raises
    ------
    InputError
        If a rational is too large for that.
    """
    try:
        return np.asarray(payoffs, dtype=float)
    except OverflowError:
        raise InputError(f"{what}: a payoff is too large for a floating-point number") from None
