"""Fair payments at one profile by counting coalitions: Theorems 1 and 2 with few types of users.

Coalitions with the same counts are worth the same. With T(r, u) the mean of U over the coalitions
of r users of one type, by level, and u users of the other types, a user of that type who is at
level y earns

    φ = Σ_{r, u} Pr(r, u)·(T(r + e_y, u) − T(r, u)),

the others joining in random order (and under Theorem 1 the platform with them). All weights are
positive, and nothing is taken from the potential: so this checks that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames import checked
from fairgames.counts.lattice import EXACT_STATES
from fairgames.exact import object_array
from fairgames.typing import Array, IntArray, Number
from fairgames.utilities.base import Utility
from fairgames.utilities.capabilities import DeviationValues
from fairgames.valuation.allocation import Allocation, Cost, PaymentRequest, Values
from fairgames.valuation.alpha import AlphaOfUtility
from fairgames.valuation.deviation_values import moves_of, nobody, profile_of
from fairgames.valuation.methods.counted_coalitions import CountedCoalitions
from fairgames.valuation.methods.kinds import kind_sizes, n_counts
from fairgames.valuation.rules import Rule


def payments_on_counts(
    utility: Utility,
    profile: Sequence[int],
    alpha: Number | AlphaOfUtility = 1,
    rule: str | Rule = "users",
    exact: bool | None = None,
) -> Allocation:
    """Fair payments at one profile, by the sum over all counts of users that a coalition may have.

    Parameters
    ----------
    utility : U; the fewer its :attr:`~fairgames.utilities.Utility.types`, the better
    profile : level indices, shape (N,)
    alpha : the share paid out under Theorem 2, a number or a function of U; Theorem 1 has none
    rule : "users" (Theorem 2) or "coalition" (Theorem 1)
    exact : rational arithmetic; default where the utility is rational and there are at most 3,000
        counts of coalitions

    Raises
    ------
    InputError
        If ``exact`` is asked of a utility that is not rational, the profile does not fit, or a
        share other than 1 is given under Theorem 1.
    TooLargeError
        Before allocating, if the utilities of all counts do not fit in memory.

    >>> from fairgames.utilities import LinearLaplace
    >>> payments_on_counts(LinearLaplace(200, levels=[0, 1]), (1,) * 200).payments[0]
    Fraction(101, 20212)
    """
    question = PaymentRequest.of(utility, profile, alpha, rule, exact)
    found = CountedCoalitions(utility, profile, exact).allocation(question.rule, question.share)
    return checked.payments(found, question)


def why_not(_question: PaymentRequest) -> None:
    """Nothing stands against it but the number of counts."""


def cost(question: PaymentRequest) -> Cost:
    """A value of U for each count of users that a coalition may have."""
    size = n_counts(kind_sizes(question))
    exact = bool(question.exact) or (question.in_rationals and size <= EXACT_STATES)
    error = 0.0 if exact else 2 * question.utility.rounding + 1e-13 * question.worth
    return Cost(size * (3e-5 if exact else 5e-7), size * (400 if exact else 32), error)


def allocate(question: PaymentRequest) -> Allocation:
    """The payments, floats or fractions by the number of counts."""
    return payments_on_counts(
        question.utility, question.profile.tolist(), question.share, question.rule, question.exact
    )


def divide(question: PaymentRequest, banzhaf: bool = False) -> Values:
    """φ of every user; Banzhaf's value: every count of a coalition by its binomial weight, one axis after another."""
    if not banzhaf:
        counted = CountedCoalitions(question.utility, question.profile.tolist(), question.exact)
        platform = None if question.rule.has_alpha else counted._platform_value()
        own = counted.own_values(question.rule.platform_members)
        return Values(own, platform, counted.total, counted.error_bound, counted.monotone)
    exact = question.in_rationals
    coalitions = CountedCoalitions(question.utility, question.profile.tolist(), exact)
    cells = [(number, level) for number, level in np.argwhere(coalitions.counts).tolist() if level]
    sizes = [int(coalitions.counts[cell]) for cell in cells]
    tensor = coalitions.tensor.reshape([size + 1 for size in sizes])
    found = {cell: _banzhaf_value(tensor, sizes, axis, exact) for axis, cell in enumerate(cells)}
    nothing: Any = Fraction(0) if exact else 0.0
    paid = [found.get(key, nothing) for key in zip(question.utility.types, question.profile.tolist(), strict=True)]
    values: Array = object_array(paid) if exact else np.array(paid, dtype=float)
    operations = sum(size + 8 for size in sizes) + 8
    error = (
        0.0
        if exact
        else 2 * question.utility.rounding + 2 * operations * float(np.finfo(float).eps) * coalitions.largest
    )
    return Values(values, None, coalitions.total, error, coalitions.monotone)


def _banzhaf_value(tensor: Array, sizes: Sequence[int], axis: int, exact: bool) -> Any:
    """The mean of what one user of an axis adds, all others being in or out alike."""
    gains = np.diff(tensor, axis=axis)
    for own, size in reversed(list(enumerate(sizes))):
        others = size - (own == axis)
        ways = [math.comb(others, k) for k in range(others + 1)]
        chances = object_array(Fraction(way, 2**others) for way in ways)
        gains = gains @ (chances if exact else chances.astype(float))
    return gains.item() if isinstance(gains, np.ndarray) else gains


def deviations_at(utility: Utility, counts: IntArray, rule: Rule) -> DeviationValues:
    """Deviation values with so many users of each type on each level, shape (T, L), from U at all counts."""
    coalitions = CountedCoalitions(utility, profile_of(utility, counts).tolist(), exact=False)
    values = nobody(counts)
    for number, row in enumerate(counts):
        for (x, y), value in coalitions.values(number, moves_of(row), rule.platform_members).items():
            values[number, x, y] = value
    by_size = coalitions.mean_by_size()
    sizes = np.arange(len(by_size))
    alike = np.full(len(sizes), 1 / len(sizes))
    weights = alike if rule.platform_members else np.where(sizes > 0, 1 / np.maximum(sizes, 1), 0.0)
    error = coalitions.error_bound
    return DeviationValues(
        values, float(coalitions.total), float(weights @ by_size), error, error * float(weights.sum())
    )
