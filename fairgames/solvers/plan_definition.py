"""Expected payments by the definition, where costs are private: every way in which costs may come, one by one.

What a user is paid at one of its cost rows is the mean, over all cost rows that the others may have, of what the
definition says at the levels that come out. Neither E[P] nor any contraction of the solver's is used.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from typing import Any

from fairgames.exact import object_array
from fairgames.mechanism.private.result import PlanDesign
from fairgames.mechanism.result import Design
from fairgames.private.game import PlanGame
from fairgames.solvers.definition import MOST_VALUES, Definition
from fairgames.solvers.enclosure import Enclosure, Sum, expected, plus, to_ball
from fairgames.text import number
from fairgames.typing import Profile


@dataclass(frozen=True, eq=False)
class PlanDefinition(Definition):
    """Values and gains of agents; what one of a user's is paid is weighted by the chance of its cost row.

    Attributes
    ----------
    of_users : the definition for the users, at profiles of levels
    """

    game: PlanGame
    of_users: Definition = field(kw_only=True)

    @classmethod
    def of(cls, game: PlanGame) -> PlanDefinition:
        return cls(game=game, of_users=Definition(game.base))

    @property
    def known(self) -> bool:
        return self.of_users.known

    def within_reach(self, profile: Profile) -> bool:
        plan = self.game.agents.plan(profile)
        n_states = math.prod(len(set(own)) for own in plan)
        n, moves = sum(map(any, plan)), sum(map(len, self.game.base.strategies))
        return bool((n_states * (moves + 1)) << n <= MOST_VALUES)

    def utility(self, profile: Profile) -> Enclosure:
        return expected((weight, self.of_users.utility(levels)) for weight, levels in self._states(profile))

    def _states(self, profile: Profile, user: int | None = None) -> Iterator[tuple[Fraction, Profile]]:
        """The levels that come out, each with its chance; with ``user``, that one has its first cost row.

        Cost rows at which a user is on the same level come out as one.
        """
        agents = self.game.agents
        levels: list[dict[int, Fraction]] = []
        for other, (own, chances) in enumerate(zip(agents.of_user, agents.chances, strict=True)):
            found: dict[int, Fraction] = {}
            for agent, chance in zip(own, [Fraction(1)] if other == user else chances, strict=other != user):
                found[profile[agent]] = found.get(profile[agent], Fraction(0)) + chance
            levels.append(found)
        for combined in product(*(own.items() for own in levels)):
            yield (
                math.prod((chance for _, chance in combined), start=Fraction(1)),
                tuple(level for level, _ in combined),
            )

    def _at_row(self, profile: Profile, agent: int) -> Iterator[tuple[Fraction, Profile, int]]:
        """The levels that come out if a user has one of its cost rows, times the chance of it; and the user."""
        user, row = self.game.agents.who[agent]
        chance = self.game.agents.chances[user][row]
        for weight, levels in self._states(profile, user):
            yield chance * weight, (*levels[:user], profile[agent], *levels[user + 1 :]), user

    def _value(self, profile: Profile, user: int) -> Any:
        parts = self._at_row(profile, user)
        return sum(
            (to_ball(weight) * self.of_users._value(levels, own) for weight, levels, own in parts),
            start=to_ball(Fraction(0)),
        )

    def _summed(self, profile: Profile, user: int) -> Sum:
        total: Sum = {}
        for weight, levels, own in self._at_row(profile, user):
            total = plus(total, self.of_users._sum(levels, own), weight)
        return total


def as_agents(game: PlanGame, found: Design) -> tuple[Design, tuple[str, ...]]:
    """A design as one of its agents, and what does not add up to what is said of users, in sentences."""
    assert isinstance(found, PlanDesign)
    own = found.as_agents(game)
    pairs = zip(found.chances, found.interim_payments, strict=True)
    paid = [chance * amount for row in pairs for chance, amount in zip(*row, strict=True)]
    sums = game.agents.sums(object_array(map(Fraction, paid)))
    wrong = [
        f"{name} is paid {number(float(total))} over its cost rows, stated are {number(stated)}"
        for name, total, stated in zip(found.users, sums, found.payments, strict=True)
        if abs(total - Fraction(stated)) > Fraction(found.regret_bound)
    ]
    return replace(own, payments=object_array(paid)), tuple(wrong)
