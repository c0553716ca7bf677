"""Which method values all deviations of a game: by what its utility allows, and what fits."""

from __future__ import annotations

import math

import numpy as np

from fairgames.errors import TooLargeError
from fairgames.text import how_many
from fairgames.typing import FloatArray, IntArray
from fairgames.utilities.base import Utility
from fairgames.utilities.federated_mean import FederatedMean
from fairgames.valuation.allocation import PaymentRequest
from fairgames.valuation.deviation_values import DeviationMethod, DeviationValues
from fairgames.valuation.methods.counts import CountedCoalitions
from fairgames.valuation.methods.truncated_counts.payments import TruncatedCounts, why_not
from fairgames.valuation.rules import Rule

#: Counts that a coalition may have, up to which all are looked at.
_ALL_COUNTS = 100_000


def deviation_method_of(utility: Utility, rule: Rule) -> DeviationMethod:
    """By exponential sums, or by counts of coalitions."""
    if isinstance(utility, FederatedMean) and utility.aggregation == "equal":
        from fairgames.valuation.methods.exponential_sums.deviation_values import FederatedDeviations

        return FederatedDeviations(utility, rule.platform_members)
    return CoalitionDeviations(utility, rule)


class CoalitionDeviations:
    """Prices from U of coalitions by counts: of all counts where they are few, else of the likely ones."""

    def __init__(self, utility: Utility, rule: Rule) -> None:
        self.utility = utility
        self.rule = rule
        self._types = np.array(utility.types)

    def at(self, counts: IntArray) -> DeviationValues:
        """With so many users of each type on each level, shape (T, L).

        Raises
        ------
        TooLargeError
            If there are too many counts, and windows cannot help.
        """
        profile = self._profile(counts)
        if (size := math.prod((counts[:, 1:] + 1).ravel().tolist())) <= _ALL_COUNTS:
            return self._by_counts(counts, profile)
        question = PaymentRequest.of(self.utility, profile, 1, self.rule, exact=False)
        if reason := why_not(question):
            raise TooLargeError(
                f"Prices of {len(profile)} users' deviations with the {self.utility.kind} utility: {how_many(size)} "
                f"counts of coalitions are too many, and windows do not help ({reason}). "
                "Take fewer users, or fewer types."
            )
        return self._by_windows(counts)

    def _profile(self, counts: IntArray) -> IntArray:
        levels = np.arange(counts.shape[1])
        profile = np.zeros(len(self._types), dtype=np.int64)
        for number, row in enumerate(counts):
            profile[self._types == number] = np.repeat(levels, row)
        return profile

    def _by_counts(self, counts: IntArray, profile: IntArray) -> DeviationValues:
        coalitions, extra = CountedCoalitions(self.utility, profile.tolist(), exact=False), self.rule.platform_members
        values = _nobody(counts)
        for number, row in enumerate(counts):
            _put(values, number, coalitions.values(number, _moves(row), extra))
        by_size = coalitions.mean_by_size()
        sizes = np.arange(len(by_size))
        weights = np.full(len(sizes), 1 / len(sizes)) if extra else np.where(sizes > 0, 1 / np.maximum(sizes, 1), 0.0)
        error = coalitions.error_bound
        return DeviationValues(
            values, float(coalitions.total), float(weights @ by_size), error, error * float(weights.sum())
        )

    def _by_windows(self, counts: IntArray) -> DeviationValues:
        windows, values = TruncatedCounts(self.utility, counts, self.rule.platform_members), _nobody(counts)
        potential, potential_error = windows.potential, windows.error
        for number, row in enumerate(counts):
            _put(values, number, windows.values(number, _moves(row)))
        return DeviationValues(values, windows.total, potential, windows.error, potential_error)


def _nobody(counts: IntArray) -> FloatArray:
    return np.full((*counts.shape, counts.shape[1]), np.nan)


def _moves(row: IntArray) -> list[tuple[int, int]]:
    """From every level where somebody is to every level."""
    return [(x, y) for x in np.flatnonzero(row).tolist() for y in range(len(row))]


def _put(values: FloatArray, number: int, found: dict[tuple[int, int], float]) -> None:
    for (x, y), value in found.items():
        values[number, x, y] = value
