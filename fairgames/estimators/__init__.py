"""The platform's algorithms: estimators that respect a profile, what they reveal, and how wrong they are."""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
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

on_first_use(
    __name__,
    {
        "federated_mean": "FederatedEstimator",
        "federated_risk": "FederatedRisk",
        "federated_weights": "federated_errors federated_errors_on_counts federated_weights",
        "laplace_risk": "LaplaceRisk",
        "linear_laplace": "LinearLaplaceEstimator",
        "prior": "MeanPrior",
        "programs": "Constraints InfeasibleError",
        "risks": "Risk Risks",
        "threshold": "LaplaceWeights laplace_weights laplace_weights_on_counts optimal_weights",
    },
)
