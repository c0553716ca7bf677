"""A share and the symmetric equilibrium that it is valued at, and which of several is best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fairgames.equilibria.symmetric import ZERO

#: What counts as rounding in a comparison of payments with a cap: about that of a float.
_ROUNDING = Fraction(1, 2**50)

Interval = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class SymmetricCandidate:
    """A share, the symmetric equilibrium that it is valued at, and what the platform keeps.

    Attributes
    ----------
    strategy : probability of each of the L levels
    alpha : the share; None under Theorem 1
    value, utility : what the platform keeps, and U(p)
    error : how far ``value`` may be off; 0 where it is exact
    exact : whether strategy, α and values are the rationals that they are said to be
    interval : the α at which this equilibrium or its branch is selected; None under Theorem 1
    attained : whether the value is reached, or only approached from inside the interval
    """

    strategy: tuple[Fraction, ...]
    alpha: Fraction | None
    value: Fraction
    utility: Fraction
    error: Fraction
    exact: bool
    interval: Interval | None
    attained: bool

    @property
    def paid(self) -> Fraction:
        """What is paid out in all."""
        return self.utility - self.value


def within(found: Iterable[SymmetricCandidate], cap: Fraction | None) -> list[SymmetricCandidate]:
    """Those that pay out at most ``cap``, up to rounding where they are not exact."""
    return [one for one in found if cap is None or one.paid <= cap + _slack(one, cap)]


def _slack(one: SymmetricCandidate, cap: Fraction) -> Fraction:
    return ZERO if one.exact else one.error + _ROUNDING * (cap + abs(one.utility))


@dataclass(frozen=True, eq=False)
class Optimum:
    """The best candidate, others of the same value, and the best of strictly lower value."""

    winner: SymmetricCandidate
    ties: tuple[SymmetricCandidate, ...]
    runner_up: SymmetricCandidate | None


def ranked(found: Sequence[SymmetricCandidate]) -> Optimum:
    """The order of some candidates: of equal values the lowest α wins, then more weight on lower levels."""
    top = max(found, key=lambda one: one.value)
    equal = [one for one in found if top.value - one.value <= top.error + one.error]
    below = [one for one in found if top.value - one.value > top.error + one.error]
    distinct: dict[tuple[float, ...], SymmetricCandidate] = {}
    for one in sorted(equal, key=_order):
        distinct.setdefault(tuple(round(float(chance), 9) for chance in one.strategy), one)
    winner, *ties = distinct.values()
    return Optimum(winner, tuple(ties), min(below, key=lambda one: (-one.value, *_order(one)), default=None))


def _order(one: SymmetricCandidate) -> tuple[Fraction, bool, tuple[Fraction, ...]]:
    return one.alpha or ZERO, not one.attained, tuple(-chance for chance in one.strategy)
