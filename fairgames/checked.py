"""Checks that every result passes before the library returns it; one that fails is reported as a bug.

Every result brings what it promises of itself: payments that add up within their bound, finite numbers,
probabilities that are distributions, a regret within its bound, a value that is at most the first best.
These are looked at here, once, whatever method found the result. A failure is a bug in fairgames, told as
such with the input that shows it, and never an answer that a user has to mend.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from fairgames.errors import InternalError
from fairgames.text import shown
from fairgames.typing import Array, MixedProfile, Scalar

if TYPE_CHECKING:
    from fairgames.valuation.allocation import Allocation, PaymentRequest

_Result = TypeVar("_Result")

_EPS = float(np.finfo(float).eps)


def leaves(result: _Result, faults: Iterable[str], given: Mapping[str, object]) -> _Result:
    """The result itself, if ``faults`` is empty.

    Parameters
    ----------
    faults : what :func:`finite`, :func:`adds_up`, … found
    given : the input, by name, for the report

    Raises
    ------
    InternalError
        With every fault, and the input.
    """
    if found := list(faults):
        raise InternalError(found, {name: shown(value) for name, value in given.items()})
    return result


def finite(**values: Scalar | Array) -> Iterator[str]:
    """Faults: which of some numbers, or arrays of them, are not finite."""
    for name, value in values.items():
        some = np.asarray(value)
        if some.dtype != object and not np.isfinite(some).all():
            yield f"{name} is not finite: {shown(value)}"


def adds_up(what: str, residual: Scalar, bound: float) -> Iterator[str]:
    """Fault: a residual that should be 0 is not so within ``bound``."""
    if not -bound <= residual <= bound:
        yield f"{what} misses by {float(residual):.6g}, beyond the error bound {bound:.6g}"


def within(what: str, value: float | Fraction, bound: float) -> Iterator[str]:
    """Fault: a value, such as a regret, is above its bound."""
    if not value <= bound:
        yield f"{what} is {float(value):.6g}, above its bound {bound:.6g}"


def at_most(what: str, value: Scalar, most: Scalar, bound: float) -> Iterator[str]:
    """Fault: a value, such as the platform's utility, is above its most by more than the error of both."""
    if not value <= most + (Fraction(bound) if isinstance(most, Fraction) and math.isfinite(bound) else bound):
        yield f"{what} is {float(value):.17g}, above {float(most):.17g} by more than the error bound {bound:.6g}"


def distributions(strategies: MixedProfile) -> Iterator[str]:
    """Faults: probabilities below 0, or not of sum 1 up to their own rounding; exactly where they are rational."""
    for player, vector in enumerate(strategies, start=1):
        chances = np.asarray(vector)
        room = 0.0 if chances.dtype == object else (len(chances) + 2) * _EPS
        if not ((chances >= 0).all() and abs(chances.sum() - 1) <= room):
            yield f"the strategy of player {player} is no distribution: {shown(chances.tolist())}"


def payments(allocation: Allocation, question: PaymentRequest, efficient: bool | None = None) -> Allocation:
    """The payments at one profile, if they pass all checks.

    Parameters
    ----------
    efficient : whether they must add up to what is divided; default: whether the rule says so

    Raises
    ------
    InternalError
        If they are not finite, do not add up, or pay somebody who shares nothing.
    """
    adding_up = question.rule.efficient if efficient is None else efficient
    return leaves(allocation, _faults_of_payments(allocation, question, adding_up), question.described(allocation))


def _faults_of_payments(found: Allocation, question: PaymentRequest, efficient: bool) -> Iterator[str]:
    unfinished = list(
        finite(
            payments=found.payments,
            platform=found.platform,
            utility=found.utility,
            error_bound=found.error_bound,
            efficiency_residual=found.efficiency_residual,
        )
    )
    yield from unfinished
    if unfinished:
        return
    if found.exact and found.error_bound != 0:
        yield f"exact payments have an error bound of {found.error_bound:g}"
    if not found.error_bound >= 0:
        yield f"the error bound is {found.error_bound:g}"
    if (found.payments[question.profile == 0] != 0).any():
        yield "a user who shares nothing is paid"
    if efficient:
        yield from adds_up("the sum of the payments", found.efficiency_residual, residual_bound(found, question))


def residual_bound(found: Allocation, question: PaymentRequest) -> float:
    """What the efficiency residual may be at most: each payment's error, U's, and that of adding all up."""
    if found.exact:
        return 0.0
    paid = np.abs(found.payments)
    kept = 0.0 if found.alpha is not None else abs(float(found.platform))
    sums = (len(paid) + 4) * _EPS * (float(paid.sum()) + kept + abs(float(found.utility)))
    return (question.n_sharing + 1) * found.error_bound + question.utility.rounding + sums
