"""Engines that hang, crash, print and talk nonsense: the child process holds them off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.errors import InputError, SolverError
from fairgames.exact import object_array
from fairgames.games.normal_form import NormalFormGame
from fairgames.solvers import processes
from fairgames.solvers.answers import Answer, Answers
from fairgames.solvers.processes import Workers, shared_workers
from fairgames.solvers.registry import Solver, load
from fairgames.solvers.solve import solve
from fairgames.solvers.wire import decode_game, decode_profile, encode_game, encode_profile

ENGINES = Path(__file__).parents[1] / "engines_for_tests"
COORDINATION = NormalFormGame.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]])
FIRST, SECOND = [[1, 0], [1, 0]], [[0, 1], [0, 1]]

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="engines work in copies of a process")
posix_only = pytest.mark.skipif(os.name != "posix", reason="signals and process groups")


@pytest.fixture(autouse=True)
def _engines_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ENGINES))


@pytest.fixture
def workers() -> Iterator[Workers]:
    with Workers() as workers:
        yield workers


def play(name: str, workers: Workers, seconds: float = 30.0, game: NormalFormGame = COORDINATION) -> Answer:
    return solve(game, load("fairgames_fake:solvers")[name], seconds, workers)


def profiles(answer: Answer) -> list[list[list[float]]]:
    return [[vector.tolist() for vector in profile] for profile in answer.profiles]


def ended(pid: int, patience: float = 10.0) -> bool:
    """Whether the process ends in time (a zombie that nobody waits for has ended)."""
    limit = time.monotonic() + patience
    while time.monotonic() < limit:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        status = Path(f"/proc/{pid}/stat")
        if status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_an_honest_engine(workers: Workers):
    answer = play("fake:honest", workers)
    assert profiles(answer) == [FIRST, SECOND]
    assert answer.failure is None
    assert 0 < answer.seconds < 30


@pytest.mark.parametrize(("name", "found"), [("fake:hang", [FIRST, SECOND]), ("fake:hang-in-c", [FIRST])])
def test_an_engine_that_hangs_is_stopped_and_keeps_what_it_found(workers: Workers, name: str, found: list):
    started = time.monotonic()
    answer = play(name, workers, seconds=0.5)
    assert time.monotonic() - started < 30
    assert profiles(answer) == found
    assert answer.failure.kind == "limit"
    count = "2 equilibria" if len(found) == 2 else "1 equilibrium"
    assert answer.failure.message == f"time limit of 0.5 s passed after {count}"
    assert answer.seconds >= 0.5
    assert profiles(play("fake:honest", workers)) == [FIRST, SECOND]  # with a new process


def test_an_engine_that_never_stops_answering_is_stopped(workers: Workers):
    answer = play("fake:flood", workers, seconds=0.3)
    assert answer.failure.kind == "limit"
    assert answer.seconds < 10


def test_an_engine_that_crashes_is_quoted(workers: Workers):
    answer = play("fake:crash", workers)
    assert profiles(answer) == [FIRST]
    assert answer.failure.kind == "crash"
    assert answer.failure.message == ("the child process of fake ended with exit code 3: assertion failed: pivot != 0")
    assert profiles(play("fake:honest", workers)) == [FIRST, SECOND]


@posix_only
def test_an_engine_that_aborts_names_the_signal(workers: Workers):
    failure = play("fake:abort", workers).failure
    assert failure.kind == "crash"
    assert failure.message.startswith("the child process of fake was ended by SIGABRT")


def test_an_engine_that_exits_is_quoted(workers: Workers):
    failure = play("fake:leave", workers).failure
    assert (failure.kind, failure.message) == (
        "crash",
        "the child process of fake ended with exit code 1: out of luck",
    )


def pid_of(workers: Workers, note: Path) -> int:
    game = NormalFormGame(COORDINATION.payoffs, COORDINATION.players, COORDINATION.strategies, str(note))
    assert play("fake:pid", workers, game=game).failure is None
    return int(note.read_text())


def test_an_exception_is_quoted_and_the_engine_is_not_loaded_again(workers: Workers):
    play("fake:honest", workers)
    server = workers.of("fake")._server
    answer = play("fake:raises", workers)
    assert profiles(answer) == [FIRST]
    assert (answer.failure.kind, answer.failure.message) == ("error", "ArithmeticError: the tableau is singular")
    assert play("fake:hang", workers, seconds=0.2).failure.kind == "limit"
    assert play("fake:crash", workers).failure.kind == "crash"
    assert profiles(play("fake:honest", workers)) == [FIRST, SECOND]
    assert workers.of("fake")._server is server


@linux_only
def test_a_process_plays_for_one_solver_only(workers: Workers, tmp_path: Path):
    first = pid_of(workers, tmp_path / "pid")
    play("fake:honest", workers)
    assert pid_of(workers, tmp_path / "pid") != first
    assert ended(first)


@linux_only
def test_an_idle_process_ends_soon(workers: Workers, tmp_path: Path):
    assert ended(pid_of(workers, tmp_path / "pid"))


def test_where_forking_is_not_safe_each_request_has_a_process(workers: Workers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(processes, "COPIES", False)
    assert profiles(play("fake:honest", workers)) == [FIRST, SECOND]
    assert play("fake:crash", workers).failure.message == (
        "the child process of fake ended with exit code 3: assertion failed: pivot != 0"
    )
    assert play("fake:hang", workers, seconds=0.2).failure.kind == "limit"
    assert profiles(play("fake:honest", workers)) == [FIRST, SECOND]


def test_prints_do_not_disturb(workers: Workers, capfd: pytest.CaptureFixture[str]):
    answer = play("fake:noisy", workers)
    assert profiles(answer) == [FIRST, SECOND]
    assert answer.failure is None
    assert capfd.readouterr() == ("", "")


def test_numbers_that_are_no_distribution_are_handed_on(workers: Workers):
    answer = play("fake:garbage", workers)
    assert answer.failure is None
    assert len(answer.profiles) == 8
    assert np.isnan(answer.profiles[0][0]).all()
    assert [len(vector) for vector in answer.profiles[1]] == [3, 2]
    assert np.isinf(answer.profiles[3][0][1])


def test_text_is_no_answer(workers: Workers):
    answer = play("fake:text", workers)
    assert profiles(answer) == [FIRST]
    assert answer.failure.message == (
        "the answer 'no equilibrium, sorry' is no tuple of one probability vector a player (it is a str)"
    )
    assert play("fake:nothing", workers).failure.message.startswith("TypeError: 'NoneType'")


def test_rationals_stay_rational(workers: Workers):
    answer = play("fake:rational", workers)
    assert profiles(answer) == [[[Fraction(2, 3), Fraction(1, 3)], [Fraction(1, 3), Fraction(2, 3)]]]
    assert all(type(value) is Fraction for vector in answer.profiles[0] for value in vector)


def test_tasks_share_the_time_and_one_that_hangs_costs_no_other(workers: Workers):
    answer = play("fake:tasks", workers, seconds=1.5)
    assert profiles(answer) == [FIRST, FIRST, SECOND]
    assert answer.failure.message == "start 1: time limit of 1.5 s, shared by 3 tasks, passed"
    assert 0.4 < answer.seconds < 30


def test_what_cannot_play_says_so(workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    failure = play("fake:not-installed", workers).failure
    assert failure.kind == "unfit"
    assert failure.message.endswith("needs the package no_such_engine: pip install 'no_such_engine'")
    (tmp_path / "broken_engine.py").write_text("raise ImportError('libglpk.so: cannot open shared object file')")
    monkeypatch.syspath_prepend(str(tmp_path))
    failure = play("fake:broken-engine", workers).failure
    assert (failure.kind, failure.message) == ("error", "ImportError: libglpk.so: cannot open shared object file")


def test_seconds_must_be_positive(workers: Workers):
    for seconds in (0, -1, float("nan")):
        with pytest.raises(InputError, match="expected a positive number"):
            play("fake:honest", workers, seconds)
    assert play("fake:honest", workers, float("inf")).failure is None


def test_a_child_that_cannot_start_is_a_crash(workers: Workers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    failure = play("fake:honest", workers).failure
    assert failure.kind == "crash"
    assert "fake has no working child process" in failure.message


def test_an_engine_that_does_not_load_is_given_up(workers: Workers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(processes, "START_SECONDS", 0.001)
    failure = play("fake:honest", workers).failure
    assert (failure.kind, failure.message) == ("limit", "fake was not loaded within 0.001 s")


@posix_only
def test_the_limit_ends_the_engine_and_what_it_started(workers: Workers, tmp_path: Path):
    note = tmp_path / "pids"
    game = NormalFormGame(COORDINATION.payoffs, COORDINATION.players, COORDINATION.strategies, str(note))
    assert play("fake:where", workers, seconds=1.0, game=game).failure.kind == "limit"
    assert all(ended(int(pid)) for pid in note.read_text().split())


@posix_only
def test_leaving_the_context_ends_the_process_and_it_can_be_used_again(tmp_path: Path):
    note = tmp_path / "pid"
    game = NormalFormGame(COORDINATION.payoffs, COORDINATION.players, COORDINATION.strategies, str(note))
    with Workers() as workers:
        play("fake:pid", workers, game=game)
        pid = int(note.read_text())
        os.kill(pid, 0)
    assert ended(pid)
    play("fake:pid", workers, game=game)
    assert int(note.read_text()) != pid
    os.kill(int(note.read_text()), signal.SIGKILL)  # behind our back
    assert ended(int(note.read_text()))
    assert profiles(play("fake:honest", workers)) == [FIRST, SECOND]
    workers.close()


def run_script(body: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = textwrap.dedent(body)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@posix_only
@pytest.mark.parametrize("end", ["pass", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_workers_end_with_the_program(tmp_path: Path, end: str):
    note = tmp_path / "pid"
    run_script(
        f"""
        import os, signal, sys, numpy as np
        from fairgames.solvers.solve import solve
        from fairgames.solvers.registry import load
        from fairgames.games.normal_form import NormalFormGame
        game = NormalFormGame.from_arrays(np.eye(2), np.eye(2), title=sys.argv[1])
        solve(game, load("fairgames_fake:solvers")["fake:pid"])
        {end}
        """,
        str(note),
    )
    assert ended(int(note.read_text()))


@posix_only
def test_a_script_without_main_guard_is_not_run_twice():
    """Which multiprocessing's spawn would do."""
    done = run_script(
        """
        import numpy as np
        from fairgames.solvers.solve import solve
        from fairgames.games.normal_form import NormalFormGame
        print("once")
        print(len(solve(NormalFormGame.from_arrays(np.eye(2), np.eye(2)), "nashpy:support-enumeration").profiles))
        """
    )
    assert (done.stdout, done.stderr, done.returncode) == ("once\n3\n", "", 0)


