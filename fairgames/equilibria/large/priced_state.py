"""One profile of many users: gains of all moves, the shares at which it is an equilibrium, and Φ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairgames.equilibria.large.classes import CostClasses
from fairgames.typing import BoolArray, FloatArray, IntArray
from fairgames.valuation.deviation_values import DeviationValues

_EPS = float(np.finfo(float).eps)
_LARGEST = float(np.finfo(float).max)


@dataclass(frozen=True)
class ShareInterval:
    """The shares at which a profile is an equilibrium, within errors; empty where ``low`` > ``high``.

    Attributes
    ----------
    low, high : the ends, at least 0 and at most 1
    low_error, high_error : bounds on how far off each is
    """

    low: float
    high: float
    low_error: float
    high_error: float

    @property
    def empty(self) -> bool:
        """Whether there is no such share, whatever the errors."""
        return self.low - self.low_error > self.high + self.high_error


@dataclass(frozen=True, eq=False)
class PricedState:
    """A state with its deviation values.

    Attributes
    ----------
    classes : whose state this is
    counts : how many users of each class are on each level, shape (C, L)
    deviation_values : by types of users
    """

    classes: CostClasses
    counts: IntArray
    deviation_values: DeviationValues

    @cached_property
    def possible(self) -> BoolArray:
        """Which moves there are: a class, from a level where somebody is, to another that may be chosen; (C, L, L)."""
        there, allowed = (self.counts > 0)[:, :, None], self.classes.allowed[:, None, :]
        return there & allowed & ~np.eye(self.counts.shape[1], dtype=bool)

    @cached_property
    def _more(self) -> FloatArray:
        """How much more a user is paid at α = 1 for going from x to y, shape (C, L, L); 0 for no move."""
        values = self.deviation_values.values[self.classes.type_of]
        stay = np.einsum("cxx->cx", values)[:, :, None]
        return np.asarray(np.where(self.possible, np.nan_to_num(values) - np.nan_to_num(stay), 0.0))

    @cached_property
    def _dearer(self) -> FloatArray:
        """How much more y costs than x, shape (C, L, L)."""
        costs = self.classes.costs
        return np.asarray(costs[:, None, :] - costs[:, :, None])

    def gains(self, alpha: float) -> FloatArray:
        """What a user of each class gains by each move at one share, shape (C, L, L); −∞ for no move."""
        return np.asarray(np.where(self.possible, alpha * self._more - self._dearer, -math.inf))

    def worths(self, alpha: float) -> FloatArray:
        """Payoffs of a user of each class at each level at one share, deviating from where most of it are; (C, L)."""
        most = self.counts.argmax(axis=1)
        paid = self.deviation_values.values[self.classes.type_of, most]
        return np.asarray(alpha * paid - self.classes.costs)

    def bound(self, alpha: float) -> float:
        """Bound on the error of every gain."""
        largest = float(np.abs(self._more).max(initial=0.0)) * alpha + float(self.classes.costs.max(initial=0.0))
        return 2 * alpha * self.deviation_values.error + 8 * _EPS * largest

    def regrets(self, alpha: float) -> FloatArray:
        """The best gain of a user of each class at each level, at least 0, shape (C, L); 0 where nobody is."""
        return np.asarray(np.maximum(self.gains(alpha).max(axis=2), 0.0))

    def regret(self, alpha: float) -> float:
        """The largest of them."""
        return float(self.regrets(alpha).max())

    def cost(self) -> float:
        """Σ c."""
        return float((self.counts * self.classes.costs).sum())

    def potential(self, alpha: float) -> tuple[float, float]:
        """Φ_α = α·P − Σ c, and a bound on its error."""
        cost, shared = self.cost(), alpha * self.deviation_values.potential
        rounding = 4 * _EPS * (abs(shared) + self.counts.size * cost)
        return shared - cost, alpha * self.deviation_values.potential_error + rounding

    def keeps(self, alpha: float) -> float:
        """What the platform keeps: (1 − α)·U, or under Theorem 1 φ_p."""
        return (
            (1 - alpha) * self.deviation_values.utility
            if self.classes.game.rule.has_alpha
            else self.deviation_values.potential
        )

    def binding(self) -> IntArray:
        """Classes and their levels, shape (M, 2), those first whose users are the first to leave as α falls."""
        falls = (self._dearer < 0) & (self._more < 0)
        ends = _shares(np.where(falls, self._dearer, 0.0), np.where(falls, self._more, 1.0))
        least = ends.max(axis=2)
        found = np.argwhere(self.counts > 0)
        order: IntArray = np.argsort(-least[found[:, 0], found[:, 1]], kind="stable")
        return np.asarray(found[order])

    @cached_property
    def interval(self) -> ShareInterval:
        """Where nobody gains: each move says α·(what it pays more) ≤ what it costs more.

        What pays more and costs more bounds α from above, what pays less and costs less from below.
        """
        more, dearer = self._more[self.possible], self._dearer[self.possible]
        error = 2 * self.deviation_values.error
        rises, falls = (dearer > 0) | ((dearer == 0) & (more > error)), dearer < 0
        if (falls & (more >= -error)).any():  # somebody is paid no more for what costs more, whatever the share
            return ShareInterval(math.inf, -math.inf, 0.0, 0.0)
        # Any move may be the one that binds, with its payments off either way.
        high, least_high, most_high = (_high(more[rises] + off, dearer[rises]) for off in (0.0, error, -error))
        low, least_low, most_low = (_low(more[falls] - off, dearer[falls]) for off in (0.0, error, -error))
        slips = 4 * _EPS
        return ShareInterval(
            low, high, max(low - least_low, most_low - low) + slips, max(high - least_high, most_high - high) + slips
        )


def _high(more: FloatArray, dearer: FloatArray) -> float:
    """The least α = dearer/more of moves that pay more and cost no less; 1 if there is none below."""
    pays = more > 0
    return float(_shares(dearer[pays], more[pays]).min(initial=1.0))


def _low(more: FloatArray, dearer: FloatArray) -> float:
    """The greatest α = dearer/more of moves that pay less and cost less, at least 0."""
    return float(_shares(dearer, more).max(initial=0.0))


def _shares(dearer: FloatArray, more: FloatArray) -> FloatArray:
    """α = dearer/more, ≥ 0; one beyond all floats is the largest: far above 1 too, and it can be reckoned with."""
    with np.errstate(over="ignore"):
        return np.asarray(np.minimum(dearer / more, _LARGEST))
