"""Evaluations of black boxes: none twice, none lost, whatever ends the process."""

from __future__ import annotations

import copy
import json
import os
import pickle
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import fairgames as fg
from fairgames.errors import FairgamesError, InputError
from fairgames.sweep import sweep
from fairgames.training.evaluate import EvaluationError
from fairgames.training.processes import is_alive, this_process
from fairgames.training.status import Status, watching
from fairgames.training.store import Store, StoreError

LEVELS = (0, 0.5, 2)


def root(profile):
    return sum((user + 1) * level for user, level in enumerate(profile)) ** 0.5


def counted(function=root):
    calls: list[tuple] = []

    def call(profile):
        calls.append(profile)
        return function(profile)

    return call, calls


def table(n=4):
    """The same utility as a table, filled without the code under test."""
    return fg.TableUtility(
        np.array([root(profile) for profile in product(LEVELS, repeat=n)]).reshape((3,) * n), levels=LEVELS
    )


USERS = fg.Users(sensitivity=[[0, 0.1, 0.3]] * 4)
TWO = fg.Users(sensitivity=[[0, 0.1, 0.3]] * 2)


# Wherever a utility works.


def test_a_design_is_the_table_s_and_no_profile_is_evaluated_twice(tmp_path: Path):
    call, calls = counted()
    boxed = fg.BlackBoxUtility(call, LEVELS, n_users=4, store=tmp_path / "s")
    found, wanted = (fg.design(fg.PaymentGame(utility, USERS)) for utility in (boxed, table()))
    assert (found.alpha, found.profile) == (pytest.approx(wanted.alpha, rel=1e-12), wanted.profile)
    assert sorted(calls) == sorted(product(LEVELS, repeat=4))
    fg.payments(boxed, (1, 2, 0, 1)), fg.design(fg.PaymentGame(boxed, USERS))
    assert len(calls) == boxed.evaluations == 81


def test_the_next_process_evaluates_nothing(tmp_path: Path):
    call, calls = counted()
    for _ in range(2):
        boxed = fg.BlackBoxUtility(call, LEVELS, n_users=4, store=tmp_path / "s", name="root")
        paid = fg.payments(boxed, (2, 1, 1, 2)).payments
    assert len(calls) == 16
    np.testing.assert_allclose(paid, fg.payments(table(), (2, 1, 1, 2)).payments, rtol=1e-13)


def test_a_user_more_leaves_the_others_evaluations_good(tmp_path: Path):
    call, calls = counted()
    for names in (["a", "b"], ["a", "b", "c"]):
        boxed = fg.BlackBoxUtility(call, LEVELS, users=names, store=tmp_path / "s", name="root")
        fg.payments(boxed, (1, 2) + (0,) * (len(names) - 2))
    assert len(calls) == 4


def test_another_version_or_name_is_another_utility(tmp_path: Path):
    call, calls = counted()
    for name, version in (("x", 1), ("x", 2), ("y", 1), ("x", 1)):
        fg.BlackBoxUtility(call, LEVELS, n_users=2, name=name, version=version, store=tmp_path / "s").at((1, 1))
    assert len(calls) == 3


def test_exchangeable_users_are_evaluated_once():
    call, calls = counted(sum)
    boxed = fg.BlackBoxUtility(call, [0, 1, 2], n_users=4, exchangeable=["b", "b", "b", "a"])
    values = boxed.on_grid()
    assert len(calls) == 10 * 3  # multisets of three of three levels, times the fourth's levels
    assert all(values[profile] == sum(profile) for profile in product(range(3), repeat=4))
    assert boxed.types == (0, 0, 0, 1)


def test_the_function_gets_levels_as_they_were_given():
    call, calls = counted(lambda profile: float(len(profile)) if any(profile) else 0)
    fg.BlackBoxUtility(call, [0, 1, 2.5], n_users=3).at((2, 0, 1))
    assert calls == [(2.5, 0, 1)]
    assert [type(level) for level in calls[0]] == [float, int, int]


# Baselines and noise.


