"""The federated weights as quadratic programs (Section 4, eq. 55), all targets of a profile at once.

minimise Σ_i (Σ_j D_j w_ij² − 2 Σ_j c_ij w_ij + s²)  subject to  Σ_j w_ij = 1

over the signals j that the platform sees, with their variances D and covariances c (see
:mod:`fairgames.estimators.federation`). The error of target i is Σ_j D_j (w_ij − c_ij/D_j)² plus a
constant that would swamp it. So the program is posed in y_ij = (w_ij − c_ij/D_j)·√D_j/r_i, with the
objective Σ y²; a signal that there is not has 1/√D = 0, which leaves w = 0. The row scales r_i are
near the targets' errors, so that none drowns in another's; where targets are tied together, by
``shared`` or own constraints, all are 1.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fairgames.estimators.programs import Constraints, Signals
from fairgames.typing import FloatArray
from fairgames_cvxpy.solving import engine, own_constraints, solve

if TYPE_CHECKING:
    import cvxpy


@dataclass(frozen=True, eq=False)
class FederatedVariables:
    """What own constraints may be about; rows are targets, and with ``shared`` there is one.

    Attributes
    ----------
    weights : w_ij on θ̂_j, shape (N, N); 0 for users who are not on level 2
    group : w_i0 on θ̂_f, shape (N,); 0 if nobody is on level 1
    """

    weights: cvxpy.Expression
    group: cvxpy.Expression


class Federated:
    """The program for N users, compiled once."""

    def __init__(self, n_users: int, constraints: Constraints, method: str) -> None:
        cp = engine()
        self.constraints, self.method = constraints, method
        self._lock = threading.Lock()
        self._rows = 1 if constraints.shared else n_users
        shape = (self._rows, n_users + 1)
        self._y = cp.Variable(shape)
        # w = start + scale·y, and the same of a member of the group; y's weights in the sum, and what is left to 1.
        self._start, self._scale = cp.Parameter(shape, nonneg=True), cp.Parameter(shape, nonneg=True)
        self._member_start, self._member_scale = (cp.Parameter(self._rows, nonneg=True) for _ in range(2))
        self._inverse, self._rest = cp.Parameter(n_users + 1, nonneg=True), cp.Parameter(self._rows)
        self._least = cp.Parameter(shape, nonpos=True)
        asked = [self._y @ self._inverse == self._rest]
        if constraints.nonnegative:
            asked.append(self._y >= self._least)
        weights = self._start + cp.multiply(self._scale, self._y)
        if constraints.cap is not None:
            member = self._member_start + cp.multiply(self._member_scale, self._y[:, -1])
            asked += [cp.abs(weights[:, :-1]) <= float(constraints.cap), cp.abs(member) <= float(constraints.cap)]
        asked += own_constraints(constraints, FederatedVariables(weights[:, :-1], weights[:, -1]))
        self.problem = cp.Problem(cp.Minimize(cp.sum_squares(self._y)), asked)

    def __call__(self, signals: Signals) -> FloatArray:
        """Weights; see :data:`fairgames.estimators.programs.FederatedProgram`."""
        unit = signals.variances.min()
        inverse = np.sqrt(unit / signals.variances)
        start = self._covariances(signals) / signals.variances
        tied = self.constraints.shared or self.constraints.own is not None
        rows = np.ones((self._rows, 1)) if tied else np.sqrt(signals.errors / unit)[:, None]
        scale, share = rows * inverse, signals.shares.max()
        with self._lock:
            self._inverse.value, self._rest.value = inverse, ((1 - start.sum(axis=1)) / rows[:, 0])
            self._start.value, self._scale.value = start, scale
            self._member_start.value, self._member_scale.value = start[:, -1] * share, scale[:, -1] * share
            self._least.value = -np.divide(start, scale, out=np.zeros_like(start), where=scale > 0)
            solve(self.problem, self.method, self.constraints)
            weights = start + scale * self._y.value
        return np.broadcast_to(weights, signals.covariances.shape)

    def _covariances(self, signals: Signals) -> FloatArray:
        """c by target; with shared weights the mean of all targets, by importance."""
        if not self.constraints.shared:
            return signals.covariances
        importance = signals.importance if signals.importance.any() else np.ones_like(signals.importance)
        result: FloatArray = importance[None] @ signals.covariances / importance.sum()
        return result
