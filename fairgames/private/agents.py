"""The agents of a game with private costs: one for each user and each row of costs that may be its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

import numpy as np

from fairgames.exact import object_array
from fairgames.typing import Array, MixedProfile, Profile
from fairgames.users import Users

#: For each user the level index that it chooses at each of its cost rows.
Plan: TypeAlias = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Agents:
    """Who decides: each user once for each of its cost rows, in the order of users and then of rows.

    Attributes
    ----------
    users : the users, some of whose costs are private
    n_levels : how many levels there are
    """

    users: Users
    n_levels: int

    @cached_property
    def rows(self) -> tuple[tuple[tuple[Fraction, tuple[Fraction, ...]], ...], ...]:
        """For each user the chance and the costs of each row; one row of chance 1 where costs are known."""
        private = self.users.private or (None,) * len(self.users)
        return tuple(
            tuple(own) if own else ((Fraction(1), self.users.costs(user, self.n_levels)),)
            for user, own in enumerate(private)
        )

    @cached_property
    def chances(self) -> tuple[tuple[Fraction, ...], ...]:
        """For each user the chance of each row."""
        return tuple(tuple(probability for probability, _ in own) for own in self.rows)

    @cached_property
    def of_user(self) -> tuple[tuple[int, ...], ...]:
        """For each user its agents."""
        found, start = [], 0
        for own in self.rows:
            found.append(tuple(range(start, start + len(own))))
            start += len(own)
        return tuple(found)

    @cached_property
    def who(self) -> tuple[tuple[int, int], ...]:
        """For each agent its user and its cost row."""
        return tuple((user, row) for user, own in enumerate(self.rows) for row in range(len(own)))

    def __len__(self) -> int:
        return len(self.who)

    @cached_property
    def weights(self) -> tuple[Fraction, ...]:
        """For each agent the chance of its cost row."""
        return tuple(self.chances[user][row] for user, row in self.who)

    def as_users(self) -> Users:
        """The agents as users of their own: what a level costs one is weighted by its chance."""
        costs = [[p * cost for cost in row] for own in self.rows for p, row in own]
        allowed = None
        if self.users.allowed is not None:
            allowed = [self.users.allowed[user] or None for user, _ in self.who]
        return Users(sensitivity=costs, allowed=allowed, names=self.names)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Each user's own name where it has one row, else that and the number of the row."""
        names = self.users.names
        taken = set(names)
        found = []
        for user, row in self.who:
            if len(self.rows[user]) == 1:
                found.append(names[user])
                continue
            name = f"{names[user]} at cost {row + 1}"
            while name in taken:
                name += "'"
            taken.add(name)
            found.append(name)
        return tuple(found)

    def plan(self, profile: Sequence[int]) -> Plan:
        """The levels of the agents, user by user."""
        return tuple(tuple(int(profile[agent]) for agent in own) for own in self.of_user)

    def profile(self, plan: Plan) -> Profile:
        """The other way round."""
        return tuple(level for own in plan for level in own)

    def strategies(self, of_agents: MixedProfile) -> MixedProfile:
        """For each user the chance of each level, from what its agents play."""
        return tuple(
            sum((self._times(self.weights[agent], of_agents[agent]) for agent in own[1:]),
                start=self._times(self.weights[own[0]], of_agents[own[0]]))
            for own in self.of_user
        )  # fmt: skip

    @staticmethod
    def _times(weight: Fraction, vector: Array) -> Array:
        return np.asarray((weight if vector.dtype == object else float(weight)) * vector)

    def sums(self, of_agents: Array) -> Array:
        """One number a user: the sum over its agents."""
        found = [sum((of_agents[agent] for agent in own[1:]), start=of_agents[own[0]]) for own in self.of_user]
        return object_array(found) if of_agents.dtype == object else np.array(found, dtype=float)

    def interim(self, of_agents: Array) -> tuple[Array, ...]:
        """For each user one number a row, what is weighted by the chance of the row taken by itself."""
        exact = of_agents.dtype == object
        return tuple(
            object_array([of_agents[agent] / self.weights[agent] for agent in own])
            if exact
            else np.array([of_agents[agent] / float(self.weights[agent]) for agent in own])
            for own in self.of_user
        )

    def level_chances(self, user: int, levels: Sequence[int]) -> dict[int, Fraction]:
        """The chance of each level that a user plays, from its levels at its rows."""
        found: dict[int, Fraction] = {}
        for probability, level in zip(self.chances[user], levels, strict=True):
            found[level] = found.get(level, Fraction(0)) + probability
        return found
