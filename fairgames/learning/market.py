"""What a platform knows of its users while it learns: U and P of all profiles, and ranges of costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product

import numpy as np

from fairgames.game import PaymentGame
from fairgames.typing import FloatArray, IntArray, Profile

#: Costs of all users at all their choices, one array a user.
Costs = Sequence[FloatArray]
#: Differences of P that are rounding.
_SAME = 1e-12


@dataclass(frozen=True, eq=False)
class Path:
    """The maximisers of α·P − Σc as α rises.

    Attributes
    ----------
    alpha : where each begins to be the maximiser, ascending from 0
    index : its place among all profiles
    """

    alpha: FloatArray
    index: tuple[int, ...]

    def at(self, alpha: float) -> int:
        """The maximiser at one share; where two are, the one of larger α."""
        return self.index[int(np.searchsorted(self.alpha, alpha, side="right")) - 1]


@dataclass(frozen=True, eq=False)
class Market:
    """A game in floats, for many designs one after another, each in some hundredths of a second."""

    game: PaymentGame

    @cached_property
    def shared(self) -> FloatArray:
        """P of each profile, flat."""
        return self.game.potential.numbers().astype(float).reshape(-1)

    @cached_property
    def worth(self) -> FloatArray:
        """U of each profile, flat."""
        return self.game.utilities.numbers().astype(float).reshape(-1)

    @cached_property
    def costs(self) -> Costs:
        """The game's own costs."""
        return [np.array(row, dtype=float) for row in self.game.costs]

    @cached_property
    def dearest(self) -> Costs:
        """What each choice pays at most, whatever the others do, at α = 1: who bears more never takes it."""
        found = []
        shared = self.shared.reshape(self.game.shape)
        for user in range(len(self.game.users)):
            line = np.moveaxis(shared, user, 0)
            found.append(np.maximum(0.0, (line - line[:1]).reshape(len(line), -1).max(axis=1)))
        return found

    def total(self, costs: Costs) -> FloatArray:
        """Σc of each profile, flat."""
        total: FloatArray = np.zeros(())
        for row in costs:
            total = total[..., None] + row
        return total.reshape(-1)

    @cached_property
    def order(self) -> IntArray:
        """All profiles, those of large P first."""
        return np.argsort(-self.shared, kind="stable")

    def path(self, costs: Costs, among: IntArray | None = None) -> Path:
        """The maximisers of the potential at these costs, of all or of some in order: the lower hull of (P, Σc)."""
        order = self.order if among is None else among
        spent = self.total(costs)[order]
        # Whoever costs no less than one of larger P is never a maximiser: few are left.
        left = np.flatnonzero(spent < np.append(math.inf, np.minimum.accumulate(spent)[:-1]))[::-1]
        index, hull, alphas = order[left].tolist(), [0], [0.0]
        high, cost = self.shared[order[left]].tolist(), spent[left].tolist()
        for k in range(1, len(index)):
            while hull and high[k] - high[hull[-1]] > _SAME:
                meets = (cost[k] - cost[hull[-1]]) / (high[k] - high[hull[-1]])
                if meets > alphas[-1]:
                    break
                hull.pop()
                alphas.pop()
            if not hull or high[k] - high[hull[-1]] > _SAME:
                alphas.append(meets if hull else 0.0)
                hull.append(k)
        reached = sum(alpha <= 1 for alpha in alphas)
        return Path(np.array(alphas[:reached]), tuple(index[k] for k in hull[:reached]))

    def best(self, costs: Costs, seen: Seen | None = None) -> tuple[float, float, int]:
        """The share that is best if users maximise the potential, what the platform keeps there, and the profile.

        With what was ``seen`` at other shares, whose maximisers are known whatever the costs: P at the maximiser rises
        with α, so a profile of larger P than one that was seen takes a larger share, and one of smaller P less.
        """
        path = self.path(costs)
        index = np.array(path.index)
        low, high = path.alpha.copy(), np.append(path.alpha[1:], 1.0)
        if seen is not None and seen.alpha:
            begun, ended = seen.around(self.shared[index])
            # Just above a share at which it was not played yet: half way to where it, or more, was.
            late = begun >= low
            low[late] = (begun[late] + np.minimum(ended[late], np.maximum(high[late], begun[late]))) / 2
            low[(low <= begun) & (begun > 0)] = 1.0
            low[low >= ended] = 1.0
        kept = (1 - low) * self.worth[index]
        k = int(np.argmax(kept))
        return float(low[k]), float(kept[k]), int(index[k])

    def place(self, index: int) -> Profile:
        """The choices of a profile."""
        return tuple(int(choice) for choice in np.unravel_index(index, self.game.shape))


