"""Fair payments for data given at a chosen privacy level, and the platform's best share of them.

Users choose privacy levels ρ; the platform earns U(ρ) and pays fairly (Kang, Pedarsani &
Ramchandran, *The Fair Value of Data Under Heterogeneous Privacy Constraints in Federated
Learning*). The way of the data:

    scenario → users and levels → utility U(ρ) → potential P(ρ) → payments α·φ → game
             → equilibria → the platform's α
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fairgames.errors import (
    DataError,
    FairgamesError,
    InputError,
    InternalError,
    MissingPackageError,
    NoAnswerError,
    ScenarioError,
    SolverError,
    TooLargeError,
)

if TYPE_CHECKING:
    from fairgames.dynamics.several import FoundByResponse, by_best_response
    from fairgames.equilibria.at_share import EquilibriaAtShare, equilibria_at
    from fairgames.equilibria.intervals import PureEquilibria, pure_equilibria
    from fairgames.equilibria.landscape import Landscape, landscape
    from fairgames.equilibria.pure_regret import Certificate, certify_profile
    from fairgames.equilibria.regret import Equilibrium, certify
    from fairgames.estimators import (
        Constraints,
        FederatedEstimator,
        FederatedRisk,
        LaplaceRisk,
        LinearLaplaceEstimator,
        MeanPrior,
    )
    from fairgames.game import PaymentGame
    from fairgames.mechanism import Choice, Design, design
    from fairgames.mechanism.ceiling import Ceiling, ceiling
    from fairgames.mechanism.maps import DesignMap, design_map
    from fairgames.mechanism.path import PathDesign
    from fairgames.mechanism.ranges import RangeDesign, robust_design
    from fairgames.mechanism.robustness import Robustness, robustness
    from fairgames.normal_form import NormalFormGame
    from fairgames.privacy import FEDERATED, PURE_DP, LinearLaplaceMechanism
    from fairgames.random_effects import Fit, fit
    from fairgames.releases import Ledger, Release, audit_release, release
    from fairgames.scenario import Scenario, load
    from fairgames.solvers.crosscheck import CrossCheck, crosscheck
    from fairgames.training.budget import Budget
    from fairgames.users import Users
    from fairgames.utilities import FederatedMean, LinearLaplace, TableUtility, Utility
    from fairgames.utilities.baseline import AboveBaseline
    from fairgames.utilities.black_box import BlackBoxUtility
    from fairgames.utilities.blocs import Blocs
    from fairgames.utilities.risk import RiskUtility
    from fairgames.values.alpha import AlphaOfUtility
    from fairgames.values.banzhaf import banzhaf
    from fairgames.values.book import PaymentBook
    from fairgames.values.fair import Allocation, payments

__version__ = "0.1.0"

#: Everything is loaded on first use: importing fairgames takes no time, and ^C while NumPy loads is the command's.
_ON_FIRST_USE = {
    "AboveBaseline": "fairgames.utilities.baseline",
    "Allocation": "fairgames.values.fair",
    "AlphaOfUtility": "fairgames.values.alpha",
    "BlackBoxUtility": "fairgames.utilities.black_box",
    "Blocs": "fairgames.utilities.blocs",
    "Budget": "fairgames.training.budget",
    "Ceiling": "fairgames.mechanism.ceiling",
    "Certificate": "fairgames.equilibria.pure_regret",
    "Choice": "fairgames.mechanism",
    "Constraints": "fairgames.estimators",
    "CrossCheck": "fairgames.solvers.crosscheck",
    "Design": "fairgames.mechanism",
    "DesignMap": "fairgames.mechanism.maps",
    "EquilibriaAtShare": "fairgames.equilibria.at_share",
    "Equilibrium": "fairgames.equilibria.regret",
    "FEDERATED": "fairgames.privacy",
    "FederatedEstimator": "fairgames.estimators",
    "FederatedMean": "fairgames.utilities",
    "FederatedRisk": "fairgames.estimators",
    "Fit": "fairgames.random_effects",
    "FoundByResponse": "fairgames.dynamics.several",
    "Landscape": "fairgames.equilibria.landscape",
    "LaplaceRisk": "fairgames.estimators",
    "Ledger": "fairgames.releases",
    "LinearLaplace": "fairgames.utilities",
    "LinearLaplaceEstimator": "fairgames.estimators",
    "LinearLaplaceMechanism": "fairgames.privacy",
    "MeanPrior": "fairgames.estimators",
    "NormalFormGame": "fairgames.normal_form",
    "PURE_DP": "fairgames.privacy",
    "PathDesign": "fairgames.mechanism.path",
    "PaymentBook": "fairgames.values.book",
    "PaymentGame": "fairgames.game",
    "PureEquilibria": "fairgames.equilibria.intervals",
    "RangeDesign": "fairgames.mechanism.ranges",
    "Release": "fairgames.releases",
    "RiskUtility": "fairgames.utilities.risk",
    "Robustness": "fairgames.mechanism.robustness",
    "Scenario": "fairgames.scenario",
    "TableUtility": "fairgames.utilities",
    "Users": "fairgames.users",
    "Utility": "fairgames.utilities",
    "audit_release": "fairgames.releases",
    "banzhaf": "fairgames.values.banzhaf",
    "by_best_response": "fairgames.dynamics.several",
    "ceiling": "fairgames.mechanism.ceiling",
    "certify": "fairgames.equilibria.regret",
    "certify_profile": "fairgames.equilibria.pure_regret",
    "crosscheck": "fairgames.solvers.crosscheck",
    "design": "fairgames.mechanism",
    "design_map": "fairgames.mechanism.maps",
    "equilibria_at": "fairgames.equilibria.at_share",
    "fit": "fairgames.random_effects",
    "landscape": "fairgames.equilibria.landscape",
    "load": "fairgames.scenario",
    "payments": "fairgames.values.fair",
    "pure_equilibria": "fairgames.equilibria.intervals",
    "release": "fairgames.releases",
    "robust_design": "fairgames.mechanism.ranges",
    "robustness": "fairgames.mechanism.robustness",
}

__all__ = [
    "FEDERATED",
    "PURE_DP",
    "AboveBaseline",
    "Allocation",
    "AlphaOfUtility",
    "BlackBoxUtility",
    "Blocs",
    "Budget",
    "Ceiling",
    "Certificate",
    "Choice",
    "Constraints",
    "CrossCheck",
    "DataError",
    "Design",
    "DesignMap",
    "EquilibriaAtShare",
    "Equilibrium",
    "FairgamesError",
    "FederatedEstimator",
    "FederatedMean",
    "FederatedRisk",
    "Fit",
    "FoundByResponse",
    "InputError",
    "InternalError",
    "Landscape",
    "LaplaceRisk",
    "Ledger",
    "LinearLaplace",
    "LinearLaplaceEstimator",
    "LinearLaplaceMechanism",
    "MeanPrior",
    "MissingPackageError",
    "NoAnswerError",
    "NormalFormGame",
    "PathDesign",
    "PaymentBook",
    "PaymentGame",
    "PureEquilibria",
    "RangeDesign",
    "Release",
    "RiskUtility",
    "Robustness",
    "Scenario",
    "ScenarioError",
    "SolverError",
    "TableUtility",
    "TooLargeError",
    "Users",
    "Utility",
    "audit_release",
    "banzhaf",
    "by_best_response",
    "ceiling",
    "certify",
    "certify_profile",
    "crosscheck",
    "design",
    "design_map",
    "equilibria_at",
    "fit",
    "landscape",
    "load",
    "payments",
    "pure_equilibria",
    "release",
    "robust_design",
    "robustness",
]


def __getattr__(name: str) -> Any:
    if name not in _ON_FIRST_USE:
        raise AttributeError(f"module 'fairgames' has no attribute {name!r}")
    return getattr(import_module(_ON_FIRST_USE[name]), name)


def __dir__() -> list[str]:
    return __all__
