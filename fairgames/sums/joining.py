"""What a user adds who joins a group of others: φ of members, and of those who might become one.

The integrals over q and t for each number k of others in the group leave functions of Y,

    H₀ = Σ_t β_k·e^{−tE},   H₁ = Σ_t γ_k·(e^{−tD} − e^{−t(E + 1/s²)}) − log ω·Σ_q w_q b,

at sizes k + 1 (the user in) and k (out). Their exponential sums meet the means of e^{−uY} over the
k-subsets of the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairgames.sums.frame import SizeFit
from fairgames.sums.group import Group
from fairgames.sums.subset_means import Means
from fairgames.typing import FloatArray


@dataclass(frozen=True, eq=False)
class Inner:
    """Integrals over q and t for each number k of others, times the weights of q.

    Attributes
    ----------
    plain : β, which goes with e^{−tE}, shape (K, T), or (K, T, B) for B users whose senders differ
    weighted : γ, which goes with the group's gain, same shape
    mass : what goes with −log ω, shape (K,)
    """

    plain: FloatArray
    weighted: FloatArray
    mass: FloatArray


@dataclass(frozen=True, eq=False)
class Joining:
    """Coefficients of H₀ and H₁ for K sizes of others, with the user in and out.

    Attributes
    ----------
    group : of which the first K nodes are looked at
    weights, coarse : for the sum over sizes, and those of the lesser rule, shape (K,)
    coefficients : H₀ in and out, H₁ in and out, shape (4, K, U), or (4, K, U, B)
    magnitudes : bounds on the sums that they come from, shape (4, K, U)
    missed, slack : what the fits miss, and what errors of the means come to, for each size, shape (K,)
    rounding : relative
    """

    group: Group
    weights: FloatArray
    coarse: FloatArray
    coefficients: FloatArray
    magnitudes: FloatArray
    missed: FloatArray
    slack: FloatArray
    rounding: float

    @classmethod
    def of(cls, group: Group, inner: Inner, rounding: float) -> Joining:
        """For the sizes that ``inner`` has: those below m, or m too for a user from outside.

        ``rounding`` is that of the integrals, relative.
        """
        n_sizes, n_exponents = len(inner.plain), group.grid.shape[1]
        coefficients = np.empty((4, n_sizes, n_exponents, *inner.plain.shape[2:]))
        magnitudes, missed = np.empty((4, n_sizes, n_exponents)), np.zeros(n_sizes)
        for node in range(n_sizes):
            plain, weighted, mass = inner.plain[node], inner.weighted[node], float(inner.mass[node])
            most = [np.abs(part).reshape(len(part), -1).max(axis=1) for part in (plain, weighted)]
            for place, joined in ((0, True), (1, False)):
                fit = group.fit(node, joined)
                log = fit.log.reshape(-1, *(1,) * (plain.ndim - 1))
                coefficients[place, node] = fit.decay @ plain
                coefficients[place + 2, node] = fit.gain @ weighted + mass * log
                magnitudes[place, node] = np.abs(fit.decay) @ most[0]
                magnitudes[place + 2, node] = np.abs(fit.gain) @ most[1] + abs(mass) * np.abs(fit.log)
                heavy = (float(group.nodes[node]) + joined) * group.frame.heaviest
                missed[node] += _missed(fit, most[0], most[1], mass, heavy)
        rule, extra = group.sizes, np.ones(n_sizes - len(group.sizes.nodes))
        weights, coarse = (np.concatenate([part, extra]) for part in (rule.weights, rule.coarse))
        slack = _slack(group, magnitudes)
        return cls(group, weights, coarse, coefficients, magnitudes, missed, slack, group.rounding + rounding)

    def value(self, means: Means, value: float, weight: float, column: int | None = None) -> tuple[float, float]:
        """φ of one user, and a bound on what sizes' rule, fits and rounding miss of it.

        Parameters
        ----------
        means : over the subsets of the others in the group, shape (K, U)
        value, weight : the user's 1/n and a
        column : which of B users it is
        """
        entering = np.exp(-value * self.group.grid[: len(self.weights)])
        plain = entering * means.plain
        every = plain, means.plain, entering * means.weighted + weight * plain, means.weighted
        chosen = self.coefficients if column is None else self.coefficients[..., column]
        by_size, magnitude = np.zeros(len(self.weights)), np.zeros(len(self.weights))
        for sign, mean, own, size in zip((1, -1, 1, -1), every, chosen, self.magnitudes, strict=True):
            by_size += sign * np.einsum("ku,ku->k", mean, own)
            magnitude += np.einsum("ku,ku->k", mean, size)
        error = abs(float((self.weights - self.coarse) @ by_size))
        error += float(np.abs(self.weights) @ (self.missed + self.slack + 2 * self.rounding * magnitude))
        return float(self.weights @ by_size), error


def _slack(group: Group, magnitudes: FloatArray) -> FloatArray:
    """What errors of the means over subsets come to, for each size."""
    heavy = (group.nodes[: magnitudes.shape[1], None] + 1) * group.frame.heaviest
    return np.asarray(group.slack * (magnitudes[:2] + heavy * magnitudes[2:]).sum(axis=(0, 2)))


def _missed(fit: SizeFit, plain: FloatArray, weighted: FloatArray, mass: float, heavy: float) -> float:
    missed = fit.missed_decay @ plain + heavy * (fit.missed_gain @ weighted + fit.missed_log * abs(mass))
    return float(missed)
