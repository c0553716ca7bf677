"""The ledger's file format: JSON with rationals as strings, refused unless all of it makes sense."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fairgames.privacy import PURE_DP, ZERO_CONCENTRATED_DP, ConcentratedDP, Level, PureDP
from fairgames.releases.errors import LedgerError

#: What a file says that it is, and what that counts.
_FORMATS: Mapping[str, PureDP | ConcentratedDP] = MappingProxyType(
    {"fairgames privacy ledger 1": PURE_DP, "fairgames zCDP ledger 1": ZERO_CONCENTRATED_DP}
)
_NUMBER = re.compile(r"inf|[0-9]+(/[0-9]+)?")


@dataclass(frozen=True, eq=False)
class Entry:
    """One charge.

    Attributes
    ----------
    number : from 1 on, without gaps
    time : when it was charged, UTC
    purpose : a note
    costs : the ε (or ρ) of each user charged
    """

    number: int
    time: str
    purpose: str
    costs: Mapping[str, Level]


@dataclass(frozen=True, eq=False)
class Accounts:
    """What a ledger held when it was read.

    Attributes
    ----------
    budgets : the ε that each user may lose in all; inf means no limit
    entries : all charges, in their order
    privacy : what is counted: ε of pure differential privacy, or ρ of zero-concentrated
    """

    budgets: Mapping[str, Level]
    entries: tuple[Entry, ...]
    privacy: PureDP | ConcentratedDP = PURE_DP

    @cached_property
    def spent(self) -> dict[str, Level]:
        """What each user has lost so far: the sum of the charges, exact."""
        spent: dict[str, Level] = dict.fromkeys(self.budgets, Fraction(0))
        for entry in self.entries:
            for name, cost in entry.costs.items():
                spent[name] += cost
        return spent

    def left(self, name: str) -> Level:
        """What is left of the budget of ``name``."""
        budget = self.budgets[name]
        return budget if budget == math.inf else budget - self.spent[name]


def dump(accounts: Accounts) -> str:
    """The whole file, one line an entry."""
    entries = [
        {"number": entry.number, "time": entry.time, "purpose": entry.purpose, "costs": _plain(entry.costs)}
        for entry in accounts.entries
    ]
    name = next(name for name, privacy in _FORMATS.items() if privacy == accounts.privacy)
    content = {"format": name, "budgets": _plain(accounts.budgets), "entries": entries}
    lines = {**{key: _line(value) for key, value in content.items()}, "sha256": _line(_digest(content))}
    lines["entries"] = "[\n" + ",\n".join(map(_line, entries)) + "\n]"
    return "{\n" + ",\n".join(f'"{key}": {line}' for key, line in lines.items()) + "\n}\n"


def parse(text: str, path: Path) -> Accounts:
    """What :func:`dump` wrote.

    Raises
    ------
    LedgerError
        If the text is not, in every detail, a ledger.
    """
    try:
        content = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
        _require(isinstance(content, dict) and content.get("format") in _FORMATS, f"it is no {' or '.join(_FORMATS)}")
        digest = content.pop("sha256", None)
        _require(digest == _digest(content), "its check sum does not fit: it was cut off or edited")
        return _accounts(content)
    except (ValueError, TypeError, KeyError, AttributeError, ZeroDivisionError, RecursionError) as error:
        raise LedgerError(
            f"{path}: not a ledger that can be trusted ({error}); restore it from a copy, since a new one would "
            "forget what was spent"
        ) from None


def _accounts(content: dict[str, Any]) -> Accounts:
    budgets = _levels(content["budgets"])
    entries = tuple(
        Entry(row["number"], row["time"], row["purpose"], _levels(row["costs"])) for row in content["entries"]
    )
    _require([entry.number for entry in entries] == list(range(1, len(entries) + 1)), "charges are missing")
    _require(all(name in budgets for entry in entries for name in entry.costs), "a charge has no account")
    accounts = Accounts(budgets, entries, _FORMATS[content["format"]])
    over = [name for name, spent in accounts.spent.items() if spent > budgets[name]]
    _require(not over, f"more is spent than the budget of {', '.join(over)}")
    return accounts


def _levels(row: dict[str, str]) -> dict[str, Level]:
    return {name: _level(text) for name, text in row.items()}


def _plain(levels: Mapping[str, Level]) -> dict[str, str]:
    """Each level as "p/q", "p" or "inf"."""
    return {name: str(level) for name, level in levels.items()}


def _line(value: object) -> str:
    return json.dumps(value)


@lru_cache(maxsize=100_000)
def _level(text: str) -> Level:
    _require(bool(_NUMBER.fullmatch(text)), f"{text!r} is no rational ≥ 0")
    return math.inf if text == "inf" else Fraction(text)


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _require(len(dict(pairs)) == len(pairs), "a key stands twice")
    return dict(pairs)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ValueError(otherwise)
