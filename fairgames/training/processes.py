"""Which process is at an evaluation, and whether it still lives."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def this_process() -> str:
    """A name for this process that no later one has: its number and, where known, when it began."""
    return f"{os.getpid()}@{_begun(os.getpid())}"


def is_alive(process: str) -> bool:
    """Whether the process of that name is still there."""
    pid, _, begun = process.partition("@")
    if sys.platform == "win32":
        return True  # a signal 0 would end it there; `prune` is then the way
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's, so it is there
    # Numbers of processes come again.
    return begun in ("", _begun(int(pid)))


def _begun(pid: int) -> str:
    """When the process began, in ticks since the machine did, with the state of a zombie told apart; "" if unknown."""
    status = Path(f"/proc/{pid}/stat")
    try:
        fields = status.read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "ended" if fields[0] in "ZX" else fields[19]
