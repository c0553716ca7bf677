"""A table in memory, column by column, each row with its place in the file."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field


class Plain(str):
    """A cell that was a number where it comes from, as text with a decimal point: how it is written is no question."""

    __slots__ = ()


@dataclass(frozen=True, eq=False)
class Columns:
    """The cells of a table as text, missing ones "".

    Attributes
    ----------
    source : what it is called in messages: the file's path, or "the frame"
    header : the names of all columns, :func:`fairgames.reading.names.clean`
    cells : for each column kept, by its place in the header, one entry a row
    lines : each row's place
    unit : what a place is called: "line" of text, "row" of anything else
    odd : of rows with another number of cells than the header, by index: how many; their cells are ""
    delimiter : what stands between columns; None where nothing does
    """

    source: str
    header: tuple[str, ...]
    cells: Mapping[int, Sequence[str]]
    lines: Sequence[int]
    unit: str = "line"
    odd: Mapping[int, int] = field(default_factory=dict)
    delimiter: str | None = None

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, name: str) -> Sequence[str]:
        """The cells below a heading that stands once."""
        return self.cells[self.header.index(name)]

    def at(self, line: int) -> str:
        """A place, to begin a message with."""
        return f"{self.source}: {self.unit} {line}"

    def rows(self) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """Index, place, and the cells that are kept, row by row."""
        for index, (line, row) in enumerate(zip(self.lines, zip(*self.cells.values(), strict=True), strict=True)):
            yield index, line, row


def kept(header: Sequence[str], wanted: Collection[str] | None) -> list[int]:
    """The places of the columns that are wanted; None wants all."""
    return [place for place, name in enumerate(header) if wanted is None or name in wanted]


@contextmanager
def without_collection() -> Iterator[None]:
    """Leave Python's cyclic garbage collector out while millions of small objects are made, none of which is garbage.

    It would look through all of them again and again, for most of the time that reading takes.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
