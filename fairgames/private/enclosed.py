"""E[U], E[P] and expected values at single plans, as numbers that can be enclosed as narrowly as asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from fairgames.certain import Rational, Real, combination
from fairgames.private.agents import Agents
from fairgames.private.utility import states
from fairgames.typing import Profile
from fairgames.valuation.enclosed import Counts, EnclosedValues


class ExpectedValues(EnclosedValues):
    """Of a game with private costs: profiles are of agents, and numbers are expected over cost rows.

    What an agent is paid is weighted by the chance of its cost row, as its costs are.
    """

    def __init__(self, values: EnclosedValues, agents: Agents) -> None:
        self._values, self._agents = values, agents
        self.rule = values.rule
        self._known: dict[tuple[Profile, int, int], Real | None] = {}

    def utility(self, profile: Sequence[int]) -> Real | None:
        return self._mean(tuple(profile), self._values.utility)

    def potential(self, profile: Sequence[int]) -> Real | None:
        return self._mean(tuple(profile), self._values.potential)

    def divided(self, profile: Profile) -> Real | None:
        return self._mean(profile, self._values.divided)

    def value(self, profile: Profile, user: int) -> Real | None:
        return self.gain(profile, user, 0)

    def gain(self, profile: Profile, user: int, level: int) -> Real | None:
        """What agent ``user`` is paid more for staying than on ``level``, at α = 1, times the chance of its row."""
        key = (profile, user, level)
        if key not in self._known:
            self._known[key] = self._gain(*key)
        return self._known[key]

    def on_counts(self, counts: Counts) -> Real | None:
        return self.potential(self._profile(counts))

    def gain_on_counts(self, counts: Counts, kind: int, x: int, y: int) -> Real | None:
        """The same as :meth:`gain`: each agent is a type of its own."""
        return self.gain(self._profile(counts), kind, y)

    def _profile(self, counts: Counts) -> Profile:
        levels = {agent: level for (agent, level), _ in counts}
        return tuple(levels.get(agent, 0) for agent in range(len(self._agents)))

    def _gain(self, profile: Profile, agent: int, level: int) -> Real | None:
        own, row = self._agents.who[agent]
        weight = self._agents.chances[own][row]
        here = profile[agent]
        # With all rows of the user on one level the states are those of the others.
        alone = list(profile)
        for mine in self._agents.of_user[own]:
            alone[mine] = here
        found = self._mean(tuple(alone), lambda levels: self._values.gain(levels, own, level))
        return None if found is None else combination([(weight, found)])

    def _mean(self, profile: Profile, number: Callable[[Profile], Real | None]) -> Real | None:
        possible = states(self._agents, profile)
        if possible is None:
            return None
        terms: list[tuple[Fraction, Real]] = []
        for weight, levels in possible:
            real = number(levels)
            if real is None:
                return None
            terms.append((weight, real))
        return combination(terms) if terms else Rational(0)
