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


def candidates(
    game: PaymentGame, equilibria: PureEquilibria, selection: Selection, cap: Fraction | None = None
) -> Candidates:
    """The shares at which ``selection`` may be worth most; none that pays out more than ``cap``."""
    if not game.rule.has_alpha:
        return _without_share(game, equilibria, selection, cap)
    if selection == "worst":
        return _worst(equilibria, cap)
    if selection == "potential":
        return _within(_potential(game, equilibria), equilibria, cap)
    found = _at_best_end(equilibria)
    if selection == "stable":
        stable = np.flatnonzero(equilibria.stable)
        strict = np.array([_strict_at_end(game, equilibria, int(k)) for k in stable], dtype=bool)
        found = replace(found.select(stable), attained=strict)
    return _within(found, equilibria, cap)


def _at_best_end(equilibria: PureEquilibria) -> Candidates:
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


def _strict_at_end(game: PaymentGame, equilibria: PureEquilibria, position: int) -> bool:
    """Whether a stable profile is strict even at the end of its interval: only where [0, 1] ends it.

    At α = 0 nothing is paid, so that is so where every other level costs more.
    """
    if equilibria.lower[position] != 0:
        return False
    choice = np.unravel_index(equilibria.index[position], game.shape)
    return all(
        cost > row[chosen]
        for row, chosen in zip(game.costs, choice, strict=True)
        for level, cost in enumerate(row)
        if level != chosen
    )


def _potential(game: PaymentGame, equilibria: PureEquilibria) -> Candidates:
    """At each breakpoint of the upper envelope of Φ_α, every profile that maximises it."""
    place = np.unravel_index(equilibria.index, game.shape)
    cost = game.total_cost()[place]
    path = maximisers(game.potential.numbers(place), cost, game.potential.error)
    position = np.concatenate(path.positions)
    break_of = np.repeat(np.arange(len(path.alpha)), [len(found) for found in path.positions])
    alpha = _array(path.alpha, game.exact)
    spans = [[path.alpha[k] for k, found in enumerate(path.positions) if p in found] for p in position]
    return Candidates(
        (1 - alpha[break_of]) * equilibria.utility[position],
        alpha[break_of],
        position,
        _array([span[0] for span in spans], game.exact),
        _array([span[-1] for span in spans], game.exact),
        np.ones(len(position), dtype=bool),
    )


def _worst(equilibria: PureEquilibria, cap: Fraction | None) -> Candidates:
    """The worst equilibrium at each breakpoint, and just above it.

    Just above a breakpoint the value is a limit: it is attained only if the breakpoint's own
    worst equilibrium is as good.
    """
    worst = envelope(equilibria, worst=True)
    gap = np.arange(len(worst.between))
    point = np.arange(len(worst.at))
    utility = equilibria.utility
    # Where U < 0 the platform loses least at the right end of a gap.
    falls = utility[worst.between] >= 0
    gap_alpha = np.where(falls, worst.alpha[gap], worst.alpha[gap + 1])
    as_good = np.where(falls, utility[worst.at[gap]], utility[worst.at[gap + 1]]) >= utility[worst.between]
    alpha = np.concatenate([worst.alpha, gap_alpha])
    position = np.concatenate([worst.at, worst.between])
    found = Candidates(
        (1 - alpha) * utility[position],
        alpha,
        position,
        np.concatenate([worst.alpha, worst.alpha[gap]]),
        np.concatenate([worst.alpha, worst.alpha[gap + 1]]),
        np.concatenate([np.ones(len(point), dtype=bool), np.asarray(as_good, dtype=bool)]),
    )
    if cap is None:
        return found
    return found.select(_safe(equilibria, found, cap, np.arange(len(alpha)) >= len(point)))


def _safe(equilibria: PureEquilibria, found: Candidates, cap: Fraction, is_gap: BoolArray) -> BoolArray:
    """Where even the costliest equilibrium at that α pays out at most ``cap``."""
    best = envelope(equilibria)
    at = np.searchsorted(best.alpha, found.alpha, side="right") - 1
    on_break = best.alpha[at] == found.alpha
    gap_of = np.minimum(at, len(best.between) - 1)
    largest = np.where(on_break & ~is_gap, equilibria.utility[best.at[at]], equilibria.utility[best.between[gap_of]])
    paid = found.alpha * largest
    limit = _cap(equilibria, cap)
    return np.asarray(np.where(is_gap, paid < limit, paid <= limit), dtype=bool)


def _within(found: Candidates, equilibria: PureEquilibria, cap: Fraction | None) -> Candidates:
    """Those that pay out at most ``cap``; one that is only approached must leave room."""
    if cap is None:
        return found
    paid = found.alpha * equilibria.utility[found.position]
    limit = _cap(equilibria, cap)
    return found.select(np.asarray((paid < limit) | (found.attained & (paid <= limit)), dtype=bool))


def _cap(equilibria: PureEquilibria, cap: Fraction) -> float | Fraction:
    """The cap, with room for rounding where payments are floats."""
    return cap if equilibria.utility.dtype == object else float(cap) + value_error(equilibria)


def _without_share(
    game: PaymentGame, equilibria: PureEquilibria, selection: Selection, cap: Fraction | None
) -> Candidates:
    """Theorem 1: the equilibria of one game, of which the selection keeps some."""
    kept = np.ones(len(equilibria), dtype=bool)
    if selection == "stable":
        kept = equilibria.stable
    elif selection == "potential":
        place = np.unravel_index(equilibria.index, game.shape)
        phi = game.potential.numbers(place) - game.total_cost()[place]
        kept = np.asarray(phi >= phi.max() - 4 * game.potential.error, dtype=bool)
    elif selection == "worst":
        kept = np.asarray(equilibria.keeps <= equilibria.keeps.min() + value_error(equilibria), dtype=bool)
    paid = equilibria.utility - equilibria.keeps
    if cap is not None and selection == "worst" and bool((paid > _cap(equilibria, cap)).any()):
        kept = np.zeros(len(equilibria), dtype=bool)
    elif cap is not None:
        kept = kept & np.asarray(paid <= _cap(equilibria, cap), dtype=bool)
    found = Candidates(
        equilibria.keeps,
        equilibria.lower,
        np.arange(len(equilibria)),
        equilibria.lower,
        equilibria.upper,
        np.ones(len(equilibria), dtype=bool),
    )
    return found.select(kept)


def value_error(equilibria: PureEquilibria) -> float:
    """Rounding error of a platform utility: that of α (times U) and that of U. 0 where exact."""
    if equilibria.utility.dtype == object:
        return 0
    largest = float(np.abs(equilibria.utility).max(initial=0.0))
    return (equilibria.slack + 8 * float(np.finfo(float).eps)) * largest + 2 * equilibria.utility_error


def _array(values: Iterable[object], exact: bool) -> Array:
    return object_array(values) if exact else np.fromiter(values, dtype=float)
