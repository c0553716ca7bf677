"""What a payment rule pays by its own formula: at one profile, at a user's other levels, and at all profiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from fairgames import memory
from fairgames.errors import InputError
from fairgames.exact import Rationals, object_array
from fairgames.progress import track
from fairgames.tensor import Tensor
from fairgames.text import how_many, shown
from fairgames.typing import Array, Profile
from fairgames.utilities.base import Utility
from fairgames.valuation.allocation import PaymentRequest, Values
from fairgames.valuation.methods.subsets import values_at_levels as fair_values_at_levels
from fairgames.valuation.rules import Coalitions, Rule

_EPSILON = float(np.finfo(float).eps)


def coalitions_at(utility: Utility, profile: Sequence[int], exact: bool) -> Coalitions:
    """U of the coalitions of those who share at a profile of level indices; asked for when the rule does."""
    users = [user for user, level in enumerate(profile) if level]

    def worths() -> Array:
        memory.require(
            4 * 8 * 2 ** len(users) * (10 if exact else 1),
            f"Payments of {len(users)} users who share, by all 2^{len(users)} coalitions,",
            "Keep fewer users (`fairgames fit --top 20`), or put some of them on level 0.",
        )
        axes = [(0, level) if level else (0,) for level in profile]
        found = utility.exact_values(axes).fractions() if exact else utility.values(axes)
        return np.asarray(found).reshape((2,) * len(users))

    def total() -> Any:
        return utility.exact_at(profile) if exact else utility.at(profile)

    levels = [utility.levels[profile[user]] for user in users]
    return Coalitions(users, levels, total, worths, exact)


def values_of(rule: Rule, coalitions: Coalitions) -> Array:
    """φ of the users who share, looked at.

    Raises
    ------
    InputError
        If the rule gives another number of them, or floats where U is rational.
    """
    found = np.asarray(rule.values(coalitions)) if len(coalitions) else np.zeros(0)
    if found.shape != (len(coalitions),):
        raise InputError(
            f"rule {rule.name!r}: values() gave shape {found.shape}, expected one value for each of the "
            f"{len(coalitions)} users who share; run fairgames.testing.check_rule"
        )
    return found


def error_of(rule: Rule, coalitions: Coalitions, rounding: float) -> float:
    """Bound on the error of a value in floats: that of U, and that of adding up as many values as were asked for."""
    terms, largest = coalitions.looked_at
    return rule.steepness_of(len(coalitions)) * (rounding + (terms + len(coalitions) + 8) * _EPSILON * largest)


def divide(question: PaymentRequest) -> Values:
    """φ of every user at one profile.

    Raises
    ------
    InputError
        If the values do not add up to U though the rule says so, or are of the wrong kind.
    TooLargeError
        Before allocating, if the coalitions that the rule asks for do not fit in memory.
    """
    utility, rule, profile = question.utility, question.rule, question.profile.tolist()
    exact = utility.rational if question.exact is None else question.exact
    coalitions = coalitions_at(utility, profile, exact)
    found = _of_kind(rule, values_of(rule, coalitions), exact)
    values = object_array([Fraction(0)] * utility.n_users) if exact else np.zeros(utility.n_users)
    values[list(coalitions.users)] = found
    error = 0.0 if exact else error_of(rule, coalitions, utility.rounding)
    if rule.efficient and not rule.platform:
        _add_up(rule, found, coalitions.total, error)
    platform = coalitions.total - found.sum() if rule.platform else None
    return Values(values, platform, coalitions.total, error)


def _of_kind(rule: Rule, found: Array, exact: bool) -> Array:
    if exact and not all(isinstance(value, Fraction | int) for value in found):
        raise InputError(
            f"rule {rule.name!r}: values() gave {shown(found.tolist())} where U is rational, expected rationals; "
            "multiply U by coalitions.numbers(…), or ask without exact"
        )
    return object_array(map(Fraction, found)) if exact else found.astype(float)


def _add_up(rule: Rule, found: Array, total: Any, error: float) -> None:
    """Raise if values that should add up to U do not."""
    off = abs(float(found.sum() - total)) if len(found) else abs(float(total))
    if off > (len(found) + 1) * error:
        raise InputError(
            f"rule {rule.name!r}: the values add up to {float(found.sum()):.6g} of a U of {float(total):.6g}, though "
            "the rule says that they are U; say efficient = False, or mend values() (fairgames.testing.check_rule)"
        )


def values_at_levels(
    rule: Rule, utility: Utility, profile: Sequence[int], user: int, levels: Sequence[int], exact: bool = False
) -> tuple[Array, float]:
    """φ_i of one user at each of ``levels``, all others staying at ``profile``; and a bound on its error.

    Raises
    ------
    TooLargeError
        Before allocating, if the coalitions of the others who share do not fit in memory.
    """
    if rule.fair:
        return fair_values_at_levels(utility, profile, user, levels, rule.platform_members, exact)
    found, error = [], 0.0
    for level in levels:
        there = (*profile[:user], level, *profile[user + 1 :])
        values, slip = value_at(rule, utility, there, user, exact)
        found.append(values)
        error = max(error, slip)
    return (object_array(found), 0.0) if exact else (np.array(found, dtype=float), error)


def value_at(rule: Rule, utility: Utility, profile: Profile, user: int, exact: bool) -> tuple[Any, float]:
    """φ of one user at a profile by the rule's own formula, and a bound on its error."""
    if not profile[user]:
        return (Fraction(0) if exact else 0.0), 0.0
    coalitions = coalitions_at(utility, profile, exact)
    values = _of_kind(rule, values_of(rule, coalitions), exact)
    return values[coalitions.users.index(user)], 0.0 if exact else error_of(rule, coalitions, utility.rounding)


