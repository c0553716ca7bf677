"""An adapter whose engines misbehave, each in its own way; the tests put this folder on the path."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from fairgames.games.normal_form import NormalFormGame
from fairgames.solvers.registry import Solver

#: The pure equilibria of the coordination game that the tests play.
BOTH_FIRST = (np.array([1.0, 0.0]), np.array([1.0, 0.0]))
BOTH_SECOND = (np.array([0.0, 1.0]), np.array([0.0, 1.0]))


def honest(game: NormalFormGame) -> Iterator[Any]:
    yield BOTH_FIRST
    yield BOTH_SECOND


def hang(game: NormalFormGame) -> Iterator[Any]:
    yield from honest(game)
    while True:
        pass


def hang_in_c(game: NormalFormGame) -> Iterator[Any]:
    yield BOTH_FIRST
    re.match(r"(a+)+$", "a" * 60 + "b")  # keeps the interpreter lock


def flood(game: NormalFormGame) -> Iterator[Any]:
    while True:
        yield BOTH_FIRST


def crash(game: NormalFormGame) -> Iterator[Any]:
    yield BOTH_FIRST
    os.write(2, b"assertion failed:\n  pivot != 0\n")
    os._exit(3)


def abort(game: NormalFormGame) -> Iterator[Any]:
    os.abort()
    yield


def leave(game: NormalFormGame) -> Iterator[Any]:
    sys.exit("out of luck")
    yield


def raises(game: NormalFormGame) -> Iterator[Any]:
    yield BOTH_FIRST
    raise ArithmeticError("the tableau is singular")


def noisy(game: NormalFormGame) -> Iterator[Any]:
    print('{"done": true}')
    os.write(1, b"raw noise\n")
    subprocess.run([sys.executable, "-c", "print('noise of a program')"], check=True)
    assert sys.stdin.read() == ""
    yield BOTH_FIRST
    sys.stderr.write("x" * 1_000_000)
    yield BOTH_SECOND


def garbage(game: NormalFormGame) -> Iterator[Any]:
    yield np.array([np.nan, np.nan]), np.array([0.0, 1.0])
    yield np.array([1.0, 0.0, 0.0]), np.array([1.0, 0.0])
    yield (np.array([1.0, 0.0]),)
    yield np.array([1.0, np.inf]), np.array([1.0, 0.0])
    yield np.array([2.0, -1.0]), np.array([1.0, 0.0])
    yield np.array([0.5, 0.6]), np.array([1.0, 0.0])
    yield np.array([1.0, 0.0]), np.array([0.0, 1.0])
    yield BOTH_SECOND


def text(game: NormalFormGame) -> Iterator[Any]:
    yield BOTH_FIRST
    yield "no equilibrium, sorry"


def nothing(game: NormalFormGame) -> Any:
    return None


def rational(game: NormalFormGame) -> Iterator[Any]:
    yield [Fraction(2, 3), Fraction(1, 3)], [Fraction(1, 3), Fraction(2, 3)]


def where(game: NormalFormGame) -> Iterator[Any]:
    """Writes the numbers of its process, and of one that it starts, to the file that the title names."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(game.title).write_text(f"{os.getpid()} {child.pid}")
    while True:
        pass


def pid(game: NormalFormGame) -> Iterator[Any]:
    Path(game.title).write_text(str(os.getpid()))
    yield BOTH_FIRST


def one_of_three(game: NormalFormGame, task: int) -> Iterator[Any]:
    yield BOTH_SECOND if task == 2 else BOTH_FIRST
    while task == 1:
        pass


def task_names(game: NormalFormGame) -> tuple[str, ...]:
    return ("start 0", "start 1", "start 2")


def solvers() -> Iterator[Solver]:
    plain = (honest, hang, hang_in_c, flood, crash, abort, leave, raises, noisy, garbage, text, nothing, where, pid)
    for run in plain:
        yield Solver(f"fake:{run.__name__.replace('_', '-')}", run)
    yield Solver("fake:rational", rational, exact=True)
    yield Solver("fake:tasks", one_of_three, tasks=task_names)
    yield Solver("fake:not-installed", honest, engine="no_such_engine")
    yield Solver("fake:broken-engine", honest, engine="broken_engine")


def not_solvers() -> list[object]:
    return ["a string"]
