"""The certificate of a plan where costs are private, from the definition of its payments."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.errors import TooLargeError
from fairgames.exact import object_array, to_fraction
from fairgames.private.agents import Agents
from fairgames.private.game import PlanGame
from fairgames.private.utility import states
from fairgames.text import how_many
from fairgames.typing import Array, Profile
from fairgames.valuation.allocation import Allocation
from fairgames.valuation.own import values_at_levels

_EPSILON = float(np.finfo(float).eps)


def agents_regrets(
    game: PlanGame, profile: Sequence[int], alpha: float | Fraction | None
) -> tuple[Allocation, Array, float]:
    """Expected payments of agents, their regrets, and the bound on the error of a payment.

    Of each user at each state of the others, that is at each profile of levels that may come out of their plans, the
    payments at all its levels are computed from U alone; a chance weighs each state.

    Raises
    ------
    TooLargeError
        If the states of the others are more than can be written out.
    """
    exact, share = game.exact, _share(game, alpha)
    payments: list[Any] = []
    regrets: list[Any] = []
    error = 0.0
    for user, own in enumerate(game.agents.of_user):
        choices = game.base.strategies[user]
        values, bound = _expected_values(game, tuple(profile), user)
        error = max(error, bound)
        for agent in own:
            weight = game.agents.weights[agent] if exact else float(game.agents.weights[agent])
            paid = share * weight * values
            costs = object_array(game.costs[agent]) if exact else np.array(game.costs[agent], dtype=float)
            gains = paid - costs
            place = choices.index(profile[agent])
            payments.append(paid[place])
            regrets.append(max(gains) - gains[place])
    kinds = object_array if exact else np.array
    return _allocation(game, profile, share, kinds(payments), error), kinds(regrets), error


def _share(game: PlanGame, alpha: float | Fraction | None) -> Any:
    if alpha is None:
        return Fraction(1) if game.exact else 1.0
    return to_fraction(alpha) if game.exact else float(alpha)


def _expected_values(game: PlanGame, profile: Profile, user: int) -> tuple[Array, float]:
    """φ of one user at each of its levels at α = 1, expected over the others' cost rows, and its error."""
    base, exact = game.base, game.exact
    choices = base.strategies[user]
    total: Any = 0
    error = 0.0
    for weight, levels in _others(game.agents, profile, user):
        values, bound = values_at_levels(base.rule, base.utility, levels, user, choices, exact)
        total = total + (weight if exact else float(weight)) * values
        error = max(error, bound + 4 * _EPSILON * float(np.abs(values).max(initial=0)))
    n_states = 2 * len(game.agents)
    return total, 0.0 if exact else error + n_states * _EPSILON * float(np.abs(total).max())


def _others(agents: Agents, profile: Profile, user: int) -> list[tuple[Fraction, Profile]]:
    """What may come out of the others' plans, with the chances; the user itself at its first row's level."""
    alone = list(profile)
    for mine in agents.of_user[user]:
        alone[mine] = profile[agents.of_user[user][0]]
    found = states(agents, tuple(alone))
    if found is None:
        size = 1
        for own in agents.of_user:
            size *= len(own)
        raise TooLargeError(
            f"The certificate of a plan over {how_many(size)} combinations of cost rows: too many to go through. "
            "Ask for users alike who have the same plan (`fairgames design --scope symmetric`).",
        )
    return found


def _allocation(game: PlanGame, profile: Sequence[int], share: Any, payments: Array, error: float) -> Allocation:
    total = sum((w * _worth(game, levels) for w, levels in _weighted(game, tuple(profile))), start=0 * payments[0])
    paid = payments.sum()
    rule = game.rule
    platform = total - paid
    residual = paid - share * total if not rule.platform else 0 * paid
    return Allocation(
        payments, platform, total, None if rule.platform else share, residual, error, game.exact, None, "subsets"
    )


def _weighted(game: PlanGame, profile: Profile) -> list[tuple[Any, Profile]]:
    found = states(game.agents, profile) or []
    return [(weight if game.exact else float(weight), levels) for weight, levels in found]


def _worth(game: PlanGame, levels: Profile) -> Any:
    utility = game.base.utility
    return utility.exact_at(levels) if game.exact else utility.at(levels)
