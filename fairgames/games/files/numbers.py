"""Payoffs as text and back: decimals that lead to the same float64, rationals as p/q."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.reading.notation import read_number
from fairgames.typing import Array

_DECIMAL = r"[-+]?+(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][-+]?+\d++)?+"
_FRACTION = r"[-+]?+\d++/\d++"

#: One number, and as many as follow each other; whoever reads looks how far they reach.
NUMBER = re.compile(rf"{_FRACTION}|{_DECIMAL}", re.ASCII)
NUMBERS = re.compile(rf"(?:\s*+(?:{_FRACTION}(?!\S)|{_DECIMAL}(?!\S)))*+\s*+", re.ASCII)
DECIMALS = re.compile(rf"(?:\s*+{_DECIMAL}(?!\S))*+\s*+", re.ASCII)
COUNTS = re.compile(r"(?:\s*+\d++(?!\S))*+\s*+", re.ASCII)
#: In the outcomes of a ``.nfg`` file a comma may follow each number.
WITH_COMMAS = re.compile(rf"(?:\s*+(?:{_FRACTION}|{_DECIMAL})(?![^\s,])\s*+,?+)*+\s*+", re.ASCII)

#: Numbers formatted at a time.
BLOCK = 1 << 13

#: Numbers of more digits are refused by whoever reads them, so they are not written.
_MOST_DIGITS = 3_000
#: Decimals and fractions that may be too small for float64.
_TINY = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)[eE]-0*(\d{1,4})", re.ASCII)
_QUOTIENT = re.compile(r"[-+]?\d+/(\d+)", re.ASCII)


def rows(numbers: Array, width: int, decimals: int | None = None) -> Iterator[str]:
    """The entries of ``numbers`` in C order, ``width`` of them a line, by blocks of some thousand lines.

    ``numbers`` may be any view; only one block is copied at a time. Rationals that so many ``decimals`` hold exactly
    are written with them.

    Raises
    ------
    InputError
        At the first entry that is no finite number.
    """
    for block in blocks_of(numbers, width):
        yield "\n".join([" ".join(row) for row in texts(block, decimals)]) + "\n"


def blocks_of(numbers: Array, width: int) -> Iterator[Array]:
    """The entries of any view in C order, as matrices of ``width`` columns, copied one at a time."""
    step = max(1, BLOCK // width) * width
    flat = numbers.squeeze().flat  # iterators have at most 32 axes; players with one strategy need none
    for start in range(0, numbers.size, step):
        yield flat[start : start + step].reshape(-1, width)


def texts(block: Array, decimals: int | None = None) -> Iterator[Iterator[str]]:
    """The entries of a matrix as text, row by row; rationals with ``decimals`` where these hold them exactly."""
    if block.dtype == object:
        write = _rational if decimals is None else partial(_decimal, decimals)
        return (map(write, row) for row in block)
    if not np.isfinite(block).all():
        wrong = block[~np.isfinite(block)][0]
        raise InputError(f"a payoff is {wrong}, and no game file can hold that; expected finite numbers")
    return (map(repr, row) for row in block.tolist())


def parsed(words: Sequence[str], exact: bool) -> tuple[Array, int | None]:
    """The numbers that ``words`` of the form :data:`NUMBER` stand for, and the index of the first that is none.

    Division by zero is none, nor is what is too large for float64. What is too small for it is a
    rational like any other, as Gambit takes it; among floats it is 0.

    >>> parsed(["1e-3", "2/3", "1/0"], exact=True)
    (array([Fraction(1, 1000), Fraction(2, 3), None], dtype=object), 2)
    """
    if exact:
        known = {word: rational(word) for word in set(words)}
        values = object_array(known[word] for word in words)
        return values, next((index for index, value in enumerate(values) if value is None), None)
    numbers = np.array([_float(word) for word in words], dtype=float)
    wrong = np.flatnonzero(~np.isfinite(numbers))
    return numbers, int(wrong[0]) if wrong.size else None


def _float(word: str) -> float:
    if "/" not in word:
        return float(word)
    value = rational(word)
    return math.nan if value is None else float(value)


def rational(word: str | int) -> Fraction | None:
    """The rational that was written in a game file, however small; None where there is none, or one too large.

    >>> rational("1e-400") == Fraction(1, 10**400), rational("1e400"), rational("1e-999999999")
    (True, None, None)
    """
    value = read_number(word)
    if value is not None or not isinstance(word, str) or len(word) > _MOST_DIGITS:
        return value
    power, quotient = _TINY.fullmatch(word), _QUOTIENT.fullmatch(word)
    if not (power and int(power[1]) <= _MOST_DIGITS) and not (quotient and int(quotient[1])):
        return None
    found = Fraction(word)
    return found if abs(found) < 1 else None


def _decimal(decimals: int, value: int | Fraction) -> str:
    units = Fraction(value) * 10**decimals
    if units.denominator != 1:
        return _rational(value)
    whole, part = divmod(abs(units.numerator), 10**decimals)
    return f"{'-' if units < 0 else ''}{_rational(whole)}" + (f".{part:0{decimals}d}" if decimals else "")


def _rational(value: int | Fraction) -> str:
    try:
        text = str(Fraction(value))
    except ValueError:  # Python converts no integer of more than 4,300 digits
        text = ""
    if not text or len(text) > _MOST_DIGITS:
        raise InputError(f"a payoff has more than {_MOST_DIGITS:,} digits; write the game with floating-point payoffs")
    return text
