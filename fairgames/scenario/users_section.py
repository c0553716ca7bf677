"""The users of a scenario: rows of ``[[users]]`` or of a CSV file, read, checked and expanded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain, repeat
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from fairgames.errors import InputError
from fairgames.private_costs import CostRow
from fairgames.reading.beside import beside
from fairgames.reading.faults import Faults
from fairgames.reading.notation import plain, read_level, read_number, show, way_out, write_string
from fairgames.reading.section import Section
from fairgames.scenario.private_section import read_file, read_tables
from fairgames.scenario.range_section import CostRange, middle, read_range
from fairgames.scenario.users_csv import csv_users, line_section
from fairgames.scenario.utility_kinds import UtilityKind
from fairgames.scenario.utility_section import Levels
from fairgames.text import how_many
from fairgames.typing import Profile
from fairgames.users import Users

Entry = TypeVar("Entry")

#: Expanded users that a scenario may have.
MOST_USERS = 1_000_000

_FEDERATED = ("samples", "importance")
_KEYS = ("name", "count", "sensitivity", "allowed", "level")


class Row(NamedTuple):
    """One row of users; a tuple, as there may be a million.

    ``place`` is the number of its table or line, ``size`` its count, None where that was faulty; ``allowed`` and
    ``level`` are indices; ``given`` says whether the name was. ``private`` are the rows of costs of which one is each
    user's own, ``ranges`` what each level costs at least and at most, with the middle of that as ``sensitivity``.
    """

    place: int
    name: str
    given: bool
    size: int | None
    samples: float | None
    importance: float
    sensitivity: tuple[Fraction, ...] | None
    allowed: Profile | None
    level: int | None
    private: tuple[CostRow, ...] | None = None
    ranges: CostRange | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its expanded users."""
        if self.size == 1:
            return (self.name,)
        return tuple([f"{self.name}-{number}" for number in range(1, (self.size or 0) + 1)])


def read_users(top: Section, path: Path, kind: UtilityKind | None, levels: Levels | None) -> tuple[Row, ...] | None:
    """The rows; None, after adding faults, where not even the number of users is known."""
    source = _source(top, path)
    found = list(source.rows(kind, levels)) if source else []
    rows = [row for row in found if row is not None]
    counts = [row.size for row in rows if row.size is not None]
    if sum(counts) > MOST_USERS:
        top.say("users", f"got counts that add up to {how_many(sum(counts))} users, expected at most {MOST_USERS:,}")
        return None
    if source:
        _check_names(rows, source)
    if "private" in top.data:
        rows = _with_private(top, path, levels, rows)
    return tuple(rows) if rows and len(counts) == len(found) else None


def _with_private(top: Section, path: Path, levels: Levels | None, rows: list[Row]) -> list[Row]:
    """The rows, with the private costs of those that the CSV file ``private`` tells of."""
    stated = {row.name: (row.allowed, bool(row.sensitivity or row.private)) for row in rows}
    found = read_file(top, path, levels, stated, _sensitivity)
    return [row._replace(private=found.get(row.name, row.private)) for row in rows]


def expand(rows: Sequence[Row]) -> Users:
    """One user for each of a row's count.

    Raises
    ------
    InputError
        Whatever :class:`Users` still finds wrong.
    """
    counts = [row.size or 0 for row in rows]
    n_levels = next((len(row.sensitivity) for row in rows if row.sensitivity), None)
    zeros = (Fraction(0),) * (n_levels or 0)
    private = any(row.private for row in rows)
    return Users(
        names=list(chain.from_iterable(row.names for row in rows)),
        samples=np.repeat([row.samples for row in rows], counts) if rows[0].samples is not None else None,
        importance=np.repeat([row.importance for row in rows], counts),
        sensitivity=_repeated([None if row.private else row.sensitivity or zeros for row in rows], counts)
        if n_levels
        else None,
        allowed=_repeated([row.allowed for row in rows], counts) if any(row.allowed for row in rows) else None,
        private=_repeated([row.private for row in rows], counts) if private else None,
    )


def user_ranges(rows: Sequence[Row]) -> tuple[CostRange | None, ...] | None:
    """For each expanded user the range of its costs; None where nobody states one."""
    if not any(row.ranges for row in rows):
        return None
    return tuple(_repeated([row.ranges for row in rows], [row.size or 0 for row in rows]))


def _repeated(entries: Sequence[Entry], counts: Sequence[int]) -> list[Entry]:
    """Each entry as often as its count says."""
    return list(chain.from_iterable(map(repeat, entries, counts)))


def row_indices(rows: Sequence[Row]) -> tuple[Profile, ...]:
    """For each row the indices of its expanded users."""
    indices, start = [], 0
    for row in rows:
        end = start + (row.size or 0)
        indices.append(tuple(range(start, end)))
        start = end
    return tuple(indices)


class _Tables:
    """Rows from tables ``[[users]]``."""

    def __init__(self, top: Section, tables: Sequence[object]) -> None:
        self.top = top
        self.tables = tables

    def where(self, place: int) -> str:
        return f"users[{place}]"

    def section(self, place: int, name: str | None, data: Mapping[str, object]) -> Section:
        who = "" if name is None else f" ({show(name)})"
        return Section(self.top.faults, f"{self.top.prefix}{self.where(place)}.", data, who)

    def rows(self, kind: UtilityKind | None, levels: Levels | None) -> Iterator[Row | None]:
        reader = _Reader(kind, levels)
        for place, table in enumerate(self.tables, start=1):
            if isinstance(table, dict):
                name = table.get("name")
                section = self.section(place, name if isinstance(name, str) else None, table)
                section.only(
                    (*_columns(kind), "private", "sensitivity_range"),
                    dict.fromkeys(_FEDERATED, 'it is for kind = "federated-mean" only'),
                )
                yield reader.read(section, place)
            else:
                self.top.say("users", f"got the entry {show(table)}, expected tables [[users]]")
                yield None


