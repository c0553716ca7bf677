"""The best candidate of a selection, what ties with it, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from itertools import chain

import numpy as np

from fairgames.certain import Judge
from fairgames.errors import InputError
from fairgames.exact import object_array, to_fraction
from fairgames.mechanism.result import Choice, Scalar
from fairgames.mechanism.selections import Candidates
from fairgames.typing import BoolArray, IntArray, MixedProfile, Number, Profile


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


@dataclass(frozen=True, eq=False)
class Chosen:
    """What a selection comes to.

    Attributes
    ----------
    winner, ties, runner_up : as of a :class:`~fairgames.mechanism.result.Design`
    more : whether there are more ties than are listed
    """

    winner: Choice
    ties: tuple[Choice, ...]
    runner_up: Choice | None
    more: bool

    def warnings(self) -> tuple[str, ...]:
        """What to know of a list that was cut."""
        return (f"more than {len(self.ties):,} other choices are worth as much: the first are listed",) * self.more


def choose(
    found: Candidates, judge: Judge, proven: BoolArray, every: Callable[[int], Iterator[Choice]]
) -> Chosen | None:
    """The winner, the other choices of the same value, and the best of strictly lower value; None if there is none.

    Of equal values the lowest α wins, then the lexicographically first profile; what is an
    equilibrium within rounding only comes after what is proven to be one.

    Parameters
    ----------
    found : the candidates
    proven : of each candidate, whether it is an equilibrium for certain
    every : the choices of a candidate in lexicographic order of their profiles; there may be none
    """
    left = np.ones(len(found), dtype=bool)
    equal = _next(found, left, judge, proven, every)
    winner = next(equal, None)
    if winner is None:
        return None
    ties: dict[Profile | None, Choice] = {}
    most, more = _most_ties(winner), False
    for choice in equal:
        if choice.profile != winner.profile and choice.profile not in ties:
            more = len(ties) == most
            if more:
                break
            ties[choice.profile] = choice
    return Chosen(winner, tuple(ties.values()), next(_next(found, left, judge, proven, every), None), more)


def _most_ties(winner: Choice) -> int:
    """How many are listed: 1,000, or as many as have a million levels in all."""
    return min(1000, 1_000_000 // len(winner.strategies))


def _next(
    found: Candidates, left: BoolArray, judge: Judge, proven: BoolArray, every: Callable[[int], Iterator[Choice]]
) -> Iterator[Choice]:
    """The choices of the highest value of those candidates that are ``left``, in order; these are left no more."""
    while left.any():
        best = found.value.largest(judge, among=left)
        left &= ~best
        ordered = _ordered(found, np.flatnonzero(best), judge, proven, every)
        first = next(ordered, None)
        if first is not None:
            return chain([first], ordered)
    return iter(())


def _ordered(
    found: Candidates, chosen: IntArray, judge: Judge, proven: BoolArray, every: Callable[[int], Iterator[Choice]]
) -> Iterator[Choice]:
    """By α, then by profile."""
    ranks = found.alpha.at(chosen).ranks(judge) if len(chosen) > 1 else np.zeros(1, dtype=np.int64)
    groups: dict[tuple[bool, int], list[int]] = {}
    for rank, k in zip(ranks.tolist(), chosen.tolist(), strict=True):
        groups.setdefault((not proven[k], rank), []).append(k)
    for _, members in sorted(groups.items()):
        yield from merge(*map(every, members), key=lambda choice: choice.profile or ())


def number(value: object) -> Scalar:
    """A ``Fraction`` as it is, anything else as a Python float."""
    return value if isinstance(value, Fraction) else float(value)  # type: ignore[arg-type]


def pure_strategies(profile: Profile, n_levels: int, exact: bool) -> MixedProfile:
    """Each user's level as a probability vector over all L levels."""
    identity = np.eye(n_levels)
    return tuple(object_array(map(Fraction, identity[level])) if exact else identity[level] for level in profile)
