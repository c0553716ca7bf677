"""The linear-Laplace estimator of a common mean (Section 3, Appendix B.1), for any vector of ε."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from fairgames.errors import InputError
from fairgames.estimators.prior import MeanPrior
from fairgames.estimators.programs import Constraints, ProgramsSpec, resolve
from fairgames.estimators.repair import repaired_laplace
from fairgames.estimators.threshold import optimal_weights
from fairgames.exact import to_fraction
from fairgames.typing import FloatArray, Number


@dataclass(frozen=True)
class LinearLaplaceEstimator:
    """A(X) = a + Σ w_i X_i + Laplace(τ), ε_i-differentially private for every user i.

    There is no estimator that breaks its privacy: |w_i|·2b ≤ ε_i·τ is checked in rational
    arithmetic when one is made.

    Attributes
    ----------
    epsilons : ε_i, rational or ``inf``
    weights : w_i
    noise : the Laplace scale τ
    prior : what is known of mean and data
    method : "exact", or the solver that found the weights
    """

    epsilons: tuple[Fraction | float, ...]
    weights: tuple[Fraction, ...]
    noise: Fraction
    prior: MeanPrior
    method: str = "exact"

    def __post_init__(self) -> None:
        if len(self.epsilons) != len(self.weights):
            raise InputError(f"estimator: {len(self.epsilons)} ε, but {len(self.weights)} weights")
        faults = [
            f"user {user + 1}: |weight|·range = {float(abs(w) * self.prior.range):.17g} is more than "
            f"ε·noise = {float(eps * self.noise):.17g}: the estimate would not be ε-private"
            for user, (w, eps) in enumerate(zip(self.weights, self.epsilons, strict=True))
            if eps != math.inf and abs(w) * self.prior.range > Fraction(eps) * self.noise
        ]
        if faults or self.noise < 0:
            raise InputError(faults or f"estimator: expected noise ≥ 0, got {self.noise}")

    @classmethod
    def optimal(
        cls,
        epsilons: Sequence[Number],
        prior: MeanPrior | None = None,
        constraints: Constraints | None = None,
        solver: ProgramsSpec | None = None,
    ) -> LinearLaplaceEstimator:
        """The estimator of least Bayes risk.

        Parameters
        ----------
        epsilons : ε_i ≥ 0, ``inf`` included, one a user, read as written
        prior : default the papers' case, X_i = ±1/2 with Pr(1/2) uniform
        constraints : what the weights must satisfy besides; default nothing
        solver : a convex solver such as "cvxpy:clarabel"; default the closed form, exactly, or
            Clarabel where there are constraints

        Raises
        ------
        InputError
            Naming every ε that is negative or not a number; or constraints that concern other estimators.
        SolverError
            With the solver's words, if it has no optimal answer; an ``InfeasibleError`` if no weights
            satisfy the constraints.

        Notes
        -----
        A solver's answer is repaired, so that it is private exactly; ``risk`` is that of the repaired one.

        >>> estimator = LinearLaplaceEstimator.optimal([1, 100])
        >>> estimator.weights, estimator.noise
        ((Fraction(1, 40), Fraction(13, 40)), Fraction(1, 40))
        >>> estimator.effective_epsilons, estimator.saturated
        ((Fraction(1, 1), Fraction(13, 1)), (False, True))
        """
        eps, prior = checked_epsilons(epsilons), prior or MeanPrior()
        if constraints is None and solver is None:
            weights, noise = optimal_weights(eps, prior)
            return cls(eps, tuple(weights), noise, prior)
        programs, constraints = resolve(solver), constraints or Constraints()
        if constraints.shared:
            raise InputError("constraints: shared: a linear-Laplace estimator has one target only")
        found, scale = programs.linear_laplace(len(eps), constraints)(np.array(eps, dtype=float), prior)
        repaired, noise = repaired_laplace(found, scale, eps, prior, constraints)
        return cls(eps, repaired, noise, prior, programs.name)

    def __len__(self) -> int:
        return len(self.epsilons)

    @property
    def intercept(self) -> Fraction:
        """a = m(1 − Σw); 0 in the papers' case."""
        return self.prior.intercept(self.weights)

    @property
    def risk(self) -> Fraction:
        """The Bayes risk E[(A(X) − θ)²] of these weights and this noise."""
        return self.prior.risk(self.weights, self.noise)

    @property
    def effective_epsilons(self) -> tuple[Fraction | float, ...]:
        """|w_i|·2b/τ: the ε that each user really gets; ``inf`` for data used without noise."""
        return tuple(self._effective(w) for w in self.weights)

    def _effective(self, weight: Fraction) -> Fraction | float:
        if weight == 0:
            return Fraction(0)
        return abs(weight) * self.prior.range / self.noise if self.noise else math.inf

    @property
    def saturated(self) -> tuple[bool, ...]:
        """Who gets more privacy than asked for."""
        return tuple(real < asked for real, asked in zip(self.effective_epsilons, self.epsilons, strict=True))

    def estimate(self, data: ArrayLike, *, simulation: np.random.Generator) -> FloatArray:
        """An estimate with NumPy's noise: FOR SIMULATIONS ONLY, it protects nobody.

        Floating-point Laplace noise leaks the data through its last digits (Mironov 2012), and
        data outside the bounds are an error here, which tells of them.

        Parameters
        ----------
        data : one value a user, shape (N,), or many draws of them, shape (…, N)
        simulation : where the noise comes from

        Returns
        -------
        shape (…)

        Raises
        ------
        InputError
            If data have another length than the profile, hold NaN or a value outside [−b, b], or
            are given although nobody shares.

        >>> estimator = LinearLaplaceEstimator.optimal(["inf", "inf"])
        >>> float(estimator.estimate([0.5, -0.5], simulation=np.random.default_rng(1)))
        0.0
        """
        values = self._checked(data)
        noise = simulation.laplace(scale=float(self.noise), size=values.shape[:-1]) if self.noise else 0.0
        result: FloatArray = np.asarray(float(self.intercept) + values @ np.array(self.weights, dtype=float) + noise)
        return result

    def _checked(self, data: ArrayLike) -> FloatArray:
        values = np.asarray(data, dtype=float)
        if values.ndim == 0 or values.shape[-1] != len(self):
            raise InputError(f"data: expected one value for each of {len(self)} users, got shape {values.shape}")
        if not any(self.epsilons):
            raise InputError(
                "data: given, but every ε is 0: nobody lets them be used, and the best estimate without data is "
                f"the prior mean {self.prior.mean}"
            )
        wrong = np.argwhere(~(np.abs(values) <= float(self.prior.bound)))
        if len(wrong):
            first = tuple(int(index) for index in wrong[0])
            raise InputError(
                f"data: expected values in [−{self.prior.bound}, {self.prior.bound}], got {values[first]} for user "
                f"{first[-1] + 1} ({len(wrong)} such values): scale them, or make the prior's bound larger"
            )
        return values


def checked_epsilons(given: Sequence[Number]) -> tuple[Fraction | float, ...]:
    """ε as rationals or ``inf``; every fault at once is an :class:`InputError`."""
    found: list[Fraction | float] = []
    faults = []
    for user, value in enumerate(given):
        if value in (math.inf, "inf"):
            found.append(math.inf)
            continue
        try:
            found.append(to_fraction(value, f"epsilons: user {user}"))
        except InputError:
            faults.append(f"epsilons: user {user + 1}: expected a number ≥ 0 or inf, got {value!r}")
            continue
        if found[-1] < 0:
            faults.append(f"epsilons: user {user + 1}: expected a number ≥ 0 or inf, got {value!r}")
    if len(given) == 0:
        faults.append("epsilons: expected at least one user, got none")
    if faults:
        raise InputError(faults)
    return tuple(found)
