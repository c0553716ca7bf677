"""What the platform keeps at most at any pure equilibrium: how far an answer found by search may be from the best."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fairgames.game import EXACT_LIMIT, PaymentGame
from fairgames.mechanism.first_best import first_best
from fairgames.mechanism.upper_bound.federated import federated_upper_bound
from fairgames.mechanism.upper_bound.laplace import laplace_upper_bound
from fairgames.text import how_many
from fairgames.utilities.federated_mean import FederatedMean
from fairgames.utilities.given import Stated
from fairgames.utilities.linear_laplace import LinearLaplace


@dataclass(frozen=True)
class UpperBound:
    """A bound on what the platform keeps at every pure equilibrium, at every share α.

    Attributes
    ----------
    value : in money, rounding included; ∞ where nothing is known
    why : from what it follows, or why nothing is known
    """

    value: float
    why: str


def upper_bound(game: PaymentGame | Stated) -> UpperBound:
    """A bound on what the platform keeps at every pure equilibrium of ``game``, at every share α.

    It is what an equilibrium found by search is to be held against: value found ≤ optimum ≤ upper bound.
    The two large utilities need no tensor of all profiles: a thousand users, all different, or a
    million of few kinds take seconds. Others are looked through, up to 300,000 profiles.

    Notes
    -----
    Who may choose level 0 is paid at least what sharing costs, so the first best, max U − Σc, is a
    upper bound under both rules. In large games one share α for all leaves much less, and the bounds for
    them use that; see :func:`~fairgames.mechanism.upper_bound.federated.federated_upper_bound` and
    :func:`~fairgames.mechanism.upper_bound.laplace.laplace_upper_bound`.

    >>> from fairgames import LinearLaplace, Users, design
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> print(f"{float(design(game, scope='pure').platform_utility):.4f} ≤ {upper_bound(game).value:.4f}")
    0.3667 ≤ 0.3667
    """
    game = PaymentGame.of(game, "upper_bound")
    utility = game.utility
    if isinstance(utility, FederatedMean):
        why = "nobody shares whose largest payment at that share is below the costs, and payments cover costs"
        return UpperBound(federated_upper_bound(game, utility), why)
    if isinstance(utility, LinearLaplace):
        why = "payments cover costs, and nobody is paid less than those who share less"
        return UpperBound(laplace_upper_bound(game, utility), why)
    return _by_profiles(game)


def _by_profiles(game: PaymentGame) -> UpperBound:
    """The first best of all profiles."""
    if any(levels[0] > 0 for levels in game.strategies):
        return UpperBound(math.inf, "no bound: who may not choose level 0 may be paid less than sharing costs")
    if game.size > EXACT_LIMIT:
        return UpperBound(
            math.inf, f"no bound: {how_many(game.size)} profiles of a {game.utility.kind} utility are too many"
        )
    best = first_best(game).welfare.value
    # A rational is rounded once; floats add a cost a user, each less than what they leave and U together.
    largest = sum(float(max(costs)) for costs in game.costs) + abs(float(best))
    rounding = game.utilities.error + (len(game.users) + 2) * 2**-52 * largest
    return UpperBound(float(best) + rounding, "payments cover costs: the most that U exceeds all costs by")
