"""Chances of counts: how likely it is that so many of n users alike are on each level."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from fairgames.counts.lattice import count_vectors, rank
from fairgames.exact import object_array
from fairgames.typing import Array, FloatArray, IntArray

_EPSILON = float(np.finfo(float).eps)
#: Roundings a user and level: a table of binomial chances grows by a product and a sum a user, its factor by one.
_ROUNDINGS = 6
#: Groups of users whose chances are kept, and pairs of counts whose sums are looked up.
_KEPT, _MOST_PAIRS = 256, 200_000
#: The number of users, and the chance of each level.
_Group: TypeAlias = tuple[int, tuple[tuple[int, Fraction], ...]]
_Joined: TypeAlias = tuple[int, Array, float]


def multinomial(
    size: int, chances: Mapping[int, Fraction], levels: Sequence[int], n_levels: int, exact: bool
) -> tuple[Array, float]:
    """The chance of each count vector of ``size`` users on ``levels``, in the order of the lattice, shape (S,).

    Each user is on level y with the chance ``chances[y]``, independent of the others.

    Returns
    -------
    ``Fraction`` objects where ``exact``, else floats; and a bound on the relative error of each

    >>> found, _ = multinomial(2, {0: Fraction(1, 2), 1: Fraction(1, 2)}, (0, 1), 2, exact=True)
    >>> [str(chance) for chance in found]
    ['1/4', '1/2', '1/4']
    """
    rows = count_vectors(size, levels, n_levels)
    if exact:
        return object_array([_exactly(row, chances) for row in rows.tolist()]), 0.0
    found, left, rest = np.ones(len(rows)), Fraction(1), np.full(len(rows), size)
    for level in levels[1:]:
        chance = chances.get(level, Fraction(0))
        table = _binomial_table(size, chance / left if left else Fraction(0))
        found *= table[rest, rows[:, level]]
        rest, left = rest - rows[:, level], left - chance
    # Whoever is left is on the lowest level, if anybody can be.
    found[rest > 0] *= 1.0 if chances.get(levels[0], Fraction(0)) else 0.0
    return found, _ROUNDINGS * _EPSILON * len(levels) * (size + 1)


def _exactly(row: Sequence[int], chances: Mapping[int, Fraction]) -> Fraction:
    found, left = Fraction(1), sum(row)
    for level, count in enumerate(row):
        if count:
            found *= math.comb(left, count) * chances.get(level, Fraction(0)) ** count
            left -= count
    return found


def _binomial_table(size: int, chance: Fraction) -> FloatArray:
    """The chance that k of n users are there, at [n, k]: sums of numbers ≥ 0, so that rounding is not magnified."""
    table = np.zeros((size + 1, size + 1))
    table[0, 0] = 1.0
    there, away = float(chance), float(1 - chance)
    for n in range(1, size + 1):
        table[n, : n + 1] = away * table[n - 1, : n + 1]
        table[n, 1 : n + 1] += there * table[n - 1, :n]
    return table


def together(
    groups: Sequence[tuple[int, Mapping[int, Fraction]]], levels: Sequence[int], n_levels: int, exact: bool
) -> tuple[Array, float]:
    """The chances of the counts of several groups of users together, and a bound on their relative error."""
    own = tuple((size, tuple(sorted(chances.items()))) for size, chances in groups if size)
    if not own:
        return multinomial(0, {}, levels, n_levels, exact)
    _, found, error = _first_of(own, tuple(levels), n_levels, exact)
    return found, error


@lru_cache(maxsize=_KEPT)
def _first_of(groups: tuple[_Group, ...], levels: tuple[int, ...], n_levels: int, exact: bool) -> _Joined:
    """All of them; those of the first ones are kept, as plans of the last ones vary quickest."""
    *before, (more, chances) = groups
    other, its_error = multinomial(more, dict(chances), levels, n_levels, exact)
    other.flags.writeable = False
    if not before:
        return more, other, its_error
    size, one, error = _first_of(tuple(before), levels, n_levels, exact)
    total = np.zeros(math.comb(size + more + len(levels) - 1, size + more), dtype=one.dtype)
    if len(one) * len(other) <= _MOST_PAIRS:
        places, products = _places(size, more, levels, n_levels), np.multiply.outer(one, other)
        if exact:
            np.add.at(total, places, products)
        else:
            total = np.bincount(places.ravel(), products.ravel(), len(total))
    else:
        second = count_vectors(more, levels, n_levels)
        for row, weight in zip(count_vectors(size, levels, n_levels), one, strict=True):
            if weight:
                np.add.at(total, rank(second + row, levels, size + more), weight * other)
    total.flags.writeable = False
    return size + more, total, error + its_error + 4 * _EPSILON * (len(one) + 1)


@lru_cache(maxsize=_KEPT)
def _places(size: int, more: int, levels: tuple[int, ...], n_levels: int) -> IntArray:
    """The place of the sum of any two count vectors of so many users."""
    first, second = (count_vectors(own, levels, n_levels) for own in (size, more))
    pairs = (first[:, None] + second).reshape(-1, n_levels)
    found = rank(pairs, levels, size + more).reshape(len(first), len(second))
    found.flags.writeable = False
    return found
