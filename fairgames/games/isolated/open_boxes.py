"""Boxes that stay undecided, joined where they are near one another, as bounds on all probabilities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from fairgames.exact import object_array
from fairgames.games.isolated.boxes import Boxes
from fairgames.games.isolated.one_mixes import middle
from fairgames.games.isolated.proof import Root
from fairgames.games.isolated.result import OpenBox
from fairgames.games.isolated.supports import Supports
from fairgames.typing import Array, BoolArray, FloatArray, MixedProfile

_EPSILON = float(np.finfo(float).eps)
#: So many boxes are told of one support at most; if there are more, those are joined that are this much less near.
_MOST, _COARSER = 16, 8.0
#: Largest denominators of the fractions tried for an equilibrium in a box.
_DENOMINATORS = (1, 2, 3, 4, 6, 12, 60, 1_000)
_Ends: TypeAlias = tuple[tuple[FloatArray, ...], tuple[FloatArray, ...]]

_CONTINUUM = "a player is indifferent whatever the others play, and equilibria are a continuum"


def hulls(
    shape: Sequence[int],
    supports: Supports,
    boxes: Boxes,
    why: str,
    is_equilibrium: Callable[[MixedProfile], bool],
) -> list[OpenBox]:
    """The smallest boxes around those that are near one another, each with an equilibrium in it if one is found."""
    near = _EPSILON
    lows, highs = boxes.low, boxes.high
    while True:
        lows, highs = _joined(lows, highs, near)
        if len(lows) <= _MOST:
            break
        near = max(near * _COARSER, 2.0**-30)
    found = []
    for low, high in zip(lows, highs, strict=True):
        ends = _ends(shape, supports, low, high)
        points = (_rational(ends, supports, largest) for largest in _DENOMINATORS)
        inside = next((one for one in points if _lies_in(one, ends) and is_equilibrium(one)), None)
        found.append(OpenBox(supports, *ends, why, inside))
    return found


def continuum(supports: Supports, ends: list[MixedProfile]) -> OpenBox:
    """The box around a polytope of equilibria."""
    by_player = [np.array(vectors, dtype=object) for vectors in zip(*ends, strict=True)]
    low = tuple(_beyond(vectors.min(axis=0), -1) for vectors in by_player)
    high = tuple(_beyond(vectors.max(axis=0), 2) for vectors in by_player)
    return OpenBox(supports, low, high, _CONTINUUM, middle(ends))


def _beyond(values: Array, towards: float) -> FloatArray:
    """The nearest floats, or their neighbours on that side."""
    floats = np.asarray(values, dtype=float)
    exact = np.asarray(np.frompyfunc(Fraction, 1, 1)(floats) == values, dtype=bool)
    return np.where(exact, floats, np.nextafter(floats, towards))


def around(shape: Sequence[int], supports: Supports, root: Root) -> OpenBox:
    """The box around a root of which it is not known whether it is an equilibrium."""
    assert root.why is not None
    low = np.array([np.nextafter(float(ball.lower()), -1) for ball in root.balls])
    high = np.array([np.nextafter(float(ball.upper()), 2) for ball in root.balls])
    return OpenBox(supports, _spread(shape, supports, low), _spread(shape, supports, high), root.why, None)


def _joined(lows: FloatArray, highs: FloatArray, near: float) -> tuple[FloatArray, FloatArray]:
    """The hulls of boxes that are ``near``."""
    cells = np.floor((lows + highs) / 2 / near) if near > _EPSILON else lows
    _, group = np.unique(cells, axis=0, return_inverse=True)
    order = np.argsort(group.ravel(), kind="stable")
    starts = np.flatnonzero(np.diff(group.ravel()[order], prepend=-1))
    lows, highs = np.minimum.reduceat(lows[order], starts), np.maximum.reduceat(highs[order], starts)
    if len(lows) > _MOST**2:  # to be joined less finely in any case
        return lows, highs
    found: list[tuple[FloatArray, FloatArray]] = []
    while len(lows):
        low, high, apart = lows[0], highs[0], np.ones(len(lows), dtype=bool)
        while (touching := apart & _touch(lows, highs, low, high, near)).any():
            apart &= ~touching
            low, high = np.minimum(low, lows[touching].min(axis=0)), np.maximum(high, highs[touching].max(axis=0))
        found.append((low, high))
        lows, highs = lows[apart], highs[apart]
    return np.array([low for low, _ in found]), np.array([high for _, high in found])


def _touch(lows: FloatArray, highs: FloatArray, low: FloatArray, high: FloatArray, near: float) -> BoolArray:
    return np.asarray((lows <= high + near).all(axis=1) & (low <= highs + near).all(axis=1))


def _ends(shape: Sequence[int], supports: Supports, low: FloatArray, high: FloatArray) -> _Ends:
    """Both ends of all probabilities: each player's last one is what the others leave."""
    lows, highs, start = [], [], 0
    for used in supports:
        own = slice(start, start + len(used) - 1)
        room = len(used) * _EPSILON
        lows += [*low[own], max(0.0, 1 - float(high[own].sum()) - room)]
        highs += [*high[own], min(1.0, 1 - float(low[own].sum()) + room)]
        start = own.stop
    return _spread(shape, supports, np.array(lows)), _spread(shape, supports, np.array(highs))


def _rational(ends: _Ends, supports: Supports, largest: int) -> MixedProfile:
    """The simplest distributions near the middle of a box; the last strategy in use takes what the others leave."""
    vectors = []
    for low, high, used in zip(*ends, supports, strict=True):
        vector = object_array(Fraction(float(value)).limit_denominator(largest) for value in (low + high) / 2)
        vector[used[-1]] += 1 - vector.sum()
        vectors.append(vector)
    return tuple(vectors)


def _lies_in(profile: MixedProfile, ends: _Ends) -> bool:
    return all(
        bool((low <= vector).all() and (vector <= high).all()) for vector, low, high in zip(profile, *ends, strict=True)
    )


def _spread(shape: Sequence[int], supports: Supports, values: FloatArray) -> tuple[FloatArray, ...]:
    """Numbers of the strategies in use as vectors over all."""
    vectors, start = [], 0
    for size, used in zip(shape, supports, strict=True):
        vector = np.zeros(size)
        vector[list(used)] = values[start : start + len(used)]
        vectors.append(vector)
        start += len(used)
    return tuple(vectors)