@posix_only
def test_a_forked_program_has_workers_of_its_own():
    done = run_script(
        """
        import os, numpy as np
        from fairgames.solvers.solve import solve
        from fairgames.solvers.registry import load
        from fairgames.games.normal_form import NormalFormGame
        game = NormalFormGame.from_arrays(np.eye(2), np.eye(2))
        honest = load("fairgames_fake:solvers")["fake:honest"]
        count = lambda: len(solve(game, honest).profiles)
        before = count()
        pid = os.fork()
        if pid == 0:
            os._exit(10 + count())
        _, status = os.waitpid(pid, 0)
        print(before, os.waitstatus_to_exitcode(status), count())
        """
    )
    assert done.stdout == "2 12 2\n", done.stderr


def test_ctrl_c_ends_the_process(workers: Workers, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(processes.Server, "messages", interrupted)
        with pytest.raises(KeyboardInterrupt):
            play("fake:hang", workers)
    assert profiles(play("fake:honest", workers)) == [FIRST, SECOND]


def test_threads_take_turns(workers: Workers):
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(play("fake:honest", workers))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [profiles(answer) for answer in answers] == [[FIRST, SECOND]] * 6


# Plain functions stay in this process.


def test_a_plain_function_is_called_here():
    answer = solve(COORDINATION, Solver("mine", lambda game: [(np.array([1, 0]), [1.0, 0.0])]))
    assert answer.failure is None
    assert profiles(answer) == [FIRST]


def test_a_plain_function_is_stopped_between_two_answers():
    def endless(game: NormalFormGame) -> Iterator[object]:
        while True:
            yield [[1.0, 0.0], [1.0, 0.0]]

    answer = solve(COORDINATION, Solver("endless", endless), seconds=0.05)
    assert answer.failure.kind == "limit"
    assert len(answer.profiles) > 0


def test_an_exception_in_a_plain_function_is_quoted():
    def fails(game: NormalFormGame) -> object:
        raise SolverError("no pivot")

    assert solve(COORDINATION, Solver("fails", fails)).failure.message == "no pivot"

    def talks(game: NormalFormGame) -> object:
        raise ValueError("y" * 5000)

    assert len(solve(COORDINATION, Solver("talks", talks)).failure.message) == 500


def test_shared_workers_are_shared():
    assert shared_workers() is shared_workers()


# What goes over the wire comes back the same.

finite = st.floats(allow_nan=False, allow_infinity=False)


@settings(deadline=None)
@given(st.lists(finite, min_size=12, max_size=12))
def test_float_games_survive_bit_for_bit(values: list[float]):
    payoffs = np.array(values).reshape(2, 3, 2)
    game = NormalFormGame(payoffs, ("a", "β"), (("0", "1"), ("x", "y", "z")), "title", 1e-15)
    back = decode_game(encode_game(game))
    assert back.payoffs.tobytes() == payoffs.tobytes()
    assert (back.players, back.strategies, back.title, back.rounding) == (
        game.players,
        game.strategies,
        game.title,
        game.rounding,
    )


@settings(deadline=None)
@given(st.lists(st.fractions() | st.integers(), min_size=6, max_size=6))
def test_exact_games_survive(values: list[Fraction]):
    game = NormalFormGame(object_array(values).reshape(3, 1, 2), ("a", "b"), (("0", "1", "2"), ("0",)))
    back = decode_game(encode_game(game))
    assert back.exact
    assert back.payoffs.tolist() == game.payoffs.tolist()


def test_profiles_of_any_numbers_survive():
    profile = decode_profile(encode_profile(([1, 0], [Decimal("0.25"), Fraction(3, 4)], [0.5, Fraction(1, 2)], [])))
    assert [vector.tolist() for vector in profile] == [[1, 0], [Fraction(1, 4), Fraction(3, 4)], [0.5, 0.5], []]
    assert [vector.dtype for vector in profile] == [object, object, float, float]


@pytest.mark.parametrize(
    "message",
    [
        "text", 3, None, {}, [1.0], [[[1.0]]], [[None]], [[True, 0.0]], [[1, 0]], [["1/0", "1"]], [["x"]], [["1e3"]],
        [["0x1"]], [[" 1"]], [["1\n"]], [["١"]], [["1/-2"]], [["--1"]], [["9" * 4301]], [["1" + "0" * 400, 0.5]],
    ],
)  # fmt: skip
def test_messages_of_another_form_are_refused(message: object):
    with pytest.raises(SolverError, match=r"^the answer "):
        decode_profile(message)


def answers_to(*lines: bytes) -> Answers:
    """To request 7, on a 2×2 game."""
    answers = Answers(7, (2, 2))
    for line in lines:
        answers.feed(line)
    return answers


def test_answers_may_come_in_pieces_and_equal_ones_are_counted():
    line = b'{"request": 7, "profile": [[1.0, 0.0], ["1", "0"]]}\n'
    other = b'{"request": 7, "profile": [[0.0, 1.0], ["0", "1"]]}\n'
    answers = answers_to(line[:9], line[9:] + other + line[:-1], b"\n" + line, b'{"request": 7, "done": true}\nnoise')
    answer = answers.collected.answer(0.0, None)
    assert answers.done
    assert answer.times == (3, 1)
    assert profiles(answer) == [FIRST, SECOND]


@pytest.mark.parametrize(
    "line",
    [
        b"", b"noise", b"\xff\xfe", b"[]", b"7", b"null", b"[" * 100_000, b"1" * 5000, b'{"request": 7}',
        b'{"request": 6, "done": true}', b'{"profile": [[1.0, 0.0], [1.0, 0.0]]}', b'{"request": 7, "done": 1}',
        b'{"request": 7, "done": true, "profile": []}', b'{"request": 7, "error": 3}',
        b'{"request": 7, "profile": [["1/0", "x"], [1]]}', b'{"request": 7, "profile": [[1%s, 0.5]]}' % (b"0" * 400),
    ],
)  # fmt: skip
def test_a_line_that_is_no_answer_ends_the_reading(line: bytes):
    with pytest.raises(SolverError, match=r"^(it wrote|the answer)"):
        answers_to(line + b"\n")


def test_a_line_that_is_too_long_is_refused_before_it_ends():
    with pytest.raises(SolverError, match="it wrote a line of more than"):
        answers_to(*[b"a" * 2**16] * 10)


@pytest.mark.parametrize("answer", ["text", 3, None, {"a": [1]}, [["1", "0"]], [1.0, 0.0], [[None]], [[[1.0, 0.0]]]])
def test_what_is_no_profile_is_named(answer: object):
    with pytest.raises(SolverError, match="is no tuple of one probability vector a player"):
        encode_profile(answer)
