"""Trembling-hand perfection of two players' equilibria, exactly.

With two players an equilibrium is perfect iff neither plays a weakly dominated strategy (van Damme 1991, theorem
3.2.2), and a strategy is undominated iff it is a best response to one that plays everything (Arrow, Barankin &
Blackwell 1953). Those against which it is a best response are a polytope: it has a point of full support iff its
vertices together use every strategy.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from fairgames.games.double_description import extreme_rays
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, MixedProfile


def is_perfect(game: NormalFormGame, strategies: MixedProfile) -> bool:
    """Whether an equilibrium of two players is perfect (Selten 1975); payoffs are rationals.

    >>> weak = NormalFormGame.from_arrays([[1, 0], [0, 0]], [[1, 0], [0, 0]])
    >>> [is_perfect(weak, (vector, vector)) for vector in (np.array([1, 0]), np.array([0, 1]))]
    [True, False]
    """
    tables = (game.payoffs[..., 0], game.payoffs[..., 1].T)
    return all(_undominated(table, np.flatnonzero(own)) for table, own in zip(tables, strategies, strict=True))


def _undominated(table: Array, used: Array) -> bool:
    """Whether some full mixture of the columns makes all rows ``used`` best responses."""
    first, halfspaces = int(used[0]), []
    for row in range(len(table)):
        worse = integers(table[first] - table[row])
        halfspaces.append(worse)
        if row in used:
            halfspaces.append([-value for value in worse])
    reached: set[int] = set()
    for ray in extreme_rays(table.shape[1], halfspaces):
        reached |= set(np.flatnonzero(ray.point).tolist())
    return len(reached) == len(table[0])


def integers(values: Array) -> list[int]:
    """A multiple of a row of rationals."""
    fractions = [Fraction(value) for value in values.tolist()]
    multiple = math.lcm(*(value.denominator for value in fractions))
    return [int(value * multiple) for value in fractions]
