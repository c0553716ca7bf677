"""From a table to the summaries of its users: one value a row, or one user a row with number, mean and deviation."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fairgames.errors import InputError
from fairgames.progress import track
from fairgames.random_effects.summaries import Summaries
from fairgames.reading.data.columns import Columns, without_collection
from fairgames.reading.data.form import Form
from fairgames.reading.data.numerals import Numerals, numerals_of
from fairgames.reading.data.sources import read_columns
from fairgames.reading.faults import Faults
from fairgames.reading.names import clean, cleaned, is_missing
from fairgames.reading.notation import read_number, write_string
from fairgames.reading.section import nearest

#: What is wrong with values of 1e200.
BEYOND = "the values' squares are beyond double precision; express them in another unit"
_MARKED = "; --skip-missing (skip_missing) leaves such rows out"


@dataclass(frozen=True)
class Headings:
    """Which columns say what.

    Attributes
    ----------
    user : who it is
    numbers : one heading for a value a row; three for number, mean and deviation
    costs : what sharing costs the user, one heading a level
    notes : what else is kept
    """

    user: str
    numbers: tuple[str, ...]
    costs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.user, *self.numbers, *self.costs, *self.notes)))


@dataclass(frozen=True, eq=False)
class Read:
    """What a table says.

    Attributes
    ----------
    source : the table, in messages
    summaries : of all users
    costs : of each user one cost a column of costs
    notes : for each heading one a user
    skipped : rows left out, as something was missing in them
    form : how the table turned out to be written
    """

    source: str
    summaries: Summaries
    costs: Mapping[str, tuple[Fraction, ...]]
    notes: Mapping[str, tuple[str, ...]]
    skipped: int
    form: Mapping[str, str | None]


def read_data(data: Any, headings: Headings, form: Form, faults: Faults) -> Read | None:
    """The users of a file or a frame; None after adding faults that name file, row and value."""
    try:
        table = read_columns(data, form, headings.all, headings.all)
        if not _has_columns(table, headings.all, faults):
            return None
        numerals = numerals_of(table, [*headings.numbers, *headings.costs], form)
    except InputError as error:
        faults.extend(error.faults)
        return None
    with without_collection():
        return _Reader(table, headings, numerals, form.skip_missing, faults).read()


def _has_columns(table: Columns, wanted: Iterable[str], faults: Faults) -> bool:
    source, header = table.source, table.header
    if not header:
        faults.add(f"{source}: the file is empty, expected a CSV file with a header")
        return False
    found = {column: header.count(column) for column in wanted}
    hint = ""
    if len(header) == 1 and table.unit == "line":
        hint = "; nothing parts the columns of the header: --delimiter says what does"
    for column, times in found.items():
        shown = write_string(column)
        if times == 0:
            faults.add(f"{table.at(1)}: no column {shown}, expected {nearest(column, header, quoted=True)}{hint}")
        elif times > 1:
            faults.add(f"{table.at(1)}: column {shown} stands {times} times, expected once")
    return set(found.values()) == {1}


class _Reader:
    """Reads the rows of one table."""

    def __init__(self, table: Columns, headings: Headings, numerals: Numerals, skip: bool, faults: Faults) -> None:
        self._table, self._headings, self._numerals, self._skip, self._faults = table, headings, numerals, skip, faults
        self._skipped = 0
        self._costs: dict[str, tuple[Fraction, ...]] = {}
        self._notes: dict[str, tuple[str, ...]] = {}

    def read(self) -> Read | None:
        if not len(self._table):
            self._faults.add(f"{self._table.source}: only a header, expected one row a value below it")
            return None
        summaries = self._of_values() if len(self._headings.numbers) == 1 else self._of_summaries()
        if summaries is None or self._faults:
            return None
        self._read_kept()
        notes = {
            name: tuple(self._notes[user][place] for user in summaries.names)
            for place, name in enumerate(self._headings.notes)
        }
        table, numerals = self._table, self._numerals
        form = {"delimiter": table.delimiter, "decimal": numerals.decimal, "thousands": numerals.thousands}
        return Read(table.source, summaries, self._costs, notes, self._skipped, form)

    def _of_values(self) -> Summaries | None:
        groups: dict[str, array[float]] = {}
        for name, (number,) in self._all_sound() or self._sound(self._number):
            groups.setdefault(name, array("d")).append(number)
        if self._faults:
            return None
        if not groups:
            self._faults.add(f"{self._table.source}: no row is left, expected one row a value")
            return None
        try:
            return Summaries.of_values(groups)
        except (OverflowError, ValueError):  # from fsum, of infinities
            self._faults.add(f"{self._table.source}: {BEYOND}")
            return None

    def _all_sound(self) -> list[tuple[str, tuple[float]]]:
        """All rows at once where nothing is wrong with any, as with most files; else nothing."""
        if self._table.odd:
            return []
        names, texts = cleaned(self._table.column(self._headings.user)), self._table.column(self._headings.numbers[0])
        if self._numerals != Numerals():
            texts = [self._numerals.plain(text) or "" for text in texts]
        try:
            numbers = list(map(float, texts))
        except ValueError:
            return []
        if not all(map(math.isfinite, numbers)) or not all(names) or any("_" in text for text in texts):
            return []
        if self._skip and any(map(is_missing, set(names))):
            return []
        return list(zip(names, zip(numbers, strict=True), strict=True))

    def _of_summaries(self) -> Summaries | None:
        found: dict[str, tuple[float, ...]] = {}
        for name, numbers in self._sound(self._number):
            if name in found:
                self._faults.add(
                    f"{self._table.source}: user {write_string(name)} stands in two rows, expected one row a user"
                )
            found[name] = numbers
        if self._faults:
            return None
        if not found:
            self._faults.add(f"{self._table.source}: no row is left, expected one row a user")
            return None
        sizes, means, deviations = zip(*found.values(), strict=True)
        whole = tuple(int(size) for size in sizes)
        squares = tuple((size - 1) * sd * sd for size, sd in zip(whole, deviations, strict=True))
        return Summaries(tuple(found), whole, tuple(mean - means[0] for mean in means), squares, not any(deviations))

    def _sound(
        self, read: Callable[[int, str, Sequence[float]], float | str]
    ) -> Iterator[tuple[str, tuple[float, ...]]]:
        """Name and numbers of each sound row; the others become faults, or are left out where something is missing."""
        table, wanted = self._table, (self._headings.user, *self._headings.numbers)
        columns = [table.column(name) for name in wanted]
        for index, line in track(enumerate(table.lines), "fit: rows"):
            if self._faults.full:
                self._faults.leave(len(table) - index)
                return
            if index in table.odd:
                self._faults.add(f"{table.at(line)}: got {table.odd[index]} cells, expected {len(table.header)}")
                continue
            cells = [column[index] for column in columns]
            if self._skip and any(map(is_missing, self._needed(cells))):
                self._skipped += 1
                continue
            row = self._row(line, wanted, cells, read)
            if row is not None:
                yield row

    def _needed(self, cells: Sequence[str]) -> Sequence[str]:
        """The cells without which a row says nothing: a single value has no deviation."""
        return cells[:-1] if len(cells) == 4 and self._numerals.plain(cells[1].strip()) == "1" else cells

    def _row(
        self,
        line: int,
        wanted: Sequence[str],
        cells: Sequence[str],
        read: Callable[[int, str, Sequence[float]], float | str],
    ) -> tuple[str, tuple[float, ...]] | None:
        numbers: list[float] = []
        good = True
        for place, (heading, cell) in enumerate(zip(wanted[1:], cells[1:], strict=True)):
            number = read(place, cell, numbers)
            if isinstance(number, str):
                hint = _MARKED if is_missing(cell) else ""
                came = f"{self._table.at(line)}: {heading}: got {write_string(cell)}"
                self._faults.add(f"{came}, expected {number}{hint}")
                good = False
                number = math.nan
            numbers.append(number)
        name = clean(cells[0])
        if not name:
            self._faults.add(f"{self._table.at(line)}: {wanted[0]}: the cell is empty, expected a user")
        return (name, tuple(numbers)) if good and name else None

    def _number(self, place: int, cell: str, before: Sequence[float]) -> float | str:
        """The number in a cell, or what was expected there."""
        summary = len(self._headings.numbers) == 3
        if summary and place == 2 and before[0] == 1 and is_missing(cell):
            return 0.0  # a single value has no deviation
        number = _finite(self._numerals.plain(cell))
        if summary and place == 0 and (number is None or number < 1 or number != int(number)):
            return "a whole number ≥ 1"
        if summary and place == 2 and (number is None or number < 0):
            return "a finite number ≥ 0"
        return "a finite number" if number is None else number

    def _read_kept(self) -> None:
        """Costs and notes, which are the same in all rows of a user."""
        headings, table = self._headings, self._table
        if not (headings.costs or headings.notes):
            return
        users = cleaned(table.column(headings.user))
        columns = [table.column(name) for name in (*headings.costs, *headings.notes)]
        first: dict[str, tuple[int, tuple[str, ...]]] = {}
        for index, (user, cells) in enumerate(zip(users, zip(*columns, strict=True), strict=True)):
            kept = tuple(map(clean, cells))
            where, known = first.setdefault(user, (index, kept))
            if known != kept:
                self._differs(user, where, index, known, kept)
        for user, (index, cells) in first.items():
            self._costs[user] = tuple(
                self._cost(heading, cell, index)
                for heading, cell in zip(headings.costs, cells[: len(headings.costs)], strict=True)
            )
            self._notes[user] = cells[len(headings.costs) :]

    def _differs(self, user: str, one: int, two: int, before: Sequence[str], now: Sequence[str]) -> None:
        table = self._table
        for name, old, new in zip((*self._headings.costs, *self._headings.notes), before, now, strict=True):
            if old != new:
                self._faults.add(
                    f"{table.at(table.lines[two])}: {name} ({write_string(user)}): got {write_string(new)}, but "
                    f"{write_string(old)} in {table.unit} {table.lines[one]}; expected the same in all rows of a user"
                )

    def _cost(self, heading: str, cell: str, index: int) -> Fraction:
        text = self._numerals.plain(cell)
        cost = None if text is None else read_number(text)
        if cost is None or cost < 0:
            where = self._table.at(self._table.lines[index])
            self._faults.add(f"{where}: {heading}: got {write_string(cell)}, expected a finite number ≥ 0, a cost")
            return Fraction(0)
        return cost


def _finite(text: str | None) -> float | None:
    try:
        number = math.nan if text is None else float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in (text or "") else None
