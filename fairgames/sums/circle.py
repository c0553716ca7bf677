"""Means of e^{−uY} over subsets of a size of many users of few kinds: Cauchy's integral through the saddle point.

Σ_{|S|=k} e^{−uY(S)} is the coefficient of z^k in Π_g (1 + z·x_g)^{m_g}, x_g = e^{−u·v_g}. On the circle
whose radius makes k the mean size the integrand is nearly Gaussian, and a few points in a
trapezoidal sum, exact up to e^{−40}, give the coefficient without loss of digits.
"""

from __future__ import annotations

import math

import numpy as np

from fairgames import memory
from fairgames.progress import track
from fairgames.sums.subset_means import Items, Means
from fairgames.typing import Array, FloatArray, IntArray

#: Points on half the circle: enough for a size of any spread (see :func:`_angles`).
_POINTS = 34
#: A Gaussian is nothing so many standard deviations from its mean.
_GONE = 9.0
_BISECTIONS = 40
#: Complex numbers held at a time.
_BLOCK = 1_000_000
_WAY_OUT = "Round the numbers of samples, so that fewer are distinct."


class Circle:
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
        turn = -2 * np.sin(angle / 2) ** 2 + 1j * np.sin(angle)
        logs = -1j * self.sizes[..., None] * angle
        inclusion = np.zeros(angle.shape, dtype=complex)
        one = 1 + self.share[..., None] * turn
        for number, count in enumerate(items.counts.tolist()):
            logs += count * _log(self.share[number, ..., None] * turn)
            inclusion += count * items.weights[number] * self.share[number, ..., None] * (1 + turn) / one[number]
        factors = weight * np.exp(logs)
        scale = np.tensordot(items.counts.astype(float), self.rise, 1) - self.shift
        plain, weighted = np.empty((2, n + 1, *spread.shape))
        for number in range(n):
            own, share = factors / one[number], self.share[number, ..., None] * (1 + turn) / one[number]
            level = np.exp(scale - self.rise[number]) / self._chance(items.total - 1)
            plain[number] = level * own.real.sum(axis=-1)
            weighted[number] = level * (own * (inclusion - items.weights[number] * share)).real.sum(axis=-1)
        level = np.exp(scale) / self._chance(items.total)
        plain[n] = level * factors.real.sum(axis=-1)
        weighted[n] = level * (factors * inclusion).real.sum(axis=-1)
        nobody = self.sizes[:, 0] == 0
        plain[:, nobody], weighted[:, nobody] = 1.0, 0.0
        return plain, weighted

    def _chance(self, total: int) -> FloatArray:
        """The same sum for u = 0: the chance that of ``total`` coins just k show heads, shape (K, 1)."""
        share = self.sizes / self.items.total
        angle, weight = _angles(np.sqrt(self.items.total * share * (1 - share)))
        turn = -2 * np.sin(angle / 2) ** 2 + 1j * np.sin(angle)
        logs = total * _log(share[..., None] * turn) - 1j * self.sizes[..., None] * angle
        return np.asarray((weight * np.exp(logs)).real.sum(axis=-1))

    def _radii(self) -> FloatArray:
        """log z at which the mean size is k, by bisection, shape (K, U); it need not be exact."""
        middle = np.log(np.maximum(self.sizes, 0.5) / (self.items.total - self.sizes))
        low = middle + 0 * self.values[0] - 1
        high = middle - self.values.min(axis=0) + 1
        for _ in range(_BISECTIONS):
            radius = (low + high) / 2
            size = (self.counts * _logistic(radius + self.values)).sum(axis=0)
            low, high = np.where(size < self.sizes, radius, low), np.where(size < self.sizes, high, radius)
        return np.asarray(np.where(self.sizes > 0, radius, middle))


def _angles(spread: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Angles and weights on half the circle, shape (K, U, points).

    J points on the whole circle mistake a size k for k ± J, …: J = 9σ + 32 is enough. Of
    those, only angles up to 9/σ count.
    """
    whole = 2 * np.ceil((_GONE * spread + 32) / 2)[..., None]
    number = np.arange(_POINTS)
    weight = np.where((number == 0) | (2 * number == whole), 1.0, 2.0) / whole
    return 2 * np.pi * number / whole, np.where(2 * number <= whole, weight, 0.0)


def _log(part: Array) -> Array:
    """log(1 + z), accurate where z is small and where it is near −1."""
    size = np.where(
        part.real > -0.25,
        np.log1p(np.maximum(2 * part.real + part.real**2 + part.imag**2, -0.5)) / 2,
        np.log(np.maximum(np.abs(1 + part), 1e-300)),
    )
    return np.asarray(size + 1j * np.arctan2(part.imag, 1 + part.real))


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
    """1/(1 + e^{−x}), without overflow."""
    return np.asarray(np.exp(-np.logaddexp(0, -log)))
