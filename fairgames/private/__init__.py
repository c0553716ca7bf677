"""Private costs: users know their own, and everybody else only their chances; games of plans."""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.private.agents import Agents, Plan
    from fairgames.private.game import PlanGame
    from fairgames.private.thresholds import ContinuousCosts, ThresholdEquilibrium, discretised, threshold_equilibria

__all__ = [
    "Agents",
    "ContinuousCosts",
    "Plan",
    "PlanGame",
    "ThresholdEquilibrium",
    "discretised",
    "threshold_equilibria",
]

on_first_use(
    __name__,
    {
        "agents": "Agents Plan",
        "game": "PlanGame",
        "thresholds": "ContinuousCosts ThresholdEquilibrium discretised threshold_equilibria",
    },
)
