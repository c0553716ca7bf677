"""The process between this program and the engines of one package, which ends with the program, and ends them with it.

    program ── keeper ── server ── engine ── whatever the engine starts
               this one  (fairgames.solvers.worker) one process a request

It runs no code of an engine, so nothing can keep it from its work. On Linux it adopts orphans
(``PR_SET_CHILD_SUBREAPER``), so a process that detached itself, or has a session of its own, is
still found below it. Run as a file, so that starting it loads none of fairgames.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path

#: From linux/prctl.h.
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

#: How often the keeper looks whether the program is still there; a closed pipe tells it sooner.
_LOOK_SECONDS = 0.5
#: For processes that were killed to be gone.
_END_SECONDS = 5.0
#: The keeper's exit code is that of the server, with signal 9 as 128 + 9, as in a shell; or this, where it lived.
SIGNAL_BASE, ALIVE = 128, 120
#: What the program says: that the server is ending; anything else, or nothing any more: that it has to.
ENDING = b"e"
#: The variable of the environment that names the keeper.
MARK = "FAIRGAMES_KEEPER"

_PROCESSES = Path("/proc")


def main() -> None:
    """Start the server, and end it when standard input says so or ends, or the program is gone."""
    control, program = int(sys.argv[1]), int(sys.argv[2])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    adopt_orphans()
    keeper = os.getpid()
    server = os.fork()
    if server == 0:
        _serve(control, keeper)
    os.close(control)
    code, told = None, False
    while not told and code is None and os.getppid() == program:
        told = bool(select.select([0], [], [], _LOOK_SECONDS)[0])
        code = _code_of(server)
    if told and code is None and os.read(0, 1) == ENDING:  # the program has seen its last word, so it is not far
        limit = time.monotonic() + _LOOK_SECONDS
        while (code := _code_of(server)) is None and time.monotonic() < limit:
            time.sleep(0.001)
    end_descendants(server)
    os._exit(ALIVE if code is None else code)


def _code_of(server: int) -> int | None:
    """Its exit code as the keeper hands it on; None while it runs."""
    ended, status = os.waitpid(server, os.WNOHANG | os.WUNTRACED)
    if not ended:
        return None
    if os.WIFSTOPPED(status):
        return ALIVE
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else SIGNAL_BASE - code


def end_marked(mark: str) -> None:
    """Kill the processes that have inherited ``mark`` in their environment: what is left where a keeper was killed.

    It finds what has started in between no more, nor what was started without its environment.
    """
    entry = f"{MARK}={mark}".encode()
    for process in _PROCESSES.glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            if entry in (process / "environ").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)


def adopt_orphans() -> None:
    """From now on, descendants whose parent ends become children of this process; on Linux only."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """Let the kernel kill this process when ``parent``, which has started it, ends; on Linux only."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before
        os._exit(1)


def end_descendants(group: int | None = None) -> bool:
    """Kill all descendants of this process, and wait for them; whether all are gone.

    Each is killed with its process group, which reaches those that fork faster than they are
    listed. Orphans become children of this process, so the last one is gone when there are no
    children. ``group`` is the process group to kill where the system does not list processes.
    """
    limit = time.monotonic() + _END_SECONDS
    while time.monotonic() < limit:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
            _kill_all(group)
            time.sleep(0.001)
            continue
        return True
    return False


def descendants(root: int) -> dict[int, int]:
    """The process group of each descendant of ``root``, by process; nothing where there is no /proc."""
    children: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for entry in _PROCESSES.glob("[0-9]*"):
        try:
            _state, parent, its_group = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[:3]
        except (OSError, ValueError):  # it has ended
            continue
        children[int(parent)].append((int(entry.name), int(its_group)))
    found: dict[int, int] = {}
    pending = [root]
    while pending:
        below = dict(children.pop(pending.pop(), []))
        found |= below
        pending += below
    return found


def _kill_all(group: int | None) -> None:
    below = descendants(os.getpid())
    groups = {*below.values(), *(() if group is None else (group,))} - {os.getpgid(0)}
    for kill, targets in ((os.killpg, groups), (os.kill, below)):
        for target in targets:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # ended; or runs as another user by now
                kill(target, signal.SIGKILL)


def _serve(control: int, keeper: int) -> None:
    """Go on as the server, in a session of its own; never returns."""
    die_with(keeper)
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from fairgames.solvers import worker

    worker.main(control)
    sys.exit()


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}, {value})")


if __name__ == "__main__":
    main()
