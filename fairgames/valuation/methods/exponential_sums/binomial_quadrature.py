"""∫₀¹ b_{m,k}(q)·f(q) dq for many k, b the binomial probability that k of m users are in.

f is what senders contribute, evaluated at nodes q; two rules have the same two verbs. With few users
one set of Gauss–Legendre nodes serves all k, and the sum is exact. With many, b is a narrow peak:
each k has its own nodes, by the trapezoidal rule in log(q/(1 − q)), which converges exponentially.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from fairgames.typing import FloatArray, IntArray
from fairgames.valuation.methods.exponential_sums.gauss import gauss_legendre
from fairgames.valuation.methods.exponential_sums.small_products import product

#: Users up to whom one set of Gauss nodes serves.
_FEW = 3000
#: e^{−39} is nothing.
_NOTHING = 39.0
#: Relative error of the weights, three times the largest seen against rationals.
_CHANCES = 1e-12


class BinomialQuadrature(Protocol):
    """Nodes q and p = 1 − q, shape (Q,), and the weights of the k that were asked for, with their relative error."""

    @property
    def q(self) -> FloatArray: ...

    @property
    def p(self) -> FloatArray: ...

    @property
    def rounding(self) -> float: ...

    def gather(self, values: FloatArray) -> FloatArray:
        """∫ b_{m,k}(q)·f(q) dq from f at the nodes, shape (Q, F): shape (K, F)."""

    def spread(self, values: FloatArray) -> FloatArray:
        """Weights times Σ_k b_{m,k}(q)·g_k at the nodes, from g, shape (K, F): shape (Q, F)."""

    def gather_of_fewer(self, values: FloatArray) -> FloatArray:
        """∫ b_{m−1,k}(q)·f(q) dq for the k but the last, which is m: shape (K − 1, F).

        b_{m−1,k} = b_{m,k}·(m − k)/(m·p), so one user fewer needs no nodes of its own.
        """


def quadrature(size: int, nodes: IntArray, others: int, fair: bool = False) -> BinomialQuadrature:
    """For k of ``size`` users in ``nodes``, the last of all; f is like a product of ``others`` factors p + q·x.

    With ``fair`` not the integral, but b·f at q = ½.
    """
    if fair:
        return _Shared.at_half(size, nodes)
    if size + others <= _FEW:
        return _Shared.of(size, nodes, others)
    return _Own.of(size, nodes, others)


@dataclass(frozen=True, eq=False)
class _Shared:
    """One set of nodes; ``chances[k, q]`` holds b times the weight of q."""

    q: FloatArray
    p: FloatArray
    chances: FloatArray
    fewer: FloatArray
    rounding: float = _CHANCES

    @classmethod
    def of(cls, size: int, nodes: IntArray, others: int) -> _Shared:
        q, p, weights = gauss_legendre((size + others) // 2 + 2)  # one more for Theorem 1, where q is a factor
        k = nodes[:, None]
        mean = np.clip(k / max(size, 1), 0.5 / (size + 1), 1 - 0.5 / (size + 1))  # b is measured against its peak
        log = k * np.log1p((q - mean) / mean) + (size - k) * np.log1p((p - (1 - mean)) / (1 - mean))
        chances = np.exp(log) * weights
        chances /= (size + 1) * chances.sum(axis=1, keepdims=True)
        return cls(q, p, chances, _left_out(size, nodes)[:, None] * chances[:-1] / p)

    @classmethod
    def at_half(cls, size: int, nodes: IntArray) -> _Shared:
        chances = np.array([math.comb(size, k) / 2**size for k in nodes.tolist()])
        fewer = 2 * _left_out(size, nodes) * chances[:-1]
        return cls(np.array([0.5]), np.array([0.5]), chances[:, None], fewer[:, None])

    def gather(self, values: FloatArray) -> FloatArray:
        return product(self.chances, values)

    def spread(self, values: FloatArray) -> FloatArray:
        return product(self.chances.T, values)

    def gather_of_fewer(self, values: FloatArray) -> FloatArray:
        return product(self.fewer, values)


@dataclass(frozen=True, eq=False)
class _Own:
    """Nodes of the k, one after another: ``ends[j]`` are before the j-th or its own; ``weights`` hold b."""

    q: FloatArray
    p: FloatArray
    weights: FloatArray
    fewer: FloatArray
    ends: IntArray
    rounding: float = _CHANCES

    @classmethod
    def of(cls, size: int, nodes: IntArray, others: int) -> _Own:
        found = [_peak(size, int(k), others) for k in nodes]
        logit, weights = (np.concatenate(part) for part in zip(*found, strict=True))
        lengths = np.array([len(part) for part, _ in found])
        ends = np.cumsum(lengths)
        q, p = (1 / (1 + np.exp(sign * logit)) for sign in (-1, 1))
        rows = slice(0, len(q) - lengths[-1])
        fewer = np.repeat(_left_out(size, nodes), lengths[:-1]) * weights[rows] / p[rows]
        return cls(q, p, weights, fewer, ends)

    def gather(self, values: FloatArray) -> FloatArray:
        return self._by_owner(self.weights, values)

    def spread(self, values: FloatArray) -> FloatArray:
        return np.asarray(self.weights[:, None] * np.repeat(values, np.diff(self.ends, prepend=0), axis=0))

    def gather_of_fewer(self, values: FloatArray) -> FloatArray:
        return self._by_owner(self.fewer, values)

    def _by_owner(self, weights: FloatArray, values: FloatArray) -> FloatArray:
        rows = [slice(begin, end) for begin, end in pairwise([0, *self.ends.tolist()]) if end <= len(weights)]
        return np.array([weights[some] @ values[some] for some in rows]).reshape(len(rows), values.shape[1])


def _left_out(size: int, nodes: IntArray) -> FloatArray:
    """(m − k)/m for the k but the last: the share of users who are out."""
    return np.asarray((size - nodes[:-1]) / max(size, 1))


def _peak(size: int, k: int, others: int) -> tuple[FloatArray, FloatArray]:
    """Nodes log(q/(1 − q)) and weights for one k.

    b·q·(1 − q) has its peak at q = (k + 1)/(m + 2) and is about σ wide; f may move it to the
    left, as if ``others`` more users had stayed out, but where it moves far nothing is left.
    With one user fewer the right side is flatter.
    """
    ins, outs = k + 1, size - k + 1
    centre, width = np.log(ins / outs), np.sqrt(1 / ins + 1 / outs)
    left = min(np.log1p(others / outs), _NOTHING / ins) + np.hypot(9 * width, _NOTHING / ins)
    right = np.hypot(9 * width, _NOTHING / max(outs - 1, 1))
    step = 1 / np.sqrt(16 + 2 / width**2)
    away = np.arange(-np.ceil(left / step), np.ceil(right / step) + 1) * step
    log = ins * away - (size + 2) * np.log1p(ins / (size + 2) * np.expm1(away))
    weights = np.exp(log)
    return centre + away, weights / (weights.sum() * (size + 1))
