"""Means of e^{−uY} over subsets of a size of many users of few kinds: Cauchy's integral through the saddle point.

Σ_{|S|=k} e^{−uY(S)} is the coefficient of z^k in Π_g (1 + z·x_g)^{m_g}, x_g = e^{−u·v_g}. On the circle
whose radius makes k the mean size the integrand is nearly Gaussian, and a few points in a
trapezoidal sum, exact up to e^{−40}, give the coefficient without loss of digits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fairgames import memory
from fairgames.progress import track
from fairgames.typing import Array, FloatArray, IntArray
from fairgames.valuation.methods.exponential_sums.subset_means import Items, Means

#: A Gaussian is nothing so many standard deviations from its mean.
_GONE = 9.0
#: Points on half the circle, at most (see :func:`_angles`).
_POINTS = 38
#: How near the mean size must be to k: then k is among the likeliest sizes.
_NEAR = 0.05
_STEPS = 60
#: Complex numbers held at a time: they stay in the cache.
_BLOCK = 100_000
#: sin θ and sin²(θ/2) at angles θ.
_Sines = tuple[FloatArray, FloatArray]
_WAY_OUT = "Round the numbers of samples, so that fewer are distinct."


class SaddlePoint:
    """Means over subsets of the sizes ``sizes``, each with its own row of exponents in ``grid``, shape (K, U).

    Sizes are below the number of all items. The means are absolutely, not relatively, as good as said.

    Attributes
    ----------
    all : the means over subsets of all items
    without : for each item those over subsets of the others
    """

    def __init__(self, items: Items, sizes: IntArray, grid: FloatArray) -> None:
        self.items = items
        together = max(1, _BLOCK // (len(items.values) * grid.shape[1] * _POINTS))
        shape = (len(items.values) + 1, *grid.shape)
        memory.require(
            16 * math.prod(shape), f"Means over subsets without each of {len(items.values):,} kinds", _WAY_OUT
        )
        plain, weighted = np.empty(shape), np.empty(shape)
        for first in track(range(0, len(sizes), together), "payments: means over subsets"):
            some = slice(first, first + together)
            plain[:, some], weighted[:, some] = _Sizes(items, sizes[some], grid[some]).means()
        self.all = Means(plain[-1], weighted[-1])
        self.without = [Means(*pair) for pair in zip(plain[:-1], weighted[:-1], strict=True)]


class _Sizes:
    """Some sizes at once: arrays of shape (K, U), with items first (G, K, U) and points on the circle last."""

    def __init__(self, items: Items, sizes: IntArray, grid: FloatArray) -> None:
        self.items = items
        self.sizes = sizes.astype(float)[:, None]
        self.values = -np.multiply.outer(items.values, grid)  # log x, shape (G, K, U)
        self.counts = items.counts[:, None, None].astype(float)
        radius = self._radii()
        odds = radius + self.values
        self.share = _logistic(odds)
        # log((1 + z·x)/(1 + z₀)) and log(z/z₀): against u = 0, where the mean is 1.
        plain_radius = np.log(np.maximum(self.sizes, 1e-300) / (items.total - self.sizes))
        self.rise = _log_ratio(odds, np.broadcast_to(plain_radius, odds.shape))
        self.shift = self.sizes * (radius - plain_radius)

    def means(self) -> tuple[FloatArray, FloatArray]:
        """Plain and weighted means without each item, and last with all, shape (G + 1, K, U) each."""
        items, n = self.items, len(self.items.values)
        spread = np.sqrt((self.counts * self.share * (1 - self.share)).sum(axis=0))
        angle, weight = _angles(spread)
        share, sines = self.share[..., None], _sines(angle)
        own = [_turned(one, sines) for one in share]
        factors = weight * self._product(angle, sines, own)
        scale = np.tensordot(items.counts.astype(float), self.rise, 1) - self.shift
        levels = np.exp(np.concatenate([scale - self.rise, scale[None]]))
        levels[:n] /= self._chance(items.total - 1)
        levels[n] /= self._chance(items.total)
        without = [*(factors / one for one in own), factors]
        plain = levels * np.stack([part.real.sum(axis=-1) for part in without])
        nobody = self.sizes[:, 0] == 0
        plain[:, nobody] = 1.0
        if items.one_weight:
            return plain, items.weights[0] * self.sizes * plain
        shares = items.weights[:, None, None, None] * share * np.exp(1j * angle) / np.stack(own)
        inclusion = np.tensordot(items.counts.astype(float), shares, 1)
        others = [*(inclusion - share for share in shares), inclusion]
        pairs = zip(without, others, strict=True)
        weighted = levels * np.stack([(part * share).real.sum(axis=-1) for part, share in pairs])
        weighted[:, nobody] = 0.0
        return plain, weighted

    def _product(self, angle: FloatArray, sines: _Sines, own: Sequence[Array]) -> Array:
        """Π ((1 + z·x)/(1 + z₀·x))^m·(z/z₀)^{−k} at angles of z, shape (K, U, points)."""
        logs, phase = np.zeros(angle.shape), -self.sizes[..., None] * angle
        for share, count, turned in zip(self.share[..., None], self.items.counts.tolist(), own, strict=True):
            logs += count * _log_size(share, sines, turned)
            phase += count * np.angle(turned)
        return np.asarray(np.exp(logs) * (np.cos(phase) + 1j * np.sin(phase)))

    def _chance(self, total: int) -> FloatArray:
        """The same sum for u = 0: the chance that of ``total`` fair coins just k show heads, shape (K, 1)."""
        share = self.sizes / self.items.total
        angle, weight = _angles(np.sqrt(self.items.total * share * (1 - share)))
        sines = _sines(angle)
        turned = _turned(share[..., None], sines)
        phase = total * np.angle(turned) - self.sizes[..., None] * angle
        size = np.exp(total * _log_size(share[..., None], sines, turned))
        return np.asarray((weight * size * np.cos(phase)).sum(axis=-1))

    def _radii(self) -> FloatArray:
        """log z at which the mean size is k, shape (K, U); it need not be exact.

        By Newton's method for the log-odds of the mean size, which are nearly straight in log z where kinds do
        not lie far apart; elsewhere by halving.
        """
        shape, total, counts = self.values.shape[1:], self.items.total, self.items.counts.astype(float)
        values = self.values.reshape(len(counts), -1)
        wanted = np.broadcast_to(self.sizes, shape).ravel()
        middle = np.log(np.maximum(wanted, 0.5) / (total - wanted))
        radius = middle - counts @ values / total
        low, high = middle - 1, middle - values.min(axis=0) + 1
        left = np.flatnonzero(wanted)
        for _ in range(_STEPS):
            share = _logistic(radius[left] + values[:, left])
            size, slope = counts @ share, counts @ (share * (1 - share))
            far = np.abs(size - wanted[left]) > _NEAR
            left, size, slope = left[far], size[far], slope[far]
            if not len(left):
                break
            at, goal = radius[left], wanted[left]
            low[left], high[left] = np.where(size < goal, at, low[left]), np.where(size < goal, high[left], at)
            with np.errstate(all="ignore"):
                odds = np.log(size / (total - size))
                newton = at + (middle[left] - odds) * size * (total - size) / (total * slope)
            inside = (low[left] < newton) & (newton < high[left])
            radius[left] = np.where(inside, newton, (low[left] + high[left]) / 2)
        return np.asarray(np.where(wanted > 0, radius, middle).reshape(shape))


def _angles(spread: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Angles and weights on half the circle, shape (K, U, points).

    J points on the whole circle mistake a size k for k ± J, …: J = 9σ + 32 is enough. Of
    those, only angles θ count where e^{−2σ²·sin²(θ/2)}, which bounds the integrand, is something.
    """
    whole = 2 * np.ceil((_GONE * spread + 32) / 2)
    counting = whole / np.pi * np.arcsin(_GONE / np.maximum(2 * spread, _GONE))
    number = np.arange(math.ceil(float(counting.max())) + 1)
    whole = whole[..., None]
    weight = np.where((number == 0) | (2 * number == whole), 1.0, 2.0) / whole
    return 2 * np.pi * number / whole, np.where(2 * number <= whole, weight, 0.0)


