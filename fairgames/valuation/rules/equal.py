"""The same for everybody who shares."""

from __future__ import annotations

import numpy as np

from fairgames.typing import Array
from fairgames.valuation.rules.base import Coalitions, Rule


class EqualSplit(Rule):
    """φ_i = U(ρ)/n for each of the n users who share."""

    name = "equal-split"
    source = "egalitarian division (Yu et al. 2020)"
    steepness = 1.0

    def values(self, coalitions: Coalitions) -> Array:
        n = len(coalitions)
        return np.asarray(coalitions.numbers([1] * n) * coalitions.total / n)
