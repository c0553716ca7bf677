"""The points of a sweep: a scenario with some of its values replaced, read and checked as a file is."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.private.game import PlanGame
from fairgames.progress import track
from fairgames.reading.beside import beside, csv_rows
from fairgames.reading.faults import Faults
from fairgames.reading.notation import show
from fairgames.reading.section import Section, nearest
from fairgames.scenario import Scenario
from fairgames.scenario.private_section import as_tables
from fairgames.scenario.reader import parse, read
from fairgames.scenario.users_csv import csv_users
from fairgames.sweep.axis import Axis, Value, read_axis
from fairgames.text import how_many

#: Faults listed of all points together.
_LISTED = 100
#: Entries listed of a value that is not single.
_NAMED = 5

Step = str | int


@dataclass(frozen=True, eq=False)
class Grid:
    """Every combination of the axes' values, the last axis fastest.

    Attributes
    ----------
    path : the scenario's file
    document : its tables, with users, private costs and rational utilities from files beside it put in
    base : the scenario as the file has it
    axes : what varies
    steps : for each axis the way through the document to its value
    """

    path: Path
    document: Mapping[str, Any]
    base: Scenario
    axes: tuple[Axis, ...]
    steps: tuple[tuple[Step, ...], ...]

    def __len__(self) -> int:
        return math.prod(len(axis.values) for axis in self.axes)

    def values(self, index: int) -> tuple[Value, ...]:
        """What the axes have at one point."""
        chosen = []
        for axis in reversed(self.axes):
            index, position = divmod(index, len(axis.values))
            chosen.append(axis.values[position])
        return tuple(reversed(chosen))

    def scenario(self, index: int) -> Scenario:
        """The scenario at one point.

        Raises
        ------
        ScenarioError
            If it refuses a value.
        """
        document: Any = self.document
        for steps, value in zip(self.steps, self.values(index), strict=True):
            document = _put(document, steps, value)
        return read(document, self.path)

    def game(self, index: int, rule: str | None, exact: bool) -> PaymentGame:
        """The payment game at one point; nothing of it is computed yet."""
        scenario = self.scenario(index)
        return PlanGame.of_users(scenario.utility, scenario.users, rule or scenario.rule, True if exact else None)

    def faults(self, rule: str | None = None, exact: bool = False) -> tuple[str, ...]:
        """What is wrong at any point: each fault once, with the first point that has it."""
        first: dict[str, int] = {}
        times: dict[str, int] = {}
        for index in track(range(len(self)), "checking points"):
            try:
                self.game(index, rule, exact)
            except InputError as error:
                for fault in error.faults:
                    first.setdefault(fault, index)
                    times[fault] = times.get(fault, 0) + 1
        faults = Faults(_LISTED)
        faults.extend(fault + self._where(first[fault], times[fault]) for fault in first)
        return faults.listed()

    def digest(self) -> str:
        """SHA-256 of everything that the scenario and the files beside it say."""
        digest = hashlib.sha256(json.dumps(self.document, default=str, sort_keys=True).encode())
        if isinstance(name := self.document["utility"].get("file"), str):
            with beside(self.path, name).open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    def _where(self, index: int, times: int) -> str:
        """Nothing for a fault of all points."""
        if times == len(self) > 1:
            return ""
        point = ", ".join(
            f"{axis.key} = {show(value)}" for axis, value in zip(self.axes, self.values(index), strict=True)
        )
        more = f" and {how_many(times - 1)} more" if times > 1 else ""
        return f" (at {point}{more})"


def read_grid(path: Path, vary: Sequence[str]) -> Grid:
    """The scenario and what varies.

    Raises
    ------
    ScenarioError
        If the scenario has faults as it is.
    InputError
        For every key that is not there and everything that is no axis, all at once.
    """
    document = parse(path)
    base = read(document, path)
    document = _self_contained(document, base)
    axes: dict[tuple[Step, ...], Axis] = {}
    faults = [] if vary else ["--vary: nothing varies, expected at least one KEY=FROM:TO:POINTS"]
    for text in vary:
        try:
            axis = read_axis(text)
            steps = _locate(document, axis)
        except InputError as error:
            faults.extend(error.faults)
            continue
        if axes.setdefault(steps, axis) is not axis:
            faults.append(f"--vary {axis.key}: given twice, expected once")
    if faults:
        for steps, axis in axes.items():  # what is wrong with the others, each alone, is said too
            faults.extend(Grid(path, document, base, (axis,), (steps,)).faults())
        raise InputError(faults)
    return Grid(path, document, base, tuple(axes.values()), tuple(axes))


def _self_contained(document: Mapping[str, Any], base: Scenario) -> dict[str, Any]:
    """The same scenario with users of a CSV file as ``[[users]]``, and a rational table as nested lists.

    A table of floats stays in its ``.npy`` file: written out it would be rational.
    """
    users, utility = document["users"], document["utility"]
    if isinstance(users, str):
        users = _users_of(beside(base.path, users), base)
    if "private" in document:
        users = _with_private(users, base)
    if "file" in utility and base.utility.rational:
        table = base.utility.exact_on_grid().fractions() / base.utility.scale
        utility = {key: value for key, value in utility.items() if key != "file"} | {"values": table.tolist()}
    document = {key: value for key, value in document.items() if key != "private"}
    return {**document, "users": users, "utility": utility, "payment": document.get("payment", {})}


def _users_of(path: Path, base: Scenario) -> list[dict[str, Any]]:
    _, header = next(csv_rows(path))
    keys = [name for cell in header if not (name := cell.strip()).startswith("sensitivity_")]
    found = csv_users(path, base.utility.levels, Faults(1), keys, _Tables())
    return [user for user in found if user is not None]


def _with_private(users: Sequence[dict[str, Any]], base: Scenario) -> list[dict[str, Any]]:
    """The same tables with the private costs that were read from a file of their own."""
    first = [own[0] for own in base.rows]
    private = [(base.users.private or dict.fromkeys(first))[user] for user in first]
    return [table | ({"private": as_tables(rows)} if rows else {}) for table, rows in zip(users, private, strict=True)]


class _Tables:
    """Reads lines of users as the tables that ``[[users]]`` would have."""

    def read(self, section: Section, place: int) -> dict[str, Any]:
        return dict(section.data)

    def alike(self, known: dict[str, Any], place: int, name: str, samples: float | None) -> dict[str, Any]:
        own = {"name": name if name.strip() else None, "samples": samples}
        rest = {key: value for key, value in known.items() if key not in own}
        return rest | {key: value for key, value in own.items() if value is not None}


def _locate(document: Mapping[str, Any], axis: Axis) -> tuple[Step, ...]:
    """The way to a key: users by name, entries of lists by position.

    A last part that its table does not have is left to the reader, which knows what may be there.
    """
    if axis.path == ("utility", "file"):  # read once, before anything varies
        raise InputError(f"--vary {axis.key}: names a file, expected a value; make one sweep for each file")
    node: Any = document
    steps: list[Step] = []
    for depth, part in enumerate(axis.path):
        try:
            step = _user(node, part) if steps == ["users"] else _step(node, part, last=depth == len(axis.path) - 1)
        except InputError as error:
            raise InputError(f"--vary {axis.key}: {'.'.join(axis.path[:depth]) or 'the scenario'} {error}") from None
        node = node.get(step) if isinstance(node, dict) else node[step]
        steps.append(step)
    if isinstance(node, dict | list):
        entries = (
            _names(document["users"]) if steps == ["users"] else [*node] if isinstance(node, dict) else range(len(node))
        )
        shown = ", ".join(f"{axis.key}.{entry}" for entry in entries[:_NAMED])
        raise InputError(f"--vary {axis.key}: is no single value, expected one of its entries, such as {shown}")
    return tuple(steps)


def _user(rows: list[dict[str, Any]], name: str) -> int:
    names = _names(rows)
    if name not in names:
        raise InputError(f"has no row {show(name)}, expected {nearest(name, names, quoted=True)}")
    return names.index(name)


def _names(rows: list[dict[str, Any]]) -> list[str]:
    return [row.get("name", f"user-{number}") for number, row in enumerate(rows, start=1)]


def _step(node: Any, part: str, last: bool) -> Step:
    if isinstance(node, dict):
        if part not in node and not last:
            raise InputError(f"has no {show(part)}, expected {nearest(part, node)}")
        return part
    if not isinstance(node, list):
        raise InputError(f"is {show(node)}, which has no entry {show(part)}")
    if not part.isdecimal() or int(part) >= len(node):
        raise InputError(f"has no entry {show(part)}, expected a position from 0 to {len(node) - 1}")
    return int(part)


def _put(node: Any, steps: Sequence[Step], value: Value) -> Any:
    """A copy of ``node`` with another value at the end of the way; what lies beside the way is shared."""
    if not steps:
        return value
    changed = node.copy()
    changed[steps[0]] = _put(node[steps[0]] if len(steps) > 1 else None, steps[1:], value)
    return changed
