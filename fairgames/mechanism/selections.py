"""Which equilibrium counts at each share: the platform's best, its worst, stable ones, Φ_α's maximiser.

A selection turns the pure equilibria of a game into candidates: shares α, each with the
equilibrium that it is valued at. The best candidate is the platform's optimum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from fairgames.equilibria.intervals import PureEquilibria
from fairgames.equilibria.landscape import envelope
from fairgames.equilibria.potential_path import maximisers
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.typing import Array, BoolArray, IntArray

Selection = Literal["best", "worst", "stable", "potential"]


@dataclass(frozen=True, eq=False)
class Candidates:
    """Shares that may be best, one entry each.

    Attributes
    ----------
    value : what the platform keeps
    alpha : the share
    position : which of the equilibria is selected there
    lower, upper : the α at which the selection is that equilibrium
    attained : whether the value is reached at ``alpha`` or only approached
    """

    value: Array
    alpha: Array
    position: IntArray
    lower: Array
    upper: Array
    attained: BoolArray

    def select(self, chosen: Array) -> Candidates:
        return Candidates(
            self.value[chosen],
            self.alpha[chosen],
            self.position[chosen],
            self.lower[chosen],
            self.upper[chosen],
            self.attained[chosen],
        )


@dataclass(frozen=True, eq=False)
class PotentialLines:
    """Φ_α = α·shared − cost of each equilibrium: P and the least Σc there.

    ``error`` bounds the error of each entry of ``shared``.
    """

    shared: Array
    cost: Array
    error: float


def candidates(
    game: PaymentGame, equilibria: PureEquilibria, selection: Selection, cap: Fraction | None = None
) -> Candidates:
    """The shares at which ``selection`` may be worth most; none that pays out more than ``cap``."""
    potential = _potential(game, equilibria) if selection == "potential" else None
    if not game.rule.has_alpha:
        return without_share(equilibria, selection, cap, potential)
    if selection == "worst":
        return worst(equilibria, cap)
    if potential is not None:
        return within(along_potential(equilibria, potential), equilibria, cap)
    found = at_best_end(equilibria)
    if selection == "stable":
        found = found.select(np.flatnonzero(equilibria.stable))
        strict = [
            _strict_at_end(game, equilibria.index[position], alpha)
            for position, alpha in zip(found.position, found.alpha, strict=True)
        ]
        found = replace(found, attained=np.array(strict, dtype=bool))
    return within(found, equilibria, cap)


def at_best_end(equilibria: PureEquilibria) -> Candidates:
    """Each equilibrium at the end of its interval where the platform keeps most: the lower, if U ≥ 0."""
    alpha = np.where(equilibria.utility >= 0, equilibria.lower, equilibria.upper)
    return Candidates(
        (1 - alpha) * equilibria.utility,
        alpha,
        np.arange(len(equilibria)),
        equilibria.lower,
        equilibria.upper,
        np.ones(len(equilibria), dtype=bool),
    )


def _strict_at_end(game: PaymentGame, index: int, alpha: float | Fraction) -> bool:
    """Whether a stable profile is strict even at this end of its interval.

    An end inside (0, 1) is where some condition holds with equality; only where [0, 1] itself
    ends the interval may all of them be strict.
    """
    if alpha not in (0, 1):
        return False
    place = np.unravel_index(index, game.shape)
    for user, (chosen, row) in enumerate(zip(place, game.costs, strict=True)):
        line = game.potential.numbers((*place[:user], slice(None), *place[user + 1 :]))
        costs = object_array(row) if game.exact else np.array(row, dtype=float)
        gains = alpha * (line - line[chosen]) - (costs - costs[chosen])
        if any(gain >= -2 * game.potential.error for gain in np.delete(gains, chosen)):
            return False
    return True


def _potential(game: PaymentGame, equilibria: PureEquilibria) -> PotentialLines:
    place = equilibria.place(game)
    return PotentialLines(game.potential.numbers(place), game.total_cost()[place], game.potential.error)


def along_potential(equilibria: PureEquilibria, potential: PotentialLines) -> Candidates:
    """At each breakpoint of the upper envelope of Φ_α, every equilibrium that maximises it."""
    exact = potential.shared.dtype == object
    path = maximisers(potential.shared, potential.cost, potential.error)
    position = np.concatenate(path.positions)
    break_of = np.repeat(np.arange(len(path.alpha)), [len(found) for found in path.positions])
    alpha = _array(path.alpha, exact)
    spans = [[path.alpha[k] for k, found in enumerate(path.positions) if p in found] for p in position]
    return Candidates(
        (1 - alpha[break_of]) * equilibria.utility[position],
        alpha[break_of],
        position,
        _array([span[0] for span in spans], exact),
        _array([span[-1] for span in spans], exact),
        np.ones(len(position), dtype=bool),
    )


def worst(equilibria: PureEquilibria, cap: Fraction | None) -> Candidates:
    """The worst equilibrium at each breakpoint, and between any two.

    Between two breakpoints the worst U and the best are constant, and the value is a limit
    at the end where the platform keeps most: the left one, unless U < 0. It is attained only
    if the breakpoint's own worst equilibrium is as good. Even the best equilibrium, which is
    the costliest, must pay out no more than ``cap``: so α ≤ cap/U of the best.
    """
    merged = cap is None
    lowest, best = envelope(equilibria, worst=True, merged=merged), envelope(equilibria, merged=merged)
    utility = equilibria.utility
    ends = lowest.alpha
    point_fits = np.ones(len(ends), dtype=bool)
    gap_fits = np.ones(len(ends) - 1, dtype=bool)
    last = ends[1:]
    if cap is not None:
        limit = _cap(equilibria, cap)
        dearest = utility[best.between]
        point_fits = _true(ends * utility[best.at] <= limit)
        gap_fits = _true((dearest <= 0) | (ends[:-1] * dearest < limit))
        last = np.where(dearest > 0, np.minimum(last, limit / np.where(dearest > 0, dearest, 1)), last)
    inside = utility[lowest.between]
    left = _true(inside >= 0)
    nearest = np.arange(len(inside)) + ~left
    # At α = 1 nothing is kept, whoever plays.
    as_good = _true((utility[lowest.at[nearest]] >= inside) | (ends[nearest] == 1)) & point_fits[nearest]
    attained = np.where(left, as_good, as_good | _true(last < ends[1:]))
    alpha = np.concatenate([ends, np.where(left, ends[:-1], last)])
    position = np.concatenate([lowest.at, lowest.between])
    found = Candidates(
        (1 - alpha) * utility[position],
        alpha,
        position,
        np.concatenate([ends, ends[:-1]]),
        np.concatenate([ends, ends[1:]]),
        np.concatenate([np.ones(len(ends), dtype=bool), attained]),
    )
    return found.select(np.flatnonzero(np.concatenate([point_fits, gap_fits])))


def _true(comparison: Array) -> BoolArray:
    """A comparison of objects as an array of bool."""
    return np.asarray(comparison, dtype=bool)


def within(found: Candidates, equilibria: PureEquilibria, cap: Fraction | None) -> Candidates:
    """Those that pay out at most ``cap``; one that is approached from above must leave room."""
    if cap is None:
        return found
    utility = equilibria.utility[found.position]
    paid, limit = found.alpha * utility, _cap(equilibria, cap)
    return found.select(_true((paid < limit) | ((found.attained | _true(utility <= 0)) & _true(paid <= limit))))


def _cap(equilibria: PureEquilibria, cap: Fraction) -> float | Fraction:
    """The cap, with room for rounding where payments are floats."""
    return cap if equilibria.utility.dtype == object else float(cap) + value_error(equilibria)


def without_share(
    equilibria: PureEquilibria, selection: Selection, cap: Fraction | None, potential: PotentialLines | None = None
) -> Candidates:
    """Theorem 1: the equilibria of one game, of which the selection keeps some (``potential``: for that selection)."""
    found = Candidates(
        equilibria.keeps,
        equilibria.lower,
        np.arange(len(equilibria)),
        equilibria.lower,
        equilibria.upper,
        np.ones(len(equilibria), dtype=bool),
    )
    kept, room = found.attained, value_errors(found, equilibria, has_alpha=False).max(initial=0)
    if selection == "stable":
        kept = equilibria.stable
    elif potential is not None:
        phi = potential.shared - potential.cost
        kept = _true(phi >= phi.max() - 4 * potential.error)
    elif selection == "worst":
        kept = _true(equilibria.keeps <= equilibria.keeps.min() + room)
    if cap is not None:
        fits = _true(equilibria.utility - equilibria.keeps <= cap + room)
        kept = kept & (fits.all() if selection == "worst" else fits)
    return found.select(kept)


def value_errors(found: Candidates, equilibria: PureEquilibria, has_alpha: bool) -> Array:
    """Rounding error of each candidate's value: of its α (times U), if it has one, and of U or φ_p. 0 where exact."""
    if equilibria.utility.dtype == object:
        return np.zeros(len(found.value), dtype=object)
    largest = np.abs(equilibria.utility[found.position])
    ends = (equilibria.slack if has_alpha else 0) * found.alpha**2 + 8 * float(np.finfo(float).eps)
    return np.asarray(ends * largest + 2 * equilibria.keeps_error)


def value_error(equilibria: PureEquilibria) -> float:
    """Rounding error of any platform utility, where strategies or shares are rounded; see :func:`value_errors`."""
    if equilibria.utility.dtype == object:
        return 0
    largest = float(np.abs(equilibria.utility).max(initial=0.0))
    return (equilibria.slack + 8 * float(np.finfo(float).eps)) * largest + 2 * equilibria.keeps_error


def _array(values: Iterable[object], exact: bool) -> Array:
    return object_array(values) if exact else np.fromiter(values, dtype=float)
