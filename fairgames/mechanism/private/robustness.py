"""The robustness of a plan: that of its agents, told of users."""

from __future__ import annotations

from dataclasses import dataclass

from fairgames.mechanism.robustness_result import Robustness
from fairgames.private.agents import Plan


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
