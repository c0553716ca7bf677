"""A table as a file, whole or not at all; names in it are never taken for formulas."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fairgames.errors import InputError, MissingPackageError
from fairgames.reading.atomic import replacing, write_atomically
from fairgames.reading.json_values import plain
from fairgames.tables.table import Table
from fairgames.text import printable, spreadsheet_text

#: Rows of a sheet, its header among them.
_MOST_ROWS = 2**20
_MARKED = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]<>|#~"})


def write_csv(path: Path, table: Table, exact: bool = False) -> None:
    """Comma-separated, in UTF-8, one header; with ``exact``, rationals as "p/q".

    Raises
    ------
    InputError
        If the system does not let us write there.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(spreadsheet_text, table.columns))
    writer.writerows([_in_csv(plain(value, exact)) for value in row] for row in table.rows())
    write_atomically(path, [text.getvalue()])


def write_xlsx(path: Path, table: Table, exact: bool = False) -> None:
    """One sheet: numbers are numbers, of 16 digits, text is text; with ``exact``, rationals are text "p/q".

    Raises
    ------
    InputError
        If the table has more rows than a sheet, or the system does not let us write there.
    MissingPackageError
        If openpyxl is not installed.
    """
    openpyxl = require_xlsx()
    if len(table) >= _MOST_ROWS:
        raise InputError(f"{path}: {len(table):,} rows, a sheet of .xlsx has {_MOST_ROWS:,}; write .csv")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("fairgames")
    sheet.append([_in_sheet(sheet, name) for name in table.columns])
    for row in table.rows():
        sheet.append([_in_sheet(sheet, plain(value, exact)) for value in row])
    with replacing(path) as file:
        book.save(file)


def require_xlsx() -> Any:
    """The package openpyxl.

    Raises
    ------
    MissingPackageError
        If it is not installed.
    """
    try:
        import openpyxl
    except ImportError:
        raise MissingPackageError("openpyxl", "writing .xlsx", extra="tables") from None
    return openpyxl


#: How a table is written, by suffix.
WRITERS: Mapping[str, Callable[[Path, Table, bool], None]] = MappingProxyType({".csv": write_csv, ".xlsx": write_xlsx})


def markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""A table as Markdown; nothing in it is taken for markup.

    >>> print(markdown(["user", "level"], [["a|b", "2"]]))
    | user | level |
    | --- | ---: |
    | a\|b | 2 |
    """
    head = [_cells(columns), f"| {' | '.join(['---', *['---:'] * (len(columns) - 1)])} |"]
    return "\n".join([*head, *map(_cells, rows)])


def marked(text: str) -> str:
    """One line of text from anywhere, in which nothing is Markdown."""
    return printable(text).translate(_MARKED)


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(marked, cells))} |"


def _in_csv(value: Any) -> str:
    if value is None:
        return ""
    return spreadsheet_text(value) if isinstance(value, str) else json.dumps(value)


def _in_sheet(sheet: Any, value: Any) -> Any:
    """A cell; text is told to be text, #N/A too, and has no controls, which the format cannot hold."""
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, printable(spreadsheet_text(value)))
    cell.data_type = "s"
    return cell
