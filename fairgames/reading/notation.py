"""Numbers and strings as TOML writes them: 0.3 is 3/10, "2/3" is two thirds."""

from __future__ import annotations

import json
import math
import re
from fractions import Fraction
from functools import lru_cache

from fairgames.exact import is_beyond_float, with_a_point

#: Longer integers (3,000 digits) are refused; Python itself does not write many more.
_LARGEST_BITS = 10_000
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SHOWN = 60
_SHOWN_ENTRIES = 6


def parse_float(text: str) -> Fraction | float | str:
    """The hook for :func:`tomllib.loads`: finite decimals exactly, inf and nan as floats.

    A decimal far beyond float64 stays text, which :func:`read_number` refuses.

    >>> parse_float("0.3"), parse_float("inf")
    (Fraction(3, 10), inf)
    """
    if not text[-1].isdigit():
        return float(text)
    return text if is_beyond_float(text) else Fraction(text)


def read_number(value: object) -> Fraction | None:
    """The rational that was written; None where there is no number that float64 can come near.

    >>> read_number("2/3"), read_number(3), read_number(True), read_number("1e999999999")
    (Fraction(2, 3), Fraction(3, 1), None, None)
    """
    if isinstance(value, str):
        return _known(value) if len(value) <= _SHOWN else _read_text(value)
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        return None
    return _held(Fraction(value))


def way_out(value: object) -> str:
    """What to do about a number that no float64 comes near, or with a comma, to end a sentence; else "".

    >>> way_out("1e-400"), way_out("a third")
    ('; floats hold 0, and sizes from 5e-324 to 1.8e308: state it in another unit, or as 0', '')
    """
    if hint := with_a_point(value):
        return hint
    written = _from_text(value) if isinstance(value, str) else value
    if isinstance(written, bool) or not isinstance(written, int | Fraction) or _fits_float(Fraction(written)):
        return ""
    return "; floats hold 0, and sizes from 5e-324 to 1.8e308: state it in another unit, or as 0"


def read_level(value: object) -> Fraction | float | None:
    """A privacy level: a number or infinity.

    >>> read_level("inf"), read_level("1/2")
    (inf, Fraction(1, 2))
    """
    if value == math.inf or (isinstance(value, str) and value.strip() in ("inf", "+inf")):
        return math.inf
    return read_number(value)


def write_string(text: str) -> str:
    r"""A TOML basic string, whatever ``text`` contains; nothing in it turns the direction of writing.

    >>> print(write_string('say "hi"\n'), write_string("\u2066x"))
    "say \"hi\"\n" "\u2066x"
    """
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in json.dumps(text, ensure_ascii=False))


def _escaped(sign: str) -> str:
    code = ord(sign)
    return f"\\u{code:04x}" if code < 2**16 else f"\\U{code:08x}"


def write_number(value: Fraction | float) -> str:
    """A TOML value that is read back as exactly this number: a decimal, or "p/q" as a string.

    >>> write_number(Fraction(3, 10)), write_number(Fraction(2, 3)), write_number(Fraction(2))
    ('0.3', '"2/3"', '2')
    """
    text = plain(value)
    return f'"{text}"' if "/" in text else text


def plain(value: Fraction | float) -> str:
    """A number for people: as a decimal where that is short and exact, else p/q."""
    if isinstance(value, float):
        return repr(value)
    if value.denominator == 1:
        return str(value)
    decimal = repr(float(value)) if _fits_float(value) else ""
    return decimal if decimal and Fraction(decimal) == value else str(value)


def write_key(key: str) -> str:
    """A key as it may stand in a path such as ``utility.levels``."""
    return key if _BARE_KEY.fullmatch(key) else _shortened(write_string(key))


def show(value: object) -> str:
    """Whatever came, for an error message, in a few words."""
    if isinstance(value, list):
        entries = [_show_entry(entry) for entry in value[:_SHOWN_ENTRIES]]
        return f"[{', '.join(entries)}{', …' if len(value) > _SHOWN_ENTRIES else ''}]"
    return _show_entry(value)


def _show_entry(value: object) -> str:
    match value:
        case bool():
            text = str(value).lower()
        case str():
            text = write_string(value)
        case int() | Fraction():
            text = "a number of thousands of digits" if _is_long(value) else plain(Fraction(value))
        case float():
            text = str(value)
        case list():
            text = "[…]"
        case dict():
            text = "a table"
        case _:
            text = f"the {type(value).__name__} {value}"
    return _shortened(text)


def _read_text(text: str) -> Fraction | None:
    fraction = _from_text(text)
    return None if fraction is None else _held(fraction)


#: Columns of a million cells say few things, or each its own.
_known = lru_cache(maxsize=1_000)(_read_text)


def _held(value: Fraction) -> Fraction | None:
    """The number, if floats come near it and it can be written out."""
    return value if _fits_float(value) and not _is_long(value) else None


def _from_text(text: str) -> Fraction | None:
    if is_beyond_float(text):
        return None
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


def _fits_float(value: Fraction) -> bool:
    """Neither too large for float64 nor so small that it becomes 0."""
    try:
        return not value or float(value) != 0
    except OverflowError:
        return False


def _is_long(value: Fraction | int) -> bool:
    return max(value.numerator.bit_length(), value.denominator.bit_length()) > _LARGEST_BITS


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
