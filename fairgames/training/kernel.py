"""The prior of U: a sum of products over users, so that the potential and payments have closed forms.

Every level of every user has a worth w_i(l) ≥ 0, w_i(0) = 0; together a profile is worth t = Σ_i w_i(ρ_i). Before
anything is known, worths go with amounts of data; there is a second worth v_i(l), together u, that goes with heads.

    U(ρ) = Σ_r A_r·(1 − exp(−r₁·t − r₂·u)) + Σ_k C_k·(1 − exp(−q·Σ_i G_ik·w_i(ρ_i))) + Σ_i e_i(ρ_i) + g(ρ) + h(ρ)

- exponentials with A_r ~ N(0, a²), r = (r₁, r₂): diminishing returns, each a product over users; together any smooth
  function of t and u, and so of what federated averages depend on: how much data, from how many;
- many kinds k of data, of which a user has the G_ik-fold of what others of equal worth have, G_ik ~ Gamma(shape),
  of mean 1: users with the same kinds repeat each other. With C_k of variance c² in all, the covariance is
  c²·(1 − M(ρ) − M(ρ′) + Π_i m_i(ρ_i, ρ′_i)), m_i(l, l′) = E exp(−q·G·(w_i(l) + w_i(l′))) =
  (1 + q·(w_i(l) + w_i(l′))/shape)^(−shape), M(ρ) = Π_i m_i(ρ_i, 0);
- e_i(l) ~ N(0, b²), e_i(0) = 0: what a user adds, or takes away, whoever else shares; half of it its own, the other
  half linear in the logarithm of how much data it has;
- g: a Gaussian process with covariance s²·exp(−κ(t + t′))·Π_i exp(−λ·|w_i(ρ_i) − w_i(ρ′_i)|^p): what
  differs between profiles of equal worth, less where much is shared already;
- h: white, of variance τ²: what no other profile tells, the rough part of U itself.

The numbers are those of the largest marginal likelihood times a weak prior (type II MAP; Rasmussen
& Williams 2006, chapter 5), with gradients in closed form.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fairgames.typing import BoolArray, FloatArray, IntArray

#: The rates r₁, and r₂, as multiples of the unit of worth.
RATES = np.array([0.25, 1.0, 4.0, 16.0, 64.0])
#: Both rates of each exponential.
PAIRS = np.array([(one, other) for one in (0.0, *RATES) for other in (0.0, *RATES)][1:])
#: What all users are worth together before anything is known: some way up the curve.
_WORTH = 3.0
#: Standard deviations from what is most likely before, at most: so that nothing over- or underflows.
_FAR = 4.0
#: Steps of the search for the numbers, at most.
_STEPS = 100
#: Distances of worth below this are as good as none; keeps gradients finite.
_SMALL = 1e-3
#: a, s, τ, κ, b, λ, c, q, shape, p before anything is known, for a U that is 1 at most; and their spread, in e-folds.
_BEFORE = {
    "a": (1.0, 2.0),
    "s": (0.1, 2.0),
    "tau": (0.01, 2.0),
    "kappa": (0.5, 2.0),
    "b": (0.02, 2.0),
    "lam": (1.0, 2.0),
    "c": (0.3, 2.0),
    "rate": (2.0, 1.5),
    "shape": (1.0, 1.0),
    "p": (1.0, 1.0),
}
#: The powers of the amount of data that both worths go with before, and the spread in e-folds of each user's own at
#: each level.
_POWERS, _OWN = (1.0, 0.0), (0.5, 0.2)
#: The spread of what worths have in common: all of them, all at one level, and the power.
_TOGETHER, _OF_LEVEL, _POWER = 1.0, 0.5, 0.5
#: What stands for 0 where logarithms are taken.
_TINY = 1e-300
#: Added to variances so that matrices stay positive definite.
JITTER = 1e-9


@dataclass(frozen=True, eq=False)
class Kernel:
    """The prior with its numbers; U is counted in units in which its largest value is about 1.

    Attributes
    ----------
    worth : w_i(l), shape (N, L), 0 at level 0
    second : v_i(l), likewise
    alike : what e_i is linear in with coefficients of its level's, shape (N, F)
    a, s, tau, kappa, b, lam, c, rate, shape, p : as in the module's formulas; q is the rate
    """

    worth: FloatArray
    second: FloatArray
    alike: FloatArray
    a: float
    s: float
    tau: float
    kappa: float
    b: float
    lam: float
    c: float
    rate: float
    shape: float
    p: float

    #: Which of :attr:`products` is that of users with the same kinds of data.
    OVERLAP: ClassVar[int] = 1

    @property
    def overlap(self) -> FloatArray:
        """m of the module's formulas, shape (N, L, L)."""
        sums = self.worth[:, :, None] + self.worth[:, None, :]
        return np.asarray((1 + self.rate * sums / self.shape) ** -self.shape)

    @property
    def decays(self) -> FloatArray:
        """exp(−r·w_i(l) − r′·v_i(l)), shape (R, N, L)."""
        return np.asarray(np.exp(-np.tensordot(PAIRS, np.stack([self.worth, self.second]), 1)))

    @property
    def smooth(self) -> FloatArray:
        """g's factor for each user, without s²: shape (N, L, L)."""
        sums = self.worth[:, :, None] + self.worth[:, None, :]
        return np.asarray(np.exp(-self.kappa * sums - self.lam * _distance(self.worth, self.p)[0]))

    @property
    def products(self) -> tuple[tuple[float, FloatArray], ...]:
        """The terms of the covariance that are products over users: a factor, and an array of shape (N, L, L)."""
        white = np.broadcast_to(np.eye(self.worth.shape[1]), self.smooth.shape)
        return (self.s**2, self.smooth), (self.c**2, self.overlap), (self.tau**2, white)

    def between(self, one: IntArray, other: IntArray) -> FloatArray:
        """Covariance of U at profiles of shape (M, N) with U at others, (B, N): shape (M, B)."""
        result = self.curves(one) @ self.curves(other).T
        result += self.c**2 * (1 - self.missed(one)[:, None] - self.missed(other))
        hot = one_hot(other, self.worth.shape[1])
        for scale, factors in self.products:  # by sums of logarithms, which are products of matrices
            result += scale * np.exp(logarithms(factors[np.arange(one.shape[1]), one]) @ hot.T)
        return np.asarray(result)

    def variances(self, profiles: IntArray) -> FloatArray:
        """Of U at each profile, shape (M,)."""
        result = (self.curves(profiles) ** 2).sum(axis=1) + self.c**2 * (1 - 2 * self.missed(profiles))
        users = np.arange(profiles.shape[1])
        for scale, factors in self.products:
            result += scale * factors[users, profiles, profiles].prod(axis=1)
        return np.asarray(result)

    def missed(self, profiles: IntArray) -> FloatArray:
        """M of the module's formulas, what is not had of a kind of data, shape (M,)."""
        return np.asarray(self.overlap[np.arange(profiles.shape[1]), profiles, 0].prod(axis=1))

    def curves(self, profiles: IntArray) -> FloatArray:
        """Features whose products are the covariance of the curves and of what each user adds, shape (M, R + K)."""
        users = np.arange(profiles.shape[1])
        totals = np.stack([one[users, profiles].sum(axis=1) for one in (self.worth, self.second)], axis=1)
        added = self.b * added_by(np.eye(self.worth.shape[1])[profiles], self.alike)
        return np.hstack([self.a * -np.expm1(-totals @ PAIRS.T), added])


