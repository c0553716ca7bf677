"""What a few evaluations tell of all profiles: mean and covariance of every linear functional of U."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from fairgames.training import kernel as prior
from fairgames.training.kernel import JITTER, Kernel
from fairgames.training.products import Functionals
from fairgames.typing import FloatArray, IntArray

#: Evaluations that the numbers of the prior are fitted to, at most: a fit takes the cube. And how many for each number,
#: where that is more: fitted to about as many as there are numbers, the model explains these alone.
_FITTED, _EACH = 220, 2
#: Products held at a time.
_BLOCK = 4_000_000


@dataclass(frozen=True, eq=False)
class Surrogate:
    """U given evaluations of it: a Gaussian process with the prior of :mod:`fairgames.training.kernel`.

    Attributes
    ----------
    kernel : the prior, of U/unit
    profiles : where U is known, shape (B, N); the first is the empty one, where it is 0 for certain
    found : U/unit there
    noise : the variance of each that repeats tell
    unit : what U is counted in, in money
    first : of the first evaluations :attr:`_whitener`, as far as another surrogate with this prior has it
    """

    kernel: Kernel
    profiles: IntArray
    found: FloatArray
    noise: FloatArray
    unit: float
    n_levels: int
    first: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))

    @classmethod
    def fitted(
        cls,
        profiles: IntArray,
        found: FloatArray,
        noise: FloatArray,
        n_levels: int,
        sizes: FloatArray,
        near: Surrogate | None = None,
        refit: bool = True,
    ) -> Surrogate:
        """From evaluations, in money; with the numbers of ``near``, or found again.

        Many evaluations give the numbers by some of them, drawn evenly, the last ones among them.
        """
        unit = float(np.abs(found).max()) or 1.0
        if near is None or refit:
            most = max(_FITTED, _EACH * prior.numbers(profiles.shape[1], n_levels))
            some = np.unique(np.linspace(0, len(profiles) - 1, most).round().astype(int))
            kernel = prior.fit(profiles[some], found[some] / unit, noise[some] / unit**2, n_levels, sizes)
        else:
            kernel = near.kernel
        result = cls(kernel, profiles, found / unit, noise / unit**2, unit, n_levels)
        return result if near is None or not result._continues(near) else replace(result, first=near._whitener)

    def of(self, profiles: IntArray, found: FloatArray, noise: FloatArray) -> Surrogate:
        """With the same prior, from these evaluations, in money."""
        return Surrogate(self.kernel, profiles, found / self.unit, noise / self.unit**2, self.unit, self.n_levels)

    def _continues(self, other: Surrogate) -> bool:
        """Whether this one has the other's prior, and all its evaluations first."""
        known = slice(len(other.profiles))
        return (
            (self.kernel, self.unit) == (other.kernel, other.unit)
            and np.array_equal(self.profiles[known], other.profiles)
            and np.array_equal(self.noise[known], other.noise)
        )

    @cached_property
    def _whitener(self) -> FloatArray:
        """W, lower triangular, with W·K·Wᵀ = 1 for the covariance K of the evaluations, so that K⁻¹ = Wᵀ·W.

        Rows for evaluations that came later, L₂₁ = K₂₁·W₁₁ᵀ being those of Cholesky's factor, are W₂₂ of what is left
        of their covariance, K₂₂ − L₂₁·L₂₁ᵀ, and W₂₁ = −W₂₂·L₂₁·W₁₁.
        """
        from scipy.linalg import cholesky, lapack

        known = len(self.first)
        new = self.profiles[known:]
        rest = self.kernel.between(new, new)
        rest[np.diag_indices_from(rest)] += self.noise[known:] + JITTER
        result = np.zeros((len(self.profiles), len(self.profiles)))
        if known:
            factor = self.kernel.between(new, self.profiles[:known]) @ self.first.T
            rest -= factor @ factor.T
        own = lapack.dtrtri(cholesky(rest, lower=True), lower=1)[0]
        result[known:, known:] = own
        if known:
            result[:known, :known] = self.first
            result[known:, :known] = -own @ (factor @ self.first)
        return result

    @cached_property
    def _weights(self) -> FloatArray:
        return np.asarray((self._whitener @ self.found) @ self._whitener)

    def mean(self, of: Functionals) -> FloatArray:
        """Posterior means, shape (M,), in money."""
        return np.asarray(self.unit * (self.with_profiles(of, self.profiles) @ self._weights))

    def leverage(self, of: Functionals) -> FloatArray:
        """What U at each evaluation counts in the posterior means, shape (M, B)."""
        return self._told(of) @ self._whitener

    def covariance(self, of: Functionals) -> FloatArray:
        """Posterior covariances, shape (M, M), in money squared."""
        told = self._told(of)
        return np.asarray(self.unit**2 * (self._prior(of) - told @ told.T))

    def spread(self, of: Functionals) -> FloatArray:
        """Posterior standard deviations, shape (M,), in money; no less than what keeps matrices positive definite."""
        variances = -(self._told(of) ** 2).sum(axis=1)
        for number, row in enumerate(of.weights):  # each rests on few of the means
            used = row != 0
            variances[number] += self._prior(Functionals(row[None, used], of.chances[used]))[0, 0]
        return np.asarray(self.unit * np.sqrt(np.maximum(variances, JITTER)))

    def told(self, profiles: IntArray) -> FloatArray:
        """Rows for profiles, shape (M, B), whose products are what evaluations take off prior covariances, in units.

        Each is its covariance with the evaluations, made independent and of variance 1.
        """
        return np.asarray(self.kernel.between(profiles, self.profiles) @ self._whitener.T)

    def _told(self, of: Functionals) -> FloatArray:
        """The same for functionals."""
        return np.asarray(self.with_profiles(of, self.profiles) @ self._whitener.T)

    def covariance_with(self, of: Functionals, candidates: IntArray, told: FloatArray) -> FloatArray:
        """Posterior covariances of functionals with U at candidates, of which that much is told, (M, C), in units."""
        return self.with_profiles(of, candidates) - self._told(of) @ told.T

    def utilities(self, profiles: IntArray) -> FloatArray:
        """Posterior mean of U at many profiles, shape (M,), in money."""
        return np.asarray(self.unit * self.moved(profiles, self.found[None])[0])

    def moved(self, profiles: IntArray, missed: FloatArray) -> FloatArray:
        """By how much U is more at profiles, (D, M), where evaluations are more by ``missed``, (D, B); in units."""
        weights = (missed @ self._whitener.T) @ self._whitener
        step = max(1, _BLOCK // len(self.profiles))
        blocks = (profiles[first : first + step] for first in range(0, len(profiles), step))
        return np.concatenate([weights @ self.kernel.between(block, self.profiles).T for block in blocks], axis=1)

    def spreads(self, profiles: IntArray) -> FloatArray:
        """Posterior standard deviations of U at many profiles, shape (M,), in money; see :meth:`spread`."""
        variances = self.kernel.variances(profiles)
        step = max(1, _BLOCK // len(self.profiles))
        for first in range(0, len(profiles), step):
            variances[first : first + step] -= (self.told(profiles[first : first + step]) ** 2).sum(axis=1)
        return np.asarray(self.unit * np.sqrt(np.maximum(variances, JITTER)))

    @property
    def residuals(self) -> FloatArray:
        """By how much the posterior mean misses each evaluation, as far as noise has it, in money."""
        return np.asarray(self.unit * (self.noise + JITTER) * self._weights)

    def left_out(self) -> tuple[FloatArray, FloatArray]:
        """Of each evaluation but the empty one: by how much the others miss it, and by how much they expect to.

        In closed form (Rasmussen & Williams 2006, eq. 5.12), in money.
        """
        diagonal = (self._whitener[:, 1:] ** 2).sum(axis=0)  # of K⁻¹
        return self.unit * self._weights[1:] / diagonal, self.unit / np.sqrt(diagonal)

    def with_profiles(self, of: Functionals, profiles: IntArray) -> FloatArray:
        """Prior covariance of functionals with U at profiles, shape (M, B), in units."""
        result = self._curves(of) @ self.kernel.curves(profiles).T
        total = of.weights.sum(axis=1)[:, None]
        result += self.kernel.c**2 * (total * (1 - self.kernel.missed(profiles)) - self._missed(of)[:, None])
        hot, step = prior.one_hot(profiles, self.n_levels), max(1, _BLOCK // max(1, len(of.chances)))
        for scale, factors in self.kernel.products:
            means = np.matmul(of.chances.transpose(1, 0, 2), factors).transpose(1, 0, 2)
            logarithms = prior.logarithms(means)
            for first in range(0, len(profiles), step):
                block = slice(first, first + step)
                result[:, block] += of.weights @ (scale * np.exp(logarithms @ hot[block].T))
        return np.asarray(result)

    def _prior(self, of: Functionals) -> FloatArray:
        curves, missed, total = self._curves(of), self._missed(of), of.weights.sum(axis=1)
        result = curves @ curves.T
        for scale, factors in self.kernel.products:
            product = np.full((len(of.chances), len(of.chances)), scale)
            for user, factor in enumerate(factors):
                product *= of.chances[:, user] @ factor @ of.chances[:, user].T
            result += of.weights @ product @ of.weights.T
        among = np.outer(total, total) - np.outer(total, missed) - np.outer(missed, total)
        return np.asarray(result + self.kernel.c**2 * among)

    def _missed(self, of: Functionals) -> FloatArray:
        """Functionals of :meth:`Kernel.missed`, shape (M,)."""
        return np.asarray(of.weights @ (of.chances * self.kernel.overlap[:, :, 0]).sum(axis=2).prod(axis=1))

    def _curves(self, of: Functionals) -> FloatArray:
        """Functionals of :meth:`Kernel.curves`, shape (M, R + K)."""
        left = np.stack([
            np.prod((of.chances * decay).sum(axis=2), axis=1) for decay in self.kernel.decays
        ], axis=1)  # fmt: skip
        added = prior.added_by(of.chances, self.kernel.alike)
        return np.asarray(of.weights @ np.hstack([self.kernel.a * (1 - left), self.kernel.b * added]))
