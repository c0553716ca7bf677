"""The global maximisers of Φ_α = α·P − Σc as α runs from 0 to 1.

Each profile's Φ_α is a straight line in α, so the maximum is their upper envelope; its
pieces are found by probing where two known lines cross (Eisner & Severance 1976).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.typing import Array, IntArray


@dataclass(frozen=True, eq=False)
class Maximisers:
    """The profiles that maximise Φ_α at a breakpoint, and up to the next one.

    Attributes
    ----------
    alpha : breakpoints of the upper envelope, 0 and 1 among them, ascending
    positions : for each breakpoint all positions whose line is maximal there
    """

    alpha: tuple[float | Fraction, ...]
    positions: tuple[IntArray, ...]


def maximisers(potential: Array, cost: Array, error: float) -> Maximisers:
    """Where α·potential − cost is maximal, over positions, for every α in [0, 1].

    Parameters
    ----------
    potential, cost : P and Σc of each profile, shape (M,): floats or ``Fraction`` objects.
        Only pure equilibria need be given: a global maximiser of Φ_α is one.
    error : bound on the error of each entry of ``potential``; lines closer than that are equal

    >>> path = maximisers(np.array([0., 2., 3.]), np.array([0., .5, 1.2]), 0.0)
    >>> path.alpha
    (0.0, 0.25, 0.7, 1.0)
    """
    exact = potential.dtype == object
    zero, one = (Fraction(0), Fraction(1)) if exact else (0.0, 1.0)
    rounding = 0 if exact else 2 * error + 8 * float(np.finfo(float).eps) * float(np.abs(cost).max(initial=0.0))

    def maximal(alpha: float | Fraction) -> IntArray:
        values = alpha * potential - cost
        return np.flatnonzero(values >= values.max() - rounding)

    def steepest(alpha: float | Fraction) -> int:
        found = maximal(alpha)
        return int(found[np.argmax(potential[found])])

    def flattest(alpha: float | Fraction) -> int:
        found = maximal(alpha)
        return int(found[np.argmin(potential[found])])

    breaks = {zero, one}
    pending = [(steepest(zero), flattest(one))]
    while pending:
        left, right = pending.pop()
        if potential[right] - potential[left] <= 2 * error:
            continue
        crossing = (cost[right] - cost[left]) / (potential[right] - potential[left])
        alpha = crossing if exact else float(crossing)
        if left in (found := maximal(alpha)):
            breaks.add(min(max(alpha, zero), one))
        else:
            higher = int(found[np.argmax(potential[found])])
            pending += [(left, higher), (higher, right)]
    ordered = tuple(sorted(breaks))
    return Maximisers(ordered, tuple(maximal(alpha) for alpha in ordered))