class Likelihood:
    """−log of likelihood times prior, with its gradient, as a function of numbers that are N(0, 1) before.

    The logarithms of the kernel's numbers are linear in them.

    Parameters
    ----------
    profiles : shape (B, N)
    found : U there, shape (B,), at most about 1
    noise : variance of each, shape (B,), from repeats; 0 where the function has no noise
    sizes : how much data each user has, shape (N,), positive; where a worth is looked for first
    """

    def __init__(self, profiles: IntArray, found: FloatArray, noise: FloatArray, n_levels: int, sizes: FloatArray):
        n = profiles.shape[1]
        self._shape = (n, n_levels)
        self._hot = one_hot(profiles, n_levels)
        self._alike = _alike(sizes)
        self._added = added_by(np.eye(n_levels)[profiles], self._alike)
        self._found, self._noise = found, noise + JITTER
        amounts = [sizes**power for power in _POWERS]
        before = np.concatenate([np.repeat(np.log(_WORTH * some / some.sum()), n_levels - 1) for some in amounts])
        values, spreads = zip(*_BEFORE.values(), strict=True)
        #: The most likely numbers before anything is known, and the root of their covariance, Cholesky's factor.
        self._mean = np.concatenate([before, np.log(values[:-1]), [0.0]])  # p by its logit
        self._root = np.diag([*np.ones(before.size), *spreads])
        for own, place in zip(_OWN, np.split(np.arange(before.size), 2), strict=True):
            self._root[np.ix_(place, place)] = np.linalg.cholesky(_covariance(sizes, n_levels, own))
        #: Entries of one user's L×L block in the matrix of all levels of all users.
        self._own: BoolArray = np.kron(np.eye(n), np.ones((n_levels, n_levels))).astype(bool)

    def kernel(self, at: FloatArray) -> Kernel:
        """The prior with these numbers."""
        found = self._mean + self._root @ at
        n, n_levels = self._shape
        worths = np.zeros((2, n, n_levels))
        worths[:, :, 1:] = np.exp(found[:-10]).reshape(2, n, -1)
        a, s, tau, kappa, b, lam, c, rate, shape = np.exp(found[-10:-1]).tolist()
        p = 2 / (1 + math.exp(-found[-1]))
        return Kernel(worths[0], worths[1], self._alike, a, s, tau, kappa, b, lam, c, rate, shape, p)

    def __call__(self, at: FloatArray) -> tuple[float, FloatArray]:
        from scipy.linalg import LinAlgError, cholesky, lapack

        kernel, hot, found = self.kernel(at), self._hot, self._found
        total = hot @ kernel.worth.ravel()
        decays = np.exp(-np.outer(total, PAIRS[:, 0]) - np.outer(hot @ kernel.second.ravel(), PAIRS[:, 1]))
        distance, slope, by_p = _distance(kernel.worth, kernel.p)
        apart = hot @ self._blocks(kernel.lam * distance) @ hot.T
        smooth = kernel.s**2 * np.exp(-apart - kernel.kappa * (total[:, None] + total))
        matrix = kernel.a**2 * (1 - decays) @ (1 - decays).T + smooth
        matrix += kernel.b**2 * self._added @ self._added.T
        sums = kernel.worth[:, :, None] + kernel.worth[:, None, :]
        x = kernel.rate * sums / kernel.shape
        log = np.log1p(x)
        both = np.exp(hot @ self._blocks(-kernel.shape * log) @ hot.T)
        alone = np.exp(-kernel.shape * (hot @ log[:, :, 0].ravel()))
        overlap = 1 - alone[:, None] - alone + both
        matrix += kernel.c**2 * overlap
        matrix[np.diag_indices_from(matrix)] += kernel.tau**2 + self._noise
        try:
            factor = cholesky(matrix, lower=True)
        except LinAlgError:  # as far from the numbers sought as can be
            return 1e12, np.zeros_like(at)
        inverse = lapack.dpotri(factor, lower=1)[0]
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        weights = inverse @ found
        value = 0.5 * found @ weights + np.log(np.diag(factor)).sum() + 0.5 * at @ at
        # d value = Σ half ∘ d matrix
        half = 0.5 * (inverse - np.outer(weights, weights))
        curved, smoothed = half @ (1 - decays), half * smooth
        rows = smoothed.sum(axis=1)
        by_totals = 2 * kernel.a**2 * (curved * decays) @ PAIRS
        by_total = by_totals[:, 0] - 2 * kernel.kappa * rows
        by_second = (hot.T @ by_totals[:, 1]).reshape(self._shape)
        by_distance = -kernel.lam * self._of_blocks(hot.T @ smoothed @ hot)
        by_worth = (hot.T @ by_total).reshape(self._shape) + 2 * (by_distance * slope).sum(axis=2)
        met = kernel.c**2 * half * both
        by_log = self._of_blocks(hot.T @ met @ hot)  # of the logarithm of each entry of `overlap`
        by_log[:, :, 0] -= 2 * kernel.c**2 * (hot.T @ (half.sum(axis=1) * alone)).reshape(self._shape)
        drop = x / (1 + x)
        by_worth += ((by_log + by_log.transpose(0, 2, 1)) * (-kernel.rate / (1 + x))).sum(axis=2)
        gradient = np.concatenate([
            (by_worth * kernel.worth)[:, 1:].ravel(),
            (by_second * kernel.second)[:, 1:].ravel(),
            [
                2 * kernel.a**2 * (curved * (1 - decays)).sum(),
                2 * rows.sum(),
                2 * kernel.tau**2 * np.trace(half),
                -2 * kernel.kappa * (rows @ total),
                2 * kernel.b**2 * ((half @ self._added) * self._added).sum(),
                (by_distance * distance).sum(),
                2 * kernel.c**2 * (half * overlap).sum(),
                -kernel.shape * (by_log * drop).sum(),
                -kernel.shape * (by_log * (log - drop)).sum(),
                (by_distance * by_p).sum() * kernel.p * (1 - kernel.p / 2),
            ],
        ])  # fmt: skip
        return float(value), self._root.T @ gradient + at

    def _blocks(self, tables: FloatArray) -> FloatArray:
        """Tables of shape (N, L, L) along the diagonal of one matrix."""
        result = np.zeros(self._own.shape)
        result[self._own] = tables.ravel()
        return result

    def _of_blocks(self, matrix: FloatArray) -> FloatArray:
        return np.asarray(matrix[self._own].reshape(-1, self._shape[1], self._shape[1]))


