"""What a choice tells about costs: staying at x rather than y costs at most as much more as it is paid more."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from fairgames.equilibria.pure.results import gain_error
from fairgames.errors import TooLargeError
from fairgames.game import PaymentGame
from fairgames.learning.observations import Period
from fairgames.text import how_many

_EPSILON = float(np.finfo(float).eps)
#: Combinations of levels that were not seen, up to which each is looked at.
_MOST_UNSEEN = 100_000


@dataclass(frozen=True)
class Inequality:
    """c(chosen) − c(other) ≤ bound, told by one user's choice in one period.

    Attributes
    ----------
    period : its number among those observed, from 0
    chosen, other : level indices
    bound : what the chosen level is paid more; a ``Fraction`` where exact, else a float that rounding is added to
    """

    period: int
    chosen: int
    other: int
    bound: Any


def inequalities(game: PaymentGame, periods: Sequence[Period]) -> tuple[tuple[Inequality, ...], ...]:
    """For each user what its choices tell, if nobody could gain by another level.

    Where another user's level was not seen, the most that any of its levels would have paid more is taken: that holds
    whatever it was.

    Raises
    ------
    TooLargeError
        If the levels that were not seen could be combined in too many ways.
    """
    return tuple(tuple(_of_user(game, periods, user)) for user in range(len(game.users)))


def _of_user(game: PaymentGame, periods: Sequence[Period], user: int) -> Iterator[Inequality]:
    for number, period in enumerate(periods):
        chosen = period.profile[user]
        if chosen is None:
            continue
        for other in game.strategies[user]:
            if other != chosen and (bound := _bound(game, period, user, chosen, other)) is not None:
                yield Inequality(number, chosen, other, bound)


def _bound(game: PaymentGame, period: Period, user: int, chosen: int, other: int) -> Any:
    if period.announced is not None:
        here, there = period.announced[user][chosen], period.announced[user][other]
        if here is None or there is None:
            return None
        return here - there if game.exact else _up(float(here - there), 0.0)
    assert period.alpha is not None
    gain = _most_gained(game, period, user, chosen, other)
    if game.exact:
        return period.alpha * gain
    return _up(float(period.alpha) * gain, float(period.alpha) * gain_error(game.paid(user)))


def _up(value: float, error: float) -> float:
    """No less than the number itself, whatever rounding made of it."""
    return value + error + 4 * _EPSILON * abs(value)


def _most_gained(game: PaymentGame, period: Period, user: int, chosen: int, other: int) -> Any:
    """φ on the chosen level less φ on the other, at α = 1: the most over levels that were not seen."""
    axes = [(level,) if level is not None else game.strategies[own] for own, level in enumerate(period.profile)]
    size = math.prod(len(axis) for axis in axes)
    if size > _MOST_UNSEEN:
        raise TooLargeError(
            f"Period {period.place}: levels that were not seen could be combined in {how_many(size)} ways; observe "
            "more users, or leave out the period."
        )
    paid = game.paid(user)
    gains: list[Any] = []
    for profile in product(*axes):
        here = game.index(profile)
        there = game.index((*profile[:user], other, *profile[user + 1 :]))
        gains.append(paid.values[here] - paid.values[there])
    most = max(gains)
    return Fraction(int(most), paid.unit) if game.exact else float(most)
