"""A product grid, a block at a time: intermediate arrays stay in the cache."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from fairgames.errors import TooLargeError
from fairgames.progress import track
from fairgames.typing import Axes, FloatArray
from fairgames.utilities.counts import CountAxes

#: Profiles evaluated at a time.
_BLOCK = 200_000
#: A NumPy array has no more axes.
MOST_AXES = 64


def in_blocks(block: Callable[[Any], FloatArray], axes: Axes | CountAxes) -> FloatArray:
    """What ``block`` gives on the product of ``axes``, as one row: part of one axis times all later ones."""
    shape = tuple(len(axis) for axis in axes)
    split = _split(shape)
    lead: list[list[Any]] = [[axis[k : k + 1] for k in range(len(axis))] for axis in axes[:split]]
    step = math.prod(shape[split:])
    if lead:
        together = max(1, _BLOCK // step)
        lead[-1] = [axes[split - 1][k : k + together] for k in range(0, shape[split - 1], together)]
    result, done = np.empty(math.prod(shape)), 0
    for prefix in track(product(*lead), "utilities", math.prod(map(len, lead))):
        found = block([*prefix, *axes[split:]])
        result[done : done + found.size] = found.reshape(-1)
        done += found.size
    return result


def outer_sum(columns: Sequence[FloatArray]) -> FloatArray:
    """Σ of one entry a column, for every combination; shape = the lengths of the columns.

    A column of one entry adds its value and no dimension: so any number of users may stand still.

    >>> outer_sum([np.array([0., 1.]), np.array([5.]), np.array([0., 10.])])
    array([[ 5., 15.],
           [ 6., 16.]])
    """
    total = np.zeros((), dtype=columns[0].dtype)
    for column in columns:
        total = np.asarray(total[..., None] + column if column.size > 1 else total + column.reshape(()))
    return total


def grid_shape(axes: Axes | CountAxes) -> tuple[int, ...]:
    if len(axes) > MOST_AXES:
        raise TooLargeError(
            f"A grid with one axis for each of {len(axes)} users or types: NumPy holds at most {MOST_AXES} axes. "
            "Ask for one profile (`at`), or for its payments."
        )
    return tuple(len(axis) for axis in axes)


def _split(shape: tuple[int, ...]) -> int:
    """How many leading axes to fix so that a block of the others is small."""
    split, size = len(shape), 1
    while split > 0 and size * shape[split - 1] <= _BLOCK:
        split -= 1
        size *= shape[split]
    return split
