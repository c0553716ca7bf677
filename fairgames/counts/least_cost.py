"""The least Σc over all assignments of users to a state's counts, and the first assignment that has it.

Φ_α = α·P − Σc, and P is the same for all profiles of a state: so the maximisers of Φ_α are
cheapest assignments. Costs add up over types. For one type, with F_u(j) the least cost of its last
u users at the counts j, F_u(j) = min_x F_{u−1}(j − e_x) + c(x) of the user who comes before them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from fairgames import memory
from fairgames.counts.lattice import count_vectors, rank
from fairgames.counts.types import UserType
from fairgames.exact import object_array
from fairgames.text import how_many
from fairgames.typing import Array

#: Whole numbers up to here are exact as floats.
_WHOLE = 2**53


def least_costs(kind: UserType, levels: tuple[int, ...], n_levels: int) -> Array:
    """The least Σc for each row of the axis of a type that uses ``levels``: ``Fraction``, or ∞ where none is.

    >>> from fairgames.counts.types import CostClass
    >>> cheap = CostClass((0,), (Fraction(0), Fraction(1)), (0, 1))
    >>> dear = CostClass((1,), (Fraction(0), Fraction(3)), (0, 1))
    >>> [str(cost) for cost in least_costs(UserType((cheap, dear)), (0, 1), 2)]
    ['0', '1', '4']
    """
    unit = _unit(kind)
    last: Array = np.zeros(0)
    for table in _tables(kind, levels, n_levels):
        last = table
    return object_array(math.inf if cost == math.inf else Fraction(int(cost), unit) for cost in last)


def first_cheapest(kind: UserType, levels: tuple[int, ...], counts: Array) -> tuple[int, ...]:
    """The lexicographically first of the cheapest assignments of a type's users, in order, to ``counts``."""
    n_levels, row, unit = len(counts), np.array(counts)[None], _unit(kind)
    tables = list(_tables(kind, levels, n_levels))
    chosen: list[int] = []
    for left, own in zip(reversed(range(kind.size)), _costs(kind, unit), strict=True):
        wanted = tables[left + 1][rank(row, levels, left + 1)]
        for level in levels:
            after = row.copy()
            after[0, level] -= 1
            if after[0, level] >= 0 and tables[left][rank(after, levels, left)] + own[level] == wanted != math.inf:
                chosen.append(level)
                row = after
                break
    return tuple(chosen)


def cheapest_masks(kind: UserType, levels: tuple[int, ...], counts: Array) -> list[int]:
    """For each user of the type the levels, as bits, at which it stands in some cheapest assignment to ``counts``.

    Every assignment within these masks is a cheapest one: with prices π of levels such that nobody would
    rather be where it is cheaper, those are the levels at which c + π is least (complementary slackness).
    """
    class_of = {user: cost_class for cost_class in kind.cost_classes for user in cost_class.users}
    placed = dict(zip(kind.users, first_cheapest(kind, levels, counts), strict=True))
    steps: dict[tuple[int, int], Fraction] = {}
    for user, x in placed.items():
        own = class_of[user]
        for y in own.choices:
            step = own.costs[y] - own.costs[x]
            steps[x, y] = min(step, steps.get((x, y), step))
    prices = dict.fromkeys(range(len(counts)), Fraction(0))
    for _ in prices:  # Bellman–Ford; no cycle is negative, or the assignment were not a cheapest one
        for (x, y), step in steps.items():
            prices[x] = min(prices[x], prices[y] + step)
    masks = []
    for user in kind.users:
        own = class_of[user]
        least = min(own.costs[y] + prices[y] for y in own.choices)
        masks.append(sum(1 << y for y in own.choices if own.costs[y] + prices[y] == least))
    return masks


def _tables(kind: UserType, levels: tuple[int, ...], n_levels: int) -> Iterator[Array]:
    """F_0, F_1, …, F_m over the count vectors of 0, 1, …, m users: whole numbers, over the unit."""
    unit = _unit(kind)
    costs = list(_costs(kind, unit))
    size = math.comb(kind.size + len(levels), len(levels))
    memory.require(
        40 * size, f"Least costs at {how_many(size)} count vectors", "Offer fewer levels, or take fewer users."
    )
    finite = [cost for row in costs for cost in row if cost != math.inf]
    dtype = float if kind.size * max(finite) < _WHOLE else object
    table: Array = np.zeros(1, dtype=dtype)
    yield table
    for number, own in enumerate(reversed(costs), start=1):
        rows = count_vectors(number, levels, n_levels)
        best = np.full(len(rows), math.inf, dtype=dtype)
        for level in levels:
            some = np.flatnonzero(rows[:, level])
            before = rows[some]
            before[:, level] -= 1
            best[some] = np.minimum(best[some], table[rank(before, levels, number - 1)] + own[level])
        table = best
        yield table


def _unit(kind: UserType) -> int:
    """A common denominator of all costs."""
    return math.lcm(*(cost.denominator for cost_class in kind.cost_classes for cost in cost_class.costs))


def _costs(kind: UserType, unit: int) -> Iterator[list[int | float]]:
    """For each user, in order, what every level costs; ∞ where it is not allowed."""
    class_of = {user: cost_class for cost_class in kind.cost_classes for user in cost_class.users}
    for user in kind.users:
        own = class_of[user]
        yield [int(cost * unit) if level in own.choices else math.inf for level, cost in enumerate(own.costs)]