def fit(profiles: IntArray, found: FloatArray, noise: FloatArray, n_levels: int, sizes: FloatArray) -> Kernel:
    """The kernel of the largest likelihood times prior; see :class:`Likelihood`.

    Looked for from what is most likely before: a kernel that fewer evaluations led to may be far from what these say.
    """
    from scipy.optimize import minimize

    likelihood = Likelihood(profiles, found, noise, n_levels, sizes)
    start = np.zeros(numbers(profiles.shape[1], n_levels))
    done = minimize(
        likelihood, start, jac=True, method="L-BFGS-B", bounds=[(-_FAR, _FAR)] * len(start),
        options={"maxiter": _STEPS},
    )  # fmt: skip
    return likelihood.kernel(done.x)


def numbers(n_users: int, n_levels: int) -> int:
    """How many numbers the prior has."""
    return len(_POWERS) * n_users * (n_levels - 1) + len(_BEFORE)


def _covariance(sizes: FloatArray, n_levels: int, own: float) -> FloatArray:
    """Of the logarithms of one worth of each user at each level above 0, user by user."""
    levels, n = n_levels - 1, len(sizes)
    log = np.log(sizes) - np.log(sizes).mean()
    common = np.kron(_TOGETHER**2 + _POWER**2 * np.outer(log, log), np.ones((levels, levels)))
    return np.asarray(own**2 * np.eye(n * levels) + common + np.kron(np.full((n, n), _OF_LEVEL**2), np.eye(levels)))


