"""Utility tables: nested lists in the scenario, .npy and .csv files beside it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from fairgames import memory
from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.reading.beside import beside
from fairgames.reading.faults import Faults
from fairgames.reading.notation import read_number, show, way_out
from fairgames.reading.section import Section
from fairgames.scenario.table_csv import CsvTable
from fairgames.text import how_many
from fairgames.typing import Array

#: Faulty entries listed of one table.
_LISTED = 20
#: NumPy arrays have at most this many axes.
_MOST_USERS = 64
#: Bytes an entry: an integer object and its place in the array.
_EXACT_ENTRY = 48


class UtilityTable(Protocol):
    """A table of U(ρ) that was opened but not yet compared with the users."""

    @property
    def n_levels(self) -> int:
        """The number of levels that the table itself suggests."""

    def values(self, names: Sequence[str], n_levels: int, faults: Faults) -> Array | None:
        """The array of shape (L, …, L), one axis a user; None after adding faults."""


def read_table(section: Section, scenario: Path) -> UtilityTable | None:
    """Open what ``values`` or ``file`` gives; faults are gathered in the section."""
    if "values" in section.data and "file" in section.data:
        section.say("file", "got both values and file, expected one of them")
        return None
    if "file" in section.data:
        return _open(section, scenario)
    values = section.data.get("values")
    if not isinstance(values, list) or not values:
        section.expected("values", 'nested lists of numbers, one nesting a user (or file = "u.npy" or "u.csv")')
        return None
    return _NestedTable(f"{section.prefix}values", values)


def table_values(table: UtilityTable, where: str, names: Sequence[str], n_levels: int, faults: Faults) -> Array | None:
    """The table's array for these users, checked: its shape, finite entries, U(0) = 0.

    ``where`` names the scenario and its section.
    """
    if len(names) > _MOST_USERS:
        faults.add(
            f"{where}: a table for {len(names):,} users would have {n_levels}^{len(names)} entries; "
            f"expected at most {_MOST_USERS} users, or a utility with a formula"
        )
        return None
    listed = Faults(_LISTED)
    values = table.values(names, n_levels, listed)
    faults.extend(listed.listed())
    return values


def _open(section: Section, scenario: Path) -> UtilityTable | None:
    name = section.text("file")
    if name is None:
        return None
    try:
        path = beside(scenario, name)
        match path.suffix.lower():
            case ".npy":
                return _NpyTable.opened(path)
            case ".csv":
                return CsvTable.opened(path, section.faults)
    except InputError as error:
        section.say("file", str(error))
        return None
    section.expected("file", "a file that ends in .npy or .csv")
    return None


@dataclass(frozen=True, eq=False)
class _NestedTable:
    """Nested lists of numbers, read exactly."""

    where: str
    nested: list[Any]

    @property
    def n_levels(self) -> int:
        return len(self.nested)

    def values(self, names: Sequence[str], n_levels: int, faults: Faults) -> Array | None:
        entries = self._entries(len(names), n_levels, faults)
        if entries is None:
            return None
        numbers = [read_number(entry) for entry in entries]
        for number, entry in enumerate(entries):
            if numbers[number] is None:
                place = self._place(number, len(names), n_levels)
                faults.add(f"{place}: got {show(entry)}, expected a finite number{way_out(entry)}")
        if numbers[0] is not None and numbers[0] != 0:
            faults.add(f"{self._place(0, len(names), n_levels)}: got {show(entries[0])}, expected 0: nobody shares")
        return None if faults else object_array(numbers).reshape((n_levels,) * len(names))

    def _entries(self, n_users: int, n_levels: int, faults: Faults) -> list[Any] | None:
        """The innermost entries in order, one nesting peeled off at a time."""
        entries: list[Any] = [self.nested]
        for depth in range(n_users):
            for number, entry in enumerate(entries):
                if not isinstance(entry, list) or len(entry) != n_levels:
                    came = f"{len(entry)} entries" if isinstance(entry, list) else show(entry)
                    faults.add(
                        f"{self._place(number, depth, n_levels)}: got {came}, expected a list of {n_levels} entries, "
                        f"one a level; the lists are nested once for each of {n_users} users"
                    )
            if faults:
                return None
            entries = [inner for entry in entries for inner in entry]
        return entries

    def _place(self, number: int, depth: int, n_levels: int) -> str:
        indices = np.unravel_index(number, (n_levels,) * depth) if depth else ()
        return self.where + "".join(f"[{index}]" for index in indices)


@dataclass(frozen=True)
class _NpyTable:
    """An array saved by NumPy: floats stay floats, integers are exact."""

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @classmethod
    def opened(cls, path: Path) -> _NpyTable:
        """Reads the header only."""
        array = _load(path, mmap_mode="r")
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu" or array.ndim == 0:
            came = f"dtype {array.dtype}, shape {array.shape}" if isinstance(array, np.ndarray) else "an archive"
            raise InputError(f"{path}: got {came}, expected one array of numbers with one axis a user")
        return cls(path, array.shape, array.dtype)

    @property
    def n_levels(self) -> int:
        return self.shape[0]

    def values(self, names: Sequence[str], n_levels: int, faults: Faults) -> Array | None:
        expected = (n_levels,) * len(names)
        if self.shape != expected:
            faults.add(
                f"{self.path}: got shape {self.shape}, expected {expected}: "
                f"{n_levels} levels for each of {len(names)} users"
            )
            return None
        exact = self.dtype.kind != "f"
        needed = math.prod(expected) * (_EXACT_ENTRY if exact else 8)
        memory.require(
            needed, f"{self.path}: a table of {how_many(math.prod(expected))} entries", "Use fewer users or levels."
        )
        loaded = _load(self.path, mmap_mode=None)
        with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is a fault, below
            values: Array = loaded.astype(object) if exact else loaded.astype(float)
        if not exact:
            for index in np.argwhere(~np.isfinite(values)):
                faults.add(f"{self.path}: {index.tolist()}: got {values[tuple(index)]}, expected a finite number")
        if values.flat[0] != 0:
            faults.add(f"{self.path}: {[0] * len(names)}: got {values.flat[0]}, expected 0: nobody shares")
        return None if faults else values


def _load(path: Path, mmap_mode: Any) -> Any:
    try:
        with warnings.catch_warnings():
            # A header as Python 2 wrote it is read all the same; it concerns nobody.
            warnings.filterwarnings("ignore", "Reading `.npy`", UserWarning)
            return np.load(path, mmap_mode=mmap_mode, allow_pickle=False)
    except Exception as error:  # NumPy raises many kinds on broken headers
        raise InputError(
            f"{path}: not an array that can be read ({str(error) or type(error).__name__}), expected a plain .npy "
            f"of numbers (np.save of a float array); pickled objects are refused, since loading them may run code"
        ) from None
