"""The best share over correlated equilibria, by branch and bound over α: any number of users.

The value of a share is that of a linear program, and may jump up where new equilibria begin. For all shares of an
interval at once a relaxed program gives a bound (:mod:`fairgames.mechanism.correlated.family`), which comes down to the
best value inside as the interval shrinks. The interval with the greatest bound is cut until no bound is above the best
value known by more than the gap that was asked for (Land & Doig 1960; Horst & Tuy 1996, chapter IV).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from fairgames.equilibria.correlated.program import bound, solve_in_floats
from fairgames.mechanism.correlated.family import Family
from fairgames.progress import track
from fairgames.typing import FloatArray

#: Programs, at most.
MOST_PROGRAMS = 3_000


@dataclass(frozen=True, eq=False)
class Searched:
    """The best that was found, and what nothing exceeds.

    Attributes
    ----------
    alpha, value : the share, and what it leaves the platform
    distribution : shape (m_1, …, m_N); an equilibrium up to rounding
    bound : what no share and no correlated equilibrium exceeds
    programs : how many linear programs were solved
    """

    alpha: float
    value: float
    distribution: FloatArray
    bound: float
    programs: int


class _Search:
    def __init__(self, family: Family) -> None:
        self.family = family
        self.programs = 0
        self.alpha, self.value, self.best = 0.0, -np.inf, np.zeros(family.shape)

    def look_at(self, alpha: float) -> None:
        """Solve the program of one share."""
        kept = self.family.kept(alpha, alpha)
        inner = self.family.within(kept)
        aim, rows = inner.at(alpha)
        solved = solve_in_floats(aim, rows)
        self.programs += 1
        self._offer(alpha, inner, kept, solved.distribution)

    def _offer(self, alpha: float, inner: Family, kept: tuple[tuple[int, ...], ...], chances: FloatArray) -> None:
        value = float(inner.at_profiles(alpha) @ chances)
        if value > self.value:
            full = np.zeros(self.family.shape)
            full[np.ix_(*kept)] = chances.reshape(inner.shape)
            self.alpha, self.value, self.best = alpha, value, full

    def bound_of(self, low: float, high: float) -> tuple[float, float]:
        """What no share of [low, high] exceeds, and where to cut."""
        kept = self.family.kept(low, high)
        inner = self.family.within(kept)
        aim, rows, error = inner.over(low, high)
        solved = solve_in_floats(aim, rows)
        self.programs += 1
        limit = bound(aim, rows, solved.multipliers, self.family.aim_error, error)
        middle = (low + high) / 2
        where = inner.feasible(solved.distribution)
        if where is None or where[0] > high or where[1] < low:
            return limit, middle
        first, last = max(low, where[0]), min(high, where[1])
        for alpha in (first, last):
            self._offer(alpha, inner, kept, solved.distribution)
        inside = (alpha for alpha in (first, last) if low + (high - low) / 8 < alpha < high - (high - low) / 8)
        return limit, next(inside, middle)


def search(family: Family, starts: Iterable[float], gap: float) -> Searched:
    """The best share in [0, 1], to within ``gap``.

    Parameters
    ----------
    starts : shares to look at first
    gap : by how much the bound may be above the value, in money; the bound says what is left of it after 3,000 programs
    """
    found = _Search(family.in_floats)
    for alpha in starts:
        found.look_at(alpha)
    limit, cut = found.bound_of(0.0, 1.0)
    nodes = [(-limit, 0.0, 1.0, cut)]
    for _ in track(range(MOST_PROGRAMS), "shares"):
        limit, low, high, cut = -nodes[0][0], *nodes[0][1:]
        if limit <= found.value + gap or found.programs >= MOST_PROGRAMS or not low < cut < high:
            break
        heapq.heappop(nodes)
        found.look_at(cut)
        for ends in ((low, cut), (cut, high)):
            own, place = found.bound_of(*ends)
            heapq.heappush(nodes, (-min(own, limit), *ends, place))
    return Searched(found.alpha, found.value, found.best, max(-nodes[0][0], found.value), found.programs)
