"""kill -9 at random moments: ``python -m tests.kill_runs [KILLS]`` for sweeps of every format and for the ledger.

Each run is killed, perhaps several times, and goes on until it comes to its end. Checked is that
nothing is lost, nothing is done or charged twice, nothing is left behind, and the answer is that
of an undisturbed run.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from fairgames.releases import Ledger
from fairgames.sweep import sweep
from fairgames.sweep.output import Output
from tests.scenarios import CLINICS, written

ROOT = Path(__file__).resolve().parents[1]
#: About 10 ms a point.
_SCENARIO = CLINICS.replace("count = 2", "count = 6")
_POINTS = 40
_VARY = f"utility.between_user_variance=1/10:10:{_POINTS}"
_ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'adapters'}"}


def sweep_run(folder: Path, suffix: str, seed: int, scheduler: str | None = None) -> Counter[str]:
    """Kill a sweep until it is done; what happened, counted."""
    folder.mkdir(parents=True)
    chance, output = random.Random(seed), folder / f"out{suffix}"
    path = written(folder, _SCENARIO)
    where = ["--jobs", chance.choice(["1", "2"])] if scheduler is None else ["--scheduler", scheduler]
    asked = [sys.executable, "-m", "fairgames", "sweep", path, "--vary", _VARY, "-o", str(output), *where]
    found: Counter[str] = Counter(runs=1)
    kept: dict[int, str] = {}
    for attempt in range(4):
        with subprocess.Popen(asked, env=_ENVIRONMENT, stderr=subprocess.PIPE, text=True, cwd=folder) as process:
            if attempt < 3:
                found[_kill_in_time(process, output, chance)] += 1
            said = process.communicate(timeout=300)[1]
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, said
        now = journalled(output)
        assert all(now.get(index) == row for index, row in kept.items()) or output.exists(), "a row was lost"
        kept = now
    assert process.returncode == 0, said
    again = sweep(path, [_VARY], output, jobs=1)
    assert (again.computed, again.resumed, again.errors) == (0, _POINTS, 0), "the finished file is not whole"
    assert again.rows == _undisturbed(path)
    _end_of_processes(folder)
    left = sorted(entry.name for entry in folder.iterdir())
    assert left == sorted([output.name, Output(output).note.name, "scenario.toml"]), left
    return found


def _end_of_processes(folder: Path) -> None:
    """Wait until no process works in the folder any more; where there is no /proc, nobody looks."""
    end = time.monotonic() + 30
    while left := [entry for entry in Path("/proc").glob("[0-9]*") if _works_in(entry, folder)]:
        assert time.monotonic() < end, f"left behind: {left}"
        time.sleep(0.1)


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return os.readlink(process / "cwd") == str(folder)
    except OSError:
        return False


def _kill_in_time(process: subprocess.Popen[str], output: Path, chance: random.Random) -> str:
    """Kill it at a random moment: some rows into its work, or when its results are being written."""
    rows, late = chance.randint(0, _POINTS), chance.random() < 0.3
    end = time.monotonic() + 240
    while process.poll() is None and time.monotonic() < end:
        part = Output(output).journal
        if late and (output.exists() or any(output.parent.glob(".*.tmp"))):
            break
        if not late and part.exists() and len(journalled(output)) >= rows:
            break
        time.sleep(0.0005)
    time.sleep(chance.random() * 0.01)
    if process.poll() is not None:
        return "too late"
    process.kill()
    return "killed while writing" if late else "killed"


def journalled(output: Path) -> dict[int, str]:
    """The rows that a sweep, running or not, has kept until now; nothing is changed or created."""
    place = f"{Output(output).journal.as_uri()}?mode=rw"
    try:
        with closing(sqlite3.connect(place, uri=True)) as database:
            return dict(database.execute("SELECT point, row FROM rows"))
    except sqlite3.OperationalError as error:
        if str(error) not in ("no such table: rows", "unable to open database file"):
            raise
        return {}


_ANSWER: list[object] = []


def _undisturbed(path: str) -> object:
    if not _ANSWER:
        _ANSWER.append(sweep(path, [_VARY], jobs=1).rows)
    return _ANSWER[0]


_SPENDER = """
import sys
from fairgames.releases import Ledger
ledger = Ledger("ledger.json")
print("ready", flush=True)
for _ in range(1000):
    print(ledger.charge({"ann": "1/1000"}, sys.argv[1]).number, flush=True)
"""


def ledger_run(folder: Path, seed: int) -> Counter[str]:
    """Two processes charge one ledger, one of them is killed, then the other."""
    folder.mkdir(parents=True)
    chance = random.Random(seed)
    ledger = Ledger.create(folder / "ledger.json", {"ann": 1000})
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _SPENDER, name], cwd=folder, env=_ENVIRONMENT, stdout=subprocess.PIPE, text=True
        )
        for name in ("one", "two")
    ]
    confirmed: list[list[int]] = []
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        time.sleep(chance.random() * 0.2)
        process.kill()
        assert process.stdout is not None
        said = process.stdout.read()  # not communicate, which forgets what readline has read ahead
        process.wait()
        process.stdout.close()
        confirmed.append([int(line) for line in said.splitlines(keepends=True) if line.endswith("\n")])
    accounts = ledger.accounts()
    for name, numbers in zip(("one", "two"), confirmed, strict=True):
        own = [entry.number for entry in accounts.entries if entry.purpose == name]
        assert own[: len(numbers)] == numbers, "a confirmed charge was lost"
        assert len(own) <= len(numbers) + 1, "more than one charge was not confirmed"
    assert [entry.number for entry in accounts.entries] == list(range(1, len(accounts.entries) + 1))
    ledger.charge({"ann": 1})
    left = sorted(entry.name for entry in folder.iterdir())
    assert left == ["ledger.json", "ledger.json.lock"], left
    return Counter(runs=1, killed=2, charges=sum(map(len, confirmed)))


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The address of a Dask cluster of two workers on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "dask"]
    worker = ["worker", address, "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard"]
    commands = [["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"], worker, worker]
    with (folder / "cluster.log").open("wb") as log:
        processes = [
            subprocess.Popen([*dask, *command], env=_ENVIRONMENT, cwd=folder, stdout=log, stderr=log)
            for command in commands
        ]
        try:
            yield address
        finally:
            for process in processes:
                process.kill()
                process.wait()


def main(kills: int) -> None:
    """As many kills of each kind, with what happened."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _report("ledger", kills, lambda seed: ledger_run(folder / f"ledger-{seed}", seed))
        for suffix in (".csv", ".jsonl", ".parquet"):
            _report(f"sweep {suffix}", kills, lambda seed, s=suffix: sweep_run(folder / f"{s}-{seed}", s, seed))
        with cluster(folder) as address:
            _report("sweep, Dask", kills, lambda seed: sweep_run(folder / f"dask-{seed}", ".csv", seed, address))


def _report(what: str, kills: int, run: Callable[[int], Counter[str]]) -> None:
    begun, total, seed = time.monotonic(), Counter[str](), 0
    while sum(count for name, count in total.items() if name.startswith("killed")) < kills:
        total += run(seed)
        seed += 1
    counts = ", ".join(f"{count} {name}" for name, count in total.items())
    print(f"{what}: {counts}; nothing lost, doubled or left ({time.monotonic() - begun:.0f} s)", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
