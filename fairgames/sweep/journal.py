"""What a sweep has computed so far, kept beside its output: a killed sweep goes on from here.

One line of JSON a row, after a first line that says which sweep it is. Lines are appended and
forced to the disk a batch at a time, so that a kill loses at most the batches under way; a line
that was torn by it is dropped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from fairgames.errors import InputError
from fairgames.reading.beside import reason
from fairgames.sweep.columns import Row

_FIRST_KEY = "fairgames sweep"
_MAGIC = f'{{"{_FIRST_KEY}": '.encode()
#: Characters shown of a value that differs.
_SHOWN = 60

#: Which sweep it is, by what can differ between two of them.
Identity = Mapping[str, Any]


class Journal:
    """The rows that are there, by index; and, unless it is in memory only, their file."""

    def __init__(self, rows: dict[int, Row], file: IO[bytes] | None = None) -> None:
        self.rows = rows
        self._file = file

    def append(self, rows: Mapping[int, Row]) -> None:
        """Keep rows that are not there yet, on the disk before this returns.

        Raises
        ------
        InputError
            If the system does not let us write, such as when the disk is full.
        """
        new = {index: row for index, row in rows.items() if index not in self.rows}
        if self._file is not None and new:
            _write(self._file, b"".join(_line({"index": index, "row": row}) for index, row in new.items()))
        self.rows.update(new)


@contextmanager
def journal(path: Path | None, identity: Identity, points: int, restart: bool) -> Iterator[Journal]:
    """The journal at ``path``, new or continued, locked while the ``with`` block runs and removed at its good end.

    Parameters
    ----------
    path : where it is; None keeps rows in memory only
    identity : which sweep this is
    points : rows have an index below this
    restart : whether to forget the rows that are there

    Raises
    ------
    InputError
        If it belongs to another sweep, is in use, or is none; or the system does not let us write there.
    """
    if path is None:
        yield Journal({})
        return
    with _locked(path) as file:
        rows = _begin(path, file, identity, points, restart)
        yield Journal(rows, file)
        if os.name == "nt":  # which removes no open file
            file.close()
        path.unlink()


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """The file, open for reading and appending, in no other process's hands. A kill gives up the lock, too."""
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("a+b")
        except OSError as error:
            raise InputError(f"{path}: cannot be written ({reason(error)}); choose another place") from None
        with file:
            _lock(path, file)
            if path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                yield file
                return
            # Another sweep has come to its end and removed it between our opening and locking.


def _lock(path: Path, file: IO[bytes]) -> None:
    try:
        import fcntl
    except ImportError:  # Windows; the documentation says that there is no lock there
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(f"{path}: another sweep is at work on it; wait for its end, or write elsewhere (-o)") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be locked ({reason(error)}); choose another place") from None


def _begin(path: Path, file: IO[bytes], identity: Identity, points: int, restart: bool) -> dict[int, Row]:
    """The rows of an unfinished sweep, whose last line may be torn; a new first line where there are none."""
    file.seek(0)
    first = file.readline()
    if first and not first.startswith(_MAGIC) and not (_MAGIC.startswith(first) and len(first) < len(_MAGIC)):
        raise InputError(f"{path}: is not the journal of a sweep; move it away, or write elsewhere (-o)")
    if first.endswith(b"\n") and not restart:
        _compare(path, _read(first).get(_FIRST_KEY), identity)
        return _rows(file, points)
    file.truncate(0)
    _write(file, _line({_FIRST_KEY: identity}))
    return {}


def _rows(file: IO[bytes], points: int) -> dict[int, Row]:
    """The rows up to the first line that is torn; that line and what follows is cut off, to be computed again."""
    rows: dict[int, Row] = {}
    end = file.tell()
    for line in file:
        entry = _read(line) if line.endswith(b"\n") else {}
        index, row = entry.get("index"), entry.get("row")
        if not isinstance(index, int) or not 0 <= index < points or not isinstance(row, dict):
            break
        rows.setdefault(index, row)
        end += len(line)
    file.truncate(end)
    return rows


def _compare(path: Path, was: Any, now: Identity) -> None:
    was = was if isinstance(was, dict) else {}
    now = json.loads(json.dumps(now))
    differences = [
        f"  {key}: was {_shown(was.get(key))}, is now {_shown(now.get(key))}"
        for key in {**was, **now}
        if was.get(key) != now.get(key)
    ]
    if differences:
        raise InputError(
            [
                f"{path}: is the journal of another sweep. What differs:",
                *differences,
                "Run that sweep again to go on with it, write elsewhere (-o), or discard its rows with --restart.",
            ]
        )


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry).encode() + b"\n"


def _read(line: bytes) -> dict[str, Any]:
    """A line as it was written; empty where it was not written to its end."""
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _write(file: IO[bytes], block: bytes) -> None:
    """Past Python's buffer, which would try again what the disk had no room for."""
    rest = memoryview(block)
    try:
        while rest:
            rest = rest[os.write(file.fileno(), rest) :]
        os.fsync(file.fileno())
    except OSError as error:
        raise InputError(f"{file.name}: cannot be written ({reason(error)}); make room and run it again") from None
