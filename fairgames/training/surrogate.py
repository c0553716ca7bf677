"""What a few evaluations tell of all profiles: mean and covariance of every linear functional of U."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairgames.training import kernel as prior
from fairgames.training.kernel import JITTER, Kernel
from fairgames.training.products import Functionals
from fairgames.typing import FloatArray, IntArray

#: Evaluations that the numbers of the prior are fitted to, at most: they are few, and a fit takes the cube.
_FITTED = 220
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
    """

    kernel: Kernel
    profiles: IntArray
    found: FloatArray
    noise: FloatArray
    unit: float
    n_levels: int

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
        """From evaluations, in money; with the numbers of ``near``, or found again from there on.

        Many evaluations give the numbers by some of them, drawn evenly, the last ones among them.
        """
        unit = float(np.abs(found).max()) or 1.0
        kernel = None if near is None else near.kernel
        if kernel is None or refit:
            some = np.unique(np.linspace(0, len(profiles) - 1, _FITTED).round().astype(int))
            kernel = prior.fit(profiles[some], found[some] / unit, noise[some] / unit**2, n_levels, sizes, kernel)
        return cls(kernel, profiles, found / unit, noise / unit**2, unit, n_levels)

    @cached_property
    def _inverse(self) -> FloatArray:
        """Of the covariance of the evaluations."""
        from scipy.linalg import cho_factor, cho_solve

        matrix = self.kernel.between(self.profiles, self.profiles)
        matrix[np.diag_indices_from(matrix)] += self.noise + JITTER
        return np.asarray(cho_solve(cho_factor(matrix, lower=True), np.eye(len(matrix))))

    @cached_property
    def _weights(self) -> FloatArray:
        return np.asarray(self._inverse @ self.found)

    def mean(self, of: Functionals) -> FloatArray:
        """Posterior means, shape (M,), in money."""
        return np.asarray(self.unit * (self.with_profiles(of, self.profiles) @ self._weights))

    def leverage(self, of: Functionals) -> FloatArray:
        """What U at each evaluation counts in the posterior means, shape (M, B)."""
        return np.asarray(self.with_profiles(of, self.profiles) @ self._inverse)

    def covariance(self, of: Functionals) -> FloatArray:
        """Posterior covariances, shape (M, M), in money squared."""
        cross = self.with_profiles(of, self.profiles)
        return np.asarray(self.unit**2 * (self._prior(of) - cross @ self._inverse @ cross.T))

    def spread(self, of: Functionals) -> FloatArray:
        """Posterior standard deviations, shape (M,), in money; no less than what keeps matrices positive definite."""
        cross = self.with_profiles(of, self.profiles)
        variances = -((cross @ self._inverse) * cross).sum(axis=1)
        for number, row in enumerate(of.weights):  # each rests on few of the means
            used = row != 0
            variances[number] += self._prior(Functionals(row[None, used], of.chances[used]))[0, 0]
        return np.asarray(self.unit * np.sqrt(np.maximum(variances, JITTER)))

    def covariance_with(self, of: Functionals, candidates: IntArray) -> tuple[FloatArray, FloatArray]:
        """Posterior covariances of functionals with U at candidates, (M, C), and of those with each other, (C, C)."""
        cross = self.with_profiles(of, self.profiles)
        known = self.kernel.between(candidates, self.profiles)
        solved = self._inverse @ known.T
        own = self.kernel.between(candidates, candidates) - known @ solved
        return self.unit**2 * (self.with_profiles(of, candidates) - cross @ solved), self.unit**2 * own

    def utilities(self, profiles: IntArray) -> FloatArray:
        """Posterior mean of U at many profiles, shape (M,), in money."""
        step = max(1, _BLOCK // len(self.profiles))
        parts = [
            self.kernel.between(profiles[first : first + step], self.profiles) @ self._weights
            for first in range(0, len(profiles), step)
        ]
        return self.unit * np.concatenate(parts)

    def spreads(self, profiles: IntArray) -> FloatArray:
        """Posterior standard deviations of U at many profiles, shape (M,), in money; see :meth:`spread`."""
        variances = self.kernel.variances(profiles)
        step = max(1, _BLOCK // len(self.profiles))
        for first in range(0, len(profiles), step):
            known = self.kernel.between(profiles[first : first + step], self.profiles)
            variances[first : first + step] -= ((known @ self._inverse) * known).sum(axis=1)
        return np.asarray(self.unit * np.sqrt(np.maximum(variances, JITTER)))

    @property
    def residuals(self) -> FloatArray:
        """By how much the posterior mean misses each evaluation, as far as noise has it, in money."""
        return np.asarray(self.unit * (self.noise + JITTER) * self._weights)

    def left_out(self) -> tuple[FloatArray, FloatArray]:
        """Of each evaluation but the empty one: by how much the others miss it, and by how much they expect to.

        In closed form (Rasmussen & Williams 2006, eq. 5.12), in money.
        """
        diagonal = np.diag(self._inverse)[1:]
        return self.unit * self._weights[1:] / diagonal, self.unit / np.sqrt(diagonal)

    def with_profiles(self, of: Functionals, profiles: IntArray) -> FloatArray:
        """Prior covariance of functionals with U at profiles, shape (M, B), in units."""
        result = self._curves(of) @ self.kernel.curves(profiles).T
        for scale, factors in self.kernel.products:
            product = np.full((len(of.chances), len(profiles)), scale)
            for user, factor in enumerate(factors):
                product *= (of.chances[:, user] @ factor)[:, profiles[:, user]]
            result += of.weights @ product
        total = of.weights.sum(axis=1)[:, None]
        return np.asarray(
            result + self.kernel.c**2 * (total * (1 - self.kernel.missed(profiles)) - self._missed(of)[:, None])
        )

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
        """Functionals of :meth:`Kernel.curves`, shape (M, R + N·(L − 1))."""
        left = np.stack([
            np.prod((of.chances * decay).sum(axis=2), axis=1) for decay in self.kernel.decays
        ], axis=1)  # fmt: skip
        added = of.chances[:, :, 1:].reshape(len(of.chances), -1)
        return np.asarray(of.weights @ np.hstack([self.kernel.a * (1 - left), self.kernel.b * added]))
