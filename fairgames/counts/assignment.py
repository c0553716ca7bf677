"""Assignments of a type's users to levels with given counts (Gale 1957; Hall 1935).

Users of cost class h may stand at the levels of the bit mask ``masks[h]``; ``sizes[h]`` of them
there are. An assignment with ``counts[x]`` users at level x exists iff for every set T of levels

    Σ_{x∈T} counts[x] ≤ number of users who may stand at some level of T,

the counts adding up to the number of users.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, combinations

import numpy as np

from fairgames.typing import Array, BoolArray, IntArray

#: Whole numbers of so many bits fit in an array of machine integers.
_MACHINE_BITS = 62


def feasible(masks: IntArray, sizes: IntArray, counts: IntArray) -> BoolArray:
    """Whether an assignment exists, for many masks at once.

    Parameters
    ----------
    masks : shape (M, …, H)
    sizes : shape (H,)
    counts : shape (M, L)

    Returns
    -------
    shape (M, …)

    >>> masks = np.array([[[0b01, 0b11], [0b01, 0b01]]])  # of two cost classes, in two cases
    >>> feasible(masks, np.array([1, 1]), np.array([[1, 1]])).tolist()
    [[True, False]]
    """
    result = np.ones(masks.shape[:-1], dtype=bool)
    between = (1,) * (masks.ndim - 2)
    most_used = int((counts > 0).sum(axis=1).max(initial=0))
    for levels in _sets(np.flatnonzero(counts.any(axis=0)).tolist(), most_used):
        able = (masks & sum(1 << level for level in levels) != 0) @ sizes
        wanted = counts[:, levels].sum(axis=1)
        result &= able >= wanted.reshape(-1, *between)
    return result


def first_assignment(masks: Sequence[int], counts: Sequence[int]) -> tuple[int, ...] | None:
    """The lexicographically first assignment of users, each with a mask of their own; None if there is none.

    Parameters
    ----------
    masks : one a user, in order
    counts : how many users each level wants

    >>> first_assignment([0b11, 0b01, 0b11], [2, 1])
    (0, 0, 1)
    """
    left, able = list(counts), Counter(masks)
    if not _all_placed(able, left):
        return None
    levels = []
    for mask in masks:
        able[mask] -= 1
        for level, wanted in enumerate(left):
            if mask >> level & 1 and wanted:
                left[level] -= 1
                if _all_placed(able, left):
                    levels.append(level)
                    break
                left[level] += 1
    return tuple(levels)


@dataclass(frozen=True)
class Demand:
    """The users of a type, ascending, the levels that each may take as a mask, and the count of each level."""

    users: Sequence[int]
    masks: Sequence[int]
    counts: Sequence[int]


@dataclass(frozen=True)
class OneOf:
    """At least one of these users, who are alike, takes a level of a mask."""

    users: frozenset[int]
    mask: int


def assignments(groups: Sequence[Demand], one_of: OneOf | None = None) -> Iterator[tuple[int, ...]]:
    """Every assignment of all users of all groups to levels, in lexicographic order of the users.

    >>> groups = [Demand((0, 2), (0b11, 0b11), (1, 1)), Demand((1,), (0b01,), (1, 0))]
    >>> list(assignments(groups))
    [(0, 0, 1), (1, 0, 0)]
    >>> list(assignments(groups, OneOf(frozenset([0]), 0b10)))
    [(1, 0, 0)]
    """
    left = [_Left.of(group, one_of) for group in groups]
    if not all(own.can_be_placed() for own in left):
        return
    n = sum(len(group.users) for group in groups)
    masks, owners = [0] * n, [0] * n
    for number, group in enumerate(groups):
        for user, mask in zip(group.users, group.masks, strict=True):
            masks[user], owners[user] = mask, number
    levels = [-1]
    # Depth first without recursion: there may be very many users.
    while levels:
        user = len(levels) - 1
        mask, own = masks[user], left[owners[user]]
        if levels[-1] >= 0:
            own.take(user, mask, levels[-1], -1)
        for level in range(levels[-1] + 1, len(own.counts)):
            if mask >> level & 1 and own.counts[level]:
                own.take(user, mask, level, 1)
                if own.can_be_placed():
                    levels[-1] = level
                    break
                own.take(user, mask, level, -1)
        else:
            levels.pop()
            continue
        if len(levels) == n:
            yield tuple(levels)
        else:
            levels.append(-1)


@dataclass
class _Left:
    """Who of a group is left to be placed: so many of each mask, where so many are wanted at each level."""

    able: Counter[int]
    counts: list[int]
    #: Whether they are all alike: then whoever can be placed at first can be placed in any order.
    alike: bool = False
    #: The users of whom one must take a level of ``tight``, their own mask, how many are left and how many did.
    special: frozenset[int] = frozenset()
    tight: int = 0
    mask: int = 0
    waiting: int = 0
    done: int = 0

    @classmethod
    def of(cls, group: Demand, one_of: OneOf | None) -> _Left:
        able, counts = Counter(group.masks), list(group.counts)
        own = [place for place, user in enumerate(group.users) if one_of and user in one_of.users]
        if one_of is None or not own:
            return cls(able, counts, alike=len(able) == 1 and _all_placed(able, counts))
        mask = group.masks[own[0]]
        return cls(able, counts, False, one_of.users, one_of.mask & mask, mask, len(own))

    def take(self, user: int, mask: int, level: int, way: int) -> None:
        """A user takes a level, or with ``way`` −1 gives it back."""
        self.able[mask] -= way
        self.counts[level] -= way
        if user in self.special:
            self.waiting -= way
            self.done += way * (self.tight >> level & 1)

    def can_be_placed(self) -> bool:
        if self.alike:
            return True
        if not self.special or self.done or (self.tight == self.mask and self.waiting):
            return _all_placed(self.able, self.counts)
        if not self.waiting:
            return False
        # One of those who wait may go to the tight levels only.
        self.able[self.tight] += 1
        self.able[self.mask] -= 1
        placed = _all_placed(self.able, self.counts)
        self.able[self.mask] += 1
        self.able[self.tight] -= 1
        return placed


def _all_placed(able: Mapping[int, int], counts: Sequence[int]) -> bool:
    """Gale's condition for ``able[mask]`` users of each mask, who are as many as ``counts`` want."""
    users = [(mask, size) for mask, size in able.items() if size]
    used = [level for level, count in enumerate(counts) if count]
    if len(users) == 1:
        return all(users[0][0] >> level & 1 for level in used)
    for levels in _sets(used, len(used)):
        chosen = sum(1 << level for level in levels)
        if sum(counts[level] for level in levels) > sum(size for mask, size in users if mask & chosen):
            return False
    return True


