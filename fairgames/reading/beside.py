"""Files: those beside a scenario and no others, and the rows of CSV files with their line numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from fairgames.errors import InputError
from fairgames.reading.foreign import HEAD, what_it_is
from fairgames.reading.notation import write_string


def beside(scenario: Path, name: str) -> Path:
    """The regular file ``name`` in the scenario's folder, symbolic links and ``..`` resolved.

    Raises
    ------
    InputError
        If there is no such file, or it lies elsewhere.
    """
    shown = write_string(name)
    try:
        folder = scenario.parent.resolve()
        target = (folder / name).resolve()
        inside, is_file = target.is_relative_to(folder), target.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"got {shown}, expected a file in the scenario's folder ({error})") from None
    if not inside:
        raise InputError(
            f"got {shown}, which lies outside the scenario's folder {folder}; put the file beside the scenario"
        )
    if not is_file:
        raise InputError(f"got {shown}, expected a file in the scenario's folder {folder}; there is none")
    return target


def lines_from(path: Path, line: int) -> int:
    """How many lines a file has from ``line`` on; they are counted, not read.

    A line ends as it does for :func:`csv_rows`: with LF, CR LF or CR.
    """
    with path.open(encoding="latin-1") as file:
        breaks, last = 0, ""
        while block := file.read(2**20):
            breaks, last = breaks + block.count("\n"), block[-1]
    return breaks + (last != "\n") - line + 1


def csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file that are not blank, each with the line on which it begins.

    The file is streamed. A byte order mark is skipped, and blanks after a comma.

    Raises
    ------
    InputError
        Naming file and line: it cannot be opened, is not UTF-8, or its quotes do not match.
    """
    line = 1
    try:
        _refuse_foreign(path)
        with path.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.reader(lines, strict=True, skipinitialspace=True)
            for row in reader:
                if row:
                    yield line, row
                line = reader.line_num + 1
    except UnicodeDecodeError:
        raise InputError(f"{path}: {_first_undecodable(path)}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({reason(error)}), expected a CSV file") from None
    except csv.Error as error:
        raise InputError(f"{path}: line {line}: not CSV ({error}); check the quotes") from None


def _refuse_foreign(path: Path) -> None:
    """Say what a file is that is no text; a pipe, which is read but once, is left alone."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        known = what_it_is(file.read(HEAD))
    if known:
        raise InputError(f"{path}: {known}, expected a CSV file in UTF-8")


def not_utf8(line: int, error: UnicodeDecodeError) -> str:
    """The message for a line that is not UTF-8."""
    byte = error.object[error.start]
    return f"line {line}: byte 0x{byte:02x} is not UTF-8; save the file with the encoding UTF-8"


def reason(error: Exception) -> str:
    """Why a file cannot be opened, without its name."""
    return getattr(error, "strerror", None) or str(error)


def _first_undecodable(path: Path) -> str:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return not_utf8(number, error)
    return "not UTF-8; save the file with the encoding UTF-8"
