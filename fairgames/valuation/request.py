"""Fair payments at one profile: one question, and the method that the utility and its size allow."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fairgames import checked, memory
from fairgames.errors import InputError
from fairgames.text import how_many
from fairgames.typing import FloatArray, IntArray, Number
from fairgames.utilities.base import Utility
from fairgames.utilities.federated_mean import FederatedMean
from fairgames.valuation.allocation import Allocation, PaymentRequest
from fairgames.valuation.alpha import AlphaOfUtility
from fairgames.valuation.methods import subsets
from fairgames.valuation.methods.subsets import values_at_levels
from fairgames.valuation.rules import Rule

if TYPE_CHECKING:
    from fairgames.training.budget import Budget

__all__ = ["METHODS", "Allocation", "all_payments", "payments", "values_at_levels"]

#: Users who share up to whom "auto" looks at all coalitions: rationals, floats.
_FEW_EXACT, _FEW = 12, 16
#: Types and levels, more than which are not worth counting; users from whom on Python takes long to list them.
_MOST_CELLS, _CROWD = 200, 10_000
#: Users who differ that sums take one by one, if there is another way.
_MOST_DISTINCT = 4000
#: The same as the last resort before sampling.
_FEW_AT_LAST = 22
#: Counts of coalitions that "auto" takes at once, and at most.
_COUNTS, _MOST_COUNTS = 500_000, 20_000_000
#: Values of U that "auto" takes windows for: some 20 to 40 seconds.
_MOST_IN_WINDOWS = 120_000_000


def payments(
    utility: Utility,
    profile: Sequence[int] | IntArray,
    alpha: Number | AlphaOfUtility = 1,
    rule: str | Rule = "users",
    exact: bool | None = None,
    method: str = "auto",
    seed: int = 0,
    budget: int | Budget | None = None,
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

    Raises
    ------
    InputError
        If ``exact`` is asked of a utility that is not rational or of a method that has floats only,
        the profile does not fit, a share other than 1 is given under Theorem 1, or the method is
        not for this utility.
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
    if budget is not None or getattr(utility, "noisy", False):
        from fairgames.valuation.methods.evaluations.estimators import estimate

        return estimate(question, method, budget)
    return checked.payments(run(choose(question, method), question), question)


def run(name: str, question: PaymentRequest) -> Allocation:
    """The payments by the method of that name, which fits."""
    if question.rule.fair:
        return METHODS[name].run(question)
    return question.rule.divided(question, name).allocation(question, name)


def choose(question: PaymentRequest, method: str) -> str:
    """The method itself, or what "auto" stands for here.

    Raises
    ------
    InputError
        If there is none of that name, or it does not fit, or does not compute the rule, with those that do.
    """
    known = question.rule.methods
    if method == "auto":
        name = _chosen(question) if len(known) > 1 else next(iter(known))
    else:
        name = _named(method)
    if name not in known:
        fit = ", ".join(other for other in METHODS if other in known)
        raise InputError(f"method {name!r} does not compute rule {question.rule.name!r}; here you can use {fit}")
    if reason := METHODS[name].why_not(question):
        fitting = [other for other, one in METHODS.items() if not one.why_not(question)]
        raise InputError(f"method {name!r}: {reason}; here you can use {', '.join(fitting)}")
    return name


@dataclass(frozen=True)
class Method:
    """A way to compute the payments at one profile.

    Attributes
    ----------
    what : it, in words
    run : does it
    why_not : why it cannot answer a question, whatever its size; None if it can
    """

    what: str
    run: Callable[[PaymentRequest], Allocation]
    why_not: Callable[[PaymentRequest], str | None]


def _by_subsets(question: PaymentRequest) -> Allocation:
    return subsets.divide(question).allocation(question, "subsets")


def _by_counts(question: PaymentRequest) -> Allocation:
    from fairgames.valuation.methods.counts import payments_on_counts

    return payments_on_counts(
        question.utility, question.profile.tolist(), question.share, question.rule, question.exact
    )


def _by_sums(question: PaymentRequest) -> Allocation:
    from fairgames.valuation.methods.exponential_sums.payments import divide

    return divide(question).allocation(question, "sums")


def _by_windows(question: PaymentRequest) -> Allocation:
    from fairgames.valuation.methods.truncated_counts.payments import divide

    return divide(question).allocation(question, "windows")


def _by_sampling(question: PaymentRequest) -> Allocation:
    from fairgames.valuation.methods.sampling.stratified import divide

    return divide(question).allocation(question, "sampling")


def _floats(question: PaymentRequest) -> str | None:
    return "it computes with floats, and exact rationals were asked for" if question.exact else None


def _always(_question: PaymentRequest) -> None:
    return None


def _floats_of_a_federation(question: PaymentRequest) -> str | None:
    from fairgames.valuation.methods.exponential_sums.payments import why_not_sums

    return _floats(question) or why_not_sums(question)


def _by_bins(question: PaymentRequest) -> Allocation:
    from fairgames.valuation.methods.binned import divide

    return divide(question).allocation(question, "binned")


def _floats_of_few_importances(question: PaymentRequest) -> str | None:
    from fairgames.valuation.methods.binned import why_not

    return _floats(question) or why_not(question)


def _floats_of_few_kinds(question: PaymentRequest) -> str | None:
    from fairgames.valuation.methods.truncated_counts.payments import why_not

    return _floats(question) or why_not(question)


#: The methods by name.
#:
#: - "subsets": U of all 2^n coalitions of the users who share
#: - "counts": users alike in U and at one level are counted; U at all counts of them
#: - "sums": the federated mean with equal weights, by exponential sums: distinct users, or a million of few types
#: - "binned": the same with numbers of samples put into bins: a million distinct users; the error is measured
#: - "windows": of the counts of each size of a coalition only those near their means: thousands of users of a few
#:   types and levels, where |U| has a known bound; what is left out is bounded, so the error is
#: - "sampling": random coalitions, for any utility; the bound holds with 99% confidence
METHODS = {
    "subsets": Method("all coalitions of the users who share", _by_subsets, _always),
    "counts": Method("all counts of users that a coalition may have", _by_counts, _always),
    "sums": Method("exponential sums", _by_sums, _floats_of_a_federation),
    "binned": Method("exponential sums over bins of users", _by_bins, _floats_of_few_importances),
    "windows": Method("the likely counts of users, size by size", _by_windows, _floats_of_few_kinds),
    "sampling": Method("sampling of coalitions, stratified by size", _by_sampling, _floats),
}


def _chosen(question: PaymentRequest) -> str:
    """The first that fits, and if none of the certain ones does, sampling."""
    n, kinds = question.n_sharing, _kinds(question)
    counts = math.inf if len(kinds) > _MOST_CELLS else math.prod((kinds + 1).tolist())
    exact = question.utility.rational if question.exact is None else question.exact
    fits: list[tuple[str, Callable[[], bool]]] = [
        ("subsets", lambda: n <= (_FEW_EXACT if exact else _FEW)),
        ("counts", lambda: counts <= _COUNTS and 2 * counts < 2**n),
        ("sums", lambda: not METHODS["sums"].why_not(question) and len(kinds) <= _MOST_DISTINCT),
        ("binned", lambda: not METHODS["binned"].why_not(question)),
        ("subsets", lambda: n <= _FEW_AT_LAST and 2**n <= 2 * counts),
        ("windows", lambda: not METHODS["windows"].why_not(question) and _fit_in_windows(question)),
        ("counts", lambda: counts <= _MOST_COUNTS or bool(question.exact)),
    ]
    return next((name for name, fit in fits if fit()), "sampling")


def _fit_in_windows(question: PaymentRequest) -> bool:
    """Whether windows take less than a minute."""
    from fairgames.valuation.methods.truncated_counts.payments import work

    return work(question) <= _MOST_IN_WINDOWS


def _kinds(question: PaymentRequest) -> IntArray:
    """How many users are of each type and at each non-zero level where there are some.

    A coalition may have as many counts as the product of what is one more than these.
    """
    levels, n_levels = question.profile, len(question.utility.levels)
    found = np.bincount(_types(question.utility)[levels > 0] * n_levels + levels[levels > 0])
    return found[found > 0]


def _types(utility: Utility) -> IntArray:
    """A number for each user's type; by arrays where a million may be distinct."""
    if not isinstance(utility, FederatedMean) or utility.n_users < _CROWD:
        return np.asarray(utility.types, dtype=np.int64)
    from fairgames.valuation.methods.exponential_sums.payments import distinct

    assert utility.users.samples is not None
    _, samples = distinct(utility.users.samples)
    importances, importance = distinct(utility.users.importance)
    return distinct(samples * len(importances) + importance)[1]


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
