"""Payments from all coalitions of a noisy black box, with errors estimated from repeated evaluations."""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from fairgames.errors import InputError
from fairgames.typing import FloatArray
from fairgames.valuation.allocation import CONFIDENCE, PaymentRequest


def from_all_coalitions(question: PaymentRequest) -> tuple[FloatArray, FloatArray, float]:
    """φ of each user, the half-widths of their 95% intervals, and a bound for all at 99%.

    A payment is linear in the means of the repeats, so its variance is Σ (weight · standard error)²,
    with Welch and Satterthwaite's degrees of freedom for Student's quantile.
    """
    from scipy.special import stdtrit

    if question.rule.platform_members:
        raise InputError("rule 'coalition': payments from repeats are for rule 'users'; leave out the budget")
    utility, levels = question.utility, question.profile
    sharing = np.flatnonzero(levels)
    n = len(sharing)
    coalitions = np.array(list(product((0, 1), repeat=n)), dtype=np.int64).reshape(-1, n)
    profiles = np.zeros((len(coalitions), len(levels)), dtype=np.int64)
    profiles[:, sharing] = coalitions * levels[sharing]
    values = utility.values([(0, level) if level else (0,) for level in levels.tolist()])
    weights = shapley_weights(coalitions)
    phi, widths = np.zeros(len(levels)), np.zeros(len(levels))
    phi[sharing] = weights @ values
    bound = 2 * utility.rounding + 2**n * np.finfo(float).eps * float(np.abs(values).max(initial=0.0))
    if not utility.noisy:
        return phi, widths, bound
    squares = weights**2 * utility.variances(profiles)
    variance = squares.sum(axis=1)
    some = variance > 0
    freedom = np.full(n, np.inf)
    freedom[some] = (utility.seeds - 1) * variance[some] ** 2 / (squares[some] ** 2).sum(axis=1)
    spread = np.sqrt(variance)
    widths[sharing] = np.where(some, stdtrit(np.minimum(freedom, 1e9), 0.975), 0) * spread
    joint = stdtrit(np.minimum(freedom, 1e9), 1 - (1 - CONFIDENCE) / (2 * max(n, 1)))
    return phi, widths, bound + float((np.where(some, joint, 0) * spread).max(initial=0.0))


def shapley_weights(coalitions: np.ndarray, extra: int = 0) -> FloatArray:
    """The weight of each coalition, a row of 0 and 1, in each user's Shapley value, shape (n, M); with ``extra`` = 1
    where the platform is a member without whom U is 0 (Theorem 1)."""
    n, size = coalitions.shape[1], coalitions.sum(axis=1)
    members = n + extra
    before = [members * math.comb(members - 1, s + extra - 1) if s else 0 for s in range(n + 1)]
    inside = np.array([1 / orders if orders else 0.0 for orders in before])
    outside = np.array([-1 / (members * math.comb(members - 1, s + extra)) if s < n else 0.0 for s in range(n + 1)])
    return np.asarray(np.where(coalitions.T == 1, inside[size], outside[size]))
