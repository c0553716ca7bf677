"""A payment rule as agents know it: one with weights of users gives each agent the weight of its user."""

from __future__ import annotations

from fractions import Fraction

from fairgames.private.agents import Agents
from fairgames.typing import Array
from fairgames.valuation.rules import Coalitions, Rule


def of_agents(rule: Rule, agents: Agents) -> Rule:
    """The rule itself, unless its potential is weighted."""
    return _OfAgents(rule, agents) if rule.potential == "weighted" else rule


class _OfAgents(Rule):
    def __init__(self, rule: Rule, agents: Agents) -> None:
        self._rule, self._agents = rule, agents
        for name in (
            "name", "source", "platform", "efficient", "potential", "null_user", "symmetric", "steepness", "algebraic",
            "methods",
        ):  # fmt: skip
            setattr(self, name, getattr(rule, name))

    def values(self, coalitions: Coalitions) -> Array:
        return self._rule.values(coalitions)

    def user_weight(self, agent: int) -> Fraction:
        return self._rule.user_weight(self._agents.who[agent][0])
