"""The ledger's file in one process's hands: found, locked, read, replaced whole, and what is said when that fails.

Two locks are held. That of the lock file beside the ledger keeps others waiting. That of the
ledger itself stands where somebody removes the lock file meanwhile: every charge replaces the
file, so whoever waited for the former one sees that it is no longer the one of that name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fairgames.reading.atomic import draft_of
from fairgames.reading.locks import is_at, locked
from fairgames.releases.errors import LedgerError

#: File systems that several hosts can write to, where locks and replaced files may be seen late or not at all.
_SHARED = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "gpfs", "beegfs", "ocfs2", "gfs2"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs"}
)
_NOTHING = "nothing was charged"


@dataclass(frozen=True)
class Held:
    """A ledger that no other process can change.

    Attributes
    ----------
    path : as the user calls it
    place : where it is, symbolic links resolved
    lock : descriptor of the lock file
    file : descriptor of the ledger; None where there is none yet
    """

    path: Path
    place: Path
    lock: int
    file: int | None

    def read(self) -> str:
        """The ledger's text."""
        if self.file is None:
            raise LedgerError(_missing(self.path))
        return _text(self.path, self.file)

    def write(self, text: str) -> None:
        """Replace the ledger; on the disk when this returns.

        Raises
        ------
        LedgerError
            If that fails, saying whether the text is in the file.
        """
        content = text.encode()
        try:
            with draft_of(self.place, private=True) as draft:
                draft.write(content)
                self._check()
            _sync(self.place.parent)
        except OSError as error:
            raise LedgerError(f"{self.path}: {_outcome(error, self.place, content)}") from None

    def _check(self) -> None:
        """Refuse to go on where the locks are no longer those on the disk."""
        if not is_at(self.lock, _lock_of(self.place)):
            raise LedgerError(f"{self.path}: its lock file was removed while it was locked; {_NOTHING}, run it again")
        if self.file is None:
            if _is_there(self.place):
                raise LedgerError(_exists(self.path))
            return
        if not is_at(self.file, self.place):
            raise LedgerError(f"{self.path}: was replaced while it was locked; {_NOTHING}, run it again")
        _refuse_links(self.path, self.file)


@contextmanager
def held(path: Path, patience: float, new: bool = False) -> Iterator[Held]:
    """The ledger at ``path``, locked until the ``with`` block ends; ``patience`` in seconds.

    Raises
    ------
    LedgerError
        If there is none (or, where it is to be ``new``, one already), it cannot be locked, has a second name,
        or lies where locks cannot be trusted.
    """
    with ExitStack() as locks:
        yield _taken(path, patience, new, locks)


def _taken(path: Path, patience: float, new: bool, locks: ExitStack) -> Held:
    try:
        place = path.resolve()
        if new:
            place.parent.mkdir(parents=True, exist_ok=True)
        elif not _is_there(place):
            raise LedgerError(_missing(path))
        _refuse_shared(path, place.parent)
        lock = locks.enter_context(locked(_lock_of(place), os.O_RDWR | os.O_CREAT, patience))
        if new:
            if _is_there(place):
                raise LedgerError(_exists(path))
            return Held(path, place, lock, None)
        file = locks.enter_context(locked(place, os.O_RDONLY, patience))
        _refuse_links(path, file)
        return Held(path, place, lock, file)
    except ImportError:
        raise LedgerError(f"{path}: a ledger needs the file locks of a POSIX system") from None
    except BlockingIOError:
        raise LedgerError(f"{path}: locked by another process for {patience:g} s; {_NOTHING}, run it again") from None
    except (OSError, ValueError, RuntimeError) as error:  # NUL in a name is a ValueError, links in a ring the last
        raise LedgerError(
            f"{path}: cannot be locked ({_reason(error)}); {_NOTHING}. It needs a folder that has room and that this "
            "user may write to"
        ) from None


def read(path: Path) -> str:
    """The text of the ledger as it is now; reading needs no lock, since it is replaced whole.

    Raises
    ------
    LedgerError
        If there is no such file, or it cannot be read.
    """
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise LedgerError(_missing(path)) from None
    except (OSError, ValueError) as error:
        raise LedgerError(f"{path}: cannot be read ({_reason(error)})") from None
    try:
        return _text(path, file)
    finally:
        os.close(file)


def _text(path: Path, file: int) -> str:
    try:
        with open(file, encoding="utf-8", closefd=False) as lines:
            return lines.read()
    except (OSError, UnicodeDecodeError) as error:
        raise LedgerError(f"{path}: cannot be read ({_reason(error)})") from None


def _is_there(place: Path) -> bool:
    """Unlike ``exists``, with an error where the system does not tell."""
    try:
        os.lstat(place)
    except FileNotFoundError:
        return False
    return True


def _missing(path: Path) -> str:
    return f"{path}: there is no ledger; make one with Ledger.create"


def _exists(path: Path) -> str:
    return f"{path}: exists already, and a new ledger would forget what was spent"


def _lock_of(place: Path) -> Path:
    return place.with_name(f"{place.name}.lock")


def _refuse_links(path: Path, file: int) -> None:
    """Under a second name the file would stay as it is now, with what is spent from here on still to spend."""
    if (names := os.fstat(file).st_nlink) > 1:
        raise LedgerError(
            f"{path}: has {names} names (hard links), each of which would keep accounts of its own; {_NOTHING}. "
            f"Remove all names but this one (find them with find -samefile {path}), or use a symbolic link"
        )


def _refuse_shared(path: Path, folder: Path) -> None:
    if (kind := file_system(folder)) in _SHARED:
        raise LedgerError(
            f"{path}: lies on a file system of the network ({kind}), where two hosts could spend one budget twice; "
            f"{_NOTHING}. Keep the ledger on a disk of the one machine that releases"
        )


def file_system(folder: Path) -> str | None:
    """What kind of file system a folder is on; None where the system does not tell (only Linux does)."""
    device = os.stat(folder).st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    found = [line.partition(" - ")[2].split(" ")[0] for line in mounts if line.split(" ", 3)[2] == number]
    return found[-1] if found else None


def _sync(folder: Path) -> None:
    """Or the new name might be lost when the power fails."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _outcome(error: OSError, place: Path, content: bytes) -> str:
    """What a failed write has led to, by looking."""
    try:
        written = place.read_bytes() == content
    except OSError:
        return (
            f"may or may not have been written ({_reason(error)}). Nothing was released; "
            "see what it holds before anything is charged again"
        )
    if written:
        return (
            f"holds the charge, but the disk did not confirm it ({_reason(error)}). Nothing was released, and what the "
            "ledger holds counts"
        )
    return (
        f"cannot be written ({_reason(error)}); {_NOTHING}. Make room, or let this user write to its folder, and run "
        "it again; a new ledger elsewhere would forget what was spent"
    )


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
