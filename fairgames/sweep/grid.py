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
from fairgames.reading.beside import beside
from fairgames.reading.faults import Faults
from fairgames.reading.notation import show
from fairgames.reading.section import Section
from fairgames.scenario import Scenario
from fairgames.scenario.private_section import as_tables
from fairgames.scenario.reader import parse, read
from fairgames.scenario.users_section import ALL_KEYS, users_table
from fairgames.sweep.axis import Axis, Value, read_axis
from fairgames.sweep.keys import SCALE, Way, locate, overlap, put
from fairgames.text import how_many

#: Faults listed of all points together.
_LISTED = 100


@dataclass(frozen=True, eq=False)
class Grid:
    """Every combination of the axes' values, the last axis fastest.

    Attributes
    ----------
    path : the scenario's file
    document : its tables, with users, private costs and rational utilities from files beside it put in
    base : the scenario as the file has it
    axes : what varies
    ways : for each axis the ways through the document to what it varies
    """

    path: Path
    document: Mapping[str, Any]
    base: Scenario
    axes: tuple[Axis, ...]
    ways: tuple[tuple[Way, ...], ...]

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
        document = self.document
        put_last = sorted(zip(self.ways, self.values(index), strict=True), key=lambda one: one[0][0][-1] == SCALE)
        for ways, value in put_last:  # what costs are is said before they are scaled
            document = put(document, ways, value)
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
            f"{axis.key} = {show(list(value) if isinstance(value, tuple) else value)}"
            for axis, value in zip(self.axes, self.values(index), strict=True)
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
    # Its users and its table one by one, as the file has them.
    single = read({key: value for key, value in document.items() if key != "groups"}, path)
    document = _self_contained(document, single)
    axes: list[Axis] = []
    found: list[tuple[Way, ...]] = []
    known: dict[Way, str] = {}
    faults = [] if vary else ["--vary: nothing varies, expected at least one KEY=FROM:TO:POINTS"]
    for text in vary:
        try:
            axis = read_axis(text)
            ways = locate(document, axis)
        except InputError as error:
            faults.extend(error.faults)
            continue
        if (other := overlap(known, ways)) is not None:
            twice = "given twice" if other == axis.key else f"{other} varies some of the same"
            faults.append(f"--vary {axis.key}: {twice}, expected once")
            continue
        known |= dict.fromkeys(ways, axis.key)
        axes.append(axis)
        found.append(ways)
    if faults:
        for axis, ways in zip(axes, found, strict=True):  # what is wrong with the others, each alone, is said too
            faults.extend(Grid(path, document, base, (axis,), (ways,)).faults())
        raise InputError(faults)
    return Grid(path, document, base, tuple(axes), tuple(found))


def _self_contained(document: Mapping[str, Any], base: Scenario) -> dict[str, Any]:
    """The same scenario with users of a CSV file as ``[[users]]``, and a rational table as nested lists.

    A table of floats stays in its ``.npy`` file: written out it would be rational.
    """
    users, utility = document["users"], document["utility"]
    if not isinstance(users, list):
        users = _users_of(users, base)
    if "private" in document:
        users = _with_private(users, base)
    if "file" in utility and base.utility.rational:
        table = base.utility.exact_on_grid().fractions() / base.utility.scale
        utility = {key: value for key, value in utility.items() if key != "file"} | {"values": table.tolist()}
    document = {key: value for key, value in document.items() if key != "private"}
    return {**document, "users": users, "utility": utility, "payment": document.get("payment", {})}


def _users_of(users: object, base: Scenario) -> list[dict[str, Any]]:
    table = users_table(users, base.path, base.utility.levels, Faults(1), ALL_KEYS)
    return [user for user in table.users(_Tables()) if user is not None]


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
