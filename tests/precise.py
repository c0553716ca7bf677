"""U of a federation with as many digits as asked for: kriging with an unknown mean, solved as a linear system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath


def federated_mean(
    samples: Sequence[float],
    between: float,
    within: float,
    profile: Sequence[int],
    importance: Sequence[float] | None = None,
    aggregation: str = "equal",
    minimum: int = 1,
    digits: int = 60,
) -> Any:
    """U in nats, for levels 0, 1, 2: no formula of the papers but the model.

    User i's samples have mean θ_i and variance r², the θ_i a common mean that is not known and variance
    s². The platform sees the means of the users on level 2 and one weighted mean of those on level 1, if they
    are ``minimum`` or more. The best linear unbiased predictor of each θ_i and a multiplier of Σw = 1 solve one
    linear system.
    """
    with mpmath.workdps(digits):
        s2, r2 = mpmath.mpf(between), mpmath.mpf(within)
        n = [mpmath.mpf(float(size)) for size in samples]
        weigh = [mpmath.mpf(1) if aggregation == "equal" else size for size in n]
        rows = [{user: mpmath.mpf(1)} for user, level in enumerate(profile) if level == 2]
        group = [user for user, level in enumerate(profile) if level == 1]
        group = group if len(group) >= minimum else []
        total = mpmath.fsum(weigh[user] for user in group)
        rows += [{user: weigh[user] / total for user in group}] if group else []
        if not rows:
            return mpmath.mpf(0)
        m = len(rows)
        system = mpmath.matrix(m + 1, m + 1)
        for k, row in enumerate(rows):
            system[k, k] = mpmath.fsum(part**2 * (s2 + r2 / n[user]) for user, part in row.items())
            system[k, m] = system[m, k] = mpmath.mpf(1)
        value = mpmath.mpf(0)
        for user in range(len(n)):
            right = mpmath.matrix([s2 * row.get(user, 0) for row in rows] + [1])
            found = mpmath.lu_solve(system, right)
            error = s2 - mpmath.fsum(found[k] * right[k] for k in range(m + 1))
            value += (1 if importance is None else mpmath.mpf(float(importance[user]))) * mpmath.log(
                (r2 + 2 * s2) / error
            )
        return +value
