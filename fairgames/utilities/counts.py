"""Profiles as counts: how many users of each type are on each level."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import product
from typing import TypeAlias

import numpy as np

from fairgames.errors import InputError
from fairgames.typing import Array, IntArray, Profile

#: For each type of users the count vectors to range over, shape (S_g, L); level 0 first.
CountAxes: TypeAlias = Sequence[IntArray]


def numbered(keys: Iterable[Hashable]) -> tuple[int, ...]:
    """Equal keys get equal numbers 0, 1, …, in order of first appearance.

    >>> numbered("hello")
    (0, 1, 2, 2, 3)
    """
    known: dict[Hashable, int] = {}
    return tuple(known.setdefault(key, len(known)) for key in keys)


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


def profiles(axes: CountAxes, types: Sequence[int]) -> Iterator[Profile]:
    """One profile of level indices for each combination of counts, the first users of a type on the lowest levels."""
    order = np.argsort(np.argsort(types, kind="stable"), kind="stable")
    for rows in product(*axes):
        levels = np.concatenate([np.repeat(np.arange(len(row)), row) for row in rows])
        yield tuple(levels[order].tolist())


def levels_of_singles(axes: CountAxes) -> tuple[list[tuple[int, ...]], tuple[IntArray, ...]]:
    """For types of one user each: the levels that are asked for, and which of them each row is, as an open mesh."""
    found = [np.unique(axis.argmax(axis=1), return_inverse=True) for axis in axes]
    return [tuple(levels.tolist()) for levels, _ in found], np.ix_(*(index for _, index in found))
