"""Games and profiles as JSON, without loss: floats as they are, rationals as "p/q".

This is what a child process speaks; no pickle, so an engine cannot hand us code to run. What comes
back is checked for its form before anything is computed from it.
"""

from __future__ import annotations

import numbers
import re
import reprlib
import signal
import struct
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np

from fairgames.errors import FairgamesError, SolverError
from fairgames.exact import Rationals, object_array
from fairgames.games.normal_form import NormalFormGame
from fairgames.text import printable
from fairgames.typing import Array, MixedProfile

WireNumber = float | str
WireProfile = list[list[WireNumber]]

#: Commands to a child process: play a request; it is done; end it in its own time; end it at once.
PLAY, NEXT, WAIT, KILL = b"p", b"n", b"w", b"k"
#: The length of a request, before it.
LENGTH = struct.Struct("!Q")

#: Longest text of an engine that is handed on.
_MAX_WORDS = 500
#: Most digits of a numerator or denominator; it is also what Python reads and writes without being told.
MOST_DIGITS = 4300
#: Integers of no more bits have no more digits than that.
_MOST_BITS = 3 * MOST_DIGITS
_RATIONAL = re.compile(rf"(-?[0-9]{{1,{MOST_DIGITS}}})(?:/([0-9]{{1,{MOST_DIGITS}}}))?")

#: Beyond this a number is not even a wrong probability, and is beyond what floats can hold.
_LARGEST = 10**300


def encode_game(game: NormalFormGame) -> dict[str, Any]:
    """The game as plain JSON types; :func:`decode_game` is the inverse.

    Rationals go as integers over one denominator: that is read and written faster than "p/q". Integers
    of more digits than Python writes go in base 16, which has no limit.
    """
    numbers = Rationals.of(game.payoffs) if game.exact else None
    payoffs = (game.payoffs if numbers is None else numbers.numerators).ravel().tolist()
    return {
        "payoffs": payoffs if numbers is None else list(map(_encode_integer, payoffs)),
        "denominator": None if numbers is None else _encode_integer(numbers.denominator),
        "players": game.players,
        "strategies": game.strategies,
        "title": game.title,
        "rounding": game.rounding,
    }


def decode_game(message: dict[str, Any]) -> NormalFormGame:
    strategies = tuple(tuple(names) for names in message["strategies"])
    values = message["payoffs"]
    if message["denominator"] is None:
        flat = np.array(values, dtype=float)
    else:
        unit = _decode_integer(message["denominator"])
        flat = object_array(Fraction(_decode_integer(value), unit) for value in values)
    payoffs = flat.reshape(*map(len, strategies), len(strategies))
    return NormalFormGame(payoffs, tuple(message["players"]), strategies, message["title"], message["rounding"])


def _encode_integer(value: int) -> int | str:
    return int(value) if value.bit_length() <= _MOST_BITS else f"{value:x}"


def _decode_integer(text: int | str) -> int:
    return text if isinstance(text, int) else int(text, 16)


def encode_profile(answer: object, shape: Sequence[int] | None = None) -> WireProfile:
    """An engine's answer, whatever numbers it is made of; lengths and values are not judged here.

    With the ``shape`` of the game, answers of more than :func:`most_numbers` are refused.

    Raises
    ------
    SolverError
        If ``answer`` is not a sequence of sequences of numbers.

    >>> encode_profile((np.array([1.0, 0.0]), [Fraction(1, 3), Fraction(2, 3)]))
    [[1.0, 0.0], ['1/3', '2/3']]
    """
    left = None if shape is None else most_numbers(shape)
    encoded: WireProfile = []
    try:
        for vector in _sequence(answer):
            encoded.append([_encode(value) for value in islice(_sequence(vector), left)])
            if left is not None and (left := left - max(1, len(encoded[-1]))) <= 0:
                raise ValueError(f"it holds {most_numbers(shape or ())} numbers or more")
    except (TypeError, ValueError, ArithmeticError) as error:
        words = reprlib.repr(answer)
        raise SolverError(f"the answer {words} is no tuple of one probability vector a player ({error})") from None
    return encoded


