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

from fairgames.certain import Rational, Real, Reals
from fairgames.equilibria.pure.landscape import envelope
from fairgames.equilibria.pure.potential_path import maximisers
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.typing import Array, BoolArray, IntArray

_EPSILON = float(np.finfo(float).eps)

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

    value: Reals
    alpha: Reals
    position: IntArray
    lower: Array
    upper: Array
    attained: BoolArray

    def __len__(self) -> int:
        return len(self.position)

    def select(self, chosen: Array) -> Candidates:
        """Those at a mask or at positions ``chosen``."""
        positions = np.arange(len(self))[chosen]
        return Candidates(
            self.value.at(positions),
            self.alpha.at(positions),
            self.position[positions],
            self.lower[positions],
            self.upper[positions],
            self.attained[positions],
        )


@dataclass(frozen=True, eq=False)
class PotentialLines:
    """Φ_α = α·shared − cost of each equilibrium: P and the least Σc there (``Fraction`` objects).

    Where the potential is weighted, each cost is divided by its user's weight.
    """

    shared: Reals
    cost: Array


def candidates(
    game: PaymentGame, equilibria: PureEquilibria, selection: Selection, cap: Fraction | None = None
) -> Candidates:
    """The shares at which ``selection`` may be worth most; none that pays out more than ``cap``."""
    _require_order(game, selection)
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
            for position, alpha in zip(found.position, found.alpha.values, strict=True)
        ]
        found = replace(found, attained=np.array(strict, dtype=bool))
    return within(found, equilibria, cap)


def _require_order(game: PaymentGame, selection: Selection) -> None:
    """Refuse a selection that the rule gives no way to decide."""
    rule = game.rule
    if selection == "potential" and rule.potential is None:
        raise InputError(
            f"selection 'potential': rule {rule.name!r} ({rule.source}) has no potential; use 'best', 'stable' or 'worst'"
        )
    if selection == "worst" and rule.has_alpha and not rule.efficient:
        raise InputError(
            f"selection 'worst': rule {rule.name!r} ({rule.source}) pays out more or less than α·U, so which equilibrium "
            "is worst changes between critical shares; use 'best' or 'stable', or look at one share "
            "(`fairgames equilibria --alpha`)"
        )


def at_best_end(equilibria: PureEquilibria) -> Candidates:
    """Each equilibrium at the end of its interval where the platform keeps most: the lower, if what is divided is ≥ 0."""
    negative, _ = equilibria.totals().at_most(Fraction(0), equilibria.judge)
    ends = equilibria.ends("lower").followed_by(equilibria.ends("upper"))
    position = np.arange(len(equilibria))
    alpha = ends.at(position + len(equilibria) * negative)
    return Candidates(
        kept(equilibria, position, alpha),
        alpha,
        position,
        equilibria.lower,
        equilibria.upper,
        np.ones(len(equilibria), dtype=bool),
    )


def kept(equilibria: PureEquilibria, position: IntArray, alpha: Reals) -> Reals:
    """(1 − α)·U of the equilibria at ``position``, one share each; U − α·Σφ where values do not add up to U."""
    utility = equilibria.utilities().at(position)
    if equilibria.total is not None:
        return utility.minus_each(paid(equilibria, position, alpha))

    def exactly(k: int) -> Real | None:
        share, worth = alpha.exactly(k), utility.exactly(k)
        return None if share is None or worth is None else worth - share * worth

    values = (1 - alpha.values) * utility.values
    if utility.exact:
        return Reals(values, utility.errors, exactly, "values to the platform")
    size = np.abs(utility.values)
    errors = (size + utility.errors) * (alpha.errors + 4 * _EPSILON) + utility.errors
    return Reals(values, errors, exactly, "values to the platform")


