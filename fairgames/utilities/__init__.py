"""Utilities U(ρ): one file a utility."""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.training.from_estimator import from_estimator, from_game
    from fairgames.utilities.base import Utility
    from fairgames.utilities.baseline import AboveBaseline
    from fairgames.utilities.blocks import outer_sum
    from fairgames.utilities.federated_mean import FederatedMean
    from fairgames.utilities.linear_laplace import LinearLaplace
    from fairgames.utilities.risk import RiskUtility
    from fairgames.utilities.table import TableUtility
    from fairgames.utilities.user_groups import UserGroups

__all__ = [
    "AboveBaseline",
    "FederatedMean",
    "LinearLaplace",
    "RiskUtility",
    "TableUtility",
    "UserGroups",
    "Utility",
    "from_estimator",
    "from_game",
    "outer_sum",
]

on_first_use(
    __name__,
    {
        ".training.from_estimator": "from_estimator from_game",
        "base": "Utility",
        "blocks": "outer_sum",
        "baseline": "AboveBaseline",
        "federated_mean": "FederatedMean",
        "linear_laplace": "LinearLaplace",
        "risk": "RiskUtility",
        "table": "TableUtility",
        "user_groups": "UserGroups",
    },
)
