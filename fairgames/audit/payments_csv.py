"""A table of payments in a file: one row a profile, a column of level indices a user, then one of payments a user.

The header is the users' names in order, then ``payment_NAME`` of each (or another heading with the name in it, such as
``paid to NAME``), and perhaps ``platform``: what the platform keeps.
Profiles without a row are not known. How the file is written (what parts columns, the decimal sign, a workbook) is
found out as for all data (:mod:`fairgames.reading.data`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from fairgames import memory
from fairgames.audit.paid import PaymentTable
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.reading.data.columns import Columns
from fairgames.reading.data.form import Form
from fairgames.reading.data.numerals import numerals_of
from fairgames.reading.data.sources import read_columns
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
    expected = [*headings(names), *headings([f"payment_{name}" for name in names])]
    table = read_columns(path, Form(), known=[*expected, "platform"])
    found = list(table.header)
    if not _fits(found, headings(names)):
        raise InputError(
            f"{table.at(1)}: got the columns {', '.join(map(write_string, found)) or 'none'}, expected "
            f"{', '.join(map(write_string, expected))}, and perhaps platform"
        )
    # A column of levels and one of payments may have the same heading.
    table = replace(table, header=(*expected, "platform")[: len(found)])
    amounts: Array = np.full((len(found) - len(names), *game.shape), None, dtype=object)
    for profile, paid in _rows(table, game, faults):
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


def _rows(table: Columns, game: PaymentGame, faults: Faults) -> Iterator[tuple[Profile, list[Fraction]]]:
    """Each profile with its payments; what is wrong is added to the faults."""
    n = len(game.users)
    numerals = numerals_of(table, table.header[n:], Form())
    for index, line, row in table.rows():
        if faults.full:
            faults.leave(len(table) - index)
            return
        at = table.at(line)
        if index in table.odd:
            faults.add(f"{at}: got {table.odd[index]} cells, expected {len(table.header)}")
            continue
        profile = _profile(row[:n], game)
        paid = [read_number(numerals.plain(cell)) for cell in row[n:]]
        wrong = [write_string(cell) for cell, number in zip(row[n:], paid, strict=True) if number is None]
        if profile is None:
            offered = "; ".join(
                f"{name}: {', '.join(map(str, levels))}"
                for name, levels in zip(game.users.names, game.strategies, strict=True)
            )
            faults.add(f"{at}: got {', '.join(row[:n])}, expected indices of levels: {offered}")
        if wrong:
            faults.add(f"{at}: got the payments {', '.join(wrong)}, expected finite numbers")
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
