"""Properness of two players' equilibria, exactly.

A proper equilibrium (Myerson 1978) is a limit of mixtures in which whatever pays a player less is far less likely.
With two players that is a lexicographic belief of each about the other: an equilibrium is proper iff the strategies
of both can be put in classes, each far less likely than the one before, such that some belief over such classes makes
nothing of a later class better than anything of an earlier one, and all of one class alike (Blume, Brandenburger &
Dekel 1991, proposition 5). The classes are tried one after another; whether a belief exists is a matter of cones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations, pairwise

import numpy as np

from fairgames.equilibria.refinements.perfection import integers
from fairgames.games.double_description import extreme_rays
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, MixedProfile

#: Strategies by number.
Class = tuple[int, ...]
#: Pairs of orders that are tried.
_MOST_ORDERS = 4_000
#: Ordered partitions of a set, by its size.
_ORDERED = (1, 1, 3, 13, 75, 541)


def is_proper(game: NormalFormGame, strategies: MixedProfile) -> bool | None:
    """Whether an equilibrium of two players is proper; payoffs and chances are rationals. None where orders are many.

    >>> table = [[1, 0, -9], [0, 0, -7], [-9, -7, -7]]  # Myerson's: the second is perfect
    >>> rows = np.eye(3, dtype=int)
    >>> [is_proper(NormalFormGame.from_arrays(table, table), (row, row)) for row in rows]
    [True, False, False]
    """
    tables = (game.payoffs[..., 0], game.payoffs[..., 1].T)
    unused = [np.flatnonzero(np.equal(vector, 0)).tolist() for vector in strategies]
    if any(len(rest) >= len(_ORDERED) for rest in unused):
        return None
    if _ORDERED[len(unused[0])] * _ORDERED[len(unused[1])] > _MOST_ORDERS:
        return None
    used = [tuple(np.flatnonzero(vector).tolist()) for vector in strategies]
    orders = [[(used[player], *order) for order in _ordered_partitions(unused[player])] for player in (0, 1)]
    return any(
        _believed(tables[0], one, other, strategies[1]) and _believed(tables[1], other, one, strategies[0])
        for one in orders[0]
        for other in orders[1]
    )


def _ordered_partitions(items: Sequence[int]) -> Iterator[tuple[Class, ...]]:
    if not items:
        yield ()
    for first in chain.from_iterable(combinations(items, size) for size in range(1, len(items) + 1)):
        for rest in _ordered_partitions([item for item in items if item not in first]):
            yield (first, *rest)


def _believed(table: Array, own: Sequence[Class], others: Sequence[Class], played: Array) -> bool:
    """Whether some belief over the other's classes, whose first level is ``played``, ranks the own classes so."""
    equal = [table[one] - table[other] for members in own for one, other in pairwise(members)]
    falls = [table[before[0]] - table[after[0]] for before, after in pairwise(own)]
    if any(step @ played != 0 for step in equal) or any(step @ played < 0 for step in falls):
        return False
    still = [step for step in falls if step @ played == 0]
    known: list[int] = []
    for members in others:
        if known:
            rays = _cone(equal, still, known, members)
            if len({k for ray in rays for k in members if ray[k]}) < len(members):
                return False
            still = _ties(still, rays)
        known += members
        while len(left := _ties(still, _cone(equal, still, known, ()))) < len(still):
            still = left
    return True


def _ties(steps: list[Array], rays: Sequence[dict[int, int]]) -> list[Array]:
    """The steps that stay ties whatever belief is taken from a cone: in one from its inside all others are settled."""
    return [step for step in steps if not any(sum(step[k] * z for k, z in ray.items()) > 0 for ray in rays)]


def _cone(equal: Sequence[Array], still: Sequence[Array], known: Sequence[int], fresh: Class) -> list[dict[int, int]]:
    """The rays of the beliefs of one level: anything on strategies known before, as those are far likelier."""
    places, signs = [*known, *known, *fresh], [1] * len(known) + [-1] * len(known) + [1] * len(fresh)
    halfspaces = []
    for step in equal:
        row = [value * sign for value, sign in zip(integers(step[places]), signs, strict=True)]
        halfspaces += [row, [-value for value in row]]
    for step in still:
        halfspaces.append([value * sign for value, sign in zip(integers(step[places]), signs, strict=True)])
    found = []
    for ray in extreme_rays(len(places), halfspaces):
        belief = dict.fromkeys(places, 0)
        for place, sign, value in zip(places, signs, ray.point, strict=True):
            belief[place] += sign * value
        found.append(belief)
    return found
