"""A process that judges inputs, and is ended and replaced when one takes too long."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from tests.fuzz.case import Case, Finding
from tests.fuzz.generate import generate
from tests.fuzz.judge import PATIENCE, judge

ROOT = Path(__file__).resolve().parents[2]
#: Beyond an input's own limit, before its process is ended: C code hears no signal.
_GRACE = 5.0
#: Bytes of address space: an input that asks for more is refused by the system, not by the whole machine.
_MEMORY = 6 << 30


def judged(cases: Iterator[tuple[int, Case]]) -> Iterator[tuple[int, Case, list[Finding]]]:
    """Each input with what it finds."""
    process = None
    for index, case in cases:
        process = process or _start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(case.to_json().replace("\n", "") + "\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], PATIENCE + _GRACE)
        line = process.stdout.readline() if ready else ""
        if line:
            yield index, case, [Finding(**one) for one in json.loads(line)]
            continue
        word = "slow" if not ready else "died"
        os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        process = None
        detail = f"no answer within {PATIENCE + _GRACE:g} s" if word == "slow" else f"the process ended with {code}"
        yield index, case, [Finding(word, f"{word}:{' '.join(case.arguments[:1]) or case.kind}", detail)]
    if process:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def generated(seed: int, first: int = 0) -> Iterator[tuple[int, Case]]:
    """All inputs of a seed, without end."""
    index = first
    while True:
        yield index, generate(seed, index)
        index += 1


def _start() -> subprocess.Popen[str]:
    path = os.pathsep.join((str(ROOT), str(ROOT / "adapters"), os.environ.get("PYTHONPATH", "")))
    return subprocess.Popen(
        [sys.executable, "-m", "tests.fuzz.watched"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip


def _work() -> None:
    """Judge the inputs that come, one a line; answers go to the true standard output, which no input sees."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.RLIM_INFINITY))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        found = judge(Case.from_json(line))
        answers.write(json.dumps([asdict(one) for one in found]) + "\n")
        answers.flush()


if __name__ == "__main__":
    _work()
