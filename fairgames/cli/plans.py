"""Equilibria of users with private costs, told of users instead of their agents."""

from __future__ import annotations

from typing import Any

import numpy as np

from fairgames.mechanism.choice import rationals
from fairgames.private.game import PlanGame
from fairgames.solvers.crosscheck import CrossCheck
from fairgames.solvers.merging import is_pure


def in_plans(game: PlanGame, found: CrossCheck, values: dict[str, Any]) -> dict[str, Any]:
    """The JSON answer of a cross-check of agents, as one of users.

    Of each equilibrium ``strategies`` are each user's chances of levels and ``payoffs`` its own, expected before it
    knows its costs; ``plan`` is the level of each cost row, null where somebody mixes; ``agents`` are the strategies at
    each cost row, by the agents' names; ``interim_regret`` what a user gains at most once it knows its costs.
    """
    agents, levels = game.agents, game.utility.level_names
    equilibria = []
    for one, plain in zip(found.equilibria, values["equilibria"], strict=True):
        full = [_on_levels(game, k, vector) for k, vector in enumerate(one.strategies)]
        plan = agents.plan([int(np.flatnonzero(vector)[0]) for vector in full]) if is_pure(one) else None
        exact = one.exact
        mine = {
            "plan": plan,
            "strategies": [rationals(vector) for vector in agents.strategies(tuple(full))],
            "payoffs": rationals(agents.sums(one.payoffs)),
            "regret": max(agents.sums(one.regrets)),
            "interim_regret": [rationals(row) for row in agents.interim(one.regrets)],
            "agents": dict(zip(agents.names, map(rationals, one.strategies), strict=True)),
            "exact": exact,
        }
        equilibria.append({**plain, **mine})
    return {**values, "users": game.known.names, "levels": [levels] * len(game.known), "equilibria": equilibria}


def _on_levels(game: PlanGame, agent: int, vector: np.ndarray) -> np.ndarray:
    """A strategy over what an agent may choose, as one over all levels."""
    full = np.zeros(len(game.utility.levels), dtype=vector.dtype)
    full[list(game.strategies[agent])] = vector
    return full
