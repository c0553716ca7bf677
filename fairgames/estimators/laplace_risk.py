"""The Bayes risk of the linear-Laplace estimator at every profile (Section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairgames.estimators.linear_laplace import LinearLaplaceEstimator, checked_epsilons
from fairgames.estimators.prior import MeanPrior
from fairgames.estimators.programs import Constraints, ProgramsSpec
from fairgames.estimators.risks import Risk, Risks, WhereInfeasible
from fairgames.estimators.threshold import laplace_weights_on_counts, least_risk
from fairgames.exact import object_array
from fairgames.typing import Array, FloatArray, IntArray, Number, Profile

if TYPE_CHECKING:
    from fairgames.users import Users

_UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2


class LaplaceRisk(Risk):
    """The Bayes risk of the linear-Laplace estimator, one estimate for all (Section 3).

    Parameters
    ----------
    users : the users, or just how many
    levels : the ε values, ascending, first 0; ``inf`` means no privacy
    prior : default the papers' case
    constraints, solver : as in :meth:`LinearLaplaceEstimator.optimal`
    infeasible : what happens where no weights satisfy the constraints: "error", or "prior": the
        platform does without data there

    >>> risk = LaplaceRisk(2, [0, "inf"])
    >>> risk.exact_on_counts(np.array([[[2, 0]], [[1, 1]], [[0, 2]]])).tolist()
    [Fraction(1, 12), Fraction(1, 18), Fraction(1, 24)]
    """

    def __init__(
        self,
        users: Users | int,
        levels: Sequence[Number],
        prior: MeanPrior | None = None,
        constraints: Constraints | None = None,
        solver: ProgramsSpec | None = None,
        infeasible: WhereInfeasible = "error",
    ) -> None:
        super().__init__(users if isinstance(users, int) else len(users), constraints, solver, infeasible)
        self.levels = checked_epsilons(levels)
        self.types = tuple(range(self.n_users)) if self.told_apart else (0,) * self.n_users
        self.prior = prior or MeanPrior()
        self.prior_risk = self.prior.between
        self.spread = self.prior.between - self.prior.least_risk(self.n_users)

    @property
    def rational(self) -> bool:
        return self.programs is None

    def on_counts(self, counts: IntArray) -> Risks:
        on_level = counts.sum(axis=1)
        found = laplace_weights_on_counts(np.array(self.levels, dtype=float), on_level, self.prior).risk
        nobody = on_level[:, 0] == self.n_users
        values = np.where(nobody, self._prior, found)
        bounds = np.where(nobody, 0.0, (4 * len(self.levels) + 40) * _UNIT_ROUNDOFF * found)
        return Risks(values[:, None], bounds[:, None], self._weights())

    def exact_on_counts(self, counts: IntArray) -> Array:
        if not self.rational:
            return super().exact_on_counts(counts)
        rows = (zip(self.levels, map(int, row), strict=True) for row in counts.sum(axis=1))
        return object_array(least_risk(row, self.prior) for row in rows)

    def estimator(self, profile: Sequence[int]) -> LinearLaplaceEstimator:
        epsilons = [self.levels[level] for level in profile]
        return LinearLaplaceEstimator.optimal(epsilons, self.prior, self.constraints, self.programs)

    def _at(self, profiles: IntArray) -> Risks:
        counts = np.stack([(profiles == level).sum(axis=1) for level in range(len(self.levels))], axis=1)
        return self.on_counts(counts[:, None])

    def _weights(self) -> FloatArray:
        return np.ones(1)

    def _of_program(self, profile: Profile) -> FloatArray:
        return np.array([float(self.estimator(profile).risk)])

    def _alike(self, profiles: IntArray) -> IntArray:
        return profiles if self.told_apart else np.sort(profiles, axis=1)
