"""The expected squared errors of a federation's estimates at every profile (Section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairgames.estimators.federated_mean import FederatedEstimator
from fairgames.estimators.federated_weights import (
    federated_errors_and_bounds,
    federated_errors_and_bounds_on_counts,
    least_federated_errors,
)
from fairgames.estimators.programs import Constraints, ProgramsSpec
from fairgames.estimators.risks import Risk, Risks, WhereInfeasible
from fairgames.typing import FloatArray, IntArray, Profile

if TYPE_CHECKING:
    from fairgames.utilities.federated_mean import FederatedMean


class FederatedRisk(Risk):
    """EMSE_i of every user's estimate from what a federation reveals (Section 4).

    Parameters
    ----------
    utility : the federation: users with samples and importance, s², r², levels, aggregation
    constraints, solver : as in :meth:`FederatedEstimator.optimal`
    infeasible : as for :class:`LaplaceRisk`; a cap on weights leaves small coalitions none

    >>> from fairgames.users import Users
    >>> from fairgames.utilities import FederatedMean
    >>> risk = FederatedRisk(FederatedMean(Users(samples=[10, 10]), between=1, within=10))
    >>> risk.at(np.array([[0, 0], [1, 1]])).values
    array([[12., 12.],
           [ 1.,  1.]])
    """

    def __init__(
        self,
        utility: FederatedMean,
        constraints: Constraints | None = None,
        solver: ProgramsSpec | None = None,
        infeasible: WhereInfeasible = "error",
    ) -> None:
        super().__init__(utility.n_users, constraints, solver, infeasible)
        self.utility = utility
        self.levels = utility.levels
        self.types = tuple(range(self.n_users)) if self.told_apart else utility.types
        self.prior_risk = utility.within + 2 * utility.between
        least = least_federated_errors(utility)
        self.spread = float((self.prior_risk - least) @ self._weights())

    def on_counts(self, counts: IntArray) -> Risks:
        values, bounds = federated_errors_and_bounds_on_counts(self.utility, counts)
        weights = counts * self._weights()[list(self.utility.first_of_type)][:, None]
        shape = (len(counts), -1)
        values = np.where(counts > 0, values, self._prior)  # which nobody has, so that it counts nothing
        return Risks(values.reshape(shape), bounds.reshape(shape), weights.reshape(shape))

    def estimator(self, profile: Sequence[int]) -> FederatedEstimator:
        return FederatedEstimator.optimal(self.utility, profile, self.constraints, self.programs)

    def _at(self, profiles: IntArray) -> Risks:
        return Risks(*federated_errors_and_bounds(self.utility, profiles), self._weights())

    def _weights(self) -> FloatArray:
        return self.utility.users.importance

    def _of_program(self, profile: Profile) -> FloatArray:
        return self.estimator(profile).emse
