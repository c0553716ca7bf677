"""Pure equilibria for every share α at once: each profile owns one closed interval of α.

ρ is a pure equilibrium iff for each user i and each other level y

    α·(P(ρ) − P(ρ with ρ_i = y)) ≥ c_i(ρ_i) − c_i(y).

In β = 1/α every such condition is D ≥ κ·β with constants D, κ: equilibria are straight
lines in β, and the conditions of a pair of levels bound β at both by the one number D/κ.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames import memory
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.progress import track
from fairgames.text import how_many
from fairgames.typing import Array, BoolArray, IntArray

#: What each of a user's choices costs, one row a user.
Costs = Sequence[Sequence[Fraction]]


@dataclass(frozen=True, eq=False)
class PureEquilibria:
    """Every profile that is a pure equilibrium at some α in [0, 1].

    All arrays have one entry an equilibrium, in lexicographic order of profiles; numbers are
    floats, or ``Fraction`` objects where the game is exact.

    Attributes
    ----------
    index : position in the flattened profile tensor
    lower, upper : the closed interval of α at which the profile is an equilibrium
    utility : U at the profile
    keeps : what the platform keeps of U at α = 0 (Theorem 2: U itself; Theorem 1: φ_p)
    stable : whether every deviation strictly loses at every α inside the interval, which has
        an inside
    slack : rounding error of an end of the interval is at most ``slack·α²``; 0 where exact
    utility_error, keeps_error : bounds on the error of ``utility`` and of ``keeps``; 0 where exact
    """

    index: IntArray
    lower: Array
    upper: Array
    utility: Array
    keeps: Array
    stable: BoolArray
    slack: float
    utility_error: float
    keeps_error: float

    def __len__(self) -> int:
        return len(self.index)

    def place(self, game: PaymentGame) -> tuple[IntArray, ...]:
        """Index of each equilibrium into the game's tensors: one array a user."""
        return np.unravel_index(self.index, game.shape)

    def profiles(self, game: PaymentGame) -> IntArray:
        """Level indices of each equilibrium, shape (M, N)."""
        columns = [np.array(levels)[chosen] for levels, chosen in zip(game.strategies, self.place(game), strict=True)]
        return np.stack(columns, axis=1)

    def interval(self, game: PaymentGame, profile: Sequence[int]) -> tuple[float | Fraction, float | Fraction] | None:
        """The α at which a profile of level indices is an equilibrium; None if it never is.

        Raises
        ------
        InputError
            If a user may not choose that level.
        """
        wanted = np.ravel_multi_index(game.index(profile), game.shape)
        position = int(np.searchsorted(self.index, wanted))
        if position == len(self.index) or self.index[position] != wanted:
            return None
        return self.lower[position], self.upper[position]

    def at(self, alpha: float | Fraction) -> IntArray:
        """Positions of those whose interval holds α, its ends widened by their rounding error."""
        slack = 0 if self.lower.dtype == object else self.slack * alpha * alpha
        return np.flatnonzero((self.lower <= alpha + slack) & (self.upper >= alpha - slack))

    def select(self, chosen: Array) -> PureEquilibria:
        """Those at a mask or at positions ``chosen``."""
        return PureEquilibria(
            self.index[chosen],
            self.lower[chosen],
            self.upper[chosen],
            self.utility[chosen],
            self.keeps[chosen],
            self.stable[chosen],
            self.slack,
            self.utility_error,
            self.keeps_error,
        )


def pure_equilibria(game: PaymentGame, staying: Costs | None = None, leaving: Costs | None = None) -> PureEquilibria:
    """All profiles of ``game`` that are a pure equilibrium at some α in [0, 1].

    Under Theorem 1, which has no share, those of the one game there is, with the interval
    [1, 1].

    Parameters
    ----------
    staying, leaving : what the level that a user stays at costs, and what the one that it could
        move to does; one row a user and one entry a choice, as in ``game.costs``, which is the
        default for both. With the highest costs of a range for ``staying`` and the lowest for
        ``leaving``, these are the profiles that are an equilibrium whatever the costs in the
        range; the other way round, those that some costs in it make one.

    Raises
    ------
    TooLargeError
        Before allocating, if the tensors do not fit in memory.

    Notes
    -----
    In floating point, differences of P below their rounding bound count as zero, and an
    interval that is empty by less than its ends' rounding bound counts as one point.

    >>> from fairgames.utilities import LinearLaplace
    >>> from fairgames.users import Users
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> found = pure_equilibria(game)
    >>> [str(alpha) for alpha in found.lower], [str(alpha) for alpha in found.upper]
    (['0', '12/25', '9/20', '16/25'], ['9/20', '3/5', '16/25', '1'])
    """
    bounds = _Bounds.of(game, staying or game.costs, leaving or game.costs)
    for user in track(range(len(game.users)), "equilibria: users"):
        bounds.add_user(game, user)
    return bounds.equilibria(game)


