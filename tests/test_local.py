"""Processes beside this one: what they answer, and that none stays when this one is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fairgames.errors import MissingPackageError
from fairgames.local import n_processes, started

joblib = pytest.importorskip("joblib")

#: One request for three processes, so that two have never had any when the program is killed.
PROGRAM = """
import time
from fairgames.local import started
found = started(time.sleep, [60], 3, "a test")
print("started", flush=True)
next(found)
"""


def working_in(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "cwd") == str(folder):
                found.append(int(entry.name))
        except OSError:
            continue  # it has ended
    return found


def wait_until(done, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(done())


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="/proc tells who works where")
def test_processes_without_work_end_with_the_program(tmp_path: Path) -> None:
    root = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'adapters'}"}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"started\n"
        # The program, three processes, and what joblib keeps beside them.
        assert wait_until(lambda: len(working_in(tmp_path)) >= 4, 60)
        program.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not working_in(tmp_path), 60), working_in(tmp_path)


def test_every_answer_comes_once() -> None:
    assert sorted(started(abs, range(-5, 5), 2, "a test")) == sorted(map(abs, range(-5, 5)))
    assert list(started(abs, [-1, -2], 1, "a test")) == [1, 2]
    assert n_processes(None, "a test") == n_processes(-1, "a test") == joblib.cpu_count()


def test_without_joblib_the_message_says_what_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "joblib", None)
    with pytest.raises(MissingPackageError, match="a test"):
        n_processes(-1, "a test")
