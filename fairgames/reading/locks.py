"""A file that one process at a time has, and that is still the file of that name while it does."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

#: How often a lock in other hands is looked at again, in seconds.
_LOOK = 0.005


@contextmanager
def locked(path: Path, flags: int, patience: float, mode: int = 0o600) -> Iterator[int]:
    """Descriptor of the regular file ``path``, in no other process's hands until the ``with`` block ends.

    A lock belongs to the file that a name stood for when it was opened. A file that was removed or
    replaced between opening and locking is let go, and the one that has its name now is opened.
    The system gives up the lock of a process that dies.

    Parameters
    ----------
    flags : as of ``os.open``; a symbolic link is refused
    patience : how many seconds to wait for another process
    mode : of a file that is created, before the umask; default its owner's alone

    Raises
    ------
    BlockingIOError
        If another process has it for longer than that.
    OSError
        If the file cannot be opened or locked.
    ImportError
        If the system has no ``flock``.
    """
    import fcntl  # not on Windows

    deadline = time.monotonic() + patience
    while True:
        file = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, mode)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise OSError(0, "it is not a regular file")
            while not _taken(file, fcntl):
                if time.monotonic() > deadline:
                    raise BlockingIOError(0, "it is locked by another process")
                time.sleep(_LOOK)
            if is_at(file, path):
                yield file
                return
        finally:
            with suppress(OSError):  # it is closed all the same, and nothing was written through it
                os.close(file)


def is_at(file: int, path: Path) -> bool:
    """Whether the open file is (still) the one of that name."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(found, os.fstat(file))


def _taken(file: int, fcntl: Any) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
