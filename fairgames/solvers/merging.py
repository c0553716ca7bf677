"""Answers of many solvers sorted into proven equilibria and others, within one time limit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import numpy as np

from fairgames.games.certificate import Equilibrium, certify
from fairgames.games.convex_sets import ConvexSets
from fairgames.games.verify import Proven, Verifier
from fairgames.solvers.report import Approximate
from fairgames.typing import FloatArray, MixedProfile


class OutOfTimeError(Exception):
    """The time limit of the cross-check's own work has passed."""


class Clock:
    """A time limit that starts now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Raises :class:`OutOfTimeError` when the limit has passed."""
        if time.monotonic() > self._end:
            raise OutOfTimeError


@dataclass(frozen=True)
class Place:
    """The place of an answer: the number of a proven equilibrium, or of another kind of answer."""

    proven: int | None = None
    other: int | None = None


class Unproven(Enum):
    """The kind of an answer that is not proven to be an equilibrium."""

    NEAR = "near one, or nearly one"
    WRONG = "neither"
    UNCHECKED = "not looked at in time"


@dataclass
class Merged:
    """Distinct answers in the order in which they came.

    Attributes
    ----------
    proven : equilibria
    others : answers that are not proven
    """

    verifier: Verifier
    clock: Clock
    proven: list[Proven] = field(default_factory=list)
    others: list[MixedProfile] = field(default_factory=list)
    _places: dict[Any, Place] = field(default_factory=dict)
    _numbers: dict[Any, int] = field(default_factory=dict)
    _by_supports: dict[Any, list[int]] = field(default_factory=dict)

    def place(self, answer: MixedProfile) -> Place | None:
        """The place of an answer; None if time has run out."""
        key = tuple((len(vector), *vector.tolist()) for vector in answer if vector.ndim == 1)
        if key not in self._places:
            try:
                self.clock.check()
                found = self.verifier.prove(answer)
            except OutOfTimeError:
                return None
            self._places[key] = Place(proven=self._number(found)) if found else Place(other=len(self.others))
            if found is None:
                self.others.append(answer)
        return self._places[key]

    def _number(self, found: Proven) -> int:
        """The number of an equilibrium among those that are known, which it may join."""
        key = None if found.rational is None else tuple(map(tuple, found.rational))
        if key in self._numbers:
            return self._numbers[key]
        alike = self._by_supports.setdefault(found.supports, [])
        # Rationals are told apart by their key; only boxes may hold what is known already.
        boxes = (k for k in alike if found.rational is None or self.proven[k].rational is None)
        number = next((k for k in boxes if found.is_that_of(self.proven[k])), len(self.proven))
        if number == len(self.proven):
            alike.append(number)
            self.proven.append(found)
        elif found.rational is not None:
            self.proven[number] = found
        if key is not None:
            self._numbers[key] = number
        return number


@dataclass(frozen=True, eq=False)
class Listed:
    """Proven equilibria in their order, those inside of a continuum left out.

    Attributes
    ----------
    equilibria, sets : as of :class:`fairgames.solvers.report.CrossCheck`
    index : by number among all that are proven, the place in ``equilibria``; None for an inner point of a set
    within : by number among all that are proven, the sets that it lies in
    """

    equilibria: tuple[Equilibrium, ...]
    sets: tuple[tuple[int, ...], ...]
    index: tuple[int | None, ...]
    within: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, proven: Sequence[Proven], continua: ConvexSets | None) -> Listed:
        """All of them, without ``continua``."""
        n = len(proven)
        within = ((),) * n if continua is None else tuple(continua.within)
        order = sorted(range(n), key=lambda k: _order(proven[k].equilibrium))
        kept = [k for k in order if continua is None or continua.extreme[k] or not within[k]]
        index = {old: new for new, old in enumerate(kept)}
        members: dict[int, list[int]] = {}
        for old in kept:
            for number in within[old]:
                members.setdefault(number, []).append(index[old])
        return cls(
            tuple(proven[k].equilibrium for k in kept),
            tuple(tuple(members[number]) for number in sorted(members)),
            tuple(index.get(k) for k in range(n)),
            within,
        )


def nearly(
    merged: Merged, equilibria: Sequence[Equilibrium], near: float, solvers: Sequence[Sequence[str]]
) -> tuple[list[Unproven], tuple[Approximate, ...]]:
    """The kinds of the other answers, and a list of those that are nearly equilibria, or near one.

    Parameters
    ----------
    near : the largest difference of a probability from an equilibrium that is near
    solvers : whose answer each of the others is
    """
    points = np.array([_point(one.strategies) for one in equilibria])
    kinds = [Unproven.UNCHECKED] * len(merged.others)
    found: dict[tuple[float, ...], tuple[Approximate, list[str]]] = {}
    try:
        for number, answer in enumerate(merged.others):
            merged.clock.check()
            one = _nearly(merged.verifier, answer, points, near)
            kinds[number] = Unproven.WRONG if one is None else Unproven.NEAR
            if one is not None:
                key = tuple((_point(one.strategies) / merged.verifier.tolerance).round().tolist())
                found.setdefault(key, (one, []))[1].extend(solvers[number])
    except OutOfTimeError:
        pass  # whatever has not been looked at says so
    return kinds, tuple(replace(one, solvers=tuple(dict.fromkeys(names))) for one, names in found.values())


def _nearly(verifier: Verifier, answer: MixedProfile, points: FloatArray, near: float) -> Approximate | None:
    """An answer that is near one of ``points``, or nearly an equilibrium; None if it is neither."""
    vectors = verifier.distributions(answer)
    if vectors is None:
        return None
    off = np.abs(points - _point(vectors)).max(axis=1) if len(points) else np.array([np.inf])
    nearest = int(np.argmin(off)) if off.min() <= near else None
    if nearest is None and verifier.misses_by(answer) is None:
        return None
    return Approximate(vectors, float(certify(verifier.game, vectors).regret), nearest, ())


def is_pure(equilibrium: Equilibrium) -> bool:
    """Whether everybody plays one strategy."""
    return all(np.count_nonzero(vector) == 1 for vector in equilibrium.strategies)


def _point(vectors: MixedProfile) -> FloatArray:
    return np.concatenate([np.asarray(vector, dtype=float) for vector in vectors])


def _order(equilibrium: Equilibrium) -> tuple[bool, tuple[float, ...]]:
    """Pure before mixed; then those with more weight on earlier strategies, so pure profiles ascend."""
    return not is_pure(equilibrium), tuple(-_point(equilibrium.strategies))
