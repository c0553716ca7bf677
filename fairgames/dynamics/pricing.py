"""Which method prices all deviations of a game: by what its utility allows, and what fits."""

from __future__ import annotations

import numpy as np

from fairgames.population.payments import Coalitions
from fairgames.typing import IntArray
from fairgames.utilities.base import Utility
from fairgames.utilities.federated_mean import FederatedMean
from fairgames.values.prices import Prices, Pricing
from fairgames.values.rules import Rule


def pricing_of(utility: Utility, rule: Rule) -> Pricing:
    """By exponential sums, or by counts of coalitions.

    Raises
    ------
    InputError
        If neither is for this utility and so many users.
    """
    if isinstance(utility, FederatedMean) and utility.aggregation == "equal":
        from fairgames.sums.prices import FederatedPricing

        return FederatedPricing(utility, rule.extra)
    return CountPricing(utility, rule.extra)


class CountPricing:
    """Prices from U at all counts that a coalition may have: for few users, or many of few types."""

    def __init__(self, utility: Utility, extra: int) -> None:
        self.utility = utility
        self.extra = extra
        self._types = np.array(utility.types)

    def at(self, counts: IntArray) -> Prices:
        """With so many users of each type on each level, shape (T, L).

        Raises
        ------
        TooLargeError
            Before allocating, if U of all counts does not fit in memory.
        """
        n_levels = counts.shape[1]
        profile = np.zeros(len(self._types), dtype=np.int64)
        for number, row in enumerate(counts):
            profile[self._types == number] = np.repeat(np.arange(n_levels), row)
        coalitions = Coalitions(self.utility, profile.tolist(), exact=False)
        values = np.full((len(counts), n_levels, n_levels), np.nan)
        for number, row in enumerate(counts):
            moves = [(x, y) for x in np.flatnonzero(row).tolist() for y in range(n_levels)]
            for (x, y), value in coalitions.values(number, moves, self.extra).items():
                values[number, x, y] = value
        by_size = coalitions.mean_by_size()
        sizes = np.arange(len(by_size))
        weights = (
            np.full(len(sizes), 1 / len(sizes)) if self.extra else np.where(sizes > 0, 1 / np.maximum(sizes, 1), 0)
        )
        error = coalitions.error_bound * float(weights.sum())
        return Prices(
            values, float(coalitions.tensor.flat[-1]), float(weights @ by_size), coalitions.error_bound, error
        )
