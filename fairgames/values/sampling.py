"""Fair payments at one profile by sampling coalitions, stratified by size: for a U of which nothing is known.

φ_i is the mean over sizes s = 0, …, n − 1 of E[U(S ∪ i) − U(S)], S being any s of the others. One
coalition S and one more user j serve everybody: who is not in S enters it, who is in S leaves
S ∪ {j}, and either way the others are any s of them. Users of one type at one level are one kind.
Sizes 0 and n − 1 are exact; small ones are strata of their own, as one early arrival may earn
nearly everything; larger ones share strata.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fairgames.progress import track
from fairgames.typing import FloatArray, IntArray
from fairgames.values.allocation import CONFIDENCE, Division, Question
from fairgames.values.coalitions import Worth

#: Coalitions drawn from each stratum to see how much it varies; and on average to estimate with, at least …
_PILOT, _DRAWS = 20, 100
#: … and more, up to so many, where U of so many coalitions allows it.
_MOST_DRAWS, _WORK = 1000, 400_000
#: No stratum with fewer: its own variance is what tells the error.
_LEAST = 30
#: Sizes that are strata of their own, and strata an octave after that.
_FIRST, _PER_OCTAVE = 16, 6
#: Entries of what is asked of U at a time.
_BLOCK = 100_000
#: What Student's bound is enlarged by: samples are skewed.
_SAFETY = 1.15


def divide(question: Question, banzhaf: bool = False) -> Division:
    """φ of every user and, where the platform is a member, φ_p; with a bound that holds with 99% confidence.

    Banzhaf's value is the same with sizes that are binomial, not uniform: one stratum.

    All payments are within the bound together, not one by one.
    """
    worth = Worth(question.utility, question.profile)
    generator = np.random.default_rng(question.seed)
    found = _Sampling(worth, question.rule.extra, generator).run(banzhaf)
    values = np.zeros(question.utility.n_users)
    values[worth.kind >= 0] = found.values[worth.kind[worth.kind >= 0]]
    error = found.error + 2 * worth.rounding
    platform = None if question.rule.has_alpha else found.platform
    return Division(values, platform, worth.grand, error, statistical=True)


@dataclass(frozen=True, eq=False)
class _Found:
    values: FloatArray
    platform: float
    error: float


class _Sampling:
    """Strata and what was drawn from them; n users of C kinds share."""

    def __init__(self, worth: Worth, extra: int, generator: np.random.Generator) -> None:
        self.worth = worth
        self.extra = extra
        self.generator = generator
        self.sizes, self.n, self.n_kinds = worth.sizes, int(worth.sizes.sum()), len(worth.sizes)
        self.strata = _strata(self.n)
        work = (1 + len(self.strata)) * (2 + self.n_kinds)
        self.draws = min(max(_DRAWS, _WORK // work), _MOST_DRAWS)

    def run(self, banzhaf: bool = False) -> _Found:
        n = self.n
        if not n:
            return _Found(np.zeros(0), 0.0, 0.0)
        if banzhaf:
            sizes = self.generator.binomial(n - 1, 0.5, size=self.draws * (len(self.strata) + 1))
            return self._found(np.zeros(self.n_kinds), 0.0, [(1.0, self._all(sizes))])
        ends, platform = self._ends()
        pilot = [self._draw(stratum, _PILOT) for stratum in track(self.strata, "payments: first look")]
        weights = np.array([high - low for low, high in self.strata]) / n
        spread = weights * np.array([sample.std(axis=0, ddof=1)[:-1].max() for sample in pilot])
        draws = np.full(len(spread), self.draws)
        if spread.sum() > 0:
            draws = np.maximum(_LEAST, np.ceil(self.draws * len(spread) * spread / spread.sum())).astype(int)
        plan = list(zip(self.strata, weights.tolist(), draws.tolist(), strict=True))
        steps = track(plan, "payments: coalitions")
        return self._found(ends, platform, ((weight, self._draw(stratum, times)) for stratum, weight, times in steps))

    def _found(self, values: FloatArray, platform: float, samples: Iterable[tuple[float, FloatArray]]) -> _Found:
        """What is known and, by its weight, the mean of each sample, one row a draw."""
        value, variance, freedom = np.zeros(self.n_kinds + 1), np.zeros(self.n_kinds), np.zeros(self.n_kinds)
        for weight, sample in samples:
            value += weight * sample.mean(axis=0)
            own = weight**2 * sample[:, :-1].var(axis=0, ddof=1) / len(sample)
            variance += own
            freedom += own**2 / (len(sample) - 1)
        return _Found(values + value[:-1], platform + float(value[-1]), self._bound(variance, freedom))

    def _bound(self, variance: FloatArray, freedom: FloatArray) -> float:
        """Student's, with the degrees of freedom of Welch and Satterthwaite, for all kinds together (Bonferroni)."""
        from scipy.special import stdtrit

        some = variance > 0
        if not some.any():
            return 0.0
        degrees = np.maximum(variance[some] ** 2 / freedom[some], _LEAST - 1)
        quantile = stdtrit(degrees, 1 - (1 - CONFIDENCE) / (2 * self.n_kinds))
        return float((_SAFETY * quantile * np.sqrt(variance[some])).max())

    def _ends(self) -> tuple[FloatArray, float]:
        """What the sizes 0 and n − 1 come to, exactly; and U of nobody and of all for the platform."""
        n = self.n
        one = np.eye(self.n_kinds, dtype=np.int64)
        alone = self.worth.of(one)
        if n == 1:
            return alone * self._share(0), float(alone[0]) / 2
        last = self.worth.grand - self.worth.of(self.sizes - one)
        ends = (alone * self._share(0) + last * self._share(n - 1)) / n
        return ends, self.worth.grand / (n + 1)

    def _share(self, size: int) -> float:
        """The part of a marginal value that counts: under Theorem 1 the platform must have come before."""
        return (size + 1) / (self.n + 1) if self.extra else 1.0

    def _draw(self, stratum: tuple[int, int], times: int) -> FloatArray:
        """One marginal value a kind, and last what U(S) is worth to the platform, shape (times, C + 1)."""
        return self._all(self.generator.integers(*stratum, size=times))

    def _all(self, sizes: IntArray) -> FloatArray:
        """A draw for each size, as many at a time as fit."""
        together = max(1, _BLOCK // (self.n_kinds * (self.n_kinds + 2)))
        return np.vstack([self._some(sizes[first : first + together]) for first in range(0, len(sizes), together)])

    def _some(self, sizes: IntArray) -> FloatArray:
        """One row a size."""
        one = np.eye(self.n_kinds, dtype=np.int64)
        inside = np.array([self._subset(self.sizes, size) for size in sizes.tolist()])
        joined = inside + np.array([self._subset(rest, 1) for rest in self.sizes - inside])
        may_enter, may_leave = inside < self.sizes, inside > 0
        wider, closer = (inside[:, None] + one)[may_enter], (joined[:, None] - one)[may_leave]
        found = self.worth.of(np.concatenate([inside, joined, wider, closer]))
        before, after, of_wider, of_closer = np.split(found, np.cumsum([len(sizes), len(sizes), len(wider)]))
        enter, leave = np.zeros(inside.shape), np.zeros(inside.shape)
        enter[may_enter], leave[may_leave] = of_wider, of_closer
        part = inside / self.sizes
        gains = np.where(part > 0, part * (after[:, None] - leave), 0.0)
        gains += np.where(part < 1, (1 - part) * (enter - before[:, None]), 0.0)
        share = np.array([self._share(size) for size in sizes.tolist()])[:, None]
        return np.hstack([share * gains, before[:, None] * self.n / (self.n + 1)])

    def _subset(self, of: IntArray, size: int) -> IntArray:
        """How many of each kind are among ``size`` users drawn from ``of`` each."""
        return np.asarray(self.generator.multivariate_hypergeometric(of, size, method="marginals"))


def _strata(n: int) -> list[tuple[int, int]]:
    """Intervals low ≤ size < high that make up 1, …, n − 2."""
    if n <= 2:
        return []
    edges = [*range(1, min(_FIRST, n - 1) + 1)]
    while edges[-1] < n - 1:
        edges.append(min(max(edges[-1] + 1, math.ceil(edges[-1] * 2 ** (1 / _PER_OCTAVE))), n - 1))
    return list(pairwise(edges))
