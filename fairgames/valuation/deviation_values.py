"""Deviation values: what each user would be paid at each of its levels, all others staying."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from fairgames.typing import FloatArray, IntArray
from fairgames.utilities.base import Utility
from fairgames.utilities.capabilities import DeviationValues

__all__ = ["DeviationMethod", "DeviationValues"]


class DeviationMethod(Protocol):
    """A method that computes the deviation values of one game at one profile after another."""

    def at(self, counts: IntArray) -> DeviationValues:
        """With so many users of each type on each level, shape (T, L)."""


def profile_of(utility: Utility, counts: IntArray) -> IntArray:
    """A profile with so many users of each type on each level, the first ones on the lowest, shape (N,)."""
    levels, types = np.arange(counts.shape[1]), np.array(utility.types)
    profile = np.zeros(len(types), dtype=np.int64)
    for number, row in enumerate(counts):
        profile[types == number] = np.repeat(levels, row)
    return profile


def nobody(counts: IntArray) -> FloatArray:
    """NaN for every type, level and move, shape (T, L, L)."""
    return np.full((*counts.shape, counts.shape[1]), np.nan)


def moves_of(row: IntArray) -> list[tuple[int, int]]:
    """From every level where somebody is to every level."""
    return [(x, y) for x in np.flatnonzero(row).tolist() for y in range(len(row))]
