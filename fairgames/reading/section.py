"""One table of a scenario, read key by key; whatever is wrong becomes a fault that names the key."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from typing import Any

from fairgames.reading.faults import Faults
from fairgames.reading.notation import read_number, show, write_key, write_string

#: Known words listed for an unknown one.
_LISTED = 20


class Section:
    """The keys of one table (or of one line of a CSV file).

    Parameters
    ----------
    faults : where faults are gathered
    prefix : stands before each key in a fault, such as ``clinic.toml: utility.``
    data : the keys and their values
    who : stands after each key in a fault, such as `` ("clinic")``
    """

    def __init__(self, faults: Faults, prefix: str, data: Mapping[str, Any], who: str = "") -> None:
        self.faults = faults
        self.prefix = prefix
        self.data = data
        self.who = who

    def say(self, key: str, message: str) -> None:
        """Add a fault about ``key``."""
        self.faults.add(f"{self.prefix}{write_key(key)}{self.who}: {message}")

    def expected(self, key: str, what: str) -> None:
        """Add a fault: this came (or nothing), that was expected."""
        came = f"got {show(self.data[key])}" if key in self.data else "missing"
        self.say(key, f"{came}, expected {what}")

    def only(self, known: Collection[str], elsewhere: Mapping[str, str]) -> None:
        """Add a fault for each key that is not ``known``; ``elsewhere`` tells where some of them belong."""
        for key in self.data:
            if key in elsewhere and key not in known:
                self.say(key, f"got {show(self.data[key])}, but {elsewhere[key]}")
            elif key not in known:
                self.say(key, f"unknown key, expected {nearest(key, known)}")

    def number(self, key: str, bound: str, accept: Callable[[Fraction], bool]) -> Fraction | None:
        """A finite number that ``accept`` takes, else a fault that states the ``bound``."""
        number = read_number(self.data.get(key))
        if number is None or not accept(number):
            self.expected(key, f"a finite number{bound}")
            return None
        return number

    def text(self, key: str) -> str | None:
        value = self.data.get(key)
        if not isinstance(value, str) or not value.strip():
            self.expected(key, "a non-empty string")
            return None
        return value

    def one_of(self, key: str, choices: Collection[str], default: str | None = None) -> str | None:
        value = self.data.get(key, default)
        if isinstance(value, str) and value in choices:
            return value
        self.expected(key, nearest(value if isinstance(value, str) else "", choices, quoted=True))
        return None


def nearest(word: str, known: Collection[str], quoted: bool = False) -> str:
    """The known words, the one that ``word`` resembles first; ``quoted`` where they are values.

    >>> nearest("levles", ["kind", "levels"])
    'levels (did you mean that?), or kind'
    """
    write = write_string if quoted else str
    close = difflib.get_close_matches(word, known, n=1)
    rest = [write(name) for name in known if name not in close]
    others = ", ".join(rest[:_LISTED]) + (", …" if len(rest) > _LISTED else "")
    if not close:
        return f"one of {others}"
    first = f"{write(close[0])} (did you mean that?)"
    return f"{first}, or {others}" if others else first
