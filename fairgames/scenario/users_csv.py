"""Long lists of users: a table beside the scenario, or a frame, with the keys of ``[[users]]`` as columns."""

from __future__ import annotations

import copy
import difflib
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any, Generic, Protocol, TypeVar

from fairgames.errors import InputError
from fairgames.progress import track
from fairgames.reading.data.columns import Columns, Plain
from fairgames.reading.data.form import Form
from fairgames.reading.data.numerals import numerals_of
from fairgames.reading.data.sources import read_columns
from fairgames.reading.faults import Faults
from fairgames.reading.names import cleaned, is_missing
from fairgames.reading.notation import plain, read_level, show, write_string
from fairgames.reading.section import Section, nearest
from fairgames.scenario.utility_section import Levels

T = TypeVar("T")

#: Rows after which progress is told.
_ROWS = 10_000
#: Characters of a number that is surely none of thousands of digits.
_PLAIN = 40
_COST = "sensitivity_"
_LIST = re.compile(r"[;\s]+")
#: From here on a heading is taken for a misspelt key: "smaples", not "country" for "count".
_RESEMBLES = 0.84
#: Keys whose cells are numbers.
_NUMBERS = ("samples", "count", "importance", "level")
#: Headings of notes listed in a warning.
_LISTED = 5


class Reader(Protocol[T]):
    """Makes users of lines."""

    def read(self, section: Section, place: int) -> T:
        """The line as a table, checked as ``[[users]]`` are."""

    def alike(self, known: T, place: int, name: str, samples: float | None) -> T:
        """A line that says the same as a known one but for these two."""


@dataclass(frozen=True, eq=False)
class Alike(Generic[T]):
    """Rows of which few say anything new.

    Attributes
    ----------
    known : what was read of the rows that do
    of_row : for each row which of them it is like
    names, samples, lines : what is each row's own; ``samples`` is None where no row has any
    """

    known: Sequence[T]
    of_row: Sequence[int]
    names: Sequence[str]
    samples: Sequence[float | None] | None
    lines: Sequence[int]


