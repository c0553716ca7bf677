"""Rude engines: each is a line of the report, the others' answers stay what they were, and no process is left."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairgames.exact import object_array
from fairgames.games.normal_form import NormalFormGame
from fairgames.solvers.crosscheck import crosscheck
from fairgames.solvers.processes import Workers
from fairgames.solvers.registry import Solver, load

ENGINES = Path(__file__).parents[1] / "engines_for_tests"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is promised on Linux")

#: Long enough on a busy machine; and short, for those that use it up.
LONG, SHORT = 60.0, 1.0
LIMIT = r"time limit of 1 s passed after (0 equilibria|1 equilibrium)"
CRASH = "the child process of rude "
NO_PROFILE = r"the answer .* is no tuple of one probability vector a player \(.*\)"

#: What the report says of each: how many answers were found (0 or 1) and wrong, and the error.
KINDS: dict[str, tuple[int, int, str | None]] = {
    "exits-with-0": (1, 0, CRASH + "ended with exit code 0"),
    "exits-with-77": (0, 0, CRASH + "ended with exit code 77"),
    "sys-exit-with-an-object": (1, 0, CRASH + "ended with exit code 1"),
    "kills-itself": (1, 0, CRASH + "was ended by SIGKILL"),
    "stops-itself": (1, 0, CRASH + "was stopped by SIGSTOP"),
    "segmentation-fault": (1, 0, CRASH + "was ended by SIGSEGV.*"),
    "kills-its-parent": (0, 0, CRASH + "was ended by SIGKILL"),
    "stops-its-parent": (1, 0, CRASH + "did not answer any more"),
    "kills-its-group": (0, 0, CRASH + "was ended by SIGKILL"),
    "raises-base-exception": (1, 0, "BaseException: base enough"),
    "raises-keyboard-interrupt": (0, 0, "KeyboardInterrupt"),
    "raises-generator-exit": (0, 0, "GeneratorExit: out"),
    "raises-something-hostile": (0, 0, r"RuntimeError: .{10,40}gnp\.exe .*y+…"),
    "raises-what-cannot-be-read": (0, 0, r"Unreadable: what it says cannot be read \(ZeroDivisionError\)"),
    "recurses": (0, 0, "RecursionError: maximum recursion depth exceeded.*"),
    "takes-all-memory": (1, 0, "MemoryError: it asked for more than the 400 MiB that it may have"),
    "takes-all-memory-at-once": (1, 0, "MemoryError: it asked for more than the 400 MiB that it may have"),
    "lifts-its-memory-limit": (1, 0, "MemoryError: it asked for more than .*|ValueError: .*"),
    "nothing": (0, 0, "TypeError: 'NoneType' object is not iterable"),
    "a-number": (0, 0, "TypeError: 'int' object is not iterable"),
    "text": (1, 0, NO_PROFILE),
    "text-for-numbers": (0, 0, NO_PROFILE),
    "a-dictionary": (0, 0, NO_PROFILE),
    "objects": (0, 0, NO_PROFILE),
    "complex-numbers": (0, 0, NO_PROFILE),
    "nested-too-deep": (0, 0, NO_PROFILE),
    "huge-whole-numbers": (0, 0, "the answer holds '10{5,}.*0', too large for any probability"),
    "huge-rationals": (0, 0, "the answer holds '10{5,}.*0/3', too large for any probability"),
    "rationals-too-long-to-write": (0, 0, NO_PROFILE),
    "evil-numbers": (0, 0, "SystemError: no float of mine"),
    "evil-repr": (0, 0, NO_PROFILE),
    "endless-vector": (0, 0, NO_PROFILE),
    "endless-players": (0, 0, NO_PROFILE),
    "millions-of-numbers": (0, 0, NO_PROFILE),
    "same-forever": (1, 0, LIMIT),
    "new-forever": (0, 10_000, "stopped after 10,000 different answers, the most that are taken"),
    "nan-and-infinity": (0, 1, None),
    "wrong-shapes": (0, 4, None),
    "out-of-range": (0, 3, None),
    "negative-zero": (1, 0, None),
    "writes-to-standard-output": (1, 0, None),
    "floods-standard-error": (1, 0, None),
    "writes-noise-everywhere": (1, 0, "it wrote 'noise' where its answers go"),
    "writes-half-a-line-everywhere": (1, 0, CRASH + "ended with exit code 0"),
    "writes-one-endless-line": (1, 0, r"it wrote a line of more than [\d,]+ bytes, where no answer is so long"),
    "writes-brackets": (0, 0, r"it wrote '\[+\.\.\.\[+' where its answers go"),
    "writes-divisions-by-zero": (0, 0, "it wrote .*, which answers no request that it has"),
    "writes-answers-to-other-requests": (0, 0, "it wrote .*, which answers no request that it has"),
    "writes-forged-answers": (0, 0, "it wrote .*, which answers no request that it has"),
    "rewrites-json": (0, 0, "it wrote .*"),
    "rewrites-builtins": (0, 0, ".+"),
    "closes-everything": (0, 0, CRASH + "(ended with exit code 1|closed its answers)"),
    "closes-everything-and-stays": (0, 0, CRASH + "closed its answers"),
    "forks-and-both-answer": (1, 0, None),
    "forks-and-the-child-keeps-writing": (None, 0, "it wrote .*, which answers no request that it has"),
    "starts-programs": (1, 0, None),
    "starts-a-daemon": (1, 0, None),
    "a-daemon-outlives-the-engine-and-its-parent": (0, 0, CRASH + "was ended by SIGKILL"),
    "a-daemon-outlives-the-keeper": (0, 0, CRASH + "was ended by SIGKILL"),
    "forks-without-end": (1, 0, None),
    "a-thread-that-never-ends": (1, 0, None),
    "deaf-to-signals": (1, 0, LIMIT),
    "works-in-c-for-ever": (1, 0, LIMIT),
    "matches-for-ever": (1, 0, LIMIT),
    "changes-directory": (1, 0, None),
    "changes-signal-handlers": (1, 0, None),
    "sets-an-alarm": (1, 0, CRASH + "was ended by SIGALRM"),
    "lowers-its-own-limits": (1, 0, None),
}
USE_UP = [kind for kind, (_, _, error) in KINDS.items() if error == LIMIT]


@pytest.fixture(scope="module", autouse=True)
def _engines_on_path() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ENGINES))
        yield


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(memory=400 * 2**20) as workers:
        yield workers


def game(title: str) -> NormalFormGame:
    return NormalFormGame.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]], title=title)


def engine(kind: str) -> Solver:
    return load("fairgames_rude:solvers")[f"rude:{kind}"]


def ended(pid: int, patience: float = 20.0) -> bool:
    """Whether the process ends in time (a zombie that nobody waits for has ended)."""
    limit = time.monotonic() + patience
    status = Path(f"/proc/{pid}/stat")
    while time.monotonic() < limit:
        try:
            if status.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def noted(path: Path) -> list[int]:
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def test_every_kind_is_tried():
    assert {f"rude:{kind}" for kind in KINDS} == set(load("fairgames_rude:solvers"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_rude_engine_is_a_line_of_the_report(kind: str, workers: Workers, tmp_path: Path):
    found, wrong, error = KINDS[kind]
    honest = load("fairgames_fake:solvers")["fake:honest"]
    solvers = ["fairgames:extreme", engine(kind), honest]
    check = crosscheck(game(str(tmp_path / "pids")), solvers, SHORT if kind in USE_UP else LONG, workers=workers)
    others = {name: report for name, report in check.reports.items() if not name.startswith("rude:")}
    assert [(report.found, report.missed, report.repeated, report.error) for report in others.values()] == [
        ((0, 1, 2), (), (), None),
        ((0, 1), (), (), None),
    ]
    report = check.reports[f"rude:{kind}"]
    assert report.found in {None: [(), (0,)], 0: [()], 1: [(0,)]}[found]
    assert len(report.wrong) == wrong
    assert (report.error is None) == (error is None), report.error
    assert error is None or re.fullmatch(error, report.error), report.error
    assert report.error is None or (report.error.isprintable() and len(report.error) <= 500)
    assert all(map(ended, noted(tmp_path / "pids")))


def test_a_thread_that_goes_on_writing_is_gone_before_the_next_request(workers: Workers, tmp_path: Path):
    """Nor is what it wrote taken for an answer to that."""
    rude, once = engine("a-thread-that-never-ends"), game(str(tmp_path / "pids"))
    for _ in range(3):
        report = crosscheck(once, rude, LONG, workers=workers).reports[rude.id]
        assert (report.found, report.error) == ((0,), None)


def test_the_cap_bounds_the_time_where_payoffs_are_rational(workers: Workers, tmp_path: Path):
    rude = engine("new-forever")
    exact = NormalFormGame.from_arrays(
        object_array([2, 0, 0, 1]).reshape(2, 2), object_array([1, 0, 0, 2]).reshape(2, 2)
    )
    report = crosscheck(exact, rude, LONG, workers=workers).reports[rude.id]
    assert (len(report.wrong), report.error) == (10_000, KINDS["new-forever"][2])


#: Asks the rudest again and again, and says when it begins.
PROGRAM = """
import sys
from fairgames.games.normal_form import NormalFormGame
from fairgames.solvers.crosscheck import crosscheck
from fairgames.solvers.registry import load

