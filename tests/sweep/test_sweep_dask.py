"""A sweep over a real Dask cluster on this machine: a scheduler and workers, each a process that can be killed."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import fairgames as fg
from fairgames import cluster as reached
from fairgames.errors import FairgamesError, InputError
from fairgames.sweep import sweep
from fairgames.sweep.journal import Journal
from fairgames.sweep.output import Output
from tests import kill_runs
from tests.scenarios import CLINICS, written

distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")

#: About 40 ms a point.
SLOW = CLINICS.replace("count = 2", "count = 8")
POINTS = 30
VARY = f"utility.between_user_variance=1/10:10:{POINTS}"


class Cluster:
    """The processes of a cluster, by name."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.folder = folder
        self.start("scheduler", "scheduler", "--host", "127.0.0.1", "--port", str(port))

    def start(self, name: str, *command: str) -> None:
        dask = [sys.executable, "-m", "dask", *command, "--no-dashboard"]
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(dask, stdout=log, stderr=log, cwd=self.folder)

    def start_worker(self, name: str) -> None:
        self.start(
            name, "worker", self.address, "--name", name, "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1",
            "--local-directory", str(self.folder),
        )  # fmt: skip

    def kill(self, name: str) -> None:
        self.processes[name].kill()
        self.processes[name].wait()

    def busy_worker(self) -> str:
        """The name of a worker that has something to do, or else holds answers that nobody has fetched yet."""
        with distributed.Client(self.address, set_as_default=False) as client:
            names = {address: worker["id"] for address, worker in client.scheduler_info()["workers"].items()}
            busy = [names[address] for address, keys in client.processing().items() if keys]
            return str((busy or list(names.values()))[0])


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield cluster
    finally:
        for name in cluster.processes:
            cluster.kill(name)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return written(tmp_path, SLOW)


def after_batches(number: int, act: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Call ``act`` when that many batches were kept; returns the indices of all rows that came, as they come."""
    came: list[int] = []
    append, calls = Journal.append, [0]

    def watching(journal: Journal, rows: dict[int, Any]) -> None:
        append(journal, rows)
        came.extend(rows)
        calls[0] += 1
        if calls[0] == number:
            act()

    monkeypatch.setattr(Journal, "append", watching)
    return came


def test_nobody_answers(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reached, "_PATIENCE_SECONDS", 0.5)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(InputError, match=f"--scheduler {address}: no Dask scheduler answers there"):
            sweep(path, [VARY], scheduler=address)
    with pytest.raises(InputError, match="--scheduler nonsense://: no Dask scheduler"):
        sweep(path, [VARY], scheduler="nonsense://")


def test_a_cluster_without_workers(cluster: Cluster, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with distributed.Client(cluster.address, timeout=30, set_as_default=False):
        monkeypatch.setattr(reached, "_PATIENCE_SECONDS", 2)
        with pytest.raises(InputError, match=f"has no workers; start some with `dask worker {cluster.address}`"):
            sweep(path, [VARY], scheduler=cluster.address)


def test_a_worker_is_killed_midway(
    cluster: Cluster, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row arrives, exactly once."""
    cluster.start_worker("one")
    cluster.start_worker("two")
    with distributed.Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    killed: list[str] = []

    def kill() -> None:
        killed.append(cluster.busy_worker())
        cluster.kill(killed[0])

    came = after_batches(3, kill, monkeypatch)
    output = tmp_path / "out.parquet"
    found = sweep(path, [VARY], output, scheduler=cluster.address)
    assert killed
    assert sorted(came) == list(range(POINTS))
    assert (found.computed, found.resumed, found.errors, len(found.rows)) == (POINTS, 0, 0, POINTS)
    for index in range(0, POINTS, 8):  # against scenario files written by hand
        variance = f'"{found.rows[index]["utility.between_user_variance"]}"'
        hand = fg.load(written(tmp_path, SLOW.replace("user_variance = 1\n", f"user_variance = {variance}\n", 1)))
        design = fg.design(fg.PaymentGame(hand.utility, hand.users))
        row = found.rows[index]
        assert (row["alpha"], row["platform_utility"]) == (float(design.alpha or 0), float(design.platform_utility))
        assert row["payments"] == [float(payment) for payment in design.payments]


def test_the_scheduler_is_killed_midway(
    cluster: Cluster, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep ends with a word, and goes on without it."""
    output = tmp_path / "out.csv"
    with monkeypatch.context() as patch:
        came = after_batches(2, lambda: cluster.kill("scheduler"), patch)
        patch.setattr(reached, "_PATIENCE_SECONDS", 3)
        with pytest.raises(FairgamesError, match="the scheduler is gone"):
            sweep(path, [VARY], output, scheduler=cluster.address)
    assert Output(output).journal.exists()
    found = sweep(path, [VARY], output, jobs=1)
    assert (found.resumed, found.computed) == (len(came), POINTS - len(came))


def test_kill_9_at_random_moments(tmp_path: Path) -> None:
    """One run of many: the module kill_runs makes as many as asked for."""
    with kill_runs.cluster(tmp_path) as address:
        kill_runs.sweep_run(tmp_path / "run", ".csv", 1, address)
