"""Sums over k = 0, …, m − 1 of a function that changes more slowly as k grows: few k, each for many.

The first 64 are taken one by one. After that each octave is summed by the rule on 14 whole
numbers near the Gauss points that is exact for polynomials: a function such as 1/k or log k
misses some 10⁻¹¹ there. The same numbers with a rule of lower degree tell how much. Where the
function jumps, as where enough users make an aggregate, an octave is parted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.polynomial import legendre

from fairgames.typing import FloatArray, IntArray

#: Sizes taken one by one; a power of two.
_FIRST = 64
#: Whole numbers taken from an octave.
_NODES = 14
#: How many degrees less the rule has that tells the error.
_FEWER = 3


@dataclass(frozen=True, eq=False)
class Sizes:
    """Σ_k g(k) ≈ Σ_j weights[j]·g(nodes[j]); ``coarse`` are the weights of the lesser rule.

    >>> rule = Sizes.below(10_000)
    >>> len(rule.nodes), round(float(rule.weights @ rule.nodes**2.0) - 9999 * 10_000 * 19_999 / 6)
    (176, 0)
    """

    nodes: IntArray
    weights: FloatArray
    coarse: FloatArray

    @classmethod
    def below(cls, end: int, minimum: int = 1) -> Sizes:
        """For k = 0, …, ``end`` − 1 of a function of k and k + 1 that jumps where they come to ``minimum``."""
        first = np.arange(min(_FIRST, end))
        parts = [(first, np.ones(len(first)), np.ones(len(first)))]
        low = _FIRST
        while low < end:
            high = min(2 * low, end)
            jumps = [place for place in (minimum - 1, minimum) if low < place < high]
            parts += [_block(*part) for part in pairwise([low, *jumps, high])]
            low = high
        nodes, weights, coarse = (np.concatenate(part) for part in zip(*parts, strict=True))
        return cls(nodes, weights, coarse)

    @classmethod
    def near_half(cls, end: int) -> Sizes:
        """Every k < ``end`` that a binomial with q = ½ may come to: ten standard deviations from its mean."""
        away = math.ceil(5 * math.sqrt(end))
        nodes = np.arange(max(0, end // 2 - away), min(end, end // 2 + away + 1))
        nodes = np.union1d(nodes, np.arange(min(1, end)))  # the empty group is always among them
        return cls(nodes, np.ones(len(nodes)), np.ones(len(nodes)))

    @property
    def all(self) -> bool:
        """Whether every k is there, and so nothing is missed."""
        return bool((self.weights == self.coarse).all())


def _block(low: int, high: int) -> tuple[IntArray, FloatArray, FloatArray]:
    """``low`` ≤ k < ``high``."""
    length = high - low
    if length < _FIRST:
        every = np.ones(length)
        return np.arange(low, high), every, every
    places, _ = legendre.leggauss(_NODES)
    nodes = np.rint((length - 1) * (1 + places) / 2).astype(np.int64)
    mapped = 2 * nodes / (length - 1) - 1
    powers = legendre.legvander(mapped, _NODES - 1).T
    sums = _polynomial_sums(length)
    fewer = _NODES - _FEWER
    coarse = np.asarray(np.linalg.lstsq(powers[:fewer], sums[:fewer], rcond=None)[0], dtype=float)
    return low + nodes, np.asarray(np.linalg.solve(powers, sums), dtype=float), coarse


def _polynomial_sums(length: int) -> FloatArray:
    """Σ of each Legendre polynomial over ``length`` equidistant points of [−1, 1].

    By the Gauss rule for that sum, whose nodes come from the recurrence of the discrete Chebyshev
    polynomials (Gautschi 2004, Table 1.2).
    """
    degree = np.arange(1, _NODES)
    side = degree * np.sqrt((length**2 - degree**2) / (4.0 * (4 * degree**2 - 1)))
    places, vectors = np.linalg.eigh(np.diag(side, 1) + np.diag(side, -1))
    weights = length * vectors[0] ** 2
    return np.asarray(weights @ legendre.legvander(2 * places / (length - 1), _NODES - 1))
