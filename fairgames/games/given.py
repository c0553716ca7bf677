"""Games and profiles out of what people hold: nashpy's, Gambit's and QuantEcon's, payoff arrays, dicts of names."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, MixedProfile

if TYPE_CHECKING:
    import nashpy
    import pygambit
    import quantecon.game_theory

#: A game, another package's, or one payoff array a player.
AnyGame: TypeAlias = (
    "NormalFormGame | nashpy.Game | pygambit.Game | quantecon.game_theory.NormalFormGame | Sequence[Any]"
)
#: One vector of probabilities a player; by names; Gambit's profile; or an :class:`Equilibrium`.
AnyProfile: TypeAlias = "Sequence[Sequence[object] | Array] | Array | Mapping[str, Any] | pygambit.MixedStrategyProfile"

_WAYS = {
    "PaymentGame": "game.at(alpha) of a PaymentGame makes one",
    "Scenario": "PaymentGame(scenario).at(alpha) makes one",
    "GameFile": "pass its .game",
    "CrossCheck": "pass its .game",
}


def to_game(given: object, what: str) -> NormalFormGame:
    """``given`` as a :class:`NormalFormGame`.

    Parameters
    ----------
    what : the function that was called, for messages

    Raises
    ------
    InputError
        If it is no game, with the way to one.
    """
    if isinstance(given, NormalFormGame):
        return given
    package, kind = type(given).__module__.partition(".")[0], type(given).__name__
    if package == "nashpy" and hasattr(given, "payoff_matrices"):
        return NormalFormGame.from_nashpy(given)
    if package == "pygambit" and hasattr(given, "to_nfg"):
        return NormalFormGame.from_pygambit(given)
    if package == "quantecon" and hasattr(given, "players"):
        return NormalFormGame.from_quantecon(given)
    if isinstance(given, list | tuple) and _are_payoffs(given):
        return NormalFormGame.from_arrays(*given)
    way = _WAYS.get(kind, "NormalFormGame.from_arrays(A, B, …) makes one of payoff arrays")
    named = f"{package}'s {kind}" if package in ("nashpy", "pygambit", "quantecon") else kind
    raise InputError(f"{what}: got a {named}, expected a NormalFormGame; {way}")


def to_strategies(given: object, game: NormalFormGame) -> object:
    """A profile as one vector of probabilities a player where it is of another form; others as they are.

    Raises
    ------
    InputError
        If it is none, but something that holds or makes profiles, or a name in it is unknown.
    """
    package, kind = type(given).__module__.partition(".")[0], type(given).__name__
    if hasattr(given, "strategies") and hasattr(given, "regret_bound"):
        return given.strategies
    if package == "pygambit" and "MixedStrategyProfile" in kind:
        return from_pygambit_profile(given)
    if isinstance(given, Mapping):
        return _by_names(given, game)
    if isinstance(given, Iterator):
        raise InputError(f"strategies: got a {kind}, expected one profile; pass one of those that it yields")
    if hasattr(given, "equilibria"):
        raise InputError(f"strategies: got a {kind}, expected one profile; pass one of its .equilibria")
    return given


def from_pygambit_profile(profile: Any) -> MixedProfile:
    """A mixed profile of Gambit as vectors: rationals where it has rationals, floats otherwise."""
    return tuple(_probabilities([probability for _, probability in strategy]) for strategy in profile)


def _probabilities(values: list[Any]) -> Array:
    if all(isinstance(value, Fraction) for value in values):
        return object_array(Fraction(value.numerator, value.denominator) for value in values)
    return np.array(values, dtype=float)


def refuse_swapped(game: object, strategies: object) -> None:
    """Raise :class:`InputError` where the profile is the game."""
    marks = ("payoff_matrices", "to_nfg", "payoff_profile_array")
    if isinstance(strategies, NormalFormGame) or any(hasattr(strategies, mark) for mark in marks):
        raise InputError(
            f"certify: got a {type(strategies).__name__} for the strategies and a {type(game).__name__} for the game, "
            "expected certify(game, strategies)"
        )


def _are_payoffs(given: Sequence[Any]) -> bool:
    """One array a player, with one axis a player each."""
    try:
        shapes = [np.shape(array) for array in given]
    except ValueError:  # nested lists of different lengths
        return False
    return bool(shapes) and len(set(shapes)) == 1 and len(shapes[0]) == len(shapes)


def _by_names(given: Mapping[Any, Any], game: NormalFormGame) -> list[object]:
    unknown = [name for name in given if name not in game.players]
    missing = [name for name in game.players if name not in given]
    if unknown or missing:
        raise InputError(
            f"strategies: got {reprlib.repr(list(given))}, expected one entry for each of the players "
            f"{', '.join(game.players)}"
        )
    return [_vector(given[name], name, own) for name, own in zip(game.players, game.strategies, strict=True)]


def _vector(entry: Any, player: str, names: Sequence[str]) -> object:
    """Probabilities by the names of strategies, the name of one, or a vector already."""
    if isinstance(entry, str):
        entry = {entry: 1}
    if not isinstance(entry, Mapping):
        return entry
    if unknown := [name for name in entry if name not in names]:
        raise InputError(f"strategies: {player} has no {unknown[0]!r}, expected some of {', '.join(names)}")
    return [entry.get(name, 0) for name in names]
