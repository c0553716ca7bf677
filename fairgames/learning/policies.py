"""Which share to offer next: policies that use what choices tell of costs, and bandits that see earnings only."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from fairgames.learning.knowledge_gradient import KnowledgeGradient
from fairgames.learning.market import Costs, Market
from fairgames.learning.policy import Informed, Policy


class Greedy(Informed):
    """Offers what is best at some costs that fit, while that promises more than was seen.

    Then it halves the gap between two shares that were offered, as long as what was played at the upper one would earn
    more there; and then it stays at the best share that it has seen.
    """

    @abstractmethod
    def costs(self) -> Costs:
        """The costs to count on in this period."""

    def offer(self) -> float:
        alpha, hoped, _ = self.market.best(self.costs(), self.seen)
        if not self.seen.alpha:
            return alpha
        known, kept = self.seen.best
        enough = kept + self.worth_trying * abs(kept)
        if hoped > enough:
            return alpha
        between, at_best = self.seen.widest_gap()
        return between if at_best > enough else known

    @property
    def worth_trying(self) -> float:
        """The part of what was kept at best that a try has to promise more: less is not regained in all periods."""
        return 1 / self.periods


class Thompson(Greedy):
    """The best share at costs that are drawn from those that fit (Thompson 1933)."""

    random = True

    def costs(self) -> Costs:
        return self.ranges.drawn(self.draw)


class Optimism(Greedy):
    """The best share at low costs: a quarter of the way up their ranges, as the lowest would teach nothing."""

    def costs(self) -> Costs:
        return self.ranges.between(0.25)


class Robust(Greedy):
    """The best share in the middle of the ranges, which halves them whatever is chosen.

    At the highest costs everybody is, to begin with, one who shares for all of U only: that would teach nothing.
    """

    def costs(self) -> Costs:
        return self.ranges.between(0.5)


class Ucb(Policy):
    """UCB1 on a grid of shares (Auer, Cesa-Bianchi & Fischer 2002), rewards taken as parts of the largest U."""

    arms = 20

    def __init__(self, market: Market, draw: np.random.Generator, periods: int) -> None:
        super().__init__(market, draw, periods)
        self.shares = (np.arange(self.arms) + 0.5) / self.arms
        self.times, self.sums = np.zeros(self.arms), np.zeros(self.arms)
        self.scale = float(market.worth.max()) or 1.0

    def offer(self) -> float:
        if not self.times.all():
            return float(self.shares[int(np.argmin(self.times))])
        width = np.sqrt(2 * math.log(self.times.sum()) / self.times)
        return float(self.shares[int(np.argmax(self.sums / self.times + width))])

    def see(self, alpha: float, index: int) -> bool:
        arm = int(np.argmin(np.abs(self.shares - alpha)))
        self.times[arm] += 1
        self.sums[arm] += (1 - alpha) * self.market.worth[index] / self.scale
        return False


class FixedPrice(Ucb):
    """Each share of a coarse grid once, and from then on the one that earned most on average: explore, then commit.

    That is one price for all, found by trying, as markets for data post it. The grid has ⌈(T / log T)^(1/3)⌉ shares, as
    Kleinberg & Leighton (2003) take against whatever valuations; they play Exp3 on it, as theirs change.
    """

    def __init__(self, market: Market, draw: np.random.Generator, periods: int) -> None:
        self.arms = max(2, math.ceil((periods / math.log(max(periods, 3))) ** (1 / 3)))
        super().__init__(market, draw, periods)

    def offer(self) -> float:
        if not self.times.all():
            return float(self.shares[int(np.argmin(self.times))])
        return float(self.shares[int(np.argmax(self.sums / self.times))])


#: All policies, by name.
POLICIES: Mapping[str, type[Policy]] = MappingProxyType(
    {
        "knowledge-gradient": KnowledgeGradient,
        "robust": Robust,
        "optimism": Optimism,
        "thompson": Thompson,
        "ucb": Ucb,
        "fixed-price": FixedPrice,
    }
)
