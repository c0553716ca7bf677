"""The linear program over correlated equilibria, with a proof that nothing is better.

max aim·x over distributions x with A·x ≥ 0. Any multipliers y ≥ 0 prove a bound: aim·x ≤ aim·x + yᵀA·x ≤
max_s (aim + Aᵀy)_s, with y = 0 max_s aim_s. So the bound never rests on the solver; small programs are solved in
rationals, where the two are equal, large ones by HiGHS (Huangfu & Hall 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from fairgames.errors import FairgamesError
from fairgames.exact import object_array
from fairgames.games.linear_program import maximise
from fairgames.typing import Array, FloatArray

#: Entries of A up to which programs are solved in rationals.
MOST_EXACT = 8_000
_EPSILON = float(np.finfo(float).eps)
#: HiGHS meets conditions up to this part of each row's largest entry.
TOLERANCE = 1e-10


@dataclass(frozen=True, eq=False)
class Solved:
    """A distribution and the multipliers that bound its value.

    Attributes
    ----------
    distribution : x, shape (profiles,); rationals, or floats that meet A·x ≥ 0 to rounding
    multipliers : y ≥ 0, shape (rows,)
    profiles, rows : in rationals, those that are basic: the profiles that may have a chance, and the conditions that
        hold with equality; one more of the first than of the second
    """

    distribution: Array
    multipliers: Array
    profiles: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()


def solve(aim: Array, rows: Array) -> Solved:
    """The greatest aim·x: in rationals where A is small, else in floats.

    Parameters
    ----------
    aim : shape (profiles,)
    rows : A, shape (rows, profiles)

    Raises
    ------
    FairgamesError
        If HiGHS does not end.
    """
    return solve_exactly(aim, rows) if rows.size <= MOST_EXACT else solve_in_floats(aim, rows)


def solve_exactly(aim: Array, rows: Array) -> Solved:
    """The same in rationals; floats count as the rationals that they are.

    The chance of the best profile is what the others leave. So the conditions that fail at that profile alone are the
    only ones to mend, and no first phase is needed.
    """
    exact = np.frompyfunc(Fraction, 1, 1)
    aim, rows = np.asarray(exact(aim), dtype=object), np.asarray(exact(rows), dtype=object).reshape(rows.shape)
    n, best = len(aim), int(np.argmax(aim))
    others = [k for k in range(n) if k != best]
    matrix = np.vstack([-(rows[:, others] - rows[:, [best]]), np.full((1, n - 1), Fraction(1), dtype=object)])
    found = maximise((aim[others] - aim[best]).tolist(), matrix, [*rows[:, best], Fraction(1)])
    assert found is not None  # there is a Nash equilibrium
    chances = object_array([Fraction(0)] * n)
    chances[others] = found.primal
    chances[best] = 1 - sum(found.primal)
    number = [*others, *(-1 - row for row in range(len(rows))), best]  # the last slack is the best profile's chance
    basic = {number[variable] for variable in found.basis}
    return Solved(
        chances,
        object_array(found.dual[:-1]),
        tuple(k for k in range(n) if k in basic),
        tuple(row for row in range(len(rows)) if -1 - row not in basic),
    )


def solve_in_floats(aim: Array, rows: Array) -> Solved:
    """The same by HiGHS, which meets A·x ≥ 0 up to 1e-10 of each row's largest entry."""
    goal, body = np.asarray(aim, dtype=float), np.asarray(rows, dtype=float)
    scale = np.abs(body).max(axis=1)
    used = scale > 0
    largest = float(np.abs(goal).max()) or 1.0
    some = bool(used.any())
    matrix: Any = csr_matrix(-body[used] / scale[used, None]) if some else None
    found = linprog(
        -goal / largest,
        A_ub=matrix,
        b_ub=np.zeros(int(used.sum())) if some else None,
        A_eq=np.ones((1, len(goal))),
        b_eq=[1.0],
        method="highs",
        options={"primal_feasibility_tolerance": TOLERANCE, "dual_feasibility_tolerance": TOLERANCE},
    )
    if not found.success:
        raise FairgamesError(f"the linear program over correlated equilibria was not solved: {found.message}")
    chances = np.maximum(np.asarray(found.x, dtype=float), 0)
    multipliers = np.zeros(len(rows))
    multipliers[used] = np.maximum(-found.ineqlin.marginals, 0) * largest / scale[used]
    return Solved(chances / chances.sum(), multipliers)


def bound(aim: Array, rows: Array, multipliers: Array, aim_error: float = 0.0, row_error: float = 0.0) -> Any:
    """max_s (aim + Aᵀy)_s, or that of y = 0 where it is less: what no correlated equilibrium exceeds.

    Of floats with room for their errors, which multipliers that are huge multiply.

    Parameters
    ----------
    aim_error, row_error : bounds on the errors of the entries of ``aim`` and ``rows``
    """
    if aim.dtype == object and rows.dtype == object and multipliers.dtype == object:
        return min(max(aim + multipliers @ rows), max(aim))
    goal, body, weights = (np.asarray(one, dtype=float) for one in (aim, rows, multipliers))
    sums: FloatArray = goal + weights @ body
    size = np.abs(goal) + weights @ np.abs(body)
    room = (len(weights) + 4) * _EPSILON * size + aim_error + float(weights.sum()) * row_error * (1 + 1e-12)
    return min(float((sums + room).max()), float(goal.max()) + aim_error + 2 * _EPSILON * float(np.abs(goal).max()))
