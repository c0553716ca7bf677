"""A utility table as CSV: one row a profile, one column of level indices a user, last column ``utility``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product
from pathlib import Path

from fairgames import memory
from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.reading.beside import csv_rows, lines_from
from fairgames.reading.faults import Faults
from fairgames.reading.names import headings
from fairgames.reading.notation import read_number, write_string
from fairgames.text import how_many
from fairgames.typing import Array, Profile

#: Missing profiles listed.
_MISSING = 5
#: Bytes held for each byte of the file: keys, rationals, their dictionary and the array.
_EXPANSION = 20


@dataclass(frozen=True, eq=False)
class CsvTable:
    """The rows of a CSV table, read exactly; its own faults were reported when it was opened."""

    path: Path
    columns: tuple[str, ...]
    cells: dict[Profile, Fraction]

    @classmethod
    def opened(cls, path: Path, faults: Faults) -> CsvTable | None:
        """Read all rows; None after adding faults that name their lines."""
        memory.require(_EXPANSION * path.stat().st_size, f"reading {path}", "Use a .npy file, or fewer users.")
        before = len(faults)
        table = _read(path, faults)
        return None if len(faults) > before else table

    @property
    def n_levels(self) -> int:
        return 1 + max(max(profile) for profile in self.cells)

    def values(self, names: Sequence[str], n_levels: int, faults: Faults) -> Array | None:
        self._check_columns(names, faults)
        if faults:
            return None
        if self.n_levels > n_levels:
            faults.add(f"{self.path}: got the level index {self.n_levels - 1}, expected 0 to {n_levels - 1}")
            return None
        missing = n_levels ** len(names) - len(self.cells)
        if missing:
            profiles = (p for p in product(range(n_levels), repeat=len(names)) if p not in self.cells)
            shown = "; ".join(_written(profile) for profile in islice(profiles, _MISSING))
            faults.add(
                f"{self.path}: {how_many(missing)} profiles are missing: {shown}{' …' if missing > _MISSING else ''}; "
                f"expected all {how_many(n_levels ** len(names))}"
            )
            return None
        return self._array(len(names), n_levels, faults)

    def _check_columns(self, names: Sequence[str], faults: Faults) -> None:
        if len(self.columns) != len(names):
            faults.add(
                f"{self.path}: line 1: got {len(self.columns)} columns before utility, "
                f"expected {len(names)}, one a user: {', '.join(names)}"
            )
            return
        known = headings(names)
        for number, (column, name) in enumerate(zip(self.columns, known, strict=True), start=1):
            if column != name and column in known:
                faults.add(
                    f"{self.path}: line 1: column {number} is {write_string(column)}, expected user {name}: "
                    "the columns stand in the order of the users"
                )

    def _array(self, n_users: int, n_levels: int, faults: Faults) -> Array | None:
        profiles = product(range(n_levels), repeat=n_users)
        values = object_array(self.cells[profile] for profile in profiles)
        if values[0] != 0:
            faults.add(f"{self.path}: profile {_written((0,) * n_users)}: got {values[0]}, expected 0: nobody shares")
            return None
        return values.reshape((n_levels,) * n_users)


def _read(path: Path, faults: Faults) -> CsvTable | None:
    rows = csv_rows(path)
    try:
        line, header = next(rows, (1, []))
        header = headings(header)
        if len(header) < 2 or header[-1] != "utility":
            faults.add(
                f"{path}: line {line}: got the columns {', '.join(map(write_string, header)) or 'none'}, "
                "expected a header with one column a user and utility as the last"
            )
            return None
        cells = _cells(path, rows, len(header), faults)
    except InputError as error:
        faults.extend(error.faults)
        return None
    if not cells and not faults:
        faults.add(f"{path}: no profiles below the header, expected one row a profile")
    return CsvTable(path, tuple(header[:-1]), cells)


def _cells(
    path: Path, rows: Iterator[tuple[int, list[str]]], n_columns: int, faults: Faults
) -> dict[Profile, Fraction]:
    cells: dict[Profile, Fraction] = {}
    for line, row in rows:
        if faults.full:
            faults.leave(lines_from(path, line))
            break
        if len(row) != n_columns:
            faults.add(f"{path}: line {line}: got {len(row)} cells, expected {n_columns}")
            continue
        profile = _profile(row[:-1])
        number = read_number(row[-1])
        if profile is None:
            faults.add(f"{path}: line {line}: got {', '.join(row[:-1])}, expected level indices 0, 1, … for every user")
        elif profile in cells:
            faults.add(f"{path}: line {line}: profile {_written(profile)} stands twice, expected once")
        if number is None:
            faults.add(f"{path}: line {line}: utility: got {write_string(row[-1])}, expected a finite number")
        if profile is not None:
            cells[profile] = number or Fraction(0)
    return cells


def _profile(cells: Sequence[str]) -> Profile | None:
    stripped = [cell.strip() for cell in cells]
    if not all(cell.isascii() and cell.isdigit() and len(cell) < 10 for cell in stripped):
        return None
    return tuple(int(cell) for cell in stripped)


def _written(profile: Profile) -> str:
    return ",".join(map(str, profile))
