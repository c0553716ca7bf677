"""The platform's estimates of every user's mean from what a federation reveals (Section 4, eq. 14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from fairgames.errors import InputError
from fairgames.estimators.federated_weights import federated_weights, levels_of, signals
from fairgames.estimators.federation import samples_of
from fairgames.estimators.programs import Constraints, ProgramsSpec, resolve
from fairgames.estimators.repair import repaired_federated
from fairgames.typing import BoolArray, FloatArray

if TYPE_CHECKING:
    from fairgames.utilities.federated_mean import FederatedMean


@dataclass(frozen=True, eq=False)
class FederatedEstimator:
    """θ̂_i^p = w_i0·θ̂_f + Σ_j w_ij·θ̂_j for every user i (eq. 14).

    Data enter as the users' local means θ̂_i, shape (…, N); :meth:`local_means` makes them from
    samples. Those of users on level 0 are never looked at and may be NaN.

    Attributes
    ----------
    levels : each user's level 0, 1 or 2; users on level 1 too few for an aggregate are never looked at either
    weights : w_ij, shape (N, N): row i estimates θ_i; 0 for users not on level 2
    group_weights : w_i0, shape (N,); 0 without an aggregate
    shares : u, each user's share of θ̂_f; 0 for users who are not in an aggregate, shape (N,)
    samples : n_i, shape (N,)
    between, within : s² and r²
    method : "exact", or the solver that found the weights
    """

    levels: tuple[int, ...]
    weights: FloatArray
    group_weights: FloatArray
    shares: FloatArray
    samples: FloatArray
    between: float
    within: float
    method: str = "exact"

    @classmethod
    def optimal(
        cls,
        utility: FederatedMean,
        profile: Sequence[int],
        constraints: Constraints | None = None,
        solver: ProgramsSpec | None = None,
    ) -> FederatedEstimator:
        """The best estimators at one profile.

        Parameters
        ----------
        utility : the federation: samples, s², r², levels, aggregation
        profile : level indices, one a user
        constraints : what the weights must satisfy besides Σ_j w_ij = 1; default nothing
        solver : a convex solver such as "cvxpy:clarabel"; default the closed form, or Clarabel
            where there are constraints

        Raises
        ------
        InputError
            If the profile does not fit, or the constraints concern other estimators.
        SolverError
            With the solver's words, if it has no optimal answer; an ``InfeasibleError`` if no weights
            satisfy the constraints.

        >>> from fairgames.users import Users
        >>> from fairgames.utilities import FederatedMean
        >>> utility = FederatedMean(Users(samples=[10, 10, 40]), between=1, within=10)
        >>> estimator = FederatedEstimator.optimal(utility, (1, 1, 0))
        >>> estimator.aggregate([3.0, 5.0, np.nan]), estimator.emse
        (4.0, array([1., 1., 2.]))
        """
        seen = signals(utility, profile)
        levels = levels_of(utility, [profile])[0]
        if not ((levels == 2) | (seen.shares > 0)).any() or (constraints is None and solver is None):
            found, method = federated_weights(utility, [profile])[0], "exact"
        else:
            constraints, programs = constraints or Constraints(), resolve(solver)
            if constraints.noise is not None:
                raise InputError("constraints: noise: a federated estimator adds none")
            answer = programs.federated(len(levels), constraints)(seen)
            found, method = repaired_federated(answer, constraints), programs.name
        return cls(
            tuple(int(level) for level in levels),
            found[:, :-1],
            found[:, -1],
            seen.shares,
            samples_of(utility),
            utility.between,
            utility.within,
            method,
        )

    def __len__(self) -> int:
        return len(self.levels)

    @property
    def seen(self) -> BoolArray:
        """Whose data reach the platform, directly or in the aggregate, shape (N,)."""
        result: BoolArray = np.equal(self.levels, 2) | (self.shares > 0)
        return result

    @property
    def total_weights(self) -> FloatArray:
        """v_ij on every user's θ̂_j, direct or through the group, shape (N, N)."""
        result: FloatArray = self.weights + self.group_weights[:, None] * self.shares
        return result

    @property
    def emse(self) -> FloatArray:
        """E[(θ̂_i^p − θ_i)²] of these weights, eq. 55, shape (N,); r² + 2s² where nobody is seen."""
        if not self.seen.any():
            return np.full(len(self), self.within + 2 * self.between)
        v = self.total_weights
        missed = v - np.eye(len(self))
        result: FloatArray = (v**2) @ (self.within / self.samples) + self.between * (missed**2).sum(axis=1)
        return result

    def local_means(self, data: Sequence[Sequence[float] | FloatArray | None]) -> FloatArray:
        """θ̂_i of every user who is :attr:`seen`, NaN for the others, shape (N,).

        Parameters
        ----------
        data : the samples of each user; of users who are not seen, None or anything: it is not read

        Raises
        ------
        InputError
            Naming every user with another number of samples than n_i, or with samples not finite.
        """
        if len(data) != len(self):
            raise InputError(f"data: expected the samples of {len(self)} users, got those of {len(data)}")
        result, faults = np.full(len(self), np.nan), []
        for user, (seen, samples) in enumerate(zip(self.seen.tolist(), data, strict=True)):
            if not seen:
                continue
            values = np.asarray([] if samples is None else samples, dtype=float)
            if len(values) != self.samples[user]:
                faults.append(f"data: user {user + 1}: expected {self.samples[user]:g} samples, got {len(values)}")
            elif not np.isfinite(values).all():
                faults.append(f"data: user {user + 1}: expected finite samples")
            else:
                result[user] = values.mean()
        if faults:
            raise InputError(faults)
        return result

    def aggregate(self, means: ArrayLike) -> FloatArray | float | None:
        """θ̂_f, all that the platform learns of the users on level 1: one number, not its members.

        With one member that number is its own mean. None where no aggregate is formed.

        Parameters
        ----------
        means : θ̂_i, shape (N,), or many draws of them, shape (…, N)

        Raises
        ------
        InputError
            If the shape is another, or a member's mean is not finite.
        """
        return self._aggregate(self._checked(means))

    def estimate(self, means: ArrayLike) -> FloatArray:
        """θ̂_i^p of every user, on level 0 too, shape (…, N).

        Parameters
        ----------
        means : θ̂_i, shape (N,), or many draws of them, shape (…, N)

        Raises
        ------
        InputError
            If the shape is another, the mean of a user who is seen is not finite, or nobody is.
        """
        if not self.seen.any():
            nobody = "too few are on level 1 for an aggregate" if any(self.levels) else "everybody is on level 0"
            raise InputError(f"means: given, but {nobody}: there is nothing to estimate from")
        values = self._checked(means)
        sent = np.where(np.equal(self.levels, 2), values, 0.0) @ self.weights.T
        group = self._aggregate(values)
        result: FloatArray = sent if group is None else sent + np.asarray(group)[..., None] * self.group_weights
        return result

    def _aggregate(self, values: FloatArray) -> FloatArray | float | None:
        if not self.shares.any():
            return None
        found = np.where(self.shares > 0, values, 0.0) @ self.shares
        return float(found) if values.ndim == 1 else np.asarray(found)

    def _checked(self, means: ArrayLike) -> FloatArray:
        values = np.asarray(means, dtype=float)
        if values.ndim == 0 or values.shape[-1] != len(self):
            raise InputError(f"means: expected one value for each of {len(self)} users, got shape {values.shape}")
        wrong = ~np.isfinite(values) & self.seen
        if wrong.any():
            users = sorted({int(user) + 1 for user in np.argwhere(wrong)[:, -1]})
            raise InputError(f"means: expected finite numbers of users who share, but not those of users {users}")
        return values
