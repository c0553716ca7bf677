"""What it costs that every comparison is decided for certain: this tree against the last commit that knew no balls."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import ROOT, Result, at_most, for_information, run, seconds

#: Times the processor time of the commit before that a design may take, where floats decide.
TIME_TARGET = 1.1

#: The first commit that has this file decides for certain; its parent is the peer.
_MARK = "fairgames/certain.py"

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


@dataclass(frozen=True)
class _Design:
    """From users to certified optimum, in a process of its own that prints its processor seconds.

    Attributes
    ----------
    name : what it is
    source : where ``game`` comes from
    made : the call that makes the game, and further arguments of ``design``
    times : how often it is repeated; the least counts, for what else runs on the machine only adds
    """

    name: str
    source: str
    made: str
    times: int


#: Floats decide all that is compared here, and no balls may be felt.
_DECIDED = (
    _Design("10 users", "from benchmarks.games import hospitals as game", "game(10)", 25),
    _Design("14 users, 4,782,969 profiles", "from benchmarks.games import hospitals as game", "game(14)", 1),
    _Design("40 users, 18,974,736 states", "from benchmarks.population import population as game", "game(40, 4)", 1),
)

_ALIKE = """
from fairgames import FederatedMean, PaymentGame, Users
def game(n):
    users = Users(samples=[20] * n, sensitivity=[[0, 0.1]] * n)
    return PaymentGame(FederatedMean(users, between=1, within=10, levels=(0, 2)), users)
"""

#: Mixed equilibria are found in a rational game that stands for the true one: that takes what it takes.
_STAND_INS = (
    _Design("2 users, mixed ones too", "from benchmarks.games import hospitals as game", "game(2)", 50),
    _Design("50 users alike, symmetric", _ALIKE, "game(50), scope='symmetric'", 10),
    _Design("200 users alike, symmetric", _ALIKE, "game(200), scope='symmetric'", 5),
)


def certainty(rounds: int = 3) -> list[Result]:
    """Designs, U and P included, and the command with what the answer rests on, in turn here and there.

    Raises
    ------
    RuntimeError
        If this is no git checkout with the commit before.
    """
    with tempfile.TemporaryDirectory() as folder:
        before, scenario = Path(folder) / "before", Path(folder) / "hospitals.toml"
        first = _git("log", "--diff-filter=A", "--format=%H", "--", _MARK).split()[-1]
        _git("worktree", "add", "--quiet", "--detach", str(before), f"{first}^")
        try:
            fit_ten(scenario)
            command = _medians(lambda tree: _command(scenario, tree), before, 3 * rounds)
            return [
                *(_promised(f"whole design of {one.name}", *_of(one, before, rounds)) for one in _DECIDED),
                _promised("`fairgames design` of ten hospitals, start and report included", *command),
                *(_told(f"whole design of {one.name}", *_of(one, before, rounds)) for one in _STAND_INS),
            ]
        finally:
            _git("worktree", "remove", "--force", str(before))


def _promised(name: str, ours: float, theirs: float) -> Result:
    return at_most(name, ours / theirs, TIME_TARGET, "x", _peer(theirs), seconds(ours))


def _told(name: str, ours: float, theirs: float) -> Result:
    return for_information(name, ours / theirs, "x", _peer(theirs), seconds(ours))


def _peer(theirs: float) -> str:
    return f"the commit before {_MARK}, {seconds(theirs)} of processor time"


def _of(one: _Design, before: Path, rounds: int) -> tuple[float, float]:
    return _medians(lambda tree: _seconds(one, tree), before, rounds)


def _medians(measure: Callable[[Path], float], before: Path, rounds: int) -> tuple[float, float]:
    """Of this tree and of the one before, measured in turn; the first round fills caches and is not counted."""
    took: dict[Path, list[float]] = {ROOT: [], before: []}
    for number in range(rounds + 1):
        for tree in (ROOT, before) if number % 2 else (before, ROOT):
            took[tree].append(measure(tree))
    return statistics.median(took[ROOT][1:]), statistics.median(took[before][1:])


def _seconds(one: _Design, tree: Path) -> float:
    code = (
        f"import time\nfrom fairgames import design\nfrom benchmarks.games import hospitals\n{one.source}\n"
        f"design(hospitals(4)), design(hospitals(2))\ntook = []\n"
        f"for _ in range({one.times}):\n"
        f"    begun = time.process_time()\n    design({one.made})\n    took.append(time.process_time() - begun)\n"
        f"print(min(took))"
    )
    return float(run([sys.executable, "-c", code], PYTHONPATH=_path(tree), **_ONE_THREAD))


def fit_ten(scenario: Path) -> None:
    """The README's ten hospitals."""
    data = ROOT / "examples" / "medpar.csv"
    options = ("--user", "provider", "--value", "los", "--top", "10", "--sensitivity", "0,0.6,1.2", "-o", str(scenario))
    run([sys.executable, "-m", "fairgames", "fit", str(data), *options], PYTHONPATH=_path(ROOT))


def _command(scenario: Path, tree: Path) -> float:
    """Processor seconds of a whole process."""
    begun = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "fairgames", "design", str(scenario)]
    run(command, PYTHONPATH=_path(tree), **_ONE_THREAD)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime


def _path(tree: Path) -> str:
    return f"{tree}:{tree / 'adapters'}"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout
