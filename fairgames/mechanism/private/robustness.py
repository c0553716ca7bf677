"""Robustness of a design under private costs: that of its agents, told in plans of users."""

from __future__ import annotations

from dataclasses import dataclass, fields

from fairgames.errors import InputError
from fairgames.mechanism.choice import Choice
from fairgames.mechanism.choosing import pure_strategies
from fairgames.mechanism.private.design import plan_choice, plan_equilibria
from fairgames.mechanism.private.result import PlanDesign
from fairgames.mechanism.result import Design
from fairgames.mechanism.robustness import Robustness, robustness
from fairgames.private.agents import Plan
from fairgames.private.game import PlanGame
from fairgames.typing import Number


@dataclass(frozen=True, eq=False)
class PlanRobustness(Robustness):
    """The robustness of a plan; all money is expected, and deviations are of users who know their costs.

    Attributes
    ----------
    strictness : what a user who deviates at one of its cost rows loses at least, times the chance of that row
    tolerance : as for known costs, the costs of all rows each apart
    first_best_profile, first_best_in_budget_profile : None
    first_best_plan, first_best_in_budget_plan : the first plans that reach them
    """

    first_best_plan: Plan
    first_best_in_budget_plan: Plan


def plan_robustness(game: PlanGame, found: Design, margin: Number | None, budget: Number | None) -> PlanRobustness:
    """The robustness of an answer of :func:`fairgames.design` for users with private costs.

    Raises
    ------
    InputError
        If the answer is of another kind of game or looked at plans that are the same for users alike only.
    """
    if not isinstance(found, PlanDesign) or found.same_plans:
        raise InputError("robustness: where costs are private, expected an answer of scope 'pure' for such a game")
    equilibria = plan_equilibria(game, found.budget_every_state)
    plain = robustness(game, of_agents(game, found), margin, equilibria, budget)
    agents = game.agents
    assert plain.first_best_profile is not None and plain.first_best_in_budget_profile is not None
    same = {one.name: getattr(plain, one.name) for one in fields(Robustness)}
    same |= {
        "worst": plan_choice(agents, plain.worst),
        "first_best_profile": None,
        "first_best_in_budget_profile": None,
    }
    return PlanRobustness(
        **same,
        first_best_plan=agents.plan(plain.first_best_profile),
        first_best_in_budget_plan=agents.plan(plain.first_best_in_budget_profile),
    )


def of_agents(game: PlanGame, found: PlanDesign) -> Design:
    """The same answer with what agents play."""
    profile = game.agents.profile(found.plan)
    choice = {one.name: getattr(found.choice, one.name) for one in fields(Choice)}
    choice |= {"profile": profile, "strategies": pure_strategies(profile, len(game.utility.levels), found.exact)}
    design = {one.name: getattr(found, one.name) for one in fields(Design)}
    return Design(**{**design, "choice": Choice(**choice), "ties": (), "runner_up": None})
