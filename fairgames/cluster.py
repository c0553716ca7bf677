"""A Dask cluster: reached, given jobs a few ahead, and asked for its answers as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, cast

from fairgames.errors import FairgamesError, InputError, MissingPackageError
from fairgames.reading.beside import reason

#: For the scheduler to answer, and for a first worker to be there.
_PATIENCE_SECONDS = 30


@contextmanager
def connected(address: str, option: str, purpose: str, killed: str, gone: str) -> Iterator[Any]:
    """A ``distributed.Client`` of the scheduler at ``address``, which has a worker.

    Parameters
    ----------
    option : how the address was given, for messages
    purpose : what the cluster is for, where the package is missing
    killed, gone : what to know, or do, where a job ended its workers, or where the scheduler is gone

    Raises
    ------
    MissingPackageError
        If there is no dask.distributed.
    InputError
        If no scheduler answers, or it has no worker.
    FairgamesError
        If the cluster ends, or a job ended one worker after the other.
    """
    distributed = _distributed(purpose)
    try:
        client = distributed.Client(address, timeout=_PATIENCE_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{option} {address}: no Dask scheduler answers there ({reason(error)})") from None
    with client:
        try:
            _wait_for_a_worker(client, f"{option} {address}", address)
            yield client
        except distributed.KilledWorker as error:
            raise FairgamesError(f"{option} {address}: {error}; {killed}") from None
        except (distributed.CancelledError, OSError) as error:
            raise FairgamesError(f"{option} {address}: the scheduler is gone ({error}); {gone}") from None
        except ImportError as error:
            raise FairgamesError(f"{option} {address}: a worker lacks a package ({error}); install it") from None


def _wait_for_a_worker(client: Any, where: str, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_PATIENCE_SECONDS)
    except TimeoutError:
        raise InputError(f"{where}: has no workers; start some with `dask worker {address}`") from None


def computed(
    client: Any, function: Callable[[Any], Any], jobs: Iterator[Any], in_hand: Callable[[int], int], retries: int
) -> Iterator[Any]:
    """The answers as they come.

    Parameters
    ----------
    in_hand : how many jobs are given out at a time to so many threads
    retries : how often a job is tried again where it failed; a lost worker's jobs are always moved to others
    """
    import distributed

    pending: Any = cast(Any, distributed).as_completed([], loop=client.loop)

    def give_out() -> None:
        threads = max(1, sum(client.nthreads().values()))
        for job in islice(jobs, max(0, in_hand(threads) - pending.count())):
            pending.add(client.submit(function, job, pure=False, retries=retries))

    give_out()
    for future in pending:
        yield future.result()
        give_out()


def _distributed(purpose: str) -> Any:
    try:
        import distributed
    except ImportError:
        raise MissingPackageError("distributed", purpose, extra="dask") from None
    return distributed
