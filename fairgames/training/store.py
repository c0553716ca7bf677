"""Evaluations of black boxes in one SQLite file: written as they come in, never twice, never lost.

An evaluation is known by the name and version of its utility, the profile without the users at
level 0, and the seed. Before it begins it is claimed, so that several processes on one machine
share the work; the claim of a process that has ended, however it did, is void.
"""

from __future__ import annotations

import hashlib
import math
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from fairgames.errors import FairgamesError, InputError
from fairgames.reading.database import PATIENCE, Format, transaction
from fairgames.training.processes import is_alive, this_process

_SCHEMA = """
CREATE TABLE utilities (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, UNIQUE (name, version)
) STRICT;
CREATE TABLE evaluations (
    utility INTEGER NOT NULL REFERENCES utilities, profile TEXT NOT NULL, seed INTEGER NOT NULL,
    value REAL, error TEXT, attempts INTEGER NOT NULL, seconds REAL NOT NULL, finished TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (utility, profile, seed), CHECK ((value IS NULL) <> (error IS NULL))
) STRICT, WITHOUT ROWID;
CREATE TABLE claims (
    utility INTEGER NOT NULL REFERENCES utilities, profile TEXT NOT NULL, seed INTEGER NOT NULL,
    process TEXT NOT NULL,
    PRIMARY KEY (utility, profile, seed)
) STRICT, WITHOUT ROWID;
"""

#: Seconds after which what was recorded is forced to the disk and folded into the one file.
_FOLD = 1.0

Claimed = Literal["mine", "done", "elsewhere"]


class StoreError(FairgamesError):
    """A store that cannot be read or written: not one of ours, read-only, damaged, or its disk is full."""


_FORMAT = Format(
    name="store of evaluations",
    application=int.from_bytes(b"fair"),
    version=1,
    schema=_SCHEMA,
    damaged="`fairgames evaluations STORE verify` tells more, a copy may help",
    error=StoreError,
)


@dataclass(frozen=True)
class Evaluation:
    """One evaluation as it is kept.

    Attributes
    ----------
    name, version : of the utility
    profile : the levels of the users who share, as JSON
    seed : of the function's own randomness
    value : what the function returned; None where it failed
    error : why it failed; None where it did not
    attempts : how often it was begun and came to an end
    seconds : what the last attempt took
    finished : when, in UTC (ISO 8601)
    intact : whether the row is as it was written
    """

    name: str
    version: str
    profile: str
    seed: int
    value: float | None
    error: str | None
    attempts: int
    seconds: float
    finished: str
    intact: bool