def _alike(sizes: FloatArray) -> FloatArray:
    """1 and the logarithm of each size, centred and scaled, shape (N, 2)."""
    log = np.log(sizes) - np.log(sizes).mean()
    return np.stack([np.ones(len(log)), log / max(float(log.std()), _SMALL)], axis=1)


def added_by(shares: FloatArray, alike: FloatArray) -> FloatArray:
    """Features, of chances of levels (M, N, L), whose products are the covariance of Σ e_i less b²: shape (M, K)."""
    above = shares[:, :, 1:]
    common = np.einsum("mnl,nf->mlf", above, alike)
    return np.hstack([above.reshape(len(above), -1), common.reshape(len(above), -1)])


def one_hot(profiles: IntArray, n_levels: int) -> FloatArray:
    """Who is at which level, shape (B, N·L)."""
    return np.asarray(np.eye(n_levels)[profiles].reshape(len(profiles), -1))


def logarithms(factors: FloatArray) -> FloatArray:
    """Of each user's factor at each level, (M, N, L); times :func:`one_hot` they are those of products over users."""
    return np.asarray(np.log(np.maximum(factors, _TINY)).reshape(len(factors), -1))


def _distance(worth: FloatArray, p: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """|w − w′|^p of every two levels of each user, its slope in w, and its derivative in p; smoothed at 0."""
    gap = worth[:, :, None] - worth[:, None, :]
    square = gap**2 + _SMALL**2
    power = square ** (p / 2)
    by_p = power * np.log(square) / 2 - _SMALL**p * math.log(_SMALL)
    return power - _SMALL**p, p * gap * power / square, by_p
