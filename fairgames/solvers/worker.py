"""The child process that engines work in, one package each; :mod:`fairgames.solvers.processes` is the other end.

It imports the engine, and lets a copy of itself (``fork``) do the work: what an engine leaves
behind, breaks or rewrites ends with the copy, and nothing is imported again after a kill. A copy
that came to its end alone, without children or threads, plays the solver's next game if that comes
soon; no other solver's. Where forking with libraries loaded is not safe, that is on other systems
than Linux, the process itself does one request.

    control   PLAY, with the files for answers and words, and a request: {"number", "source", "solver",
              "task", "seconds", "memory", "copy", "game"}; then NEXT if the solver is done, WAIT or KILL to
              end its process, in its own time or at once
    replies   {"started"} once the engine is loaded, or {"error": words}; {"gone": how} when the engine's
              process has ended; {"ended": how} when nothing of it is left but an idle copy
    answers   from the copy: {"request": number} with "profile", at the end with "done" or "error"

What an engine prints goes to the file for words, so it cannot be taken for an answer.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import select
import socket
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from fairgames.errors import MissingPackageError
from fairgames.games.normal_form import NormalFormGame
from fairgames.memory import human
from fairgames.solvers.keeper import adopt_orphans, die_with, end_descendants
from fairgames.solvers.registry import Solver, load
from fairgames.solvers.wire import LENGTH, NEXT, PLAY, WAIT, decode_game, encode_profile, end_of, signal_name, words

_SIZES = Path("/proc/self/statm")
_CHUNK = 2**20
#: Between two looks whether the engine's process has ended.
_LOOK_SECONDS = 0.05
#: For a process that has closed its answers to end.
_END_SECONDS = 1.0
#: For a copy that is done to be ready for the next game, and for that to come.
_READY_SECONDS, _IDLE_SECONDS = 0.05, 1.0
#: Length of a request that a copy may decode: no more than its clock would not show.
_SHORT = 2**18
_READY = b"r"


@dataclass(frozen=True)
class _Copy:
    """The process that plays for one solver."""

    pid: int
    solver: tuple[str, str]
    control: socket.socket

    def end_of(self) -> str | None:
        """How it ended, or stopped; None if it has not."""
        ended, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
        if not ended:
            return None
        if os.WIFSTOPPED(status):
            return f"was stopped by {signal_name(os.WSTOPSIG(status))}"
        return end_of(os.waitstatus_to_exitcode(status))

    def is_ready(self) -> bool:
        """Whether it waits for another game, and has started nothing that still runs."""
        if not select.select([self.control], [], [], _READY_SECONDS)[0] or self.control.recv(1) != _READY:
            return False
        try:
            return _children(os.getpid()) == [self.pid] and not _children(self.pid)
        except OSError:  # it has ended, or the system does not say
            return False


def main(control_number: int) -> None:
    """Serve requests until the other end is closed."""
    adopt_orphans()
    _silence()
    control = socket.socket(fileno=control_number)
    idle: _Copy | None = None
    while True:
        if idle is not None and not select.select([control], [], [], _IDLE_SECONDS)[0]:
            _dismiss(idle)
            idle = None
        command, files, *_ = socket.recv_fds(control, 1, 2)
        if not command:
            break
        if command == PLAY:
            idle = _play(control, idle, files)
        else:  # nothing is running
            _tell(control, ended=None)
    end_descendants()
    os._exit(0)


def _dismiss(copy: _Copy) -> None:
    copy.control.close()
    end_descendants()


def _play(control: socket.socket, idle: _Copy | None, files: list[int]) -> _Copy | None:
    """Let a copy play; that copy if it is ready for another game."""
    text = _request(control)
    request = json.loads(text)
    solver = request["source"], request["solver"]
    if idle is not None and (idle.solver != solver or len(text) > _SHORT or idle.end_of() is not None):
        _dismiss(idle)
        idle = None
    try:
        if idle is None:
            idle = _start_copy(control, request, files)
        else:
            _tell(control, started=True)
            socket.send_fds(idle.control, [PLAY], files)
            idle.control.sendall(LENGTH.pack(len(text)) + text)
    except Exception as error:  # the other end quotes it
        _tell(control, error=words(error))
        return None
    finally:
        for number in files:
            os.close(number)
        _silence()
    return _watch(control, idle)


def _start_copy(control: socket.socket, request: dict[str, Any], files: list[int]) -> _Copy:
    """Load the engine and fork; the copy never returns from here."""
    _listen_to(files[1])
    server = os.getpid()
    solver = load(request["source"])[request["solver"]]
    _load_engine(solver)
    if solver.prepare is not None:
        solver.prepare()
    game = decode_game(request["game"])
    _tell(control, started=True)
    if not request["copy"]:
        _be_engine(solver, game, request, files[0], None)
    ours, theirs = socket.socketpair()
    gc.freeze()  # so that collecting in the copy touches, and so copies, nothing of this
    engine = os.fork()
    if engine == 0:
        os.setsid()
        die_with(server)
        for number in (control.detach(), ours.detach(), files[1]):
            os.close(number)
        _be_engine(solver, game, request, files[0], theirs)
    theirs.close()
    return _Copy(engine, (request["source"], request["solver"]), ours)


def _watch(control: socket.socket, copy: _Copy) -> _Copy | None:
    """Wait for the word to end the copy, and end it with all that it started; the copy if it may go on."""
    how: str | None = None
    while not select.select([control], [], [], _LOOK_SECONDS)[0]:
        if how is None and (how := copy.end_of()) is not None:
            _tell(control, gone=how)
    command = control.recv(1)
    if command == NEXT and how is None and copy.is_ready():
        _tell(control, ended=None)
        return copy
    limit = time.monotonic() + (_END_SECONDS if command == WAIT else 0)
    while how is None and (how := copy.end_of()) is None and time.monotonic() < limit:
        time.sleep(0.001)
    _dismiss(copy)
    _tell(control, ended=how)
    return None


def _be_engine(
    solver: Solver, game: NormalFormGame, request: dict[str, Any], answers: int, control: socket.socket | None
) -> NoReturn:
    """Play, answer, and end without whatever the engine has planned for the end of its process."""
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit_memory(request["memory"])
        while serve(solver, game, request, answers) and control is not None and threading.active_count() == 1:
            os.close(answers)
            _silence()
            control.send(_READY)
            _, (answers, said), *_ = socket.recv_fds(control, 1, 2)
            request = json.loads(_request(control))
            game = decode_game(request["game"])
            _listen_to(said)
            os.close(said)
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        if isinstance(leaving.code, str):
            os.write(2, leaving.code.encode(errors="replace"))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code & 255)


def serve(solver: Solver, game: NormalFormGame, request: dict[str, Any], answers: int) -> bool:
    """Answer one request; whatever exception an engine raises becomes an answer, too. Whether it came to its end."""
    owner = os.getpid()

    def send(**message: Any) -> None:
        if os.getpid() != owner:  # the engine has forked, and a copy comes back from its code
            os._exit(0)
        line = json.dumps({"request": request["number"], **message}).encode() + b"\n"
        while line:
            line = line[os.write(answers, line) :]

    ending: dict[str, Any]
    try:
        for profile in solver.profiles(game, request["task"]):
            send(profile=encode_profile(profile, game.shape))
    except SystemExit:
        raise
    except MemoryError as error:
        error.__traceback__ = None  # with which goes what the engine has allocated
        ending = {"error": f"MemoryError: it asked for more than the {human(request['memory'])} that it may have"}
    except BaseException as error:  # the parent quotes it
        ending = {"error": words(error)}
    else:
        ending = {"done": True}
    send(**ending)
    return "done" in ending


def limit_memory(most: int) -> None:
    """Let this process have ``most`` bytes of address space beyond what it has, where the system says how much that is.

    What is loaded, and what its threads have set aside, does not count, so a limit stops none of them.
    """
    if not _SIZES.exists():
        return
    limit = int(_SIZES.read_text().split()[0]) * resource.getpagesize() + most
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _load_engine(solver: Solver) -> None:
    if solver.engine is None:
        return
    try:
        importlib.import_module(solver.engine)
    except ModuleNotFoundError as error:
        if error.name != solver.engine:
            raise
        raise MissingPackageError(solver.engine, solver.id) from None


def _silence() -> None:
    """Nothing to read on standard input, and nobody who listens: between requests words belong to no solver."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    _listen_to(nothing)
    os.close(nothing)


def _listen_to(said: int) -> None:
    """Standard output and error go there."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.dup2(said, 1)
    os.dup2(said, 2)


def _children(pid: int) -> list[int]:
    """Those of any of the process's threads; raises ``OSError`` where the system does not list them."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def _request(control: socket.socket) -> bytes:
    (length,) = LENGTH.unpack(_exactly(control, LENGTH.size))
    return _exactly(control, length)


def _exactly(control: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        if not (part := control.recv(min(size, _CHUNK))):
            os._exit(1)  # the other end is gone, in the middle of a request
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _tell(control: socket.socket, **message: Any) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the next look at the control sees its end
        control.sendall(json.dumps(message).encode() + b"\n")
