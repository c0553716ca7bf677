"""A table of payments as CSV: one row a profile, a column of level indices a user, then one of payments a user.

The header is the users' names in order, then ``payment_NAME`` of each (or another heading with the name in it, such as
``paid to NAME``), and perhaps ``platform``: what the platform keeps.
Profiles without a row are not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from fairgames import memory
from fairgames.audit.paid import PaymentTable
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.reading.beside import csv_rows, lines_from
from fairgames.reading.faults import Faults
from fairgames.reading.names import headings
from fairgames.reading.notation import read_number, write_string
from fairgames.text import how_many
from fairgames.typing import Array, Profile

#: Faults listed of one file.
_LISTED = 20


def read_payments(path: Path, game: PaymentGame) -> PaymentTable:
    """The table in a file, for the users of a game; numbers are read as they are written.

    Raises
    ------
    InputError
        Naming file, line and what was expected, all faults at once.
    """
    names = game.users.names
    memory.require(
        200 * (len(names) + 1) * game.size,
        f"{path}: payments of {len(names)} users at {how_many(game.size)} profiles",
        memory.FEWER_PROFILES,
    )
    faults = Faults(_LISTED)
    rows = csv_rows(path)
    line, header = next(rows, (1, []))
    expected = [*headings(names), *headings([f"payment_{name}" for name in names])]
    found = headings(header)
    if not _fits(found, headings(names)):
        raise InputError(
            f"{path}: line {line}: got the columns {', '.join(map(write_string, found)) or 'none'}, expected "
            f"{', '.join(map(write_string, expected))}, and perhaps platform"
        )
    amounts: Array = np.full((len(found) - len(names), *game.shape), None, dtype=object)
    for profile, paid in _rows(path, rows, len(found), game, faults):
        place: Any = (slice(None), *game.index(profile))
        if amounts[place][0] is not None:
            faults.add(f"{path}: profile {','.join(map(str, profile))} stands twice, expected once")
        amounts[place] = paid
    faults.raise_as(InputError)
    platform = amounts[len(names)] if len(amounts) > len(names) else None
    return PaymentTable(amounts[: len(names)], platform, str(path))


def _fits(found: list[str], names: list[str]) -> bool:
    """Whether these are the users' names, a heading with each name in it, and perhaps the platform's."""
    n = len(names)
    levels, payments, rest = found[:n], found[n : 2 * n], [heading.lower() for heading in found[2 * n :]]
    if levels != names or len(payments) != n or rest not in ([], ["platform"]):
        return False
    return all(name in heading for name, heading in zip(names, payments, strict=True))


def _rows(
    path: Path, rows: Iterator[tuple[int, list[str]]], width: int, game: PaymentGame, faults: Faults
) -> Iterator[tuple[Profile, list[Fraction]]]:
    """Each profile with its payments; what is wrong is added to the faults."""
    n = len(game.users)
    for line, row in rows:
        if faults.full:
            faults.leave(lines_from(path, line))
            return
        if len(row) != width:
            faults.add(f"{path}: line {line}: got {len(row)} cells, expected {width}")
            continue
        profile = _profile(row[:n], game)
        paid = [read_number(cell) for cell in row[n:]]
        wrong = [write_string(cell) for cell, number in zip(row[n:], paid, strict=True) if number is None]
        if profile is None:
            offered = "; ".join(
                f"{name}: {', '.join(map(str, levels))}"
                for name, levels in zip(game.users.names, game.strategies, strict=True)
            )
            faults.add(f"{path}: line {line}: got {', '.join(row[:n])}, expected indices of levels: {offered}")
        if wrong:
            faults.add(f"{path}: line {line}: got the payments {', '.join(wrong)}, expected finite numbers")
        known = [number for number in paid if number is not None]
        if profile is not None and not wrong:
            yield profile, known


def _profile(cells: Sequence[str], game: PaymentGame) -> Profile | None:
    stripped = [cell.strip() for cell in cells]
    if not all(cell.isascii() and cell.isdigit() and len(cell) < 10 for cell in stripped):
        return None
    profile = tuple(map(int, stripped))
    allowed = all(level in levels for level, levels in zip(profile, game.strategies, strict=True))
    return profile if allowed else None
