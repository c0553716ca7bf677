"""The linear-Laplace weights as a quadratic program (Section 3, Appendix B.1).

minimise v_w Σw² + v_b (1 − Σw)² + 2τ²  subject to  |w_i|·2b ≤ ε_i·τ

ε may differ by many orders of magnitude, and so do the w_i. The program is therefore posed in
z_i = w_i/a_i and ζ = τ/(2b·s), with scales a_i and s near those of the answer: then |z_i|·m_i ≤ ζ with
m_i = a_i/(ε_i s) in [0, 1], 0 for ε = ∞. Any positive scales pose the same program; they come
from the closed form without constraints. The objective is that above over v_b·q, less a constant.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fairgames.errors import SolverError
from fairgames.estimators.prior import MeanPrior
from fairgames.estimators.programs import Constraints
from fairgames.estimators.threshold import laplace_weights
from fairgames.typing import FloatArray
from fairgames_cvxpy.solving import engine, own_constraints, solve

if TYPE_CHECKING:
    import cvxpy


#: Own constraints: how often a program is posed anew, and how far its scale may be from that of the answer.
_ROUNDS = 4
_NEAR = 30.0
_TINY = float(np.finfo(float).tiny)


@dataclass(frozen=True, eq=False)
class LaplaceVariables:
    """What own constraints may be about.

    Attributes
    ----------
    weights : w, shape (N,)
    noise : the Laplace scale τ
    """

    weights: cvxpy.Expression
    noise: cvxpy.Expression


class LinearLaplace:
    """The program for N users, compiled once."""

    def __init__(self, n_users: int, constraints: Constraints, method: str) -> None:
        cp = engine()
        self.constraints, self.method = constraints, method
        self._lock = threading.Lock()
        self._z, self._zeta = cp.Variable(n_users), cp.Variable()
        # One parameter for each way in which a scale enters: products of parameters are not DPP.
        self._weight, self._linear, self._square, self._sum, self._held = (
            cp.Parameter(n_users, nonneg=True) for _ in range(5)
        )
        self._noise, self._penalty, self._most_noise = (cp.Parameter(nonneg=True) for _ in range(3))
        weights = cp.multiply(self._weight, self._z)
        objective = (
            cp.sum_squares(cp.multiply(self._square, self._z))
            + cp.square(self._sum @ self._z)
            - 2 * (self._linear @ self._z)
            + cp.square(self._penalty * self._zeta)
        )
        held = cp.multiply(self._held, self._z)
        asked = [held <= self._zeta, -held <= self._zeta]
        if constraints.nonnegative:
            asked.append(self._z >= 0)
        if constraints.cap is not None:
            part = weights / float(constraints.cap)
            asked += [part <= 1, -part <= 1]
        if constraints.noise is not None:
            asked.append(self._zeta <= self._most_noise)
        asked += own_constraints(constraints, LaplaceVariables(weights, self._noise * self._zeta))
        self.problem = cp.Problem(cp.Minimize(objective), asked)

    def __call__(self, epsilons: FloatArray, prior: MeanPrior) -> tuple[FloatArray, float]:
        """w and τ; see :data:`fairgames.estimators.programs.LaplaceProgram`."""
        with self._lock:
            scales = self._scales(epsilons, prior)
            if self.constraints.own is None:
                return self._solve(epsilons, prior, *scales)
            return self._rescaled(epsilons, prior, *scales)

    def _rescaled(
        self, epsilons: FloatArray, prior: MeanPrior, weights: FloatArray, noise: float
    ) -> tuple[FloatArray, float]:
        """Own constraints may ask for weights and noise of quite another size: scales are then those of the answer."""
        for rounds in range(_ROUNDS):
            try:
                found, scale = self._solve(epsilons, prior, weights, noise)
            except SolverError:
                if rounds or not weights.any():
                    raise
                # Once more where weights add up to 1.
                weights, noise = weights / weights.sum(), noise / weights.sum()
                continue
            before, noise = noise, scale / float(prior.range)
            private = (epsilons > 0) & np.isfinite(epsilons)
            if before / _NEAR < noise < before * _NEAR or not (noise > 0 and found.any() and private.any()):
                break
            weights = np.where(epsilons > 0, np.minimum(epsilons * noise, np.abs(found).max()), 0.0)
        return found, scale

    def _scales(self, epsilons: FloatArray, prior: MeanPrior) -> tuple[FloatArray, float]:
        """a and s: the closed form without constraints, brought within cap and bound on the noise."""
        free = laplace_weights(epsilons[None], prior)
        weights, noise = free.weights[0], float(free.noise[0] / prior.range)
        if self.constraints.noise is not None and noise > (most := float(self.constraints.noise / prior.range)):
            weights = np.where(np.isinf(epsilons), weights, weights * (most / noise))
            noise = most
        if self.constraints.cap is not None:
            weights = np.minimum(weights, float(self.constraints.cap))
        return weights, noise or 1.0

    def _solve(
        self, epsilons: FloatArray, prior: MeanPrior, weights: FloatArray, noise: float
    ) -> tuple[FloatArray, float]:
        ratio = float(prior.within / prior.between)
        price = 2 * float(prior.range**2 / prior.between) * noise**2
        unit = float(weights.sum()) + price or 1.0
        limits = np.maximum(epsilons * noise, _TINY)
        finite = (epsilons > 0) & np.isfinite(epsilons)
        self._weight.value = weights
        self._linear.value = weights / unit
        self._square.value = weights * math.sqrt(ratio / unit)
        self._sum.value = weights / math.sqrt(unit)
        self._held.value = np.divide(weights, limits, out=np.zeros_like(weights), where=finite)
        self._noise.value = float(prior.range) * noise
        self._penalty.value = math.sqrt(price / unit)
        if self.constraints.noise is not None:
            self._most_noise.value = float(self.constraints.noise / prior.range) / noise
        solve(self.problem, self.method, self.constraints)
        return weights * self._z.value, float(prior.range) * noise * float(self._zeta.value)
