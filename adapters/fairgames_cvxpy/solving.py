"""Checking a problem once, and solving it again and again; whatever is not optimal is an error."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fairgames.errors import InputError, SolverError
from fairgames.estimators.programs import Constraints, InfeasibleError

if TYPE_CHECKING:
    from cvxpy.constraints.constraint import Constraint

_TIGHT = 1e-10
#: What each solver is told; where its answer is not optimal, the next. Other solvers get cvxpy's settings.
_SETTINGS: Mapping[str, Sequence[Mapping[str, Any]]] = MappingProxyType(
    {
        # Its own regularisation, 1e-8, would hide the smallest ε beside the largest.
        "clarabel": [
            {
                **dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), tolerance),
                **dict.fromkeys(("iterative_refinement_reltol", "iterative_refinement_abstol"), 1e-15),
                "iterative_refinement_max_iter": 50,
                "static_regularization_constant": 1e-12,
            }
            for tolerance in (_TIGHT, 1e-8)
        ],
        "scs": [{"eps_abs": _TIGHT, "eps_rel": _TIGHT, "max_iters": 200_000}],
        "osqp": [{"eps_abs": _TIGHT, "eps_rel": _TIGHT, "max_iter": 200_000}],
    }
)


def engine() -> Any:
    """cvxpy, imported on first use; most of its functions carry no types."""
    import cvxpy

    return cvxpy


def own_constraints(constraints: Constraints, variables: object) -> list[Constraint]:
    """What the user's own function asks for.

    Raises
    ------
    InputError
        If it returns anything but cvxpy constraints, or one that is not convex.
    """
    if constraints.own is None:
        return []
    cvxpy = engine()
    given = constraints.own(variables)
    found = list(given) if isinstance(given, Iterable) and not isinstance(given, cvxpy.Constraint) else [given]
    for constraint in found:
        if not isinstance(constraint, cvxpy.Constraint):
            raise InputError(f"constraints: own: expected a list of cvxpy constraints, but it holds {constraint!r}")
        if not constraint.is_dcp():
            raise InputError(
                f"constraints: own: {constraint} is not convex by cvxpy's rules (disciplined convex programming)"
            )
        if not constraint.is_dcp(dpp=True):
            raise InputError(
                f"constraints: own: {constraint} cannot be reused for other profiles: it multiplies parameters "
                "(disciplined parametrised programming); the variables hold some"
            )
    return found


def solve(problem: Any, method: str, constraints: Constraints) -> None:
    """Solve with the parameters' present values.

    Every setting that is tried keeps the tolerance of :class:`~fairgames_cvxpy.CvxpyPrograms`.

    Raises
    ------
    InfeasibleError
        If no weights satisfy the constraints.
    SolverError
        If the status is anything else but optimal, or the solver fails, in its words.
    """
    cvxpy = engine()
    with warnings.catch_warnings():
        # "Solution may be inaccurate": such a status is an error below.
        warnings.simplefilter("ignore", UserWarning)
        for settings in _SETTINGS.get(method, [{}]):
            try:
                # Not from the last answer: what comes out must not depend on what was asked before.
                problem.solve(solver=method.upper(), warm_start=False, **settings)
            except cvxpy.error.SolverError as error:
                raise SolverError(f"cvxpy:{method} failed: {error}") from error
            if problem.status in (cvxpy.OPTIMAL, cvxpy.INFEASIBLE):
                break
    # The objective is at least 0, so "infeasible or unbounded" is the former.
    if problem.status in (cvxpy.INFEASIBLE, cvxpy.INFEASIBLE_INACCURATE, cvxpy.settings.INFEASIBLE_OR_UNBOUNDED):
        raise InfeasibleError(
            f"no weights satisfy the constraints ({constraints}): cvxpy:{method} says {problem.status}. Loosen them"
        )
    if problem.status != cvxpy.OPTIMAL:
        raise SolverError(f"cvxpy:{method} has no optimal answer: its status is {problem.status!r}")
