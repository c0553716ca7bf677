"""Sums of one profile at the nodes q and t, over senders and the group; and the potential."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairgames import memory
from fairgames.typing import FloatArray
from fairgames.valuation.methods.exponential_sums.binomial_quadrature import BinomialQuadrature, quadrature
from fairgames.valuation.methods.exponential_sums.group import AggregateGroup
from fairgames.valuation.methods.exponential_sums.precomputed import Precomputed
from fairgames.valuation.methods.exponential_sums.senders import Products, Senders

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class ProfileSums:
    """All senders and all members.

    Attributes
    ----------
    quadrature, products : nodes q for the size of the whole group, and the senders there
    seen : E_q[e^{−tE}] and E_q[a(S)·(e^{−tD} − e^{−t(E + 1/s²)})], times the weights of q: each (Q, T)
    seen_coarsely : the same by the lesser rule for sums over sizes; the same object where all sizes are summed
    seen_errors : bounds on what fits and rounding miss of ``seen``
    """

    group: AggregateGroup
    senders: Senders
    quadrature: BinomialQuadrature
    products: Products
    seen: tuple[FloatArray, FloatArray]
    seen_coarsely: tuple[FloatArray, FloatArray]
    seen_errors: tuple[FloatArray, FloatArray]

    @classmethod
    def of(cls, group: AggregateGroup, senders: Senders, half: bool = False) -> ProfileSums:
        found, rule = group.seen, group.sizes
        everybody = quadrature(group.items.total, group.nodes, senders.items.total, half)
        memory.require(
            8 * 6 * len(everybody.q) * len(group.precomputed.t),
            f"Exponential sums at {len(everybody.q):,} nodes",
            "Put some users on level 0.",
        )
        weights, coarse = (part[:, None] for part in group.rules(len(group.nodes)))
        seen = everybody.spread(weights * found.pair[0]), everybody.spread(weights * found.pair[1])
        coarsely = seen
        if not rule.all:
            coarsely = everybody.spread(coarse * found.pair[0]), everybody.spread(coarse * found.pair[1])
        size = np.abs(weights)
        errors = everybody.spread(size * found.pair_error[0]), everybody.spread(size * found.pair_error[1])
        return cls(group, senders, everybody, senders.products(everybody), seen, coarsely, errors)

    @property
    def precomputed(self) -> Precomputed:
        return self.group.precomputed

    @property
    def n_sharing(self) -> int:
        return self.group.items.total + self.senders.items.total

    @property
    def rounding(self) -> float:
        """Relative rounding error of a sum over all nodes."""
        return self.senders.rounding + self.quadrature.rounding

    @cached_property
    def empty(self) -> tuple[float, float]:
        """What the formulas give for U(∅), which is 0, and its error: each user's value lacks its share of it."""
        precomputed, t = self.precomputed, self.precomputed.t
        if precomputed.between:
            value = self._of_nobody + float(precomputed.weights @ np.expm1(-t / precomputed.between))
        else:
            value = math.log(precomputed.within * precomputed.reference) + float(
                precomputed.weights @ np.expm1(-t * precomputed.reference)
            )
        return precomputed.importance * value, precomputed.importance * len(t) * 5 * _EPS

    @property
    def _of_nobody(self) -> float:
        """log((r² + 2s²)/(s² + 1/G)) but for its integral over t."""
        s2, r2, t = self.precomputed.between, self.precomputed.within, self.precomputed.t
        if s2:
            return math.log((r2 + 2 * s2) / s2)
        return math.log(r2 * self.precomputed.reference) + float(
            self.precomputed.weights @ np.exp(-t * self.precomputed.reference)
        )

    def potential(self, extra: int) -> tuple[float, float]:
        """P = ∫ E_q[U]/q dq, or with the platform as a member φ_p = ∫ E_q[U] dq (eq. 5); and a bound on its error.

        The former because a dividend d_S enters E_q[U] with q^|S|, and P with 1/|S|.
        """
        rule, constants = self.group.sizes, self.senders.items.counts @ self.senders.constants
        found = float(self._rows(rule.weights, self.seen) @ self._per_row(extra))
        coarse = found
        if not rule.all:
            coarse = float(self._rows(rule.coarse, self.seen_coarsely) @ self._per_row(extra))
        value = found + float(constants) * (0.5 if extra else 1.0)
        return value, abs(found - coarse) + self._error(extra) + 2 * self.quadrature.rounding * abs(value)

    def _per_row(self, extra: int) -> FloatArray:
        return np.ones(len(self.quadrature.q)) if extra else 1 / self.quadrature.q

    def _rows(self, weights: FloatArray, seen: tuple[FloatArray, FloatArray]) -> FloatArray:
        """E_q[U] times the weights of q, without the senders' constants, shape (Q,).

        U(∅) is taken off row by row: near q = 0, where 1/q is large, little else is there.
        """
        mass, logs, nobody = self._masses(weights)
        decay, gain = seen
        sums = (self.products.plain * (self.products.worth * decay + gain)) @ self.precomputed.weights
        return np.asarray(mass * self.precomputed.importance * self._of_nobody + logs + sums - nobody * self.empty[0])

    def _masses(self, weights: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Weights of q: of all groups, of all groups times −a(S)·log ω, and of nobody's being seen."""
        columns = np.zeros((len(self.group.nodes), 3))
        columns[:, 0] = np.append(weights, 1.0)
        columns[:, 1] = columns[:, 0] * self.group.seen.logs
        columns[:, 2] = np.where(self.group.nodes < self.precomputed.minimum, columns[:, 0], 0.0)
        mass, logs, empty = self.quadrature.spread(columns).T
        return mass, logs, empty * self.quadrature.p**self.senders.items.total

    def _error(self, extra: int) -> float:
        """What fits, the rule for t and rounding do to the potential.

        No chance's own error matters here but relatively: U ≥ 0, as no EMSE is above r² + 2s².
        """
        precomputed, rule, found = self.precomputed, self.group.sizes, self.group.seen
        mass, _, nobody = self._masses(np.abs(rule.weights))
        weights = np.append(np.abs(rule.weights), 1.0)[:, None]
        logs, slips = self.quadrature.spread(weights * np.stack([np.abs(found.logs), found.logs_error], axis=1)).T
        plain, worth = self.products.plain, np.abs(self.products.worth)
        (decay, gain), (decay_error, gain_error) = self.seen, self.seen_errors
        exponents = -np.log(np.maximum(plain, np.finfo(float).tiny))
        relative = _EPS * (4 * len(self.senders.falls) + 8 + exponents)
        rows = slips + (plain * (worth * decay_error + gain_error)) @ precomputed.weights
        rows += (relative * plain * (worth * decay + np.abs(gain))) @ precomputed.weights
        rows += 8 * _EPS * (mass * precomputed.importance * abs(self._of_nobody) + logs + nobody * abs(self.empty[0]))
        rows += self.empty[1] * nobody + 4 * precomputed.importance * precomputed.integral.error * (mass - nobody)
        return float(rows @ self._per_row(extra))
