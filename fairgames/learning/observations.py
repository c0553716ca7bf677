"""Observed periods: the share that was paid out, and the level that each user chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.game import PaymentGame
from fairgames.reading.data.columns import Columns
from fairgames.reading.data.form import Form
from fairgames.reading.data.numerals import numerals_of
from fairgames.reading.data.sources import read_columns
from fairgames.reading.faults import Faults
from fairgames.reading.notation import read_level, read_number, write_string
from fairgames.reading.section import nearest
from fairgames.typing import Number

#: Faults listed of one file.
_LISTED = 50
_SHARE = "alpha"
#: Columns of payments that were announced: this, the user, and the level.
_ANNOUNCED = "payment:"


@dataclass(frozen=True, eq=False)
class Period:
    """What was seen in one period.

    Attributes
    ----------
    place : its line in the file, or its number from 1
    alpha : the share that was offered; None where payments were announced
    profile : the level index that each user chose, None where it was not seen
    announced : for each user what it was told that each level pays, None where it was not told; None under a share
    """

    place: int
    alpha: Fraction | None
    profile: tuple[int | None, ...]
    announced: tuple[tuple[Fraction | None, ...], ...] | None = None

    @classmethod
    def of(cls, alpha: Number, profile: Sequence[int | None], place: int = 1) -> Period:
        """A period under a share."""
        return cls(place, to_fraction(alpha, "alpha"), tuple(profile))


def read_observations(path: str | Path, game: PaymentGame) -> tuple[Period, ...]:
    """The periods of a table in a file: ``alpha``, then a column a user with the level chosen, blank if none was seen.

    Levels are themselves, as the utility names them, not their indices. A user without a column was never seen. Instead
    of ``alpha`` there may be columns ``payment:USER:LEVEL`` with what was announced for each level. How the file is
    written (what parts columns, the decimal sign, a workbook) is found out as for all data
    (:mod:`fairgames.reading.data`).

    Raises
    ------
    InputError
        For everything that is wrong, with its line.
    """
    path, faults = Path(path), Faults(_LISTED)
    table = read_columns(path, Form(), known=_known(game))
    names = table.header
    _check_header(table, game, faults)
    faults.raise_as(InputError)
    numerals = numerals_of(table, names, Form())
    periods = []
    for index, line, row in table.rows():
        at = table.at(line)
        if index in table.odd:
            faults.add(f"{at}: got {table.odd[index]} cells, expected {len(names)}")
            continue
        cells = [numerals.plain(cell) or cell for cell in row]
        periods.append(_period(at, line, dict(zip(names, cells, strict=True)), game, faults))
    if not periods and not len(faults):
        faults.add(f"{path}: no periods below the header, expected one line a period")
    faults.raise_as(InputError)
    return tuple(period for period in periods if period is not None)


def _known(game: PaymentGame) -> list[str]:
    """All headings that there may be."""
    users = game.users.names
    return [_SHARE, *users, *(f"{_ANNOUNCED}{user}:{level}" for user in users for level in game.utility.level_names)]


def _check_header(table: Columns, game: PaymentGame, faults: Faults) -> None:
    users, names, at = game.users.names, table.header, table.at(1)
    known = set(_known(game))
    for name in names:
        if name not in known:
            faults.add(
                f"{at}: column {write_string(name)} is unknown here, expected "
                f"{nearest(name, [_SHARE, *users])}, or {_ANNOUNCED}USER:LEVEL"
            )
    if len(set(names)) < len(names):
        faults.add(f"{at}: some columns stand twice, expected each once")
    announced = any(name.startswith(_ANNOUNCED) for name in names)
    if announced == (_SHARE in names):
        faults.add(f"{at}: expected a column alpha, or columns {_ANNOUNCED}USER:LEVEL, one of the two")
    if not set(names) & set(users):
        faults.add(f"{at}: no column of a user, expected some of {', '.join(users[:5])}")


def _period(where: str, line: int, cells: dict[str, str], game: PaymentGame, faults: Faults) -> Period | None:
    before = len(faults)
    levels = game.utility.levels
    profile: list[int | None] = []
    for user, name in enumerate(game.users.names):
        text = cells.get(name, "").strip()
        level = read_level(text) if text else None
        if text and (level is None or level not in levels or levels.index(level) not in game.strategies[user]):
            offered = ", ".join(game.utility.level_names[own] for own in game.strategies[user])
            faults.add(f"{where}: {name}: got {write_string(text)}, expected blank or one of the levels {offered}")
        profile.append(levels.index(level) if level is not None and level in levels else None)
    alpha = None
    if _SHARE in cells:
        alpha = read_number(cells[_SHARE])
        if alpha is None or not 0 <= alpha <= 1:
            faults.add(f"{where}: alpha: got {write_string(cells[_SHARE])}, expected a number from 0 to 1")
    announced = None if _SHARE in cells else _announced(where, cells, game, faults)
    return Period(line, alpha, tuple(profile), announced) if len(faults) == before else None


def _announced(
    where: str, cells: dict[str, str], game: PaymentGame, faults: Faults
) -> tuple[tuple[Fraction | None, ...], ...]:
    found = []
    for name in game.users.names:
        row = []
        for level in game.utility.level_names:
            key = f"{_ANNOUNCED}{name}:{level}"
            text = cells.get(key, "").strip()
            number = read_number(text) if text else None
            if text and number is None:
                faults.add(f"{where}: {key}: got {write_string(text)}, expected blank or a finite number")
            row.append(number)
        found.append(tuple(row))
    return tuple(found)
