"""The smallest set of periods whose removal leaves costs that fit.

Every cycle of negative length needs one of its periods removed: a smallest set that hits all cycles found so far is no
larger than the answer, and is the answer once no cycle is left (implicit hitting sets, Moreno-Centeno & Karp 2013).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from fairgames.errors import FairgamesError
from fairgames.learning.differences import Differences
from fairgames.learning.inequalities import Inequality


def smallest_removal(
    strategies: Sequence[Sequence[int]], told: Sequence[Sequence[Inequality]]
) -> tuple[tuple[int, ...], dict[int, set[int]]]:
    """Periods to leave out, ascending, and for each period that contradicts others the users that it does so for.

    Raises
    ------
    FairgamesError
        If the integer program is not solved.
    """
    cycles: set[frozenset[int]] = set()
    users: dict[int, set[int]] = {}
    removed: tuple[int, ...] = ()
    while True:
        new = False
        for user, (levels, own) in enumerate(zip(strategies, told, strict=True)):
            cycle = Differences.of(levels, own, removed).cycle
            if cycle is None:
                continue
            new = True
            cycles.add(cycle)
            for period in cycle:
                users.setdefault(period, set()).add(user)
        if not new:
            return removed, users
        removed = _hitting(sorted(cycles, key=sorted))


def _hitting(cycles: Sequence[frozenset[int]]) -> tuple[int, ...]:
    """A smallest set of periods with one of each cycle; of equal ones that of late periods is left."""
    periods = sorted(set().union(*cycles))
    matrix = np.array([[period in cycle for period in periods] for cycle in cycles], dtype=float)
    found = milp(
        np.ones(len(periods)), integrality=np.ones(len(periods), dtype=np.int64), bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, 1, np.inf),
    )  # fmt: skip
    if not found.success:
        raise FairgamesError(f"the smallest set of periods to leave out was not found: {found.message}")
    return tuple(period for period, chosen in zip(periods, found.x, strict=True) if chosen > 0.5)
