"""Payments of one profile from 10 to a million users: time, error and slope; and samplers at the same U beside them."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from benchmarks.measure import Result, at_most, for_information, in_child, medians, peak_rss, seconds
from fairgames import FederatedMean, LinearLaplace, Users, payments
from fairgames.typing import BoolArray, FloatArray, IntArray
from fairgames.utilities.base import Utility
from fairgames.valuation.coalitions import KindsUtility
from fairgames.valuation.incremental import IncrementalPayments
from fairgames.valuation.methods.sampling.stratified import _PILOT, _draws, _strata

#: Seconds for a million users of six types, gigabytes, and the error relative to the largest payment.
SECONDS, GIGABYTES, ERROR = 2.0, 1.0, 1e-6
#: Seconds for 1,000 users of three types; for 200 and 1,000 distinct users, with their errors.
TYPES_SECONDS = 2.0
DISTINCT = {200: (2.0, 1e-9), 1000: (15.0, 1e-8)}
#: Seconds and error relative to the largest payment, by windows of counts: 3,000 users by the number of their levels.
LEVELS = {2: (2.0, 1e-8), 3: (5.0, 1e-6), 4: (60.0, 1e-6)}
#: The same for FedAvg with 1,000 users of three types.
FEDAVG = (10.0, 1e-8)

_SAMPLES = (1.0, 3.0, 10.0, 50.0, 300.0, 10_000.0)

#: Evaluations of U that the peer's estimators get: many more than the 2·n² without which strata stay empty.
_PEER_EVALUATIONS = 50_000


def federation(n: int, kinds: int) -> tuple[FederatedMean, IntArray]:
    """n users on levels 1 and 2, of so many kinds; 0: all distinct."""
    generator = np.random.default_rng(n)
    few = generator.choice(_SAMPLES[:kinds], n) if kinds else np.exp(generator.uniform(2, 7, n))
    return FederatedMean(Users(samples=few), 1.0, 10.0), generator.integers(1, 3, n)


def sizes(largest: int = 10**6) -> list[Result]:
    """Six types, from 10 users to a million, ten times as many a step; each in a process of its own."""
    steps = [10**power for power in range(1, round(math.log10(largest)) + 1)]
    runs = [in_child(once, n, 6) for n in steps]
    results = [
        for_information(f"{n:,} users of six types", run["seconds"], "s", run["method"], _error(run))
        for n, run in zip(steps, runs, strict=True)
    ]
    last = runs[-1]
    what = f"{steps[-1]:,} users of six types"
    results += [
        at_most(f"{what}, time", last["seconds"], SECONDS, "s", "the issue's target", _error(last)),
        at_most(f"{what}, memory", last["peak"] / 1e9, GIGABYTES, "GB", "peak RSS of its process"),
        at_most(f"{what}, error bound over the largest payment", last["error"], ERROR, "x", "the issue's target"),
    ]
    if len(steps) > 1:
        slope = math.log(last["seconds"] / runs[-2]["seconds"]) / math.log(steps[-1] / steps[-2])
        results.append(for_information(f"slope of time from {steps[-2]:,} users", slope, "power of n", "1 is linear"))
    return results


def types(n: int = 1000) -> list[Result]:
    """Three types, on both levels."""
    run = in_child(once, n, 3)
    return [at_most(f"{n:,} users of three types", run["seconds"], TYPES_SECONDS, "s", run["method"], _error(run))]


def distinct(which: Sequence[int] = tuple(DISTINCT)) -> list[Result]:
    """All users distinct."""
    results = []
    for n in which:
        run, (limit, error) = in_child(once, n, 0), DISTINCT[n]
        results.append(at_most(f"{n:,} distinct users, time", run["seconds"], limit, "s", run["method"], _error(run)))
        results.append(
            at_most(f"{n:,} distinct users, error bound over the largest payment", run["error"], error, "x", "target")
        )
    return results


def levels(which: Sequence[int] = tuple(LEVELS), n: int = 3000) -> list[Result]:
    """Linear-Laplace, the users spread evenly over levels ε = 1/2, 1, 2, 4."""
    results = []
    for number in which:
        run, targets = in_child(once_on_levels, n, number), LEVELS[number]
        results += _windows(f"linear-Laplace, {n:,} users on {number} levels", run, *targets)
    return results


def fedavg(n: int = 1000) -> list[Result]:
    """The federated mean with a group that weighs by samples: three types on level 1."""
    return _windows(f"FedAvg, {n:,} users of three types", in_child(once_of_fedavg, n), *FEDAVG)


def _windows(what: str, run: dict[str, Any], limit: float, error: float) -> list[Result]:
    return [
        at_most(f"{what}, time", run["seconds"], limit, "s", run["method"], _error(run)),
        at_most(f"{what}, error bound over the largest payment", run["error"], error, "x", "target"),
    ]


def updates(which: Sequence[int] = (54, 200, 1000)) -> list[Result]:
    """One of so many distinct users changes level: a book that knows them against a fresh computation."""
    results = []
    for n in which:
        utility, profile = federation(n, 0)
        book = IncrementalPayments(utility, profile)
        book.allocation()
        took = medians({"book": partial(_update, book, count()), "fresh": partial(_afresh, book)}, 3)
        detail = f"{seconds(took['book'])} against {seconds(took['fresh'])}"
        ratio = took["book"] / took["fresh"]
        results.append(for_information(f"an update of {n:,} distinct users", ratio, "x", "fresh payments", detail))
    return results


def samplers(n: int = 50) -> list[Result]:
    """What samplers reach on the same U, beside the sums' time and bound.

    The error is that against the sums, over the largest payment. shapiq's estimators take some ten
    microseconds an evaluation and more, so they get fewer, and about as much time.
    """
    n_strata = len(_strata(n))
    evaluations = n_strata * (_PILOT + _draws(n_strata, n)) * (n + 2)
    utility, profile = federation(n, 0)
    begun = time.perf_counter()
    right = payments(utility, profile, method="sums")
    took = time.perf_counter() - begun
    largest = float(np.abs(right.payments).max())
    begun = time.perf_counter()
    drawn = payments(utility, profile, method="sampling")
    ours = time.perf_counter() - begun
    peer = f"sums in {seconds(took)}, error at most {right.error_bound / largest:.1e}"
    results = [
        _miss(
            f"fairgames, stratified by size, {evaluations:,} evaluations",
            drawn.payments,
            right.payments,
            largest,
            ours,
            peer,
        )
    ]
    for name, (values, spent) in _shapiq(KindsUtility(utility, profile), n, _PEER_EVALUATIONS).items():
        what = f"shapiq {name}, {_PEER_EVALUATIONS:,} evaluations"
        results.append(_miss(what, values, right.payments, largest, spent, peer))
    return [*results, _of_fedavg(utility, profile)]


def _of_fedavg(utility: FederatedMean, profile: IntArray) -> Result:
    """The bound, at 99% confidence, where distinct users are weighed by samples and no sums are."""
    weighed = FederatedMean(utility.users, utility.between, utility.within, aggregation="samples")
    begun = time.perf_counter()
    drawn = payments(weighed, profile, method="sampling")
    spent = time.perf_counter() - begun
    bound = drawn.error_bound / float(np.abs(drawn.payments).max())
    name = f"fairgames, FedAvg, {utility.n_users:,} distinct users: bound over the largest payment"
    return for_information(name, bound, "x", "99% confidence", seconds(spent))


def once(n: int, kinds: int) -> dict[str, Any]:
    """One call, the first of its process."""
    return _measured(*federation(n, kinds))


def once_on_levels(n: int, number: int) -> dict[str, Any]:
    """The same for linear-Laplace."""
    return _measured(LinearLaplace(n, [0, 0.5, 1, 2, 4][: number + 1]), np.arange(n) % number + 1)


def once_of_fedavg(n: int) -> dict[str, Any]:
    """The same for FedAvg."""
    samples = np.resize(_SAMPLES[:3], n)
    return _measured(FederatedMean(Users(samples=samples), 1.0, 10.0, aggregation="samples"), np.ones(n, dtype=int))


def _measured(utility: Utility, profile: IntArray) -> dict[str, Any]:
    begun = time.perf_counter()
    found = payments(utility, profile)
    took = time.perf_counter() - begun
    largest = float(np.abs(found.payments).max())
    residual = abs(float(found.efficiency_residual)) / float(found.utility)
    return {
        "seconds": took,
        "method": found.method,
        "error": found.error_bound / largest,
        "residual": residual,
        "peak": peak_rss(),
    }


def _update(book: IncrementalPayments, users: Iterator[int]) -> None:
    """The next user changes level."""
    user = next(users)
    book.move(user, 3 - book.profile[user])
    book.allocation()


def _afresh(book: IncrementalPayments) -> None:
    payments(book.utility, book.profile)


def _error(run: dict[str, Any]) -> str:
    return f"{run['method']}: error at most {run['error']:.1e} of the largest payment, |Σφ − U|/U {run['residual']:.1e}"


def _miss(name: str, values: FloatArray, right: FloatArray, largest: float, spent: float, peer: str) -> Result:
    error = float(np.abs(values - right).max()) / largest
    return for_information(f"{name}: error over the largest payment", error, "x", peer, seconds(spent))


def _shapiq(worth: KindsUtility, n: int, evaluations: int) -> dict[str, tuple[FloatArray, float]]:
    """Values and seconds of shapiq's estimators; none where it is not installed."""
    try:
        from shapiq.approximator import SVARM, PermutationSamplingSV, StratifiedSamplingSV
    except ImportError:
        return {}
    order = np.argsort(worth.kind)  # all are distinct: kind k is one player

    def game(players: BoolArray) -> FloatArray:
        return worth.of(np.atleast_2d(players)[:, order].astype(np.int64))

    found = {}
    for estimator in (StratifiedSamplingSV, SVARM, PermutationSamplingSV):
        begun = time.perf_counter()
        values = estimator(n=n, random_state=0).approximate(
            evaluations, lambda rows: worth.of(np.atleast_2d(rows)[:, order])
        )
        found[estimator.__name__] = (_first_order(values, n), time.perf_counter() - begun)
    return found


def _first_order(values: Any, n: int) -> FloatArray:
    """shapiq's value of every single player."""
    return np.array([values[(player,)] for player in range(n)])
