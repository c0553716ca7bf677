"""The likelihood of choices with noise, as a program over exponential cones."""

from __future__ import annotations

import numpy as np

from fairgames.errors import SolverError
from fairgames.typing import FloatArray, IntArray
from fairgames_cvxpy.solving import engine

#: Parameters are held below, so that choices without noise have a maximum, too.
_LARGEST = 1e7


def most_likely(paid: FloatArray, chosen: IntArray, method: str) -> FloatArray:
    """λ and λ·c of all levels but the first that make the choices most likely, shape (K,).

    Parameters
    ----------
    paid : what each of K levels paid in each of M periods, shape (M, K)
    chosen : the place of the level that was chosen, shape (M,)
    method : one of cvxpy's solvers

    Raises
    ------
    SolverError
        If the solver has no answer.
    """
    cp = engine()
    n_periods, n_levels = paid.shape
    parameters = cp.Variable(n_levels)
    # λ·t(x) − λ·c(x): the first level is free.
    spread = np.eye(n_levels)
    spread[0, 0] = 0.0
    scores = cp.multiply(paid, parameters[0]) - np.ones((n_periods, 1)) @ cp.reshape(
        spread @ parameters, (1, n_levels), order="C"
    )
    picked = cp.sum(cp.multiply(np.eye(n_levels)[chosen], scores))
    aim = cp.Maximize(picked - cp.sum(cp.log_sum_exp(scores, axis=1)))
    problem = cp.Problem(aim, [cp.abs(parameters) <= _LARGEST])
    problem.solve(solver=method.upper())
    if parameters.value is None:
        raise SolverError(f"cvxpy:{method} found no parameters that make the choices most likely: {problem.status}")
    return np.asarray(parameters.value, dtype=float)