def paid(equilibria: PureEquilibria, position: IntArray, alpha: Reals) -> Reals:
    """α·U of the equilibria at ``position``, one share each; α·Σφ where values do not add up to U."""
    utility = equilibria.totals().at(position)

    def exactly(k: int) -> Real | None:
        share, worth = alpha.exactly(k), utility.exactly(k)
        return None if share is None or worth is None else share * worth

    size, room = np.abs(np.asarray(utility.values, dtype=float)), 0 if utility.exact else 4 * _EPSILON
    errors = (size + utility.errors) * (alpha.errors + room) + utility.errors
    return Reals(alpha.values * utility.values, errors, exactly, "payouts")


def _strict_at_end(game: PaymentGame, index: int, alpha: float | Fraction) -> bool:
    """Whether a stable profile is strict even at this end of its interval.

    An end inside (0, 1) is where some condition holds with equality; only where [0, 1] itself
    ends the interval may all of them be strict. At α = 0 that is a matter of costs alone.
    """
    if alpha not in (0, 1):
        return False
    place = np.unravel_index(index, game.shape)
    if alpha == 0:
        rows = zip(place, game.costs, strict=True)
        return all(row[x] < other for x, row in rows for y, other in enumerate(row) if y != x)
    for user, (chosen, row) in enumerate(zip(place, game.costs, strict=True)):
        paid_here = game.paid(user)
        line = paid_here.numbers((*place[:user], slice(None), *place[user + 1 :]))
        costs = object_array(row) if game.exact else np.array(row, dtype=float)
        gains = alpha * (line - line[chosen]) - (costs - costs[chosen])
        if any(gain >= -2 * paid_here.error for gain in np.delete(gains, chosen)):
            return False
    return True


def _potential(game: PaymentGame, equilibria: PureEquilibria) -> PotentialLines:
    place, weights = equilibria.place(game), [game.rule.user_weight(user) for user in range(len(game.users))]
    cost = object_array(
        sum((game.costs[user][choice] / weights[user] for user, choice in enumerate(chosen)), start=Fraction(0))
        for chosen in zip(*(column.tolist() for column in place), strict=True)
    )
    return PotentialLines(equilibria.potentials(game), cost)


def along_potential(equilibria: PureEquilibria, potential: PotentialLines) -> Candidates:
    """At each breakpoint of the upper envelope of Φ_α, every equilibrium that maximises it."""
    path = maximisers(potential.shared, potential.cost, equilibria.judge)
    position = np.concatenate(path.positions)
    break_of = np.repeat(np.arange(len(path.positions)), [len(found) for found in path.positions])
    shares = path.alpha.values
    spans = [[shares[k] for k, found in enumerate(path.positions) if p in found] for p in position]
    alpha = path.alpha.at(break_of)
    return Candidates(
        kept(equilibria, position, alpha),
        alpha,
        position,
        _array([span[0] for span in spans], equilibria.exact),
        _array([span[-1] for span in spans], equilibria.exact),
        np.ones(len(position), dtype=bool),
    )