class Store:
    """The file, or with ``path=None`` the memory, that evaluations are kept in.

    Parameters
    ----------
    path : created if it is not there, unless ``must_exist``

    Raises
    ------
    StoreError
        If the file is none of ours, or cannot be opened or written.

    >>> store = Store(None)
    >>> utility = store.utility("digits", "1")
    >>> store.claim(utility, '{"clinic-1": "2"}', 0)
    'mine'
    >>> store.record(utility, '{"clinic-1": "2"}', 0, value=0.25)
    >>> store.value(utility, '{"clinic-1": "2"}', 0), store.claim(utility, '{"clinic-1": "2"}', 0)
    (0.25, 'done')
    """

    def __init__(self, path: str | os.PathLike[str] | None, must_exist: bool = False) -> None:
        self.path = None if path is None else Path(path)
        if must_exist and self.path is not None and not self.path.is_file():
            raise InputError(f"{self.path}: there is no such store")
        self._lock = threading.RLock()
        self._process = this_process()
        self._opened_by = 0
        self._folded = time.monotonic()
        with self._speaking():
            self._connect()

    def __reduce__(self) -> tuple[type[Store], tuple[Path | None]]:
        """In another process, or as a copy: the same file opened again, or a memory of its own."""
        return Store, (self.path,)

    def utility(self, name: str, version: str) -> int:
        """The number of the utility of that name and version; it is entered if it is new."""
        find = "SELECT id FROM utilities WHERE name = ? AND version = ?"
        with self._speaking():
            found = self._database().execute(find, (name, version)).fetchone()
        if found is None:
            with self._writing() as database:
                database.execute("INSERT OR IGNORE INTO utilities (name, version) VALUES (?, ?)", (name, version))
                found = database.execute(find, (name, version)).fetchone()
        return int(found[0])

    def value(self, utility: int, profile: str, seed: int) -> float | None:
        """What was found there; None where nothing was, or the evaluation failed."""
        found = self._found(utility, profile, seed)
        return None if found is None else found[0]

    def error(self, utility: int, profile: str, seed: int) -> tuple[str, int] | None:
        """Why the last attempt failed, and how many there were; None where none did, or a later one did not."""
        found = self._found(utility, profile, seed)
        return None if found is None or found[1] is None else (found[1], found[2])

    def claim(self, utility: int, profile: str, seed: int) -> Claimed:
        """Whether this process may evaluate there: not what is done, nor what a living process is at."""
        key = (utility, profile, seed)
        with self._writing() as database:
            where = "WHERE utility = ? AND profile = ? AND seed = ?"
            if database.execute(f"SELECT 1 FROM evaluations {where} AND value IS NOT NULL", key).fetchone():
                return "done"
            holder = database.execute(f"SELECT process FROM claims {where}", key).fetchone()
            if holder and holder[0] != self._process and is_alive(holder[0]):
                return "elsewhere"
            database.execute("INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?)", (*key, self._process))
            return "mine"

    def record(
        self,
        utility: int,
        profile: str,
        seed: int,
        value: float | None = None,
        error: str | None = None,
        seconds: float = 0.0,
    ) -> None:
        """Keep a value or an error; a value that is there already stays."""
        if (value is None) == (error is None) or (value is not None and not math.isfinite(value)):
            raise InputError(f"evaluation: expected a finite value or an error, got {value!r} and {error!r}")
        finished = datetime.now(UTC).isoformat(timespec="milliseconds")
        key = (utility, profile, seed)
        with self._writing() as database:
            database.execute(
                "INSERT INTO evaluations VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "value = excluded.value, error = excluded.error, attempts = attempts + 1, seconds = excluded.seconds, "
                "finished = excluded.finished, digest = excluded.digest WHERE evaluations.value IS NULL",
                (*key, value, error, seconds, finished, _digest(profile, seed, value, error)),
            )
            database.execute("DELETE FROM claims WHERE utility = ? AND profile = ? AND seed = ?", key)
        self._fold()

    def release(self) -> None:
        """Give up all claims of this process."""
        with self._writing() as database:
            database.execute("DELETE FROM claims WHERE process = ?", (self._process,))

    def running(self) -> int:
        """How many evaluations living processes are at."""
        with self._speaking():
            holders = self._database().execute("SELECT process FROM claims").fetchall()
        return sum(is_alive(holder) for (holder,) in holders)

    def evaluations(self) -> Iterator[Evaluation]:
        """All of them, by utility, profile and seed."""
        with self._speaking():
            rows = self._database().execute(
                "SELECT name, version, profile, seed, value, error, attempts, seconds, finished, digest "
                "FROM evaluations JOIN utilities ON id = utility ORDER BY name, version, profile, seed"
            )
            for name, version, profile, seed, value, error, attempts, seconds, finished, digest in rows:
                intact = digest == _digest(profile, seed, value, error)
                yield Evaluation(name, version, profile, seed, value, error, attempts, seconds, finished, intact)

    def verify(self) -> list[str]:
        """What is wrong with the file: nothing, if the list is empty."""
        with self._speaking():
            faults = [row[0] for row in self._database().execute("PRAGMA integrity_check") if row[0] != "ok"]
            faults += [
                f"a row of {row[0]} is of no utility" for row in self._database().execute("PRAGMA foreign_key_check")
            ]
        faults += [
            f"{one.name} {one.version}, profile {one.profile}, seed {one.seed}: not as it was written"
            for one in self.evaluations()
            if not one.intact
        ]
        return faults

    def prune(self, failed: bool = False, name: str | None = None, version: str | None = None) -> int:
        """How many evaluations were removed: those that failed, or all of a name and version; and void claims.

        Raises
        ------
        InputError
            If nothing says what to remove.
        """
        if not failed and name is None:
            raise InputError("prune: say what to remove: the failed ones, or a name (and version)")
        conditions = ["error IS NOT NULL"] * failed + ["name = ?"] * (name is not None)
        conditions += ["version = ?"] * (version is not None)
        given = [value for value in (name, version) if value is not None]
        with self._writing() as database:
            for utility, profile, seed, holder in database.execute("SELECT * FROM claims").fetchall():
                if not is_alive(holder):
                    key = (utility, profile, seed)
                    database.execute("DELETE FROM claims WHERE utility = ? AND profile = ? AND seed = ?", key)
            removed = database.execute(
                "DELETE FROM evaluations WHERE (utility, profile, seed) IN (SELECT utility, profile, seed "
                f"FROM evaluations JOIN utilities ON id = utility WHERE {' AND '.join(conditions)})",
                given,
            )
            return removed.rowcount

    def close(self) -> None:
        """Fold the log into the one file; the store opens itself again when it is next used."""
        with self._lock:
            if self._opened_by == os.getpid() and self.path is not None:
                self._connection.close()
                self._opened_by = 0

    def _fold(self) -> None:
        """Once a second, so that quick evaluations do not wait for the disk, and a copy of the file has all others."""
        if time.monotonic() - self._folded >= _FOLD:
            with self._speaking():
                self._database().execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._folded = time.monotonic()

    def _found(self, utility: int, profile: str, seed: int) -> tuple[float | None, str | None, int] | None:
        with self._speaking():
            found: tuple[float | None, str | None, int] | None = (
                self._database()
                .execute(
                    "SELECT value, error, attempts FROM evaluations WHERE utility = ? AND profile = ? AND seed = ?",
                    (utility, profile, seed),
                )
                .fetchone()
            )
        return found

    def _database(self) -> sqlite3.Connection:
        """The connection of this process: one must not be carried over a fork."""
        if self._opened_by != os.getpid():
            self._process = this_process()
            self._connect()
        return self._connection

    def _connect(self) -> None:
        self._connection = _FORMAT.connect(self.path, or_read=True)
        self._opened_by = os.getpid()
        self._write_ahead()
        # What is written survives the end of the process at once, and a loss of power from when it is folded.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")

    def _write_ahead(self) -> None:
        """Into the mode where readers and a writer go together; SQLite itself does not wait for others here."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > end:
                    raise
                wait_for_others()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction of its own, there for good or not at all."""
        with self._speaking():
            database = self._database()
            with transaction(database):
                yield database

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """SQLite's errors in words that say what to do."""
        with self._lock, _FORMAT.in_words(self.path):
            yield


def wait_for_others() -> None:
    """A moment in which another process may finish what it has claimed."""
    time.sleep(0.05)


def _digest(profile: str, seed: int, value: float | None, error: str | None) -> str:
    content: Sequence[object] = (profile, seed, None if value is None else float(value).hex(), error)
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]
