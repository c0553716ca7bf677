"""Tables as text: columns parted by commas, semicolons, tabs or bars, packed with gzip or not."""

from __future__ import annotations

import csv
import gzip
import io
import sys
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import IO, cast

from fairgames import memory
from fairgames.errors import InputError
from fairgames.progress import track
from fairgames.reading.beside import not_utf8, reason
from fairgames.reading.data.columns import Columns, kept, without_collection
from fairgames.reading.data.form import DELIMITERS, Form
from fairgames.reading.foreign import HEAD, what_it_is
from fairgames.reading.names import headings
from fairgames.reading.notation import write_string
from fairgames.text import how_many

#: Rows read at a time: so few that they are still near the processor when they are made columns.
_ROWS = 1 << 9
#: Rows after which there must be memory for more.
_CHECKED = 1 << 15
#: A line of a packed file may not be longer, so that a small file cannot fill the memory.
_LONGEST = 1 << 24
#: What must be free while a file is read further.
_RESERVE = 1 << 27
#: Lines that the header may have, in quotation marks.
_HEADER_LINES = 100


def read_delimited(path: Path, form: Form, wanted: Collection[str] | None, known: Collection[str]) -> Columns:
    """The columns of a text file.

    Parameters
    ----------
    wanted : the headings of the columns to keep; None keeps all
    known : headings of which some are expected: where more than one sign may part the columns, it is the one with
        which most of them appear

    Raises
    ------
    InputError
        Naming file and line: it cannot be opened, is no text in UTF-8, its quotes do not match, or several signs may
        part its columns.
    TooLargeError
        If the memory is used up before the end.
    """
    packed = path.suffix.lower() == ".gz"
    try:
        with ExitStack() as opened:
            text = io.TextIOWrapper(_open(path, packed, opened), encoding="utf-8-sig", newline="")
            return _read(path, _lines(path, text) if packed else text, form, wanted, known)
    except UnicodeDecodeError:
        raise InputError(f"{path}: {_first_undecodable(path, packed)}") from None
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise InputError(f"{path}: not a whole gzip file ({error}); pack it again") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({reason(error)}), expected a CSV file") from None


def _open(path: Path, packed: bool, opened: ExitStack) -> IO[bytes]:
    """The bytes, unpacked; what is no text is named. A pipe, which is read but once, is left alone."""
    file: io.BufferedReader = opened.enter_context(path.open("rb"))
    head = file.peek(HEAD) if path.is_file() else b""
    if packed and head.startswith(b"\x1f\x8b"):
        file = io.BufferedReader(cast(io.RawIOBase, opened.enter_context(gzip.GzipFile(fileobj=file))))
        head = file.peek(HEAD)
    if known := what_it_is(head):
        raise InputError(f"{path}: {known}, expected a CSV file in UTF-8")
    return file


