"""Costs that fit best where none fit: the least total violation, as goodness of fit in revealed preference.

Afriat (1972) and Varian (1990) measure how far choices are from being rational by how much their conditions must be
relaxed. Here each user and period has a slack s ≥ 0 by which its conditions may fail, and the sum of a user's slacks is
least: a linear program for each user.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from fairgames.errors import FairgamesError
from fairgames.learning.inequalities import Inequality
from fairgames.typing import FloatArray

#: What is no violation but rounding of the linear program, relative to the largest bound.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class SlackFit:
    """One user's costs with the least total violation.

    Attributes
    ----------
    total : the least sum of slacks
    by_period : the slack of each period that has one
    bounds : the least and the largest cost of each level among all that violate no more in total
    """

    total: float
    by_period: dict[int, float]
    bounds: tuple[tuple[float, float], ...]


def least_slack(levels: Sequence[int], told: Sequence[Inequality], n_levels: int) -> SlackFit:
    """The least total violation of one user.

    Raises
    ------
    FairgamesError
        If a linear program is not solved.
    """
    free = list(levels[1:])
    periods = sorted({one.period for one in told})
    matrix = np.zeros((len(told), len(free) + len(periods)))
    limit = np.array([float(one.bound) for one in told])
    for row, one in enumerate(told):
        if one.chosen in free:
            matrix[row, free.index(one.chosen)] += 1
        if one.other in free:
            matrix[row, free.index(one.other)] -= 1
        matrix[row, len(free) + periods.index(one.period)] = -1
    slack = np.concatenate([np.zeros(len(free)), np.ones(len(periods))])
    room = _ROUNDING * max(1.0, float(np.abs(limit).max(initial=0)))
    least, found = _solve(slack, matrix, limit)
    assert least is not None  # slacks are ≥ 0, so their sum is bounded
    total: float = least
    within, most = np.vstack([matrix, slack]), np.append(limit, total + room)
    bounds = [(0.0, 0.0 if level == levels[0] else math.inf) for level in range(n_levels)]
    for place, level in enumerate(free):
        aim = np.eye(len(slack))[place]
        low, most_of_it = _solve(aim, within, most)[0], _solve(-aim, within, most)[0]
        bounds[level] = (max(0.0, low or 0.0), math.inf if most_of_it is None else -most_of_it)
    own = {period: float(s) for period, s in zip(periods, found[len(free) :], strict=True) if s > room}
    return SlackFit(max(0.0, total), own, tuple(bounds))


def _solve(aim: FloatArray, matrix: FloatArray, limit: FloatArray) -> tuple[float | None, FloatArray]:
    """The least value, None where there is none, and where it is reached."""
    found = linprog(aim, A_ub=matrix if len(limit) else None, b_ub=limit if len(limit) else None, method="highs")
    if found.status == 3:
        return None, np.zeros(len(aim))
    if not found.success:
        raise FairgamesError(f"the costs of least violation were not found: {found.message}")
    value: float = found.fun
    return float(value), np.asarray(found.x)