def most_numbers(shape: Sequence[int]) -> int:
    """How many numbers an answer may not have: some more than the game's strategies, so that wrong lengths are seen.

    >>> most_numbers((3, 3))
    1024
    """
    return 1000 + 4 * sum(shape)


def longest_line(shape: Sequence[int]) -> int:
    """Bytes of the longest message that an honest answer to a game of this ``shape`` can be."""
    return 100 * most_numbers(shape) + sum(shape) * 2 * (MOST_DIGITS + 4)


def decode_profile(message: object) -> MixedProfile:
    """Vectors of ``Fraction`` where all numbers of a vector are rational, of floats otherwise.

    Raises
    ------
    SolverError
        If ``message`` is not of the form of :data:`WireProfile`, or a number is beyond what a float can hold.

    >>> [vector.tolist() for vector in decode_profile([["1/3", "2/3"], [1.0, "0"]])]
    [[Fraction(1, 3), Fraction(2, 3)], [1.0, 0.0]]
    """
    if not isinstance(message, list) or not all(isinstance(vector, list) for vector in message):
        raise SolverError(f"the answer {reprlib.repr(message)} is no list of one list of probabilities a player")
    return tuple(_decode_vector(vector) for vector in message)


def end_of(code: int) -> str:
    """What an exit code says; negative ones are signals.

    >>> end_of(3), end_of(-9)
    ('ended with exit code 3', 'was ended by SIGKILL')
    """
    return f"was ended by {signal_name(-code)}" if code < 0 else f"ended with exit code {code}"


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def words(error: BaseException) -> str:
    """What an exception says, for a report; see :func:`readable`.

    >>> words(ArithmeticError("no pivot")), words(MemoryError())
    ('ArithmeticError: no pivot', 'MemoryError')
    """
    try:
        text = str(error)
    except Exception as fault:
        text = f"what it says cannot be read ({type(fault).__name__})"
    if not isinstance(error, FairgamesError):
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return readable(text)


def readable(text: str) -> str:
    """An engine's text on one line of at most 500 characters, and nothing in it that a terminal would obey.

    >>> readable("two\\n  lines"), readable("\\x1b[31mred").isprintable()
    ('two lines', True)
    """
    text = " ".join(text[: 20 * _MAX_WORDS].split())
    return printable(text if len(text) <= _MAX_WORDS else text[: _MAX_WORDS - 1] + "…")


def _sequence(answer: object) -> Iterable[Any]:
    if isinstance(answer, str | bytes | dict) or not isinstance(answer, Iterable):
        raise TypeError(f"it is a {type(answer).__name__}")
    return answer


def _encode(value: Any) -> WireNumber:
    if isinstance(value, numbers.Rational | Decimal) and not isinstance(value, bool):
        return str(Fraction(value))
    if isinstance(value, str):
        raise TypeError("it holds text")
    return float(value)


def _decode_vector(vector: list[object]) -> Array:
    values = [_decode(value) for value in vector]
    if values and all(isinstance(value, Fraction) for value in values):
        return object_array(values)
    return np.array([float(value) for value in values], dtype=float)


def _decode(value: object) -> float | Fraction:
    if isinstance(value, float):
        return value
    if not (isinstance(value, str) and (parts := _RATIONAL.fullmatch(value))):
        raise SolverError(f"the answer holds {reprlib.repr(value)} where a probability was expected")
    if (denominator := int(parts[2] or 1)) == 0:
        raise SolverError(f"the answer holds {reprlib.repr(value)}, which divides by 0")
    fraction = Fraction(int(parts[1]), denominator)
    if abs(fraction) > _LARGEST:
        raise SolverError(f"the answer holds {reprlib.repr(value)}, too large for any probability")
    return fraction
