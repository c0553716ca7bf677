"""Faults gathered while a file is read, so that all are reported at once."""

from __future__ import annotations

from collections.abc import Iterable

from fairgames.errors import InputError


class Faults:
    """A list of faults that keeps the first ``limit`` and counts the rest; of a long file no more lines are read."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: list[str] = []
        self._more = 0
        self._unread = 0

    @property
    def full(self) -> bool:
        """Whether no more are kept: time to stop reading."""
        return len(self._kept) >= self._limit

    def leave(self, lines: int) -> None:
        """So many more lines of a file are not looked at."""
        self._unread += lines

    def __len__(self) -> int:
        """How many there were, kept or not."""
        return len(self._kept) + self._more + self._unread

    def __bool__(self) -> bool:
        return bool(self._kept)

    def add(self, fault: str) -> None:
        if len(self._kept) < self._limit:
            self._kept.append(fault)
        else:
            self._more += 1

    def extend(self, faults: Iterable[str]) -> None:
        for fault in faults:
            self.add(fault)

    def listed(self) -> tuple[str, ...]:
        """What was kept, and a last line that counts what was not."""
        more = [f"… and {self._more} more"] if self._more else []
        more += [f"… and {self._unread:,} more lines, not looked at"] if self._unread else []
        return (*self._kept, *more)

    def raise_as(self, error: type[InputError]) -> None:
        """Raise ``error`` with everything that was gathered; nothing if there was nothing."""
        if self:
            raise error(self.listed())
