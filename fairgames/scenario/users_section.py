"""The users of a scenario: rows of ``[[users]]`` or of a CSV file, read, checked and expanded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from fairgames.errors import InputError
from fairgames.scenario.files import beside
from fairgames.scenario.notation import plain, read_level, read_number, show, write_string
from fairgames.scenario.section import Section
from fairgames.scenario.users_csv import csv_sections
from fairgames.scenario.utility_section import Kind, Levels
from fairgames.typing import Profile
from fairgames.users import Users

#: Expanded users that a scenario may have.
MOST_USERS = 1_000_000

_FEDERATED = ("samples", "importance")
_KEYS = ("name", "count", "sensitivity", "allowed", "level")


@dataclass(frozen=True)
class Row:
    """One row of users. ``count`` is None where it was faulty; ``allowed`` and ``level`` are indices."""

    name: str
    count: int | None
    samples: Fraction | None
    importance: Fraction
    sensitivity: tuple[Fraction, ...] | None
    allowed: Profile | None
    level: int | None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of its expanded users."""
        if self.count == 1:
            return (self.name,)
        return tuple(f"{self.name}-{number}" for number in range(1, (self.count or 0) + 1))


def read_users(top: Section, path: Path, kind: Kind | None, levels: Levels | None) -> tuple[Row, ...] | None:
    """The rows; None, after adding faults, where not even the number of users is known."""
    found = list(_sections(top, path, kind, levels))
    sections = [(where, section) for where, section in found if section is not None]
    rows = [_row(section, number, kind, levels) for number, (_, section) in enumerate(sections, start=1)]
    counts = [row.count for row in rows if row.count is not None]
    if sum(counts) > MOST_USERS:
        top.say("users", f"got counts that add up to {sum(counts):,} users, expected at most {MOST_USERS:,}")
        return None
    _check_names(sections, rows)
    return tuple(rows) if rows and len(counts) == len(found) else None


def expand(rows: Sequence[Row]) -> Users:
    """One user for each of a row's count.

    Raises
    ------
    InputError
        Whatever :class:`Users` still finds wrong.
    """
    each = [row for row in rows for _ in row.names]
    n_levels = next((len(row.sensitivity) for row in rows if row.sensitivity), None)
    zeros = (Fraction(0),) * (n_levels or 0)
    return Users(
        names=[name for row in rows for name in row.names],
        samples=[float(row.samples) for row in each if row.samples is not None] or None,
        importance=[float(row.importance) for row in each],
        sensitivity=[row.sensitivity or zeros for row in each] if n_levels else None,
        allowed=[row.allowed for row in each] if any(row.allowed for row in rows) else None,
    )


def row_indices(rows: Sequence[Row]) -> tuple[Profile, ...]:
    """For each row the indices of its expanded users."""
    indices, start = [], 0
    for row in rows:
        indices.append(tuple(range(start, start + len(row.names))))
        start += len(row.names)
    return tuple(indices)


def _sections(
    top: Section, path: Path, kind: Kind | None, levels: Levels | None
) -> Iterator[tuple[str, Section | None]]:
    users = top.data.get("users")
    if isinstance(users, str):
        try:
            yield from csv_sections(beside(path, users), levels, top.faults, _columns(kind))
        except InputError as error:
            top.say("users", str(error))
    elif not isinstance(users, list) or not users:
        top.expected("users", 'at least one table [[users]], or users = "FILE.csv" at the top of the file')
    else:
        for number, table in enumerate(users, start=1):
            if isinstance(table, dict):
                yield f"users[{number}]", _toml_section(top, number, table, kind)
            else:
                top.say("users", f"got the entry {show(table)}, expected tables [[users]]")
                yield f"users[{number}]", None


def _toml_section(top: Section, number: int, table: dict[str, object], kind: Kind | None) -> Section:
    name = table.get("name")
    who = f" ({show(name)})" if isinstance(name, str) else ""
    section = Section(top.faults, f"{top.prefix}users[{number}].", table, who)
    section.only(_columns(kind), dict.fromkeys(_FEDERATED, 'it is for kind = "federated-mean" only'))
    return section


