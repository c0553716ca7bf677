"""Sweeps that are killed, torn, mixed up or run twice: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import errno
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairgames import progress, version
from fairgames.errors import FairgamesError, InputError
from fairgames.sweep import Sweep, sweep, workers
from fairgames.sweep import rows as rows_module
from fairgames.sweep.batches import Batches
from fairgames.sweep.journal import journal
from fairgames.sweep.output import Output
from fairgames.sweep.rows import BatchAnswers, PointRequest
from tests import kill_runs
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
    return len(Output(output).journal.read_text().splitlines()) - 1


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
    part = Output(output).journal
    for _ in range(6000):
        if part.exists() and part.read_bytes().count(b"\n") > rows:
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
        kept = [json.loads(line)["index"] for line in Output(output).journal.read_text().splitlines(keepends=True)[1:]
                if line.endswith("\n")]  # fmt: skip
        assert 10 <= len(kept) < 50
        assert len(set(kept)) == len(kept)
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
        with journal_of(output) as rows:
            assert len(rows) >= 3

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


def journal_of(output: Path) -> Any:
    """The rows that are kept, as a context manager that changes nothing."""
    from contextlib import nullcontext

    lines = Output(output).journal.read_bytes().split(b"\n")[1:-1]
    return nullcontext([json.loads(line) for line in lines])


IDENTITY = {"vary": ["a.b=1,2"], "exact": False}


class TestJournal:
    def write(self, path: Path, rows: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
        """What is there after a sweep that was interrupted once it had kept these rows."""
        found: dict[int, dict[str, Any]] = {}
        try:
            with journal(path, IDENTITY, 10, restart=False) as kept:
                kept.append(rows)
                found.update(kept.rows)
                raise KeyboardInterrupt
        except KeyboardInterrupt:
            return found

    def read(self, path: Path) -> dict[int, dict[str, Any]]:
        return self.write(path, {})

    def test_torn_anywhere(self, tmp_path: Path) -> None:
        """Whatever the length to which it was written: whole lines are kept, the torn one is computed again."""
        path, rows = tmp_path / "x.part", {4: {"error": None, "alpha": 0.5}, 0: {"error": "none"}, 7: {"error": None}}
        self.write(path, rows)
        whole = path.read_bytes()
        for length in range(len(whole)):
            path.write_bytes(whole[:length])
            expected = dict(list(rows.items())[: max(whole[:length].count(b"\n") - 1, 0)])
            assert self.read(path) == expected
            if length % 40 == 0:
                self.write(path, {9: {"error": "more"}})
                assert self.read(path) == expected | {9: {"error": "more"}}

    @pytest.mark.parametrize(
        "line",
        [b"\0\0\0\n", b"[1]\n", b'{"index": 10, "row": {}}\n', b'{"index": -1, "row": {}}\n', b'{"index": 1}\n', b"\n"],
    )
    def test_from_a_broken_line_on_rows_are_computed_again(self, tmp_path: Path, line: bytes) -> None:
        path = tmp_path / "x.part"
        self.write(path, {1: {"error": None}})
        good = path.read_bytes()
        path.write_bytes(good + line + b'{"index": 2, "row": {"error": null}}\n')
        assert self.read(path) == {1: {"error": None}}
        assert path.read_bytes() == good

    def test_a_row_is_kept_once(self, tmp_path: Path) -> None:
        path = tmp_path / "x.part"
        self.write(path, {1: {"error": None}})
        self.write(path, {1: {"error": "again"}, 2: {"error": None}})
        assert path.read_bytes().count(b'"index": 1') == 1
        assert self.read(path) == {1: {"error": None}, 2: {"error": None}}

    def test_infinities(self, tmp_path: Path) -> None:
        path = tmp_path / "x.part"
        self.write(path, {0: {"alpha": float("inf"), "payments": [0.1, -float("inf")]}})
        assert self.read(path) == {0: {"alpha": float("inf"), "payments": [0.1, -float("inf")]}}

    def test_one_sweep_at_a_time(self, tmp_path: Path) -> None:
        path = tmp_path / "x.part"
        with journal(path, IDENTITY, 10, restart=False):
            for restart in (False, True):
                with (
                    pytest.raises(InputError, match="another sweep is at work"),
                    journal(path, IDENTITY, 10, restart),
                ):
                    pass
        assert not path.exists()

    @pytest.mark.parametrize("content", [b"my own notes\n", b"my own notes", b'{"index": 1}\n', b"\0"])
    @pytest.mark.parametrize("restart", [False, True])
    def test_a_file_that_is_no_journal_is_left_alone(self, tmp_path: Path, content: bytes, restart: bool) -> None:
        path = tmp_path / "x.part"
        path.write_bytes(content)
        with (
            pytest.raises(InputError, match="not the journal of a sweep"),
            journal(path, IDENTITY, 10, restart),
        ):
            pass
        assert path.read_bytes() == content

    def test_a_disk_that_is_full(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path, write, room = tmp_path / "x.part", os.write, [150]

        def limited(file: int, block: Any) -> int:
            if room[0] == 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            written = write(file, bytes(block)[: room[0]])
            room[0] -= written
            return written

        self.write(path, {0: {"error": None}})
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", limited)
            with (
                pytest.raises(InputError, match="No space left on device"),
                journal(path, IDENTITY, 10, restart=False) as kept,
            ):
                kept.append({1: {"error": "x" * 50}, 2: {"error": "x" * 500}})
        assert self.read(path) == {0: {"error": None}, 1: {"error": "x" * 50}}

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
        with journal_of(output) as rows:
            assert rows == []


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
        monkeypatch.setattr(joblib, "cpu_count", lambda: cores)
        assert len(sweep(two, [COSTS]).rows) == 12
        assert seen == [cores]

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
