"""Private costs of a scenario: tables ``[[users.private]]``, or a CSV file with a row for each user and cost row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from fairgames.errors import InputError
from fairgames.private_costs import CostRow
from fairgames.reading.beside import beside, csv_rows
from fairgames.reading.faults import Faults
from fairgames.reading.names import clean, headings
from fairgames.reading.notation import plain, write_string
from fairgames.reading.section import Section, nearest
from fairgames.scenario.utility_section import Levels
from fairgames.typing import Profile

#: Reads the costs of a table, as those of a user are read.
ReadCosts = Callable[[Section, Levels | None, Profile | None], tuple[Fraction, ...] | None]

_KEYS = ("probability", "sensitivity")
_COST = "sensitivity_"


def read_tables(
    section: Section, levels: Levels | None, allowed: Profile | None, read_costs: ReadCosts
) -> tuple[CostRow, ...] | None:
    """The cost rows of a user's ``private`` tables; None after adding faults."""
    tables = section.data["private"]
    if not isinstance(tables, list) or not tables or not all(isinstance(table, Mapping) for table in tables):
        section.expected("private", "tables [[users.private]] with probability and sensitivity")
        return None
    if "sensitivity" in section.data:
        section.say("private", "got sensitivity too, expected one of the two")
    found = []
    for number, table in enumerate(tables, start=1):
        own = Section(section.faults, f"{section.prefix}private[{number}].", table, section.who)
        own.only(_KEYS, {})
        found.append(read_row(own, levels, allowed, read_costs))
    rows = [row for row in found if row is not None]
    if len(rows) < len(found):
        return None
    if total := _not_one(rows):
        section.say("private", total)
        return None
    return tuple(rows)


def read_row(section: Section, levels: Levels | None, allowed: Profile | None, read_costs: ReadCosts) -> CostRow | None:
    """One cost row; None after adding faults, or where the levels are not known."""
    probability = section.number("probability", " above 0 and at most 1", lambda chance: 0 < chance <= 1)
    if "sensitivity" not in section.data:
        section.expected("sensitivity", "a list of costs, one for each of the levels")
        return None
    before = len(section.faults)
    costs = read_costs(section, levels, allowed)
    if probability is None or costs is None or len(section.faults) > before:
        return None
    return CostRow(probability, costs)


def _not_one(rows: Sequence[CostRow]) -> str | None:
    """What is wrong with the chances of a user's rows; None if they sum to 1."""
    total = sum((row.probability for row in rows), Fraction(0))
    if total == 1:
        return None
    return f'got chances that sum to {plain(total)}, expected 1; thirds are written as "1/3"'


def read_file(
    top: Section,
    path: Path,
    levels: Levels | None,
    users: Mapping[str, tuple[Profile | None, bool]],
    read_costs: ReadCosts,
) -> dict[str, tuple[CostRow, ...]]:
    """The cost rows of each user of the CSV file that ``private`` names.

    Parameters
    ----------
    users : by the name of each row of users its allowed levels, and whether its costs are stated already
    """
    name = top.data["private"]
    if not isinstance(name, str):
        top.expected("private", "the name of a CSV file with the columns user, probability, sensitivity_<level>")
        return {}
    try:
        file = beside(path, name)
        lines = _lines(file, levels, top.faults)
    except InputError as error:
        top.say("private", str(error))
        return {}
    found: dict[str, list[CostRow]] = {}
    for line, data in lines:
        section = Section(top.faults, f"{file}: line {line}: ", data, "")
        user = clean(str(data.get("user", "")))
        if user not in users:
            section.say("user", f"got {write_string(user)}, expected {nearest(user, users, quoted=True)}")
            continue
        allowed, stated = users[user]
        if stated:
            section.say("user", f"{write_string(user)} states sensitivity or private costs too, expected one of them")
            users = {**users, user: (allowed, False)}
        row = read_row(section, levels, allowed, read_costs)
        found.setdefault(user, [])
        if row is not None:
            found[user].append(row)
    for user, rows in found.items():
        if not top.faults and (wrong := _not_one(rows)):
            top.faults.add(f"{file}: user {write_string(user)}: {wrong}")
    return {user: tuple(rows) for user, rows in found.items()}


def _lines(path: Path, levels: Levels | None, faults: Faults) -> list[tuple[int, dict[str, Any]]]:
    """Each line below the header as a table with ``user``, ``probability`` and ``sensitivity``."""
    rows = csv_rows(path)
    line, header = next(rows, (1, []))
    header = headings(header)
    costs = [f"{_COST}{plain(level)}" for level in levels or ()]
    expected = ["user", "probability", *costs]
    if levels is None:
        return []
    if sorted(header) != sorted(expected):
        faults.add(
            f"{path}: line {line}: got the columns {', '.join(map(write_string, header)) or 'none'}, expected "
            f"{', '.join(expected)}"
        )
        return []
    found = []
    for line, row in rows:
        if len(row) != len(header):
            faults.add(f"{path}: line {line}: got {len(row)} cells, expected {len(header)}")
            continue
        cells = dict(zip(header, row, strict=True))
        found.append((line, {"user": cells["user"], "probability": cells["probability"],
                             "sensitivity": [cells[cost] for cost in costs]}))  # fmt: skip
    if not found and not faults:
        faults.add(f"{path}: no cost rows below the header, expected one line for each user and cost row")
    return found


def as_tables(rows: Sequence[CostRow]) -> list[dict[str, Any]]:
    """Cost rows as the tables that a scenario would have."""
    return [{"probability": row.probability, "sensitivity": list(row.sensitivity)} for row in rows]
