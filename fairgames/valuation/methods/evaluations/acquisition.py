"""The profiles to evaluate: first those with the largest weights in payments, then those that reduce variance most."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairgames.training.products import Functionals
from fairgames.training.surrogate import Surrogate
from fairgames.typing import IntArray

#: Profiles among which the next ones are chosen.
_CANDIDATES = 600


def ends(profile: IntArray) -> Iterator[IntArray]:
    """The profile itself, each user who shares alone, and all but each: payments weigh these most."""
    yield profile
    sharing = np.flatnonzero(profile)
    for user in sharing.tolist():
        alone = np.zeros_like(profile)
        alone[user] = profile[user]
        yield alone
        without = profile.copy()
        without[user] = 0
        yield without


def pairs(profile: IntArray, generator: np.random.Generator) -> Iterator[IntArray]:
    """Without end: coalitions of users who share, of evenly drawn sizes, each followed by its complement."""
    sharing = np.flatnonzero(profile)
    n = len(sharing)
    while n:
        size = int(generator.integers(min(2, n // 2), max(n - 1, n // 2 + 1)))
        inside = np.zeros_like(profile)
        chosen = generator.choice(sharing, size, replace=False)
        inside[chosen] = profile[chosen]
        yield inside
        yield profile - inside


def most_telling(
    surrogate: Surrogate, targets: Functionals, candidates: IntArray, how_many: int, noise: float
) -> IntArray:
    """The candidates whose evaluation reduces the targets' variances most, chosen greedily.

    Evaluating c takes cov(target, c)²/(var(c) + noise) off a target's variance.
    """
    cross, own = surrogate.covariance_with(targets, candidates)
    floor = 1e-12 * surrogate.unit**2 + noise
    chosen: list[int] = []
    for _ in range(min(how_many, len(candidates))):
        shrinks = (cross**2).sum(axis=0) / (np.diag(own) + floor)
        shrinks[chosen] = -1.0
        best = int(np.argmax(shrinks))
        chosen.append(best)
        column, variance = own[:, best].copy(), own[best, best] + floor
        cross -= np.outer(cross[:, best], column) / variance
        own -= np.outer(column, column) / variance
    return candidates[chosen]


def coalitions(profile: IntArray, asked: set[tuple[int, ...]], generator: np.random.Generator) -> IntArray:
    """Coalitions of the users who share that were not asked about: all of them if few, else some, shape (M, N)."""
    sharing = np.flatnonzero(profile)
    found: dict[tuple[int, ...], None] = {}
    if 2 ** len(sharing) <= 2 * _CANDIDATES:
        inside = np.arange(2 ** len(sharing))[:, None] >> np.arange(len(sharing)) & 1
        rows = np.zeros((len(inside), len(profile)), dtype=np.int64)
        rows[:, sharing] = inside * profile[sharing]
        found = dict.fromkeys(map(tuple, rows.tolist()))
    else:
        drawn = pairs(profile, generator)
        for _ in range(4 * _CANDIDATES):
            found[tuple(next(drawn).tolist())] = None
            if len(found) >= _CANDIDATES + len(asked):
                break
    left = [place for place in found if place not in asked]
    return np.array(left[: 2 * _CANDIDATES], dtype=np.int64).reshape(-1, len(profile))
