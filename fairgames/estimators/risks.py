"""The risks of the platform's best estimators at many profiles: what utilities are functions of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from fairgames.errors import InputError
from fairgames.estimators.federated_mean import FederatedEstimator
from fairgames.estimators.linear_laplace import LinearLaplaceEstimator
from fairgames.estimators.programs import Constraints, InfeasibleError, Programs, ProgramsSpec, resolve
from fairgames.progress import track
from fairgames.typing import Array, FloatArray, IntArray, Profile

#: What happens where no weights satisfy the constraints: an error, or the platform does without data.
WhereInfeasible: TypeAlias = Literal["error", "prior"]


@dataclass(frozen=True, eq=False)
class Risks:
    """Expected squared errors at M profiles.

    Attributes
    ----------
    values : K risks a profile, shape (M, K)
    bounds : on their errors, by rounding or the solver's tolerance, shape (M, K)
    weights : what each counts, importance times how many estimates have it; broadcasts to (M, K)
    """

    values: FloatArray
    bounds: FloatArray
    weights: FloatArray


class Risk(ABC):
    """Expected squared errors of the platform's estimates, for every profile of N users.

    Without constraints and solver the closed form is used. With them every profile is a program,
    solved once and remembered.

    Attributes
    ----------
    n_users : N
    levels : the privacy levels, ascending, first 0
    types : the number of each user's type; the weighted risks stay the same where two users of one
        type change places
    prior_risk : the risk of each estimate without data
    spread : what all data without privacy would take off the weighted sum of the risks
    """

    levels: tuple[Fraction | float, ...]
    types: tuple[int, ...]
    prior_risk: Fraction | float
    spread: Fraction | float

    def __init__(
        self,
        n_users: int,
        constraints: Constraints | None,
        solver: ProgramsSpec | None,
        infeasible: WhereInfeasible,
    ) -> None:
        if infeasible not in ("error", "prior"):
            raise InputError(f"infeasible: expected 'error' or 'prior', got {infeasible!r}")
        self.n_users = n_users
        self.constraints = constraints
        self.programs: Programs | None = None if constraints is None and solver is None else resolve(solver)
        self.infeasible: WhereInfeasible = infeasible
        self._solved: dict[Profile, FloatArray] = {}

    @property
    def programs_solved(self) -> int:
        """How many programs the solver has been given so far."""
        return len(self._solved)

    @property
    def told_apart(self) -> bool:
        """Whether own constraints may tell users apart who are otherwise alike."""
        return self.constraints is not None and self.constraints.own is not None

    @property
    def rational(self) -> bool:
        """Whether :meth:`exact_on_counts` can be asked."""
        return False

    def at(self, profiles: IntArray) -> Risks:
        """The risks at profiles of level indices, shape (M, N).

        Raises
        ------
        SolverError
            With the solver's words; where no weights satisfy the constraints, an ``InfeasibleError``
            that names the profile, unless ``infeasible`` is "prior".
        """
        return self._at(profiles) if self.programs is None else self._by_programs(profiles, self.programs)

    @abstractmethod
    def on_counts(self, counts: IntArray) -> Risks:
        """The closed form where ``counts[m, t, l]`` users of type t are on level l, shape (M, T, L)."""

    def exact_on_counts(self, counts: IntArray) -> Array:
        """The only risk as a rational, shape (M,); only where :attr:`rational`."""
        raise InputError("risk: it is not rational; only that of the linear-Laplace estimator without solver is")

    @abstractmethod
    def estimator(self, profile: Sequence[int]) -> LinearLaplaceEstimator | FederatedEstimator:
        """The estimator at one profile of level indices."""

    @abstractmethod
    def _at(self, profiles: IntArray) -> Risks:
        """As :meth:`at`, by the closed form."""

    @abstractmethod
    def _weights(self) -> FloatArray:
        """What the estimates count, shape (K,)."""

    @abstractmethod
    def _of_program(self, profile: Profile) -> FloatArray:
        """The risks of the solver's estimators at one profile, shape (K,)."""

    def _alike(self, profiles: IntArray) -> IntArray:
        """A representative of each profile among those with the same risks."""
        return profiles

    def _by_programs(self, profiles: IntArray, programs: Programs) -> Risks:
        distinct, inverse = np.unique(self._alike(profiles), axis=0, return_inverse=True)
        rows = [tuple(int(level) for level in row) for row in distinct]
        found = np.array([self._remembered(row) for row in track(rows, "convex programs")])
        bounds = np.where(distinct.any(axis=1, keepdims=True), programs.tolerance * (found + self._prior), 0.0)
        return Risks(found[inverse.reshape(-1)], bounds[inverse.reshape(-1)], self._weights())

    def _remembered(self, profile: Profile) -> FloatArray:
        without = np.full(len(self._weights()), self._prior)
        if any(profile) and profile not in self._solved:
            try:
                self._solved[profile] = self._of_program(profile)
            except InfeasibleError as error:
                if self.infeasible == "error":
                    raise InfeasibleError(f"profile {profile}: {error}, or let infeasible be 'prior'") from error
                self._solved[profile] = without
        return self._solved.get(profile, without)

    @property
    def _prior(self) -> float:
        return float(self.prior_risk)
