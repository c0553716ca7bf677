"""Classes of a federation's users who are alike in samples, importance, costs and choices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairgames.federation import FederatedModel
from fairgames.game import PaymentGame
from fairgames.typing import FloatArray
from fairgames.utilities.counts import numbered


@dataclass(frozen=True, eq=False)
class BoundClasses:
    """K classes of users alike in samples, importance, costs and choices; arrays of shape (K,) unless stated.

    Attributes
    ----------
    size : how many users
    samples : n
    weight : a, in money
    costs : what a user has to be paid at least on levels 1 and 2, shape (2, K); ∞ where it may not be there
    willing : whether the payment covers the costs for everybody
    """

    size: FloatArray
    samples: FloatArray
    weight: FloatArray
    costs: FloatArray
    willing: bool

    @classmethod
    def of(cls, game: PaymentGame, model: FederatedModel) -> BoundClasses:
        levels = model.levels
        # A million users share few rows of costs, which are quickly told apart by their identity.
        costs = [] if game.users.sensitivity is None else [numbered(map(id, game.users.sensitivity))]
        code = np.zeros(len(model.samples), dtype=np.int64)
        for key in (model.samples, model.importance, numbered(game.strategies), *costs):
            kinds, index = np.unique(np.asarray(key), return_inverse=True)
            code = np.unique(code * len(kinds) + index, return_inverse=True)[1]
        _, first, size = np.unique(code, return_index=True, return_counts=True)
        lowest = [levels[game.strategies[user][0]] for user in first]
        least = np.full((2, len(first)), np.inf)
        for number, user in enumerate(first.tolist()):
            for choice, cost in zip(game.strategies[user], game.costs[user], strict=True):
                if levels[choice]:
                    least[levels[choice] - 1, number] = 0.0 if lowest[number] == 1 else float(cost)
        weight = model.importance[first] * model.scale
        return cls(size.astype(float), model.samples[first], weight, least, 1 not in lowest)
