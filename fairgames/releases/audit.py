"""A test of a promised ε from outside: many releases on two neighbouring databases, and what tells them apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from fairgames.errors import InputError
from fairgames.privacy import Level, LinearLaplaceEstimate, LinearLaplaceMechanism
from fairgames.releases.grid import GridLaplace, GridMechanism, on_grid
from fairgames.typing import FloatArray, IntArray, Number

#: Intervals that outputs are counted in.
_BINS = 16
#: The chance with which noise that is 10 % too small is to be found, and how much too small that is.
POWER, SHORTFALL = 0.9, 0.1
#: What quantiles of samples may be off by: three standard errors of the fewest that are considered.
_FEWEST, _SLACK = 10_000, 0.015

#: (data, how often) → that many independent outputs.
Sampler: TypeAlias = Callable[[Sequence[Any], int], Sequence[Any]]


@dataclass(frozen=True)
class Audit:
    """What a test of the privacy loss found.

    Attributes
    ----------
    user : whose datum was changed, counted from 0
    claimed : the ε under test
    lower_bound : the true ε is at least this, with probability ``confidence``
    detectable : a true ε above about this would have been noticed; inf if none would, for want of samples
    confidence : of the whole test, all intervals together
    samples : releases on each of the two databases
    samples_for_tenth : so many releases on each find noise that is 10 % too small (Laplace) with a chance of at
        least 90 %; inf if no possible number does
    """

    user: int
    claimed: Level
    lower_bound: float
    detectable: float
    confidence: float
    samples: int
    samples_for_tenth: float

    @property
    def holds(self) -> bool:
        """Whether the claim survived; False means it is wrong, up to the chance of 1 − confidence."""
        return self.lower_bound <= self.claimed


def audit_release(
    estimator: LinearLaplaceMechanism | LinearLaplaceEstimate,
    user: int,
    epsilons: Sequence[Number] | None = None,
    data: Sequence[Any] | None = None,
    other: Any = None,
    samples: int = 20_000,
    confidence: float = 0.999,
    sampler: Sampler | None = None,
) -> Audit:
    """Try to refute the ε that :func:`fairgames.releases.release` keeps for ``user``.

    Parameters
    ----------
    estimator, epsilons : as for a release
    user : whose datum differs, counted from 0
    data : made-up data, default everybody at the lower bound. Never real data: no ledger counts
        these releases
    other : the user's datum on the neighbouring database; default the upper bound
    samples : releases on each database, at about 20 microseconds each
    confidence : of not accusing a mechanism that keeps its promise
    sampler : the implementation under test; default our own

    Raises
    ------
    InputError
        If there is no such user, fewer than 100 samples, or confidence is not between 0 and 1.
    PrivacyError
        If the mechanism is refused before any test.

    Notes
    -----
    A test can refute, not prove: that is what the exact check before each release is for. It
    guards against mistakes in code that the proof does not see.

    >>> mechanism = LinearLaplaceMechanism(["1/4"], noise="1/4")
    >>> audit_release(mechanism, user=0, epsilons=[1], samples=2000, confidence=1 - 1e-6).holds
    True
    """
    prepared = on_grid(estimator, epsilons)
    if not isinstance(prepared, GridLaplace):
        raise InputError("Gaussian noise keeps no ε that this test could refute; test its size with audit_noise")
    users = len(prepared.mechanism)
    if not 0 <= user < users:
        raise InputError(f"user: got {user}, expected a number from 0 to {users - 1}")
    _check(samples, confidence)
    lower, upper = prepared.mechanism.bounds
    first = [lower] * users if data is None else list(data)
    second = [*first[:user], upper if other is None else other, *first[user + 1 :]]
    draw = sampler or _own(prepared)
    found = privacy_loss_bound(draw(first, samples), draw(second, samples), confidence)
    claimed = prepared.losses[user]
    seen, needed = _detectable(float(claimed), samples, confidence), samples_for_tenth(float(claimed), confidence)
    return Audit(user, claimed, found, seen, confidence, samples, needed)


def privacy_loss_bound(first: Sequence[Any], second: Sequence[Any], confidence: float = 0.999) -> float:
    """A lower confidence bound of the ε between two output distributions, from samples of both.

    Parameters
    ----------
    first, second : equally many independent outputs on each of two databases
    confidence : that the true ε is at least the answer

    Returns
    -------
    the largest ln(p/q) over intervals and half-lines and in both directions, p a lower and q an
    upper confidence bound of their probabilities; at least 0

    Notes
    -----
    Half of the samples choose the intervals (quantiles of both together), the other half is
    counted. Each probability has its Clopper–Pearson bound, at the level that all of them
    together need (Bonferroni).

    >>> outputs = np.arange(1000) % 10
    >>> privacy_loss_bound(outputs, outputs), privacy_loss_bound(outputs, outputs + 100) > 3
    (0.0, True)
    """
    _check(min(len(first), len(second)), confidence)
    if len(first) != len(second):
        raise InputError(f"expected equally many outputs on both databases, got {len(first)} and {len(second)}")
    one, two = np.array(first, dtype=float), np.array(second, dtype=float)
    quantiles = np.linspace(0, 1, _BINS + 1)[1:-1]
    edges = np.unique(np.quantile(np.concatenate([one[::2], two[::2]]), quantiles, method="lower"))
    hits, others = (_event_counts(np.searchsorted(edges, sample[1::2]), len(edges) + 1) for sample in (one, two))
    return _loss(hits, others, len(one[1::2]), confidence)


def _own(prepared: GridMechanism) -> Sampler:
    """The path of a release, many times: totals are as telling as values, which are a function of them."""
    return lambda data, times: prepared.noisy(prepared.total(data), times)


def _event_counts(bins: IntArray, n_bins: int) -> IntArray:
    """How often each interval and each half-line on either side was hit."""
    counts = np.bincount(bins, minlength=n_bins)
    return np.concatenate([counts, np.cumsum(counts)[:-1], np.cumsum(counts[::-1])[:-1]])


def _loss(first: IntArray, second: IntArray, size: int, confidence: float) -> float:
    level = (1 - confidence) / (4 * len(first))  # a lower and an upper bound for each event on each database
    lowest = [_lower(counts, size, level) for counts in (first, second)]
    highest = [1 - _lower(size - counts, size, level) for counts in (first, second)]
    ratios = np.concatenate([lowest[0] / highest[1], lowest[1] / highest[0]])
    return max(0.0, float(np.log(ratios.max())))


def _loss_of_one(often: int, seldom: int, size: int, confidence: float) -> float:
    """The bound where one of the events was hit so often on both databases, and the others never."""
    padding = np.zeros(3 * _BINS - 3, dtype=int)
    return _loss(np.append(padding, often), np.append(padding, seldom), size, confidence)


def _lower(counts: IntArray, size: int, level: float) -> FloatArray:
    """The Clopper–Pearson lower bound of each probability: with chance ``level`` it is above the truth."""
    from scipy.special import betaincinv

    hit = np.maximum(counts, 1)
    return np.asarray(np.where(counts == 0, 0.0, betaincinv(hit, size - hit + 1, level)))


def _detectable(claimed: float, samples: int, confidence: float) -> float:
    """The ε of Laplace noise at which the half-line below both centres, hit as often as expected, refutes the claim."""
    size = samples // 2

    def bound(epsilon: float) -> float:
        return _loss_of_one(round(size / 2), round(size / 2 * math.exp(-epsilon)), size, confidence)

    low, high = claimed, claimed + 60
    if bound(high) <= claimed:
        return math.inf
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if bound(middle) > claimed else (middle, high)
    return high


def samples_for_tenth(claimed: float, confidence: float = 0.999) -> float:
    """Releases on each database after which noise of 9/10 of its scale is found with a chance of at least 90 %.

    Returns
    -------
    a whole number, enough rather than least; inf where 10^15 are not enough

    Notes
    -----
    The event is a half-line below both centres, which ends at one of the quantiles. Its hits on
    both databases are binomial; each is no worse than its 5 % quantile except with a chance of 5 %.

    >>> samples_for_tenth(1.0)
    72500.0
    """
    from scipy.stats import binom

    true, miss = claimed / (1 - SHORTFALL), (1 - POWER) / 2
    below = (1 + math.exp(-true)) / 4  # of both samples together, what lies below the lower centre
    often = 2 * (math.floor(_BINS * (below - _SLACK)) / _BINS - _SLACK) / (1 + math.exp(-true))
    if not often > 0 or not math.isfinite(true):
        return math.inf

    def finds(half: int) -> bool:
        hits = int(binom.ppf(miss, half, often)), int(binom.isf(miss, half, often * math.exp(-true)))
        return _loss_of_one(*hits, half, confidence) > claimed

    low, high = 0, _FEWEST // 2
    while not finds(high):
        low, high = high, 2 * high
        if high > 10**15:
            return math.inf
    while high - low > low // 100:
        middle = (low + high) // 2
        low, high = (low, middle) if finds(middle) else (middle, high)
    return 2.0 * high


def _check(samples: int, confidence: float) -> None:
    faults = []
    if samples < 100:
        faults.append(f"samples: got {samples}, expected at least 100 on each database")
    if not 0 < confidence < 1:
        faults.append(f"confidence: got {confidence}, expected a number between 0 and 1")
    if faults:
        raise InputError(faults)
