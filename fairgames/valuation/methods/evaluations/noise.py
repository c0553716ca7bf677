"""Payments from all coalitions of a noisy black box, with errors estimated from repeated evaluations."""

from __future__ import annotations

from itertools import product

import numpy as np

from fairgames.errors import InputError
from fairgames.typing import FloatArray, IntArray
from fairgames.valuation.allocation import CONFIDENCE, PaymentRequest
from fairgames.valuation.rules import Coalitions, Rule, Semivalue


def from_all_coalitions(question: PaymentRequest) -> tuple[FloatArray, FloatArray, float]:
    """φ of each user, the half-widths of their 95% intervals, and a bound for all at 99%.

    A payment is linear in the means of the repeats, so its variance is Σ (weight · standard error)²,
    with Welch and Satterthwaite's degrees of freedom for Student's quantile.

    Raises
    ------
    InputError
        If there are repeats, and the rule is not linear in U.
    """
    from scipy.special import stdtrit

    utility, levels, rule = question.utility, question.profile.tolist(), question.rule
    sharing = [user for user, level in enumerate(levels) if level]
    phi, widths, n = np.zeros(len(levels)), np.zeros(len(levels)), len(sharing)
    if not n:
        return phi, widths, 0.0
    values = utility.values([(0, level) if level else (0,) for level in levels])
    coalitions = Coalitions.of_table(
        sharing, [utility.levels[levels[user]] for user in sharing], values.reshape((2,) * n)
    )
    inside = np.array(list(product((0, 1), repeat=n)), dtype=np.int64)
    # Shapley's values by their weights: not by what a user adds, whose differences round once more.
    weights = weights_of(rule, coalitions, inside) if rule.algebraic else None
    phi[sharing] = rule.values(coalitions) if weights is None else weights @ values
    bound = rule.steepness_of(n) * utility.rounding + 2**n * np.finfo(float).eps * float(np.abs(values).max())
    if not utility.noisy:
        return phi, widths, bound
    if weights is None:
        raise InputError(
            f"rule {rule.name!r} is not linear in U: repeats do not tell what its payments may be off by; use another "
            "rule, or TableUtility(utility.on_grid()), which takes the means as true"
        )
    profiles = np.zeros((len(inside), len(levels)), dtype=np.int64)
    profiles[:, sharing] = inside * question.profile[sharing]
    squares = weights**2 * utility.variances(profiles)
    variance = squares.sum(axis=1)
    some = variance > 0
    freedom = np.full(n, np.inf)
    freedom[some] = (utility.seeds - 1) * variance[some] ** 2 / (squares[some] ** 2).sum(axis=1)
    spread = np.sqrt(variance)
    widths[sharing] = np.where(some, stdtrit(np.minimum(freedom, 1e9), 0.975), 0) * spread
    joint = stdtrit(np.minimum(freedom, 1e9), 1 - (1 - CONFIDENCE) / (2 * max(n, 1)))
    return phi, widths, bound + float((np.where(some, joint, 0) * spread).max(initial=0.0))


def weights_of(rule: Rule, coalitions: Coalitions, inside: IntArray) -> FloatArray:
    """What each member's value multiplies U of each coalition with, shape (n, 2^n), of a rule that is linear in U.

    Parameters
    ----------
    inside : who is in which coalition, rows of 0 and 1, shape (2^n, n)
    """
    if isinstance(rule, Semivalue):
        return semivalue_weights(rule, inside)
    units = np.eye(len(inside)).reshape(-1, *(2,) * len(coalitions))
    tables = (Coalitions.of_table(coalitions.users, coalitions.levels, unit) for unit in units)
    return np.stack([np.asarray(rule.values(table), dtype=float) for table in tables], axis=1)


def semivalue_weights(rule: Semivalue, inside: IntArray) -> FloatArray:
    """The same by the weights of sizes: p_{n,s−1} of a coalition of s members for them, −p_{n,s} for the others."""
    n, size = inside.shape[1], inside.sum(axis=1)
    weights = [float(rule.weight(s, n)) for s in range(n)]
    mine, others = np.array([0.0, *weights]), -np.array([*weights, 0.0])
    return np.asarray(np.where(inside.T == 1, mine[size], others[size]))
