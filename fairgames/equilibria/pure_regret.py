"""The certificate of a pure profile of a payment game, from the definition of its payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.typing import Array
from fairgames.values.fair import Allocation, payments


@dataclass(frozen=True, eq=False)
class Certificate:
    """What each user could still gain by moving alone.

    Attributes
    ----------
    allocation : the payments at the profile
    regrets : best deviation gain of each user, ≥ 0, shape (N,); ``Fraction`` where exact
    bound : bound on the error of each regret; 0 where exact
    """

    allocation: Allocation
    regrets: Array
    bound: float

    @property
    def regret(self) -> float | Fraction:
        """The largest regret."""
        worst: float | Fraction = max(self.regrets)
        return worst


def certify_profile(game: PaymentGame, profile: Sequence[int], alpha: float | Fraction | None) -> Certificate:
    """Payments and regrets at a profile of level indices, by subset sums at it and at every deviation.

    Nothing is taken from the game's potential tensor, so this checks that too.

    Parameters
    ----------
    alpha : the share; None under Theorem 1

    Raises
    ------
    TooLargeError
        If the coalitions of the users who share do not fit in memory.
    """

    def allocate(levels: Sequence[int]) -> Allocation:
        return payments(game.utility, levels, 1 if alpha is None else alpha, game.rule, exact=game.exact)

    here = allocate(profile)
    regrets: list[float | Fraction] = []
    bound = here.error_bound
    for user, (choices, costs) in enumerate(zip(game.strategies, game.costs, strict=True)):
        cost = dict(zip(choices, costs, strict=True))
        gains = [Fraction(0) if game.exact else 0.0]
        for level in choices:
            if level != profile[user]:
                there = allocate([*profile[:user], level, *profile[user + 1 :]])
                step = cost[level] - cost[profile[user]]
                gains.append(there.payments[user] - here.payments[user] - (step if game.exact else float(step)))
                bound = max(bound, there.error_bound)
        regrets.append(max(gains))
    if game.exact:
        return Certificate(here, object_array(regrets), 0.0)
    largest = max(float(np.abs(here.payments).max()), *(float(cost) for row in game.costs for cost in row))
    return Certificate(here, np.array(regrets, dtype=float), 2 * bound + 8 * float(np.finfo(float).eps) * largest)
