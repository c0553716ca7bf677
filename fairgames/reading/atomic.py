"""Files appear whole or not at all, and stay whose they are."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from fairgames.errors import InputError
from fairgames.reading.locks import is_at


def write_atomically(path: Path, blocks: Iterable[str]) -> None:
    """Write ``blocks`` of text beside ``path``, one after the other, and move the file there when all is written.

    Folders are made as needed; a symbolic link keeps pointing where it does, and a file that is
    replaced keeps its mode and owner. Whatever goes wrong on the way, what was at ``path`` before
    stays as it was.

    Raises
    ------
    InputError
        If the system does not let us write there.
    """
    with replacing(path) as file:
        for block in blocks:
            file.write(block.encode())


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which becomes ``path`` when the ``with`` block ends well; as :func:`write_atomically`.

    Raises
    ------
    InputError
        If the system does not let us write there.
    """
    try:
        with draft_of(path.resolve()) as file:
            yield file
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: cannot be written ({reason}); make room there, or choose another place") from None


@contextmanager
def draft_of(target: Path, private: bool = False) -> Iterator[BinaryIO]:
    """A file beside ``target`` that takes its place, mode and owner when the ``with`` block ends well.

    A killed process leaves its draft behind; whoever writes the same target next removes it.

    Parameters
    ----------
    target : a resolved path
    private : a file that was not there before is its owner's alone, whatever the umask

    Raises
    ------
    OSError
        If the system does not let us, or would give the file to somebody else.
    """
    before = _status(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_left(target)
    draft, handle = _new_draft(target, 0o600 if private or before else 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            if before:
                _hand_over(handle, before)
            yield file
            file.flush()
            os.fsync(handle)
            if os.name == "nt":  # which moves no open file
                file.close()
            os.replace(draft, target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _status(target: Path) -> os.stat_result | None:
    try:
        found = os.stat(target)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise IsADirectoryError(0, "it is not a regular file")
    return found


def _hand_over(draft: int, before: os.stat_result) -> None:
    """Give the draft the owner and the mode of the file that it replaces."""
    now = os.fstat(draft)
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        try:
            os.fchown(draft, before.st_uid, before.st_gid)
        except PermissionError:
            raise PermissionError(0, "it belongs to somebody else, and would no longer") from None
    os.fchmod(draft, stat.S_IMODE(before.st_mode))


def _prefix(target: Path) -> str:
    """What the names of all drafts of ``target`` begin with; of one length, since names have a longest."""
    return f".{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:12]}-"


def _new_draft(target: Path, mode: int) -> tuple[Path, int]:
    """A new file and its descriptor, locked as long as it is open: so others see that somebody writes it."""
    while True:
        draft = target.with_name(f"{_prefix(target)}{secrets.token_hex(8)}.tmp")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), mode)
        try:
            if _lock(handle) is not False and is_at(handle, draft):
                return draft, handle
        except OSError:
            os.close(handle)
            draft.unlink(missing_ok=True)
            raise
        os.close(handle)  # it was taken for one that was left


def _remove_left(target: Path) -> None:
    """Remove the drafts of ``target`` whose writers are no more. Those that we may not remove stay."""
    if os.name == "nt":  # which has no locks to tell them by
        return
    with suppress(OSError), os.scandir(target.parent) as entries:
        for name in [entry.name for entry in entries if entry.name.startswith(_prefix(target))]:
            with suppress(OSError):
                handle = os.open(target.with_name(name), os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
                try:
                    if _lock(handle):
                        os.unlink(target.with_name(name))
                finally:
                    os.close(handle)


def _lock(handle: int) -> bool | None:
    """Whether nobody else has the file; None where the system cannot tell."""
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        return None
    return True
