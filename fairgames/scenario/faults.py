"""Faults gathered while a file is read, so that all are reported at once."""

from __future__ import annotations

from collections.abc import Iterable

from fairgames.errors import InputError


class Faults:
    """A list of faults that keeps the first ``limit`` and counts the rest."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: list[str] = []
        self._more = 0

    def __len__(self) -> int:
        """How many there were, kept or not."""
        return len(self._kept) + self._more

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
        return (*self._kept, f"… and {self._more} more") if self._more else tuple(self._kept)

    def raise_as(self, error: type[InputError]) -> None:
        """Raise ``error`` with everything that was gathered; nothing if there was nothing."""
        if self:
            raise error(self.listed())
