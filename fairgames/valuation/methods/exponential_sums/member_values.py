"""Member values: φ of the members of the aggregate, and of users who would join it.

The integrals over q and t for each number k of others in the group leave functions of Y,

    H₀ = Σ_t β_k·e^{−tE},   H₁ = Σ_t γ_k·(e^{−tD} − e^{−t(E + 1/s²)}) − log ω·Σ_q w_q b,

at sizes k + 1 (the user in) and k (out). Their exponential sums meet the means of e^{−uY} over the
k-subsets of the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairgames.typing import FloatArray
from fairgames.valuation.methods.exponential_sums.group import AggregateGroup
from fairgames.valuation.methods.exponential_sums.subset_means import Means


@dataclass(frozen=True, eq=False)
class Inner:
    """Integrals over q and t for each number k of others, times the weights of q and t.

    Attributes
    ----------
    pair : β, which goes with e^{−tE}, and γ, which goes with the group's gain, shape (2, B, K, T):
        for B users whose senders differ, or for B = 1 that serves all
    mass : what goes with −log ω, shape (K,)
    """

    pair: FloatArray
    mass: FloatArray

    @property
    def most(self) -> FloatArray:
        """The largest in size of all users, shape (2, K, T)."""
        return np.asarray(np.abs(self.pair).max(axis=1))


@dataclass(frozen=True, eq=False)
class MemberValues:
    """φ as linear forms in the four means over subsets that a user's joining leads to, for K sizes of others.

    Those are of H₀ with the user in and out, and of H₁: 4·K·U = J numbers.

    Attributes
    ----------
    group : of which the first K nodes are looked at
    forms : for each of B users, or for B = 1 that serves all, shape (B, J)
    doubts : of the same by how much the lesser rule for the sum over sizes differs; none where all are summed
    magnitudes : what rounding does, shape (J,)
    missed : what fits and errors of the means come to
    """

    group: AggregateGroup
    forms: FloatArray
    doubts: FloatArray | None
    magnitudes: FloatArray
    missed: float

    @classmethod
    def of(cls, group: AggregateGroup, inner: Inner, rounding: float) -> MemberValues:
        """For the sizes that ``inner`` has: those below m, or m too for a user from outside.

        ``rounding`` is that of the integrals, relative.
        """
        _, n_users, n_sizes, _ = inner.pair.shape
        coefficients = np.empty((n_users, 2, 2, n_sizes, group.grid.shape[1]))
        magnitudes, missed = np.empty(coefficients.shape[1:]), np.zeros(n_sizes)
        every, most = inner.pair.transpose(2, 0, 3, 1), inner.most
        for node in range(n_sizes):
            mass = float(inner.mass[node])
            for place, joined in ((0, True), (1, False)):
                fit, heavy = group.fit(node, joined), (float(group.nodes[node]) + joined) * group.precomputed.heaviest
                sizes = np.abs(fit.pair)
                coefficients[:, :, place, node] = (fit.pair @ every[node]).transpose(2, 0, 1)
                coefficients[:, 1, place, node] += mass * fit.log
                magnitudes[:, place, node] = np.einsum("fut,ft->fu", sizes, most[:, node])
                magnitudes[1, place, node] += mass * np.abs(fit.log)
                missed[node] += fit.missed_by(most[:, node], mass, heavy)
        weights, coarse = group.rules(n_sizes)
        coefficients[:, :, 1] *= -1  # the user out
        missed += _slack(group, magnitudes)
        magnitudes *= 2 * (group.rounding + rounding) * np.abs(weights)[:, None]

        def summed(rule: FloatArray) -> FloatArray:
            return np.asarray((coefficients * rule[:, None]).reshape(n_users, -1))

        doubts = None if group.sizes.all else summed(weights - coarse)
        return cls(group, summed(weights), doubts, magnitudes.ravel(), float(np.abs(weights) @ missed))

    def values(self, means: Means, values: FloatArray, weights: FloatArray) -> tuple[FloatArray, float]:
        """φ of B users, and a bound on what sizes' rule, fits and rounding miss of them.

        Parameters
        ----------
        means : over the subsets of the others in the group, shape (B, K, U), or (1, K, U) for all
        values, weights : the users' 1/n and a, shape (B,)
        """
        plain, weighted = means.plain, means.weighted
        entering = np.exp(-np.multiply.outer(values, self.group.grid[: plain.shape[1]]))
        seen = np.empty((len(values), 2, 2, *plain.shape[1:]))
        seen[:, 0, 0], seen[:, 0, 1], seen[:, 1, 1] = entering * plain, plain, weighted
        seen[:, 1, 0] = entering * weighted + weights[:, None, None] * seen[:, 0, 0]
        rows = seen.reshape(len(values), -1)
        errors = _products(rows, self.magnitudes[None]) + self.missed
        if self.doubts is not None:
            errors += np.abs(_products(rows, self.doubts))
        return _products(rows, self.forms), float(errors.max())


def _products(rows: FloatArray, forms: FloatArray) -> FloatArray:
    """Of each row with its form, or with the one form: not by a library that would start threads."""
    return np.asarray(np.einsum("bj,bj->b", rows, np.broadcast_to(forms, rows.shape)))


def _slack(group: AggregateGroup, magnitudes: FloatArray) -> FloatArray:
    """What errors of the means over subsets come to, for each size."""
    heavy = (group.nodes[: magnitudes.shape[2], None] + 1) * group.precomputed.heaviest
    plain, weighted = magnitudes.sum(axis=1)
    return np.asarray(group.slack * (plain + heavy * weighted).sum(axis=1))