game = NormalFormGame.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]], title=sys.argv[1])
rude = load("fairgames_rude:solvers")
print("begun", flush=True)
while True:
    crosscheck(game, [rude[f"rude:{kind}"] for kind in sys.argv[2:]], seconds=1.0)
"""
RUDEST = [
    "starts-a-daemon",
    "starts-programs",
    "changes-signal-handlers",
    "deaf-to-signals",
    "works-in-c-for-ever",
    "forks-and-the-child-keeps-writing",
]


def belonging_to(mark: str) -> list[int]:
    """The processes that run with this in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            its_own = mark.encode() in (process / "environ").read_bytes()
        except OSError:  # ended, or another user's
            continue
        if its_own and not ended(int(process.name), patience=0.01):
            found.append(int(process.name))
    return found


@pytest.mark.parametrize(
    ("number", "wait"),
    [(signal.SIGTERM, 0.0), (signal.SIGTERM, 1.1), (signal.SIGTERM, 4.3), (signal.SIGINT, 2.2), (signal.SIGKILL, 3.1)],
)
def test_nothing_is_left_when_the_program_is_ended(number: int, wait: float, tmp_path: Path):
    mark = f"RUDE={tmp_path}"
    path = os.pathsep.join(entry for entry in sys.path if entry)
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "pids"), *RUDEST],
        env={**os.environ, "PYTHONPATH": path, "RUDE": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert program.stdout.readline() == b"begun\n"
    time.sleep(wait)  # whatever it is at then
    program.send_signal(number)
    program.wait(60)
    limit = time.monotonic() + 20
    while belonging_to(mark) and time.monotonic() < limit:
        time.sleep(0.1)
    assert belonging_to(mark) == []
    assert all(map(ended, noted(tmp_path / "pids")))
