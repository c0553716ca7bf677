"""Names and headings as people type them, made comparable before they are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from fairgames.reading.notation import write_string

#: What spreadsheets, R and pandas write where something is missing.
_MISSING = frozenset(
    ["na", "n/a", "n.a.", "nan", "-nan", "nil", "none", "null", "missing", "unknown", "-", "--", "?", ".", "<na>"]
) | {"#na", "#n/a", "#null!", "#value!", "#ref!", "#name?"}
_SIGNS = frozenset("+-0123456789")
#: Pairs and names listed in a warning.
_LISTED = 5
#: A line that is one.
_NUMBER_LINE = re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?$", re.ASCII | re.MULTILINE)
#: A number that identifies somebody, perhaps through a spreadsheet that made 1.0 of 1.
_NUMBER = re.compile(r"[-+]?[0-9]{1,40}(\.[0-9]{0,40})?", re.ASCII)


def clean(name: str) -> str:
    """A name without blanks around it, in Unicode's composed form (NFC).

    >>> clean("north ") == clean("north"), clean("Ko\u0308ln") == "K\u00f6ln"
    (True, True)
    """
    name = name.strip()
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def cleaned(names: Sequence[str]) -> Sequence[str]:
    """All of them :func:`clean`; a million that are so already are seen to be at once."""
    text = "".join(names)
    if text.isascii() and text.isprintable() and " " not in text:
        return names
    return list(map(clean, names))


def is_missing(cell: str) -> bool:
    """Whether a cell holds nothing, or a mark of what is missing.

    >>> is_missing(" n/a "), is_missing(""), is_missing("Nan Goldin")
    (True, True, False)
    """
    plain = cell.strip().casefold()
    return not plain or plain in _MISSING


def headings(row: Sequence[str]) -> list[str]:
    """The header of a CSV file, as every reader of one compares it."""
    return [clean(cell) for cell in row]


def doubtful(names: Iterable[str]) -> Iterator[str]:
    """Warnings about :func:`clean` names that are different, but may be meant to be one, or none."""
    names = names if isinstance(names, list) else list(names)
    if _plainly_apart(names):
        return
    distinct = list(dict.fromkeys(names))
    firsts: dict[str | Fraction, str] = {}
    pairs = []
    for name in distinct:
        if (first := firsts.setdefault(_sense(name), name)) != name:
            pairs.append(f"{write_string(first)} and {write_string(name)}")
    if pairs:
        yield f"{_listed(pairs)} are taken as different; write one name if one is meant"
    missing = [write_string(name) for name in distinct if name.casefold() in _MISSING]
    if missing:
        yield f"{_listed(missing)} may stand for a missing name; taken as a name"


def _plainly_apart(names: Sequence[str]) -> bool:
    """Whether no two are or may be meant to be one, nor any to be none: of a million without numbers and blanks."""
    text = "\n".join(names)
    if not text.isascii() or " " in text or "\t" in text or _NUMBER_LINE.search(text):
        return False
    lower = text.lower()
    senses = set(names if lower == text else lower.split("\n"))
    return len(senses) == len(names) and senses.isdisjoint(_MISSING)


def _sense(name: str) -> str | Fraction:
    """What names that may be meant to be one have in common: letters whatever their case, numbers by value."""
    if name[:1] in _SIGNS and _NUMBER.fullmatch(name):
        return Fraction(name)
    if name.isascii():  # as nearly all of a million are
        return " ".join(name.lower().split())
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _listed(items: Sequence[str]) -> str:
    more = len(items) - _LISTED
    return "; ".join(items[:_LISTED]) + (f" and {more} more" if more > 0 else "")
