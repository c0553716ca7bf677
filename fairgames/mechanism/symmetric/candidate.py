"""A share and the symmetric equilibrium that it is valued at, and which of several is best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.certain import Around, Rational, Real, Reals
from fairgames.equilibria.symmetric.exchangeable import Exchangeable
from fairgames.equilibria.symmetric.precision import width
from fairgames.equilibria.symmetric.two_levels import ONE, ZERO
from fairgames.exact import object_array
from fairgames.mechanism.choosing import Winner, choose
from fairgames.mechanism.selections.candidates import Candidates
from fairgames.typing import Profile
from fairgames.utilities.snapshot import near

_EPSILON = float(np.finfo(float).eps)

#: Strategies this close are one, where floats led to them.
_SAME = Fraction(1, 10**9)

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

    @property
    def profile(self) -> Profile | None:
        """The level that everybody is on, once for all; None where they mix."""
        return (self.strategy.index(1),) if 1 in self.strategy else None

    @property
    def strategies(self) -> tuple[tuple[Fraction, ...], ...]:
        """What everybody plays, once for all."""
        return (self.strategy,)

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


def within(found: Iterable[SymmetricCandidate], cap: Fraction | None, source: Exchangeable) -> list[SymmetricCandidate]:
    """Those that pay out at most ``cap``; what its error leaves open is among them, and is told to the judge."""
    if cap is None:
        return list(found)
    kept = []
    for one in found:
        room = one.paid_error if source.known else one.paid_error + _ROUNDING * (cap + abs(one.utility))
        if one.paid <= cap + room:
            kept.append(one)
            if room and one.paid >= cap - room:
                _leave_open(source, f"whether some payouts within their error of {float(cap):.6g} exceed it")
    return kept


def _leave_open(source: Exchangeable, what: str) -> None:
    """What a closer look decides is a near tie of this one."""
    if source.known:
        source.judge.near_ties += 1
    else:
        source.judge.leave_open(what)


@dataclass(frozen=True, eq=False)
class Optimum:
    """The best candidate, others of the same value, the best of strictly lower value, and what stayed open."""

    chosen: Winner[SymmetricCandidate]
    undecided: tuple[str, ...]

    @property
    def winner(self) -> SymmetricCandidate:
        """The best one."""
        return self.chosen.winner

    @property
    def ties(self) -> tuple[SymmetricCandidate, ...]:
        """Others of the same value."""
        return self.chosen.ties

    @property
    def runner_up(self) -> SymmetricCandidate | None:
        """The best of strictly lower value."""
        return self.chosen.runner_up


def ranked(found: Sequence[SymmetricCandidate], source: Exchangeable) -> Optimum | None:
    """The order of some candidates, as of all others (:mod:`fairgames.mechanism.choosing`); None if there are none."""
    apart = _distinct(found, source)
    proven = np.full(len(apart), source.known)
    chosen = choose(_compared(apart, source), source.judge, proven, lambda k: iter([apart[k]]), mixing=True)
    return None if chosen is None else Optimum(chosen, tuple(source.judge.undecided))


def _compared(found: Sequence[SymmetricCandidate], source: Exchangeable) -> Candidates:
    """Their values and shares, to compare for certain."""
    ends = [one.interval or (ONE, ONE) for one in found]
    return Candidates(
        _reals([one.value for one in found], [one.error for one in found], source, "values to the platform"),
        _reals(
            [ZERO if one.alpha is None else one.alpha for one in found], [one.blur for one in found], source, "shares"
        ),
        np.arange(len(found)),
        object_array(low for low, _ in ends),
        object_array(high for _, high in ends),
        np.array([one.attained for one in found], dtype=bool),
    )


def _reals(values: Sequence[Fraction], errors: Sequence[Fraction], source: Exchangeable, what: str) -> Reals:
    if source.exact and not any(errors):
        return Reals.rational(object_array(values), what)

    def exactly(k: int) -> Real | None:
        if not source.known:
            return None
        real = Around(values[k], errors[k]) if errors[k] else Rational(values[k])
        return real if source.exact else near(real)

    floats = np.array(list(map(float, values)))
    return Reals(floats, np.array(list(map(float, errors))) + 4 * _EPSILON * np.abs(floats), exactly, what)


def _distinct(found: Sequence[SymmetricCandidate], source: Exchangeable) -> list[SymmetricCandidate]:
    """Each equilibrium once, where it is worth most: by α, what is attained first, more weight on lower levels.

    What the roots that strategies come from may be off by does not tell two of them apart.
    """
    close = 256 * width() if source.known and len(source.levels) == 2 else _SAME
    kept: list[SymmetricCandidate] = []
    for one in sorted(found, key=lambda one: (-one.value, *_order(one))):
        if all(max(abs(a - b) for a, b in zip(one.strategy, other.strategy, strict=True)) > close for other in kept):
            kept.append(one)
    return sorted(kept, key=_order)


def _order(one: SymmetricCandidate) -> tuple[Fraction, bool, tuple[Fraction, ...]]:
    return one.alpha or ZERO, not one.attained, tuple(-chance for chance in one.strategy)
