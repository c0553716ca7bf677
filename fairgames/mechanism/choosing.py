"""The best candidate of a selection, what ties with it, and what comes next."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import object_array, to_fraction
from fairgames.mechanism.result import Choice, Scalar
from fairgames.mechanism.selections import Candidates
from fairgames.typing import Array, BoolArray, IntArray, MixedProfile, Number, Profile


def to_cap(budget: Number | None) -> Fraction | None:
    """The most that may be paid out; None where there is no limit.

    Raises
    ------
    InputError
        If the budget is no number or negative.
    """
    cap = None if budget is None else to_fraction(budget, "budget")
    if cap is not None and cap < 0:
        raise InputError(f"budget: expected a number ≥ 0, got {budget}")
    return cap


def choose(
    found: Candidates, slack: float, error: float | Array, make: Callable[[int], Choice]
) -> tuple[Choice, tuple[Choice, ...], Choice | None]:
    """The winner, the other choices of the same value, and the best of strictly lower value.

    Of equal values the lowest α wins, then the lexicographically first profile.

    Parameters
    ----------
    found : at least one candidate
    slack : ends of intervals closer than ``slack·α²`` are equal
    error : of each value; two that are no further apart than the larger of theirs are equal
    make : the choice of a candidate
    """
    errors = np.broadcast_to(error, found.value.shape)
    close = _close(found.value, errors, np.ones(len(found.value), dtype=bool))
    equal = _ordered(found, np.flatnonzero(close), slack, make)
    winner = equal[0]
    ties: dict[Profile | None, Choice] = {}
    for choice in equal[1:]:
        if choice.profile != winner.profile:
            ties.setdefault(choice.profile, choice)
    if close.all():
        return winner, tuple(ties.values()), None
    second = _close(found.value, errors, ~close)
    return winner, tuple(ties.values()), _ordered(found, np.flatnonzero(second), slack, make)[0]


def _close(values: Array, errors: Array, among: BoolArray) -> BoolArray:
    """Which of some values equal the largest of them, up to their errors."""
    positions = np.flatnonzero(among)
    best = positions[np.argmax(values[positions])]
    near = np.asarray(values >= values[best] - np.maximum(errors, errors[best]), dtype=bool)
    return near & among


def _ordered(found: Candidates, chosen: IntArray, slack: float, make: Callable[[int], Choice]) -> list[Choice]:
    """By α (ends closer than rounding are equal), then by profile."""
    alpha = found.alpha[chosen]
    order = np.argsort(alpha, kind="stable")
    group = np.zeros(len(order), dtype=np.int64)
    sorted_alpha = alpha[order]
    group[1:] = np.cumsum(np.diff(sorted_alpha) > slack * sorted_alpha[1:] ** 2)
    made = [(int(place), make(int(k))) for place, k in zip(group, chosen[order], strict=True)]
    return [choice for _, choice in sorted(made, key=lambda pair: (pair[0], pair[1].profile or ()))]


def number(value: object) -> Scalar:
    """A ``Fraction`` as it is, anything else as a Python float."""
    return value if isinstance(value, Fraction) else float(value)  # type: ignore[arg-type]


def pure_strategies(profile: Profile, n_levels: int, exact: bool) -> MixedProfile:
    """Each user's level as a probability vector over all L levels."""
    identity = np.eye(n_levels)
    return tuple(object_array(map(Fraction, identity[level])) if exact else identity[level] for level in profile)