class _Lines:
    """Rows from the lines of a CSV file."""

    def __init__(self, path: Path, faults: Faults) -> None:
        self.path = path
        self.faults = faults

    def where(self, place: int) -> str:
        return f"line {place}"

    def section(self, place: int, name: str | None, data: Mapping[str, object]) -> Section:
        return line_section(self.path, place, name, data, self.faults)

    def rows(self, kind: UtilityKind | None, levels: Levels | None) -> Iterator[Row | None]:
        return csv_users(self.path, levels, self.faults, _columns(kind), _Reader(kind, levels))


def _source(top: Section, path: Path) -> _Tables | _Lines | None:
    """Where the rows are; None, after adding a fault, where there are none."""
    users = top.data.get("users")
    if isinstance(users, str):
        try:
            return _Lines(beside(path, users), top.faults)
        except InputError as error:
            top.say("users", str(error))
            return None
    if not isinstance(users, list) or not users:
        top.expected("users", 'at least one table [[users]], or users = "FILE.csv" at the top of the file')
        return None
    return _Tables(top, users)


def _columns(kind: UtilityKind | None) -> tuple[str, ...]:
    return _KEYS + _FEDERATED if kind is None or kind.samples else _KEYS


class _Reader:
    """Makes rows of tables, one after another."""

    def __init__(self, kind: UtilityKind | None, levels: Levels | None) -> None:
        self.federated = kind is not None and kind.samples
        self.levels = levels
        self.number = 0

    def read(self, section: Section, place: int) -> Row:
        self.number += 1
        given, levels = section.data, self.levels
        name = section.text("name") if "name" in given else None
        allowed = _allowed(section, levels) if "allowed" in given else None
        ranges = read_range(section, levels, allowed) if "sensitivity_range" in given else None
        costs = _sensitivity(section, levels, allowed) if "sensitivity" in given else None
        return Row(
            place=place,
            name=name or f"user-{self.number}",
            given=name is not None,
            size=_count(section),
            samples=_samples(section) if self.federated else None,
            importance=_importance(section) if self.federated else 1.0,
            sensitivity=middle(ranges) if ranges else costs,
            allowed=allowed,
            level=_level(section, levels, allowed) if "level" in given else None,
            private=read_tables(section, levels, allowed, _sensitivity) if "private" in given else None,
            ranges=ranges,
        )

    def alike(self, known: Row, place: int, name: str, samples: float | None) -> Row:
        self.number += 1
        given = bool(name.strip())
        return Row(place, name if given else f"user-{self.number}", given, known.size, samples, *known[5:])


def _samples(section: Section) -> float | None:
    samples = section.number("samples", " ≥ 1", lambda samples: samples >= 1)
    return None if samples is None else float(samples)


def _count(section: Section) -> int | None:
    if "count" not in section.data:
        return 1
    count = read_number(section.data["count"])
    if count is None or count.denominator != 1 or count < 1:
        section.expected("count", "a whole number ≥ 1")
        return None
    return int(count)


def _importance(section: Section) -> float:
    if "importance" not in section.data:
        return 1.0
    return float(section.number("importance", " ≥ 0", lambda importance: importance >= 0) or 0)


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
            section.say(key, f"got {show(entry)} at level {plain(level)}, expected a finite number ≥ 0{way_out(entry)}")
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


def _check_names(rows: Sequence[Row], source: _Tables | _Lines) -> None:
    """Unique after expansion; a row of several users also keeps its own name to itself.

    A million names of one row are not written out for it: "p-7" can only be the seventh of a row "p", or a row's own.
    """
    claims = _Claims()
    for row in rows:
        if found := claims.taken(row):
            name, owner = found
            source.section(row.place, row.name if row.given else None, {}).say(
                "name",
                f"got {write_string(row.name)}, but the name {write_string(name)} is taken by "
                f"{source.where(owner)}; expected unique names",
            )
        claims.add(row)


class _Claims:
    """The names that rows have taken, and the places of those rows."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        #: Of rows of several users: how many, and the place.
        self._several: dict[str, tuple[int, int]] = {}
        #: Rows' own names that end in a number, by what stands before it.
        self._numbered: dict[str, dict[int, int]] = {}

    def taken(self, row: Row) -> tuple[str, int] | None:
        """The first name of the row that is not free, and whose it is."""
        if row.name in self._rows:
            return row.name, self._rows[row.name]
        if (parts := _numbered(row.name)) and parts[0] in self._several:
            size, place = self._several[parts[0]]
            if parts[1] <= size:
                return row.name, place
        within = [number for number in self._numbered.get(row.name, ()) if number <= (row.size or 0)]
        if row.size == 1 or not within:
            return None
        return f"{row.name}-{min(within)}", self._numbered[row.name][min(within)]

    def add(self, row: Row) -> None:
        self._rows[row.name] = row.place
        if row.size and row.size > 1:
            self._several[row.name] = max((row.size, row.place), self._several.get(row.name, (0, 0)))
        if parts := _numbered(row.name):
            self._numbered.setdefault(parts[0], {})[parts[1]] = row.place


def _numbered(name: str) -> tuple[str, int] | None:
    """What stands before its number, and that: "p" and 7 of "p-7", as :attr:`Row.names` writes it; else None."""
    base, dash, end = name.rpartition("-")
    # No number of users has more digits, and Python reads no more than 4,300.
    if not dash or len(end) > len(str(MOST_USERS)) or not (end.isascii() and end.isdigit()) or end[0] == "0":
        return None
    return base, int(end)
