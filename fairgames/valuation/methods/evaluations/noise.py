"""Payments from all coalitions of a noisy black box, with errors estimated from repeated evaluations."""

from __future__ import annotations

from itertools import product

import numpy as np

from fairgames.errors import InputError
from fairgames.typing import FloatArray, IntArray
from fairgames.valuation.allocation import CONFIDENCE, PaymentRequest
from fairgames.valuation.own import coalitions_at, values_of
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
    coalitions = coalitions_at(utility, levels, exact=False)
    sharing, n = list(coalitions.users), len(coalitions)
    phi, widths = np.zeros(len(levels)), np.zeros(len(levels))
    inside = np.array(list(product((0, 1), repeat=n)), dtype=np.int64).reshape(-1, n)
    # Shapley's values by their weights: not by what a user adds, whose differences round once more.
    weights = weights_of(rule, coalitions, inside) if rule.algebraic else None
    values = coalitions.worths.reshape(-1)
    phi[sharing] = values_of(rule, coalitions) if weights is None else weights @ values
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
    return np.stack([values_of(rule, table) for table in tables], axis=1)


def semivalue_weights(rule: Semivalue, inside: IntArray) -> FloatArray:
    """The same by the weights of sizes: p_{n,s−1} of a coalition of s members for them, −p_{n,s} for the others."""
    n, size = inside.shape[1], inside.sum(axis=1)
    weights = [float(rule.weight(s, n)) for s in range(n)]
    mine, others = np.array([0.0, *weights]), -np.array([*weights, 0.0])
    return np.asarray(np.where(inside.T == 1, mine[size], others[size]))
