"""The mixed equilibria of two users at the answer's share: the worst, and their least and greatest welfare U − Σc."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.pure.shares import Share
from fairgames.equilibria.two_users.along_branches import equilibria_on, reach
from fairgames.equilibria.two_users.branches import Branches, equilibria_of_one_game
from fairgames.game import PaymentGame
from fairgames.mechanism.choosing import number
from fairgames.mechanism.result import Choice
from fairgames.mechanism.welfare import Welfare, expected_cost, mixed_amount
from fairgames.typing import Array, MixedProfile, Scalar


def mixed_welfare(
    game: PaymentGame, equilibria: PureEquilibria, known: Branches | None, share: Share | None, slack: float
) -> Welfare:
    """The welfare of the extreme equilibria of two users.

    The equilibria at one share are a union of convex sets, all mixtures of some strategies of
    one user against all mixtures of some of the other. U and U − Σc are affine in either's
    strategy, so on such a product each is least and greatest at a pair of corners: at an extreme
    equilibrium.

    Parameters
    ----------
    slack : as in :func:`fairgames.equilibria.two_users.along_branches.equilibria_on`
    """
    if known is None or share is None:
        profiles = equilibria_of_one_game(game)
    else:
        profiles = equilibria_on(known, share.value, slack)
    table = game.utilities.numbers()
    utility = [number(x @ table @ y) for x, y in profiles]
    if share is None:
        worth = [number(x @ game.potential.numbers() @ y) for x, y in profiles]
    else:
        worth = [(1 - share.value) * value for value in utility]
    welfare = [value - expected_cost(game, profile) for value, profile in zip(utility, profiles, strict=True)]
    worst = min(range(len(worth)), key=worth.__getitem__)
    return Welfare(
        _mixed_choice(game, equilibria, known, share, slack, profiles[worst], worth[worst], utility[worst]),
        mixed_amount(game, worth[worst], share),
        mixed_amount(game, min(welfare), share),
        mixed_amount(game, max(welfare), share),
    )


def _mixed_choice(
    game: PaymentGame,
    equilibria: PureEquilibria,
    known: Branches | None,
    share: Share | None,
    slack: float,
    strategies: MixedProfile,
    kept: Scalar,
    utility: Scalar,
) -> Choice:
    played = [np.flatnonzero(vector) for vector in strategies]
    pure = all(len(levels) == 1 for levels in played)
    profile = game.levels([int(levels[0]) for levels in played]) if pure else None
    span = None
    if known is not None and share is not None:
        own = profile and equilibria.interval(game, profile)
        span = own or reach(known, share.value, strategies, slack)
    over_levels = tuple(_over_levels(game, user, vector) for user, vector in enumerate(strategies))
    error = mixed_amount(game, kept, share).error
    alpha = None if share is None else share.value
    return Choice(alpha, profile, over_levels, kept, utility, span, True, value_error=error)


def _over_levels(game: PaymentGame, user: int, vector: Array) -> Array:
    """Probabilities of all L levels from those of the user's choices."""
    exact = game.exact and all(isinstance(value, Fraction | int) for value in vector)
    levels = np.full(len(game.utility.levels), Fraction(0) if exact else 0.0)
    levels[list(game.strategies[user])] = vector
    return levels
