"""Costs θ·c(level) with a θ from a continuous distribution: plans are thresholds in θ, equilibria fixed points of them.

What a user is paid at level x, v(x) = E[φ_i(x, ρ_−i)], depends on the others' chances of levels alone. With a cost of
θ·c(x) it takes x where α·v(x) − θ·c(x) is largest: on one interval of θ for each level, dearer levels for smaller θ. So
plans are monotone, and a user's chances of levels are differences of the distribution function at its thresholds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Protocol

import numpy as np

from fairgames.errors import InputError, NoAnswerError
from fairgames.exact import to_fraction
from fairgames.game import PaymentGame
from fairgames.typing import FloatArray, Number
from fairgames.users import Users
from fairgames.utilities.base import Utility

#: Rounds of best responses before giving up.
_MOST_ROUNDS = 10_000
#: Chances that differ by less are those of one equilibrium, and best responses that move less have come to rest.
_SAME, _AT_REST = 1e-9, 1e-13


class Distribution(Protocol):
    """What is asked of θ: a frozen continuous distribution of ``scipy.stats`` on numbers ≥ 0."""

    def cdf(self, x: float) -> float: ...
    def ppf(self, q: float) -> float: ...
    def expect(self, func: object = None, *, lb: float, ub: float) -> float: ...


@dataclass(frozen=True, eq=False)
class ContinuousCosts:
    """A user's costs: θ times a row, with θ known to the user alone.

    Attributes
    ----------
    sensitivity : what each level costs at θ = 1, one entry a level, the lowest 0
    theta : its distribution, such as ``scipy.stats.uniform(0, 2)``

    Raises
    ------
    InputError
        If a cost is negative, the lowest level is not free, or θ may be negative.
    """

    sensitivity: Sequence[Number]
    theta: Distribution

    def __post_init__(self) -> None:
        costs = self.costs
        if costs[0] != 0 or min(costs) < 0:
            raise InputError(f"sensitivity: expected costs ≥ 0 that begin with 0, got {list(self.sensitivity)}")
        if not self.theta.ppf(0.0) >= 0:
            raise InputError(f"theta: expected a distribution on numbers ≥ 0, got one from {self.theta.ppf(0.0)}")

    @property
    def costs(self) -> tuple[Fraction, ...]:
        """The row as rationals."""
        return tuple(to_fraction(cost, "sensitivity") for cost in self.sensitivity)


def discretised(given: ContinuousCosts, cells: int) -> tuple[list[tuple[Fraction, list[Fraction]]], float]:
    """Private cost rows in place of a continuous θ: equally likely cells of it, each with its mean.

    Returns
    -------
    the rows, as ``Users(private=[rows, …])`` takes them; and E|θ − its cell's mean| times the range of costs. If an
    equilibrium of the game of cells is played where θ is continuous, each θ as its cell, no plan gains more than that
    on average, since a level's cost is off by no more than |θ − mean|·c.

    >>> from scipy import stats
    >>> rows, bound = discretised(ContinuousCosts([0, 1], stats.uniform(0, 1)), 2)
    >>> [(str(chance), [float(cost) for cost in costs]) for chance, costs in rows], round(bound, 9)
    ([('1/2', [0.0, 0.25]), ('1/2', [0.0, 0.75])], 0.125)
    """
    if cells < 1:
        raise InputError(f"cells: expected at least 1, got {cells}")
    ends = [float(given.theta.ppf(k / cells)) for k in range(cells + 1)]
    rows, off = [], 0.0
    for low, high in pairwise(ends):
        mean = cells * float(given.theta.expect(lambda theta: theta, lb=low, ub=high))
        # Rational, so that the game of cells can be; the mean itself is known to its rounding only.
        theta = to_fraction(float(f"{mean:.12g}"))
        off += float(given.theta.expect(_distance(float(theta)), lb=low, ub=high))
        rows.append((Fraction(1, cells), [theta * cost for cost in given.costs]))
    return rows, off * float(max(given.costs) - min(given.costs))


def _distance(mean: float) -> object:
    return lambda theta: abs(theta - mean)


@dataclass(frozen=True, eq=False)
class ThresholdEquilibrium:
    """An equilibrium in thresholds at one share.

    Attributes
    ----------
    chances : the chance of each level of each user, shape (N, L)
    thresholds : for each user and level the interval of θ on which it is chosen, shape (N, L, 2); empty ones are NaN
    payments : expected payments, shape (N,)
    utility, platform_utility : E[U], and what the platform keeps of it
    residual : by how much best responses to these chances differ from them
    """

    chances: FloatArray
    thresholds: FloatArray
    payments: FloatArray
    utility: float
    platform_utility: float
    residual: float


def threshold_equilibria(
    utility: Utility, costs: Sequence[ContinuousCosts], alpha: Number, starts: int = 20, seed: int = 0
) -> list[ThresholdEquilibrium]:
    """The equilibria in thresholds that best responses come to, at one share of rule ``"users"``.

    Best responses, one user after another, raise the potential E[α·P − Σc], so they come to rest. They begin where
    everybody is on the lowest level, on the highest, and at ``starts`` drawn chances; there may be other equilibria,
    which :func:`discretised` games, listed in full, are likely to show.

    Raises
    ------
    InputError
        If costs are not one for each user and level, or α is not in [0, 1].
    NoAnswerError
        If best responses are still moving after 10,000 rounds.

    >>> from scipy import stats
    >>> from fairgames.utilities import TableUtility
    >>> found = threshold_equilibria(TableUtility([0.0, 1.0]), [ContinuousCosts([0, 1], stats.uniform(0, 1))], "2/5")
    >>> [one.chances.round(9).tolist() for one in found]  # one user, paid 2/5, shares if θ ≤ 2/5
    [[[0.6, 0.4]]]
    """
    share = to_fraction(alpha, "alpha")
    n_levels = len(utility.levels)
    if not 0 <= share <= 1:
        raise InputError(f"alpha: expected a number from 0 to 1, got {alpha}")
    if len(costs) != utility.n_users or any(len(own.sensitivity) != n_levels for own in costs):
        raise InputError(f"costs: expected one for each of {utility.n_users} users, each with {n_levels} levels")
    response = _Responses.of(utility, costs, float(share))
    draw = np.random.default_rng(seed)
    ends = [np.eye(n_levels)[[level] * len(costs)] for level in (0, n_levels - 1)]
    begin = [*ends, *(draw.dirichlet(np.ones(n_levels), len(costs)) for _ in range(starts))]
    found: list[ThresholdEquilibrium] = []
    for chances in begin:
        one = response.rest(chances)
        if all(float(np.abs(one.chances - other.chances).max()) > _SAME for other in found):
            found.append(one)
    return sorted(found, key=lambda one: -one.platform_utility)


@dataclass(frozen=True, eq=False)
class _Responses:
    """P and U of all profiles, and the users' costs."""

    shared: FloatArray
    worth: FloatArray
    costs: Sequence[ContinuousCosts]
    alpha: float

    @classmethod
    def of(cls, utility: Utility, costs: Sequence[ContinuousCosts], alpha: float) -> _Responses:
        game = PaymentGame(utility, Users(names=[f"user-{k + 1}" for k in range(len(costs))]), exact=False)
        return cls(game.potential.numbers(), game.utilities.numbers(), costs, alpha)

    def values(self, chances: FloatArray, user: int) -> FloatArray:
        """E[P] at each of a user's levels; φ but for a constant."""
        return self._mean(self.shared, chances, user)

    @staticmethod
    def _mean(tensor: FloatArray, chances: FloatArray, but: int | None = None) -> FloatArray:
        for axis in reversed(range(len(chances))):
            if axis != but:
                tensor = np.moveaxis(tensor, axis, -1) @ chances[axis]
        return np.asarray(tensor)

    def intervals(self, values: FloatArray, user: int) -> FloatArray:
        """For each level the θ at which it is best, shape (L, 2); ties go to the lower level."""
        costs = [float(cost) for cost in self.costs[user].costs]
        found = np.full((len(costs), 2), math.nan)
        for x, cost in enumerate(costs):
            low, high = 0.0, math.inf
            for y, other in enumerate(costs):
                gain = self.alpha * (values[x] - values[y])
                if cost > other:
                    high = min(high, gain / (cost - other))
                elif cost < other:
                    low = max(low, gain / (cost - other))
                elif gain < 0 or (gain == 0 and y < x):
                    high = -math.inf
            if low < high:
                found[x] = low, high
        return found

    def chances(self, intervals: FloatArray, user: int) -> FloatArray:
        """The chance of each level under such thresholds."""
        theta = self.costs[user].theta
        row = np.array([0.0 if math.isnan(low) else theta.cdf(high) - theta.cdf(low) for low, high in intervals])
        return np.asarray(row / row.sum())

    def rest(self, begin: FloatArray) -> ThresholdEquilibrium:
        """Where best responses come to rest."""
        chances = begin.copy()
        for _ in range(_MOST_ROUNDS):
            before = chances.copy()
            for user in range(len(chances)):
                chances[user] = self.chances(self.intervals(self.values(chances, user), user), user)
            if float(np.abs(chances - before).max()) <= _AT_REST:
                return self.result(chances)
        raise NoAnswerError(f"best responses in thresholds still move after {_MOST_ROUNDS:,} rounds; try another share")

    def result(self, chances: FloatArray) -> ThresholdEquilibrium:
        users = range(len(chances))
        values = [self.values(chances, user) for user in users]
        thresholds = np.stack([self.intervals(own, user) for user, own in enumerate(values)])
        best = np.stack([self.chances(thresholds[user], user) for user in users])
        paid = np.array([self.alpha * float(chances[user] @ (own - own[0])) for user, own in enumerate(values)])
        worth = float(self._mean(self.worth, chances))
        return ThresholdEquilibrium(
            chances, thresholds, paid, worth, (1 - self.alpha) * worth, float(np.abs(best - chances).max())
        )
