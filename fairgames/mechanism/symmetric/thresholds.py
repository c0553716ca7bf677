"""Assumptions 1 and 2 of Theorem 3, and the threshold c_th between its regimes (eq. 24)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.equilibria.symmetric.bernstein_roots import Root, roots
from fairgames.equilibria.symmetric.exchangeable import Exchangeable
from fairgames.equilibria.symmetric.two_levels import ONE, ZERO, SymmetricGame
from fairgames.typing import Array, IntArray, Scalar

#: A step from a root of γ to where it has a sign.
_NEAR = Fraction(1, 2**40)


@dataclass(frozen=True)
class Assumption:
    """Whether an assumption of Section 5 holds.

    Attributes
    ----------
    holds : whether the inequality is strict everywhere, by more than rounding
    margin : the least difference of its two sides; at most 0, up to rounding, where it fails
    witness : where that is, in words
    """

    holds: bool
    margin: Scalar
    witness: str


def assumption_1(source: Exchangeable, names: tuple[str, ...]) -> Assumption:
    """U rises strictly when a member of a coalition moves to the less private level.

    As printed, with U(ρ) > U(ρ) where both profiles are the same, nothing satisfies it.
    """
    states, moved = _moves(source)
    worth = source.utilities.numerators
    return _least(source, states, worth[moved] - worth[states], 2, names, "U rises by {}")


def assumption_2(source: Exchangeable, names: tuple[str, ...]) -> Assumption:
    """The more members of a coalition are on the more private level, the more U rises when one leaves it.

    As printed, also for coalitions with equally many of them, nothing satisfies it.
    """
    states, moved = _moves(source)
    worth = source.utilities.numerators
    rise = dict(zip(states.tolist(), worth[moved] - worth[states], strict=True))
    again = np.array([place in rise for place in moved.tolist()], dtype=bool)
    first, second = states[again], moved[again]
    falls = np.array([rise[one] - rise[two] for one, two in zip(first.tolist(), second.tolist(), strict=True)], object)
    return _least(source, first, falls, 4, names, "the rise of U falls by {} from this move to the next like it")


def _moves(source: Exchangeable) -> tuple[IntArray, IntArray]:
    """The states with somebody on the more private level, and those where one of them has left it for the other."""
    low, high = source.levels
    moved = source.lattice.moved(0, low, high)
    states = np.flatnonzero(moved >= 0)
    return states, moved[states]


def _least(
    source: Exchangeable, states: IntArray, margins: Array, terms: int, names: tuple[str, ...], says: str
) -> Assumption:
    if not len(margins):  # one user alone has no second move
        return Assumption(True, ZERO, "there is nothing to compare")
    worst = int(np.argmin(margins))
    margin = Fraction(margins[worst], source.utilities.denominator)
    low, high = source.levels
    on = source.counts[states[worst]]
    where = f"with {on[low]} on level {names[low]} and {on[high]} on level {names[high]}, one of the former moves"
    size = f"{margin}" if source.exact and margin.denominator < 10**6 else f"{float(margin):.6g}"
    holds = margin > terms * source.error
    equal = " (0 up to rounding)" if not holds and margin >= -terms * Fraction(source.error) and margin else ""
    return Assumption(holds, margin if source.exact else float(margin), f"{where}: {says.format(size)}{equal}")


def cost_threshold(game: SymmetricGame) -> tuple[Fraction, bool]:
    """c_th, and whether it is that rational: for every smaller c it is best that all are on the less private level.

    At c/γ(0) the platform keeps (1 − c/γ(0))·U(0) of p = 0. That beats a mixed p, worth
    (1 − c/γ(p))·U(p), iff c·(U(0)/γ(0) − U(p)/γ(p)) ≤ U(0) − U(p), and p = 1 without payment iff
    c ≤ γ(0)·(1 − U(1)/U(0)): so c_th is the least of ratios of polynomials. Where γ_min = γ(0), as
    Assumption 2 has it, this is eq. 24, for all equilibria that there are.
    """
    worth, gain = game.utility(ZERO), game.gain(ZERO)
    if worth <= 0 or gain <= 0 or _beaten_free(game):
        return ZERO, game.exact
    bounds = [(gain, game.exact), (gain * (1 - max(game.utility(ONE), ZERO) / worth), game.exact)]
    bounds += _mixed_bounds(game)
    return max(min(bounds), (ZERO, game.exact))


def _beaten_free(game: SymmetricGame) -> bool:
    """Whether some mixed equilibrium has U(p) > U(0): as c goes to 0, it costs as little."""
    points = [*roots(game.utility.derivative()), *roots(game.gain), Root(ONE, ONE)]
    higher = [p.middle for p in points if game.utility(p.middle) > game.utility(ZERO) + game.error]
    return any(game.gain(min(max(x + step, ZERO), ONE)) > 0 for x in higher for step in (-_NEAR, ZERO, _NEAR))


def _mixed_bounds(game: SymmetricGame) -> Iterator[tuple[Fraction, bool]]:
    """(U(0) − U)·γ / (U(0)/γ(0)·γ − U) where it may be least among p with γ, U and the denominator positive."""
    worth, gain = game.utility(ZERO), game.gain(ZERO)
    if game.levels[0] == 0:  # U = N(1 − p)γ leaves (U(0) − U)/(Np)
        above = (-game.utility + worth).over_x()
        below = game.utility * 0 + game.n_users
    else:
        above = ((-game.utility + worth) * game.gain).over_x()
        below = game.gain * (worth / gain) - game.utility
        below = below.over_x() if not below.is_zero else below
    while above(ZERO) == below(ZERO) == 0 and not below.is_zero:
        above, below = above.over_x(), below.over_x()
    stationary = above.derivative() * below - above * below.derivative()
    for p in (Root(ZERO, ZERO), *roots(stationary), Root(ONE, ONE)):
        x = p.middle
        if below(x) > 0 and game.gain(x) > 0 and game.utility(x) >= 0:
            yield above(x) / below(x), game.exact and p.exact
