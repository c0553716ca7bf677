"""Evaluations in several processes, by joblib, or on the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from fairgames.errors import FairgamesError, InputError, MissingPackageError
from fairgames.training.evaluate import Backend, Function, Outcome, Request, one_after_the_other

#: How long to wait for a scheduler and its first worker.
_PATIENCE_SECONDS = 30
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
        return lambda function, requests: _on_cluster(function, requests, scheduler)
    return one_after_the_other if jobs == 1 else lambda function, requests: _with_joblib(function, requests, jobs)


def _with_joblib(function: Function, requests: Iterable[Request], jobs: int) -> Iterator[tuple[Request, Outcome]]:
    try:
        from joblib import Parallel, delayed
        from joblib.externals.loky.process_executor import TerminatedWorkerError
    except ImportError:
        raise MissingPackageError("joblib", "evaluation in several processes", extra="sweep") from None
    run = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch="n_jobs", batch_size=1)
    try:
        yield from run(delayed(function)(request) for request in requests)
    except TerminatedWorkerError as error:
        raise FairgamesError(
            f"a process that evaluates was ended, perhaps for want of memory; what was done is kept: run this again, "
            f"with fewer jobs ({error})"
        ) from None


def _on_cluster(function: Function, requests: Iterable[Request], address: str) -> Iterator[tuple[Request, Outcome]]:
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=_PATIENCE_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"scheduler {address}: no Dask scheduler answers there ({error})") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE_SECONDS)
            yield from _gathered(client, distributed.as_completed([], loop=client.loop), function, iter(requests))
        except TimeoutError:
            raise InputError(f"scheduler {address}: has no workers; start some with `dask worker {address}`") from None
        except distributed.KilledWorker as error:
            raise FairgamesError(f"scheduler {address}: {error}; what was done is kept") from None
        except (distributed.CancelledError, OSError) as error:
            raise FairgamesError(f"scheduler {address}: it is gone ({error}); what was done is kept") from None


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise MissingPackageError("distributed", "evaluation on a Dask cluster", extra="dask") from None
    return distributed


def _gathered(
    client: Any, pending: Any, function: Function, requests: Iterator[Request]
) -> Iterator[tuple[Request, Outcome]]:
    """One evaluation more than there are hands is given out, so that none waits."""

    def give_out() -> None:
        hands = max(1, sum(client.nthreads().values()))
        for request in islice(requests, max(0, hands + 1 - pending.count())):
            pending.add(client.submit(function, request, pure=False, retries=_RETRIES))

    give_out()
    for future in pending:
        found: tuple[Request, Outcome] = future.result()
        yield found
        give_out()
