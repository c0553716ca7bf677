"""Fair payments at one profile by sampling coalitions, stratified by size: for a U of which nothing is known.

φ_i is the mean over sizes s = 0, …, n − 1 of E[U(S ∪ i) − U(S)], S being any s of the others. One
coalition S and one more user j serve everybody: who is not in S enters it, who is in S leaves
S ∪ {j}, and either way the others are any s of them. Sizes 0 and n − 1 are exact; small ones are
strata of their own, as one early arrival may earn nearly everything; larger ones share strata.
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

#: Coalitions drawn from each stratum to see how much it varies; and on average to estimate with.
_PILOT, _DRAWS = 20, 100
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
    values[worth.users] = found.values
    error = found.error + 2 * question.utility.rounding
    platform = None if question.rule.has_alpha else found.platform
    return Division(values, platform, worth.grand, error, statistical=True)


@dataclass(frozen=True, eq=False)
class _Found:
    values: FloatArray
    platform: float
    error: float


class _Sampling:
    """Strata and what was drawn from them; n users share."""

    def __init__(self, worth: Worth, extra: int, generator: np.random.Generator) -> None:
        self.worth = worth
        self.extra = extra
        self.generator = generator
        self.n = len(worth.users)
        self.strata = _strata(self.n)

    def run(self, banzhaf: bool = False) -> _Found:
        n = self.n
        if not n:
            return _Found(np.zeros(0), 0.0, 0.0)
        if banzhaf:
            sizes = self.generator.binomial(n - 1, 0.5, size=_DRAWS * (len(self.strata) + 1))
            return self._found(np.zeros(n), 0.0, [(1.0, self._all(sizes))])
        ends, platform = self._ends()
        pilot = [self._draw(stratum, _PILOT) for stratum in track(self.strata, "payments: first look")]
        weights = np.array([high - low for low, high in self.strata]) / n
        spread = weights * np.array([sample.std(axis=0, ddof=1)[:n].max() for sample in pilot])
        draws = np.full(len(spread), _DRAWS)
        if spread.sum() > 0:
            draws = np.maximum(_LEAST, np.ceil(_DRAWS * len(spread) * spread / spread.sum())).astype(int)
        plan = list(zip(self.strata, weights.tolist(), draws.tolist(), strict=True))
        steps = track(plan, "payments: coalitions")
        return self._found(ends, platform, ((weight, self._draw(stratum, times)) for stratum, weight, times in steps))

    def _found(self, values: FloatArray, platform: float, samples: Iterable[tuple[float, FloatArray]]) -> _Found:
        """What is known and, by its weight, the mean of each sample, one row a draw."""
        n = self.n
        value, variance, freedom = np.zeros(n + 1), np.zeros(n), np.zeros(n)
        for weight, sample in samples:
            value += weight * sample.mean(axis=0)
            own = weight**2 * sample[:, :n].var(axis=0, ddof=1) / len(sample)
            variance += own
            freedom += own**2 / (len(sample) - 1)
        return _Found(values + value[:n], platform + float(value[n]), self._bound(variance, freedom))

    def _bound(self, variance: FloatArray, freedom: FloatArray) -> float:
        """Student's, with the degrees of freedom of Welch and Satterthwaite, for all users together (Bonferroni)."""
        from scipy.special import stdtrit

        some = variance > 0
        if not some.any():
            return 0.0
        degrees = np.maximum(variance[some] ** 2 / freedom[some], _LEAST - 1)
        quantile = stdtrit(degrees, 1 - (1 - CONFIDENCE) / (2 * self.n))
        return float((_SAFETY * quantile * np.sqrt(variance[some])).max())

    def _ends(self) -> tuple[FloatArray, float]:
        """What the sizes 0 and n − 1 come to, exactly; and U of nobody and of all for the platform."""
        n = self.n
        alone = self.worth.of(np.eye(n, dtype=bool))
        if n == 1:
            return alone * self._share(0), float(alone[0]) / 2
        last = self.worth.grand - self.worth.of(~np.eye(n, dtype=bool))
        ends = (alone * self._share(0) + last * self._share(n - 1)) / n
        return ends, self.worth.grand / (n + 1)

    def _share(self, size: int) -> float:
        """The part of a marginal value that counts: under Theorem 1 the platform must have come before."""
        return (size + 1) / (self.n + 1) if self.extra else 1.0

    def _draw(self, stratum: tuple[int, int], times: int) -> FloatArray:
        """One marginal value a user, and last what U(S) is worth to the platform, shape (times, n + 1)."""
        return self._all(self.generator.integers(*stratum, size=times))

    def _all(self, sizes: IntArray) -> FloatArray:
        """A draw for each size, as many at a time as fit."""
        together = max(1, _BLOCK // (self.n * (self.n + 2)))
        return np.vstack([self._some(sizes[first : first + together]) for first in range(0, len(sizes), together)])

    def _some(self, sizes: IntArray) -> FloatArray:
        """One row a size."""
        n, times = self.n, len(sizes)
        place = self.generator.permuted(np.tile(np.arange(n), (times, 1)), axis=1)
        inside, joined = (place < (sizes + more)[:, None] for more in (0, 1))
        changed = np.where(inside[:, :, None], joined[:, None], inside[:, None]) ^ np.eye(n, dtype=bool)
        asked = np.concatenate([inside[:, None], joined[:, None], changed], axis=1)
        found = self.worth.of(asked.reshape(-1, n)).reshape(times, n + 2)
        before, after, others = found[:, :1], found[:, 1:2], found[:, 2:]
        share = np.array([self._share(size) for size in sizes.tolist()])[:, None]
        gains = share * np.where(inside, after - others, others - before)
        return np.hstack([gains, before * n / (n + 1)])


def _strata(n: int) -> list[tuple[int, int]]:
    """Intervals low ≤ size < high that make up 1, …, n − 2."""
    if n <= 2:
        return []
    edges = [*range(1, min(_FIRST, n - 1) + 1)]
    while edges[-1] < n - 1:
        edges.append(min(max(edges[-1] + 1, math.ceil(edges[-1] * 2 ** (1 / _PER_OCTAVE))), n - 1))
    return list(pairwise(edges))
