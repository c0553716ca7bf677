"""Rows of users as read: one a table or line, or a million alike in columns; and the users that they expand to."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, repeat
from typing import NamedTuple, TypeVar, overload

import numpy as np

from fairgames.private_costs import CostRow
from fairgames.scenario.range_section import CostRange
from fairgames.scenario.users_csv import Alike
from fairgames.typing import Profile
from fairgames.users import Users

Entry = TypeVar("Entry")

#: Expanded users that a scenario may have.
MOST_USERS = 1_000_000


class Row(NamedTuple):
    """One row of users; a tuple, as there may be a million.

    ``place`` is the number of its table or line, ``size`` its count, None where that was faulty; ``allowed`` and
    ``level`` are indices; ``given`` says whether the name was. ``private`` are the rows of costs of which one is each
    user's own, ``ranges`` what each level costs at least and at most, with the middle of that as ``sensitivity``.
    """

    place: int
    name: str
    given: bool
    size: int | None
    samples: float | None
    importance: float
    sensitivity: tuple[Fraction, ...] | None
    allowed: Profile | None
    level: int | None
    private: tuple[CostRow, ...] | None = None
    ranges: CostRange | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its expanded users."""
        if self.size == 1:
            return (self.name,)
        return tuple([f"{self.name}-{number}" for number in range(1, (self.size or 0) + 1)])


class AlikeRows(Sequence[Row]):
    """Rows of one user each, most of which differ in name and samples alone: a million of them are few columns."""

    def __init__(self, alike: Alike[Row]) -> None:
        self._alike = alike
        self.rows = [row._replace(given=True) for row in alike.known]
        names = alike.names
        self.names = names if all(names) else [name or f"user-{place}" for place, name in enumerate(names, start=1)]
        self.given = names if all(names) else [name for name in names if name]

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        known, samples = self.rows[self._alike.of_row[index]], self._alike.samples
        size = None if samples is None else samples[index]
        given = bool(self._alike.names[index])
        return Row(self._alike.lines[index], self.names[index], given, 1, size, *known[5:])

    def each(self, entries: Sequence[Entry]) -> list[Entry]:
        """For each row the entry of the one that it is like."""
        return list(map(entries.__getitem__, self._alike.of_row))

    def users(self) -> Users:
        """The users, one a row."""
        n_levels = next((len(row.sensitivity) for row in self.rows if row.sensitivity), None)
        zeros = (Fraction(0),) * (n_levels or 0)
        samples = self._alike.samples
        return Users(
            names=self.names,
            samples=None if samples is None else np.array(samples, dtype=float),
            importance=np.array([row.importance for row in self.rows])[np.array(self._alike.of_row)],
            sensitivity=self.each([row.sensitivity or zeros for row in self.rows]) if n_levels else None,
            allowed=self.each([row.allowed for row in self.rows]) if any(row.allowed for row in self.rows) else None,
        )


def expand(rows: Sequence[Row]) -> Users:
    """One user for each of a row's count.

    Raises
    ------
    InputError
        Whatever :class:`Users` still finds wrong.
    """
    if isinstance(rows, AlikeRows):
        return rows.users()
    counts = [row.size or 0 for row in rows]
    n_levels = next((len(row.sensitivity) for row in rows if row.sensitivity), None)
    zeros = (Fraction(0),) * (n_levels or 0)
    private = any(row.private for row in rows)
    return Users(
        names=list(chain.from_iterable(row.names for row in rows)),
        samples=np.repeat([row.samples for row in rows], counts) if rows[0].samples is not None else None,
        importance=np.repeat([row.importance for row in rows], counts),
        sensitivity=_repeated([None if row.private else row.sensitivity or zeros for row in rows], counts)
        if n_levels
        else None,
        allowed=_repeated([row.allowed for row in rows], counts) if any(row.allowed for row in rows) else None,
        private=_repeated([row.private for row in rows], counts) if private else None,
    )


def user_ranges(rows: Sequence[Row]) -> tuple[CostRange | None, ...] | None:
    """For each expanded user the range of its costs; None where nobody states one."""
    if isinstance(rows, AlikeRows) or not any(row.ranges for row in rows):  # a table of users has none
        return None
    return tuple(_repeated([row.ranges for row in rows], [row.size or 0 for row in rows]))


def _repeated(entries: Sequence[Entry], counts: Sequence[int]) -> list[Entry]:
    """Each entry as often as its count says."""
    return list(chain.from_iterable(map(repeat, entries, counts)))


def row_indices(rows: Sequence[Row]) -> tuple[Profile, ...]:
    """For each row the indices of its expanded users."""
    if isinstance(rows, AlikeRows) or all(row.size == 1 for row in rows):
        return tuple([(user,) for user in range(len(rows))])
    indices, start = [], 0
    for row in rows:
        end = start + (row.size or 0)
        indices.append(tuple(range(start, end)))
        start = end
    return tuple(indices)
