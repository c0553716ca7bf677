"""What would be lost without the user: a rule that counts the largest coalition alone."""

from __future__ import annotations

from fractions import Fraction

from fairgames.valuation.rules.semivalues import Semivalue


class LeaveOneOut(Semivalue):
    """φ_i = U(ρ) − U(ρ with ρ_i = 0).

    The values add up to U by chance only; two who can stand in for one another get nothing. P = U is the potential.
    """

    name = "leave-one-out"
    source = "Cook 1977; of data: Ghorbani & Zou 2019"

    def weight(self, size: int, n: int) -> Fraction:
        return Fraction(int(size == n - 1))
