"""The same for everybody who shares."""

from __future__ import annotations

from fractions import Fraction

from fairgames.valuation.rules.parts import Parts


class EqualSplit(Parts):
    """φ_i = U(ρ)/n for each of the n users who share."""

    name = "equal-split"
    source = "egalitarian division (Yu et al. 2020)"

    def part(self, _user: int, _level: Fraction | float) -> Fraction:
        return Fraction(1)
