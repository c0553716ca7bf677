"""Names of users, unique after rows of several are expanded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fairgames.scenario.user_rows import MOST_USERS, Row


def taken_names(rows: Sequence[Row]) -> Iterator[tuple[Row, str, int]]:
    """(row, a name of it that is taken, the place of the row that has it), where expanded names are not unique.

    A row of several users also keeps its own name to itself.

    A million names of one row are not written out for it: "p-7" can only be the seventh of a row "p", or a row's own.
    """
    if len({row.name for row in rows}) == len(rows) and all(row.size == 1 for row in rows):
        return
    claims = _Claims()
    for row in rows:
        if found := claims.taken(row):
            yield row, *found
        claims.add(row)


class _Claims:
    """The names that rows have taken, and the places of those rows."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        #: Of rows of several users: how many, and the place.
        self._several: dict[str, tuple[int, int]] = {}
        #: Rows' own names that end in a number, by what stands before it.
        self._numbered: dict[str, dict[int, int]] = {}

    def taken(self, row: Row) -> tuple[str, int] | None:
        """The first name of the row that is not free, and whose it is."""
        if row.name in self._rows:
            return row.name, self._rows[row.name]
        if (parts := _numbered(row.name)) and parts[0] in self._several:
            size, place = self._several[parts[0]]
            if parts[1] <= size:
                return row.name, place
        within = [number for number in self._numbered.get(row.name, ()) if number <= (row.size or 0)]
        if row.size == 1 or not within:
            return None
        return f"{row.name}-{min(within)}", self._numbered[row.name][min(within)]

    def add(self, row: Row) -> None:
        self._rows[row.name] = row.place
        if row.size and row.size > 1:
            self._several[row.name] = max((row.size, row.place), self._several.get(row.name, (0, 0)))
        if parts := _numbered(row.name):
            self._numbered.setdefault(parts[0], {})[parts[1]] = row.place


def _numbered(name: str) -> tuple[str, int] | None:
    """What stands before its number, and that: "p" and 7 of "p-7", as :attr:`Row.names` writes it; else None."""
    base, dash, end = name.rpartition("-")
    # No number of users has more digits, and Python reads no more than 4,300.
    if not dash or len(end) > len(str(MOST_USERS)) or not (end.isascii() and end.isdigit()) or end[0] == "0":
        return None
    return base, int(end)