def test_the_baseline_is_taken_off():
    boxed = fg.BlackBoxUtility(lambda profile: 0.1 + sum(profile), [0, 1], n_users=2, baseline="empty")
    assert boxed.on_grid().tolist() == [[0, pytest.approx(1)], [pytest.approx(1), pytest.approx(2)]]
    call, calls = counted(lambda profile: 0.1 + sum(profile))
    assert fg.BlackBoxUtility(call, [0, 1], n_users=2, baseline=0.1).at((0, 1)) == pytest.approx(1)
    assert calls == [(0, 1)]


def test_a_value_where_nobody_shares_is_not_overlooked():
    boxed = fg.BlackBoxUtility(lambda profile: 0.1 + sum(profile), [0, 1], n_users=2)
    with pytest.raises(InputError, match=r"expected 0 where nobody shares, got 0\.1; give baseline='empty'"):
        boxed.on_grid()


def test_repeats_are_averaged_and_tell_the_standard_error():
    def noisy(profile, seed):
        return sum(profile) * (1 + (seed - 1) / 10)

    boxed = fg.BlackBoxUtility(noisy, [0, 1], n_users=2, seeds=3)
    assert boxed.at((1, 1)) == pytest.approx(2)
    # 1.8, 2, 2.2: a variance of 0.04, over three repeats.
    assert boxed.standard_errors([(1, 1), (0, 0)]) == pytest.approx([(0.04 / 3) ** 0.5, 0])


# Failures.


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "a dozen", None])
def test_what_is_no_number_is_an_error_and_never_a_zero(bad: object, tmp_path: Path):
    boxed = fg.BlackBoxUtility(lambda profile: bad if any(profile) else 0, [0, 1], n_users=1, store=tmp_path / "s")
    with pytest.raises(EvaluationError, match=r"failed at levels \(1,\), seed 0"):
        boxed.at((1,))
    (kept,) = Store(tmp_path / "s").evaluations()
    assert (kept.value, kept.attempts) == (None, 1)
    assert kept.error


def test_retries_then_gives_the_value():
    tries = Counter()

    def shaky(profile):
        tries[profile] += 1
        if tries[profile] < 3:
            raise RuntimeError("out of memory")
        return float(sum(profile))

    boxed = fg.BlackBoxUtility(shaky, [0, 1], n_users=2, failures="retry", retries=2)
    assert boxed.at((1, 1)) == 2
    assert tries == {(1, 1): 3}
    with pytest.raises(EvaluationError, match="out of memory"):
        fg.BlackBoxUtility(shaky, [0, 1], n_users=2, failures="retry", retries=1).at((0, 1))


def test_skipped_failures_are_not_tried_again_and_are_named(tmp_path: Path):
    call, calls = counted(lambda profile: 1 / (sum(profile) - 2) if any(profile) else 0)
    for _ in range(2):
        boxed = fg.BlackBoxUtility(call, [0, 1], n_users=2, failures="skip", store=tmp_path / "s")
        assert np.isnan(boxed.outcomes([(1, 1), (0, 1)])).tolist() == [[True], [False]]
        with pytest.raises(EvaluationError, match=r"1 of 3 profiles .* \(1, 1\)"):
            boxed.on_grid()
    assert Counter(calls)[1, 1] == 1


def test_after_a_failure_no_other_evaluation_begins():
    call, calls = counted(lambda profile: 1 / 0 if profile == (0, 1) else 0.0)
    with pytest.raises(EvaluationError, match="ZeroDivisionError"):
        fg.BlackBoxUtility(call, [0, 1], n_users=2).on_grid()
    assert calls == [(0, 0), (0, 1)]


def test_an_interrupt_ends_cleanly_and_keeps_what_is_done(tmp_path: Path):
    def interrupted(profile):
        if profile == (1, 0):
            raise KeyboardInterrupt
        return float(sum(profile))

    boxed = fg.BlackBoxUtility(interrupted, [0, 1], n_users=2, store=tmp_path / "s")
    with pytest.raises(KeyboardInterrupt):
        boxed.on_grid()
    assert len(list(boxed.store.evaluations())) == 2
    assert boxed.store.running() == 0


