"""The columns of whatever somebody has: the suffix of a file says what it is, and anything else is a frame."""

from __future__ import annotations

from collections.abc import Collection
from os import PathLike
from pathlib import Path
from typing import Any

from fairgames.errors import InputError
from fairgames.reading.data.columns import Columns
from fairgames.reading.data.delimited import read_delimited
from fairgames.reading.data.form import Form
from fairgames.reading.data.typed import read_frame, read_parquet, read_workbook

#: What a table may be kept in, by suffix, as messages list it; text may also be packed (``.csv.gz``).
SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".xlsx", ".parquet")


def read_columns(data: Any, form: Form, wanted: Collection[str] | None = None, known: Collection[str] = ()) -> Columns:
    """The columns of a file or a frame, by their headings.

    Parameters
    ----------
    data : a path: text (``.csv``, ``.tsv``, any other suffix; packed where it ends in ``.gz``), ``.xlsx`` or
        ``.parquet``; or a frame of pandas, polars, pyarrow or another that narwhals knows
    wanted : the headings of the columns to keep; None keeps all
    known : headings of which some are expected, to tell by what the columns of text are parted

    Raises
    ------
    InputError
        If it cannot be read, with what it looks like.
    MissingPackageError
        If the package that reads it is not installed (extra ``tables``).
    TooLargeError
        If it does not fit in memory.
    """
    if not isinstance(data, str | PathLike):
        return read_frame(data, "the frame", wanted)
    path = Path(data)
    match path.suffix.lower():
        case ".parquet" | ".pq":
            return read_parquet(path, wanted)
        case ".xlsx" | ".xlsm":
            return read_workbook(path, form, wanted)
        case ".xls" | ".ods" | ".feather" | ".sav" | ".dta" | ".pkl" | ".pickle":
            raise InputError(f"{path}: files of this kind are not read; save the table as {', '.join(SUFFIXES)}")
    return read_delimited(path, form, wanted, known)
