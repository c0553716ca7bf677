"""What a sweep has computed so far, in one SQLite file beside its output: a killed sweep goes on from here.

Each batch of rows is a transaction, on the disk when it ends, so that a kill loses at most the
batches under way. A lock file beside the journal keeps other sweeps away.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from fairgames.errors import InputError
from fairgames.reading.beside import reason
from fairgames.reading.database import Format, transaction
from fairgames.reading.locks import locked
from fairgames.sweep.columns import Row

_FORMAT = Format(
    name="journal of a sweep",
    application=int.from_bytes(b"fasw"),
    version=1,
    schema="""
        CREATE TABLE sweep (identity TEXT NOT NULL) STRICT;
        CREATE TABLE rows (point INTEGER PRIMARY KEY, row TEXT NOT NULL) STRICT
    """,
    damaged="remove it and run the sweep again",
)
#: How the journals of an earlier fairgames begin.
_LINES = b'{"fairgames sweep": '
#: Characters shown of a value that differs.
_SHOWN = 60

#: Which sweep it is, by what can differ between two of them.
Identity = Mapping[str, Any]


class Journal:
    """The rows that are there, by index; and, unless it is in memory only, their file."""

    def __init__(self, rows: dict[int, Row], path: Path | None = None, database: sqlite3.Connection | None = None):
        self.rows = rows
        self._path = path
        self._database = database

    def append(self, rows: Mapping[int, Row]) -> None:
        """Keep rows that are not there yet, on the disk before this returns.

        Raises
        ------
        InputError
            If the system does not let us write, such as when the disk is full.
        """
        new = {index: row for index, row in rows.items() if index not in self.rows}
        if self._database is not None and new:
            lines = [(index, json.dumps(row)) for index, row in new.items()]
            with _FORMAT.in_words(self._path), transaction(self._database):
                self._database.executemany("INSERT INTO rows VALUES (?, ?)", lines)
        self.rows.update(new)


@contextmanager
def journal(path: Path | None, identity: Identity, restart: bool) -> Iterator[Journal]:
    """The journal at ``path``, new or continued, locked while the ``with`` block runs and removed at its good end.

    Parameters
    ----------
    path : where it is; None keeps rows in memory only
    identity : which sweep this is
    restart : whether to forget the rows that are there

    Raises
    ------
    InputError
        If it belongs to another sweep, is in use, or is none; or the system does not let us write there.
    """
    if path is None:
        yield Journal({})
        return
    with ExitStack() as lock:
        _lock(path, lock)
        _make_ready(path, restart)
        with closing(_FORMAT.connect(path)) as database:
            with _FORMAT.in_words(path), transaction(database):
                rows = _begin(path, database, identity, restart)
            yield Journal(rows, path, database)
        path.unlink()


def forget_lock(path: Path) -> None:
    """Remove the lock beside a journal that a sweep has left which was killed at its very end.

    One in other hands stays, and so does one that the system does not let us remove: it keeps nobody away.
    """
    beside = _beside(path)
    if beside.exists():
        with suppress(ImportError, OSError), locked(beside, os.O_RDWR, 0):
            beside.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def _lock(path: Path, lock: ExitStack) -> None:
    """Keep other sweeps away until ``lock`` is closed; a kill gives it up, too."""
    beside = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.enter_context(locked(beside, os.O_RDWR | os.O_CREAT, 0, 0o666))
        lock.callback(beside.unlink, missing_ok=True)
    except ImportError:  # Windows; the documentation says that there is no lock there
        return
    except BlockingIOError:
        raise InputError(f"{path}: another sweep is at work on it; wait for its end, or write elsewhere (-o)") from None
    except OSError as error:
        raise InputError(f"{beside}: cannot be written ({reason(error)}); choose another place") from None


def _make_ready(path: Path, restart: bool) -> None:
    """An empty file where there is none, of the usual mode (SQLite's is narrower); a journal of lines is refused."""
    try:
        with path.open("a+b") as file:
            file.seek(0)
            of_lines = file.read(len(_LINES)) == _LINES
            if of_lines and restart:
                file.truncate(0)
            elif of_lines:
                raise InputError(
                    f"{path}: is a journal in lines of JSON, as an earlier fairgames wrote it; end that sweep with "
                    "that version, write elsewhere (-o), or discard its rows with --restart"
                )
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({reason(error)}); choose another place") from None


def _begin(path: Path, database: sqlite3.Connection, identity: Identity, restart: bool) -> dict[int, Row]:
    """The rows of an unfinished sweep; none where it begins."""
    (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    try:
        if found == "ok":
            was = database.execute("SELECT identity FROM sweep").fetchone()
            if was and not restart:
                _compare(path, json.loads(was[0]), identity)
                return {point: json.loads(row) for point, row in database.execute("SELECT point, row FROM rows")}
            database.execute("DELETE FROM sweep")
            database.execute("DELETE FROM rows")
            database.execute("INSERT INTO sweep VALUES (?)", (json.dumps(identity),))
            return {}
    except ValueError as error:  # SQLite does not look into what is text to it
        found = str(error)
    raise InputError(f"{path}: the journal is damaged; {_FORMAT.damaged} ({found})")


def _compare(path: Path, was: Identity, now: Identity) -> None:
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