def test_progress_tells_done_reused_failed_and_running():
    seen: list[Status] = []
    boxed = fg.BlackBoxUtility(lambda profile: float(sum(profile)), [0, 1], n_users=2)
    boxed.at((1, 0))
    with watching(seen.append):
        boxed.outcomes(list(product(range(2), repeat=2)))
    assert (seen[-1].done, seen[-1].total, seen[-1].failed, seen[-1].running) == (3, 3, 0, 0)
    assert max(status.running for status in seen) == 1
    assert "3 of 3 done" in str(seen[-1])


# Kills, several processes, disks.

WORKER = """
import sys, time, os
import fairgames as fg
log, store, patience = sys.argv[1], sys.argv[2], float(sys.argv[3])
def slow(profile):
    time.sleep(patience)
    with open(log, "a") as file:
        file.write(repr(profile) + "\\n")
    return float(sum((user + 1) * level for user, level in enumerate(profile)))
boxed = fg.BlackBoxUtility(slow, [0, 1, 2], n_users=4, name="slow", store=store, jobs=int(sys.argv[4]))
print("ready", flush=True)
boxed.on_grid()
boxed.store.close()
print("done", flush=True)
"""


def worker(folder: Path, patience: float, jobs: int = 1) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, str(folder / "log"), str(folder / "store"), str(patience), str(jobs)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_killed_thirty_times_it_loses_and_repeats_nothing(tmp_path: Path):
    """A kill may cut the one evaluation that is running; what is in the store is never evaluated again."""
    moments = random.Random(0)
    for _ in range(30):
        process = worker(tmp_path, 0.004)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(moments.uniform(0, 0.03))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    kept = Store(tmp_path / "store")
    kept_before = {one.profile for one in kept.evaluations()}
    log = (tmp_path / "log").read_text().splitlines()
    # Each kill can fall between the end of one evaluation and its record, but of one only.
    assert len(log) - len(kept_before) <= 30
    assert kept.verify() == []
    last = worker(tmp_path, 0.0)
    assert last.wait(timeout=60) == 0
    assert last.stdout is not None
    last.stdout.close()
    again = (tmp_path / "log").read_text().splitlines()[len(log) :]
    assert len(again) == len(set(again)) == 81 - len(kept_before)
    values = {one.profile: one.value for one in kept.evaluations()}
    assert len(values) == 81
    assert values['{"user-2": "1", "user-4": "2"}'] == 2 + 8
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "store"] or kept.close() is None


def test_several_processes_share_the_work(tmp_path: Path):
    processes = [worker(tmp_path, 0.003) for _ in range(3)]
    for process in processes:
        out, _ = process.communicate(timeout=120)
        assert out.endswith("done\n")
    assert sorted((tmp_path / "log").read_text().splitlines()) == sorted(map(repr, product(range(3), repeat=4)))


OPENER = """
import os, sys, time
from fairgames.training.store import Store
for at in range(25):
    time.sleep(max(0, float(sys.argv[2]) + at / 10 - time.time()))
    Store(os.path.join(sys.argv[1], str(at))).close()
"""


def test_several_processes_may_create_a_store_at_once(tmp_path: Path):
    """SQLite neither waits for others when it changes the journal's mode, nor reads twice from one state."""
    soon = str(time.time() + 3)
    command = [sys.executable, "-c", OPENER, str(tmp_path), soon]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate(timeout=120)[1] for process in processes] == [""] * 4
    assert all(Store(tmp_path / str(at)).verify() == [] for at in range(25))


def test_joblib_processes_bring_every_evaluation_once(tmp_path: Path):
    pytest.importorskip("joblib")
    process = worker(tmp_path, 0.0, jobs=2)
    assert process.communicate(timeout=120)[0].endswith("done\n")
    assert len((tmp_path / "log").read_text().splitlines()) == 81
    assert len(list(Store(tmp_path / "store").evaluations())) == 81


