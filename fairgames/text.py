"""Numbers, strategies and names as people read them."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any

import numpy as np

#: Stands for a character that a terminal might obey.
_UNPRINTABLE = "?"

#: From here on equal neighbours are told as one.
_MANY = 30


def number(value: float | Fraction | None) -> str:
    """A number for people: six digits, and the fraction itself where it is short.

    >>> number(Fraction(9, 20)), number(0.123456789), number(None)
    ('0.45 = 9/20', '0.123457', '–')
    """
    if value is None:
        return "–"
    shown = f"{float(value):.6g}"
    if isinstance(value, Fraction) and value.denominator > 1 and len(text := str(value)) <= 12:
        return f"{shown} = {text}"
    return shown


def how_many(profiles: int) -> str:
    """A number of profiles for people, which of many users has more digits than Python writes.

    >>> how_many(3**8), how_many(3**100_000)
    ('6,561', 'about 10^47712')
    """
    return f"{profiles:,}" if profiles < 10**15 else f"about 10^{math.floor(math.log10(profiles))}"


class _Shown(reprlib.Repr):
    """Quotes at most some 60 characters, and numbers that have more digits than Python writes by their size."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxlong = self.maxother = 60
        self.maxlist = self.maxtuple = self.maxarray = 12

    def repr_int(self, value: int, level: int) -> str:
        if abs(value) < _LONG:
            return super().repr_int(value, level)
        return f"{float(value):g}" if abs(value) < _FLOAT else f"{'-' * (value < 0)}{how_many(abs(value))}"

    def repr_Fraction(self, value: Fraction, level: int) -> str:  # noqa: N802 - reprlib looks for this name
        return "/".join(self.repr_int(part, level) for part in value.as_integer_ratio()[: 1 + (value.denominator > 1)])

    def repr_instance(self, value: object, level: int) -> str:
        return super().repr_instance(value.item() if isinstance(value, np.generic) else value, level)


_LONG, _FLOAT = 10**30, 2**1023
_SHOWN = _Shown()


def shown(value: object) -> str:
    """A value as it came, quoted in a fault: cut where it is long, whatever its size.

    >>> shown("2/3"), shown(10**5000), shown([0, 0.5])
    ("'2/3'", 'about 10^5000', '[0, 0.5]')
    """
    return _SHOWN.repr(value)


def strategy(vector: Any, names: Sequence[str]) -> str:
    """A pure strategy by its level; a mixed one with its probabilities."""
    played = [(level, weight) for level, weight in zip(names, vector, strict=True) if weight > 0]
    if len(played) == 1:
        return played[0][0]
    return ", ".join(f"{level}: {number(weight)}" for level, weight in played)


def runs(words: Sequence[str]) -> list[str]:
    """The words themselves; of many, equal neighbours as one.

    >>> runs(["0", "2", "2"]), runs(["0"] * 40 + ["2"])
    (['0', '2', '2'], ['0 ×40', '2'])
    """
    if len(words) <= _MANY:
        return list(words)
    lengths = ((word, len(list(alike))) for word, alike in groupby(words))
    return [word if length == 1 else f"{word} ×{length}" for word, length in lengths]


def printable(text: str) -> str:
    """A name from a file, with nothing in it that a terminal would obey."""
    return "".join(character if character.isprintable() else _UNPRINTABLE for character in text)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Plain text, columns padded to their widest cell.

    >>> print(table(["user", "level"], [["Ann", "2"], ["Ben", "0"]]))
    user  level
    Ann   2
    Ben   0
    """
    lines = [[printable(cell) for cell in row] for row in (columns, *rows)]
    widths = [max(len(row[k]) for row in lines) for k in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in lines
    )