@dataclass(frozen=True, eq=False)
class _Bounds:
    """For each profile the least and greatest β, times ``one``, at which it is an equilibrium.

    ``one`` stands for β = 1 (an integer where exact); ``tied`` marks profiles with a
    deviation that changes nothing whatever α. ``multiple`` is a number that every difference
    of costs divides, in units of 1 over their denominators.
    """

    staying: Costs
    leaving: Costs
    least: Array
    most: Array
    tied: BoolArray
    multiple: int
    one: Any
    slack: float

    @classmethod
    def of(cls, game: PaymentGame, staying: Costs, leaving: Costs) -> _Bounds:
        size, exact = game.size, game.exact
        memory.require(
            (400 if exact else 40) * size,
            f"Intervals of {how_many(size)} profiles",
            memory.FEWER_PROFILES,
        )
        steps = {abs(a - b) for rows in zip(staying, leaving, strict=True) for a, b in _pairs(*rows)} - {0}
        multiple = math.lcm(*(step.numerator for step in steps))
        dtype = object if exact else float
        return cls(
            staying,
            leaving,
            np.full(game.shape, -math.inf, dtype=dtype),
            np.full(game.shape, math.inf, dtype=dtype),
            np.zeros(game.shape, dtype=bool),
            multiple,
            game.potential.unit * multiple if exact else 1.0,
            2 * game.potential.error / float(min(steps)) if steps and not exact else 0,
        )

    def add_user(self, game: PaymentGame, user: int) -> None:
        """The conditions of every pair of the user's levels, x below y: y over x, and x over y.

        Staying at y asks for gain ≥ up·β, staying at x for gain ≤ down·β. Unless costs are
        ranges, up = down, and one array bounds β at both levels.
        """
        staying, leaving, tolerance = self.staying[user], self.leaving[user], 2 * game.potential.error
        least, most, tied, values = (_split(a, user) for a in (self.least, self.most, self.tied, game.potential.values))
        for y in range(1, len(staying)):
            for x in range(y):
                gain = values[:, y] - values[:, x]
                up, down = staying[y] - leaving[x], leaving[y] - staying[x]
                if 0 in (up, down):
                    above, below = gain > tolerance, gain < -tolerance
                if up == 0:
                    _forbid(least[:, y], tied[:, y], worse=below, better=above)
                if down == 0:
                    _forbid(least[:, x], tied[:, x], worse=above, better=below)
                if up != 0:
                    beta = np.multiply(gain, self._beta_per_gain(up), out=gain if up == down else None)
                    _narrow(most[:, y], least[:, y], beta, from_below=up < 0)
                if down != 0:
                    beta = beta if up == down else np.multiply(gain, self._beta_per_gain(down))
                    _narrow(most[:, x], least[:, x], beta, from_below=down > 0)

    def _beta_per_gain(self, step: Fraction) -> Any:
        """What turns a difference of P's values into β·one; an integer where exact."""
        return int(self.multiple / step) if self.least.dtype == object else 1 / float(step)

    def equilibria(self, game: PaymentGame) -> PureEquilibria:
        """Those profiles that are an equilibrium at some share that there is."""
        slack = 2 * self.slack
        most, one = self.most + slack, self.one
        if game.rule.has_alpha:
            found = np.flatnonzero((most >= self.least) & (most >= one))
        else:
            found = np.flatnonzero((most >= one) & (self.least <= one + slack))
        least, most = self.least.reshape(-1)[found], self.most.reshape(-1)[found]
        tied = self.tied.reshape(-1)[found]
        place = np.unravel_index(found, game.shape)
        utility, error = game.utilities.numbers(place), game.utilities.error
        if not game.rule.has_alpha:
            share = _ones(len(found), game.exact)
            strict = ~tied & _true(most > one + slack) & _true(least < one - slack)
            keeps, keeps_error = game.potential.numbers(place), game.potential.error
            return PureEquilibria(found, share, share, utility, keeps, strict, slack, error, keeps_error)
        lower, upper = self._alpha(most), self._alpha(least)
        strict = ~tied & _true(upper - lower > slack * upper * upper)
        return PureEquilibria(found, lower, np.maximum(lower, upper), utility, utility, strict, slack, error, error)

    def _alpha(self, beta: Array) -> Array:
        """α = 1/β, at most 1; β = ∞ is α = 0, and any β ≤ 1 is α = 1."""
        if beta.dtype != object:
            return np.asarray(1 / np.maximum(beta, self.one))
        return object_array(
            Fraction(0) if value == math.inf else Fraction(self.one, max(value, self.one)) for value in beta
        )


def _ones(size: int, exact: bool) -> Array:
    return object_array([Fraction(1)] * size) if exact else np.ones(size)


def _true(comparison: Array) -> BoolArray:
    """A comparison of objects as an array of bool."""
    return np.asarray(comparison, dtype=bool)


def _pairs(staying: Sequence[Fraction], leaving: Sequence[Fraction]) -> Iterator[tuple[Fraction, Fraction]]:
    """What one level costs, and what another."""
    return ((a, b) for x, a in enumerate(staying) for y, b in enumerate(leaving) if x != y)


def _split(tensor: Array, user: int) -> Array:
    """View as (users before, levels of ``user``, users after)."""
    before = math.prod(tensor.shape[:user])
    return tensor.reshape(before, tensor.shape[user], -1)


def _forbid(least: Array, tied: BoolArray, worse: BoolArray, better: BoolArray) -> None:
    """A level that costs what another does is no equilibrium where it is paid less, but at α = 0."""
    np.copyto(least, math.inf, where=worse)
    tied |= ~(worse | better)


def _narrow(most: Array, least: Array, beta: Array, from_below: bool) -> None:
    """Demand β at least as in ``beta``, or at most."""
    if from_below:
        np.maximum(least, beta, out=least)
    else:
        np.minimum(most, beta, out=most)