def test_a_cluster_that_loses_a_worker_brings_every_evaluation_once(tmp_path: Path):
    distributed = pytest.importorskip("distributed")

    def slow(profile):
        time.sleep(0.05)
        return float(sum((user + 1) * level for user, level in enumerate(profile)))

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        boxed = fg.BlackBoxUtility(
            slow, [0, 1, 2], n_users=3, store=tmp_path / "s", scheduler=cluster.scheduler_address
        )
        worker = next(iter(cluster.workers.values()))
        seen: list[Status] = []

        def kill_one(status: Status) -> None:
            seen.append(status)
            if status.done == 4 and worker.pid:
                os.kill(worker.pid, signal.SIGKILL)

        with watching(kill_one):
            values = boxed.on_grid()
    assert values[2, 1, 2] == 2 + 2 + 6
    assert boxed.evaluations == len(list(boxed.store.evaluations())) == 27
    assert {one.attempts for one in boxed.store.evaluations()} == {1}


def test_a_dead_process_holds_no_claim():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    name = this_process().replace(str(os.getpid()), str(child.pid)).partition("@")[0] + "@"
    assert is_alive(name)
    assert not is_alive(f"{os.getpid()}@0")  # the same number, begun at another time
    child.kill()
    child.wait()
    assert not is_alive(name)


def test_a_thread_more_is_no_second_evaluation():
    call, calls = counted(lambda profile: time.sleep(0.01) or float(sum(profile)))
    boxed = fg.BlackBoxUtility(call, [0, 1], n_users=3)
    with ThreadPoolExecutor(3) as pool:
        assert [*pool.map(boxed.at, [(1, 1, 1)] * 3)] == [3, 3, 3]
    assert len(calls) == 1


