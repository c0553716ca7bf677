"""The prior of U: a sum of products over users, so that the potential and payments have closed forms.

Every level of every user has a worth w_i(l) ≥ 0, w_i(0) = 0; together a profile is worth t = Σ_i w_i(ρ_i).

    U(ρ) = Σ_r A_r·(1 − exp(−r·t)) + Σ_k C_k·(1 − exp(−q·Σ_i G_ik·w_i(ρ_i))) + Σ_i e_i(ρ_i) + g(ρ) + h(ρ)

- a few exponentials with A_r ~ N(0, a²): diminishing returns, each a product over users;
- many kinds k of data, of which a user has the G_ik-fold of what others of equal worth have, G_ik ~ Gamma(shape),
  of mean 1: users with the same kinds repeat each other. With C_k of variance c² in all, the covariance is
  c²·(1 − M(ρ) − M(ρ′) + Π_i m_i(ρ_i, ρ′_i)), m_i(l, l′) = E exp(−q·G·(w_i(l) + w_i(l′))) =
  (1 + q·(w_i(l) + w_i(l′))/shape)^(−shape), M(ρ) = Π_i m_i(ρ_i, 0);
- e_i(l) ~ N(0, b²), e_i(0) = 0: what a user adds, or takes away, whoever else shares;
- g: a Gaussian process with covariance s²·exp(−κ(t + t′))·Π_i exp(−λ·|w_i(ρ_i) − w_i(ρ′_i)|^p): what
  differs between profiles of equal worth, less where much is shared already;
- h: white, of variance τ²: what no other profile tells, the rough part of U itself.

The numbers are those of the largest marginal likelihood times a weak prior (type II MAP; Rasmussen
& Williams 2006, chapter 5), with gradients in closed form.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fairgames.typing import BoolArray, FloatArray, IntArray

#: The rates r, as multiples of the unit of worth.
RATES = np.array([0.25, 1.0, 4.0, 16.0])
#: What all users are worth together before anything is known: some way up the curve.
_WORTH = 3.0
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
_WORTH_SPREAD = 1.0
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
    a, s, tau, kappa, b, lam, c, rate, shape, p : as in the module's formulas; q is the rate
    """

    worth: FloatArray
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

    @property
    def overlap(self) -> FloatArray:
        """m of the module's formulas, shape (N, L, L)."""
        sums = self.worth[:, :, None] + self.worth[:, None, :]
        return np.asarray((1 + self.rate * sums / self.shape) ** -self.shape)

    @property
    def decays(self) -> FloatArray:
        """exp(−r·w_i(l)), shape (R, N, L)."""
        return np.asarray(np.exp(-RATES[:, None, None] * self.worth))

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
        """Features whose products are the covariance of the curves and of what each user adds, (M, R + N·(L − 1))."""
        total = self.worth[np.arange(profiles.shape[1]), profiles].sum(axis=1)
        added = np.eye(self.worth.shape[1])[profiles][:, :, 1:].reshape(len(profiles), -1)
        return np.hstack([self.a * -np.expm1(-np.outer(total, RATES)), self.b * added])


