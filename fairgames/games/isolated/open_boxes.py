"""Boxes that stay undecided, joined where they touch, as bounds on all probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairgames.games.isolated.boxes import Boxes
from fairgames.games.isolated.proof import Root
from fairgames.games.isolated.result import OpenBox
from fairgames.games.isolated.supports import Supports
from fairgames.typing import FloatArray

_EPSILON = float(np.finfo(float).eps)


def hulls(shape: Sequence[int], supports: Supports, parts: Sequence[Boxes], why: str) -> list[OpenBox]:
    """The smallest boxes around those that touch one another."""
    boxes = Boxes.joined(parts)
    joined: list[tuple[FloatArray, FloatArray]] = []
    for low, high in zip(boxes.low, boxes.high, strict=True):
        apart = []
        for one, other in joined:
            if bool((one <= high + _EPSILON).all() and (low <= other + _EPSILON).all()):
                low, high = np.minimum(low, one), np.maximum(high, other)
            else:
                apart.append((one, other))
        joined = [*apart, (low, high)]
    return [_box(shape, supports, low, high, why) for low, high in joined]


def around(shape: Sequence[int], supports: Supports, root: Root) -> OpenBox:
    """The box around a root of which it is not known whether it is an equilibrium."""
    low = np.array([np.nextafter(float(ball.lower()), -1) for ball in root.balls])
    high = np.array([np.nextafter(float(ball.upper()), 2) for ball in root.balls])
    assert root.why is not None
    return OpenBox(supports, _spread(shape, supports, low), _spread(shape, supports, high), root.why)


def _box(shape: Sequence[int], supports: Supports, low: FloatArray, high: FloatArray, why: str) -> OpenBox:
    lows, highs, start = [], [], 0
    for used in supports:
        end = start + len(used) - 1
        own = low[start:end], high[start:end]
        room = len(used) * _EPSILON
        lows += [*own[0], max(0.0, 1 - float(own[1].sum()) - room)]
        highs += [*own[1], min(1.0, 1 - float(own[0].sum()) + room)]
        start = end
    return OpenBox(supports, _spread(shape, supports, np.array(lows)), _spread(shape, supports, np.array(highs)), why)


def _spread(shape: Sequence[int], supports: Supports, values: FloatArray) -> tuple[FloatArray, ...]:
    """Numbers of the strategies in use as vectors over all."""
    vectors, start = [], 0
    for size, used in zip(shape, supports, strict=True):
        vector = np.zeros(size)
        vector[list(used)] = values[start : start + len(used)]
        vectors.append(vector)
        start += len(used)
    return tuple(vectors)
