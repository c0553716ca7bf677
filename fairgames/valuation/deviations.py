"""Which method values all deviations of a game: by what its utility offers, and what fits."""

from __future__ import annotations

import math

from fairgames.errors import TooLargeError
from fairgames.text import how_many
from fairgames.typing import IntArray
from fairgames.utilities.base import Utility
from fairgames.utilities.capabilities import DeviationValues
from fairgames.valuation.allocation import PaymentRequest
from fairgames.valuation.deviation_values import DeviationMethod, profile_of
from fairgames.valuation.methods import counts as counted
from fairgames.valuation.methods.table import METHODS
from fairgames.valuation.methods.truncated_counts import payments as truncated
from fairgames.valuation.rules import Rule

#: Counts that a coalition may have, up to which all are looked at.
_ALL_COUNTS = 100_000


def deviation_method_of(utility: Utility, rule: Rule) -> DeviationMethod:
    """The utility's own, one of the methods, or counts of coalitions."""
    found = (method.deviations(utility, rule) for method in METHODS.values())
    return next((one for one in found if one), CoalitionDeviations(utility, rule))


class CoalitionDeviations:
    """Deviation values as the utility gives them; else from U on counts: all where they are few, or the likely ones."""

    def __init__(self, utility: Utility, rule: Rule) -> None:
        self.utility = utility
        self.rule = rule

    def at(self, counts: IntArray) -> DeviationValues:
        """The deviation values with so many users of each type on each level, shape (T, L).

        Raises
        ------
        TooLargeError
            If there are too many counts, and windows cannot help.
        """
        own = self.utility.deviation_values(counts, self.rule.platform_members)
        if own is not None:
            return own
        if (size := math.prod((counts[:, 1:] + 1).ravel().tolist())) <= _ALL_COUNTS:
            return counted.deviations_at(self.utility, counts, self.rule)
        question = PaymentRequest.of(self.utility, profile_of(self.utility, counts), 1, self.rule, exact=False)
        if reason := truncated.why_not(question):
            raise TooLargeError(
                f"Prices of {len(question.profile)} users' deviations with the {self.utility.kind} utility: "
                f"{how_many(size)} counts of coalitions are too many, and windows do not help ({reason}). "
                "Take fewer users, or fewer types."
            )
        return truncated.deviations_at(self.utility, counts, self.rule)
