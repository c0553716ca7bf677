"""Payments in proportion to privacy levels, whatever each user's data are worth: a rule without a potential."""

from __future__ import annotations

from fractions import Fraction

from fairgames.valuation.rules.parts import Parts


class Proportional(Parts):
    """φ_i = U(ρ)·ρ_i/Σ_j ρ_j (Hu & Gong 2020: the reward is divided by privacy budgets).

    Where levels are infinite, those who chose one divide U equally: the limit of any that grow alike.
    """

    name = "proportional"
    source = "Hu & Gong 2020: in proportion to the level"

    def part(self, _user: int, level: Fraction | float) -> Fraction | float:
        return level
