"""The platform's algorithms: estimators that respect a profile, what they reveal, and how wrong they are."""

from fairgames.estimators.federated_mean import FederatedEstimator
from fairgames.estimators.federated_risk import FederatedRisk
from fairgames.estimators.federated_weights import federated_errors, federated_errors_on_counts, federated_weights
from fairgames.estimators.laplace_risk import LaplaceRisk
from fairgames.estimators.linear_laplace import LinearLaplaceEstimator
from fairgames.estimators.prior import MeanPrior
from fairgames.estimators.programs import Constraints, InfeasibleError
from fairgames.estimators.risks import Risk, Risks
from fairgames.estimators.threshold import (
    LaplaceWeights,
    laplace_weights,
    laplace_weights_on_counts,
    optimal_weights,
)

__all__ = [
    "Constraints",
    "FederatedEstimator",
    "FederatedRisk",
    "InfeasibleError",
    "LaplaceRisk",
    "LaplaceWeights",
    "LinearLaplaceEstimator",
    "MeanPrior",
    "Risk",
    "Risks",
    "federated_errors",
    "federated_errors_on_counts",
    "federated_weights",
    "laplace_weights",
    "laplace_weights_on_counts",
    "optimal_weights",
]
