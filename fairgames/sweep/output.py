"""The result of a sweep as a file: CSV, JSON lines or Parquet, whole or not at all, and a note of what it is."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fairgames.errors import InputError, MissingPackageError
from fairgames.reading.atomic import replacing, write_atomically
from fairgames.sweep.columns import Columns, Row, from_json, to_json
from fairgames.sweep.journal import Identity
from fairgames.text import from_spreadsheet, spreadsheet_text


@dataclass(frozen=True)
class Output:
    """Where a sweep's result goes; the suffix is the format.

    Beside it lie, while the sweep runs, its journal (``.part``), and after it a note
    (``.sweep.json``) of which sweep it is and of what kind each column is.

    Raises
    ------
    InputError
        If the suffix is none of :data:`SUFFIXES`, or something else than a file is there.
    MissingPackageError
        If Parquet is asked for, and pyarrow is not installed.
    """

    path: Path

    def __post_init__(self) -> None:
        if self.path.suffix.lower() not in _FORMATS:
            raise InputError(f"{self.path}: expected a file that ends in {', '.join(_FORMATS)}")
        if self.path.exists() and not self.path.is_file():
            raise InputError(f"{self.path}: is not a regular file; choose another place")
        if self.path.suffix.lower() == ".parquet":
            _parquet()

    @property
    def journal(self) -> Path:
        return self.path.with_name(f"{self.path.name}.part")

    @property
    def note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.sweep.json")

    def write(self, identity: Identity, columns: Columns, rows: Sequence[Row]) -> None:
        """Write the rows, each of which has every column.

        Raises
        ------
        InputError
            If the system does not let us write there.
        """
        self._format.write(self.path, columns, rows)
        note = {"fairgames sweep": identity, "columns": columns, "rows": len(rows), "sha256": _sha256(self.path)}
        write_atomically(self.note, [json.dumps(note, indent=1), "\n"])

    def finished(self, identity: Identity) -> list[Row] | None:
        """The rows, where this very sweep has come to its end before; None where there is no file.

        Raises
        ------
        InputError
            If there is a file that is something else.
        """
        if not self.path.exists():
            return None
        try:
            note = json.loads(self.note.read_bytes())
            columns = dict(note["columns"])
            same = note["fairgames sweep"] == json.loads(json.dumps(identity)) and note["sha256"] == _sha256(self.path)
        except (OSError, ValueError, LookupError, TypeError):
            same = False
        if not same:
            raise InputError(
                f"{self.path}: is there already, and is not the result of this sweep; "
                "write elsewhere (-o), or replace it with --restart"
            )
        return self._format.read(self.path, columns)

    @property
    def _format(self) -> _Format:
        return _FORMATS[self.path.suffix.lower()]


def _write_csv(path: Path, columns: Columns, rows: Sequence[Row]) -> None:
    write_atomically(path, _csv_lines(columns, rows))


def _csv_lines(columns: Columns, rows: Iterable[Row]) -> Iterator[str]:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[name], kind) for name, kind in columns.items()])
        yield text.getvalue()
        text.seek(0)
        text.truncate()


def _cell(value: Any, kind: str) -> str:
    """Nothing for None, lists as JSON; text cannot be taken for a formula."""
    if value is None:
        return ""
    if kind == "text":
        return spreadsheet_text(value)
    if kind in ("integer", "number", "rational"):
        return str(value)
    return json.dumps(to_json(value))


def _read_csv(path: Path, columns: Columns) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as lines:
        return [{name: _value(text, columns[name]) for name, text in line.items()} for line in csv.DictReader(lines)]


def _value(text: str, kind: str) -> Any:
    if not text:
        return None
    if kind == "text":
        return from_spreadsheet(text)
    if kind == "rational":
        return text
    return from_json(text if kind == "number" else json.loads(text), kind)


def _write_jsonl(path: Path, columns: Columns, rows: Sequence[Row]) -> None:
    lines = ({name: to_json(row[name]) for name in columns} for row in rows)
    write_atomically(path, (json.dumps(line, allow_nan=False) + "\n" for line in lines))


def _read_jsonl(path: Path, columns: Columns) -> list[Row]:
    with path.open(encoding="utf-8") as lines:
        return [{name: from_json(value, columns[name]) for name, value in json.loads(line).items()} for line in lines]


def _write_parquet(path: Path, columns: Columns, rows: Sequence[Row]) -> None:
    import pyarrow as pa

    arrays = {
        name: pa.array([_stored(row[name], kind) for row in rows], _arrow(kind)) for name, kind in columns.items()
    }
    with replacing(path) as file:
        _parquet().write_table(pa.table(arrays), file)


def _read_parquet(path: Path, columns: Columns) -> list[Row]:
    rows: list[Row] = _parquet().read_table(path).to_pylist()
    return [
        {name: json.loads(value) if columns[name] == "json" and value else value for name, value in row.items()}
        for row in rows
    ]


def _stored(value: Any, kind: str) -> Any:
    return json.dumps(to_json(value)) if kind == "json" and value is not None else value


def _arrow(kind: str) -> Any:
    import pyarrow as pa

    if kind.startswith("["):
        return pa.list_(_arrow(kind[1:-1]))
    return {"boolean": pa.bool_(), "integer": pa.int64(), "number": pa.float64()}.get(kind, pa.string())


def _parquet() -> Any:
    try:
        from pyarrow import parquet
    except ImportError:
        raise MissingPackageError("pyarrow", "writing Parquet", extra="sweep") from None
    return parquet


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class _Format:
    write: Callable[[Path, Columns, Sequence[Row]], None]
    read: Callable[[Path, Columns], list[Row]]


_FORMATS: Mapping[str, _Format] = MappingProxyType(
    {
        ".csv": _Format(_write_csv, _read_csv),
        ".jsonl": _Format(_write_jsonl, _read_jsonl),
        ".parquet": _Format(_write_parquet, _read_parquet),
    }
)

#: The formats that a result can have.
SUFFIXES = tuple(_FORMATS)
