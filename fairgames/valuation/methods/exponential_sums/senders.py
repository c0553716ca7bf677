"""Users who send their own means, level 2: products of factors p + q·x at nodes q and t."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fairgames import memory
from fairgames.typing import FloatArray
from fairgames.valuation.methods.exponential_sums.binomial_quadrature import BinomialQuadrature
from fairgames.valuation.methods.exponential_sums.precomputed import Precomputed
from fairgames.valuation.methods.exponential_sums.subset_means import Items

_UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2
_ALMOST = -1 + 2.0**-53
#: Entries handled at a time.
_BLOCK = 30_000


@dataclass(frozen=True, eq=False)
class Products:
    """At nodes q and t, shape (Q, T).

    Attributes
    ----------
    plain : P = E[e^{−tA}], the product of 1 − q + q·x over senders, x = e^{−t/V}
    worth : W − a_tot·(1 − e^{−t/s²}), where P·W = E[e^{−tA}·Σ a·o over the senders who are in]
    """

    plain: FloatArray
    worth: FloatArray


@dataclass(frozen=True, eq=False)
class Senders:
    """What each of M users adds at the T nodes t by sending, shape (M, T).

    Attributes
    ----------
    falls : x − 1 = e^{−t/V} − 1
    gains : a·x·o with o = e^{−tc} − e^{−t/s²}, c = r²v/(s²V)
    constants : −a·log(r²v/V), shape (M,)
    """

    precomputed: Precomputed
    items: Items
    falls: FloatArray
    gains: FloatArray
    constants: FloatArray

    @classmethod
    def of(cls, precomputed: Precomputed, items: Items) -> Senders:
        s2, t = precomputed.between, precomputed.t
        noise = precomputed.within * items.values
        variance = s2 + noise
        memory.require(
            24 * len(items.values) * len(t),
            f"Exponential sums over {len(items.values):,} distinct senders",
            "Round their numbers of samples, so that fewer are distinct.",
        )
        falls = np.expm1(-np.divide.outer(t, variance).T)
        gains = np.zeros_like(falls)
        if s2:  # 1/s² − c is 1/V
            start = np.exp(-np.multiply.outer(noise / (s2 * variance), t))
            gains = items.weights[:, None] * (1 + falls) * start * -falls
        return cls(precomputed, items, falls, gains, -items.weights * np.log(noise / variance))

    def products(self, quadrature: BinomialQuadrature) -> Products:
        """P and W at the nodes of ``quadrature``."""
        shape = (len(quadrature.q), len(self.precomputed.t))
        memory.require(
            8 * 12 * math.prod(shape),
            f"Exponential sums at {shape[0]:,} × {shape[1]:,} nodes",
            "Put some users on level 0.",
        )
        t, s2 = self.precomputed.t, self.precomputed.between
        absent = self.precomputed.importance * (-np.expm1(-t / s2) if s2 else np.ones_like(t))
        plain, worth = np.ones(shape), np.broadcast_to(-absent, shape).copy()
        for rows in blocks(shape):
            q = quadrature.q[rows, None]
            product, own = plain[rows], worth[rows]
            logs = np.zeros_like(product)
            for count, fall, gain in zip(self.items.counts.tolist(), self.falls, self.gains, strict=True):
                one = coin(quadrature, rows, fall)
                own += (count * q) * gain / one
                if count == 1:
                    product *= one
                else:  # No coin is 0; where one is near, it hardly counts, and so do its lost digits.
                    logs += count * np.log1p(np.maximum(q * fall, _ALMOST))
            product *= np.exp(logs)
        return Products(plain, worth)

    def without(self, number: int, quadrature: BinomialQuadrature, products: Products) -> Products:
        """P and W without one of the senders."""
        everywhere = slice(None)
        own = coin(quadrature, everywhere, self.falls[number])
        return Products(products.plain / own, products.worth - quadrature.q[:, None] * self.gains[number] / own)

    @property
    def rounding(self) -> float:
        """Relative rounding error of a sum of products at all nodes: exponents reach some hundreds before e^x is 0."""
        return (4 * len(self.falls) + 4000) * _UNIT_ROUNDOFF


def coin(quadrature: BinomialQuadrature, rows: slice, fall: FloatArray) -> FloatArray:
    """1 − q + q·x, accurate where q is near 1 and x near 0."""
    return np.asarray(quadrature.p[rows, None] + quadrature.q[rows, None] * (1 + fall))


def blocks(shape: tuple[int, ...]) -> list[slice]:
    """Rows that stay in the cache together."""
    together = max(1, _BLOCK // shape[1])
    return [slice(first, first + together) for first in range(0, shape[0], together)]
