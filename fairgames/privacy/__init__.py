"""Privacy frameworks: which levels there are, what the platform receives, what a mechanism must keep to."""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
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

on_first_use(
    __name__,
    {
        "concentrated": "ConcentratedDP LinearGaussianMechanism ZERO_CONCENTRATED_DP approximate_of_zcdp zcdp_of_pure",
        "differential": "LinearLaplaceEstimate LinearLaplaceMechanism PURE_DP PureDP",
        "federated": "FEDERATED FederatedEstimates FederatedPrivacy",
        "finite": "FiniteMechanism",
        "framework": "Level PrivacyFramework Verdict shown",
        "linear": "LinearMechanism",
    },
)
