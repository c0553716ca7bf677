"""Sweeps that are killed, torn, mixed up or run twice: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import os
import pty
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairgames import progress, version
from fairgames.errors import FairgamesError, InputError
from fairgames.reading.locks import locked
from fairgames.sweep import Sweep, sweep, workers
from fairgames.sweep import rows as rows_module
from fairgames.sweep.batches import Batches
from fairgames.sweep.journal import journal
from fairgames.sweep.output import Output
from fairgames.sweep.rows import BatchAnswers, PointRequest
from fairgames.training import Store
from tests import crashes, kill_runs
from tests.kill_runs import journalled
from tests.scenarios import CLINICS, KNIFE_EDGE, written

COSTS = "users.one.sensitivity.1=0:1:12"
#: About 20 ms a point.
SLOW = CLINICS.replace("count = 2", "count = 7")
SLOW_VARY = "utility.between_user_variance=1/10:10:50"
#: So many more that a sweep does not end before it is told to, however long its teller is kept waiting.
ENDLESS = ("--vary", "utility.scale=1:2:20")


@pytest.fixture
def two(tmp_path: Path) -> str:
    return written(tmp_path, KNIFE_EDGE)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out.csv"


@pytest.fixture
def stop_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """From now on a sweep is interrupted after that many batches."""
    local = workers.local

    def stop(batches: int) -> None:
        def stopping(*arguments: Any) -> Iterator[BatchAnswers]:
            for number, answers in enumerate(local(*arguments)):
                if number == batches:
                    raise KeyboardInterrupt
                yield answers

        monkeypatch.setattr(workers, "local", stopping)

    return stop


def begun(path: str, output: Path, stop_after: Callable[[int], None], **options: Any) -> int:
    """How many rows an interrupted sweep has left behind."""
    stop_after(2)
    with pytest.raises(KeyboardInterrupt):
        sweep(path, [COSTS], output, jobs=1, **options)
    stop_after(10**9)
    return len(journalled(output))


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one entry for each point that is computed in this process."""
    done: list[int] = []
    row_of = rows_module.row_of

    def counting(*arguments: Any) -> Any:
        done.append(1)
        return row_of(*arguments)

    monkeypatch.setattr(rows_module, "row_of", counting)
    return done


def command(path: str, output: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "fairgames", "sweep", path, "--vary", SLOW_VARY, "-o", str(output), *more]


def wait_for_rows(process: subprocess.Popen[Any], output: Path, rows: int) -> None:
    """Until the journal has that many."""
    for _ in range(6000):
        if len(journalled(output)) >= rows:
            return
        assert process.poll() is None, "the sweep ended too soon"
        time.sleep(0.01)
    process.kill()
    raise AssertionError("no rows within a minute")


def children_of(parent: int) -> list[int]:
    def parent_of(folder: Path) -> int:
        try:
            return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            return 0

    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if parent_of(folder) == parent]


