"""SQLite files of ours: whose they are, made whole or not at all, and SQLite's errors in words that say what to do."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fairgames.errors import FairgamesError, InputError

#: How long to wait for another process to finish writing, in seconds.
PATIENCE = 60.0
_ELSEWHERE = "name another file, or move this one away"


@dataclass(frozen=True)
class Format:
    """What is kept in a file, and how.

    Attributes
    ----------
    name : of such a file, such as "store of evaluations"
    application : SQLite's mark of what application a file belongs to
    version : of the schema
    schema : the statements that make an empty one
    damaged : what to do about one that is damaged
    error : raised for whatever goes wrong with it
    """

    name: str
    application: int
    version: int
    schema: str
    damaged: str
    error: type[FairgamesError] = InputError

    @contextmanager
    def in_words(self, path: Path | None) -> Iterator[None]:
        """SQLite's errors in words that say what to do."""
        try:
            yield
        except sqlite3.Error as error:
            raise self.error(f"{path}: {self._in_words(error)}") from error

    def connect(self, path: Path | None, or_read: bool = False) -> sqlite3.Connection:
        """The file, made if it is not there, or with ``path=None`` memory; in autocommit mode, for any thread.

        Parameters
        ----------
        or_read : whether a file that may not be written is opened for reading, with an error when it is written

        Raises
        ------
        FairgamesError
            As ``error``, if the file is something else, or cannot be opened or made.
        """
        with self.in_words(path), ExitStack() as undo:
            to_read = or_read and path is not None and path.is_file() and not _may_write(path)
            name = ":memory:" if path is None else _for_reading(path) if to_read else path
            database = sqlite3.connect(name, PATIENCE, isolation_level=None, check_same_thread=False, uri=to_read)
            undo.callback(database.close)
            if to_read:
                self._check(database, path)
            else:
                with transaction(database):  # one look: another process may be creating it
                    if database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                        self._check(database, path)
                    else:
                        self._create(database)
            undo.pop_all()
        return database

    def _check(self, database: sqlite3.Connection, path: Path | None) -> None:
        if database.execute("PRAGMA application_id").fetchone()[0] != self.application:
            raise self.error(f"{path}: a database of another program, no {self.name}; {_ELSEWHERE}")
        kept = database.execute("PRAGMA user_version").fetchone()[0]
        if kept != self.version:
            raise self.error(f"{path}: a {self.name} of format {kept}, but this fairgames reads format {self.version}")

    def _create(self, database: sqlite3.Connection) -> None:
        for statement in self.schema.split(";"):
            database.execute(statement)
        database.execute(f"PRAGMA application_id = {self.application}")
        database.execute(f"PRAGMA user_version = {self.version}")

    def _in_words(self, error: sqlite3.Error) -> str:
        told = str(error)
        name = self.name.partition(" ")[0]
        advice = {
            "readonly": f"the {name} is read-only; make file and folder writable, or copy the file to where they are",
            "full": "the disk is full; what was recorded is safe: free some space and run this again",
            "disk I/O error": "the disk does not take what is written (full, over a quota, or failing); what was "
            "recorded is safe: mend that and run this again",
            "unable to open": "the file cannot be opened or created; check the folder and its permissions",
            "not a database": f"this is no {self.name}; {_ELSEWHERE}",
            "malformed": f"the {name} is damaged; {self.damaged}",
            "locked": f"another process has been writing for more than {PATIENCE:.0f} s; wait for it or end it",
        }
        return next((f"{words} ({told})" for part, words in advice.items() if part in told), told)


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)  # its log is made beside it


def _for_reading(path: Path) -> str:
    """The file's address for SQLite: what has no log beside it is read as it is, since none can be made there."""
    return f"{path.absolute().as_uri()}?mode=ro" + "&immutable=1" * (not Path(f"{path}-wal").exists())


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """What is written in the ``with`` block is there for good or not at all."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