def worst(equilibria: PureEquilibria, cap: Fraction | None) -> Candidates:
    """The worst equilibrium at each breakpoint, and between any two.

    Between two breakpoints the worst U and the best are constant, and the value is a limit
    at the end where the platform keeps most: the left one, unless U < 0. It is attained only
    if the breakpoint's own worst equilibrium is as good. Even the best equilibrium, which is
    the costliest, must pay out no more than ``cap``: so α ≤ cap/U of the best.
    """
    judge = equilibria.judge
    ranks = equilibria.utilities().ranks(judge)
    lowest = best = envelope(equilibria, worst=True)
    keys = ranks[lowest.winners]
    if cap is not None:
        best = envelope(equilibria)
        keys = len(ranks) * keys + ranks[best.winners]
        best = best.joined(keys)
    lowest = lowest.joined(keys)
    ends, utilities = lowest.ends, equilibria.utilities()
    n = len(ends.values)
    point_fits, gap_fits = np.ones(n, dtype=bool), np.ones(n - 1, dtype=bool)
    limits = ends.at(np.arange(1, n))  # where each gap stops to fit
    stops = np.zeros(n - 1, dtype=bool)
    if cap is not None:
        below, equal = paid(equilibria, best.at, ends).at_most(cap, judge)
        point_fits = below | equal
        dearest = utilities.at(best.between)
        negative, nothing = dearest.at_most(Fraction(0), judge)
        gap_fits = negative | nothing | paid(equilibria, best.between, ends.at(np.arange(n - 1))).at_most(cap, judge)[0]
        below, equal = paid(equilibria, best.between, limits).at_most(cap, judge)
        stops = ~(below | equal | negative | nothing)
        limits = _stopped(limits, dearest, cap, stops)
    inside = utilities.at(lowest.between)
    left = ~inside.at_most(Fraction(0), judge)[0]
    nearest = np.arange(n - 1) + ~left
    # At α = 1 nothing is kept, whoever plays.
    as_good = (ranks[lowest.at[nearest]] >= ranks[lowest.between]) | (np.asarray(ends.values == 1)[nearest])
    as_good &= point_fits[nearest]
    attained = np.where(left, as_good, as_good | stops)
    all_ends = ends.followed_by(limits)
    alpha = all_ends.at(np.concatenate([np.arange(n), np.where(left, np.arange(n - 1), n + np.arange(n - 1))]))
    gaps = np.where(left, lowest.between, lowest.before)
    position = np.concatenate([lowest.at, gaps])
    found = Candidates(
        kept(equilibria, position, alpha),
        alpha,
        position,
        np.concatenate([ends.values, ends.values[:-1]]),
        np.concatenate([ends.values, ends.values[1:]]),
        np.concatenate([np.ones(n, dtype=bool), attained]),
    )
    return found.select(np.flatnonzero(np.concatenate([point_fits, gap_fits])))


def _stopped(limits: Reals, dearest: Reals, cap: Fraction, stops: BoolArray) -> Reals:
    """The ends of gaps, or cap/U where the budget ends before."""
    values, errors = limits.values.copy(), limits.errors.copy()
    for k in np.flatnonzero(stops).tolist():
        worth = dearest.values[k]
        values[k] = cap / worth if dearest.exact else float(cap) / worth
        errors[k] = 0 if dearest.exact else values[k] * (dearest.errors[k] / worth + 4 * _EPSILON)

    def exactly(k: int) -> Real | None:
        if not stops[k]:
            return limits.exactly(k)
        worth = dearest.exactly(k)
        return None if worth is None else Rational(cap) / worth

    return Reals(values, errors, exactly, limits.what)


def within(found: Candidates, equilibria: PureEquilibria, cap: Fraction | None) -> Candidates:
    """Those that pay out at most ``cap``; one that is approached from above must leave room."""
    if cap is None:
        return found
    judge = equilibria.judge
    below, equal = paid(equilibria, found.position, found.alpha).at_most(cap, judge)
    negative, nothing = equilibria.totals().at(found.position).at_most(Fraction(0), judge)
    return found.select(below | (equal & (found.attained | negative | nothing)))


def without_share(
    equilibria: PureEquilibria, selection: Selection, cap: Fraction | None, potential: PotentialLines | None = None
) -> Candidates:
    """Theorem 1: the equilibria of one game, of which the selection keeps some (``potential``: for that selection)."""
    judge, n = equilibria.judge, len(equilibria)
    attained, keeps = np.ones(n, dtype=bool), equilibria.kept()
    alpha = Reals(equilibria.lower, np.zeros(n), lambda _: Rational(1), "shares")
    found = Candidates(keeps, alpha, np.arange(n), equilibria.lower, equilibria.upper, attained)
    chosen = attained
    if selection == "stable":
        chosen = equilibria.stable
    elif potential is not None and n:
        chosen = potential.shared.minus(potential.cost).largest(judge)
    elif selection == "worst" and n:
        chosen = keeps.negative().largest(judge)
    if cap is not None:
        below, equal = equilibria.utilities().minus_each(keeps).at_most(cap, judge)
        fits = below | equal
        chosen = chosen & (fits.all() if selection == "worst" else fits)
    return found.select(chosen)


def _array(values: Iterable[object], exact: bool) -> Array:
    return object_array(values) if exact else np.fromiter(values, dtype=float)
