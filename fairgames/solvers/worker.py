"""The child process that engines work in: ``python -m fairgames.solvers.worker``.

Requests come on standard input and answers go to standard output, one JSON object a line
(:mod:`fairgames.solvers.wire`); :mod:`fairgames.solvers.processes` is the other end.

    request   {"source", "solver", "task", "seconds", "game"}
    answers   {"started"} once the engine is loaded, {"profile": …} for each equilibrium as soon as it
              is there, and at the end {"done"} or {"error": the engine's words}

What an engine prints goes to standard error, so it cannot be taken for an answer.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, TextIO

from fairgames.errors import MissingPackageError
from fairgames.solvers.registry import Solver, load
from fairgames.solvers.wire import decode_game, encode_profile, words

#: Seconds after its time limit at which an orphaned worker ends itself.
_ORPHAN_SECONDS = 10.0


def main() -> None:
    """Serve requests until standard input ends."""
    requests, answers = _take_streams()

    def send(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    for line in requests:
        serve(json.loads(line), send)


def serve(request: dict[str, Any], send: Callable[[dict[str, Any]], None]) -> None:
    """Answer one request; whatever exception an engine raises becomes an answer, too."""
    try:
        solver = load(request["source"])[request["solver"]]
        _load_engine(solver)
        if solver.prepare is not None:
            solver.prepare()
        game = decode_game(request["game"])
        send({"started": True})
        _set_alarm(request["seconds"] + _ORPHAN_SECONDS)
        for profile in solver.profiles(game, request["task"]):
            send({"profile": encode_profile(profile)})
    except Exception as error:  # the parent quotes it
        send({"error": words(error)})
    else:
        send({"done": True})
    finally:
        _set_alarm(0)


def _take_streams() -> tuple[TextIO, TextIO]:
    """Private copies of standard input and output; engines are left with an empty input, and standard error."""
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, answers


def _load_engine(solver: Solver) -> None:
    if solver.engine is None:
        return
    try:
        importlib.import_module(solver.engine)
    except ModuleNotFoundError as error:
        if error.name != solver.engine:
            raise
        raise MissingPackageError(solver.engine, solver.id) from None


def _set_alarm(seconds: float) -> None:
    """Let the system end this process at that time, even if engine code never returns to Python; 0 calls it off.

    Only matters where the parent died first: it ends a worker that passes its limit.
    """
    if hasattr(signal, "setitimer"):  # not on Windows
        signal.setitimer(signal.ITIMER_REAL, min(seconds, 1e9))


if __name__ == "__main__":
    main()
