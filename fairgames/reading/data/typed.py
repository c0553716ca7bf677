"""Tables whose cells have types: frames of pandas, polars and others, Parquet files, workbooks."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Collection, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from fairgames import memory
from fairgames.errors import InputError, MissingPackageError
from fairgames.reading.beside import reason
from fairgames.reading.data.columns import Columns, Plain, kept, without_collection
from fairgames.reading.data.form import Form
from fairgames.reading.foreign import HEAD, what_it_is
from fairgames.reading.names import headings
from fairgames.reading.notation import show

#: Bytes held for each byte of an unpacked sheet, and of a Parquet file's columns.
_EXPANSION = 10
#: Floats below it that are whole are written without a point.
_WHOLE = 2**53


def read_frame(frame: Any, source: str, wanted: Collection[str] | None) -> Columns:
    """The columns of any eager frame that narwhals knows: pandas, polars, pyarrow and others.

    Numbers become the shortest decimals that are theirs: 0.1 is "0.1", 1.0 is "1", as programs make floats of whole
    numbers where something is missing.

    Raises
    ------
    InputError
        If it is no such frame, or two columns have one name.
    MissingPackageError
        If narwhals is not installed (extra ``tables``).
    """
    try:
        import narwhals as nw
    except ImportError:
        raise MissingPackageError("narwhals", "reading a frame", extra="tables") from None
    try:
        known = nw.from_native(frame, eager_only=True)
        names = list(known.columns)
    except Exception as error:  # narwhals' own of several kinds
        raise InputError(
            f"data: got {show(frame)} ({error}), expected the path of a file, or an eager frame of pandas, polars or "
            "pyarrow with one name a column"
        ) from None
    header = headings([str(name) for name in names])
    cells = {}
    with without_collection():
        for place in kept(header, wanted):
            column = known[names[place]]
            values = column.to_list()
            # As a float64 it would have digits that it never had.
            single = column.dtype == nw.Float32
            cells[place] = [
                _text(np.float32(value) if single and isinstance(value, float) else value) for value in values
            ]
    return Columns(source, tuple(header), cells, range(1, len(known) + 1), "row")


def read_parquet(path: Path, wanted: Collection[str] | None) -> Columns:
    """The columns of a Parquet file.

    Raises
    ------
    InputError
        If it is none.
    MissingPackageError
        If pyarrow or narwhals is not installed (extra ``tables``).
    TooLargeError
        Before reading, if the columns do not fit in memory.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingPackageError("pyarrow", "reading .parquet", extra="tables") from None
    try:
        _refuse(path, b"PAR1", "a Parquet file")
        with pq.ParquetFile(path) as file:
            size = sum(file.metadata.row_group(group).total_byte_size for group in range(file.num_row_groups))
            memory.require(_EXPANSION * size, f"reading {path}", "Keep fewer columns in it.")
            names = file.schema_arrow.names
            chosen = [names[place] for place in kept(headings(names), wanted)]
            table = file.read(columns=chosen)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(f"{path}: cannot be read ({reason(error)}), expected a Parquet file") from None
    read = read_frame(table, str(path), None)
    header = headings(names)
    return Columns(
        str(path), tuple(header), {header.index(name): read.column(name) for name in read.header}, read.lines, "row"
    )


def read_workbook(path: Path, form: Form, wanted: Collection[str] | None) -> Columns:
    """The columns of a sheet of an ``.xlsx`` file; of several that are not empty, one must be named.

    Raises
    ------
    InputError
        If it is no workbook, has no such sheet, or several and none is named.
    MissingPackageError
        If openpyxl is not installed (extra ``tables``).
    TooLargeError
        Before reading, if what is packed in it does not fit in memory.
    """
    try:
        import openpyxl
    except ImportError:
        raise MissingPackageError("openpyxl", "reading .xlsx", extra="tables") from None
    try:
        _refuse(path, b"PK\x03\x04", "an .xlsx workbook")
        with zipfile.ZipFile(path) as packed:
            size = sum(part.file_size for part in packed.infolist())
        memory.require(_EXPANSION * size, f"reading {path}", "Save the sheet as CSV.")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: cannot be read ({reason(error)}), expected an .xlsx workbook") from None
    with without_collection():
        sheets = {sheet.title: _rows(sheet) for sheet in book.worksheets if form.sheet in (None, sheet.title)}
    book.close()
    full = {name: rows for name, rows in sheets.items() if rows}
    if form.sheet is not None and form.sheet not in sheets:
        raise InputError(
            f"{path}: got the sheet {show(form.sheet)}, expected one of {', '.join(map(show, book.sheetnames))}"
        )
    if len(full) > 1:
        raise InputError(f"{path}: {len(full)} sheets have cells: {', '.join(map(show, full))}; say which with --sheet")
    return _columns(path, next(iter(full.values()), []), wanted)


def _refuse(path: Path, magic: bytes, expected: str) -> None:
    """Say what a file is that does not begin as one of its suffix does."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.startswith(magic):
        came = what_it_is(head) or "it looks like text"
        raise InputError(f"{path}: {came}; the name says {path.suffix}, expected {expected}")


def _rows(sheet: Any) -> list[tuple[int, list[str]]]:
    """The rows of a sheet that are not empty, without empty cells at their ends."""
    found = []
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        texts = [_text(value) for value in row]
        while texts and not texts[-1].strip():
            texts.pop()
        if texts:
            found.append((number, texts))
    return found


def _columns(path: Path, rows: Sequence[tuple[int, list[str]]], wanted: Collection[str] | None) -> Columns:
    header = headings(rows[0][1]) if rows else []
    width = len(header)
    odd = {index: len(row) for index, (_, row) in enumerate(rows[1:]) if len(row) > width}
    filled = [row[:width] + [""] * (width - len(row)) for _, row in rows[1:]]
    cells = {place: [row[place] for row in filled] for place in kept(header, wanted)}
    return Columns(str(path), tuple(header), cells, [number for number, _ in rows[1:]], "row", odd)


def _text(value: Any) -> str:
    """A cell as text: numbers with a decimal point, what is missing as ""."""
    if isinstance(value, str):
        return value
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return ""
    if isinstance(value, bool | np.bool_ | int | np.integer | float | np.floating | Decimal):
        return _number(value)
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat()) if isoformat else str(value)


def _number(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return Plain(str(bool(value)).lower())
    if isinstance(value, int | np.integer):
        return Plain(int(value))
    if math.isnan(value):
        return ""
    if isinstance(value, Decimal):
        return Plain(_trimmed(value))
    return Plain(int(value)) if abs(value) < _WHOLE and value == int(value) else Plain(str(value))


def _trimmed(value: Decimal) -> str:
    """A decimal without zeros at its end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
