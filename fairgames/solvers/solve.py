"""One solver's answer to one game within a time limit."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from fairgames.errors import InputError
from fairgames.games.normal_form import NormalFormGame
from fairgames.solvers.answers import MOST_ANSWERS, Answer, Collected, Failure, late
from fairgames.solvers.processes import Worker, Workers, shared_workers
from fairgames.solvers.registry import Solver, get
from fairgames.solvers.wire import encode_game, encode_profile, words


def solve(game: NormalFormGame, solver: Solver | str, seconds: float = 10.0, workers: Workers | None = None) -> Answer:
    """The answer of ``solver`` to ``game``, found in at most ``seconds``.

    A registered solver works in a child process that is killed when the limit passes, and what
    it found until then is kept. Where the solver splits its work into tasks, each task gets an
    equal share of the time that is left. A plain function (and a solver that always ends) runs
    in this process, where the limit is only looked at between two of its equilibria.

    Parameters
    ----------
    workers : the child processes to use; by default those shared by the whole program

    Raises
    ------
    InputError
        If ``seconds`` is not positive.
    SolverError
        If the solver is unknown. That it cannot play the game, or fails, is part of the answer.

    >>> coordination = NormalFormGame.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    >>> len(solve(coordination, "fairgames:pure").profiles)
    2
    """
    if not seconds > 0:
        raise InputError(f"seconds is {seconds!r}, expected a positive number")
    solver = get(solver) if isinstance(solver, str) else solver
    if (reason := solver.cannot_play(game)) is not None:
        return Answer((), 0.0, Failure("unfit", reason))
    play: Callable[[int | None, float], Answer]
    if solver.in_process or solver.source is None:
        play = functools.partial(_play_here, game, solver)
    else:
        worker = (shared_workers() if workers is None else workers).of(solver.package)
        play = functools.partial(_play_in_worker, worker, encode_game(game), solver)
    if solver.tasks is None:
        return play(None, seconds)
    try:
        names = [str(name) for name in solver.tasks(game)]
    except (Exception, SystemExit) as error:  # an adapter's fault is part of the answer
        return Answer((), 0.0, Failure("error", words(error)))
    return _play_tasks(play, names, seconds)


def _play_in_worker(worker: Worker, game: dict[str, Any], solver: Solver, task: int | None, seconds: float) -> Answer:
    request = {"source": solver.source, "solver": solver.id, "task": task, "seconds": seconds, "game": game}
    return worker.ask(request, seconds)


def _play_here(game: NormalFormGame, solver: Solver, task: int | None, seconds: float) -> Answer:
    started = time.monotonic()
    collected = Collected(sys.maxsize if solver.in_process else MOST_ANSWERS)  # our own may be as many as they are
    failure = None
    try:
        for profile in solver.profiles(game, task):
            encoded = encode_profile(profile, game.shape)
            if not collected.seen(key := str(encoded)):
                collected.add(key, encoded)
            if time.monotonic() - started > seconds:
                failure = late(seconds, len(collected))
                break
    except (Exception, SystemExit) as error:  # whatever a solver raises is part of the answer; so is its way out
        failure = Failure("error", words(error))
    return collected.answer(time.monotonic() - started, failure)


def _play_tasks(play: Callable[[int | None, float], Answer], names: Sequence[str], seconds: float) -> Answer:
    """All tasks of a solver as one answer; each may take an equal share of what is left of ``seconds``."""
    answers: list[Answer] = []
    for index in range(len(names)):
        left = seconds - sum(answer.seconds for answer in answers)
        answers.append(play(index, max(left, 0.0) / (len(names) - index)))
    profiles = tuple(profile for answer in answers for profile in answer.profiles)
    spent = sum(answer.seconds for answer in answers)
    times = tuple(often for answer in answers for often in answer.times)
    return Answer(profiles, spent, _joint_failure(names, answers, seconds), times)


def _joint_failure(names: Sequence[str], answers: list[Answer], seconds: float) -> Failure | None:
    """What went wrong in which tasks; tasks that failed in the same way are listed together."""
    failures = [(name, answer.failure) for name, answer in zip(names, answers, strict=True) if answer.failure]
    if not failures:
        return None
    alike: dict[str, list[str]] = {}
    for name, failure in failures:
        late = failure.kind == "limit"
        message = f"time limit of {seconds:g} s, shared by {len(names)} tasks, passed" if late else failure.message
        alike.setdefault(message, []).append(name)
    lines = [f"{', '.join(tasks)}: {message}" for message, tasks in alike.items()]
    return Failure(failures[0][1].kind, "; ".join(lines))
