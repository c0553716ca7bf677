"""Fair payments for data given at a chosen privacy level, and the platform's best share of them.

Users choose privacy levels ρ; the platform earns U(ρ) and pays fairly (Kang, Pedarsani &
Ramchandran, *The Fair Value of Data Under Heterogeneous Privacy Constraints in Federated
Learning*). The way of the data:

    scenario → users and levels → utility U(ρ) → potential P(ρ) → payments α·φ → game
             → equilibria → the platform's α
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fairgames import deprecated
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
from fairgames.version import __version__ as __version__

if TYPE_CHECKING:
    from fairgames.equilibria.large.several import FoundByResponse, by_best_response
    from fairgames.equilibria.pure.at_share import EquilibriaAtShare, equilibria_at
    from fairgames.equilibria.pure.certificate import Certificate, certify_profile
    from fairgames.equilibria.pure.intervals import pure_equilibria
    from fairgames.equilibria.pure.landscape import Landscape, landscape
    from fairgames.equilibria.pure.results import PureEquilibria
    from fairgames.estimators import (
        Constraints,
        FederatedEstimator,
        FederatedRisk,
        LaplaceRisk,
        LinearLaplaceEstimator,
        MeanPrior,
    )
    from fairgames.game import PaymentGame
    from fairgames.games.certificate import Equilibrium, certify
    from fairgames.games.normal_form import NormalFormGame
    from fairgames.mechanism import Choice, Design, design
    from fairgames.mechanism.maps import DesignMap, design_map
    from fairgames.mechanism.path import PathDesign
    from fairgames.mechanism.robust_design import RobustDesign, robust_design
    from fairgames.mechanism.robustness import Robustness, robustness
    from fairgames.mechanism.upper_bound.bound import UpperBound, upper_bound
    from fairgames.privacy import FEDERATED, PURE_DP, LinearLaplaceMechanism
    from fairgames.random_effects import Fit, fit
    from fairgames.releases import Ledger, Release, audit_release, release
    from fairgames.scenario import Scenario, load
    from fairgames.solvers.crosscheck import CrossCheck, crosscheck
    from fairgames.training.black_box import BlackBoxUtility
    from fairgames.training.budget import Budget
    from fairgames.users import Users
    from fairgames.utilities import FederatedMean, LinearLaplace, TableUtility, Utility
    from fairgames.utilities.baseline import AboveBaseline
    from fairgames.utilities.risk import RiskUtility
    from fairgames.utilities.user_groups import UserGroups
    from fairgames.valuation.alpha import AlphaOfUtility
    from fairgames.valuation.banzhaf import banzhaf
    from fairgames.valuation.incremental import IncrementalPayments
    from fairgames.valuation.request import Allocation, payments

#: Everything is loaded on first use: importing fairgames takes no time, and ^C while NumPy loads is the command's.
_ON_FIRST_USE = {
    "AboveBaseline": "fairgames.utilities.baseline",
    "Allocation": "fairgames.valuation.request",
    "AlphaOfUtility": "fairgames.valuation.alpha",
    "BlackBoxUtility": "fairgames.training.black_box",
    "UserGroups": "fairgames.utilities.user_groups",
    "Budget": "fairgames.training.budget",
    "UpperBound": "fairgames.mechanism.upper_bound.bound",
    "Certificate": "fairgames.equilibria.pure.certificate",
    "Choice": "fairgames.mechanism",
    "Constraints": "fairgames.estimators",
    "CrossCheck": "fairgames.solvers.crosscheck",
    "Design": "fairgames.mechanism",
    "DesignMap": "fairgames.mechanism.maps",
    "EquilibriaAtShare": "fairgames.equilibria.pure.at_share",
    "Equilibrium": "fairgames.games.certificate",
    "FEDERATED": "fairgames.privacy",
    "FederatedEstimator": "fairgames.estimators",
    "FederatedMean": "fairgames.utilities",
    "FederatedRisk": "fairgames.estimators",
    "Fit": "fairgames.random_effects",
    "FoundByResponse": "fairgames.equilibria.large.several",
    "Landscape": "fairgames.equilibria.pure.landscape",
    "LaplaceRisk": "fairgames.estimators",
    "Ledger": "fairgames.releases",
    "LinearLaplace": "fairgames.utilities",
    "LinearLaplaceEstimator": "fairgames.estimators",
    "LinearLaplaceMechanism": "fairgames.privacy",
    "MeanPrior": "fairgames.estimators",
    "NormalFormGame": "fairgames.games.normal_form",
    "PURE_DP": "fairgames.privacy",
    "PathDesign": "fairgames.mechanism.path",
    "IncrementalPayments": "fairgames.valuation.incremental",
    "PaymentGame": "fairgames.game",
    "PureEquilibria": "fairgames.equilibria.pure.results",
    "RobustDesign": "fairgames.mechanism.robust_design",
    "Release": "fairgames.releases",
    "RiskUtility": "fairgames.utilities.risk",
    "Robustness": "fairgames.mechanism.robustness",
    "Scenario": "fairgames.scenario",
    "TableUtility": "fairgames.utilities",
    "Users": "fairgames.users",
    "Utility": "fairgames.utilities",
    "audit_release": "fairgames.releases",
    "banzhaf": "fairgames.valuation.banzhaf",
    "by_best_response": "fairgames.equilibria.large.several",
    "upper_bound": "fairgames.mechanism.upper_bound.bound",
    "certify": "fairgames.games.certificate",
    "certify_profile": "fairgames.equilibria.pure.certificate",
    "crosscheck": "fairgames.solvers.crosscheck",
    "design": "fairgames.mechanism",
    "design_map": "fairgames.mechanism.maps",
    "equilibria_at": "fairgames.equilibria.pure.at_share",
    "fit": "fairgames.random_effects",
    "landscape": "fairgames.equilibria.pure.landscape",
    "load": "fairgames.scenario",
    "payments": "fairgames.valuation.request",
    "pure_equilibria": "fairgames.equilibria.pure.intervals",
    "release": "fairgames.releases",
    "robust_design": "fairgames.mechanism.robust_design",
    "robustness": "fairgames.mechanism.robustness",
}

__all__ = [
    "FEDERATED",
    "PURE_DP",
    "AboveBaseline",
    "Allocation",
    "AlphaOfUtility",
    "BlackBoxUtility",
    "Budget",
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
    "IncrementalPayments",
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
    "PaymentGame",
    "PureEquilibria",
    "Release",
    "RiskUtility",
    "RobustDesign",
    "Robustness",
    "Scenario",
    "ScenarioError",
    "SolverError",
    "TableUtility",
    "TooLargeError",
    "UpperBound",
    "UserGroups",
    "Users",
    "Utility",
    "audit_release",
    "banzhaf",
    "by_best_response",
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
    "upper_bound",
]


deprecated.install()


def __getattr__(name: str) -> Any:
    if name in deprecated.NAMES:
        deprecated.warn(f"fairgames.{name}", f"fairgames.{deprecated.NAMES[name]}")
        name = deprecated.NAMES[name]
    if name not in _ON_FIRST_USE:
        raise AttributeError(f"module 'fairgames' has no attribute {name!r}")
    return getattr(import_module(_ON_FIRST_USE[name]), name)


def __dir__() -> list[str]:
    return __all__
