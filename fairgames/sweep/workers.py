"""Who computes the batches of a sweep: this process, processes beside it, or a Dask cluster."""

from __future__ import annotations

import logging
import signal
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from fairgames.cluster import computed, connected
from fairgames.errors import FairgamesError
from fairgames.local import n_processes, started
from fairgames.sweep.batches import Batches
from fairgames.sweep.rows import BatchAnswers, answers

#: What several processes are for.
_WHAT = "a sweep over several processes (--jobs 1 needs one)"
#: Batches that each thread of the cluster has, so that it never waits for the next.
_AHEAD = 2
#: How often a batch is tried again where it failed; a lost worker's batches are always moved to others.
_RETRIES = 2


def local(batches: Batches, jobs: int | None) -> Iterator[BatchAnswers]:
    """The answers as they come, by ``jobs`` processes of this machine; one is this process itself.

    Raises
    ------
    MissingPackageError
        If there is no joblib.
    FairgamesError
        If a process was ended from outside.
    """
    if jobs == 1:
        yield from map(answers, batches)
        return
    batches.hands = n_processes(jobs, _WHAT)
    found = None
    try:
        with _deaf_to_interrupts():
            found = started(answers, batches, batches.hands, _WHAT)
        for result in found:  # noqa: UP028 ("yield from" would close it without the silence below)
            yield result
    except BrokenProcessPool:
        raise FairgamesError(
            "a process of the sweep was ended from outside, perhaps for lack of memory; "
            "run it again to go on, with fewer processes if need be (--jobs 1)"
        ) from None
    finally:
        with warnings.catch_warnings(), _callbacks_unheard():
            warnings.simplefilter("ignore")  # joblib's advice to whoever stops halfway, as Ctrl-C does
            if found is not None:
                found.close()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes that are started meanwhile never hear Ctrl-C, which is for the sweep itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _callbacks_unheard() -> Iterator[None]:
    """Batches that end while joblib stops call back into what is gone, and their futures would log that."""
    logger = logging.getLogger("concurrent.futures")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def cluster(batches: Batches, address: str) -> Iterator[BatchAnswers]:
    """The answers as they come, by the workers of a Dask cluster; those of a lost worker are computed by others.

    Raises
    ------
    MissingPackageError
        If there is no dask.distributed.
    InputError
        If no scheduler answers at ``address``, or it has no worker.
    FairgamesError
        If the cluster ends, or a batch ended one worker after the other.
    """
    with connected(
        address,
        "--scheduler",
        "a sweep over a Dask cluster",
        killed="perhaps the points need more memory",
        gone="start it and run this again",
    ) as client:

        def in_hand(threads: int) -> int:
            batches.hands = threads
            return _AHEAD * threads

        yield from computed(client, answers, iter(batches), in_hand, _RETRIES)