class Seen:
    """What was played at each share that was offered."""

    def __init__(self) -> None:
        self.alpha: list[float] = []
        self.shared: list[float] = []
        self.kept: list[float] = []

    def add(self, alpha: float, shared: float, kept: float) -> None:
        """A share, P of what was played there, and what the platform kept."""
        self.alpha.append(alpha)
        self.shared.append(shared)
        self.kept.append(kept)

    def around(self, shared: FloatArray) -> tuple[FloatArray, FloatArray]:
        """For each P the largest share at which less was played, and the least at which more was; 0 and 1 if none."""
        alpha, there = np.array(self.alpha), np.array(self.shared)
        room = 1e-9 * (1 + np.abs(there))
        less = np.where(there[None, :] < shared[:, None] - room, alpha[None, :], 0.0)
        more = np.where(there[None, :] > shared[:, None] + room, alpha[None, :], 1.0)
        return less.max(axis=1), more.min(axis=1)

    def widest_gap(self) -> tuple[float, float]:
        """The middle of two neighbouring shares, and what is kept there if what was played at the upper one is played.

        Of all gaps the one with the most; a share of 0 that keeps nothing if there is none.
        """
        rows = sorted(zip(self.alpha, self.shared, self.kept, strict=True))
        found = [
            ((1 - (low + high) / 2) * kept / (1 - high), (low + high) / 2)
            for (low, less, _), (high, more, kept) in pairwise(rows)
            if more > less + 1e-9 * (1 + abs(less)) and high < 1 and high - low > 1e-9
        ]
        best, middle = max(found, default=(-math.inf, 0.0))
        return middle, best

    @property
    def best(self) -> tuple[float, float]:
        """The share that kept most, and what."""
        k = int(np.argmax(self.kept))
        return self.alpha[k], self.kept[k]


class Ranges:
    """What is known of each user's costs: bounds on all differences, tightened period by period, in floats."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.most: list[FloatArray] = []
        for row in market.dearest:
            # Entry [a, b] bounds c(b) − c(a).
            bound = np.repeat(row[None, :], len(row), axis=0)
            bound[:, 0] = 0.0
            np.fill_diagonal(bound, 0.0)
            self.most.append(_closed(bound))

    def see(self, alpha: float, index: int) -> bool:
        """Take in what was chosen at a share; whether anything was learned. What contradicts what is known is not."""
        place, learned = self.market.place(index), False
        shared = self.market.shared.reshape(self.market.game.shape)
        for user, chosen in enumerate(place):
            line = np.moveaxis(shared, user, -1)[(*place[:user], *place[user + 1 :])]
            told = self.most[user].copy()
            told[:, chosen] = np.minimum(told[:, chosen], alpha * (line[chosen] - line))
            told = _closed(told)
            if (np.diagonal(told) < -1e-12).any():
                continue  # choices with noise contradict one another: what was known before stays
            learned = learned or bool((told < self.most[user] - 1e-12).any())
            self.most[user] = told
        return learned

    def possible(self) -> IntArray:
        """Profiles that nobody leaves at some share, for some costs in the ranges, those of large P first."""
        market = self.market
        shared = market.shared.reshape(market.game.shape)
        low, high = np.zeros(shared.shape), np.ones(shared.shape)
        for user, bound in enumerate(self.most):
            line, least, most = (np.moveaxis(each, user, 0) for each in (shared, low, high))
            for own, other in product(range(len(bound)), repeat=2):
                rise, cost = line[own] - line[other], -bound[own, other]
                with np.errstate(divide="ignore", invalid="ignore"):
                    meets = cost / rise
                least[own] = np.where(rise > _SAME, np.maximum(least[own], meets), least[own])
                most[own] = np.where(rise < -_SAME, np.minimum(most[own], meets), most[own])
        return market.order[(low <= high + _SAME).reshape(-1)[market.order]]

    @property
    def low(self) -> Costs:
        """The least that each choice may cost."""
        return [np.maximum(0.0, -bound[:, 0]) for bound in self.most]

    @property
    def high(self) -> Costs:
        """The most."""
        return [np.maximum(bound[0], 0.0) for bound in self.most]

    def between(self, part: float) -> Costs:
        """So far from the least to the most."""
        return [low + part * (high - low) for low, high in zip(self.low, self.high, strict=True)]

    def drawn(self, draw: np.random.Generator) -> Costs:
        """Costs drawn from the ranges, one level after another, each uniform on what the ones before leave."""
        found = []
        for bound in self.most:
            costs = np.zeros(len(bound))
            known = [0]
            for level in draw.permutation(np.arange(1, len(bound))).tolist():
                low = max(costs[other] - bound[level, other] for other in known)
                high = min(costs[other] + bound[other, level] for other in known)
                costs[level] = draw.uniform(low, max(low, high))
                known.append(level)
            found.append(np.maximum(costs, 0.0))
        return found


def _closed(bound: FloatArray) -> FloatArray:
    """All that bounds on differences say of one another: shortest paths."""
    found = bound.copy()
    for middle in range(len(found)):
        found = np.minimum(found, found[:, middle, None] + found[None, middle, :])
    return found
