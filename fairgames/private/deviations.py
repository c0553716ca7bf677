"""Values of all deviations from one plan, where plans are too many to list and profiles of the users are not."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property

import numpy as np

from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.private.contraction import but_one, contracted
from fairgames.private.game import PlanGame
from fairgames.typing import Array, FloatArray, IntArray, Profile
from fairgames.valuation.deviation_values import DeviationValues
from fairgames.valuation.methods.exponential_sums.gauss import gauss_legendre

_EPSILON = float(np.finfo(float).eps)


class PlanDeviations:
    """The deviation values of agents, from U and P at the profiles of their users; each agent is a type of its own.

    Parameters
    ----------
    game : of a fair rule

    Raises
    ------
    InputError
        If the rule is another.
    TooLargeError
        Before allocating, if the profiles of the users do not fit in memory.
    """

    def __init__(self, game: PlanGame) -> None:
        if not game.rule.fair:
            raise InputError(game.rule.only_fair("method 'path' where costs are private"))
        self.game = game
        base = game.base
        self.base = PaymentGame(base.utility, base.users, base.rule, exact=False)

    @cached_property
    def _axes(self) -> list[list[int]]:
        return [sorted({0, *levels}) for levels in self.base.strategies]

    @cached_property
    def _everywhere(self) -> tuple[FloatArray, FloatArray, float, float]:
        """U and P at every profile, with level 0 for everybody, and bounds on their means' errors."""
        utilities, shared = self.base._tensors
        assert shared is not None  # of fair rules
        steps = 4 * sum(len(axis) + 2 for axis in self._axes) * _EPSILON
        errors = [one.error + steps * float(np.abs(one.values).max()) for one in (utilities, shared)]
        return utilities.values, shared.values, errors[0], errors[1]

    def at(self, counts: IntArray) -> DeviationValues:
        """The deviation values with each agent on the one level where it counts, shape (A, L)."""
        profile = tuple(counts.argmax(axis=1).tolist())
        utilities, shared, _, error = self._everywhere
        weights = self._weights(profile)
        means = but_one(shared, weights)
        values = np.full((*counts.shape, counts.shape[1]), np.nan)
        for agent, (user, _) in enumerate(self.game.agents.who):
            chance = float(self.game.agents.weights[agent])
            values[agent, profile[agent], self._axes[user]] = chance * (means[user] - means[user][0])
        worth = float(contracted(utilities, weights, 0))
        return DeviationValues(values, worth, float(means[0] @ weights[0]), 2 * error * (1 + 4 * _EPSILON), error)

    def utility_error(self) -> float:
        """Bound on the error of every E[U]."""
        return self._everywhere[2]

    def certified(self, profile: Profile, share: float) -> tuple[FloatArray, FloatArray, float, float]:
        """Payments of agents, their regrets, the bound on the errors of both, and E[U]; from U alone.

        E[φ_i(x)] = ∫₀¹ E_q[U(x, ·) − U(0, ·)] dq, each other user on a level y ≠ 0 with chance q times that of y
        (Owen 1972), q times that where the platform is a member; both are polynomials in q.
        """
        utilities, _, error, _ = self._everywhere
        n, weights = len(self._axes), self._weights(profile)
        nodes, apart, parts = gauss_legendre(n // 2 + 1)
        found = [np.zeros(len(axis)) for axis in self._axes]
        for q, rest, part in zip(nodes.tolist(), apart.tolist(), parts.tolist(), strict=True):
            thinned = [q * own for own in weights]
            for own, whole in zip(thinned, weights, strict=True):
                own[0] = rest + q * whole[0]
            for user, means in enumerate(but_one(utilities, thinned)):
                found[user] += part * (q if self.game.rule.platform else 1.0) * (means - means[0])
        # Of the nodes, each of which moves every user's chances by some roundings; and of their weights.
        bound = 2 * error + 16 * (n + 4) * _EPSILON * float(np.abs(utilities).max())
        payments, regrets, dearest = [], [], 0.0
        for agent, (user, _) in enumerate(self.game.agents.who):
            chance, axis = float(self.game.agents.weights[agent]), self._axes[user]
            costs = [float(cost) for cost in self.game.costs[agent]]
            dearest = max(dearest, *costs)
            paid = [share * chance * float(found[user][axis.index(y)]) for y in self.game.strategies[agent]]
            left = [one - cost for one, cost in zip(paid, costs, strict=True)]
            place = self.game.strategies[agent].index(profile[agent])
            payments.append(paid[place])
            regrets.append(max(left) - left[place])
        largest = max(abs(one) for one in payments) + dearest
        return (
            np.array(payments),
            np.array(regrets),
            2 * bound + 16 * _EPSILON * largest,
            float(contracted(utilities, weights, 0)),
        )

    def _weights(self, profile: Sequence[int]) -> list[FloatArray]:
        """For each user the chance of each level along its axis."""
        agents, found = self.game.agents, []
        for user, (own, axis) in enumerate(zip(agents.plan(profile), self._axes, strict=True)):
            chances = agents.level_chances(user, own)
            found.append(np.array([float(chances.get(level, Fraction(0))) for level in axis]))
        return found

    def first_best_if_known(self) -> float:
        """E[max U − Σc] over the users' cost rows, were all costs known; at least that, errors included."""
        utilities, _, _, _ = self._everywhere
        welfare: Array = utilities
        largest = float(np.abs(utilities).max())
        for user, (axis, rows) in enumerate(zip(self._axes, self.game.agents.rows, strict=True)):
            chosen = [axis.index(level) for level in self.base.strategies[user]]
            offered = np.take(welfare, chosen, axis=user)
            along = [-1 if k == user else 1 for k in range(offered.ndim)]
            best = []
            for _, costs in rows:
                own = np.array([float(costs[level]) for level in self.base.strategies[user]])
                best.append((offered - own.reshape(along)).max(axis=user))
            largest += max(float(max(costs)) for _, costs in rows)
            welfare = np.stack(best, axis=user)
        chances = [np.array([float(chance) for chance, _ in rows]) for rows in self.game.agents.rows]
        rounding = self.base.utility.rounding + 8 * sum(len(own) + 2 for own in chances) * _EPSILON * largest
        return float(contracted(welfare, chances, 0)) + rounding
