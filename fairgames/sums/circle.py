"""Means of e^{−uY} over subsets of a size of many users of few kinds: Cauchy's integral through the saddle point.

Σ_{|S|=k} e^{−uY(S)} is the coefficient of z^k in Π_g (1 + z·x_g)^{m_g}, x_g = e^{−u·v_g}. On the circle
whose radius makes k the mean size the integrand is nearly Gaussian, and a few points in a
trapezoidal sum, exact up to e^{−40}, give the coefficient without loss of digits.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairgames.progress import track
from fairgames.sums.subset_means import Items, Means
from fairgames.typing import Array, FloatArray, IntArray

#: Points on half the circle: enough for a size of any spread (see :meth:`Circle._angles`).
_POINTS = 34
#: A Gaussian is nothing so many standard deviations from its mean.
_GONE = 9.0
_BISECTIONS = 70


class Circle:
    """Means over subsets of the sizes ``sizes``, each with its own row of exponents in ``grid``, shape (K, U).

    Sizes are below the number of all items.
    """

    def __init__(self, items: Items, sizes: IntArray, grid: FloatArray) -> None:
        self.items = items
        self.sizes = sizes.astype(float)[:, None]
        self.values = -np.multiply.outer(items.values, grid)  # log x, shape (G, K, U)
        counts = items.counts[:, None, None]
        radius = self._radii(counts)
        odds = radius + self.values
        self.share = _logistic(odds)
        self.plain_radius = np.log(np.maximum(self.sizes, 1e-300) / (items.total - self.sizes))
        # log((1 + z·x)/(1 + z₀)) and log(z/z₀): against u = 0, where the mean is 1.
        self.rise = _log_ratio(odds, np.broadcast_to(self.plain_radius, odds.shape))
        self.shift = self.sizes * (radius - self.plain_radius)
        spread = (counts * self.share * (1 - self.share)).sum(axis=0)
        self.angle, self.weight = self._angles(np.sqrt(spread))
        here = self._factors(self.share, self.angle)
        self.log_factors, self.inclusion = here
        plain = self.sizes / items.total
        self.plain_angle, self.plain_weight = self._angles(np.sqrt(items.total * plain * (1 - plain)))
        self.plain_factor, _ = self._factors(plain[None], self.plain_angle)

    def of_all(self) -> Means:
        return self._means(None)

    def without_each(self) -> Iterator[tuple[int, Means]]:
        """For each item the means over subsets of the others."""
        numbers = range(len(self.items.values))
        for number in track(numbers, "payments: group members", len(self.items.values)):
            yield number, self._means(number)

    def _means(self, left_out: int | None) -> Means:
        counts = self.items.counts.astype(float)
        total = self.items.total
        if left_out is not None:
            counts[left_out] -= 1
            total -= 1
        phase = -1j * self.sizes[..., None] * self.angle
        factors = self.weight * np.exp(np.tensordot(counts, self.log_factors, 1) + phase)
        plain_phase = -1j * self.sizes[..., None] * self.plain_angle
        plain = (self.plain_weight * np.exp(total * self.plain_factor[0] + plain_phase).real).sum(axis=-1)
        scale = np.exp(np.tensordot(counts, self.rise, 1) - self.shift) / plain
        scale = np.where(self.sizes > 0, scale, 1.0)
        own = np.where(self.sizes > 0, factors.real.sum(axis=-1), 1.0)
        weights = np.tensordot(counts * self.items.weights, self.inclusion, 1)
        weighted = np.where(self.sizes > 0, (factors * weights).real.sum(axis=-1), 0.0)
        return Means(scale * own, scale * weighted)

    def _radii(self, counts: IntArray) -> FloatArray:
        """log z at which the mean size is k, by bisection, shape (K, U); it need not be exact."""
        middle = np.log(np.maximum(self.sizes, 0.5) / (self.items.total - self.sizes))
        low = middle + 0 * self.values[0] - 1
        high = middle - self.values.min(axis=0) + 1
        for _ in range(_BISECTIONS):
            radius = (low + high) / 2
            size = (counts * _logistic(radius + self.values)).sum(axis=0)
            low, high = np.where(size < self.sizes, radius, low), np.where(size < self.sizes, high, radius)
        return np.asarray(np.where(self.sizes > 0, radius, middle))

    @staticmethod
    def _angles(spread: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Angles and weights on half the circle, shape (K, U, points).

        J points on the whole circle mistake a size k for k ± J, …: J = 9σ + 32 is enough. Of
        those, only angles up to 9/σ count.
        """
        whole = 2 * np.ceil((_GONE * spread + 32) / 2)[..., None]
        number = np.arange(_POINTS)
        weight = np.where((number == 0) | (2 * number == whole), 1.0, 2.0) / whole
        angle = 2 * np.pi * number / whole
        return angle, np.where(2 * number <= whole, weight, 0.0)

    @staticmethod
    def _factors(share: FloatArray, angle: FloatArray) -> tuple[Array, Array]:
        """log(1 + π(e^{iθ} − 1)), and the share that includes an item, π·e^{iθ} over the same."""
        turn = -2 * np.sin(angle / 2) ** 2 + 1j * np.sin(angle)
        part = share[..., None] * turn
        size = np.where(
            part.real > -0.25,
            np.log1p(np.maximum(2 * part.real + np.abs(part) ** 2, -0.5)) / 2,
            np.log(np.maximum(np.abs(1 + part), 1e-300)),
        )
        return size + 1j * np.arctan2(part.imag, 1 + part.real), share[..., None] * (1 + turn) / (1 + part)


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
