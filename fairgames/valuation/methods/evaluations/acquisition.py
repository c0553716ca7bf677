"""The profiles to evaluate: first those with the largest weights in payments, then those that reduce variance most."""

from __future__ import annotations

import math
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

    Evaluating c takes cov(target, c)²/(var(c) + noise) off a target's variance. Each one chosen is a column more of
    what is told of all candidates, as in Cholesky's factor with pivots.
    """
    how_many = min(how_many, len(candidates))
    known = len(surrogate.profiles)
    told = np.zeros((len(candidates), known + how_many), order="F")
    told[:, :known] = surrogate.told(candidates)
    cross = surrogate.covariance_with(targets, candidates, told[:, :known])
    prior = surrogate.kernel.between(candidates, candidates)
    floor = 1e-12 + noise / surrogate.unit**2
    left = np.diag(prior) - (told**2).sum(axis=1) + floor
    chosen: list[int] = []
    for column in range(known, known + how_many):
        shrinks = (cross**2).sum(axis=0) / left
        shrinks[chosen] = -1.0
        best = int(np.argmax(shrinks))
        chosen.append(best)
        new = (prior[best] - told[:, :column] @ told[best, :column]) / math.sqrt(left[best])
        cross -= np.outer(cross[:, best] / math.sqrt(left[best]), new)
        left -= new**2
        told[:, column] = new
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
