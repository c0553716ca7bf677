"""The best candidate of a selection, what ties with it, and what comes next."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from itertools import chain
from typing import Generic, Protocol, TypeVar

import numpy as np

from fairgames.certain import Judge
from fairgames.errors import InputError
from fairgames.exact import object_array, to_amount, to_fraction
from fairgames.mechanism.candidates import Compared, Found
from fairgames.typing import BoolArray, IntArray, MixedProfile, Number, Profile, Scalar

#: A profile, or the weights of all levels.
_Place = tuple[Scalar, ...]


class Played(Protocol):
    """A choice, as far as its order among equal ones goes."""

    @property
    def profile(self) -> Profile | None: ...
    @property
    def strategies(self) -> Sequence[Iterable[Scalar]]: ...


_Played = TypeVar("_Played", bound=Played)
_Found = TypeVar("_Found", bound=Found)


def to_cap(budget: Number | None) -> Fraction | None:
    """The most that may be paid out; None where there is no limit.

    Raises
    ------
    InputError
        If the budget is no number or negative.
    """
    cap = None if budget is None else to_amount(budget, "budget")
    if cap is not None and cap < 0:
        raise InputError(f"budget: expected a number ≥ 0, got {budget}")
    return cap


@dataclass(frozen=True, eq=False)
class Winner(Generic[_Played]):
    """The best candidate of a selection, those of the same value, and the runner-up.

    Attributes
    ----------
    winner, ties, runner_up : as of a :class:`~fairgames.mechanism.result.Design`
    more : whether there are more ties than are listed
    undecided : comparisons that had to stay open
    """

    winner: _Played
    ties: tuple[_Played, ...]
    runner_up: _Played | None
    more: bool
    undecided: tuple[str, ...]

    def warnings(self) -> tuple[str, ...]:
        """Warnings of a list of ties that was cut."""
        return (f"more than {len(self.ties):,} other choices are worth as much: the first are listed",) * self.more


def choose(
    found: Compared,
    judge: Judge,
    every: Callable[[int], Iterator[_Played]],
    nothing: Exception,
    proven: BoolArray | None = None,
    mixing: bool = False,
    place: Callable[[_Played], _Place] | None = None,
    alone: bool = False,
) -> Winner[_Played]:
    """The winner, the other choices of the same value, and the best of strictly lower value.

    Of equal values the lowest α wins, then the lexicographically first profile; what is an
    equilibrium within rounding only comes after what is proven to be one.

    Parameters
    ----------
    found : the candidates
    every : the choices of a candidate in lexicographic order of their profiles; there may be none
    nothing : raised if there is no choice at all
    proven : of each candidate, whether it is an equilibrium for certain; None if all are
    mixing : whether somebody may mix: then more weight on lower levels comes first, as it does for profiles,
        and of choices that are equal in that too the first that is given
    alone : whether the winner is all that is asked for, and neither ties nor a runner-up
    place : what choices of equal value and share are ordered by, and told apart, where that is not their profile
    """
    place = place or (_weights if mixing else _profile)
    left = np.ones(len(found), dtype=bool)
    proven = left.copy() if proven is None else proven
    equal = _next(found, left, judge, proven, every, place)
    winner = next(equal, None)
    if winner is None:
        raise nothing
    if alone:
        return Winner(winner, (), None, False, tuple(judge.undecided))
    ties: dict[_Place, _Played] = {}
    most, more = _most_ties(winner), False
    for choice in equal:
        if place(choice) != place(winner) and place(choice) not in ties:
            more = len(ties) == most
            if more:
                break
            ties[place(choice)] = choice
    below = _next(found, left, judge, proven, every, place)
    runner_up = next(below, None)
    return Winner(winner, tuple(ties.values()), runner_up, more, tuple(judge.undecided))


def _most_ties(winner: Played) -> int:
    """How many are listed: 1,000, or as many as have a million levels in all."""
    return min(1000, 1_000_000 // len(winner.strategies))


def _next(
    found: Compared,
    left: BoolArray,
    judge: Judge,
    proven: BoolArray,
    every: Callable[[int], Iterator[_Played]],
    place: Callable[[_Played], _Place],
) -> Iterator[_Played]:
    """The choices of the highest value of those candidates that are ``left``, in order; these are left no more."""
    while left.any():
        best = found.value.largest(judge, among=left)
        left &= ~best
        ordered = _ordered(found, np.flatnonzero(best), judge, proven, every, place)
        first = next(ordered, None)
        if first is not None:
            return chain([first], ordered)
    return iter(())


def _ordered(
    found: Compared,
    chosen: IntArray,
    judge: Judge,
    proven: BoolArray,
    every: Callable[[int], Iterator[_Played]],
    place: Callable[[_Played], _Place],
) -> Iterator[_Played]:
    """By α, then by what is played."""
    ranks = found.alpha.at(chosen).ranks(judge) if len(chosen) > 1 else np.zeros(1, dtype=np.int64)
    groups: dict[tuple[bool, int], list[int]] = {}
    for rank, k in zip(ranks.tolist(), chosen.tolist(), strict=True):
        groups.setdefault((not proven[k], rank), []).append(k)
    for _, members in sorted(groups.items()):
        yield from merge(*map(every, members), key=place)


def _profile(choice: Played) -> _Place:
    return choice.profile or ()


def _weights(choice: Played | Found) -> _Place:
    return tuple(-chance for vector in choice.strategies for chance in vector)


def each_once(found: Sequence[_Found], close: Fraction = Fraction(0)) -> list[_Found]:
    """Each equilibrium once, where it is worth most: by α, what is attained first, and more weight on lower levels.

    Strategies that differ by no more than ``close`` are the same.
    """
    kept: dict[_Place, _Found] = {}
    for one in sorted(found, key=lambda one: (-one.value, *_order(one))):
        place = _weights(one)
        if place not in kept and not (close and any(_alike(place, other, close) for other in kept)):
            kept[place] = one
    return sorted(kept.values(), key=_order)


def _order(one: Found) -> tuple[Fraction, bool, _Place]:
    return one.share, not one.attained, _weights(one)


def _alike(one: _Place, other: _Place, close: Fraction) -> bool:
    return all(-close <= a - b <= close for a, b in zip(one, other, strict=True))


def inside(alpha: Fraction, low: Fraction, high: Fraction) -> float:
    """The share as a float; one from low to high where its neighbour is there and it is not."""
    value = float(alpha)
    written = to_fraction(value)
    if written < low and to_fraction(after := math.nextafter(value, math.inf)) <= high:
        return after
    if written > high and to_fraction(before := math.nextafter(value, -math.inf)) >= low:
        return before
    return value


def number(value: object) -> Scalar:
    """A ``Fraction`` as it is, anything else as a Python float."""
    return value if isinstance(value, Fraction) else float(value)  # type: ignore[arg-type]


def pure_strategies(profile: Profile, n_levels: int, exact: bool) -> MixedProfile:
    """Each user's level as a probability vector over all L levels."""
    identity = np.eye(n_levels)
    return tuple(object_array(map(Fraction, identity[level])) if exact else identity[level] for level in profile)
