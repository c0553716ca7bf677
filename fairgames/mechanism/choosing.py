"""The best candidate of a selection, what ties with it, and what comes next."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Protocol, TypeVar

import numpy as np

from fairgames.certain import Judge
from fairgames.errors import InputError
from fairgames.exact import object_array, to_fraction
from fairgames.mechanism.result import Scalar
from fairgames.mechanism.selections import Candidates
from fairgames.typing import BoolArray, IntArray, MixedProfile, Number, Profile

_Place = tuple[Scalar, ...]


class Played(Protocol):
    """A choice, as far as its order among equal ones goes."""

    @property
    def profile(self) -> Profile | None: ...
    @property
    def strategies(self) -> Sequence[Iterable[Scalar]]: ...


_Played = TypeVar("_Played", bound=Played)


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
    found: Candidates, judge: Judge, proven: BoolArray, make: Callable[[int], _Played]
) -> tuple[_Played, tuple[_Played, ...], _Played | None]:
    """The winner, the other choices of the same value, and the best of strictly lower value.

    Of equal values the lowest α wins, then the lexicographically first profile, or more weight on
    lower levels (of those equal in that too the first that is given); what is an
    equilibrium within rounding only comes after what is proven to be one.

    Parameters
    ----------
    found : at least one candidate
    proven : of each candidate, whether it is an equilibrium for certain
    make : the choice of a candidate
    """
    best = found.value.largest(judge)
    equal = _ordered(found, np.flatnonzero(best), judge, proven, make)
    winner = equal[0]
    ties: dict[_Place, _Played] = {}
    for choice in equal[1:]:
        if _place(choice) != _place(winner):
            ties.setdefault(_place(choice), choice)
    if best.all():
        return winner, tuple(ties.values()), None
    second = found.value.largest(judge, among=~best)
    return winner, tuple(ties.values()), _ordered(found, np.flatnonzero(second), judge, proven, make)[0]


def _ordered(
    found: Candidates, chosen: IntArray, judge: Judge, proven: BoolArray, make: Callable[[int], _Played]
) -> list[_Played]:
    """By α, then by profile."""
    if len(chosen) == 1:
        return [make(int(chosen[0]))]
    ranks = found.alpha.at(chosen).ranks(judge)
    made = [(not proven[k], int(rank), make(int(k))) for rank, k in zip(ranks, chosen, strict=True)]
    place = _place if all(choice.profile is not None for *_, choice in made) else _weights
    return [choice for *_, choice in sorted(made, key=lambda entry: (*entry[:2], place(entry[2])))]


def _place(choice: Played) -> _Place:
    """What is played: the profile, or where somebody mixes the strategies."""
    return _weights(choice) if choice.profile is None else choice.profile


def _weights(choice: Played) -> tuple[Scalar, ...]:
    """Ascends as weight moves to higher levels: so do profiles."""
    return tuple(-chance for vector in choice.strategies for chance in vector)


def inside(alpha: Fraction, low: Fraction, high: Fraction) -> float:
    """The share as a float; one from low to high where its neighbour is there and it is not."""
    value = float(alpha)
    if value < low and (after := math.nextafter(value, math.inf)) <= high:
        return after
    if value > high and (before := math.nextafter(value, -math.inf)) >= low:
        return before
    return value


def number(value: object) -> Scalar:
    """A ``Fraction`` as it is, anything else as a Python float."""
    return value if isinstance(value, Fraction) else float(value)  # type: ignore[arg-type]


def pure_strategies(profile: Profile, n_levels: int, exact: bool) -> MixedProfile:
    """Each user's level as a probability vector over all L levels."""
    identity = np.eye(n_levels)
    return tuple(object_array(map(Fraction, identity[level])) if exact else identity[level] for level in profile)
