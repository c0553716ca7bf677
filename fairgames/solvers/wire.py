"""Games and profiles as JSON, without loss: floats as they are, rationals as "p/q".

This is what a child process speaks; no pickle, so an engine cannot hand us code to run.
"""

from __future__ import annotations

import numbers
import reprlib
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.errors import FairgamesError, SolverError
from fairgames.exact import Rationals, object_array
from fairgames.normal_form import NormalFormGame
from fairgames.typing import Array, MixedProfile

WireNumber = float | str
WireProfile = list[list[WireNumber]]

#: Longest text of an engine that is handed on.
_MAX_WORDS = 500


def encode_game(game: NormalFormGame) -> dict[str, Any]:
    """The game as plain JSON types; :func:`decode_game` is the inverse.

    Rationals go as integers over one denominator: that is read and written faster than "p/q".
    """
    numbers = Rationals.of(game.payoffs) if game.exact else None
    return {
        "payoffs": (game.payoffs if numbers is None else numbers.numerators).ravel().tolist(),
        "denominator": None if numbers is None else numbers.denominator,
        "players": game.players,
        "strategies": game.strategies,
        "title": game.title,
        "rounding": game.rounding,
    }


def decode_game(message: dict[str, Any]) -> NormalFormGame:
    strategies = tuple(tuple(names) for names in message["strategies"])
    values, unit = message["payoffs"], message["denominator"]
    flat = np.array(values, dtype=float) if unit is None else object_array(Fraction(value, unit) for value in values)
    payoffs = flat.reshape(*map(len, strategies), len(strategies))
    return NormalFormGame(payoffs, tuple(message["players"]), strategies, message["title"], message["rounding"])


def encode_profile(answer: object) -> WireProfile:
    """An engine's answer, whatever numbers it is made of; lengths and values are not judged here.

    Raises
    ------
    SolverError
        If ``answer`` is not a sequence of sequences of numbers.

    >>> encode_profile((np.array([1.0, 0.0]), [Fraction(1, 3), Fraction(2, 3)]))
    [[1.0, 0.0], ['1/3', '2/3']]
    """
    try:
        return [[_encode(value) for value in vector] for vector in _sequence(answer)]
    except (TypeError, ValueError) as error:
        words = reprlib.repr(answer)
        raise SolverError(f"the answer {words} is no tuple of one probability vector a player ({error})") from None


def decode_profile(message: WireProfile) -> MixedProfile:
    """Vectors of ``Fraction`` where all numbers of a vector are rational, of floats otherwise."""
    return tuple(_decode_vector(vector) for vector in message)


def words(error: BaseException) -> str:
    """What an exception says, on one line of at most 500 characters, for a report."""
    text = str(error) if isinstance(error, FairgamesError) else f"{type(error).__name__}: {error}"
    text = " ".join(text.split())
    return text if len(text) <= _MAX_WORDS else text[: _MAX_WORDS - 1] + "…"


def _sequence(answer: object) -> Iterable[Any]:
    if isinstance(answer, str | dict) or not isinstance(answer, Iterable):
        raise TypeError(f"it is a {type(answer).__name__}")
    return answer


def _encode(value: Any) -> WireNumber:
    if isinstance(value, numbers.Rational | Decimal) and not isinstance(value, bool):
        return str(Fraction(value))
    if isinstance(value, str):
        raise TypeError("it holds text")
    return float(value)


def _decode_vector(vector: list[WireNumber]) -> Array:
    if vector and all(isinstance(value, str) for value in vector):
        return object_array(Fraction(value) for value in vector)
    return np.array([float(Fraction(value)) if isinstance(value, str) else value for value in vector], dtype=float)
