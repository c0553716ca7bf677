"""Profiles as counts: how many users of each type are on each level."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import product
from typing import TypeAlias

import numpy as np

from fairgames.errors import InputError
from fairgames.typing import Array, IntArray

#: For each type of users the count vectors to range over, shape (S_g, L); level 0 first.
CountAxes: TypeAlias = Sequence[IntArray]


def numbered(keys: Iterable[Hashable]) -> tuple[int, ...]:
    """Equal keys get equal numbers 0, 1, …, in order of first appearance.

    >>> numbered("hello")
    (0, 1, 2, 2, 3)
    """
    known: dict[Hashable, int] = {}
    return tuple(known.setdefault(key, len(known)) for key in keys)


def numbered_rows(*columns: Array) -> tuple[int, ...]:
    """The same for rows of numbers, in columns of shape (N,): fast for a million users.

    >>> numbered_rows(np.array([5, 5, 1]), np.array([1, 2, 1]))
    (0, 1, 2)
    """
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        distinct, place = np.unique(column, return_inverse=True)
        # Made small again at once: products of many columns would not fit.
        codes = np.unique(codes * len(distinct) + place, return_inverse=True)[1]
    _, first, place = np.unique(codes, return_index=True, return_inverse=True)
    order = np.empty(len(first), dtype=np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return tuple(order[place].tolist())


def checked(axes: Sequence[Array], sizes: Sequence[int], n_levels: int) -> CountAxes:
    """The axes as integer arrays whose rows count all users of a type.

    Raises
    ------
    InputError
        Naming every fault at once.
    """
    if len(axes) != len(sizes):
        raise InputError(f"counts: expected one array for each of {len(sizes)} types, got {len(axes)}")
    read, faults = [], []
    for number, (axis, size) in enumerate(zip(map(np.asarray, axes), sizes, strict=True)):
        where = f"counts of type {number}"
        if axis.ndim != 2 or axis.shape[1] != n_levels or axis.dtype.kind not in "iu":
            faults.append(
                f"{where}: expected integers, one row a count vector and one column for each of {n_levels} levels, "
                f"got shape {axis.shape} of {axis.dtype}"
            )
            continue
        wrong = np.flatnonzero((axis < 0).any(axis=1) | (axis.sum(axis=1) != size))
        if len(wrong):
            faults.append(f"{where}: expected rows of counts ≥ 0 that sum to {size}, got {axis[wrong[0]].tolist()}")
        read.append(axis.astype(np.int64, copy=False))
    if faults:
        raise InputError(faults)
    return read


def places(axes: CountAxes, types: Sequence[int]) -> list[IntArray]:
    """For each user the level at every combination of counts, the first users of a type on the lowest levels.

    Each array has the axes of the types; those of other types than the user's have length 1.

    >>> [user.tolist() for user in places([np.array([[2, 0], [1, 1]])], [0, 0])]
    [[0, 0], [0, 1]]
    """
    levels = []
    for number, axis in enumerate(axes):
        rows, n_levels = axis.shape
        shape = (-1, *(1,) * number, rows, *(1,) * (len(axes) - number - 1))
        standing = np.repeat(np.tile(np.arange(n_levels), rows), axis.ravel()).reshape(rows, -1)
        levels.append(iter(standing.T.reshape(shape)))
    return [next(levels[number]) for number in types]


def profiles(axes: CountAxes, types: Sequence[int]) -> Iterator[list[tuple[int]]]:
    """One profile for each combination of counts, as the axes of a grid of one."""
    for rows in product(*axes):
        standing = [iter(np.repeat(np.arange(len(row)), row).tolist()) for row in rows]
        yield [(next(standing[number]),) for number in types]
