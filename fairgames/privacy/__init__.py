"""Privacy frameworks: which levels there are, what the platform receives, what a mechanism must keep to."""

from fairgames.privacy.differential import PURE_DP, LinearLaplaceEstimate, LinearLaplaceMechanism, PureDP
from fairgames.privacy.federated import FEDERATED, FederatedEstimates, FederatedPrivacy
from fairgames.privacy.finite import FiniteMechanism
from fairgames.privacy.framework import Level, PrivacyFramework, Verdict, shown

__all__ = [
    "FEDERATED",
    "PURE_DP",
    "FederatedEstimates",
    "FederatedPrivacy",
    "FiniteMechanism",
    "Level",
    "LinearLaplaceEstimate",
    "LinearLaplaceMechanism",
    "PrivacyFramework",
    "PureDP",
    "Verdict",
    "shown",
]
