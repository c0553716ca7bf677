"""Processes beside this one, by joblib: they end when it does, however it ends."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator, Iterable
from typing import Any, TypeVar

from fairgames.errors import MissingPackageError

Request = TypeVar("Request")
Answer = TypeVar("Answer")

#: How often a process looks whether the one that it works for is still there.
_LOOK_SECONDS = 0.5


def n_processes(jobs: int | None, what: str) -> int:
    """How many processes that are: None and −1 mean one a core.

    Parameters
    ----------
    what : what they are for, for the message where joblib is missing

    Raises
    ------
    MissingPackageError
        If there is no joblib.
    """
    found: int = _joblib(what).effective_n_jobs(jobs or -1)
    return found


def started(
    function: Callable[[Request], Answer], requests: Iterable[Request], jobs: int, what: str, **options: Any
) -> Generator[Answer, None, None]:
    """The answers as they come; processes are at work already when this returns.

    Whoever has had no request yet leaves with this process, too, so that nothing stays behind a kill. Where one process
    is all that there is, this one does the work, as it is asked for.

    Parameters
    ----------
    jobs : how many processes; −1 means one a core
    what : what they are for, for the message where joblib is missing
    **options : of ``joblib.Parallel``

    Raises
    ------
    MissingPackageError
        If there is no joblib.
    """
    if n_processes(jobs, what) == 1:
        return (function(request) for request in requests)
    joblib = _joblib(what)
    run = joblib.Parallel(
        jobs,
        backend="loky",
        return_as="generator_unordered",
        batch_size=1,
        initializer=_end_with,
        initargs=(os.getpid(),),
        **options,
    )
    found: Generator[Answer, None, None] = run(joblib.delayed(function)(request) for request in requests)
    return found


def _joblib(what: str) -> Any:
    try:
        import joblib
    except ImportError:
        raise MissingPackageError("joblib", what, extra="sweep") from None
    return joblib


def _end_with(parent: int) -> None:
    """See to it that this process ends when ``parent`` does."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