def values_on_grid(rule: Rule, utilities: Tensor, levels: Sequence[Sequence[Any]]) -> tuple[Tensor, ...]:
    """φ of each user at every profile, by the rule's own formula at one after another.

    Parameters
    ----------
    utilities : U, level 0 first on each axis
    levels : for each user the levels along its axis, as numbers

    Returns
    -------
    One tensor a user; of rationals, all over one denominator.
    """
    n, shape = utilities.values.ndim, utilities.values.shape
    memory.require(
        n * utilities.values.size * (200 if utilities.exact else 8),
        f"Payments of {n} users at {how_many(utilities.values.size)} profiles, by the formula of rule {rule.name!r},",
        memory.FEWER_PROFILES,
    )
    if (at_once := rule.values_on_grid(utilities, levels)) is not None:
        return at_once
    found = np.zeros((n, *shape), dtype=utilities.values.dtype)
    error = 0.0

    def at(coalitions: Coalitions, place: tuple[int, ...]) -> None:
        nonlocal error
        values = _of_kind(rule, values_of(rule, coalitions), utilities.exact)
        slip = 0.0 if utilities.exact else error_of(rule, coalitions, utilities.error)
        if rule.efficient and not rule.platform:
            _add_up(rule, values, coalitions.total, slip)
        for user, value in zip(coalitions.users, values, strict=True):
            found[(user, *place)] = value
        error = max(error, slip)

    _everywhere(utilities, levels, at)
    if not utilities.exact:
        return tuple(Tensor(values, 1, error) for values in found)
    rational = Rationals.of(found)
    return tuple(Tensor(values, rational.denominator, 0) for values in rational.numerators)


def potential_everywhere(rule: Rule, utilities: Tensor, levels: Sequence[Sequence[Any]]) -> Tensor:
    """P at every profile, by the rule's own formula at one after another; the errors are those of values."""
    found = np.zeros(utilities.values.shape, dtype=utilities.values.dtype)
    error = 0.0

    def at(coalitions: Coalitions, place: tuple[int, ...]) -> None:
        nonlocal error
        found[place] = rule.potential_at(coalitions)
        # P is the sum of the values that users have as they come, one after another, over their weights.
        least = min((rule.user_weight(user) for user in coalitions.users), default=Fraction(1))
        slip = 0.0 if utilities.exact else error_of(rule, coalitions, utilities.error)
        error = max(error, len(coalitions) * slip / float(least))

    _everywhere(utilities, levels, at)
    if not utilities.exact:
        return Tensor(found, 1, error)
    rational = Rationals.of(found)
    return Tensor(rational.numerators, rational.denominator, 0)


def _everywhere(
    utilities: Tensor, levels: Sequence[Sequence[Any]], take: Callable[[Coalitions, tuple[int, ...]], None]
) -> None:
    """Hand over the coalitions of every profile but that at which nobody shares."""
    table = utilities.numbers()
    places = product(*map(range, table.shape))
    next(places)
    for place in track(places, "payments: profiles", table.size - 1):
        users = [user for user, level in enumerate(place) if level]
        some = tuple(slice(None, level + 1, level) if level else 0 for level in place)
        numbers = [levels[user][place[user]] for user in users]
        take(Coalitions.of_table(users, numbers, table[some]), place)
