"""Numbers, strategies and names as people read them."""

from __future__ import annotations

import math
import re
import reprlib
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

import numpy as np

#: Longer lines are cut in their middle: what is wrong stands at the beginning, what to do at the end.
_LONGEST, _ENDING = 500, 120
#: What we write ourselves may be longer, since it lists.
_LONGEST_OWN = 2000
#: What a spreadsheet would take for a formula or act on, perhaps escaped already; full-width signs are signs.
_FORMULA = re.compile("'*[=+\\-@\uff1d\uff0b\uff0d\uff20\x00-\x1f\x7f-\x9f]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")

#: From here on equal neighbours are told as one.
_MANY = 30


def number(value: float | Fraction | None) -> str:
    """A number for people: six digits or all before the point, and the fraction itself where it is short.

    >>> number(Fraction(9, 20)), number(0.123456789), number(32_337_123.4), number(None)
    ('0.45 = 9/20', '0.123457', '32,337,123', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, Fraction) and abs(value) >= _FLOAT:
        shown = f"{Decimal(int(value)):.6g}"
    elif _SIX_DIGITS <= abs(float(value)) < _LONG_WHOLE:
        shown = f"{round(value):,}"
    else:
        shown = f"{float(value):,.6g}"
    if isinstance(value, Fraction) and value.denominator > 1 and len(text := str(value)) <= 12:
        return f"{shown} = {text}"
    return shown


def money(value: float | Fraction | None, currency: str | None = None) -> str:
    """A :func:`number` with its currency, if there is one.

    >>> money(1234.5, "EUR"), money(1234.5)
    ('1,234.5 EUR', '1,234.5')
    """
    return number(value) if currency is None or value is None else f"{number(value)} {currency}"


def in_money(heading: str, currency: str | None) -> str:
    """The heading of a column of amounts, with their currency, if there is one.

    >>> in_money("payment", "EUR")
    'payment (EUR)'
    """
    return f"{heading} ({currency})" if currency else heading


def multiple(value: Fraction, unit: Fraction) -> str:
    """A multiple of a unit with all its decimals, where the unit has some; else a :func:`number`.

    >>> multiple(Fraction(1234567, 10), Fraction(1, 100)), multiple(Fraction(2, 3), Fraction(1, 3))
    ('123,456.70', '0.666667 = 2/3')
    """
    for places in range(_MOST_PLACES if abs(value) < _FLOAT else 0):
        if (unit * 10**places).denominator == 1:
            whole, rest = divmod(abs(int(value * 10**places)), 10**places)
            return f"{'-' * (value < 0)}{whole:,}" + (f".{rest:0{places}}" if places else "")
    return number(value)


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
#: From here, and up to there, numbers are written whole: 32,337,123 and not 3.23371e+07.
_SIX_DIGITS, _LONG_WHOLE = 999_999.5, 10**15
#: Decimals that a unit of money may have.
_MOST_PLACES = 16
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


def printable(text: str, longest: int = _LONGEST) -> str:
    r"""One line of text from anywhere, of a length that can be read, with nothing in it that a terminal would obey.

    Controls, escape sequences, line ends and what turns the direction of writing are written as
    Python writes them; spaces of any kind, such as those that spreadsheets keep from breaking, are spaces.

    >>> print(printable("Ann\x1b[31m\u202e\r\nError: 0"))
    Ann\x1b[31m\u202e\r\nError: 0
    >>> print(printable("Ost\xa0Spital"))
    Ost Spital
    >>> len(printable("9" * 3000))
    522
    """
    if len(text) > longest:
        head, ending = text[: longest - _ENDING], text[-_ENDING:]
        text = f"{head} … {len(text) - longest:,} characters … {ending}"
    if text.isprintable():
        return text
    return "".join(map(_printed, text))


def _printed(sign: str) -> str:
    if sign.isprintable():
        return sign
    return " " if unicodedata.category(sign) == "Zs" else sign.encode("unicode_escape").decode()


def lines(text: str) -> str:
    """Text of our own, line ends kept, that quotes text from anywhere: each line :func:`printable`."""
    return "\n".join(printable(line.expandtabs(), _LONGEST_OWN) for line in text.split("\n"))


def spreadsheet_text(text: str) -> str:
    """Text for a cell of CSV or XLSX that no program takes for a formula; :func:`from_spreadsheet` is the inverse.

    Numbers such as -3.5 are left as they are.

    >>> spreadsheet_text("=1+1"), spreadsheet_text("Ann"), spreadsheet_text("-3.5")
    ("'=1+1", 'Ann', '-3.5')
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def from_spreadsheet(cell: str) -> str:
    """The text of which :func:`spreadsheet_text` made a cell."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell


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
