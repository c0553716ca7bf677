"""s² and r² of the one-way random model with unequal n: by moments, by REML, and their intervals.

With k users, n_i values each, N in all, SSW the sum of squares within, h_i = n_i/(1 + n_i·λ), λ = s²/r², and m the mean
of the users' means weighted by h_i, minus twice the restricted log-likelihood is, but for a constant,

    (N − 1)·log Q + Σ log(1 + n_i·λ) + log Σ h_i    at r² = Q/(N − 1), Q = SSW + Σ h_i·(mean_i − m)²

(Patterson & Thompson 1971; Searle, Casella & McCulloch 1992, Variance Components, section 6.6). One number is left to
find, λ ≥ 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fairgames.random_effects.summaries import Summaries
from fairgames.typing import FloatArray

#: Ratios s²/r² at which the likelihood is looked at before the best is refined: 5 a power of ten.
_RATIOS = np.concatenate([[0.0], np.logspace(-12, 24, 181)])
#: By which a bracket of the logarithm of a variance grows.
_STEP = 2.0


@dataclass(frozen=True)
class Variances:
    """Estimates of the two variances.

    Attributes
    ----------
    between : s², ≥ 0
    within : r²
    """

    between: float
    within: float


@dataclass(frozen=True)
class Interval:
    """An interval of a variance, ``low`` ≤ ``high``; it holds the true one with the confidence that was asked for."""

    low: float
    high: float


def moments(summaries: Summaries) -> Variances:
    """The unbiased estimators of the analysis of variance; s² may be negative.

    Raises
    ------
    OverflowError, ValueError
        If squares are beyond double precision.
    """
    sizes, means = summaries.sizes, summaries.means
    n_users, n_samples = len(sizes), summaries.n_samples
    centre = math.fsum(n * mean for n, mean in zip(sizes, means, strict=True)) / n_samples
    within = summaries.within_squares() / (n_samples - n_users)
    between_squares = math.fsum(n * (mean - centre) * (mean - centre) for n, mean in zip(sizes, means, strict=True))
    effective = (n_samples - sum(n * n for n in sizes) / n_samples) / (n_users - 1)
    return Variances((between_squares / (n_users - 1) - within) / effective, within)


def reml(summaries: Summaries) -> Variances:
    """The restricted maximum-likelihood estimates, for normal data; s² is 0 where the likelihood falls from 0 on."""
    likelihood = _Likelihood(summaries)
    ratio = likelihood.best_ratio()
    within = likelihood.within(ratio)
    return Variances(ratio * within, within)


def intervals(summaries: Summaries, confidence: float) -> tuple[Interval, Interval]:
    """Intervals of s² and of r² by the profile of the restricted likelihood.

    An interval holds the values that a likelihood-ratio test at the level 1 − ``confidence`` does not reject, the
    other variance being chosen to suit.
    """
    from scipy.stats import chi2

    likelihood = _Likelihood(summaries)
    best = reml(summaries)
    most = likelihood.at(best.between, best.within) + float(chi2.ppf(confidence, 1))
    between = _ends(lambda s2: likelihood.at(s2, likelihood.best_within(s2)) - most, best.between, best.within)
    within = _ends(lambda r2: likelihood.at(likelihood.best_between(r2), r2) - most, best.within, None)
    return between, within


class _Likelihood:
    """Minus twice the restricted log-likelihood."""

    def __init__(self, summaries: Summaries) -> None:
        self._sizes, self._means = summaries.arrays()
        self._squares = summaries.within_squares()
        self._n, self._k = summaries.n_samples, len(self._sizes)

    def within(self, ratio: float) -> float:
        """The best r² at one λ."""
        return self._spread(ratio)[0] / (self._n - 1)

    def best_ratio(self) -> float:
        """The best λ: of all on a fine grid, then where the derivative beside it vanishes."""
        from scipy.optimize import brentq

        values = [self._at_ratio(ratio) for ratio in _RATIOS]
        place = int(np.argmin(values))
        low, high = float(_RATIOS[max(place - 1, 0)]), float(_RATIOS[min(place + 1, len(_RATIOS) - 1)])
        if place == 0 and self._slope(0.0) >= 0:
            return 0.0
        if self._slope(low) >= 0 or self._slope(high) <= 0:  # flat to the last bit
            return float(_RATIOS[place])
        return float(brentq(self._slope, low, high, xtol=5e-324, rtol=4 * float(np.finfo(float).eps)))

    def at(self, between: float, within: float) -> float:
        """At both variances, but for a constant."""
        variances = between + within / self._sizes
        weights = 1 / variances
        centre = float(weights @ self._means) / float(weights.sum())
        spread = float(weights @ (self._means - centre) ** 2)
        fit = (self._n - self._k) * math.log(within) + self._squares / within + spread
        return fit + float(np.log(variances).sum()) + math.log(float(weights.sum()))

    def best_within(self, between: float) -> float:
        """The best r² for one s²: where the derivative by r² vanishes."""
        usual = self._squares / (self._n - self._k)
        low, high = math.log(usual) - 1, math.log(max(usual, self.within(0.0))) + 1
        return self._root(lambda r2: self._slopes(between, r2)[1], low, high)

    def best_between(self, within: float) -> float:
        """The best s² ≥ 0 for one r², likewise."""
        if self._slopes(0.0, within)[0] >= 0:
            return 0.0
        low = math.log(within / float(self._sizes.max())) - 1
        return self._root(lambda s2: self._slopes(s2, within)[0], low, low + 1)

    def _slopes(self, between: float, within: float) -> tuple[float, float]:
        """The derivatives by s² and by r²."""
        weights = 1 / (between + within / self._sizes)
        total = float(weights.sum())
        centre = float(weights @ self._means) / total
        # By the variance of each user's mean.
        each = weights - weights**2 * ((self._means - centre) ** 2 + 1 / total)
        inside = (self._n - self._k) / within - self._squares / within**2
        return float(each.sum()), inside + float(each @ (1 / self._sizes))

    def _root(self, slope: Callable[[float], float], low: float, high: float) -> float:
        """Where a slope that is negative below and positive above vanishes; ``low`` and ``high`` are logarithms."""
        from scipy.optimize import brentq

        while slope(math.exp(low)) > 0:
            low -= _STEP
        while slope(math.exp(high)) < 0:
            high += _STEP
        # The likelihood there is right to the square of that.
        return math.exp(float(brentq(lambda point: slope(math.exp(point)), low, high, xtol=1e-7)))

    def _spread(self, ratio: float) -> tuple[float, FloatArray, float]:
        """Q, the weights h_i and the mean m."""
        weights = self._sizes / (1 + self._sizes * ratio)
        centre = float(weights @ self._means) / float(weights.sum())
        return self._squares + float(weights @ (self._means - centre) ** 2), weights, centre

    def _at_ratio(self, ratio: float) -> float:
        spread, weights, _ = self._spread(ratio)
        logs = float(np.log1p(self._sizes * ratio).sum()) + math.log(float(weights.sum()))
        return (self._n - 1) * math.log(spread) + logs

    def _slope(self, ratio: float) -> float:
        """The derivative by λ; dh_i/dλ = −h_i²."""
        spread, weights, centre = self._spread(ratio)
        squares = weights * weights
        falls = float(squares @ (self._means - centre) ** 2) * (self._n - 1) / spread
        return float(weights.sum()) - float(squares.sum()) / float(weights.sum()) - falls


def _ends(excess: Callable[[float], float], best: float, unit: float | None) -> Interval:
    """Where a function that is negative at ``best`` becomes positive; 0 below where it does not."""
    from scipy.optimize import brentq

    start = best if best > 0 else float(unit or 1.0)
    low, high = 0.0, start
    while excess(high) <= 0:
        high *= 2
    top = brentq(excess, best if best > 0 else high / 2 if excess(high / 2) <= 0 else 0.0, high, rtol=1e-9)
    if best > 0 and (unit is None or excess(0.0) > 0):
        bottom = best
        while excess(bottom) <= 0:
            bottom /= 2
        low = brentq(excess, bottom, best, rtol=1e-9)
    return Interval(float(low), float(top))
