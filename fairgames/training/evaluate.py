"""Evaluations asked for, shared out, and kept: what is in the store is read, the rest is run once."""

from __future__ import annotations

import inspect
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Literal

from fairgames.errors import FairgamesError, InputError
from fairgames.text import how_many
from fairgames.training.status import Status, announce
from fairgames.training.store import Store, StoreError, wait_for_others

Failures = Literal["raise", "retry", "skip"]
#: A profile by its levels, as the function gets it.
Levels = tuple[Any, ...]


class EvaluationError(FairgamesError):
    """The user's function failed at a profile that is needed; the error itself is in the store."""

    exit_code = 1


@dataclass(frozen=True)
class Request:
    """One evaluation to make: its key in the store, the levels, and the seed."""

    key: str
    levels: Levels
    seed: int


@dataclass(frozen=True)
class Outcome:
    """The outcome of an evaluation: a finite value, or the error in words."""

    value: float | None
    error: str | None
    seconds: float


@dataclass(frozen=True)
class Function:
    """The user's function, and whether it wants the seed; what goes to other processes."""

    call: Callable[..., float]
    takes_seed: bool

    @classmethod
    def of(cls, call: Callable[..., float]) -> Function:
        """Told by the signature: a parameter called ``seed``, or a second one without a default."""
        try:
            parameters = list(inspect.signature(call).parameters.values())
        except (TypeError, ValueError):  # of what is written in C
            return cls(call, False)
        second = [one for one in parameters[1:2] if one.default is one.empty and one.kind <= one.POSITIONAL_OR_KEYWORD]
        return cls(call, bool(second) or any(one.name == "seed" for one in parameters))

    def __call__(self, request: Request) -> tuple[Request, Outcome]:
        begun = time.perf_counter()
        value = error = None
        try:
            found = self._value(request)
            if math.isfinite(found):
                value = found
            else:
                error = f"returned {found}: expected a finite number"
        except Exception as problem:  # whatever the user's function raises is recorded and shown
            error = f"{type(problem).__name__}: {problem}"
        return request, Outcome(value, error, time.perf_counter() - begun)

    def _value(self, request: Request) -> float:
        if not self.takes_seed:
            return float(self.call(request.levels))
        parameters = inspect.signature(self.call).parameters
        if "seed" in parameters and list(parameters)[1] != "seed":
            return float(self.call(request.levels, seed=request.seed))
        return float(self.call(request.levels, request.seed))


#: Runs a function at all requests and yields what came of each, in any order.
Backend = Callable[[Function, Iterable[Request]], Iterator[tuple[Request, Outcome]]]


def one_after_the_other(function: Function, requests: Iterable[Request]) -> Iterator[tuple[Request, Outcome]]:
    """In this process."""
    yield from map(function, requests)


