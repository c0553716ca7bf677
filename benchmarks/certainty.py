"""What it costs that every comparison is decided for certain: this tree against the last commit that knew no balls."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import ROOT, Result, at_most, run, seconds

#: Times the processor time of the commit before that a design may take, where floats decide.
TIME_TARGET = 1.1

#: The first commit that has this file decides for certain; its parent is the peer.
_MARK = "fairgames/certain.py"

#: Designs from users to certified optimum, each in a process of its own that prints its processor seconds.
_DESIGNS = {
    "10 users": ("benchmarks.games import hospitals as game", "game(10)", 10),
    "14 users, 4,782,969 profiles": ("benchmarks.games import hospitals as game", "game(14)", 1),
    "40 users, 18,974,736 states": ("benchmarks.population import population as game", "game(40, 4)", 1),
}


def certainty(rounds: int = 3) -> list[Result]:
    """Three designs, U and P included, in turn here and there.

    Raises
    ------
    RuntimeError
        If this is no git checkout with the commit before.
    """
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder) / "before"
        first = _git("log", "--diff-filter=A", "--format=%H", "--", _MARK).split()[-1]
        _git("worktree", "add", "--quiet", "--detach", str(before), f"{first}^")
        try:
            return [_measured(name, before, rounds) for name in _DESIGNS]
        finally:
            _git("worktree", "remove", "--force", str(before))


def _measured(name: str, before: Path, rounds: int) -> Result:
    took: dict[Path, list[float]] = {ROOT: [], before: []}
    for number in range(rounds):
        for tree in (ROOT, before) if number % 2 else (before, ROOT):
            took[tree].append(_seconds(name, tree))
    ours, theirs = statistics.median(took[ROOT]), statistics.median(took[before])
    peer = f"the commit before {_MARK}, {seconds(theirs)} of processor time"
    return at_most(f"whole design of {name}", ours / theirs, TIME_TARGET, "x", peer, seconds(ours))


def _seconds(name: str, tree: Path) -> float:
    source, made, times = _DESIGNS[name]
    code = (
        f"import time\nfrom fairgames import design\nfrom benchmarks.games import hospitals\nfrom {source}\n"
        f"design(hospitals(4))\nbegun = time.process_time()\nfor _ in range({times}): design({made})\n"
        f"print((time.process_time() - begun) / {times})"
    )
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return float(run([sys.executable, "-c", code], PYTHONPATH=f"{tree}:{tree / 'adapters'}", **one_thread))


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout
