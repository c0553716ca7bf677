"""Long lists of users: a CSV file beside the scenario with the keys of ``[[users]]`` as columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fairgames.errors import InputError
from fairgames.scenario.faults import Faults
from fairgames.scenario.files import csv_rows
from fairgames.scenario.notation import plain, read_level, show, write_string
from fairgames.scenario.section import Section, nearest
from fairgames.scenario.utility_section import Levels

_COST = "sensitivity_"
_LIST = re.compile(r"[;\s]+")


def csv_sections(
    path: Path, levels: Levels | None, faults: Faults, keys: Sequence[str]
) -> Iterator[tuple[str, Section | None]]:
    """A section for each line, so that lines are checked as ``[[users]]`` are. An empty cell is an absent key.

    A line that cannot be read is a fault, and None.

    Parameters
    ----------
    levels : the utility's levels; None where they are faulty, and costs cannot be told apart
    keys : the keys that a user of this utility may have
    """
    try:
        rows = csv_rows(path)
        _, header = next(rows, (1, []))
        columns = _columns(path, [cell.strip() for cell in header], levels, faults, keys)
        empty = True
        for line, row in rows:
            empty = False
            if len(row) != len(header):
                faults.add(f"{path}: line {line}: got {len(row)} cells, expected {len(header)}")
                yield f"line {line}", None
            else:
                yield f"line {line}", _section(path, line, dict(zip(columns, row, strict=True)), levels, faults)
        if empty:
            faults.add(f"{path}: no users below the header, expected one line a user")
    except InputError as error:
        faults.extend(error.faults)
        yield "the rest", None


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
    who = f" ({show(data['name'])})" if "name" in data else ""
    return Section(faults, f"{path}: line {line}: ", data, who)
