"""The first best: the largest U − Σc of all profiles, as if everybody were paid exactly what sharing costs them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames import memory
from fairgames.certain import Judge, Rational, Real, Reals
from fairgames.game import PaymentGame
from fairgames.mechanism.amounts import Amount
from fairgames.mechanism.choosing import number
from fairgames.text import how_many
from fairgames.typing import Array, BoolArray, IntArray, Profile

_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class FirstBest:
    """The largest welfare, and the first profile of level indices that has it."""

    welfare: Amount
    profile: Profile


def first_best(game: PaymentGame, judge: Judge | None = None, cap: Fraction | None = None) -> FirstBest:
    """The largest U − Σc, of profiles with Σc ≤ ``cap`` ≥ 0 if one is given: the lowest levels cost nothing.

    Raises
    ------
    TooLargeError
        Before allocating, if a number a profile does not fit in memory.
    """
    memory.require(
        (400 if game.exact else 24) * game.size,
        f"U − Σc at {how_many(game.size)} profiles",
        memory.FEWER_PROFILES,
    )
    costs = game.total_cost()
    within = None if cap is None else _within(game, costs, cap)
    welfare = game.utilities.numbers() - costs
    near = _near_the_largest(game, welfare, costs, within)
    reals = _reals(game, welfare, costs, near)
    best = int(np.flatnonzero(reals.largest(judge or Judge()))[0])
    place = _place(game, near[best])
    amount = Amount(number(reals.values[best]), float(reals.errors[best]), lambda: reals.exactly(best))
    return FirstBest(amount, game.levels(place))


def _within(game: PaymentGame, costs: Array, cap: Fraction) -> BoolArray:
    """Which profiles cost at most ``cap``, by their rational costs where floats are near it."""
    if game.exact:
        return np.asarray(costs <= cap, dtype=bool)
    limit = float(cap)
    room = 4 * _EPSILON * (len(game.users) * np.abs(costs) + limit)
    within = np.asarray(costs <= limit, dtype=bool)
    for index in np.flatnonzero(np.abs(costs - limit) <= room).tolist():
        within.flat[index] = _cost(game, index) <= cap
    return within


def _near_the_largest(game: PaymentGame, welfare: Array, costs: Array, within: BoolArray | None) -> IntArray:
    """Positions of all that floats cannot tell from the largest."""
    if game.exact:
        largest = max(welfare.ravel() if within is None else welfare[within])
        near = np.asarray(welfare == largest, dtype=bool)
    else:
        errors = _errors(game, welfare, costs)
        least = (welfare - errors).max(initial=-np.inf, where=True if within is None else within)
        near = welfare + errors >= least
    return np.flatnonzero(near if within is None else near & within)


def _reals(game: PaymentGame, welfare: Array, costs: Array, near: IntArray) -> Reals:
    values = welfare.reshape(-1)[near]
    if game.exact:
        return Reals.rational(values, "values of U less all sensitivities")
    enclosed = game.enclosed()

    def exactly(k: int) -> Real | None:
        worth = enclosed.utility(game.levels(_place(game, near[k])))
        return None if worth is None else worth - Rational(_cost(game, near[k]))

    errors = _errors(game, values, costs.reshape(-1)[near])
    return Reals(values, errors, exactly, "values of U less all sensitivities")


def _errors(game: PaymentGame, welfare: Array, costs: Array) -> Array:
    """Of U − Σc in floats."""
    return np.asarray(game.utilities.error + 4 * _EPSILON * (np.abs(welfare) + (1 + len(game.users)) * np.abs(costs)))


def _place(game: PaymentGame, index: int) -> list[int]:
    return [int(choice) for choice in np.unravel_index(index, game.shape)]


def _cost(game: PaymentGame, index: int) -> Fraction:
    """Σc of the profile at a position, in rationals."""
    chosen = zip(game.costs, _place(game, index), strict=True)
    return sum((row[choice] for row, choice in chosen), start=Fraction(0))