def _lines(path: Path, text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(_LONGEST):
        if len(line) == _LONGEST:
            raise InputError(f"{path}: a line has {_LONGEST:,} characters or more; expected a CSV file")
        yield line


def _read(
    path: Path, lines: Iterator[str], form: Form, wanted: Collection[str] | None, known: Collection[str]
) -> Columns:
    first = _header_lines(lines)
    delimiter = form.delimiter or _delimiter(path, "".join(first), known)
    reader = csv.reader(chain(first, lines), delimiter=delimiter, strict=True, skipinitialspace=True)
    chunks = track(_chunks(path, reader), f"{path.name}: rows read")
    numbers, rows = next(chunks, ([], []))
    header = headings(rows[0]) if rows else []
    cells: dict[int, list[str]] = {place: [] for place in kept(header, wanted)}
    found: list[int] = []
    odd: dict[int, int] = {}
    with without_collection():
        _add(rows[1:], len(header), cells, odd, 0)
        found += numbers[1:]
        for numbers, rows in chunks:
            if len(found) % _CHECKED < _ROWS:
                memory.require(
                    _RESERVE, f"reading {path} beyond line {how_many(numbers[0])}", "Read it on a larger machine."
                )
            _add(rows, len(header), cells, odd, len(found))
            found += numbers
    return Columns(str(path), tuple(header), cells, found, "line", odd, delimiter)


def _header_lines(lines: Iterator[str]) -> list[str]:
    """The lines up to the end of the header, which may have line breaks in quotation marks."""
    found: list[str] = []
    for line in islice(lines, _HEADER_LINES):
        found.append(line)
        if line.strip("\r\n") and sum(one.count('"') for one in found) % 2 == 0:
            break
    return found


def _delimiter(path: Path, header: str, known: Collection[str]) -> str:
    """What parts the columns: the only sign in the header, or the one that makes most of the known headings."""
    if path.with_suffix("").suffix.lower() == ".tsv" or path.suffix.lower() in (".tsv", ".tab"):
        return "\t"
    outside = "".join(header.split('"')[::2])
    there = [sign for sign in DELIMITERS if sign in outside]
    if len(there) < 2:
        return there[0] if there else ","
    hits = {sign: _hits(header, sign, known) for sign in there}
    best = [sign for sign in there if hits[sign] == max(hits.values())]
    if len(best) == 1:
        return best[0]
    shown = " or ".join(write_string(sign) for sign in best)
    raise InputError(
        f"{path}: line 1: {shown} may separate the columns; say which with --delimiter "
        f"({' or '.join(DELIMITERS[sign] for sign in best)})"
    )


def _hits(header: str, sign: str, known: Collection[str]) -> int:
    try:
        row = next(csv.reader(header.splitlines(keepends=True), delimiter=sign, skipinitialspace=True), [])
    except csv.Error:
        return 0
    return len(set(headings(row)) & set(known))


def _chunks(path: Path, reader: Iterator[list[str]]) -> Iterator[tuple[Sequence[int], list[list[str]]]]:
    """Rows that are not blank, and the lines on which they begin."""
    line = 1
    while True:
        rows: list[list[str]] = []
        error: csv.Error | None = None
        try:
            rows.extend(islice(reader, _ROWS))  # keeps what came before an error
        except csv.Error as broken:
            error = broken
        end: int = reader.line_num + 1  # type: ignore[attr-defined]
        if error is None and end - line == len(rows) and all(rows):
            numbers: Sequence[int] = range(line, end)
        else:
            numbers, line = _begins(rows, line)
        if error:
            raise InputError(f"{path}: line {line}: not CSV ({error}); check the quotes")
        if not rows:
            return
        line = end
        if len(numbers) < len(rows):
            rows = [row for row in rows if row]
        if rows:
            yield numbers, rows


def _begins(rows: Sequence[Sequence[str]], line: int) -> tuple[list[int], int]:
    """The lines on which rows begin that are not blank, by the line breaks in their cells; and the one behind them."""
    begins = []
    for row in rows:
        if row:
            begins.append(line)
        breaks = (cell.replace("\r\n", "\n") for cell in row)
        line += 1 + sum(cell.count("\n") + cell.count("\r") for cell in breaks)
    return begins, line


def _add(rows: Sequence[list[str]], width: int, cells: dict[int, list[str]], odd: dict[int, int], before: int) -> None:
    """Append rows to the columns; of those with another number of cells only the number."""
    if set(map(len, rows)) - {width}:
        wrong = {index: len(row) for index, row in enumerate(rows) if len(row) != width}
        odd.update((before + index, size) for index, size in wrong.items())
        empty = [""] * width
        rows = [empty if index in wrong else row for index, row in enumerate(rows)]
    for place, column in enumerate(zip(*rows, strict=True)):
        if place in cells:
            cells[place].extend(_shared(column))


def _shared(column: Sequence[str]) -> Iterable[str]:
    """The same cells, equal ones as one object: of a million costs there are a few."""
    if len(set(column)) > len(column) // 8:
        return column
    return map(sys.intern, column)


def _first_undecodable(path: Path, packed: bool) -> str:
    if path.is_file():
        with gzip.open(path) if packed else path.open("rb") as lines:
            for number, line in enumerate(cast(IO[bytes], lines), start=1):
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    return not_utf8(number, error)
    return "not UTF-8; save the file with the encoding UTF-8"
