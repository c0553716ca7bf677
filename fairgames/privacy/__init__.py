"""Privacy frameworks: which levels there are, what the platform receives, what a mechanism must keep to."""

from fairgames.privacy.concentrated import (
    ZERO_CONCENTRATED_DP,
    ConcentratedDP,
    LinearGaussianMechanism,
    approximate_of_zcdp,
    zcdp_of_pure,
)
from fairgames.privacy.differential import PURE_DP, LinearLaplaceEstimate, LinearLaplaceMechanism, PureDP
from fairgames.privacy.federated import FEDERATED, FederatedEstimates, FederatedPrivacy
from fairgames.privacy.finite import FiniteMechanism
from fairgames.privacy.framework import Level, PrivacyFramework, Verdict, shown
from fairgames.privacy.linear import LinearMechanism

__all__ = [
    "FEDERATED",
    "PURE_DP",
    "ZERO_CONCENTRATED_DP",
    "ConcentratedDP",
    "FederatedEstimates",
    "FederatedPrivacy",
    "FiniteMechanism",
    "Level",
    "LinearGaussianMechanism",
    "LinearLaplaceEstimate",
    "LinearLaplaceMechanism",
    "LinearMechanism",
    "PrivacyFramework",
    "PureDP",
    "Verdict",
    "approximate_of_zcdp",
    "shown",
    "zcdp_of_pure",
]
