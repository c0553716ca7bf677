"""How things are measured: medians of interleaved runs, and child processes with a memory of their own."""

from __future__ import annotations

import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

#: Where this folder and the package lie: children are started there.
ROOT = Path(__file__).resolve().parent.parent

Work = Callable[[], object]


@dataclass(frozen=True)
class Result:
    """One measured ratio or amount.

    Attributes
    ----------
    name : what was measured
    measured : the number, in ``unit``
    target : what was promised; None where the number is only for information
    unit : "x" for a ratio against the peer
    peer : what it is measured against
    passed : whether the promise is kept; None where there is none
    detail : the medians behind the ratio
    """

    name: str
    measured: float
    target: float | None
    unit: str
    peer: str
    passed: bool | None
    detail: str = ""


def at_most(name: str, measured: float, target: float, unit: str, peer: str, detail: str = "") -> Result:
    """A claim that ``measured`` is ``target`` or less."""
    return Result(name, measured, target, unit, peer, measured <= target, detail)


def at_least(name: str, measured: float, target: float, unit: str, peer: str, detail: str = "") -> Result:
    """A claim that ``measured`` is ``target`` or more."""
    return Result(name, measured, target, unit, peer, measured >= target, detail)


def for_information(name: str, measured: float, unit: str, peer: str, detail: str = "") -> Result:
    """A number that nothing is promised about."""
    return Result(name, measured, None, unit, peer, None, detail)


def medians(works: Mapping[str, Work], rounds: int) -> dict[str, float]:
    """Median seconds of each work, all of them run once a round, so that noise meets all alike.

    The order turns round after each round: none always follows the same other. One round
    before the first is not counted.
    """
    names = list(works)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds + 1):
        for name in names if number % 2 else reversed(names):
            begun = time.perf_counter()
            works[name]()
            took = time.perf_counter() - begun
            if number:
                taken[name].append(took)
    return {name: statistics.median(times) for name, times in taken.items()}


def times_over(work: Work, calls: int) -> Work:
    """The work done ``calls`` times, for work too short for the clock."""

    def repeated() -> None:
        for _ in range(calls):
            work()

    return repeated


def traced_peak(work: Work) -> int:
    """Most bytes held at one time by what ``work`` allocates; NumPy reports its arrays to tracemalloc."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def peak_rss() -> int:
    """Most bytes that this process has had in memory.

    VmHWM where there is one: Linux lets a child's ``ru_maxrss`` begin at what its parent had.
    """
    unit = 1 if sys.platform == "darwin" else 1024
    return _status("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def current_rss() -> int:
    """Bytes that this process has in memory now; its peak where only that is known."""
    return _status("VmRSS") or peak_rss()


def _status(key: str) -> int | None:
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    found = re.search(rf"^{key}:\s*(\d+) kB$", status.read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def in_child(function: Callable[..., dict[str, Any]], *arguments: object) -> dict[str, Any]:
    """What ``function`` of a module of this folder returns in a process of its own, through JSON."""
    module, name = function.__module__, function.__qualname__
    code = f"import json; from {module} import {name}; print(json.dumps({name}(*{arguments!r})))"
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    answer: dict[str, Any] = json.loads(run([sys.executable, "-c", code], PYTHONPATH=path))
    return answer


def run(command: Sequence[str], **variables: str) -> str:
    """Standard output of a process that must succeed; it runs in an empty folder.

    It keeps the bytecode of what it imports. Installed packages have theirs; where
    PYTHONDONTWRITEBYTECODE stops an editable install from writing its own, each import would
    compile the package anew, which no user sees.

    Raises
    ------
    RuntimeError
        With what the process wrote to standard error.
    """
    environment = {"PYTHONPYCACHEPREFIX": _bytecode().name, **os.environ, **variables}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


@cache
def _bytecode() -> tempfile.TemporaryDirectory[str]:
    """A folder for bytecode, gone when this process ends; the same for the peer and for us."""
    return tempfile.TemporaryDirectory(prefix="fairgames-benchmarks-")


def seconds(amount: float) -> str:
    """A time for people.

    >>> seconds(0.0123), seconds(4.2e-06)
    ('12.3 ms', '4.2 µs')
    """
    for size, unit in ((1, "s"), (1e-3, "ms")):
        if amount >= size:
            return f"{amount / size:.3g} {unit}"
    return f"{amount / 1e-6:.3g} µs"