def full(store: Store) -> None:
    pages = store._database().execute("PRAGMA page_count").fetchone()[0]
    store._database().execute(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_loses_nothing(tmp_path: Path):
    call, calls = counted(lambda profile: float(sum(profile)))
    boxed = fg.BlackBoxUtility(call, LEVELS, n_users=6, store=tmp_path / "s")
    boxed.at((1,) * 6)
    full(boxed.store)
    with pytest.raises(StoreError, match="the disk is full; what was recorded is safe"):
        boxed.on_grid()
    assert Store(tmp_path / "s").verify() == []
    boxed.store._database().execute("PRAGMA max_page_count = 1000000")
    assert boxed.on_grid()[(2,) * 6] == 12
    assert len(calls) == len(set(calls)) == 3**6
    assert len(list(boxed.store.evaluations())) == 3**6


def test_a_read_only_store_refuses_before_anything_is_run(tmp_path: Path):
    path = tmp_path / "s"
    Store(path).close()
    call, calls = counted()
    boxed = fg.BlackBoxUtility(call, LEVELS, n_users=2, store=path)
    boxed.at((1, 1))
    boxed.store._database().execute("PRAGMA query_only = ON")
    assert boxed.at((1, 1)) == root((0.5, 0.5))
    with pytest.raises(StoreError, match="the store is read-only"):
        boxed.at((1, 2))
    assert len(calls) == 1


@pytest.mark.parametrize("closed", [True, False])
def test_a_store_that_may_only_be_read_is_read(closed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As on a file system without writing; root may write to all others, so the question is answered for it."""
    boxed = fg.BlackBoxUtility(root, LEVELS, n_users=2, store=tmp_path / "s")
    wanted = boxed.on_grid()
    if closed:
        boxed.store.close()
    monkeypatch.setattr("fairgames.reading.database._may_write", lambda path: False)
    call, calls = counted()
    again = fg.BlackBoxUtility(call, LEVELS, n_users=2, store=tmp_path / "s")
    assert (again.on_grid() == wanted).all()
    assert (len(list(again.store.evaluations())), again.store.verify()) == (9, [])
    for other in ({"n_users": 3}, {"n_users": 2, "name": "other"}):
        with pytest.raises(StoreError, match="the store is read-only"):
            fg.BlackBoxUtility(call, LEVELS, store=tmp_path / "s", **other).at((1, 1, 1)[: other["n_users"]])
    assert calls == []
    if closed:
        assert [path.name for path in tmp_path.iterdir()] == ["s"]


def test_what_took_longer_than_a_second_is_in_the_file_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("fairgames.training.store._FOLD", 0)
    boxed = fg.BlackBoxUtility(root, LEVELS, n_users=2, store=tmp_path / "s")
    boxed.on_grid()
    (tmp_path / "copy").write_bytes((tmp_path / "s").read_bytes())  # without the log beside it
    assert len(list(Store(tmp_path / "copy").evaluations())) == 9


def test_a_black_box_goes_to_another_process_and_is_copied(tmp_path: Path):
    boxed = fg.BlackBoxUtility(root, LEVELS, n_users=2, store=tmp_path / "s")
    boxed.at((1, 2))
    for sent in (copy.deepcopy(boxed), pickle.loads(pickle.dumps(fg.PaymentGame(boxed, TWO))).utility):
        assert sent.at((2, 1)) == root((2, 0.5))
    assert boxed.at((2, 1)) == root((2, 0.5))
    assert (boxed.evaluations, boxed.evaluator.reused) == (1, 1)
    memory = fg.BlackBoxUtility(root, LEVELS, n_users=2)
    memory.at((1, 2))
    assert copy.deepcopy(memory).is_known((1, 2))


def test_levels_that_are_given_names_keep_their_evaluations(tmp_path: Path):
    call, calls = counted()
    for names in (None, ["out", "some", "all"]):
        boxed = fg.BlackBoxUtility(call, LEVELS, n_users=2, store=tmp_path / "s")
        (boxed if names is None else boxed.with_level_names(names)).at((1, 2))
    assert calls == [(0.5, 2)]


def test_a_copied_file_opens(tmp_path: Path):
    boxed = fg.BlackBoxUtility(root, LEVELS, n_users=2, store=tmp_path / "s")
    boxed.on_grid()
    boxed.store.close()
    (tmp_path / "copy").write_bytes((tmp_path / "s").read_bytes())
    assert len(list(Store(tmp_path / "copy").evaluations())) == 9


@pytest.mark.parametrize("content", [b"not a database at all, only text, and long enough to look at" * 20, None])
def test_what_is_no_store_is_refused(content: bytes | None, tmp_path: Path):
    path = tmp_path / "other"
    if content is None:
        sqlite3.connect(path).execute("CREATE TABLE mine (x)").connection.close()
    else:
        path.write_bytes(content)
    with pytest.raises(StoreError, match="no store of evaluations"):
        Store(path)
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(tmp_path / "no folder" / "s")


# A scenario of what a store has.

SCENARIO = """[utility]
kind = "evaluations"
store = "s.sqlite"
name = "root"
levels = [0, 0.5, 2]
level_names = ["out", "some", "all"]
scale = 3
"""


def scenario(folder: Path, extra: str = "", users: int = 4) -> Path:
    rows = [f'[[users]]\nname = "user-{k + 1}"\nsensitivity = [0, 0.1, 0.3]\n' for k in range(users)]
    (folder / "s.toml").write_text(SCENARIO + extra + "".join(rows), encoding="utf-8")
    return folder / "s.toml"


def test_a_scenario_reads_u_from_a_store_and_runs_nothing(tmp_path: Path):
    boxed = fg.BlackBoxUtility(root, LEVELS, n_users=4, store=tmp_path / "s.sqlite", name="root")
    boxed.on_grid()
    boxed.store.close()
    wanted = fg.design(fg.PaymentGame(fg.TableUtility(3 * table().on_grid(), levels=LEVELS), USERS))
    read = fg.load(scenario(tmp_path))
    found = fg.design(fg.PaymentGame(read))
    assert (found.alpha, found.profile) == (pytest.approx(wanted.alpha, rel=1e-12), wanted.profile)
    assert read.utility.level_names == ("out", "some", "all")
    swept = sweep(tmp_path / "s.toml", "users.*.sensitivity_scale=1,2", jobs=2)
    assert [row["alpha"] for row in swept.rows] == pytest.approx([wanted.alpha, 2 * wanted.alpha], rel=1e-9)
    with pytest.raises(InputError, match=r"has no value of root 1 at 1 of 1 profiles .* \{\"user-5\": \"2\"\}, seed 0"):
        fg.load(scenario(tmp_path, users=5)).utility.at((0, 0, 0, 0, 2))


def test_a_scenario_without_its_store_or_with_faults(tmp_path: Path):
    with pytest.raises(InputError, match=r"utility\.store: got .*there is none"):
        fg.load(scenario(tmp_path))
    Store(tmp_path / "s.sqlite").close()
    with pytest.raises(InputError) as told:
        fg.load(scenario(tmp_path, 'seeds = 1.5\nbaseline = "zero"\nversion = 2\n'))
    assert all(f"utility.{key}: got" in str(told.value) for key in ("version", "seeds", "baseline"))
    with pytest.raises(InputError, match="store: expected a file, since without a function"):
        fg.BlackBoxUtility(None, LEVELS, n_users=2)


# The command.


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "fairgames", "evaluations", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    boxed = fg.BlackBoxUtility(
        lambda profile: 1 / (sum(profile) - 1), [0, 1], n_users=2, name="pole", failures="skip",
        baseline="empty", store=tmp_path / "s",
    )  # fmt: skip
    boxed.outcomes(list(product(range(2), repeat=2)))
    boxed.store.close()
    return tmp_path / "s"


def test_list_and_verify(kept: Path):
    done = command(kept, "list", "--json")
    (row,) = json.loads(done.stdout)["utilities"]
    assert (row["utility"], row["evaluations"], row["failed"]) == ("pole", 2, 2)
    assert command(kept, "verify").returncode == 0
    database = sqlite3.connect(kept)
    database.execute("UPDATE evaluations SET value = 0.5 WHERE profile = '{}'")
    database.commit()
    database.close()
    broken = command(kept, "verify", "--json")
    assert broken.returncode == 1
    assert json.loads(broken.stdout)["found"] == ["pole 1, profile {}, seed 0: not as it was written"]


def test_export_and_prune(kept: Path, tmp_path: Path):
    assert command(kept, "export", "-o", tmp_path / "all.jsonl").returncode == 0
    rows = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert {row["profile"]: row["value"] for row in rows}['{"user-1": "1", "user-2": "1"}'] == 1
    assert command(kept, "export", "-o", tmp_path / "all.csv").returncode == 0
    assert len((tmp_path / "all.csv").read_text().splitlines()) == 5
    assert json.loads(command(kept, "prune", "--failed", "--json").stdout)["removed"] == 2
    nothing = command(kept, "prune")
    assert (nothing.returncode, "say what to remove" in nothing.stderr) == (2, True)
    assert json.loads(command(kept, "prune", "--name", "pole", "--json").stdout)["removed"] == 2


def test_what_a_box_said_is_exported_whole_and_cannot_act(tmp_path: Path):
    """Its name and its failure hold what a terminal obeys, and more characters than a line of a message."""
    said = "\x1b[2J" + "too much " * 200 + "\u202e"

    def box(profile: tuple[int, ...]) -> float:
        raise ValueError(said)

    store = tmp_path / "runs.sqlite"
    utility = fg.BlackBoxUtility(box, [0, 1], n_users=1, name="=x\u2066", store=store, failures="skip")
    with pytest.raises(FairgamesError):
        fg.payments(utility, (1,))
    for name in ("all.csv", "all.jsonl"):
        assert command(store, "export", "-o", tmp_path / name).returncode == 0
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "too much " * 200 in text
        assert all(sign.isprintable() for sign in text.replace("\n", ""))
    rows = [json.loads(line) for line in text.splitlines()]
    assert {row["name"] for row in rows} == {"=x\u2066"}
    assert any(said in (row["error"] or "") for row in rows)


def test_a_store_that_is_not_there_is_not_created(tmp_path: Path):
    done = command(tmp_path / "nothing", "list")
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "there is no such store" in done.stderr
