"""Fair payments for data given at a chosen privacy level, and the platform's best share of them.

Users choose privacy levels ρ; the platform earns U(ρ) and pays fairly (Kang, Pedarsani &
Ramchandran, *The Fair Value of Data Under Heterogeneous Privacy Constraints in Federated
Learning*). The way of the data:

    scenario → users and levels → utility U(ρ) → potential P(ρ) → payments α·φ → game
             → equilibria → the platform's α

What most programs need is here; the rest is in :mod:`fairgames.valuation`, :mod:`fairgames.equilibria`,
:mod:`fairgames.mechanism` and the other packages that the reference shows.
"""

from typing import TYPE_CHECKING, Any

from fairgames import deprecated
from fairgames.errors import FairgamesError, InputError, NoAnswerError, ScenarioError, TooLargeError
from fairgames.lazy import on_first_use
from fairgames.version import __version__ as __version__

if TYPE_CHECKING:
    from fairgames.equilibria.pure.at_share import equilibria_at
    from fairgames.equilibria.pure.intervals import pure_equilibria
    from fairgames.equilibria.pure.landscape import landscape
    from fairgames.equilibria.refinements.played import played
    from fairgames.estimators.linear_laplace import LinearLaplaceEstimator
    from fairgames.game import PaymentGame
    from fairgames.games.normal_form import NormalFormGame
    from fairgames.mechanism import Design, design
    from fairgames.mechanism.robust_design import robust_design
    from fairgames.mechanism.robustness import robustness
    from fairgames.mechanism.upper_bound.bound import upper_bound
    from fairgames.random_effects import fit
    from fairgames.releases.release import release
    from fairgames.scenario import Scenario, load
    from fairgames.solvers.crosscheck import crosscheck
    from fairgames.training.black_box import BlackBoxUtility
    from fairgames.users import Users
    from fairgames.utilities.base import Utility
    from fairgames.utilities.federated_mean import FederatedMean
    from fairgames.utilities.linear_laplace import LinearLaplace
    from fairgames.utilities.table import TableUtility
    from fairgames.valuation.allocation import Allocation
    from fairgames.valuation.banzhaf import banzhaf
    from fairgames.valuation.request import payments

__all__ = [
    "Allocation",
    "BlackBoxUtility",
    "Design",
    "FairgamesError",
    "FederatedMean",
    "InputError",
    "LinearLaplace",
    "LinearLaplaceEstimator",
    "NoAnswerError",
    "NormalFormGame",
    "PaymentGame",
    "Scenario",
    "ScenarioError",
    "TableUtility",
    "TooLargeError",
    "Users",
    "Utility",
    "banzhaf",
    "crosscheck",
    "design",
    "equilibria_at",
    "fit",
    "landscape",
    "load",
    "payments",
    "played",
    "pure_equilibria",
    "release",
    "robust_design",
    "robustness",
    "upper_bound",
]

on_first_use(
    __name__,
    {
        "equilibria.pure.at_share": "equilibria_at",
        "equilibria.pure.intervals": "pure_equilibria",
        "equilibria.pure.landscape": "landscape",
        "equilibria.refinements.played": "played",
        "estimators.linear_laplace": "LinearLaplaceEstimator",
        "game": "PaymentGame",
        "games.normal_form": "NormalFormGame",
        "mechanism": "Design design",
        "mechanism.robust_design": "robust_design",
        "mechanism.robustness": "robustness",
        "mechanism.upper_bound.bound": "upper_bound",
        "random_effects": "fit",
        "releases.release": "release",
        "scenario": "Scenario load",
        "solvers.crosscheck": "crosscheck",
        "training.black_box": "BlackBoxUtility",
        "users": "Users",
        "utilities.base": "Utility",
        "utilities.federated_mean": "FederatedMean",
        "utilities.linear_laplace": "LinearLaplace",
        "utilities.table": "TableUtility",
        "valuation.allocation": "Allocation",
        "valuation.banzhaf": "banzhaf",
        "valuation.request": "payments",
    },
)
deprecated.install()


def __getattr__(name: str) -> Any:
    return deprecated.attribute(name)
