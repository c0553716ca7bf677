"""Files appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from fairgames.errors import InputError


def write_atomically(path: Path, blocks: Iterable[str]) -> None:
    """Write ``blocks`` of text beside ``path``, one after the other, and move the file there when all is written.

    Folders are made as needed; a symbolic link keeps pointing where it does. Whatever goes
    wrong on the way, what was at ``path`` before stays as it was.

    Raises
    ------
    InputError
        If the system does not let us write there.
    """
    try:
        _write(path.resolve(), blocks)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: cannot be written ({reason}); choose another place") from None


def _write(target: Path, blocks: Iterable[str]) -> None:
    if target.exists() and not target.is_file():
        raise IsADirectoryError(0, "it is not a regular file")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{secrets.token_hex(8)}.tmp")
    file = draft.open("x", encoding="utf-8", newline="\n")
    try:
        with file:
            for block in blocks:
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
