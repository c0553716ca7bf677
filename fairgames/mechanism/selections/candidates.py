"""Candidates: shares that may be best, each with the equilibrium that it is valued at."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.certain import Real, Reals
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.typing import Array, BoolArray, IntArray

_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Shares that may be best, one entry each.

    Attributes
    ----------
    value : what the platform keeps
    alpha : the share
    position : which of the equilibria is selected there
    lower, upper : the α at which the selection is that equilibrium
    attained : whether the value is reached at ``alpha`` or only approached
    """

    value: Reals
    alpha: Reals
    position: IntArray
    lower: Array
    upper: Array
    attained: BoolArray

    def __len__(self) -> int:
        return len(self.position)

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
    utility = equilibria.totals().at(position)

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
    judge = equilibria.judge
    below, equal = paid(equilibria, found.position, found.alpha).at_most(cap, judge)
    negative, nothing = equilibria.totals().at(found.position).at_most(Fraction(0), judge)
    return found.select(below | (equal & (found.attained | negative | nothing)))
