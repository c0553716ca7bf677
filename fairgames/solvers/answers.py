"""Answers of a solver as they come, checked for their form, each kept once."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fairgames.errors import SolverError
from fairgames.solvers.wire import decode_profile, longest_line, readable
from fairgames.typing import MixedProfile

#: Most different answers of one solver to one game; an engine that does not stop is stopped there.
MOST_ANSWERS = 10_000
#: Most bytes of them.
_MOST_BYTES = 2**28


@dataclass(frozen=True)
class Failure:
    """The reason why an answer is not complete.

    Attributes
    ----------
    kind : ``unfit`` (the solver cannot play the game), ``limit`` (time limit passed), ``crash``
        (the process ended), ``error`` (an exception, or an answer of no known form)
    message : in the engine's own words where it has any, without what a terminal would obey
    """

    kind: Literal["unfit", "limit", "crash", "error"]
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", readable(self.message))


@dataclass(frozen=True, eq=False)
class Answer:
    """A solver's answer to a game, not yet verified.

    Attributes
    ----------
    profiles : all that came before the end or the failure, each once
    seconds : the solver's own time, without starting Python and importing the engine
    failure : None if the solver came to its end
    times : how often each profile came; by default once
    """

    profiles: tuple[MixedProfile, ...]
    seconds: float
    failure: Failure | None = None
    times: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.times:
            object.__setattr__(self, "times", (1,) * len(self.profiles))


class Collected:
    """Profiles as they come, those that came before only counted.

    Parameters
    ----------
    most : how many different ones are taken
    """

    def __init__(self, most: int = MOST_ANSWERS) -> None:
        self._most = most
        self._places: dict[Hashable, int] = {}
        self._profiles: list[MixedProfile] = []
        self._times: list[int] = []

    def __len__(self) -> int:
        return len(self._profiles)

    def seen(self, key: Hashable) -> bool:
        """Whether an answer of that ``key`` came before; if so, it is counted once more."""
        if (place := self._places.get(key)) is None:
            return False
        self._times[place] += 1
        return True

    def add(self, key: Hashable, message: object) -> None:
        """A new answer, as :func:`~fairgames.solvers.wire.encode_profile` writes it.

        Raises
        ------
        SolverError
            If it has another form, or is one too many.
        """
        profile = decode_profile(message)
        if len(self) >= self._most:
            raise SolverError(f"stopped after {self._most:,} different answers, the most that are taken")
        self._places[key] = len(self)
        self._profiles.append(profile)
        self._times.append(1)

    def answer(self, seconds: float, failure: Failure | None) -> Answer:
        return Answer(tuple(self._profiles), seconds, failure, tuple(self._times))


class Answers:
    """The answers to one request, read from a child process and checked line by line.

    Parameters
    ----------
    number : of the request; every line has to name it
    shape : of the game, which says how long a line can be
    """

    def __init__(self, number: int, shape: Sequence[int]) -> None:
        self.collected = Collected()
        self.done = False
        self._number = number
        self._longest = longest_line(shape)
        self._rest = b""
        self._bytes = 0

    def feed(self, chunk: bytes) -> None:
        """Take in what has come. Nothing is read after the line that says that the solver is done.

        Raises
        ------
        SolverError
            At the first line that is no answer to this request, or says that the solver failed.
        """
        *lines, self._rest = (self._rest + chunk).split(b"\n") if b"\n" in chunk else [self._rest + chunk]
        for line in lines:
            if self.done:
                return
            self._check_length(line)
            if not self.collected.seen(line):
                self._take(line)
        self._check_length(self._rest)

    def _check_length(self, line: bytes) -> None:
        if len(line) > self._longest:
            raise SolverError(f"it wrote a line of more than {self._longest:,} bytes, where no answer is so long")

    def _take(self, line: bytes) -> None:
        match self._message(line):
            case {"profile": profile, **rest} if not rest:
                self._bytes += len(line)
                if self._bytes > _MOST_BYTES:
                    raise SolverError(f"stopped after {_MOST_BYTES:,} bytes of answers, the most that are taken")
                self.collected.add(line, profile)
            case {"done": True, **rest} if not rest:
                self.done = True
            case {"error": str(text), **rest} if not rest:
                raise SolverError(text)
            case _:
                raise SolverError(f"it wrote {_quoted(line)}, which is no answer")

    def _message(self, line: bytes) -> dict[str, Any]:
        """What the line says to this request, less the request's number."""
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            raise SolverError(f"it wrote {_quoted(line)} where its answers go") from None
        if not isinstance(message, dict) or message.pop("request", None) != self._number:
            raise SolverError(f"it wrote {_quoted(line)}, which answers no request that it has")
        return message


def late(seconds: float, found: int) -> Failure:
    """The failure of a solver that was stopped by its time limit."""
    return Failure("limit", f"time limit of {seconds:g} s passed after {found} equilibri{'um' if found == 1 else 'a'}")


def _quoted(line: bytes) -> str:
    return reprlib.repr(line[:100].decode(errors="replace"))
