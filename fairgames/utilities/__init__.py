"""Utilities: one file a utility."""

from fairgames.utilities.base import Utility
from fairgames.utilities.baseline import AboveBaseline
from fairgames.utilities.federated_mean import FederatedMean
from fairgames.utilities.linear_laplace import LinearLaplace
from fairgames.utilities.table import TableUtility

__all__ = ["AboveBaseline", "FederatedMean", "LinearLaplace", "TableUtility", "Utility"]
