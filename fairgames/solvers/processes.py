"""Child processes for engines, which can be killed.

Some engines never come back (Lemke–Howson may cycle for ever), some crash. So each engine
package works in a process of its own (:mod:`fairgames.solvers.worker`), which is reused
from game to game, and killed and replaced when a limit passes.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, Literal, Self

from fairgames.solvers.wire import decode_profile
from fairgames.typing import MixedProfile

#: For starting Python and importing the engine, before the solver's own clock starts.
START_SECONDS = 60.0
#: How much of what a worker wrote to standard error is kept, in bytes.
_TAIL = 2000
#: For a process that has closed its output to end.
_END_SECONDS = 5.0


@dataclass(frozen=True)
class Failure:
    """Why an answer is not complete.

    Attributes
    ----------
    kind : ``unfit`` (the solver cannot play the game), ``limit`` (time limit passed), ``crash``
        (the process ended), ``error`` (an exception)
    message : in the engine's own words where it has any
    """

    kind: Literal["unfit", "limit", "crash", "error"]
    message: str


@dataclass(frozen=True, eq=False)
class Answer:
    """What a solver said about a game, not yet verified.

    Attributes
    ----------
    profiles : all that came before the end or the failure
    seconds : the solver's own time, without starting Python and importing the engine
    failure : None if the solver came to its end
    """

    profiles: tuple[MixedProfile, ...]
    seconds: float
    failure: Failure | None = None


class Workers:
    """One child process for each engine package, started when first needed. A context manager that ends them.

    >>> with Workers() as workers:
    ...     workers.of("nashpy") is workers.of("nashpy")
    True
    """

    def __init__(self) -> None:
        self._workers: dict[str, Worker] = {}
        self._owner = os.getpid()

    def of(self, package: str) -> Worker:
        """The worker of one engine package."""
        if self._owner != os.getpid():  # forked since: the processes belong to the parent
            self._workers, self._owner = {}, os.getpid()
        return self._workers.setdefault(package, Worker(package))

    def close(self) -> None:
        """End all child processes; new ones are started when needed again."""
        if self._owner == os.getpid():
            for worker in self._workers.values():
                worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


@functools.cache
def shared_workers() -> Workers:
    """The workers that are used where none are given; they end with the program."""
    workers = Workers()
    atexit.register(workers.close)
    return workers


class Worker:
    """One child process that serves requests one after the other; dead ones are replaced at the next request."""

    def __init__(self, package: str) -> None:
        self.package = package
        self._process: _Process | None = None
        self._turn = threading.Lock()

    def ask(self, request: dict[str, Any], seconds: float) -> Answer:
        """Send one request and wait for its end, at most ``seconds`` from when the engine is loaded."""
        with self._turn:
            try:
                return self._ask(request, seconds)
            except OSError as error:
                self.close()
                return Answer((), 0.0, Failure("crash", f"{self.package} has no working child process: {error}"))
            except BaseException:  # such as Ctrl-C: the answer under way belongs to nobody
                self.close()
                raise

    def close(self) -> None:
        """End the child process, at once."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _ask(self, request: dict[str, Any], seconds: float) -> Answer:
        reused = self._process is not None
        process = self._process = self._process or _Process()
        process.send(request)
        profiles: list[MixedProfile] = []
        started: float | None = None
        deadline = time.monotonic() + START_SECONDS

        def answer(failure: Failure | None = None) -> Answer:
            elapsed = 0.0 if started is None else time.monotonic() - started
            return Answer(tuple(profiles), elapsed, failure)

        while True:
            try:
                message = process.receive(deadline - time.monotonic())
            except queue.Empty:
                self.close()
                return answer(late(seconds, len(profiles)) if started is not None else self._never_started())
            match message:
                case None if reused and started is None:  # it had died since the last request
                    self.close()
                    return self._ask(request, seconds)
                case None:
                    failed = answer(Failure("crash", f"the child process of {self.package} {process.last_words()}"))
                    self.close()
                    return failed
                case {"started": _}:
                    started = time.monotonic()
                    deadline = started + seconds
                case {"profile": profile}:
                    profiles.append(decode_profile(profile))
                case {"error": text}:
                    return answer(Failure("error", text))
                case _:
                    return answer()

    def _never_started(self) -> Failure:
        return Failure("limit", f"{self.package} was not loaded within {START_SECONDS:g} s")


class _Process:
    """A running child: threads read what it says, so that waiting for it can have a limit."""

    def __init__(self) -> None:
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # the same fairgames as here
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", "fairgames.solvers.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # so that the engine's own children can be killed with it
        )
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._tail = b""
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_answers, self._read_errors)]
        for reader in self._readers:
            reader.start()

    def send(self, request: dict[str, Any]) -> None:
        stream = _stream(self._child.stdin)
        with contextlib.suppress(BrokenPipeError):  # dead already: receive() says so
            stream.write(json.dumps(request).encode() + b"\n")
            stream.flush()

    def receive(self, seconds: float) -> dict[str, Any] | None:
        """The next message; None where the child has ended. Raises ``queue.Empty`` when the time is up."""
        if seconds <= 0:
            raise queue.Empty
        return self._messages.get(timeout=min(seconds, threading.TIMEOUT_MAX))

    def last_words(self) -> str:
        """How the child ended, and the last it wrote to standard error."""
        try:
            code = self._child.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return "closed its output"
        self._readers[1].join(_END_SECONDS)
        text = " ".join(self._tail.decode(errors="replace").split())
        how = f"was ended by {_signal_name(-code)}" if code < 0 else f"ended with exit code {code}"
        return f"{how}: {text}" if text else how

    def kill(self) -> None:
        """End the child and whatever it started."""
        if self._child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL) if hasattr(os, "killpg") else self._child.kill()
            self._child.wait()
        for reader in self._readers:
            reader.join(_END_SECONDS)
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            with contextlib.suppress(BrokenPipeError):
                _stream(stream).close()

    def _read_answers(self) -> None:
        for line in _stream(self._child.stdout):
            if line.endswith(b"\n"):  # else the child ended in the middle of it
                self._messages.put(json.loads(line))
        self._messages.put(None)

    def _read_errors(self) -> None:
        stream = _stream(self._child.stderr)
        while chunk := os.read(stream.fileno(), _TAIL):
            self._tail = (self._tail + chunk)[-_TAIL:]


def late(seconds: float, found: int) -> Failure:
    """The failure of a solver that was stopped by its time limit."""
    return Failure("limit", f"time limit of {seconds:g} s passed after {found} equilibri{'um' if found == 1 else 'a'}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise AssertionError("the child process was started with all three streams")
    return stream
