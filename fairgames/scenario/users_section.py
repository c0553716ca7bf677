"""The users of a scenario: rows of ``[[users]]`` or of a CSV file, read, checked and expanded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain, repeat
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, overload

import numpy as np

from fairgames.errors import InputError
from fairgames.private_costs import CostRow
from fairgames.reading.beside import beside
from fairgames.reading.data.columns import without_collection
from fairgames.reading.data.form import Form
from fairgames.reading.faults import Faults
from fairgames.reading.notation import plain, read_level, read_number, show, way_out, write_string
from fairgames.reading.section import Section
from fairgames.scenario.private_section import read_file, read_tables
from fairgames.scenario.range_section import CostRange, middle, read_range
from fairgames.scenario.users_csv import Alike, UsersTable
from fairgames.scenario.utility_kinds import UtilityKind
from fairgames.scenario.utility_section import Levels
from fairgames.text import how_many
from fairgames.typing import Profile
from fairgames.users import Users

Entry = TypeVar("Entry")

#: Expanded users that a scenario may have.
MOST_USERS = 1_000_000

_FEDERATED = ("samples", "importance")
_KEYS = ("name", "count", "sensitivity", "allowed", "level", "notes")
ALL_KEYS = _KEYS + _FEDERATED
#: Keys of ``users = { file = … }``, beside the file.
_FORM = tuple(Form.__dataclass_fields__)


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


class AlikeRows(Sequence[Row]):
    """Rows of one user each, most of which differ in name and samples alone: a million of them are few columns."""

    def __init__(self, alike: Alike[Row]) -> None:
        self._alike = alike
        self.rows = [row._replace(given=True) for row in alike.known]
        names = alike.names
        self.names = names if all(names) else [name or f"user-{place}" for place, name in enumerate(names, start=1)]
        self.given = names if all(names) else [name for name in names if name]

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        known, samples = self.rows[self._alike.of_row[index]], self._alike.samples
        size = None if samples is None else samples[index]
        given = bool(self._alike.names[index])
        return Row(self._alike.lines[index], self.names[index], given, 1, size, *known[5:])

    def each(self, entries: Sequence[Entry]) -> list[Entry]:
        """For each row the entry of the one that it is like."""
        return list(map(entries.__getitem__, self._alike.of_row))

    def users(self) -> Users:
        """The users, one a row."""
        n_levels = next((len(row.sensitivity) for row in self.rows if row.sensitivity), None)
        zeros = (Fraction(0),) * (n_levels or 0)
        samples = self._alike.samples
        return Users(
            names=self.names,
            samples=None if samples is None else np.array(samples, dtype=float),
            importance=np.array([row.importance for row in self.rows])[np.array(self._alike.of_row)],
            sensitivity=self.each([row.sensitivity or zeros for row in self.rows]) if n_levels else None,
            allowed=self.each([row.allowed for row in self.rows]) if any(row.allowed for row in self.rows) else None,
        )


class UserRows(NamedTuple):
    """The rows of users, and what is beside them.

    ``notes`` has for each heading one note a row, "" where there is none; ``warnings`` is what is legal but worth
    knowing.
    """

    rows: Sequence[Row]
    notes: Mapping[str, Sequence[str]]
    warnings: Sequence[str]


def read_users(top: Section, path: Path, kind: UtilityKind | None, levels: Levels | None) -> UserRows | None:
    """The rows; None, after adding faults, where not even the number of users is known."""
    source = _source(top, path, kind, levels)
    with without_collection():
        if isinstance(source, _Lines) and "private" not in top.data and (alike := source.alike(kind, levels)):
            return UserRows(alike, source.notes(), source.warnings)
        found = list(source.rows(kind, levels)) if source else []
        rows = [row for row in found if row is not None]
        counts = [row.size for row in rows if row.size is not None]
        if sum(counts) > MOST_USERS:
            shown = how_many(sum(counts))
            top.say("users", f"got counts that add up to {shown} users, expected at most {MOST_USERS:,}")
            return None
        if source:
            _check_names(rows, source)
    if source is None or not rows or len(counts) != len(found):
        return None
    if "private" in top.data:
        rows = _with_private(top, path, levels, rows)
    return UserRows(tuple(rows), source.notes(), source.warnings)


def users_table(
    users: Any, path: Path, levels: Levels | None, faults: Faults, keys: Sequence[str], others: Sequence[str] = ()
) -> UsersTable:
    """The table that ``users`` names: a file beside the scenario, ``{ file = …, decimal = … }``, or a frame.

    Raises
    ------
    InputError
        If there is no such file, it cannot be read, or it is not clear how.
    """
    form = Form()
    if isinstance(users, Mapping):
        section = Section(faults, f"{path}: users.", users)
        section.only(("file", *_FORM), {})
        form, users = Form.of(users), users["file"]
    return UsersTable(beside(path, users) if isinstance(users, str) else users, form, levels, faults, keys, others)


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
    if isinstance(rows, AlikeRows):
        return rows.users()
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
    if isinstance(rows, AlikeRows) or not any(row.ranges for row in rows):  # a table of users has none
        return None
    return tuple(_repeated([row.ranges for row in rows], [row.size or 0 for row in rows]))


def _repeated(entries: Sequence[Entry], counts: Sequence[int]) -> list[Entry]:
    """Each entry as often as its count says."""
    return list(chain.from_iterable(map(repeat, entries, counts)))


def row_indices(rows: Sequence[Row]) -> tuple[Profile, ...]:
    """For each row the indices of its expanded users."""
    if isinstance(rows, AlikeRows) or all(row.size == 1 for row in rows):
        return tuple([(user,) for user in range(len(rows))])
    indices, start = [], 0
    for row in rows:
        end = start + (row.size or 0)
        indices.append(tuple(range(start, end)))
        start = end
    return tuple(indices)


class _Tables:
    """Rows from tables ``[[users]]``."""

    warnings: Sequence[str] = ()

    def __init__(self, top: Section, tables: Sequence[object]) -> None:
        self.top = top
        self.tables = tables

    def where(self, place: int) -> str:
        return f"users[{place}]"

    def section(self, place: int, name: str | None, data: Mapping[str, object]) -> Section:
        who = "" if name is None else f" ({show(name)})"
        return Section(self.top.faults, f"{self.top.prefix}{self.where(place)}.", data, who)

    def notes(self) -> Mapping[str, Sequence[str]]:
        """By heading, one a row."""
        tables = [table for table in self.tables if isinstance(table, dict)]
        given = [notes if isinstance(notes := table.get("notes"), dict) else {} for table in tables]
        names = dict.fromkeys(name for notes in given for name in notes)
        return {name: [plain_note(notes.get(name, "")) for notes in given] for name in names}

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
                if not isinstance(table.get("notes", {}), dict):
                    section.expected("notes", 'a table of notes, such as { city = "Kiel" }')
                yield reader.read(section, place)
            else:
                self.top.say("users", f"got the entry {show(table)}, expected tables [[users]]")
                yield None


class _Lines:
    """Rows from a table of users."""

    def __init__(self, table: UsersTable) -> None:
        self.table = table
        self.warnings = table.warnings

    def where(self, place: int) -> str:
        return f"{self.table.unit} {place}"

    def section(self, place: int, name: str | None, data: Mapping[str, object]) -> Section:
        return self.table.section(place, name, data)

    def notes(self) -> Mapping[str, Sequence[str]]:
        """By heading, one a row."""
        return self.table.notes

    def rows(self, kind: UtilityKind | None, levels: Levels | None) -> Iterator[Row | None]:
        return self.table.users(_Reader(kind, levels))

    def alike(self, kind: UtilityKind | None, levels: Levels | None) -> AlikeRows | None:
        """All rows at once, where there are no faults in them, each is one user and no two have one name."""
        faults = Faults(1)
        found = self.table.reading_into(faults).alike(_Reader(kind, levels))
        if faults or found is None or any(row.size != 1 for row in found.known) or len(found.known) > MOST_USERS:
            return None
        rows = AlikeRows(found)
        return rows if len(set(rows.names)) == len(rows) <= MOST_USERS else None


def _source(top: Section, path: Path, kind: UtilityKind | None, levels: Levels | None) -> _Tables | _Lines | None:
    """Where the rows are; None, after adding a fault, where there are none."""
    users = top.data.get("users")
    if isinstance(users, list) and users:
        return _Tables(top, users)
    listed = users is None or isinstance(users, list | int | float | Fraction)
    if listed or (isinstance(users, dict) and not isinstance(users.get("file"), str)):
        top.expected("users", 'at least one table [[users]], or users = "FILE.csv" at the top of the file')
        return None
    keys = _columns(kind)
    others = [key for key in _FEDERATED if key not in keys]
    try:
        return _Lines(users_table(users, path, levels, top.faults, keys, others))
    except InputError as error:
        for fault in error.faults:
            # What is wrong inside a file names it.
            if fault.startswith("got "):
                top.say("users", fault)
            else:
                top.faults.add(fault)
        return None


def plain_note(value: object) -> str:
    """A note as text."""
    return value if isinstance(value, str) else plain(value) if isinstance(value, Fraction | float) else str(value)


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
        given = bool(name)
        return Row(place, name if given else f"user-{self.number}", given, known[3], samples, *known[5:])


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
    if len({row.name for row in rows}) == len(rows) and all(row.size == 1 for row in rows):
        return
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