def _columns(kind: Kind | None) -> tuple[str, ...]:
    return _KEYS if kind in ("linear-laplace", "table") else _KEYS + _FEDERATED


def _row(section: Section, number: int, kind: Kind | None, levels: Levels | None) -> Row:
    given = section.data
    federated = kind == "federated-mean"
    allowed = _allowed(section, levels) if "allowed" in given else None
    return Row(
        name=(section.text("name") if "name" in given else None) or f"user-{number}",
        count=_count(section),
        samples=section.number("samples", " ≥ 1", lambda samples: samples >= 1) if federated else None,
        importance=_importance(section) if federated else Fraction(1),
        sensitivity=_sensitivity(section, levels, allowed) if "sensitivity" in given else None,
        allowed=allowed,
        level=_level(section, levels, allowed) if "level" in given else None,
    )


def _count(section: Section) -> int | None:
    if "count" not in section.data:
        return 1
    count = read_number(section.data["count"])
    if count is None or count.denominator != 1 or count < 1:
        section.expected("count", "a whole number ≥ 1")
        return None
    return int(count)


def _importance(section: Section) -> Fraction:
    if "importance" not in section.data:
        return Fraction(1)
    return section.number("importance", " ≥ 0", lambda importance: importance >= 0) or Fraction(0)


def _sensitivity(section: Section, levels: Levels | None, allowed: Profile | None) -> tuple[Fraction, ...] | None:
    key, written = "sensitivity", section.data["sensitivity"]
    if levels is None:
        return None
    shown = ", ".join(plain(level) for level in levels)
    if not isinstance(written, list) or len(written) != len(levels):
        came = f"got {len(written)} entries" if isinstance(written, list) else f"got {show(written)}"
        section.say(key, f"{came}, expected a list of {len(levels)} costs, one for each of the levels {shown}")
        return None
    costs = [read_number(cost) for cost in written]
    for level, cost, entry in zip(levels, costs, written, strict=True):
        if cost is None or cost < 0:
            section.say(key, f"got {show(entry)} at level {plain(level)}, expected a finite number ≥ 0")
    lowest = allowed[0] if allowed else 0
    if (cost := costs[lowest]) is not None and cost > 0:
        section.say(key, f"got {plain(cost)} at the lowest allowed level {plain(levels[lowest])}, expected 0")
    return tuple(cost or Fraction(0) for cost in costs)


def _allowed(section: Section, levels: Levels | None) -> Profile | None:
    """The indices of the allowed levels."""
    written = section.data["allowed"]
    if levels is None:
        return None
    shown = ", ".join(plain(level) for level in levels)
    expected = f"an increasing list of at least one of the levels {shown}"
    read = [read_level(entry) for entry in written] if isinstance(written, list) else []
    indices = tuple(levels.index(level) for level in read if level is not None and level in levels)
    if not indices or len(indices) != len(read) or list(indices) != sorted(set(indices)):
        section.expected("allowed", expected)
        return None
    return indices


def _level(section: Section, levels: Levels | None, allowed: Profile | None) -> int | None:
    """The index of the row's own level."""
    if levels is None:
        return None
    offered = [levels[index] for index in allowed] if allowed else list(levels)
    level = read_level(section.data["level"])
    if level is None or level not in offered:
        shown = ", ".join(plain(choice) for choice in offered)
        section.expected("level", f"one of the user's levels {shown} (the level itself, not its index)")
        return None
    return levels.index(level)


def _check_names(sections: Sequence[tuple[str, Section]], rows: Sequence[Row]) -> None:
    """Unique after expansion; a row of several users also keeps its own name to itself."""
    owners: dict[str, str] = {}
    for (where, section), row in zip(sections, rows, strict=True):
        claimed = dict.fromkeys((row.name, *row.names), where)
        taken = next((name for name in claimed if name in owners), None)
        if taken is not None:
            section.say(
                "name",
                f"got {write_string(row.name)}, but the name {write_string(taken)} is taken by {owners[taken]}; "
                "expected unique names",
            )
        owners.update(claimed)