class Likelihood:
    """−log of likelihood times prior, with its gradient, as a function of the logarithms of the numbers.

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
        #: Who is at which level above 0.
        self._added = np.eye(n_levels)[profiles][:, :, 1:].reshape(len(profiles), -1)
        self._found, self._noise = found, noise + JITTER
        before = np.repeat(np.log(_WORTH * sizes / sizes.sum())[:, None], n_levels - 1, axis=1)
        values = [math.log(value) for value, _ in _BEFORE.values()]
        self.start = np.concatenate([before.ravel(), values[:-1], [0.0]])  # p by its logit
        spread = [width for _, width in _BEFORE.values()]
        self._precision = 1 / np.concatenate([np.full(before.size, _WORTH_SPREAD), spread]) ** 2
        #: Entries of one user's L×L block in the matrix of all levels of all users.
        self._own: BoolArray = np.kron(np.eye(n), np.ones((n_levels, n_levels))).astype(bool)

    @property
    def bounds(self) -> list[tuple[float, float]]:
        """Of each number, so that nothing over- or underflows."""
        return [(first - 6, first + 4) for first in self.start]

    def kernel(self, at: FloatArray) -> Kernel:
        """The prior with these numbers."""
        n, n_levels = self._shape
        worth = np.zeros((n, n_levels))
        worth[:, 1:] = np.exp(at[:-10]).reshape(n, -1)
        a, s, tau, kappa, b, lam, c, rate, shape = np.exp(at[-10:-1]).tolist()
        return Kernel(worth, a, s, tau, kappa, b, lam, c, rate, shape, 2 / (1 + math.exp(-at[-1])))

    def __call__(self, at: FloatArray) -> tuple[float, FloatArray]:
        from scipy.linalg import LinAlgError, cholesky, lapack

        kernel, hot, found = self.kernel(at), self._hot, self._found
        total = hot @ kernel.worth.ravel()
        decays = np.exp(-np.outer(total, RATES))
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
        away = at - self.start
        value = 0.5 * found @ weights + np.log(np.diag(factor)).sum() + 0.5 * (self._precision * away**2).sum()
        # d value = Σ half ∘ d matrix
        half = 0.5 * (inverse - np.outer(weights, weights))
        curved, smoothed = half @ (1 - decays), half * smooth
        rows = smoothed.sum(axis=1)
        by_total = 2 * kernel.a**2 * (curved * decays * RATES).sum(axis=1) - 2 * kernel.kappa * rows
        by_distance = -kernel.lam * self._of_blocks(hot.T @ smoothed @ hot)
        by_worth = (hot.T @ by_total).reshape(self._shape) + 2 * (by_distance * slope).sum(axis=2)
        met = kernel.c**2 * half * both
        by_log = self._of_blocks(hot.T @ met @ hot)  # of the logarithm of each entry of `overlap`
        by_log[:, :, 0] -= 2 * kernel.c**2 * (hot.T @ (half.sum(axis=1) * alone)).reshape(self._shape)
        drop = x / (1 + x)
        by_worth += ((by_log + by_log.transpose(0, 2, 1)) * (-kernel.rate / (1 + x))).sum(axis=2)
        gradient = np.concatenate([
            (by_worth * kernel.worth)[:, 1:].ravel(),
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
        return float(value), gradient + self._precision * away

    def _blocks(self, tables: FloatArray) -> FloatArray:
        """Tables of shape (N, L, L) along the diagonal of one matrix."""
        result = np.zeros(self._own.shape)
        result[self._own] = tables.ravel()
        return result

    def _of_blocks(self, matrix: FloatArray) -> FloatArray:
        return np.asarray(matrix[self._own].reshape(-1, self._shape[1], self._shape[1]))


def fit(profiles: IntArray, found: FloatArray, noise: FloatArray, n_levels: int, sizes: FloatArray,
        near: Kernel | None = None) -> Kernel:  # fmt: skip
    """The kernel of the largest likelihood times prior; see :class:`Likelihood`. ``near``: where to begin."""
    from scipy.optimize import minimize

    likelihood = Likelihood(profiles, found, noise, n_levels, sizes)
    start = likelihood.start if near is None else _numbers(near)
    low, high = np.array(likelihood.bounds).T
    done = minimize(
        likelihood, np.clip(start, low, high), jac=True, method="L-BFGS-B", bounds=likelihood.bounds,
        options={"maxiter": 100 if near is None else 30},
    )  # fmt: skip
    return likelihood.kernel(done.x)


def one_hot(profiles: IntArray, n_levels: int) -> FloatArray:
    """Who is at which level, shape (B, N·L)."""
    return np.asarray(np.eye(n_levels)[profiles].reshape(len(profiles), -1))


def logarithms(factors: FloatArray) -> FloatArray:
    """Of each user's factor at each level, (M, N, L); times :func:`one_hot` they are those of products over users."""
    return np.asarray(np.log(np.maximum(factors, _TINY)).reshape(len(factors), -1))


def _numbers(kernel: Kernel) -> FloatArray:
    """What :meth:`Likelihood.kernel` makes this kernel of."""
    own = [kernel.a, kernel.s, kernel.tau, kernel.kappa, kernel.b, kernel.lam, kernel.c, kernel.rate, kernel.shape]
    last = -math.log(2 / kernel.p - 1)
    return np.concatenate([np.log(kernel.worth[:, 1:]).ravel(), np.log(own), [last]])


def _distance(worth: FloatArray, p: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """|w − w′|^p of every two levels of each user, its slope in w, and its derivative in p; smoothed at 0."""
    gap = worth[:, :, None] - worth[:, None, :]
    square = gap**2 + _SMALL**2
    power = square ** (p / 2)
    by_p = power * np.log(square) / 2 - _SMALL**p * math.log(_SMALL)
    return power - _SMALL**p, p * gap * power / square, by_p
