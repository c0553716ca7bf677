"""An adapter whose engines are as rude as can be; each function is one kind.

The title of the game names a file, in which they note the processes that they start.
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import count
from typing import Any

import numpy as np

from fairgames.games.normal_form import NormalFormGame
from fairgames.solvers.registry import Solver

GOOD = ([1.0, 0.0], [1.0, 0.0])
#: What the other end would take for an answer, were it not for the request's number.
FORGED = b'{"profile": [[0.0, 1.0], [0.0, 1.0]]}\n{"done": true}\n'

_RUDE: dict[str, Callable[[NormalFormGame], Any]] = {}


def rude(function: Callable[[NormalFormGame], Any]) -> Callable[[NormalFormGame], Any]:
    _RUDE[f"rude:{function.__name__.replace('_', '-')}"] = function
    return function


def note(game: NormalFormGame, pid: int) -> None:
    """An append of few bytes is one piece."""
    with open(game.title, "a") as pids:
        pids.write(f"{pid}\n")


def every_file() -> range:
    """Those that a process has: standard ones left out."""
    return range(3, 64)


def sleeper(game: NormalFormGame) -> None:
    """A process that nothing but SIGKILL ends."""
    note(game, os.getpid())
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        time.sleep(60)


# How it ends.


@rude
def exits_with_0(game):
    yield GOOD
    os._exit(0)


@rude
def exits_with_77(game):
    os._exit(77)
    yield


@rude
def sys_exit_with_an_object(game):
    yield GOOD
    sys.exit({"not": "a code"})


@rude
def kills_itself(game):
    yield GOOD
    os.kill(os.getpid(), signal.SIGKILL)


@rude
def stops_itself(game):
    yield GOOD
    os.kill(os.getpid(), signal.SIGSTOP)
    yield GOOD


@rude
def segmentation_fault(game):
    yield GOOD
    ctypes.string_at(0)


@rude
def kills_its_parent(game):
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)
    yield


@rude
def stops_its_parent(game):
    os.kill(os.getppid(), signal.SIGSTOP)
    yield GOOD
    os._exit(5)


@rude
def kills_its_group(game):
    os.killpg(0, signal.SIGKILL)
    yield


@rude
def raises_base_exception(game):
    yield GOOD
    raise BaseException("base enough")


@rude
def raises_keyboard_interrupt(game):
    raise KeyboardInterrupt
    yield


@rude
def raises_generator_exit(game):
    raise GeneratorExit("out")
    yield


@rude
def raises_something_hostile(game):
    raise RuntimeError("\x1b]0;own\x07\x1b[2J \u202egnp.exe \ud800 \x00" + "y" * 10_000_000)
    yield


@rude
def raises_what_cannot_be_read(game):
    class Unreadable(Exception):  # noqa: N818
        def __str__(self) -> str:
            raise ZeroDivisionError

    raise Unreadable
    yield


@rude
def recurses(game):
    def again() -> Any:
        return again()

    yield again()


@rude
def takes_all_memory(game):
    yield GOOD
    taken = []
    while True:
        taken.append(bytearray(2**24))


@rude
def takes_all_memory_at_once(game):
    yield GOOD
    np.ones(2**42)


@rude
def lifts_its_memory_limit(game):
    """Which only root can do; then there is nothing to take."""
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    yield GOOD
    np.ones(2**52)


# What it answers.


@rude
def nothing(game):
    return None


@rude
def a_number(game):
    return 5


@rude
def text(game):
    yield GOOD
    yield "no equilibrium"


@rude
def text_for_numbers(game):
    yield [["1/2", "1/2"], ["1", "0"]]


@rude
def a_dictionary(game):
    yield {"a": 1}


@rude
def objects(game):
    yield [[object(), object()], [object(), object()]]


@rude
def complex_numbers(game):
    yield [[1j, 0], [1, 0]]


@rude
def nested_too_deep(game):
    yield [[[1.0, 0.0]], [[1.0, 0.0]]]


@rude
def huge_whole_numbers(game):
    yield [[10**400, 0.5], [1.0, 0.0]]


@rude
def huge_rationals(game):
    yield [[Fraction(10**400, 3), Fraction(0)], [1, 0]]


@rude
def rationals_too_long_to_write(game):
    yield [[Fraction(10**5000), Fraction(1)], [1, 0]]


@rude
def evil_numbers(game):
    class Evil:
        def __float__(self) -> float:
            raise SystemError("no float of mine")

        def __eq__(self, other: object) -> bool:
            raise SystemError("equal to nothing")

        __hash__ = None

    yield [[Evil(), Evil()], [1.0, 0.0]]


@rude
def evil_repr(game):
    class Evil(list):
        def __repr__(self) -> str:
            raise SystemError("nothing to show")

    yield Evil([Evil(["x"])])


@rude
def endless_vector(game):
    yield count(), [1.0, 0.0]


@rude
def endless_players(game):
    yield ([1.0, 0.0] for _ in count())


@rude
def millions_of_numbers(game):
    yield [1.0] * 3_000_000, [1.0, 0.0]


@rude
def same_forever(game):
    while True:
        yield GOOD


@rude
def new_forever(game):
    for number in count(1):
        yield [1 / number, -1.0], [1.0, 0.0]


# These are wrong, but are answers.


@rude
def nan_and_infinity(game):
    yield [np.nan, np.nan], [np.inf, -np.inf]


@rude
def wrong_shapes(game):
    yield ([1.0],)
    yield [1.0, 0.0, 0.0], [1.0, 0.0]
    yield ()
    yield [], []


@rude
def out_of_range(game):
    yield [2.0, -1.0], [1.0, 0.0]
    yield [1e308, 1e308], [1.0, 0.0]
    yield [Fraction(3, 2), Fraction(-1, 2)], [Fraction(1), Fraction(0)]


@rude
def negative_zero(game):
    yield [1.0, -0.0], [1.0, -0.0]


# What it writes, and where.


@rude
def writes_to_standard_output(game):
    os.write(1, FORGED)
    print(json.dumps({"request": 1, "done": True}), flush=True)
    yield GOOD


@rude
def floods_standard_error(game):
    for _ in range(300):
        os.write(2, b"\x1b[31m" * 13_000)
    yield GOOD


def write_everywhere(data: bytes) -> None:
    for number in every_file():
        with contextlib.suppress(OSError):
            os.write(number, data)


@rude
def writes_noise_everywhere(game):
    yield GOOD
    write_everywhere(b"noise\n")
    yield GOOD


@rude
def writes_half_a_line_everywhere(game):
    yield GOOD
    write_everywhere(b'{"request": 1, "profile": [[1.0')
    os._exit(0)


@rude
def writes_one_endless_line(game):
    yield GOOD
    while True:
        write_everywhere(b"a" * 65_536)


@rude
def writes_brackets(game):
    write_everywhere(b"[" * 100_000 + b"\n")
    yield GOOD


@rude
def writes_divisions_by_zero(game):
    """With whatever number the request may have."""
    for number in range(1, 400):
        write_everywhere(b'{"request": %d, "profile": [["1/0", "x"], [1]]}\n' % number)
    yield GOOD


@rude
def writes_answers_to_other_requests(game):
    write_everywhere(b'{"request": 0, "profile": [[0.0, 1.0], [0.0, 1.0]]}\n')
    yield GOOD


@rude
def writes_forged_answers(game):
    write_everywhere(FORGED)
    yield GOOD


@rude
def rewrites_json(game):
    json.dumps = lambda *_, **__: "{}"
    yield GOOD


@rude
def rewrites_builtins(game):
    builtins.len = builtins.isinstance = None
    yield GOOD


@rude
def closes_everything(game):
    os.closerange(0, 64)
    yield GOOD


@rude
def closes_everything_and_stays(game):
    note(game, os.getpid())
    os.closerange(0, 64)
    while True:
        time.sleep(60)
    yield


# What it starts.


@rude
def forks_and_both_answer(game):
    if os.fork() == 0:
        note(game, os.getpid())
    yield GOOD


@rude
def forks_and_the_child_keeps_writing(game):
    if os.fork() == 0:
        note(game, os.getpid())
        while True:
            write_everywhere(FORGED)
    yield GOOD
    time.sleep(600)


@rude
def starts_programs(game):
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    for apart in (False, True):
        note(game, subprocess.Popen(command, start_new_session=apart).pid)
    yield GOOD


@rude
def starts_a_daemon(game):
    """Forked twice, with a session of its own, a working directory elsewhere, and deaf to all signals."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 64)
            os.chdir("/")
            sleeper(game)
        os._exit(0)
    os.wait()
    while not os.path.exists(game.title):
        time.sleep(0.01)
    yield GOOD


