"""Payments in proportion to privacy levels, whatever each user's data are worth: a rule without a potential."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from fairgames.typing import Array
from fairgames.valuation.rules.base import Coalitions, Rule


class Proportional(Rule):
    """φ_i = U(ρ)·ρ_i/Σ_j ρ_j (Hu & Gong 2020: the reward is divided by privacy budgets).

    Where levels are infinite, those who chose one divide U equally: the limit of any that grow alike.
    """

    name = "proportional"
    source = "Hu & Gong 2020: in proportion to the level"
    steepness = 1.0

    def values(self, coalitions: Coalitions) -> Array:
        return np.asarray(coalitions.numbers(_parts(coalitions.levels)) * coalitions.total)


def _parts(levels: tuple[Fraction | float, ...]) -> list[Fraction]:
    """What each gets of 1."""
    if endless := sum(level == math.inf for level in levels):
        return [Fraction(int(level == math.inf), endless) for level in levels]
    whole = sum((Fraction(level) for level in levels), start=Fraction(0))
    return [Fraction(level) / whole for level in levels]
