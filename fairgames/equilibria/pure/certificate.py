"""The certificate of a pure profile of a payment game, from the definition of its payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.private.game import PlanGame
from fairgames.typing import Array
from fairgames.utilities.given import Stated
from fairgames.valuation.own import values_at_levels
from fairgames.valuation.request import Allocation, payments


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


def certify_profile(game: PaymentGame | Stated, profile: Sequence[int], alpha: float | Fraction | None) -> Certificate:
    """Payments and regrets at a profile of level indices, by subset sums at it and at every deviation.

    Of a game with private costs they are those of its agents, expected and weighted by the chances of their cost rows.
    Nothing is taken from the game's potential tensor, so this checks that too.

    Parameters
    ----------
    alpha : the share; None under Theorem 1

    Raises
    ------
    TooLargeError
        If the coalitions of the users who share do not fit in memory.
    """
    game = PlanGame.of(game, "certify_profile")
    if isinstance(game, PlanGame):
        return _certify_plan(game, profile, alpha)
    share_given = 1 if alpha is None else alpha
    here = payments(game.utility, profile, share_given, game.rule, exact=game.exact, method="subsets")
    share = here.alpha if here.alpha is not None else (Fraction(1) if game.exact else 1.0)
    regrets, error = [], here.error_bound
    for user, (choices, row) in enumerate(zip(game.strategies, game.costs, strict=True)):
        values, bound = values_at_levels(game.rule, game.utility, profile, user, choices, game.exact)
        payoffs = share * values - (object_array(row) if game.exact else np.array(row, dtype=float))
        regrets.append(max(payoffs) - payoffs[choices.index(profile[user])])
        error = max(error, bound)
    if game.exact:
        return Certificate(here, object_array(regrets), 0.0)
    dearest = max(float(cost) for row in game.costs for cost in row)
    return Certificate(here, np.array(regrets, dtype=float), regret_bound(here, error, dearest))


def _certify_plan(game: PlanGame, profile: Sequence[int], alpha: float | Fraction | None) -> Certificate:
    from fairgames.equilibria.pure.plan_certificate import agents_regrets

    here, regrets, error = agents_regrets(game, profile, alpha)
    dearest = max(float(cost) for row in game.costs for cost in row)
    return Certificate(here, regrets, 0.0 if game.exact else regret_bound(here, error, dearest))


def regret_bound(allocation: Allocation, error: float, dearest: float) -> float:
    """A bound on the error of regrets in floats, from one of each payment and the dearest level's cost."""
    largest = max(float(np.abs(allocation.payments).max()), dearest)
    return 2 * error + 8 * float(np.finfo(float).eps) * largest