@dataclass
class Evaluator:
    """Runs a function at profiles, at most once each, and keeps what it returns.

    Attributes
    ----------
    function : None where only what the store has is known
    failures : what to do when the function fails: "raise" once what is running has ended, "retry"
        up to ``retries`` times and then raise, or "skip": leave the profile without a value
    """

    function: Function | None
    store: Store
    name: str
    version: str
    failures: Failures = "raise"
    retries: int = 2
    backend: Backend = one_after_the_other
    values: dict[tuple[str, int], float] = field(default_factory=dict)
    done: int = 0
    reused: int = 0
    failed: dict[tuple[str, int], str] = field(default_factory=dict)
    _unrecorded: dict[tuple[str, int], Outcome] = field(default_factory=dict)
    _utility: int | None = None
    #: Threads that ask for the same profile wait for the one that runs it.
    _turn: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def __post_init__(self) -> None:
        if self.failures not in ("raise", "retry", "skip"):
            raise InputError(f"failures: expected raise, retry or skip, got {self.failures!r}")

    def __getstate__(self) -> dict[str, Any]:
        """For another process, or a copy: what is known, but neither the turn nor what this one has still to record."""
        return {**self.__dict__, "_utility": None, "_unrecorded": {}, "_turn": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _turn=threading.RLock())

    @property
    def utility(self) -> int:
        """The utility's number in the store."""
        if self._utility is None:
            self._utility = self.store.utility(self.name, self.version)
        return self._utility

    def known(self, key: str, seed: int) -> float | None:
        """What is known already, from this run or the store; nothing is run."""
        if (key, seed) not in self.values:
            value = self.store.value(self.utility, key, seed)
            if value is None:
                return None
            self.values[key, seed] = value
            self.reused += 1
        return self.values[key, seed]

    def run(self, requests: Sequence[Request], half_width: float | None = None) -> None:
        """See that every request has a value in :attr:`values`, or an entry in :attr:`failed`.

        Raises
        ------
        EvaluationError
            If the function failed and failures are not to be skipped.
        StoreError
            If what was found cannot be recorded; it stays in memory and is recorded at the next run.
        """
        with self._turn:
            self._run(requests, half_width)

    def _run(self, requests: Sequence[Request], half_width: float | None) -> None:
        self._record_what_is_left()
        pending = [one for one in dict.fromkeys(requests) if self.known(one.key, one.seed) is None]
        if self.failures == "skip":
            pending = [one for one in pending if not self._failed_before(one)]
        if self.function is None and pending:
            raise InputError(
                f"{self.store.path} has no value of {self.name} {self.version} at {how_many(len(pending))} of "
                f"{how_many(len(requests))} profiles that are needed, such as {pending[0].key}, seed "
                f"{pending[0].seed}; evaluate them by the function first (utility.on_grid())"
            )
        progress = _Progress(self, len(requests), len(pending), half_width)
        left = dict.fromkeys(pending, self.retries if self.failures == "retry" else 0)
        try:
            while pending:
                pending = self._round(pending, left, progress)
        finally:
            if left:
                self.store.release()

    def _round(self, pending: list[Request], left: dict[Request, int], progress: _Progress) -> list[Request]:
        """Run what no other process is at; what is still to do after that."""
        again: list[Request] = []
        broken: list[tuple[Request, str]] = []

        def claimed() -> Iterator[Request]:
            for request in pending:
                if broken:
                    return
                claim = self.store.claim(self.utility, request.key, request.seed)
                if claim == "mine":
                    progress.begun()
                    yield request
                elif claim == "elsewhere":
                    again.append(request)
                else:
                    self.known(request.key, request.seed)
                    progress.told()

        waiting = True
        assert self.function is not None
        with closing(self.backend(self.function, claimed())) as outcomes:  # type: ignore[type-var]
            for request, outcome in outcomes:
                waiting = False
                self._take(request, outcome)
                progress.ended()
                if outcome.error is not None and left[request] > 0:
                    left[request] -= 1
                    again.append(request)
                elif outcome.error is not None and self.failures != "skip":
                    broken.append((request, outcome.error))
        if broken:
            request, error = broken[0]
            raise EvaluationError(
                f"{self.name} failed at levels {request.levels}, seed {request.seed}: {error}. What is done is kept; "
                "mend the function and run again, or give failures='retry' or 'skip'"
            )
        if again and waiting:
            wait_for_others()
        return again

    def _take(self, request: Request, outcome: Outcome) -> None:
        place = (request.key, request.seed)
        if outcome.value is not None:
            self.values[place] = outcome.value
            self.failed.pop(place, None)
            self.done += 1
        else:
            self.failed[place] = outcome.error or ""
        self._unrecorded[place] = outcome
        self._record_what_is_left()

    def _record_what_is_left(self) -> None:
        for (key, seed), outcome in list(self._unrecorded.items()):
            try:
                self.store.record(self.utility, key, seed, outcome.value, outcome.error, outcome.seconds)
            except StoreError as error:
                raise StoreError(
                    f"{error}\nNot recorded, but kept in memory and recorded at the next evaluation of this object: "
                    + ", ".join(f"{where}: {one.value}" for (where, _), one in self._unrecorded.items())
                ) from error
            del self._unrecorded[key, seed]

    def _failed_before(self, request: Request) -> bool:
        found = self.store.error(self.utility, request.key, request.seed)
        if found is not None:
            self.failed[request.key, request.seed] = found[0]
        return found is not None


class _Progress:
    """Tells who listens how far a run is."""

    def __init__(self, evaluator: Evaluator, asked: int, total: int, half_width: float | None) -> None:
        self._evaluator, self._total, self._half_width = evaluator, total, half_width
        self._reused, self._done, self._running = asked - total, 0, 0
        self._since = time.monotonic()
        self.told()

    def begun(self) -> None:
        self._running += 1
        self.told()

    def ended(self) -> None:
        self._running -= 1
        self._done += 1
        self.told()

    def told(self) -> None:
        spent = time.monotonic() - self._since
        left = spent / self._done * (self._total - self._done) if self._done else None
        failed = len(self._evaluator.failed)
        announce(Status(self._done, self._total, self._reused, failed, self._running, self._half_width, left))