def _sets(levels: Sequence[int], most: int) -> Iterator[list[int]]:
    """All non-empty sets of at most so many levels: those that are not in use ask for nothing more."""
    for size in range(1, most + 1):
        yield from map(list, combinations(levels, size))


@lru_cache(maxsize=100_000)
def n_assignments(able: tuple[tuple[int, int], ...], counts: tuple[int, ...]) -> int:
    """How many assignments there are of ``n`` users of each ``mask``, for (mask, n) in ``able``.

    That is the coefficient of Π_x z_x^counts[x] in Π (Σ_{x∈mask} z_x)^n.

    >>> n_assignments(((0b11, 3), (0b01, 1)), (2, 2))
    3
    """
    if len(able) == 1:
        mask, n = able[0]
        placed = all(mask >> level & 1 for level, count in enumerate(counts) if count)
        rest = (n - before for before in accumulate(counts, initial=0))
        return math.prod(map(math.comb, rest, counts)) if placed else 0
    used = [level for level, count in enumerate(counts) if count]
    # The users on the last of these levels are those who are left.
    large = sum(counts) * math.log2(max(len(used), 2)) > _MACHINE_BITS
    ways = np.zeros([counts[level] + 1 for level in used[:-1]], dtype=object if large else np.int64)
    ways[(0,) * ways.ndim] = 1
    for mask, n in able:
        axes = [axis for axis, level in enumerate(used) if mask >> level & 1]
        for _ in range(n):
            ways = _one_more(ways, axes)
    return int(ways[(-1,) * ways.ndim])


def _one_more(ways: Array, axes: Sequence[int]) -> Array:
    """The numbers of ways after one more user has gone to any of the levels ``axes``; the last one is no axis."""
    result = ways.copy() if ways.ndim in axes else np.zeros_like(ways)
    for axis in axes:
        if axis < ways.ndim:
            before = (slice(None),) * axis
            result[(*before, slice(1, None))] += ways[(*before, slice(None, -1))]
    return result
