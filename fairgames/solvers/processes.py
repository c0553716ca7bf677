"""Child processes for engines, which can be killed.

Some engines never come back (Lemke–Howson may cycle for ever), some crash, some do worse. So
each engine package has a child process (:mod:`fairgames.solvers.worker`) that imports it once
and does each request in a copy of itself; and above that a keeper (:mod:`fairgames.solvers.keeper`),
which ends all of it. What comes back is checked before it is used (:mod:`fairgames.solvers.answers`).
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import itertools
import os
import selectors
import sys
import threading
import time
from types import TracebackType
from typing import Any, Self

from fairgames.errors import SolverError
from fairgames.memory import available_bytes
from fairgames.solvers.answers import Answer, Answers, Failure, late
from fairgames.solvers.server import Server
from fairgames.solvers.wire import KILL, NEXT, WAIT

#: For starting Python and importing the engine, before the solver's own clock starts.
START_SECONDS = 60.0
#: Whether engines work in copies of a process that stays: where a process may fork with libraries loaded.
COPIES = sys.platform == "linux"
#: How much of what an engine wrote to standard error is kept, in bytes.
_TAIL = 2000
_CHUNK = 2**16
#: The longest wait that the system takes.
_LONGEST = 1e6


class Workers:
    """One child process for each engine package, started when first needed. A context manager that ends them.

    Parameters
    ----------
    memory : most bytes of each process of an engine, beyond what is loaded; default: what is free when it begins

    >>> with Workers() as workers:
    ...     workers.of("nashpy") is workers.of("nashpy")
    True
    """

    def __init__(self, memory: int | None = None) -> None:
        self._workers: dict[str, Worker] = {}
        self._memory = memory
        self._owner = os.getpid()

    def of(self, package: str) -> Worker:
        """The worker of one engine package."""
        if self._owner != os.getpid():  # forked since: the processes belong to the parent
            self._workers, self._owner = {}, os.getpid()
        return self._workers.setdefault(package, Worker(package, self._memory))

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
    """Serves requests one after the other, in a child process that is replaced when it is gone."""

    def __init__(self, package: str, memory: int | None = None) -> None:
        self.package = package
        self._memory = memory
        self._server: Server | None = None
        self._turn = threading.Lock()
        self._numbers = itertools.count(1)

    def ask(self, request: dict[str, Any], seconds: float) -> Answer:
        """Send one request and wait for its end, at most ``seconds`` from when the engine is loaded."""
        if os.name != "posix":
            return Answer((), 0.0, Failure("crash", "engines work in child processes on Linux and macOS only"))
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
        """End the child process and all that it started, at once."""
        if self._server is not None and self._server.running:
            self._server.close()
        self._server = None

    def _ask(self, request: dict[str, Any], seconds: float) -> Answer:
        number = next(self._numbers)
        memory = available_bytes() if self._memory is None else self._memory
        answers = Answers(number, [len(names) for names in request["game"]["strategies"]])
        reused = self._server is not None
        server = self._server = self._server or Server(COPIES)
        with _Exchange(server, answers, self.package, seconds) as exchange:
            exchange.begin({**request, "number": number, "memory": memory, "copy": COPIES})
            failure = exchange.run()
        if not server.idle:
            self.close()
        if reused and exchange.started is None and server.ended:  # it had died since the last request
            return self._ask(request, seconds)
        return answers.collected.answer(exchange.seconds, failure)


class _Ended(Exception):  # noqa: N818 - no error of ours
    """The process of the engine, or its server, has ended, or does not answer any more."""


class _Exchange:
    """One request and all that comes of it: the server's word, the engine's answers, and what else it says."""

    def __init__(self, server: Server, answers: Answers, package: str, seconds: float) -> None:
        self.started: float | None = None
        self.seconds = 0.0
        self._server, self._answers, self._package, self._limit = server, answers, package, seconds
        self._begun = time.monotonic()
        self._tail = b""
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        self._answers_end, self._words_end = os.pipe(), os.pipe()
        reads = (self._read_answers, self._hear)
        for (ours, _), read in zip((self._answers_end, self._words_end), reads, strict=True):
            os.set_blocking(ours, False)
            self._selector.register(ours, selectors.EVENT_READ, read)
        self._selector.register(self._server.control, selectors.EVENT_READ, self._read_control)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._selector.close()
        os.close(self._answers_end[0])
        os.close(self._words_end[0])

    def begin(self, request: dict[str, Any]) -> None:
        theirs = self._answers_end[1], self._words_end[1]
        try:
            self._server.play(request, theirs)
        finally:
            for number in theirs:  # else the end of theirs would not be seen
                os.close(number)

    def run(self) -> Failure | None:
        """Read until the solver is done, and leave nothing of it; why the answer is not complete, None if it is."""
        failure, crashed = None, False
        try:
            while not self._answers.done and failure is None:
                if (left := self._left()) > 0:
                    for key, _ in self._selector.select(min(left, _LONGEST)):
                        key.data()
                else:
                    failure = self._late()
        except SolverError as error:
            failure = Failure("error", str(error))
        except _Ended:
            crashed = not self._answers.done
        if self.started is None and failure is not None and failure.kind == "limit":
            self._server.close()  # it would not hear
            return failure
        self.seconds = 0.0 if self.started is None else time.monotonic() - self.started
        how = self._server.stop(WAIT if crashed else NEXT if self._answers.done else KILL)
        return Failure("crash", f"the child process of {self._package} {how}{self._said()}") if crashed else failure

    def _left(self) -> float:
        limit = self._begun + START_SECONDS if self.started is None else self.started + self._limit
        return limit - time.monotonic()

    def _late(self) -> Failure:
        if self.started is None:
            return Failure("limit", f"{self._package} was not loaded within {START_SECONDS:g} s")
        return late(self._limit, len(self._answers.collected))

    def _said(self) -> str:
        """The last that was written to standard error."""
        with contextlib.suppress(BlockingIOError):
            while self._left() > 0 and self._read_words():
                pass
        text = " ".join((self._server.said + self._tail)[-_TAIL:].decode(errors="replace").split())
        return f": {text}" if text else ""

    def _read_control(self) -> None:
        for message in self._server.messages():
            match message:
                case {"started": True}:
                    self.started = time.monotonic()
                case {"error": text}:
                    raise SolverError(text)
                case _:  # gone: what it wrote before is still there
                    self._read_all_answers()
                    raise _Ended
        if self._server.ended:
            self._read_all_answers()
            raise _Ended

    def _read_answers(self) -> None:
        if chunk := os.read(self._answers_end[0], _CHUNK):
            self._answers.feed(chunk)
        elif not self._answers.done:
            raise _Ended

    def _read_all_answers(self) -> None:
        with contextlib.suppress(BlockingIOError, _Ended):
            while not self._answers.done and self._left() > 0:
                self._read_answers()

    def _hear(self) -> None:
        if not self._read_words():
            self._selector.unregister(self._words_end[0])

    def _read_words(self) -> bool:
        """Whether there was anything; raises where there may be more later."""
        chunk = os.read(self._words_end[0], _CHUNK)
        self._tail = (self._tail + chunk)[-_TAIL:]
        return bool(chunk)
