"""Fair payments at one profile, by the method that the utility and the number of users allow."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fairgames import checked, memory
from fairgames.errors import InputError
from fairgames.exact import to_amount
from fairgames.text import how_many, shown
from fairgames.typing import FloatArray, IntArray, Number
from fairgames.utilities.base import Utility
from fairgames.valuation import own
from fairgames.valuation.allocation import Allocation, Cost, PaymentRequest
from fairgames.valuation.alpha import AlphaOfUtility
from fairgames.valuation.methods.kinds import kind_sizes, n_counts
from fairgames.valuation.methods.subsets import values_at_levels
from fairgames.valuation.methods.table import METHODS
from fairgames.valuation.rules import USERS, Rule

if TYPE_CHECKING:
    from fairgames.training.budget import Budget

__all__ = ["METHODS", "Allocation", "all_payments", "payments", "values_at_levels"]

#: Users who share up to whom "auto" looks at all coalitions: rationals, floats.
_FEW_EXACT, _FEW = 12, 16
#: Users who differ that sums take one by one, if there is another way.
_MOST_DISTINCT = 4000
#: The same as the last resort before sampling.
_FEW_AT_LAST = 22
#: Counts of coalitions that "auto" takes at once, and at most.
_COUNTS, _MOST_COUNTS = 500_000, 20_000_000
#: Predicted seconds that "auto" takes for windows: 120 million values of a U that counts.
_MOST_FOR_WINDOWS = 36.0
#: Predicted seconds up to which a method is tried for a tolerance.
_MOST_SECONDS = 600.0
#: Predicted errors so many times the tolerance are not tried.
_MOST_OFF = 1000.0


def payments(
    utility: Utility,
    profile: Sequence[int] | IntArray,
    alpha: Number | AlphaOfUtility = 1,
    rule: str | Rule = "users",
    exact: bool | None = None,
    method: str = "auto",
    seed: int = 0,
    budget: int | Budget | None = None,
    tolerance: Number | None = None,
) -> Allocation:
    """Fair payments at one profile.

    Parameters
    ----------
    utility : U
    profile : level indices, shape (N,)
    alpha : the share paid out under Theorem 2, a number or a function of U; Theorem 1 has none
    rule : "users" (Theorem 2), "coalition" (Theorem 1), or another of :mod:`fairgames.valuation.rules`, by
        name or itself
    exact : rational arithmetic; default: where the utility is rational and few enough share
    method : one of :data:`METHODS`, or "auto": the first of them, in an order of trust, that
        fits. :attr:`Allocation.method` says which it was, ``error_bound`` and ``statistical``
        how far it may be off
    seed : of the coalitions that "sampling" and estimators draw
    budget : a number of evaluations, or a :class:`~fairgames.training.budget.Budget`: for a U that is
        dear to evaluate. Exact where that is enough, else by the surrogate of
        :mod:`fairgames.training`, or the ``method`` named among
        :data:`fairgames.valuation.methods.evaluations.estimators.ESTIMATORS`; the result is an
        :class:`~fairgames.valuation.methods.evaluations.surrogate.EstimatedAllocation`
    tolerance : the largest error of a payment, in money. "auto" then takes the method of least predicted cost that
        stays within it, certain or with 99% confidence (:attr:`Allocation.statistical`), and
        :attr:`Allocation.why` says so

    Raises
    ------
    InputError
        If no method stays within ``tolerance``, ``exact`` is asked of a utility that is not rational or of
        a method that has floats only, the profile does not fit, a share other than 1 is given under
        Theorem 1, or the method is not for this utility.
    TooLargeError
        Before allocating, if the method does not fit in memory.
    InternalError
        If the payments do not add up within their error, or are not finite: a bug to report.

    >>> from fairgames.utilities import LinearLaplace
    >>> payments(LinearLaplace(2, levels=[0, "inf"]), (1, 1)).payments  # eq. 12
    array([Fraction(1, 2), Fraction(1, 2)], dtype=object)
    >>> many = payments(LinearLaplace(200, levels=[0, 1]), (1,) * 200)
    >>> many.method, many.payments[0]
    ('counts', Fraction(101, 20212))
    """
    question = PaymentRequest.of(utility, profile, alpha, rule, exact, seed)
    if budget is not None or question.utility.noisy:
        from fairgames.valuation.methods.evaluations.estimators import estimate

        if tolerance is not None:
            raise InputError("tolerance: a measured utility has a budget instead; state Budget(half_width=…)")
        return estimate(question, method, budget)
    if tolerance is not None:
        return checked.payments(_within(question, method, tolerance), question)
    name, why = choose(question, method)
    return checked.payments(replace(run(name, question), why=why and f"{name}: {why}"), question)


def run(name: str, question: PaymentRequest) -> Allocation:
    """The payments by the method of that name, which fits."""
    if question.rule.fair:
        return METHODS[name].run(question)
    if question.rule.banzhaf:
        return METHODS[name].values(replace(question, rule=USERS), banzhaf=True).allocation(question, name)
    return own.divide(question).allocation(question, name)


def choose(question: PaymentRequest, method: str) -> tuple[str, str]:
    """The method itself, or what "auto" stands for here; and why, in words, where it was not named.

    Raises
    ------
    InputError
        If there is none of that name, or it does not fit, or does not compute the rule, with those that do.
    """
    known = question.rule.methods
    if method == "auto":
        name, why = _by_trust(question) if len(known) > 1 else (next(iter(known)), "")
    else:
        name, why = _named(method), ""
    if name not in known:
        fit = ", ".join(other for other in METHODS if other in known)
        raise InputError(f"method {name!r} does not compute rule {question.rule.name!r}; here you can use {fit}")
    if reason := METHODS[name].why_not(question):
        fitting = [other for other, one in METHODS.items() if not one.why_not(question)]
        raise InputError(f"method {name!r}: {reason}; here you can use {', '.join(fitting)}")
    return name, why


def _within(question: PaymentRequest, method: str, tolerance: Number) -> Allocation:
    """By the method, or the cheapest that is predicted to be so near; what it says of its error is looked at.

    Raises
    ------
    InputError
        If none is so near, with the nearest.
    """
    most = to_amount(tolerance, "tolerance")
    if most < 0:
        raise InputError(f"tolerance: expected a number ≥ 0, the error of a payment in money, got {shown(tolerance)}")
    fitting = [_named(method)] if method != "auto" else [one for one in METHODS if not METHODS[one].why_not(question)]
    choose(question, fitting[0])
    costs = {name: METHODS[name].cost(question) for name in fitting}
    reasons = {name: reason for name, cost in costs.items() if (reason := _not_worth_it(cost, float(most)))}
    for name in sorted(costs.keys() - reasons, key=lambda name: (costs[name].error > most, costs[name].seconds)):
        found = run(name, question)
        if found.error_bound <= most:
            others = "".join(f"; {other} {reason}" for other, reason in reasons.items())
            chosen = f"{name}: the least predicted time ({costs[name].seconds:.1e} s) to stay within {float(most):g}"
            return replace(found, why=f"{chosen}{others}" if method == "auto" else "")
        reasons[name] = f"reached {found.error_bound:.1e}"
    missed = [f"{name} {reason}" for name, reason in reasons.items()]
    raise InputError(
        f"tolerance: no method stays within {float(most):g} here ({'; '.join(missed)}); allow a larger error, or take "
        "fewer users or types"
    )


def _not_worth_it(cost: Cost, tolerance: float) -> str | None:
    """Why a method need not be tried; predictions may be off by some powers of ten in the error."""
    if cost.seconds > _MOST_SECONDS:
        return f"would take about {cost.seconds:.1e} s"
    if cost.bytes > memory.available_bytes():
        return f"would take about {cost.bytes:.1e} bytes"
    return f"is predicted to be {cost.error:.1e} off" if cost.error > _MOST_OFF * tolerance else None


def _by_trust(question: PaymentRequest) -> tuple[str, str]:
    """The first that fits, and if none of the certain ones does, sampling; and why."""
    n, kinds = question.n_sharing, kind_sizes(question)
    counts = n_counts(kinds)
    told = "too many" if math.isinf(counts) else how_many(int(counts))
    few = _FEW_EXACT if question.in_rationals else _FEW
    fits: list[tuple[str, Callable[[], bool], str]] = [
        ("subsets", lambda: n <= few, f"no more than {few} users share, so all coalitions are few"),
        (
            "counts",
            lambda: counts <= _COUNTS and 2 * counts < 2**n,
            f"a coalition has at most {told} counts of users alike, fewer than there are coalitions",
        ),
        (
            "sums",
            lambda: not METHODS["sums"].why_not(question) and len(kinds) <= _MOST_DISTINCT,
            f"{len(kinds):,} distinct users of a federated mean are few enough to be taken one by one",
        ),
        ("binned", lambda: not METHODS["binned"].why_not(question), "users of a federated mean too many to tell apart"),
        (
            "subsets",
            lambda: n <= _FEW_AT_LAST and 2**n <= 2 * counts,
            f"no more than {_FEW_AT_LAST} users share, and there is no shorter way",
        ),
        (
            "windows",
            lambda: not METHODS["windows"].why_not(question) and _fit_in_windows(question),
            "|U| has a known bound, so counts that a coalition hardly has may be left out",
        ),
        (
            "counts",
            lambda: counts <= _MOST_COUNTS or bool(question.exact),
            f"all {told} counts of users are the last certain way",
        ),
    ]
    uncertain = "no certain method takes so many distinct users with this utility"
    return next(((name, why) for name, fit, why in fits if fit()), ("sampling", uncertain))


def _fit_in_windows(question: PaymentRequest) -> bool:
    """Whether windows take less than a minute."""
    from fairgames.valuation.methods.truncated_counts.payments import takes_too_long

    return not takes_too_long(question, _MOST_FOR_WINDOWS)


def _named(method: str) -> str:
    """The method of that name.

    Raises
    ------
    InputError
        If there is none, with the nearest name.
    """
    if method in METHODS:
        return method
    near = difflib.get_close_matches(method, METHODS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise InputError(f"method: expected auto or one of {', '.join(METHODS)}, got {method!r}{hint}")


def all_payments(potential: FloatArray) -> FloatArray:
    """Every user's fair payment at every profile, as differences of the potential.

    Parameters
    ----------
    potential : P, shape (L_1, …, L_N); see :func:`fairgames.valuation.potential.potential`

    Returns
    -------
    shape (N, L_1, …, L_N); entry i is P(ρ) − P(ρ with ρ_i = 0)
    """
    n = potential.ndim
    memory.require(
        n * potential.nbytes,
        f"All payments of {how_many(potential.size)} profiles",
        "Take differences of P one user at a time.",
    )
    result = np.empty((n, *potential.shape))
    before = 1
    for user, length in enumerate(potential.shape):
        levels = potential.reshape(before, length, -1)
        np.subtract(levels, levels[:, :1], out=result[user].reshape(levels.shape))
        before *= length
    return result
