"""The certificate of a profile of a population, from the definition of its payments."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from fairgames.equilibria.pure.certificate import Certificate, regret_bound
from fairgames.equilibria.types.game import PopulationGame
from fairgames.exact import object_array, to_fraction
from fairgames.valuation.methods.counted_coalitions import CountedCoalitions


def certify_on_counts(game: PopulationGame, profile: Sequence[int], alpha: float | Fraction | None) -> Certificate:
    """Payments and regrets at a profile of level indices, by counts of coalitions at it and at every deviation.

    Nothing is taken from the game's potential, so this checks that too. Users of one type at one
    level are paid the same, there and wherever they may go.

    Parameters
    ----------
    alpha : the share; None under Theorem 1

    Raises
    ------
    TooLargeError
        If the utilities of all counts of coalitions do not fit in memory.
    """
    coalitions = CountedCoalitions(game.utility, profile, game.exact)
    share = to_fraction(1 if alpha is None else alpha, "alpha")
    factor = share if game.exact else float(share)
    regrets = np.zeros(len(profile), dtype=object if game.exact else float)
    for number, kind in enumerate(game.types):
        moves = {
            (profile[user], y)
            for cost_class in kind.cost_classes
            for user in cost_class.users
            for y in cost_class.choices
        }
        values = coalitions.values(number, sorted(moves), game.rule.platform_members)
        for cost_class in kind.cost_classes:
            costs = cost_class.costs if game.exact else tuple(map(float, cost_class.costs))
            for x in {profile[user] for user in cost_class.users}:
                payoffs = {y: factor * values[x, y] - costs[y] for y in cost_class.choices}
                here = [user for user in cost_class.users if profile[user] == x]
                regrets[here] = max(payoffs.values()) - payoffs[x]
    allocation = coalitions.allocation(game.rule, share)
    if game.exact:
        return Certificate(allocation, object_array(map(Fraction, regrets)), 0.0)
    dearest = max(float(max(cost_class.costs)) for kind in game.types for cost_class in kind.cost_classes)
    return Certificate(allocation, regrets, regret_bound(allocation, coalitions.error_of(factor), dearest))
