"""Names of release 0.1 that have another one now: they work, with a warning, until release 0.3."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, cast

#: Names of :mod:`fairgames` that are called otherwise now.
RENAMED = {
    "Blocs": "UserGroups",
    "Ceiling": "UpperBound",
    "PaymentBook": "IncrementalPayments",
    "RangeDesign": "RobustDesign",
    "ceiling": "upper_bound",
}

#: Packages, and the names of :mod:`fairgames` that are theirs now.
_MOVED = {
    "fairgames.equilibria": "Certificate EquilibriaAtShare FoundByResponse Landscape PureEquilibria by_best_response "
    "certify_profile",
    "fairgames.errors": "DataError InternalError MissingPackageError SolverError",
    "fairgames.estimators": "Constraints FederatedEstimator FederatedRisk LaplaceRisk MeanPrior",
    "fairgames.games": "Equilibrium certify",
    "fairgames.mechanism": "Choice DesignMap PathDesign RobustDesign Robustness UpperBound design_map",
    "fairgames.privacy": "FEDERATED PURE_DP LinearLaplaceMechanism",
    "fairgames.random_effects": "Fit",
    "fairgames.releases": "Ledger Release audit_release",
    "fairgames.solvers": "CrossCheck",
    "fairgames.training": "Budget",
    "fairgames.utilities": "AboveBaseline RiskUtility UserGroups",
    "fairgames.valuation": "AlphaOfUtility IncrementalPayments",
}

#: Names of :mod:`fairgames`, and where they are now.
NAMES = {name: f"{package}.{name}" for package, names in _MOVED.items() for name in names.split()}
NAMES |= {old: NAMES.get(new, f"fairgames.{new}") for old, new in RENAMED.items()}

#: Modules, and the packages that they were in.
MODULES = {
    "fairgames.atomic": "fairgames.reading.atomic",
    "fairgames.dynamics": "fairgames.equilibria.large",
    "fairgames.dynamics.best_response": "fairgames.equilibria.large.best_response",
    "fairgames.dynamics.game": "fairgames.equilibria.large.game",
    "fairgames.dynamics.several": "fairgames.equilibria.large.several",
    "fairgames.equilibria.at_share": "fairgames.equilibria.pure.at_share",
    "fairgames.equilibria.branches": "fairgames.equilibria.two_users.branches",
    "fairgames.equilibria.extreme": "fairgames.games.extreme",
    "fairgames.equilibria.intervals": "fairgames.equilibria.pure.intervals",
    "fairgames.equilibria.landscape": "fairgames.equilibria.pure.landscape",
    "fairgames.equilibria.pure_regret": "fairgames.equilibria.pure.certificate",
    "fairgames.equilibria.regret": "fairgames.games.certificate",
    "fairgames.files": "fairgames.games.files",
    "fairgames.interop": "fairgames.games.convert",
    "fairgames.mechanism.ceiling": "fairgames.mechanism.upper_bound.bound",
    "fairgames.mechanism.population": "fairgames.mechanism.types",
    "fairgames.mechanism.ranges": "fairgames.mechanism.robust_design",
    "fairgames.normal_form": "fairgames.games.normal_form",
    "fairgames.population": "fairgames.counts",
    "fairgames.population.game": "fairgames.equilibria.types.game",
    "fairgames.population.types": "fairgames.counts.types",
    "fairgames.utilities.black_box": "fairgames.training.black_box",
    "fairgames.utilities.blocs": "fairgames.utilities.user_groups",
    "fairgames.utilities.from_estimator": "fairgames.training.from_estimator",
    "fairgames.values": "fairgames.valuation",
    "fairgames.values.allocation": "fairgames.valuation.allocation",
    "fairgames.values.alpha": "fairgames.valuation.alpha",
    "fairgames.values.banzhaf": "fairgames.valuation.banzhaf",
    "fairgames.values.book": "fairgames.valuation.incremental",
    "fairgames.values.fair": "fairgames.valuation.request",
    "fairgames.values.potential": "fairgames.valuation.potential",
    "fairgames.values.rules": "fairgames.valuation.rules",
}


def attribute(name: str) -> Any:
    """The thing of that old name of :mod:`fairgames`, with a warning."""
    if name not in NAMES:
        raise AttributeError(f"module 'fairgames' has no attribute {name!r}")
    module, _, new = NAMES[name].rpartition(".")
    warn(f"fairgames.{name}", NAMES[name], stacklevel=4)
    return getattr(import_module(module), new)


def warn(old: str, new: str, stacklevel: int = 3) -> None:
    """Say so where the old name is used."""
    warnings.warn(f"{old} is now {new}; the old name ends with release 0.3", DeprecationWarning, stacklevel)


class _Moved:
    """Finds an old module as one with the names of the new one; its abstract bases would take longer than all else."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in MODULES:
            return None
        return ModuleSpec(
            fullname, cast(Any, self), is_package=any(name.startswith(f"{fullname}.") for name in MODULES)
        )

    def create_module(self, spec: ModuleSpec) -> None:
        """An ordinary one."""

    def exec_module(self, module: ModuleType) -> None:
        new = MODULES[module.__name__]
        warn(module.__name__, new)
        found = {name: value for name, value in vars(import_module(new)).items() if name[:2] != "__"}
        vars(module).update(found | {old: found[name] for old, name in RENAMED.items() if name in found})


def install() -> None:
    """Let the old modules be found."""
    if not any(isinstance(finder, _Moved) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Moved())  # before a folder that an update has left
