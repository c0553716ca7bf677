"""A share and the symmetric equilibrium that it is valued at, and which of several is best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.certain import Around, Rational, Real, Reals
from fairgames.equilibria.symmetric.exchangeable import Exchangeable
from fairgames.equilibria.symmetric.precision import width
from fairgames.equilibria.symmetric.two_levels import ZERO
from fairgames.errors import NoAnswerError
from fairgames.mechanism.candidates import compared, to_reals
from fairgames.mechanism.choosing import Winner, choose, each_once
from fairgames.typing import Profile

#: Strategies this close are one, where floats led to them.
_SAME = Fraction(1, 10**9)

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
    exact : whether strategy, α and values are the rationals of the game, or of the one that stands for it
    interval : the α at which this equilibrium or its branch is selected; None under Theorem 1
    attained : whether the value is reached, or only approached from inside the interval
    blur, off : how far ``alpha`` and ``utility`` may be off
    """

    strategy: tuple[Fraction, ...]
    alpha: Fraction | None
    value: Fraction
    utility: Fraction
    error: Fraction
    exact: bool
    interval: Interval | None
    attained: bool
    blur: Fraction = ZERO
    off: Fraction = ZERO

    @classmethod
    def paying(
        cls,
        strategy: tuple[Fraction, ...],
        alpha: Fraction,
        utility: Fraction,
        off: Fraction,
        exact: bool,
        interval: Interval | None = None,
        attained: bool = True,
        blur: Fraction = ZERO,
    ) -> SymmetricCandidate:
        """One of Theorem 2: it keeps (1 − α)·U; the interval is α alone where none is given."""
        value, error = (1 - alpha) * utility, (1 - alpha) * off + blur * (abs(utility) + off)
        return cls(strategy, alpha, value, utility, error, exact, interval or (alpha, alpha), attained, blur, off)

    @property
    def profile(self) -> Profile | None:
        """The level that everybody is on, once for all; None where they mix."""
        return (self.strategy.index(1),) if 1 in self.strategy else None

    @property
    def strategies(self) -> tuple[tuple[Fraction, ...], ...]:
        """What everybody plays, once for all."""
        return (self.strategy,)

    @property
    def share(self) -> Fraction:
        """α; 0 under Theorem 1."""
        return self.alpha or ZERO

    @property
    def errors(self) -> Interval:
        """How far value and share may be off."""
        return self.error, self.blur

    @property
    def exactly(self) -> tuple[Real, Real]:
        """Value and share, as far as they are known."""
        return around(self.value, self.error), around(self.share, self.blur)

    @property
    def paid_error(self) -> Fraction:
        """How far ``paid`` may be off."""
        return (
            self.error + self.off
            if self.alpha is None
            else self.alpha * self.off + self.blur * (abs(self.utility) + self.off)
        )

    @property
    def paid(self) -> Fraction:
        """What is paid out in all."""
        return self.utility - self.value


def around(value: Fraction, error: Fraction) -> Real:
    return Around(value, error) if error else Rational(value)


def payouts(found: Sequence[SymmetricCandidate], source: Exchangeable) -> Reals:
    """What is paid out at each, by the rationals that the game is or that stand for it."""
    paid, errors = [one.paid for one in found], [one.paid_error for one in found]

    def real(k: int) -> Real | None:
        return around(paid[k], errors[k]) if source.known or not errors[k] else None

    return to_reals(paid, errors, real, True, "payouts")


def within(found: Iterable[SymmetricCandidate], cap: Fraction | None, source: Exchangeable) -> list[SymmetricCandidate]:
    """Those that pay out at most ``cap``; one that is approached from above must leave room."""
    found = list(found)
    if cap is None or not found:
        return found
    below, equal = payouts(found, source).at_most(cap, source.judge)
    room = [one.attained or one.utility <= 0 for one in found]
    return [one for one, less, same, free in zip(found, below, equal, room, strict=True) if less or (same and free)]


def ranked(
    found: Sequence[SymmetricCandidate], source: Exchangeable, nothing: NoAnswerError
) -> Winner[SymmetricCandidate]:
    """The order of some candidates, as of all others (:mod:`fairgames.mechanism.choosing`).

    What the roots that strategies come from may be off by does not tell two of them apart.
    """
    close = 256 * width() if source.known and len(source.levels) == 2 else _SAME
    apart = each_once(found, close)
    proven = np.full(len(apart), source.known)
    return choose(
        compared(apart, source.exact, source.known),
        source.judge,
        lambda k: iter([apart[k]]),
        nothing,
        proven,
        mixing=True,
    )
