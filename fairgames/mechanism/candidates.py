"""Candidates: shares that may be best, each with the equilibrium that it is valued at; and which a budget leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

import numpy as np

from fairgames.certain import Judge, Rational, Real, Reals
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.exact import object_array
from fairgames.typing import Array, BoolArray, IntArray
from fairgames.utilities.snapshot import near

_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Compared:
    """What decides among candidates, one entry each.

    Attributes
    ----------
    value : what the platform keeps
    alpha : the share
    """

    value: Reals
    alpha: Reals

    def __len__(self) -> int:
        return len(self.value.values)

    def followed_by(self, other: Compared) -> Compared:
        """These, and then those."""
        return Compared(self.value.followed_by(other.value), self.alpha.followed_by(other.alpha))


@dataclass(frozen=True, eq=False)
class Candidates(Compared):
    """Shares that may be best, each with one of the equilibria of a pool.

    Attributes
    ----------
    position : which of the equilibria is selected there
    lower, upper : the α at which the selection is that equilibrium
    attained : whether the value is reached at ``alpha`` or only approached
    """

    position: IntArray
    lower: Array
    upper: Array
    attained: BoolArray

    def select(self, chosen: Array) -> Candidates:
        """Those at a mask or at positions ``chosen``."""
        positions = np.arange(len(self))[chosen]
        return Candidates(
            self.value.at(positions),
            self.alpha.at(positions),
            self.position[positions],
            self.lower[positions],
            self.upper[positions],
            self.attained[positions],
        )


@dataclass(frozen=True, eq=False)
class OneGame:
    """The equilibria of a game without share (Theorem 1).

    Attributes
    ----------
    kept, paid : what the platform keeps at each, and what a budget has to cover
    stable : whether each is strict
    judge : decides comparisons
    potential : gives Φ of each
    """

    kept: Reals
    paid: Reals
    stable: BoolArray
    judge: Judge
    potential: Callable[[], Reals]


class Found(Protocol):
    """A candidate by itself: of mixed equilibria, whose numbers are rationals with bounds on their errors."""

    @property
    def strategies(self) -> Sequence[Iterable[Fraction]]: ...
    @property
    def value(self) -> Fraction: ...
    @property
    def share(self) -> Fraction: ...
    @property
    def attained(self) -> bool: ...
    @property
    def errors(self) -> tuple[Fraction | float, Fraction | float]:
        """How far value and share may be off."""
        ...

    @property
    def exactly(self) -> tuple[Real, Real]:
        """Value and share themselves."""
        ...


def compared(found: Sequence[Found], exact: bool, known: bool, error: float = 0.0) -> Compared:
    """One by one found, now to be compared as all are.

    Parameters
    ----------
    exact, known : whether U is rational, and whether it is known for certain
    error : of values beside their own, where U is not known
    """

    def reals(numbers: list[Fraction], which: int, what: str) -> Reals:
        errors = [one.errors[which] for one in found]
        return to_reals(numbers, errors, lambda k: found[k].exactly[which] if known else None, exact, what)

    value = reals([one.value for one in found], 0, "values to the platform")
    return Compared(replace(value, errors=value.errors + error), reals([one.share for one in found], 1, "shares"))


def to_reals(
    numbers: Sequence[Fraction],
    errors: Sequence[Fraction | float],
    real: Callable[[int], Real | None],
    exact: bool,
    what: str,
) -> Reals:
    """Rationals with bounds on their errors; each is ``real``, if known, or near it where that is of a snapshot."""
    if exact and not any(errors):
        return Reals.rational(object_array(numbers), what)

    def exactly(k: int) -> Real | None:
        number = real(k)
        return number if exact or number is None else near(number)

    floats = np.array(list(map(float, numbers)))
    return Reals(floats, np.array(list(map(float, errors))) + 4 * _EPSILON * np.abs(floats), exactly, what)


def at_best_end(equilibria: PureEquilibria) -> Candidates:
    """Each equilibrium at the end of its interval where the platform keeps most: the lower, if what is paid is ≥ 0."""
    negative, _ = equilibria.totals().at_most(Fraction(0), equilibria.judge)
    ends = equilibria.ends("lower").followed_by(equilibria.ends("upper"))
    position = np.arange(len(equilibria))
    alpha = ends.at(position + len(equilibria) * negative)
    return Candidates(
        kept(equilibria, position, alpha),
        alpha,
        position,
        equilibria.lower,
        equilibria.upper,
        np.ones(len(equilibria), dtype=bool),
    )


def kept(equilibria: PureEquilibria, position: IntArray, alpha: Reals) -> Reals:
    """(1 − α)·U of the equilibria at ``position``, one share each; U − α·Σφ where values do not add up to U."""
    utility = equilibria.utilities().at(position)
    if equilibria.total is not None:
        return utility.minus_each(paid(equilibria, position, alpha))

    def exactly(k: int) -> Real | None:
        share, worth = alpha.exactly(k), utility.exactly(k)
        return None if share is None or worth is None else worth - share * worth

    values = (1 - alpha.values) * utility.values
    if utility.exact:
        return Reals(values, utility.errors, exactly, "values to the platform")
    size = np.abs(utility.values)
    errors = (size + utility.errors) * (alpha.errors + 4 * _EPSILON) + utility.errors
    return Reals(values, errors, exactly, "values to the platform")


def paid(equilibria: PureEquilibria, position: IntArray, alpha: Reals) -> Reals:
    """α·U of the equilibria at ``position``, one share each; α·Σφ where values do not add up to U."""
    return _times(equilibria.totals().at(position), alpha)


def owed(equilibria: PureEquilibria, position: IntArray, alpha: Reals) -> Reals:
    """What a budget has to cover at the equilibria at ``position``, one share each: what is paid out, if no more."""
    return _times(equilibria.payouts().at(position), alpha)


def _times(utility: Reals, alpha: Reals) -> Reals:

    def exactly(k: int) -> Real | None:
        share, worth = alpha.exactly(k), utility.exactly(k)
        return None if share is None or worth is None else share * worth

    size, room = np.abs(np.asarray(utility.values, dtype=float)), 0 if utility.exact else 4 * _EPSILON
    errors = (size + utility.errors) * (alpha.errors + room) + utility.errors
    return Reals(alpha.values * utility.values, errors, exactly, "payouts")


def within(found: Candidates, equilibria: PureEquilibria, cap: Fraction | None) -> Candidates:
    """Those that pay out at most ``cap``; one that is approached from above must leave room."""
    if cap is None:
        return found
    if equilibria.capped is not None:
        found = _at_the_cap(found, equilibria, cap)
    below, equal = owed(equilibria, found.position, found.alpha).at_most(cap, equilibria.judge)
    negative, nothing = equilibria.payouts().at(found.position).at_most(Fraction(0), equilibria.judge)
    return found.select(below | (equal & (found.attained | negative | nothing)))


def _at_the_cap(found: Candidates, equilibria: PureEquilibria, cap: Fraction) -> Candidates:
    """Those that keep most at their upper end, where the budget has to cover more than is paid: moved down to it.

    An expected U may be negative while that of some state is not.
    """
    judge, dearest = equilibria.judge, equilibria.payouts().at(found.position)
    negative, _ = equilibria.totals().at(found.position).at_most(Fraction(0), judge)
    free, nothing = dearest.at_most(Fraction(0), judge)
    here = owed(equilibria, found.position, found.alpha).at_most(cap, judge)
    start = owed(equilibria, found.position, equilibria.ends("lower").at(found.position)).at_most(cap, judge)
    stops = negative & ~(free | nothing) & ~(here[0] | here[1]) & (start[0] | start[1])
    if not stops.any():
        return found
    alpha = stopped(found.alpha, dearest, cap, stops)
    return replace(found, alpha=alpha, value=kept(equilibria, found.position, alpha))


def stopped(limits: Reals, dearest: Reals, cap: Fraction, stops: BoolArray) -> Reals:
    """Shares, or cap/U at those where the budget ``stops`` them before; ``dearest`` is U."""
    values, errors = limits.values.copy(), limits.errors.copy()
    for k in np.flatnonzero(stops).tolist():
        worth = dearest.values[k]
        values[k] = cap / worth if dearest.exact else float(cap) / worth
        errors[k] = 0 if dearest.exact else values[k] * (dearest.errors[k] / worth + 4 * _EPSILON)

    def exactly(k: int) -> Real | None:
        if not stops[k]:
            return limits.exactly(k)
        worth = dearest.exactly(k)
        return None if worth is None else Rational(cap) / worth

    return Reals(values, errors, exactly, limits.what)
