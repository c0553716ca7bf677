"""From a solver's answer, right up to its tolerance, to one that keeps every promise exactly.

For privacy, |w_i|·2b > ε_i·τ by 1e-9 is a breach. So weights are first brought within their sign and
cap, then τ is made as large as they need, in rational arithmetic. Where that is more than the bound
on the noise allows, all weights shrink by one factor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from fairgames.errors import SolverError
from fairgames.estimators.prior import MeanPrior
from fairgames.estimators.programs import Constraints
from fairgames.typing import FloatArray


def repaired_laplace(
    weights: FloatArray,
    noise: float,
    epsilons: Sequence[Fraction | float],
    prior: MeanPrior,
    constraints: Constraints,
) -> tuple[tuple[Fraction, ...], Fraction]:
    """Weights and τ that satisfy privacy, sign, cap and the bound on the noise exactly.

    Own constraints hold as well as the solver's answer did; with them, τ never falls.

    Raises
    ------
    SolverError
        If the answer holds a number that is not finite.
    """
    if not (np.isfinite(weights).all() and math.isfinite(noise)):
        raise SolverError(f"the solver's weights are not finite: {weights.tolist()}, noise {noise}")
    exact = [_within(Fraction(float(w)), eps, constraints) for w, eps in zip(weights, epsilons, strict=True)]
    needed = noise_needed(exact, epsilons, prior)
    if constraints.own is not None:
        needed = max(needed, Fraction(float(noise)))
    if constraints.noise is not None and needed > constraints.noise:
        exact = [w * constraints.noise / needed for w in exact]
        needed = constraints.noise
    return tuple(exact), needed


def noise_needed(weights: Sequence[Fraction], epsilons: Sequence[Fraction | float], prior: MeanPrior) -> Fraction:
    """The least τ with |w_i|·2b ≤ ε_i·τ for all; users with ε = 0 weigh nothing."""
    needed = (
        abs(w) * prior.range / Fraction(eps) for w, eps in zip(weights, epsilons, strict=True) if 0 < eps < math.inf
    )
    return max(needed, default=Fraction(0))


def _within(weight: Fraction, epsilon: Fraction | float, constraints: Constraints) -> Fraction:
    """The nearest weight that has the right sign and size; 0 at ε = 0."""
    if epsilon == 0 or (constraints.nonnegative and weight < 0):
        return Fraction(0)
    if constraints.cap is not None and abs(weight) > constraints.cap:
        return constraints.cap if weight > 0 else -constraints.cap
    return weight


def repaired_federated(weights: FloatArray, constraints: Constraints) -> FloatArray:
    """Weights of the right sign whose rows sum to 1 up to rounding, shape (N, N + 1).

    Raises
    ------
    SolverError
        If the answer holds a number that is not finite.
    """
    if not np.isfinite(weights).all():
        raise SolverError("the solver's weights are not finite")
    kept = np.maximum(weights, 0) if constraints.nonnegative else weights
    result: FloatArray = kept / kept.sum(axis=1, keepdims=True)
    return result