def is_running(process: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


class TestKilled:
    def test_kill_9_then_again(self, tmp_path: Path, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = written(tmp_path, SLOW)
        with subprocess.Popen(command(path, output, "--jobs", "2"), stderr=subprocess.DEVNULL) as process:
            wait_for_rows(process, output, 10)
            children = children_of(process.pid)
            process.kill()
        kept = journalled(output)
        assert 10 <= len(kept) < 50
        assert not output.exists()

        done = counted(monkeypatch)
        resumed = sweep(path, [SLOW_VARY], output, jobs=1)
        assert (resumed.resumed, resumed.computed, len(done)) == (len(kept), 50 - len(kept), 50 - len(kept))
        assert resumed.rows == sweep(path, [SLOW_VARY], jobs=1).rows
        assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "out.csv.sweep.json", "scenario.toml"]
        if Path("/proc/self/stat").exists():
            assert children, "two processes were asked for"
            end = time.monotonic() + 30
            while left := [child for child in children if is_running(child)]:
                assert time.monotonic() < end, f"left behind: {left}"
                time.sleep(0.1)

    @pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
    def test_kill_9_at_random_moments(self, tmp_path: Path, suffix: str) -> None:
        """One run of many: the module kill_runs makes as many as asked for."""
        kill_runs.sweep_run(tmp_path / "run", suffix, seed=len(suffix))

    @pytest.mark.parametrize("jobs", ["1", "2"])
    def test_interrupt(self, tmp_path: Path, output: Path, jobs: str) -> None:
        path = written(tmp_path, SLOW)
        asked = command(path, output, "--jobs", jobs, *ENDLESS)
        restored = partial(
            signal.signal, signal.SIGINT, signal.default_int_handler
        )  # ignored by jobs in the background
        with subprocess.Popen(
            asked, stderr=subprocess.PIPE, text=True, start_new_session=True,
            preexec_fn=restored,  # noqa: PLW1509 (no threads here)
        ) as process:  # fmt: skip
            wait_for_rows(process, output, 3)
            os.killpg(process.pid, signal.SIGINT)
            _, said = process.communicate(timeout=60)
        assert process.returncode == 130
        assert said == f"Interrupted. What is done is kept in {output}.part; the same command goes on from there.\n"
        assert len(journalled(output)) >= 3

    def test_a_process_that_dies_is_told(self, tmp_path: Path, output: Path) -> None:
        path = written(tmp_path, SLOW)
        endless = command(path, output, "--jobs", "2", *ENDLESS)
        with subprocess.Popen(endless, stderr=subprocess.PIPE, text=True) as process:
            wait_for_rows(process, output, 3)
            names = {child: Path(f"/proc/{child}/cmdline").read_bytes() for child in children_of(process.pid)}
            os.kill(next(child for child, name in names.items() if b"popen_loky" in name), signal.SIGKILL)
            _, said = process.communicate(timeout=60)
        assert process.returncode == 2
        assert "Error: a process of the sweep was ended from outside" in said
        assert Output(output).journal.exists()


IDENTITY = {"vary": ["a.b=1,2"], "exact": False}


class TestJournal:
    def write(self, path: Path, *batches: dict[int, dict[str, Any]], restart: bool = False) -> dict[int, Any]:
        """What is there after a sweep that was interrupted once it had kept these rows."""
        found: dict[int, Any] = {}
        with suppress(KeyboardInterrupt), journal(path, IDENTITY, restart) as kept:
            for batch in batches:
                kept.append(batch)
            found.update(kept.rows)
            raise KeyboardInterrupt
        return found

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "x.part"

    @pytest.mark.skipif(sys.platform != "linux", reason="ptrace")
    def test_killed_at_every_system_call(self, path: Path) -> None:
        """What append has kept is there, whole batches only; and the next sweep finds no lock."""
        batches = [{4: {"error": None, "alpha": 0.5}, 0: {"error": "x" * 9000}}, {7: {"error": None}}]
        confirmed = path.with_name("confirmed")

        def act() -> None:
            with journal(path, IDENTITY, restart=False) as kept:
                for batch in batches:
                    kept.append(batch)
                    with confirmed.open("ab") as file:
                        file.write(b".")

        seen = set()
        for _ in crashes.killed_everywhere(act):
            count = len(confirmed.read_bytes()) if confirmed.exists() else 0
            rows = self.write(path)
            possible = {number: dict(chain(*(batch.items() for batch in batches[:number]))) for number in range(3)}
            found = next(number for number, expected in possible.items() if rows == expected)
            assert count <= found <= count + 1 or (count, found) == (2, 0)  # it has come to its good end
            seen.add((count, found))
            for left in path.parent.iterdir():
                left.unlink()
        assert seen >= {(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 0)}

    def test_a_row_is_kept_once(self, path: Path) -> None:
        self.write(path, {1: {"error": None}})
        self.write(path, {1: {"error": "again"}, 2: {"error": None}})
        assert self.write(path) == {1: {"error": None}, 2: {"error": None}}

    def test_infinities(self, path: Path) -> None:
        self.write(path, {0: {"alpha": float("inf"), "payments": [0.1, -float("inf")]}})
        assert self.write(path) == {0: {"alpha": float("inf"), "payments": [0.1, -float("inf")]}}

    def test_one_sweep_at_a_time(self, path: Path) -> None:
        with journal(path, IDENTITY, restart=False):
            for restart in (False, True):
                with (
                    pytest.raises(InputError, match="another sweep is at work"),
                    journal(path, IDENTITY, restart),
                ):
                    pass
        assert list(path.parent.iterdir()) == []

    def test_others_may_go_on_where_the_umask_lets_them(self, path: Path) -> None:
        before = os.umask(0o002)
        try:
            with journal(path, IDENTITY, restart=False):
                assert [stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()] == [0o664] * 2
                path.chmod(0o600)
                raise KeyboardInterrupt
        except KeyboardInterrupt:
            self.write(path, {1: {}}, restart=True)
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    @pytest.mark.parametrize("content", [b"my own notes\n", b"my own notes" * 99, b'{"index": 1}\n', b"\0\0", None])
    @pytest.mark.parametrize("restart", [False, True])
    def test_a_file_that_is_no_journal_is_left_alone(self, path: Path, content: bytes | None, restart: bool) -> None:
        if content is None:
            Store(path).close()
            content = path.read_bytes()
        path.write_bytes(content)
        with pytest.raises(InputError, match="no journal of a sweep; name another file"):
            self.write(path, restart=restart)
        assert path.read_bytes() == content
        assert list(path.parent.iterdir()) == [path]

    def test_a_journal_of_lines(self, path: Path) -> None:
        content = b'{"fairgames sweep": {"vary": ["a.b=1,2"], "exact": false}}\n{"index": 1, "row": {"error": null}}\n'
        path.write_bytes(content)
        with pytest.raises(InputError, match="as an earlier fairgames wrote it; end that sweep with that version"):
            self.write(path)
        assert path.read_bytes() == content
        assert self.write(path, {2: {}}, restart=True) == {2: {}}

    def test_a_journal_to_come(self, path: Path) -> None:
        self.write(path)
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA user_version = 2")
        with pytest.raises(InputError, match="of format 2, but this fairgames reads format 1"):
            self.write(path)

    def test_damaged(self, path: Path) -> None:
        """Cut off anywhere, as a disk may leave it that does not write when it says so."""
        rows = {point: {"error": "x" * 1000} for point in range(10)}
        self.write(path, rows)
        whole = path.read_bytes()
        for length in range(100, len(whole), 500):
            path.write_bytes(whole[:length])
            with pytest.raises(InputError, match="damaged; remove it and run the sweep again"):
                self.write(path)
        path.write_bytes(whole)
        assert self.write(path) == rows
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE rows SET row = substr(row, 2) WHERE point = 3")
        with pytest.raises(InputError, match="damaged; remove it"):
            self.write(path)

    def test_a_disk_that_is_full(self, path: Path) -> None:
        resource = pytest.importorskip("resource")
        self.write(path, {0: {"error": None}})
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, limits[1]))
        try:
            with pytest.raises(InputError, match=r"x\.part: the disk does not take what is written .* mend that"):
                self.write(path, {1: {"error": "x"}}, {2: {"error": "x" * 9000}})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert self.write(path) == {0: {"error": None}, 1: {"error": "x"}}

    def test_a_place_that_cannot_be_written(self, two: str, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(InputError, match="cannot be written"):
            sweep(two, [COSTS], tmp_path / "file" / "out.csv", jobs=1)


class TestWhichSweep:
    def test_the_same(
        self, two: str, output: Path, stop_after: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept = begun(two, output, stop_after)
        done = counted(monkeypatch)
        # A comment, another way to write the same numbers and another number of processes change nothing.
        Path(two).write_text(Path(two).read_text().replace("0.32]", "0.320]  # euros"))
        found = sweep(two, ["users.one.sensitivity.1 = 0 : 1.0 : 12"], output, jobs=1)
        assert (found.resumed, found.computed, len(done)) == (kept, 12 - kept, 12 - kept)
        assert found.rows == sweep(two, [COSTS], jobs=1).rows

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"vary": ["users.one.sensitivity.1=0:1:11"]}, "vary: was"),
            ({"selection": "worst"}, 'selection: was best, is now worst'),
            ({"scope": "pure"}, "scope: was auto, is now pure"),
            ({"budget": "1/2"}, "budget: was null, is now 1/2"),
            ({"rule": "users"}, "rule: was null, is now users"),
            ({"exact": True}, "exact: was false, is now true"),
        ],
        ids=str,
    )  # fmt: skip
    def test_another(
        self, two: str, output: Path, stop_after: Callable[[int], None], change: dict[str, Any], says: str
    ) -> None:
        begun(two, output, stop_after)
        arguments = {"vary": [COSTS], **change}
        before = Output(output).journal.read_bytes()
        with pytest.raises(InputError, match="journal of another sweep") as caught:
            sweep(two, output=output, jobs=1, **arguments)
        assert says in str(caught.value)
        assert "--restart" in str(caught.value)
        assert Output(output).journal.read_bytes() == before
        found = sweep(two, output=output, jobs=1, restart=True, **arguments)
        assert found.resumed == 0
        assert found.rows == sweep(two, jobs=1, **arguments).rows

    def test_another_scenario(self, two: str, output: Path, stop_after: Callable[[int], None]) -> None:
        begun(two, output, stop_after)
        Path(two).write_text(Path(two).read_text().replace("0.32", "0.33"))
        with pytest.raises(InputError, match="content of the scenario: was"):
            sweep(two, [COSTS], output, jobs=1)

    def test_another_table_beside_the_scenario(
        self, tmp_path: Path, output: Path, stop_after: Callable[[int], None]
    ) -> None:
        import numpy as np

        np.save(tmp_path / "u.npy", np.array([[0, 2], [2, 3]]) / 3)
        path = written(tmp_path, KNIFE_EDGE.replace('values = [[0, "2/3"], ["2/3", 1]]', 'file = "u.npy"'))
        begun(path, output, stop_after)
        np.save(tmp_path / "u.npy", np.array([[0, 2], [2, 3]]) / 4)
        with pytest.raises(InputError, match="content of the scenario: was"):
            sweep(path, [COSTS], output, jobs=1)

    def test_another_order_of_the_axes(self, two: str, output: Path, stop_after: Callable[[int], None]) -> None:
        stop_after(1)
        axes = ["utility.scale=1,2,3", "users.one.sensitivity.1=0,1/5,3/10"]
        with pytest.raises(KeyboardInterrupt):
            sweep(two, axes, output, jobs=1)
        with pytest.raises(InputError, match="vary: was"):
            sweep(two, axes[::-1], output, jobs=1)

    def test_another_version(
        self, two: str, output: Path, stop_after: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begun(two, output, stop_after)
        monkeypatch.setattr(version, "__version__", "9.9")
        with pytest.raises(InputError, match=r"fairgames: was \d.*, is now 9\.9"):
            sweep(two, [COSTS], output, jobs=1)

    def test_a_worker_of_another_version(self, two: str, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workers, "local", lambda *_: iter([BatchAnswers({0: {"error": None}}, 1.0, "9.9")]))
        with pytest.raises(FairgamesError, match=r"worker has fairgames 9\.9"):
            sweep(two, [COSTS], output, jobs=1)
        assert journalled(output) == {}


class TestFinished:
    def test_again_does_nothing(self, two: str, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        first = sweep(two, [COSTS], output, jobs=1)
        content = output.read_bytes()
        done = counted(monkeypatch)
        again = sweep(two, [COSTS], output, jobs=1)
        assert (again.rows, again.computed, again.resumed, done) == (first.rows, 0, 12, [])
        anew = sweep(two, [COSTS], output, jobs=1, restart=True)
        assert (anew.rows, anew.computed, anew.resumed, len(done)) == (first.rows, 12, 0, 12)
        assert output.read_bytes() == content
        assert not Output(output).journal.exists()

    @pytest.mark.parametrize("spoil", ["other sweep", "edited", "no note", "broken note", "foreign"])
    def test_what_is_there_is_not_overwritten(self, two: str, output: Path, spoil: str) -> None:
        note, vary = Output(output).note, [COSTS]
        sweep(two, vary, output, jobs=1)
        match spoil:
            case "other sweep":
                vary = ["users.one.sensitivity.1=0:1:5"]
            case "edited":
                output.write_text(output.read_text() + "\n")
            case "no note":
                note.unlink()
            case "broken note":
                note.write_text('{"sha256": 3')
            case "foreign":
                note.unlink()
                output.write_text("my own results\n")
        before = output.read_bytes()
        with pytest.raises(InputError, match="is there already, and is not the result of this sweep"):
            sweep(two, vary, output, jobs=1)
        assert output.read_bytes() == before
        assert not Output(output).journal.exists()
        assert sweep(two, vary, output, jobs=1, restart=True).computed > 0
        assert output.read_bytes().startswith(b"users.one.sensitivity.1,")

    def test_a_restart_that_was_interrupted_goes_on(
        self, two: str, output: Path, stop_after: Callable[[int], None]
    ) -> None:
        sweep(two, [COSTS], output, jobs=1)
        kept = begun(two, output, stop_after, restart=True)
        found = sweep(two, [COSTS], output, jobs=1)
        assert (found.resumed, found.computed) == (kept, 12 - kept)


class TestProcesses:
    def test_two_processes_compute_what_one_does(self, two: str) -> None:
        vary = [COSTS, "users.two.sensitivity.1=0:1:4"]
        assert sweep(two, vary, jobs=2).rows == sweep(two, vary, jobs=1).rows

    @pytest.mark.parametrize("cores", [1, 2])
    def test_the_default_is_every_core(self, two: str, cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
        joblib = pytest.importorskip("joblib")
        seen: list[int] = []
        parallel = joblib.Parallel

        def looking(jobs: int, **options: Any) -> Any:
            seen.append(jobs)
            return parallel(jobs, **options)

        monkeypatch.setattr(joblib, "Parallel", looking)
        monkeypatch.setattr(joblib, "effective_n_jobs", lambda jobs: {-1: cores}.get(jobs, jobs))
        assert len(sweep(two, [COSTS]).rows) == 12
        assert seen == ([2] if cores == 2 else [])

    @given(
        points=st.integers(min_value=1, max_value=2000),
        hands=st.integers(min_value=1, max_value=64),
        each=st.floats(min_value=1e-7, max_value=100),
    )
    def test_batches_hold_every_point_once(self, points: int, hands: int, each: float) -> None:
        batches = Batches(range(points), lambda index: index, PointRequest())  # type: ignore[arg-type,return-value]
        batches.hands = hands
        seen: list[int] = []
        for batch in batches:
            indices = [index for index, _ in batch.points]
            left = points - len(seen)
            assert 1 <= len(indices) <= max(1, -(-left // (4 * hands)))
            if seen and each > 0.3:
                assert len(indices) == 1
            seen += indices
            batches.learn(BatchAnswers({index: {} for index in indices}, each * len(indices), ""))
        assert seen == list(range(points))


class TestProgress:
    def test_counts_from_what_was_there(self, two: str, output: Path, stop_after: Callable[[int], None]) -> None:
        kept = begun(two, output, stop_after)
        heard: list[tuple[str, int, int]] = []
        with progress.listening(lambda *step: heard.append(step)):
            sweep(two, [COSTS], output, jobs=1)
        points = [(done, total) for what, done, total in heard if what == "points"]
        assert points == [(done, 12) for done in range(kept, 13)]

    def test_the_time_left_is_shown_on_a_terminal(self, tmp_path: Path, output: Path) -> None:
        path = written(tmp_path, SLOW)
        main, child = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
        long = command(path, output, "--jobs", "1", "--vary", "utility.scale=1:6:6")  # the bar waits for a second
        with subprocess.Popen(long, stderr=child, env=environment) as process:
            os.close(child)
            shown = b""
            while block := read(main):
                shown += block
        os.close(main)
        assert process.returncode == 0
        plain = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", shown)
        assert re.search(rb"points +\S+ +\d+/300 0:00:\d\d", plain)


def read(terminal: int) -> bytes:
    """Nothing when the other end is closed."""
    try:
        return os.read(terminal, 10_000)
    except OSError:
        return b""


def test_the_result_says_what_it_is(two: str, output: Path) -> None:
    found = sweep(two, [COSTS], output, jobs=1)
    assert isinstance(found, Sweep)
    assert found.output == output
    with pytest.raises(AttributeError):
        found.computed = 3  # type: ignore[misc]


def test_a_lock_left_by_a_sweep_killed_at_its_end_goes_with_the_next(two: str, output: Path) -> None:
    sweep(two, [COSTS], output, jobs=1)
    lock = output.with_name(f"{output.name}.part.lock")
    lock.touch()
    with locked(lock, os.O_RDWR, 0):  # in other hands
        assert sweep(two, [COSTS], output, jobs=1).computed == 0
        assert lock.exists()
    assert sweep(two, [COSTS], output, jobs=1).computed == 0
    assert not lock.exists()
