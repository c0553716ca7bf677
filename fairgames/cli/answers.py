"""An answer on its way out: to a file of ``-o``, and to the terminal as text or JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from fairgames.cli import show
from fairgames.errors import InputError
from fairgames.reading.atomic import write_atomically
from fairgames.tables.files import WRITERS, markdown, marked, require_xlsx
from fairgames.tables.table import Table
from fairgames.text import lines

#: What an answer can be written as. A name without suffix, such as a pipe's, says nothing, and gets CSV.
SUFFIXES = (".json", *WRITERS, ".md")
#: From here on users that do the same share a line.
_MANY_USERS = 30


def _checked(_context: click.Context, _option: click.Parameter, output: str | None) -> Path | None:
    """Before anything is computed: a file is what its name says, and can be made."""
    if output is None:
        return None
    if output.startswith("--"):
        raise InputError(f"-o {output}: got an option, expected the name of a file (./{output} is one of that name)")
    suffix = Path(output).suffix.lower()
    if suffix not in ("", *SUFFIXES):
        raise InputError(f"-o {output}: got the suffix {suffix}, expected one of {', '.join(SUFFIXES)}")
    if suffix == ".xlsx":
        require_xlsx()
    return Path(output)


output = click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="FILE",
    callback=_checked,
    help="Write the answer to a file, too: .json is what --json prints, .csv and .xlsx have the table, .md the text.",
)


@dataclass(frozen=True)
class Grid:
    """A table for people: a row is a line, cells are text."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str | None = None


def alike_in_a_line(rows: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """The lines of each user; among many, neighbours whose lines are alike in all but their names share them."""
    users = [list(own) for _, own in groupby(rows, key=lambda row: row[0])]
    if len(users) <= _MANY_USERS:
        yield from rows
        return
    for lines_of, alike in groupby(users, key=lambda own: [row[1:] for row in own]):
        group = list(alike)
        first, last = group[0][0][0], group[-1][0][0]
        name = first if len(group) == 1 else f"{first} … {last} ({len(group)})"
        yield from ([name, *row] for row in lines_of)


@dataclass(frozen=True)
class CommandAnswer:
    """What a command found.

    Attributes
    ----------
    values : by JSON key; ``warnings`` are added
    table : for spreadsheets
    text : for people, in order
    exact : whether rationals are "p/q"
    """

    values: dict[str, Any]
    table: Callable[[], Table]
    text: Callable[[], Iterable[str | Grid]]
    exact: bool = False

    def give(self, path: Path | None, as_json: bool) -> None:
        """Write it to the file that ``-o`` names, if any, and show it."""
        if path is not None:
            self._write(path)
        if as_json:
            show.print_json(self.values, self.exact)
            return
        for part in self.text():
            if isinstance(part, Grid):
                show.print_table(part.columns, part.rows, part.title)
            else:
                show.say(part)

    def _write(self, path: Path) -> None:
        match path.suffix.lower():
            case ".json":
                write_atomically(path, [show.json_text(self.values, self.exact), "\n"])
            case ".md":
                write_atomically(path, ["\n\n".join(map(_in_markdown, self.text())), "\n"])
            case suffix:
                WRITERS[suffix or ".csv"](path, self.table(), self.exact)


def _in_markdown(part: str | Grid) -> str:
    if isinstance(part, str):
        return f"```\n{lines(part).replace('```', '')}\n```" if "\n" in part else marked(part)
    title = f"**{marked(part.title)}**\n\n" if part.title else ""
    return f"{title}{markdown(part.columns, part.rows)}"
