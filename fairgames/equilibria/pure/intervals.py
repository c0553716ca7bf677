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
from fairgames.certain import Judge, Reals
from fairgames.equilibria.pure.decided import decided
from fairgames.equilibria.pure.results import (
    AsFractions,
    Costs,
    PureEquilibria,
    gains_error,
    reciprocal,
)
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.private.game import PlanGame
from fairgames.progress import track
from fairgames.text import how_many
from fairgames.typing import Array, BoolArray, IntArray
from fairgames.utilities.given import Stated

_EPSILON = float(np.finfo(float).eps)
#: Room for rounding that every bound on β gets when floats look for what may be an equilibrium.
_ROOM = 1e-6


def pure_equilibria(
    game: PaymentGame | Stated, staying: Costs | None = None, leaving: Costs | None = None
) -> PureEquilibria:
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
    In floating point each condition has the bound of its own error: the profiles that no condition
    rules out for certain are looked at again, and what stays open is decided by balls
    (:mod:`fairgames.certain`).

    >>> from fairgames.utilities import LinearLaplace
    >>> from fairgames.users import Users
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> found = pure_equilibria(game)
    >>> [str(alpha) for alpha in found.lower], [str(alpha) for alpha in found.upper]
    (['0', '12/25', '9/20', '16/25'], ['9/20', '3/5', '16/25', '1'])
    """
    game = PlanGame.of(game, "pure_equilibria")
    staying, leaving = staying or game.costs, leaving or game.costs
    bounds = _Bounds.of(game, staying, leaving)
    for user in track(range(len(game.users)), "equilibria: users"):
        bounds.add_user(game, user)
    if game.exact:
        return bounds.equilibria(game)
    return decided(game, bounds.possible(game), staying, leaving)


def require_memory(game: PaymentGame) -> None:
    """Say that the intervals of all profiles do not fit.

    Raises
    ------
    TooLargeError
    """
    size = game.size
    memory.require((400 if game.exact else 40) * size, f"Intervals of {how_many(size)} profiles", memory.FEWER_PROFILES)


@dataclass(frozen=True, eq=False)
class _Bounds:
    """For each profile the least and greatest β, times ``one``, at which it may be an equilibrium.

    ``one`` stands for β = 1 (an integer where exact); ``tied`` marks profiles with a
    deviation that changes nothing whatever α. ``multiple`` is a number that every difference
    of costs divides, in units of 1 over their denominators. Floats leave room for ``error``, that of
    a difference of P, in each condition.
    """

    staying: Costs
    leaving: Costs
    least: Array
    most: Array
    tied: BoolArray
    multiple: int
    one: Any
    error: float

    @classmethod
    def of(cls, game: PaymentGame, staying: Costs, leaving: Costs) -> _Bounds:
        exact = game.exact
        require_memory(game)
        steps = {abs(a - b) for rows in zip(staying, leaving, strict=True) for a, b in _pairs(*rows)} - {0}
        multiple = math.lcm(*(step.numerator for step in steps)) if exact else 1
        dtype = object if exact else float
        return cls(
            staying,
            leaving,
            np.full(game.shape, -math.inf, dtype=dtype),
            np.full(game.shape, math.inf, dtype=dtype),
            np.zeros(game.shape, dtype=bool),
            multiple,
            game.paid(0).unit * multiple if exact else 1.0,
            0 if exact else gains_error(game),
        )

    def add_user(self, game: PaymentGame, user: int) -> None:
        """The conditions of every pair of the user's levels, x below y: y over x, and x over y.

        Staying at y asks for gain ≥ up·β, staying at x for gain ≤ down·β. Unless costs are
        ranges, up = down, and one array bounds β at both levels.
        """
        staying, leaving, error = self.staying[user], self.leaving[user], self.error
        paid = game.paid(user).values
        least, most, tied, values = (_split(a, user) for a in (self.least, self.most, self.tied, paid))
        for y in range(1, len(staying)):
            for x in range(y):
                gain = values[:, y] - values[:, x]
                up, down = staying[y] - leaving[x], leaving[y] - staying[x]
                if 0 in (up, down):
                    above, below = gain > error, gain < -error
                if up == 0:
                    _forbid(least[:, y], tied[:, y], worse=below, better=above)
                if down == 0:
                    _forbid(least[:, x], tied[:, x], worse=above, better=below)
                if up != 0:
                    beta = self._beta(gain, up, gain if up == down else None)
                    _narrow(most[:, y], least[:, y], self._outward(beta, up, 1), from_below=up < 0)
                if down != 0:
                    beta = beta if up == down else self._beta(gain, down)
                    _narrow(most[:, x], least[:, x], self._outward(beta, down, -1), from_below=down > 0)

    def _beta(self, gain: Array, step: Fraction, out: Array | None = None) -> Array:
        """D/κ·one; NaN where D is 0 and κ is below every float, which :meth:`_outward` sees to."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.multiply(gain, self._factor(step), out=out))

    def _factor(self, step: Fraction) -> Any:
        """What turns a difference of P's values into β·one; an integer where exact."""
        return int(self.multiple / step) if self.least.dtype == object else reciprocal(step)

    def _outward(self, beta: Array, step: Fraction, side: int) -> Array:
        """A bound on β, with the room of its own error where that is more than every bound gets in the end."""
        room = side * self.error * reciprocal(step) if self.error else 0.0
        if abs(room) <= _ROOM:
            return beta
        with np.errstate(invalid="ignore"):
            beta = beta + room
        beta[np.isnan(beta)] = 0  # 0·∞, or ∞ − ∞
        return beta

    def possible(self, game: PaymentGame) -> IntArray:
        """Those profiles that may be an equilibrium at some share that there is."""
        room = _ROOM if self.error else 0
        least, most, one = self.least, self.most + room, self.one - room
        if game.rule.has_alpha:
            return np.flatnonzero((most + room >= least) & (most >= one))
        return np.flatnonzero((most >= one) & (least <= one + 2 * room))

    def equilibria(self, game: PaymentGame) -> PureEquilibria:
        """Those profiles that are one, in rationals."""
        found, one = self.possible(game), self.one
        least, most = self.least.reshape(-1)[found], self.most.reshape(-1)[found]
        tied = self.tied.reshape(-1)[found]
        place = np.unravel_index(found, game.shape)
        utility = game.utilities.numbers(place)
        if game.rule.has_alpha:
            lower, upper = self._alpha(most), self._alpha(least)
            stable = ~tied & _true(upper > lower)
        else:
            lower = upper = object_array([Fraction(1)] * len(found))
            stable = ~tied & _true(most > one) & _true(least < one)
        keeps = game.keeps.numbers(place)
        none = np.zeros(len(found))
        arrays = {"lower": lower, "upper": upper, "utility": utility, "keeps": keeps}
        every = {**arrays, "potential": game.potential.numbers(place)} if game.rule.potential else arrays
        total = None if game.rule.efficient else Reals.rational(game.total_paid.numbers(place), "payouts")
        return PureEquilibria(
            found, lower=lower, upper=upper, utility=utility, keeps=keeps, stable=stable, lower_error=none,
            upper_error=none, utility_error=0, keeps_error=0, proven=np.ones(len(found), dtype=bool),
            exactly=AsFractions(every), judge=Judge(), total=total,
        )  # fmt: skip

    def _alpha(self, beta: Array) -> Array:
        """α = 1/β, at most 1; β = ∞ is α = 0, and any β ≤ 1 is α = 1."""
        return object_array(
            Fraction(0) if value == math.inf else Fraction(self.one, max(value, self.one)) for value in beta
        )


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
