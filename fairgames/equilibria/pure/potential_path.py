"""The global maximisers of Φ_α = α·P − Σc as α runs from 0 to 1.

Each profile's Φ_α is a straight line in α, so the maximum is their upper envelope; its
pieces are found by probing where two known lines cross (Eisner & Severance 1976).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cmp_to_key

import numpy as np

from fairgames.certain import Judge, Rational, Real, Reals
from fairgames.exact import object_array
from fairgames.typing import Array, IntArray

_EPSILON = float(np.finfo(float).eps)
_TINY = float(np.finfo(float).smallest_subnormal)


@dataclass(frozen=True, eq=False)
class Maximisers:
    """The profiles that maximise Φ_α at a breakpoint, and up to the next one.

    Attributes
    ----------
    alpha : breakpoints of the upper envelope, 0 and 1 among them, ascending
    positions : for each breakpoint all positions whose line is maximal there
    """

    alpha: Reals
    positions: tuple[IntArray, ...]


def maximisers(potential: Reals, cost: Array, judge: Judge) -> Maximisers:
    """Where α·potential − cost is maximal, over positions, for every α in [0, 1].

    Parameters
    ----------
    potential, cost : P and Σc (``Fraction`` objects) of each profile, shape (M,).
        Only pure equilibria need be given: a global maximiser of Φ_α is one.

    >>> values = object_array([Fraction(0), Fraction(2), Fraction(3)])
    >>> path = maximisers(Reals.rational(values, "P"), values * Fraction(2, 5), Judge())
    >>> [str(alpha) for alpha in path.alpha.values], [found.tolist() for found in path.positions]
    (['0', '2/5', '1'], [[0], [0, 1, 2], [2]])
    """
    lines = _Lines(potential, cost, judge)
    first, last = lines.maximal(Rational(0)), lines.maximal(Rational(1))
    found: dict[Real, IntArray] = {}
    pending = [(lines.extreme(first, steepest=True), lines.extreme(last, steepest=False))]
    while pending:
        left, right = pending.pop()
        crossing = lines.crossing(left, right)
        if crossing is None:
            continue
        maximal = lines.maximal(crossing)
        if left in maximal:
            found[crossing] = maximal
        else:
            higher = lines.extreme(maximal, steepest=True)
            pending += [(left, higher), (higher, right)]
    inner = sorted(found, key=cmp_to_key(judge.compare))
    inner = [share for share in inner if judge.compare(share, Rational(0)) > 0 > judge.compare(share, Rational(1))]
    shares = [Rational(0), *inner, Rational(1)]
    return Maximisers(lines.as_shares(shares), (first, *(found[share] for share in inner), last))


@dataclass(frozen=True, eq=False)
class _Lines:
    """Lines α·P − Σc; where floats are all that is known of P, they stand for it."""

    potential: Reals
    cost: Array
    judge: Judge

    def at(self, share: Real) -> Reals:
        """α·P − Σc at one share."""
        potential, cost = self.potential, self.cost

        def exactly(k: int) -> Real | None:
            real = potential.exactly(k)
            return None if real is None else share * real - Rational(cost[k])

        if potential.exact and isinstance(share, Rational):
            return Reals(share.value * potential.values - cost, potential.errors, exactly, "values of Φ")
        alpha, error = share.floats()
        values, costs = np.asarray(potential.values, dtype=float), np.asarray(cost, dtype=float)
        room = alpha * potential.errors + error * np.abs(values)
        room = room + 4 * _EPSILON * (np.abs(values) + np.abs(costs)) + _TINY
        return Reals(alpha * values - costs, room, exactly, "values of Φ")

    def maximal(self, share: Real) -> IntArray:
        """All positions whose line is highest at a share."""
        return np.flatnonzero(self.at(share).largest(self.judge))

    def extreme(self, among: IntArray, steepest: bool) -> int:
        """The steepest of some lines, or the flattest."""
        slopes = self.potential.at(among)
        chosen = (slopes if steepest else slopes.negative()).largest(self.judge)
        return int(among[np.argmax(chosen)])

    def crossing(self, left: int, right: int) -> Real | None:
        """The share at which a steeper line on the right meets that on the left; None if it is no steeper."""
        slopes = self._slope(left), self._slope(right)
        rise = slopes[1] - slopes[0]
        if self.judge.sign(rise) <= 0:
            return None
        return Rational(self.cost[right] - self.cost[left]) / rise

    def _slope(self, position: int) -> Real:
        """P; the rational that its float is where that is all there is."""
        real = self.potential.exactly(position)
        return Rational(Fraction(float(self.potential.values[position]))) if real is None else real

    def as_shares(self, shares: list[Real]) -> Reals:
        """The breakpoints as numbers."""
        if self.potential.exact:
            values = object_array(share.value for share in shares if isinstance(share, Rational))
            return Reals.rational(values, "shares")
        floats = [share.floats() for share in shares]
        known = self.potential.exactly(0) is not None
        return Reals(
            np.array([value for value, _ in floats]),
            np.array([error for _, error in floats]),
            lambda k: shares[k] if known or isinstance(shares[k], Rational) else None,
            "shares",
        )
