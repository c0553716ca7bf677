"""What the entry point announces: programs for one of cvxpy's solvers."""

from __future__ import annotations

import difflib
import importlib.util
from dataclasses import dataclass
from functools import lru_cache

from fairgames.errors import MissingPackageError, SolverError
from fairgames.estimators.programs import Constraints, FederatedProgram, LaplaceProgram
from fairgames.typing import FloatArray, IntArray
from fairgames_cvxpy.choices import most_likely
from fairgames_cvxpy.federated import Federated
from fairgames_cvxpy.linear_laplace import LinearLaplace
from fairgames_cvxpy.solving import engine

_DEFAULT = "clarabel"
#: Compiled programs that are kept.
_KEPT = 64


@dataclass(frozen=True)
class CvxpyPrograms:
    """Programs solved by ``method``, one of cvxpy's solvers.

    Attributes
    ----------
    method : such as "clarabel", in lower case
    """

    method: str

    @property
    def name(self) -> str:
        return f"cvxpy:{self.method}"

    @property
    def tolerance(self) -> float:
        """Measured, not promised by the solvers: several times the worst of thousands of programs."""
        return 1e-7 if self.method == _DEFAULT else 1e-6

    def linear_laplace(self, n_users: int, constraints: Constraints) -> LaplaceProgram:
        return _linear_laplace(n_users, constraints, self.method)

    def federated(self, n_users: int, constraints: Constraints) -> FederatedProgram:
        return _federated(n_users, constraints, self.method)

    def most_likely(self, paid: FloatArray, chosen: IntArray) -> FloatArray:
        """Parameters of choices with noise; see :class:`fairgames.learning.logit.LikelihoodPrograms`."""
        return most_likely(paid, chosen, self.method)


def programs(method: str | None = None) -> CvxpyPrograms:
    """Programs for one of cvxpy's installed solvers; default Clarabel.

    Raises
    ------
    MissingPackageError
        If cvxpy is not installed.
    SolverError
        If that solver is not; the message has those that are.
    """
    if importlib.util.find_spec("cvxpy") is None:
        raise MissingPackageError("cvxpy", "solving the estimators' programs")
    installed = [name.lower() for name in engine().installed_solvers()]
    chosen = (method or _DEFAULT).lower()
    if chosen not in installed:
        near = difflib.get_close_matches(chosen, installed, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]!r}?" if near else f"installed are: {', '.join(installed)}"
        raise SolverError(f"cvxpy has no solver {method!r} here: {hint}")
    return CvxpyPrograms(chosen)


@lru_cache(maxsize=_KEPT)
def _linear_laplace(n_users: int, constraints: Constraints, method: str) -> LinearLaplace:
    return LinearLaplace(n_users, constraints, method)


@lru_cache(maxsize=_KEPT)
def _federated(n_users: int, constraints: Constraints, method: str) -> Federated:
    return Federated(n_users, constraints, method)
