"""Long lists of users: a CSV file beside the scenario with the keys of ``[[users]]`` as columns."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress, islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from fairgames.errors import InputError
from fairgames.progress import track
from fairgames.reading.beside import csv_rows, lines_from
from fairgames.reading.faults import Faults
from fairgames.reading.names import clean, headings
from fairgames.reading.notation import plain, read_level, show, write_string
from fairgames.reading.section import Section, nearest
from fairgames.scenario.utility_section import Levels

T = TypeVar("T")

#: Lines after which progress is told.
_LINES = 10_000
#: Characters of a number that is surely none of thousands of digits.
_PLAIN = 40
_COST = "sensitivity_"
_LIST = re.compile(r"[;\s]+")


class Reader(Protocol[T]):
    """Makes users of lines."""

    def read(self, section: Section, place: int) -> T:
        """The line as a table, checked as ``[[users]]`` are."""

    def alike(self, known: T, place: int, name: str, samples: float | None) -> T:
        """A line that says the same as a known one but for these two."""


def csv_users(
    path: Path, levels: Levels | None, faults: Faults, keys: Sequence[str], reader: Reader[T]
) -> Iterator[T | None]:
    """What the reader makes of each line. An empty cell is an absent key; names are :func:`clean`.

    A line that cannot be read is a fault, and None. A line that differs from one without faults in
    name and number of samples alone is not checked again: of a million lines few are.

    Parameters
    ----------
    levels : the utility's levels; None where they are faulty, and costs cannot be told apart
    keys : the keys that a user of this utility may have
    """
    try:
        rows = _announced(csv_rows(path), "users: lines read")
        _, header = next(rows, (1, []))
        columns = _columns(path, headings(header), levels, faults, keys)
        line, name, samples = 0, *(columns.index(key) if key in columns else None for key in ("name", "samples"))
        shared = [place not in (name, samples) for place in range(len(columns))]
        known: dict[tuple[str, ...], T] = {}
        for line, row in rows:
            if faults.full:
                faults.leave(lines_from(path, line))
                return
            if len(row) != len(header):
                faults.add(f"{path}: line {line}: got {len(row)} cells, expected {len(header)}")
                yield None
                continue
            if name is not None:
                row[name] = clean(row[name])
            rest = tuple(compress(row, shared))
            size = None if samples is None else _samples(row[samples])
            if rest in known and (samples is None or size is not None):
                yield reader.alike(known[rest], line, "" if name is None else row[name], size)
                continue
            before = len(faults)
            found = reader.read(_section(path, line, dict(zip(columns, row, strict=True)), levels, faults), line)
            if len(faults) == before:
                known[rest] = found
            yield found
        if not line:
            faults.add(f"{path}: no users below the header, expected one line a user")
    except InputError as error:
        faults.extend(error.faults)
        yield None


def _announced(items: Iterable[T], what: str) -> Iterator[T]:
    """Announce progress after many items only: each takes microseconds."""
    items = iter(items)
    for batch in track(iter(lambda: list(islice(items, _LINES)), []), what):
        yield from batch


def _samples(text: str) -> float | None:
    """A plain decimal ≥ 1, as most numbers of samples are; None where it takes a closer look."""
    try:
        number = float(text) if len(text) <= _PLAIN else math.nan
    except ValueError:
        return None
    return number if 1 <= number < math.inf else None


def _columns(
    path: Path, header: list[str], levels: Levels | None, faults: Faults, keys: Sequence[str]
) -> list[str | int]:
    """What each column is: a key, or the level index of a cost."""
    known = [key for key in keys if key != "sensitivity"]
    costs = [f"{_COST}{plain(level)}" for level in levels or ()]
    columns = [_column(name, known, levels) for name in header]
    for name, column in zip(header, columns, strict=True):
        if column == "":
            expected = nearest(name, [*known, *costs])
            faults.add(f"{path}: line 1: column {write_string(name)} is unknown here, expected {expected}")
    for column, times in Counter(columns).items():
        if times > 1 and column not in ("", _COST):
            shown = costs[column] if isinstance(column, int) else column
            faults.add(f"{path}: line 1: column {shown} stands {times} times, expected once")
    missing = [cost for index, cost in enumerate(costs) if index not in columns]
    if missing and len(missing) < len(costs):
        faults.add(f"{path}: line 1: columns missing: {', '.join(missing)}; expected one cost a level, or none")
    return columns


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


def _section(path: Path, line: int, cells: dict[str | int, str], levels: Levels | None, faults: Faults) -> Section:
    data: dict[str, Any] = {
        key: text for key, text in cells.items() if isinstance(key, str) and key not in ("", _COST) and text.strip()
    }
    if "allowed" in data:
        data["allowed"] = _LIST.split(data["allowed"].strip())
    costs = [cells.get(index, "") for index in range(len(levels or ()))]
    if any(cost.strip() for cost in costs):
        data["sensitivity"] = costs
    return line_section(path, line, data.get("name"), data, faults)


def line_section(path: Path, line: int, name: str | None, data: Mapping[str, Any], faults: Faults) -> Section:
    """A line as a table, for what is wrong with it."""
    return Section(faults, f"{path}: line {line}: ", data, "" if name is None else f" ({show(name)})")
