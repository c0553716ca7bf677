"""Bounds on one user's costs: a system of differences, solved by shortest paths, in rationals where its numbers are.

c(x) − c(y) ≤ b for pairs of levels, with c = 0 at the lowest level and c ≥ 0: the largest c(x) is the length of the
shortest path from the lowest level to x with an edge y → x of length b for each inequality, and the least the negative
of the shortest path back. That is linear programming duality (Bellman 1958), and exact in rationals. A cycle of
negative length proves that no costs fit; the periods on it cannot all be right.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

from fairgames.learning.inequalities import Inequality

#: Levels up to which vertices are looked for.
MOST_LEVELS_OF_VERTICES = 4


@dataclass(frozen=True, eq=False)
class Edge:
    """c(head) − c(tail) ≤ length; ``period`` is None where it holds of all costs."""

    length: Any
    period: int | None


@dataclass(frozen=True, eq=False)
class Differences:
    """Shortest paths among the levels of one user, in rationals: floats are the rationals that they are.

    Attributes
    ----------
    levels : the level indices that it may choose, ascending
    length : between any two, infinite where nothing bounds their difference
    cycle : the periods on a cycle of negative length; None where costs that fit exist
    """

    levels: tuple[int, ...]
    length: dict[tuple[int, int], Any]
    cycle: frozenset[int] | None

    @classmethod
    def of(cls, levels: Sequence[int], told: Sequence[Inequality], without: Collection[int] = ()) -> Differences:
        """From what was told, some periods left out."""
        edges: dict[tuple[int, int], Edge] = {(level, levels[0]): Edge(Fraction(0), None) for level in levels[1:]}
        for one in told:
            pair = (one.other, one.chosen)
            if one.period not in without and (pair not in edges or one.bound < edges[pair].length):
                edges[pair] = Edge(Fraction(one.bound), one.period)
        length: dict[tuple[int, int], Any] = {(a, b): math.inf for a in levels for b in levels if a != b}
        length |= {(a, a): Fraction(0) for a in levels}
        after: dict[tuple[int, int], int] = {}
        for (tail, head), edge in edges.items():
            length[tail, head], after[tail, head] = edge.length, head
        for middle in levels:
            for a in levels:
                for b in levels:
                    if length[a, middle] + length[middle, b] < length[a, b]:
                        length[a, b] = length[a, middle] + length[middle, b]
                        after[a, b] = after[a, middle]
            if (start := next((a for a in levels if length[a, a] < 0), None)) is not None:
                return cls(tuple(levels), length, _periods_on(start, after, edges))
        return cls(tuple(levels), length, None)

    def bounds(self, n_levels: int) -> tuple[tuple[Any, Any], ...]:
        """The least and the largest cost of each of all levels; nothing is known of those that may not be chosen."""
        lowest = self.levels[0]
        return tuple(
            (-self.length[level, lowest] + 0, self.length[lowest, level])
            if level in self.levels
            else (Fraction(0), math.inf)
            for level in range(n_levels)
        )

    def vertices(self) -> tuple[tuple[Any, ...], ...] | None:
        """The corners of the set of costs, one entry a level; None where levels are many or the set is unbounded."""
        lowest, free = self.levels[0], self.levels[1:]
        if len(self.levels) > MOST_LEVELS_OF_VERTICES or any(self.length[lowest, level] == math.inf for level in free):
            return None
        tight = [(a, b) for (a, b), bound in self.length.items() if a != b and bound != math.inf]
        found = set()
        for chosen in combinations(tight, len(free)):
            costs = self._at(chosen)
            if costs is not None and all(costs[b] - costs[a] <= bound for (a, b), bound in self.length.items()):
                found.add(tuple(costs[level] for level in self.levels))
        return tuple(sorted(found))

    def _at(self, chosen: Sequence[tuple[int, int]]) -> dict[int, Any] | None:
        """The costs at which these bounds hold with equality, if they tie all levels to the lowest."""
        costs: dict[int, Any] = {self.levels[0]: Fraction(0)}
        left = list(chosen)
        while left:
            known = next((pair for pair in left if (pair[0] in costs) != (pair[1] in costs)), None)
            if known is None:
                return None
            left.remove(known)
            tail, head = known
            if tail in costs:
                costs[head] = costs[tail] + self.length[known]
            else:
                costs[tail] = costs[head] - self.length[known]
        return costs if len(costs) == len(self.levels) else None


def _periods_on(start: int, after: dict[tuple[int, int], int], edges: dict[tuple[int, int], Edge]) -> frozenset[int]:
    """The periods on the walk from a level back to itself; it holds a cycle of negative length."""
    walk, here = [start], start
    seen: dict[int, int] = {}
    while True:
        here = after[here, start]
        walk.append(here)
        if here == start:
            cycle = walk
            break
        if here in seen:  # a cycle before coming back is negative itself
            cycle = walk[seen[here] :]
            break
        seen[here] = len(walk) - 1
    periods = (edges[a, b].period for a, b in pairwise(cycle))
    return frozenset(period for period in periods if period is not None)
