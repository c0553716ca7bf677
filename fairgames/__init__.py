"""Fair payments for data given at a chosen privacy level, and the platform's best share of them.

Users choose privacy levels ρ; the platform earns U(ρ) and pays fairly (Kang, Pedarsani &
Ramchandran, *The Fair Value of Data Under Heterogeneous Privacy Constraints in Federated
Learning*). The way of the data:

    scenario → users and levels → utility U(ρ) → potential P(ρ) → payments α·φ → game
             → equilibria → the platform's α
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fairgames.equilibria.intervals import PureEquilibria, pure_equilibria
from fairgames.equilibria.landscape import Landscape, landscape
from fairgames.equilibria.pure_regret import Certificate, certify_profile
from fairgames.equilibria.regret import Equilibrium, certify
from fairgames.errors import (
    DataError,
    FairgamesError,
    InputError,
    MissingPackageError,
    NoAnswerError,
    ScenarioError,
    SolverError,
    TooLargeError,
)
from fairgames.game import PaymentGame
from fairgames.mechanism import Choice, Design, design
from fairgames.normal_form import NormalFormGame
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace, TableUtility, Utility
from fairgames.values.alpha import AlphaOfUtility
from fairgames.values.fair import Allocation, payments

if TYPE_CHECKING:
    from fairgames.random_effects import Fit, fit
    from fairgames.scenario import Scenario, load
    from fairgames.solvers.crosscheck import CrossCheck, crosscheck

__version__ = "0.1.0"

#: What reads files or starts engines is loaded on first use, so that importing fairgames stays quick.
_ON_FIRST_USE = {
    "CrossCheck": "fairgames.solvers.crosscheck",
    "Fit": "fairgames.random_effects",
    "Scenario": "fairgames.scenario",
    "crosscheck": "fairgames.solvers.crosscheck",
    "fit": "fairgames.random_effects",
    "load": "fairgames.scenario",
}

__all__ = [
    "Allocation",
    "AlphaOfUtility",
    "Certificate",
    "Choice",
    "CrossCheck",
    "DataError",
    "Design",
    "Equilibrium",
    "FairgamesError",
    "FederatedMean",
    "Fit",
    "InputError",
    "Landscape",
    "LinearLaplace",
    "MissingPackageError",
    "NoAnswerError",
    "NormalFormGame",
    "PaymentGame",
    "PureEquilibria",
    "Scenario",
    "ScenarioError",
    "SolverError",
    "TableUtility",
    "TooLargeError",
    "Users",
    "Utility",
    "certify",
    "certify_profile",
    "crosscheck",
    "design",
    "fit",
    "landscape",
    "load",
    "payments",
    "pure_equilibria",
]


def __getattr__(name: str) -> Any:
    if name not in _ON_FIRST_USE:
        raise AttributeError(f"module 'fairgames' has no attribute {name!r}")
    return getattr(import_module(_ON_FIRST_USE[name]), name)


def __dir__() -> list[str]:
    return __all__
