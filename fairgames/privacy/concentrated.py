"""Zero-concentrated differential privacy (Bun & Steinke 2016), each user with a ρ of its own."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import ClassVar

from fairgames.errors import InputError
from fairgames.privacy.differential import PURE_DP, PrivacyOfEachUser
from fairgames.privacy.framework import Level
from fairgames.privacy.linear import LinearMechanism
from fairgames.typing import Number

#: Square roots are rounded up by less than this share.
_ROOT_BITS = 80


class ConcentratedDP(PrivacyOfEachUser):
    """Heterogeneous ρ-zCDP: E = [0, ∞], and A is in A(ρ) iff for every user i and all α > 1

        D_α(A(x) ‖ A(x′)) ≤ ρ_i·α

    for all x, x′ ∈ Xᴺ that differ in the data of user i only; D_α is the Rényi divergence
    (Bun & Steinke 2016, Definition 1.1).

    Notes
    -----
    What is spent adds up (Lemma 1.7 there), also where budgets differ between users and the next
    release is chosen in view of earlier ones (Feldman & Zrnic 2021).

    >>> ZERO_CONCENTRATED_DP.received("1/2")
    'outputs on which the data of the user have a Rényi divergence of order α of at most α·1/2'
    """

    name: ClassVar[str] = "zero-concentrated differential privacy"
    symbol: ClassVar[str] = "ρ"
    promise: ClassVar[str] = "on which the data of the user have a Rényi divergence of order α of at most α·{}"


#: The framework of ρ-zCDP; it has no parameters.
ZERO_CONCENTRATED_DP = ConcentratedDP()


class LinearGaussianMechanism(LinearMechanism):
    """A(x) = a + wᵀx + Z with Z ~ N(0, σ²), on data x_i ∈ [lower, upper]; all numbers exact.

    Its privacy loss towards user i is ρ = (|w_i|·(upper − lower))²/(2σ²) (Bun & Steinke 2016,
    Proposition 1.6). No finite ε is kept.

    Parameters
    ----------
    weights : w, one number a user, read as written
    noise : the standard deviation σ ≥ 0; 0 means no noise
    bounds : lower < upper
    intercept : a, which no user's data enter

    Raises
    ------
    InputError
        Naming every fault at once.

    >>> mechanism = LinearGaussianMechanism(["1/4", "3/4"], noise="1/4")
    >>> ZERO_CONCENTRATED_DP.check(mechanism, ["1/2", 5]).holds
    True
    >>> print(ZERO_CONCENTRATED_DP.check(mechanism, ["1/2", 2]).reason)
    user 2: ρ is 2, but the privacy loss (|w|·(upper − lower))²/(2σ²) is 9/2; expected a noise scale σ of at least 3/8
    """

    symbol, scale_symbol, formula = "ρ", "σ", "(|w|·(upper − lower))²/(2σ²)"

    @classmethod
    def framework(cls) -> ConcentratedDP:
        """ρ of zero-concentrated differential privacy."""
        return ZERO_CONCENTRATED_DP

    def loss(self, user: int) -> Level:
        """The smallest ρ that the mechanism keeps for ``user``."""
        if (reach := self.reach(user)) == 0:
            return Fraction(0)
        return reach**2 / (2 * self.noise**2) if self.noise else math.inf

    def enough(self, user: int, level: Level) -> Fraction:
        """A standard deviation σ that keeps ρ = ``level`` > 0: the smallest one, if it is irrational rounded up."""
        return root_above(self.reach(user) ** 2 / (2 * Fraction(level)))


def zcdp_of_pure(epsilon: Number) -> Level:
    """ρ = ε²/2, which every mechanism keeps that keeps ε (Bun & Steinke 2016, Proposition 1.4).

    Raises
    ------
    InputError
        If ε is no number ≥ 0 or inf.

    >>> zcdp_of_pure("1/10")
    Fraction(1, 200)
    """
    (level,) = PURE_DP.profile([epsilon])
    return level**2 / 2


def approximate_of_zcdp(rho: Number, delta: float) -> float:
    """An ε with which whoever keeps ρ keeps (ε, δ): ρ + 2·√(ρ·ln(1/δ)) (Bun & Steinke 2016, Proposition 1.3).

    Raises
    ------
    InputError
        If ρ is no number ≥ 0, or δ is not between 0 and 1.

    >>> round(approximate_of_zcdp("1/2", 1e-6), 3)
    5.757
    """
    (level,) = ZERO_CONCENTRATED_DP.profile([rho])
    if not 0 < delta < 1:
        raise InputError(f"delta: got {delta}, expected a number between 0 and 1")
    return float(level) + 2 * math.sqrt(float(level) * math.log(1 / delta))


def root_above(value: Fraction) -> Fraction:
    """√value where that is rational; else a rational above it by a share of at most 2⁻⁸⁰.

    >>> root_above(Fraction(9, 4)), root_above(Fraction(2)) ** 2 > 2
    (Fraction(3, 2), True)
    """
    top, below = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if top**2 == value.numerator and below**2 == value.denominator:
        return Fraction(top, below)
    # √(p/q) = √(p·q)/q, with bits enough in front of the point.
    shift = 2 * max(0, _ROOT_BITS + 1 - (value.numerator * value.denominator).bit_length() // 2)
    return Fraction(math.isqrt(value.numerator * value.denominator << shift) + 1, value.denominator << shift // 2)
