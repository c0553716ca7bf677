"""Evaluations in several processes, by joblib, or on the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from functools import partial

from fairgames.cluster import computed, connected
from fairgames.errors import FairgamesError, InputError
from fairgames.local import started
from fairgames.training.evaluate import Backend, Function, Outcome, Request, one_after_the_other

#: How often an evaluation is given to another worker when the one at it is lost.
_RETRIES = 3


def backend(jobs: int = 1, scheduler: str | None = None) -> Backend:
    """What runs evaluations: this process, ``jobs`` processes of joblib (−1: one a core), or a Dask cluster.

    Raises
    ------
    InputError
        If ``jobs`` is 0 or below −1, or is given beside a scheduler.
    """
    if jobs == 0 or jobs < -1:
        raise InputError(f"jobs: expected a number of processes, or -1 for one a core, got {jobs}")
    if scheduler is not None:
        if jobs != 1:
            raise InputError(f"jobs={jobs} and scheduler={scheduler!r}: the cluster has its own workers; give one")
        return partial(_on_cluster, address=scheduler)
    return one_after_the_other if jobs == 1 else partial(_with_joblib, jobs=jobs)


def _with_joblib(function: Function, requests: Iterable[Request], jobs: int) -> Iterator[tuple[Request, Outcome]]:
    try:
        yield from started(function, requests, jobs, "evaluation in several processes", pre_dispatch="n_jobs")
    except BrokenProcessPool as error:
        raise FairgamesError(
            f"a process that evaluates was ended, perhaps for want of memory; what was done is kept: run this again, "
            f"with fewer jobs ({error})"
        ) from None


def _on_cluster(function: Function, requests: Iterable[Request], address: str) -> Iterator[tuple[Request, Outcome]]:
    kept = "what was done is kept"
    with connected(address, "scheduler", "evaluation on a Dask cluster", killed=kept, gone=kept) as client:
        # One evaluation more than there are hands is given out, so that none waits.
        yield from computed(client, function, iter(requests), lambda threads: threads + 1, _RETRIES)