@rude
def a_daemon_outlives_the_engine_and_its_parent(game):
    if os.fork() == 0:
        os.setsid()
        sleeper(game)
    while not os.path.exists(game.title):
        time.sleep(0.01)
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)
    yield


@rude
def a_daemon_outlives_the_keeper(game):
    if os.fork() == 0:
        os.setsid()
        sleeper(game)
    while not os.path.exists(game.title):
        time.sleep(0.01)
    with open(f"/proc/{os.getppid()}/stat") as status:
        keeper = int(status.read().rpartition(")")[2].split()[1])
    os.kill(keeper, signal.SIGKILL)
    time.sleep(600)
    yield


@rude
def forks_without_end(game):
    """Each process starts another one and ends, so that there is never one to kill for long."""
    if os.fork() == 0:
        while os.fork() == 0:
            pass
        os._exit(0)
    yield GOOD


@rude
def a_thread_that_never_ends(game):
    def spin() -> None:
        while True:
            write_everywhere(b"")

    threading.Thread(target=spin).start()
    yield GOOD


# That it does not end.


@rude
def deaf_to_signals(game):
    yield GOOD
    sleeper(game)


@rude
def works_in_c_for_ever(game):
    yield GOOD
    pow(10**7, 10**9)


@rude
def matches_for_ever(game):
    yield GOOD
    re.match(r"(a+)+$", "a" * 60 + "b")


# What it changes.


@rude
def changes_directory(game):
    os.chdir("/")
    os.environ.clear()
    yield GOOD


@rude
def changes_signal_handlers(game):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    yield GOOD


@rude
def sets_an_alarm(game):
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    yield GOOD
    time.sleep(600)


@rude
def lowers_its_own_limits(game):
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    yield GOOD


def solvers() -> Iterator[Solver]:
    for name, run in _RUDE.items():
        yield Solver(name, run, players=2)
