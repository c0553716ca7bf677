"""How a table writes its numbers: the decimal sign and what parts thousands, by what its cells leave possible.

Several ways may fit. Where they give some cell different values, nobody guesses: "1,234" alone is 1234 or 1.234, and
the reader must be told. "1,234" beside "0.5" is 1234, as the comma cannot be a decimal sign there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from fairgames.errors import InputError
from fairgames.reading.data.columns import Columns, Plain
from fairgames.reading.data.form import Form
from fairgames.reading.notation import write_string

_BLANKS, _APOSTROPHES = " \u00a0\u2009\u202f", "'\u2019"
_PARTING = {",": ",", ".": r"\.", " ": f"[{_BLANKS}]", "'": f"[{_APOSTROPHES}]"}
_TWO_POINTS = re.compile(r"\.\d+\.", re.ASCII)
#: What a number may be written with; other cells (text, fractions, NA) say nothing about how numbers are written.
_NUMERAL = re.compile(rf"[+-]?[\d.,{_BLANKS}{_APOSTROPHES}]*\d[\d.,]*(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Numerals:
    """One way of writing numbers.

    Attributes
    ----------
    decimal : the decimal sign
    thousands : what parts thousands; None for nothing
    """

    decimal: str = "."
    thousands: str | None = None

    @cached_property
    def _form(self) -> re.Pattern[str]:
        point = re.escape(self.decimal)
        whole = r"\d+"
        if self.thousands:
            part = _PARTING[self.thousands]
            # The same sign each time.
            whole = rf"(?:[1-9]\d{{0,2}}(?:(?P<part>{part})\d{{3}})(?:(?P=part)\d{{3}})*|\d+)"
        return re.compile(rf"[+-]?(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?", re.ASCII)

    def fits(self, text: str) -> bool:
        """Whether a numeral can be read in this way."""
        return self._form.fullmatch(text) is not None

    def plain(self, text: str) -> str | None:
        """A cell with a decimal point and nothing else in it; None for a numeral of another way of writing.

        >>> Numerals(",", ".").plain("1.234,5"), Numerals(",").plain("1.5"), Numerals(",").plain("2/3")
        ('1234.5', None, '2/3')
        """
        if isinstance(text, Plain) or self == _USUAL:
            return text
        text = text.strip()
        if not _NUMERAL.fullmatch(text):
            return text
        if not self.fits(text):
            return None
        for sign in _PARTING[self.thousands].strip("[]").replace("\\", "") if self.thousands else "":
            text = text.replace(sign, "")
        return text.replace(self.decimal, ".")


_USUAL = Numerals()
#: All ways; the usual one first.
_WAYS = [
    Numerals(decimal, thousands)
    for decimal in (".", ",")
    for thousands in (None, ",", ".", " ", "'")
    if thousands != decimal
]


def numerals_of(table: Columns, names: Iterable[str], form: Form) -> Numerals:
    """How the numbers in these columns are written: as ``form`` says, or in the only way that fits.

    In text with commas between columns, and where cells have types, a single point is a decimal point unless commas or
    several points in other cells say otherwise.

    Raises
    ------
    InputError
        If no way fits, or ways that fit differ in what they read.
    """
    columns = {name: table.column(name) for name in names}
    ways = [way for way in _WAYS if form.decimal in (None, way.decimal) and _parts(form, way)]
    separated = any(map(_separated, columns.values()))
    if _USUAL in ways and not separated:
        if table.delimiter in (",", None) or form.decimal == ".":
            return _USUAL
        if not any("." in cell for cells in columns.values() for cell in cells):
            return _USUAL
    return _only_way(table, columns, ways, form)


def _separated(cells: Sequence[str]) -> bool:
    """Whether anything but one point stands in some cell; blanks around a number and text count, too."""
    text = "\n".join(cells)
    return any(sign in text for sign in f",{_BLANKS}{_APOSTROPHES}") or _TWO_POINTS.search(text) is not None


def _parts(form: Form, way: Numerals) -> bool:
    return form.thousands is None or way.thousands == (form.thousands or None)


def _only_way(table: Columns, columns: dict[str, Sequence[str]], ways: list[Numerals], form: Form) -> Numerals:
    left = ways
    first: tuple[str, int] | None = None
    telling = []
    for name, cells in columns.items():
        for index, cell in enumerate(cells):
            if isinstance(cell, Plain) or cell.isdigit() or not _NUMERAL.fullmatch(text := cell.strip()):
                continue
            fitting = [way for way in left if way.fits(text)]
            if not fitting:
                raise InputError(_contradiction(table, columns, first, (name, index), form))
            if len(fitting) < len(left) or first is None:
                first = (name, index)
            left = fitting
            telling.append((text, name, index))
    values = [_distinct(text, left) for text, _, _ in telling] if len(left) > 1 else []
    for (text, name, index), found in zip(telling, values, strict=False):
        if len(found) > 1:
            shown = " or ".join(str(float(value)) for value in found)
            raise InputError(
                f"{table.at(table.lines[index])}: {name}: got {write_string(text)}, which may be {shown}, and nothing "
                "else in the file says which; give --decimal , or --decimal . (decimal=), or write it so that there is "
                "one way to read it"
            )
    return left[0]


def _distinct(text: str, ways: Sequence[Numerals]) -> list[Fraction]:
    plain = {way.plain(text) for way in ways}
    return sorted({Fraction(value) for value in plain if value is not None}) if len(plain) > 1 else [Fraction(0)]


def _contradiction(
    table: Columns, columns: dict[str, Sequence[str]], first: tuple[str, int] | None, other: tuple[str, int], form: Form
) -> str:
    name, index = other
    came = f"{table.at(table.lines[index])}: {name}: got {write_string(columns[name][index])}"
    if form.decimal is not None or form.thousands is not None or first is None:
        said = f"the decimal sign {form.decimal or 'not said'}, thousands {form.thousands or 'not said'}"
        return f"{came}, which is no number with {said}; say otherwise with --decimal and --thousands"
    before, where = first
    shown = write_string(columns[before][where])
    return (
        f"{came}, but in {table.unit} {table.lines[where]} {shown}; expected one way of writing numbers: what is the "
        "decimal sign, and what parts thousands?"
    )
