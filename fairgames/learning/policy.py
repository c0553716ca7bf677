"""What a policy is: it offers a share in each period, and is told what came of it."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from fairgames.learning.market import Market, Ranges, Seen


class Policy(ABC):
    """Offers a share in each period, and is told what came of it."""

    #: Whether it draws: if not, it does the same under each seed.
    random = False

    def __init__(self, market: Market, draw: np.random.Generator, periods: int) -> None:
        self.market, self.draw, self.periods = market, draw, periods

    @abstractmethod
    def offer(self) -> float:
        """The share of this period."""

    @abstractmethod
    def see(self, alpha: float, index: int) -> bool:
        """Take in what was chosen at a share, as the place of the profile among all; whether costs were learned."""


class Informed(Policy):
    """Uses what choices tell of costs."""

    def __init__(self, market: Market, draw: np.random.Generator, periods: int) -> None:
        super().__init__(market, draw, periods)
        self.ranges, self.seen = Ranges(market), Seen()

    def see(self, alpha: float, index: int) -> bool:
        market = self.market
        self.seen.add(alpha, float(market.shared[index]), float((1 - alpha) * market.worth[index]))
        return self.ranges.see(alpha, index)
