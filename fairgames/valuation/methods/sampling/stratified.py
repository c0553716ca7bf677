"""Fair payments at one profile by sampling coalitions, stratified by size: for any U.

φ_i is the mean over sizes s = 0, …, n − 1 of E[U(S ∪ i) − U(S)], S being any s of the others. One
coalition S and one more user j serve everybody: who is not in S enters it, who is in S leaves
S ∪ {j}, and either way the others are any s of them. Users of one type at one level are one kind.
Sizes 0 and n − 1 are exact; small ones are strata of their own, as one early arrival may earn
nearly everything; larger ones share strata. What is known of the coalitions takes most of the
variance out (:mod:`fairgames.valuation.methods.sampling.control`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fairgames.progress import track
from fairgames.typing import FloatArray, IntArray
from fairgames.valuation.allocation import CONFIDENCE, Cost, PaymentRequest, Values
from fairgames.valuation.coalitions import KindsUtility
from fairgames.valuation.methods.kinds import kind_sizes
from fairgames.valuation.methods.sampling.control import Statistics, Twin, features, without_controls

#: Coalitions drawn from each stratum to see how much it varies; and on average to estimate with, at least …
_PILOT, _DRAWS = 20, 100
#: … and more, up to so many, where U of so many coalitions allows it.
_MOST_DRAWS, _WORK = 1000, 400_000
#: No stratum with fewer: its own variance is what tells the error.
_LEAST = 50
#: Sizes that are strata of their own, and strata an octave after that.
_FIRST, _PER_OCTAVE = 16, 6
#: Entries of what is asked of U at a time.
_BLOCK = 100_000
#: Users from whom on an order of all of them takes longer than numbers of each kind.
_CROWD = 3000
#: How often the farthest of all draws is added to Student's bound: samples are skewed.
_FARTHEST = 2


def why_not(_question: PaymentRequest) -> None:
    """Nothing stands against it but that its bound is statistical."""


def cost(question: PaymentRequest) -> Cost:
    """U of so many coalitions and of their neighbours, one more or less of each kind."""
    n, kinds = question.n_sharing, len(kind_sizes(question))
    strata = len(_strata(n)) if n else 0
    values = strata * (_PILOT + _draws(max(strata, 1), kinds)) * (2 + 2 * kinds)
    return Cost(0.05 + 2e-6 * values, 1e8, 0.02 * question.worth / max(1, n))


def divide(question: PaymentRequest, banzhaf: bool = False) -> Values:
    """φ of every user and, where the platform is a member, φ_p; with a bound that holds with 99% confidence.

    Banzhaf's value is the same with sizes that are binomial, not uniform: one stratum.

    All payments, and φ_p, are within the bound together, not one by one.
    """
    worth = KindsUtility(question.utility, question.profile)
    sampling = _Sampling(worth, Twin.of(question, worth, banzhaf), question, banzhaf)
    found = sampling.run()
    values = np.zeros(question.utility.n_users)
    values[worth.kind >= 0] = found.values[worth.kind[worth.kind >= 0]]
    platform = None if question.rule.has_alpha else found.platform
    return Values(values, platform, worth.grand, found.error, statistical=True)


@dataclass(frozen=True, eq=False)
class _Found:
    values: FloatArray
    platform: float
    error: float


@dataclass(frozen=True)
class _Stratum:
    """Sizes low ≤ s < high with the same chance, of together ``weight``; or binomial ones."""

    low: int
    high: int
    weight: float
    binomial: bool = False

    def sizes(self, generator: np.random.Generator, times: int) -> IntArray:
        if self.binomial:
            return generator.binomial(self.high - 1, 0.5, size=times)
        return generator.integers(self.low, self.high, size=times)

    @property
    def mean(self) -> float:
        return (self.low + self.high - 1) / 2

    @property
    def spread(self) -> float:
        return (math.sqrt(self.high) if self.binomial else self.high - self.low) / 3


class _Sampling:
    """Strata and what was drawn from them; n users of C kinds share. Values are of C kinds and, last, the platform."""

    def __init__(self, worth: KindsUtility, twin: Twin | None, question: PaymentRequest, banzhaf: bool) -> None:
        self.worth, self.twin, self.extra, self.banzhaf = worth, twin, question.rule.platform_members, banzhaf
        self.worths = [worth, twin.worth] if twin else [worth]
        self.generator = np.random.default_rng(question.seed)
        self.sizes, self.n, self.n_kinds = worth.sizes, int(worth.sizes.sum()), len(worth.sizes)
        self.values = self.n_kinds if question.rule.has_alpha else self.n_kinds + 1
        self.strata = [_Stratum(0, self.n, 1.0, binomial=True)] if banzhaf else _strata(self.n)
        self.draws = _draws(len(self.strata), self.n_kinds)

    def run(self) -> _Found:
        if not self.n:
            return _Found(np.zeros(0), 0.0, 0.0)
        ends = np.stack([self._ends(worth) for worth in self.worths], axis=1)
        pilot = [self._draw(stratum, _PILOT) for stratum in track(self.strata, "payments: first look")]
        mix = self._mix(pilot)
        values = (ends * mix).sum(axis=1) - (mix[:, 1] * self.twin.values if self.twin else 0.0)
        statistics = Statistics(self.sizes, features(self.worth))
        plan = zip(self.strata, self._plan([_mixed(gains, mix) for gains in pilot]), strict=True)
        variance, freedom, farthest = (np.zeros(self.n_kinds + 1) for _ in range(3))
        for stratum, times in track(list(plan), "payments: coalitions"):
            sample = self._sample(stratum, times, mix, statistics)
            values += stratum.weight * sample.mean(axis=0)
            own = stratum.weight**2 * sample.var(axis=0, ddof=1) / times
            variance += own
            freedom += own**2 / (times - 1)
            farthest = np.maximum(farthest, stratum.weight / times * np.abs(sample - sample.mean(axis=0)).max(axis=0))
        some = slice(self.values)
        error = self._bound(variance[some], freedom[some], farthest[some]) + self._known_error(mix)
        return _Found(values[:-1], float(values[-1]), error)

    def _mix(self, pilot: list[FloatArray]) -> FloatArray:
        """U's coefficient 1 and, by which most variance goes, −β of the twin, shape (C + 1, 2 or 1)."""
        mix = np.ones((self.n_kinds + 1, len(self.worths)))
        if self.twin:
            pairs = zip(self.strata, pilot, strict=True)
            centred = [stratum.weight * (gains - gains.mean(axis=0)) for stratum, gains in pairs]
            own, other = np.moveaxis(np.concatenate([np.zeros((1, *mix.shape)), *centred]), 2, 0)
            square = (other**2).sum(axis=0)
            mix[:, 1] = -np.clip((own * other).sum(axis=0) / np.where(square > 0, square, 1.0), 0, 1)
        return mix

    def _plan(self, pilot: list[FloatArray]) -> list[int]:
        """How many draws of each stratum (Neyman)."""
        spread = np.array([
            stratum.weight * sample.std(axis=0, ddof=1)[:-1].max()
            for stratum, sample in zip(self.strata, pilot, strict=True)
        ])  # fmt: skip
        if not spread.sum() > 0:
            return [self.draws] * len(spread)
        wanted = np.ceil(self.draws * len(spread) * spread / spread.sum())
        return [int(times) for times in np.maximum(_LEAST, wanted)]

    def _sample(self, stratum: _Stratum, times: int, mix: FloatArray, statistics: Statistics) -> FloatArray:
        """One marginal value a kind, without what is explained, and last that of the platform, shape (times, C + 1)."""
        sizes = stratum.sizes(self.generator, times)
        inside, joined = self._coalitions(sizes)
        values = _mixed(self._gains(inside, joined), mix)
        sized = np.broadcast_to(((sizes - stratum.mean) / stratum.spread)[:, None, None], (*values.shape, 1))
        controls = statistics.of(inside, joined)
        return without_controls(values, np.concatenate([sized, controls], axis=2))

    def _known_error(self, mix: FloatArray) -> float:
        """Of U itself, and of the twin's exact values."""
        error = sum(2 * worth.rounding for worth in self.worths)
        return error + (float(np.abs(mix[:, 1]).max()) * self.twin.error if self.twin else 0.0)

    def _bound(self, variance: FloatArray, freedom: FloatArray, farthest: FloatArray) -> float:
        """Student's, with the degrees of freedom of Welch and Satterthwaite, for all values together (Bonferroni).

        What is rare and large makes samples skewed: ``farthest`` is what the most of it moved an estimate by.
        """
        from scipy.special import stdtrit

        some = variance > 0
        if not some.any():
            return 0.0
        degrees = np.maximum(variance[some] ** 2 / freedom[some], _LEAST - 1)
        quantile = stdtrit(degrees, 1 - (1 - CONFIDENCE) / (2 * self.values))
        return float((quantile * np.sqrt(variance[some]) + _FARTHEST * farthest[some]).max())

    def _ends(self, worth: KindsUtility) -> FloatArray:
        """What the sizes 0 and n − 1 come to, exactly; for the platform the sizes 0, n − 1 and n."""
        n = self.n
        if self.banzhaf:
            return np.zeros(self.n_kinds + 1)
        one = np.eye(self.n_kinds, dtype=np.int64)
        alone = worth.of(one)
        if n == 1:
            return np.append(alone * self._share(0), alone / 2)
        but_one = worth.of(self.sizes - one)
        ends = (alone * self._share(0) + (worth.grand - but_one) * self._share(n - 1)) / n
        # The platform comes after nobody, all but one, or all; the strata have the sizes between.
        mean = float(but_one @ self.sizes) / n
        return np.append(ends, (mean + worth.grand) / (n + 1))

    def _share(self, size: int) -> float:
        """The part of a marginal value that counts: under Theorem 1 the platform must have come before."""
        return (size + 1) / (self.n + 1) if self.extra else 1.0

    def _draw(self, stratum: _Stratum, times: int) -> FloatArray:
        return self._gains(*self._coalitions(stratum.sizes(self.generator, times)))

    def _coalitions(self, sizes: IntArray) -> tuple[IntArray, IntArray]:
        """S and S ∪ {j}, one row a size: who is among the first of a random order, or how many of each kind are."""
        if self.n <= _CROWD:
            order = np.argsort(self.generator.random((len(sizes), self.n)), axis=1)
            starts = np.cumsum(self.sizes) - self.sizes
            before, until = order < sizes[:, None], order <= sizes[:, None]
            return np.add.reduceat(before, starts, axis=1, dtype=int), np.add.reduceat(until, starts, axis=1, dtype=int)
        inside = np.array([self._subset(self.sizes, size) for size in sizes.tolist()])
        return inside, inside + np.array([self._subset(rest, 1) for rest in self.sizes - inside])

    def _subset(self, of: IntArray, size: int) -> IntArray:
        """How many of each kind are among ``size`` users drawn from ``of`` each."""
        return np.asarray(self.generator.multivariate_hypergeometric(of, size, method="marginals"))

    def _gains(self, inside: IntArray, joined: IntArray) -> FloatArray:
        """One marginal value a kind, and last what U(S) is worth to the platform, of each worth: (M, C + 1, W)."""
        together = max(1, _BLOCK // (self.n_kinds * (self.n_kinds + 2)))
        rows = [slice(first, first + together) for first in range(0, len(inside), together)]
        return np.stack(
            [np.concatenate([self._some(worth, inside[part], joined[part]) for part in rows]) for worth in self.worths],
            axis=2,
        )

    def _some(self, worth: KindsUtility, inside: IntArray, joined: IntArray) -> FloatArray:
        around, part = worth.around(inside, joined), inside / self.sizes
        gains = np.where(part > 0, part * (around.after[:, None] - around.closer), 0.0)
        gains += np.where(part < 1, (1 - part) * (around.wider - around.before[:, None]), 0.0)
        share = np.array([self._share(size) for size in inside.sum(axis=1).tolist()])[:, None]
        of_platform = around.before[:, None] * self.n / (self.n + 1)
        return np.concatenate([share * gains, of_platform], axis=1)


def _mixed(gains: FloatArray, mix: FloatArray) -> FloatArray:
    """U's less β of the twin's."""
    return np.asarray(np.einsum("mkw,kw->mk", gains, mix))


def _draws(n_strata: int, n_kinds: int) -> int:
    """From a stratum, on average, to estimate with."""
    return min(max(_DRAWS, _WORK // ((1 + n_strata) * (2 + n_kinds))), _MOST_DRAWS)


def _strata(n: int) -> list[_Stratum]:
    """Sizes 1, …, n − 2."""
    if n <= 2:
        return []
    edges = [*range(1, min(_FIRST, n - 1) + 1)]
    while edges[-1] < n - 1:
        edges.append(min(max(edges[-1] + 1, math.ceil(edges[-1] * 2 ** (1 / _PER_OCTAVE))), n - 1))
    return [_Stratum(low, high, (high - low) / n) for low, high in pairwise(edges)]