class UsersTable:
    """The rows of a table of users.

    An empty cell is an absent key, names are :func:`fairgames.reading.names.clean`, and columns that are no keys are
    notes.

    Parameters
    ----------
    data : a path or a frame, as :func:`fairgames.reading.data.sources.read_columns` takes them
    keys, others : the keys that a user of this utility may have; those that users of others have
    levels : the utility's levels; None where they are faulty, and costs cannot be told apart

    Attributes
    ----------
    notes : the cells of the columns that are no keys, by heading
    warnings : what is legal but worth knowing
    """

    def __init__(
        self,
        data: Any,
        form: Form,
        levels: Levels | None,
        faults: Faults,
        keys: Sequence[str],
        others: Sequence[str] = (),
    ) -> None:
        self._levels, self._faults, self._keys, self._others = levels, faults, keys, others
        self.notes: dict[str, Sequence[str]] = {}
        self.warnings: list[str] = []
        self._table = read_columns(data, form, known=(*keys, *self._costs()))
        before = len(faults)
        self._columns = self._meanings()
        self._cells = {place: cells for place, cells in self._table.cells.items() if self._columns[place] is not None}
        self._lines = self._table.lines
        if len(faults) > before:
            return
        self._as_decimals(form)
        if form.skip_missing:
            self._skip_missing()

    def reading_into(self, faults: Faults) -> UsersTable:
        """The same, with faults of rows gathered elsewhere."""
        other = copy.copy(self)
        other._faults = faults
        return other

    @property
    def unit(self) -> str:
        """What a row is called: "line" or "row"."""
        return self._table.unit

    def section(self, line: int, name: str | None, data: Mapping[str, Any]) -> Section:
        """A row as a table, for what is wrong with it."""
        return Section(self._faults, f"{self._table.at(line)}: ", data, "" if name is None else f" ({show(name)})")

    def alike(self, reader: Reader[T]) -> Alike[T] | None:
        """All rows at once, where each is free of faults and most differ in name and number of samples alone; or None.

        The reader is asked once for each row that says something new, in their order; its faults are for it to gather
        elsewhere.
        """
        names, rests, sizes = self._shared()
        if self._table.odd or not self._lines or not self._cells:
            return None
        numbers: dict[tuple[str, ...], int] = {}
        of_row = [numbers.setdefault(rest, len(numbers)) for rest, _ in zip(rests, self._lines, strict=False)]
        if len(numbers) > len(of_row) // 2:
            return None
        samples = None if sizes is None else list(sizes)
        if samples is not None and None in samples:
            return None
        first = dict(zip(reversed(of_row), range(len(of_row) - 1, -1, -1), strict=True))
        known = [self._read(reader, index, names[index]) for index in map(first.__getitem__, range(len(numbers)))]
        return Alike(known, of_row, names, samples, self._lines)

    def _shared(self) -> tuple[Sequence[str], Iterable[tuple[str, ...]], Iterable[float | None] | None]:
        """The names, what rows say beside name and number of samples, and that number; without end where there is no
        such column."""
        place = {self._columns[place]: place for place in self._cells}
        name, samples = place.get("name"), place.get("samples")
        names = [""] * len(self._lines) if name is None else cleaned(self._cells[name])
        others = [cells for place, cells in self._cells.items() if place not in (name, samples)]
        rests: Iterable[tuple[str, ...]] = zip(*others, strict=True) if others else repeat(())
        if samples is None:
            return names, rests, None
        known = {text: _samples(text) for text in set(self._cells[samples])}
        return names, rests, map(known.__getitem__, self._cells[samples])

    def _read(self, reader: Reader[T], index: int, name: str) -> T:
        line = self._lines[index]
        cells = {self._columns[place]: column[index] for place, column in self._cells.items()}
        return reader.read(self._row(line, cells | {"name": name}), line)

    def users(self, reader: Reader[T]) -> Iterator[T | None]:
        """What the reader makes of each row; a row that cannot be read is a fault, and None.

        A row that differs from one without faults in name and number of samples alone is not checked again: of a
        million rows few are.
        """
        if not self._lines:
            self._faults.add(f"{self._table.source}: no users below the header, expected one {self._table.unit} a user")
        names, rests, sizes = self._shared()
        rows = zip(self._lines, names, rests, repeat(None) if sizes is None else sizes, strict=False)
        known: dict[tuple[str, ...], T] = {}
        odd = self._table.odd
        for index, (line, own, rest, size) in enumerate(_announced(rows, "users: lines read")):
            alike = known.get(rest)
            if alike is not None and (sizes is None or size is not None) and index not in odd:
                yield reader.alike(alike, line, own, size)
                continue
            if self._faults.full:
                self._faults.leave(len(self._lines) - index)
                return
            if index in odd:
                self._faults.add(f"{self._table.at(line)}: got {odd[index]} cells, expected {len(self._columns)}")
                yield None
                continue
            before = len(self._faults)
            found = self._read(reader, index, own)
            if len(self._faults) == before:
                known[rest] = found
            yield found

    def _costs(self) -> list[str]:
        return [f"{_COST}{plain(level)}" for level in self._levels or ()]

    def _meanings(self) -> list[str | int | None]:
        """What each column is: a key, the level index of a cost, "" or None where that is unknown or a note."""
        table, costs = self._table, self._costs()
        known = [key for key in self._keys if key not in ("sensitivity", "notes")]
        columns: list[str | int | None] = [_column(name, known, self._levels) for name in table.header]
        for place, (name, column) in enumerate(zip(table.header, columns, strict=True)):
            if column == "" and self._resembles(name, [*known, *costs]):
                expected = nearest(name, [*known, *costs])
                self._faults.add(f"{table.at(1)}: column {write_string(name)} is unknown here, expected {expected}")
            elif column == "":
                columns[place] = None
                self.notes[name or f"column {place + 1}"] = table.cells[place]
        for column, times in Counter(columns).items():
            if times > 1 and column not in ("", _COST, None):
                shown = costs[column] if isinstance(column, int) else column
                self._faults.add(f"{table.at(1)}: column {shown} stands {times} times, expected once")
        missing = [cost for index, cost in enumerate(costs) if index not in columns]
        if missing and len(missing) < len(costs):
            self._faults.add(
                f"{table.at(1)}: columns missing: {', '.join(missing)}; expected one cost a level, or none"
            )
        if columns and all(column is None for column in columns):
            self._faults.add(
                f"{table.at(1)}: got the columns {', '.join(map(write_string, table.header[:_LISTED]))}, "
                f"expected some of {', '.join([*known, *costs])}"
            )
        if self.notes:
            more = f" and {len(self.notes) - _LISTED} more" if len(self.notes) > _LISTED else ""
            listed = ", ".join(map(write_string, list(self.notes)[:_LISTED]))
            self.warnings.append(f"{table.source}: columns kept as notes: {listed}{more}")
        return columns

    def _resembles(self, name: str, known: Sequence[str]) -> bool:
        """Whether a heading seems to be meant for a key, or is one of users of another kind of utility."""
        plainly = name.casefold()
        if name in self._others or plainly.startswith((_COST[:-1], "cost")):
            return True
        return bool(difflib.get_close_matches(plainly, known, n=1, cutoff=_RESEMBLES))

    def _as_decimals(self, form: Form) -> None:
        """Numbers with a decimal point, however the table writes them."""
        header, wanted = self._table.header, {}
        for place, column in enumerate(self._columns):
            if column in _NUMBERS or isinstance(column, int):
                wanted[header[place]] = place
        try:
            numerals = numerals_of(self._table, wanted, form)
        except InputError as error:
            self._faults.extend(error.faults)
            return
        if (numerals.decimal, numerals.thousands) == (".", None):
            return
        for name, place in wanted.items():
            read = {cell: numerals.plain(cell) for cell in self._cells[place]}
            for cell in (cell for cell, found in read.items() if found is None):
                line = self._lines[self._cells[place].index(cell)]
                self._faults.add(
                    f"{self._table.at(line)}: {name}: got {write_string(cell)}, which is no number with the decimal "
                    f"sign {numerals.decimal}"
                )
            self._cells[place] = [Plain(read[cell] or "") for cell in self._cells[place]]

    def _skip_missing(self) -> None:
        """Leave out rows with a mark such as NA in place of a name or a number, and say how many."""
        marked = {
            index for cells in self._cells.values() for index, cell in enumerate(cells) if cell and is_missing(cell)
        }
        if marked:
            stay = [index for index in range(len(self._lines)) if index not in marked]
            self._cells = {place: [cells[index] for index in stay] for place, cells in self._cells.items()}
            self._lines = [self._lines[index] for index in stay]
            self.notes = {name: [cells[index] for index in stay] for name, cells in self.notes.items()}
            number = {index: position for position, index in enumerate(stay)}
            odd = {number[index]: size for index, size in self._table.odd.items() if index in number}
            table = self._table
            self._table = Columns(table.source, table.header, table.cells, self._lines, table.unit, odd)
            self.warnings.append(f"{table.source}: {len(marked):,} rows with missing values are left out")

    def _row(self, line: int, cells: Mapping[str | int | None, str]) -> Section:
        data: dict[str, Any] = {
            key: text for key, text in cells.items() if isinstance(key, str) and key not in ("", _COST) and text.strip()
        }
        if "allowed" in data:
            data["allowed"] = _LIST.split(data["allowed"].strip())
        costs = [cells.get(index, "") for index in range(len(self._levels or ()))]
        if any(cost.strip() for cost in costs):
            data["sensitivity"] = costs
        return self.section(line, data.get("name"), data)


def _announced(items: Iterable[T], what: str) -> Iterator[T]:
    """Announce progress after many items only: each takes microseconds."""
    items = iter(items)
    for batch in track(iter(lambda: list(islice(items, _ROWS)), []), what):
        yield from batch


def _samples(text: str) -> float | None:
    """A plain decimal ≥ 1, as most numbers of samples are; None where it takes a closer look."""
    try:
        number = float(text) if len(text) <= _PLAIN else math.nan
    except ValueError:
        return None
    return number if 1 <= number < math.inf and "_" not in text else None


def _column(name: str, known: Sequence[str], levels: Levels | None) -> str | int:
    """A key, a level index, ``sensitivity_`` where the levels are faulty, or "" for a column that is unknown."""
    if name in known:
        return name
    level = read_level(name.removeprefix(_COST)) if name.startswith(_COST) else None
    if level is None:
        return ""
    if levels is None:
        return _COST
    return levels.index(level) if level in levels else ""