def _sines(angle: FloatArray) -> _Sines:
    return np.sin(angle), np.sin(angle / 2) ** 2


def _turned(share: FloatArray, sines: _Sines) -> Array:
    """1 − s + s·e^{iθ}: what (1 + z·x)/(1 + z₀·x) is at z = z₀·e^{iθ}."""
    sine, squared = sines
    found = np.empty(sine.shape, dtype=complex)
    found.real, found.imag = 1 - 2 * share * squared, share * sine
    return found


def _log_size(share: FloatArray, sines: _Sines, turned: Array) -> FloatArray:
    """log|1 − s + s·e^{iθ}|, by log1p(−4s(1 − s)·sin²(θ/2)) unless that is near log 0."""
    short = 4 * share * (1 - share) * sines[1]
    found = np.log1p(-np.minimum(short, 0.5)) / 2
    small = short > 0.5
    found[small] = np.log(np.maximum(np.abs(turned[small]), 1e-300))
    return np.asarray(found)


def _log_ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """log((1 + e^a)/(1 + e^b)), accurate also where the two are close."""
    near = np.abs(above - below) < 1
    share = _logistic(below)
    return np.where(
        near,
        np.log1p(share * np.expm1(np.where(near, above - below, 0.0))),
        np.logaddexp(0, above) - np.logaddexp(0, below),
    )


def _logistic(log: FloatArray) -> FloatArray:
    """1/(1 + e^{−x})."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-log)))
