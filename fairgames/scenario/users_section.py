"""The users of a scenario: rows of ``[[users]]`` or of a CSV file, read, checked and expanded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from fairgames.errors import InputError
from fairgames.reading.beside import beside
from fairgames.reading.data.columns import without_collection
from fairgames.reading.data.form import Form
from fairgames.reading.faults import Faults
from fairgames.reading.notation import plain, show, write_string
from fairgames.reading.section import Section
from fairgames.scenario.private_section import read_file
from fairgames.scenario.unique_names import taken_names
from fairgames.scenario.user_entry import EntryReader, read_costs
from fairgames.scenario.user_rows import MOST_USERS, AlikeRows, Row
from fairgames.scenario.users_csv import UsersTable
from fairgames.scenario.utility_kinds import UtilityKind
from fairgames.scenario.utility_section import Levels
from fairgames.text import how_many

_FEDERATED = ("samples", "importance")
_KEYS = ("name", "count", "sensitivity", "allowed", "level", "notes")
ALL_KEYS = _KEYS + _FEDERATED
#: Keys of ``users = { file = … }``, beside the file.
_FORM = tuple(Form.__dataclass_fields__)


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
            for row, name, owner in taken_names(rows):
                source.section(row.place, row.name if row.given else None, {}).say(
                    "name",
                    f"got {write_string(row.name)}, but the name {write_string(name)} is taken by "
                    f"{source.where(owner)}; expected unique names",
                )
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
    found = read_file(top, path, levels, stated, read_costs)
    return [row._replace(private=found.get(row.name, row.private)) for row in rows]


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
        reader = EntryReader(kind, levels)
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
        return self.table.users(EntryReader(kind, levels))

    def alike(self, kind: UtilityKind | None, levels: Levels | None) -> AlikeRows | None:
        """All rows at once, where there are no faults in them, each is one user and no two have one name."""
        faults = Faults(1)
        found = self.table.reading_into(faults).alike(EntryReader(kind, levels))
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
