"""The equilibrium that leaves the platform least: what it is sure of."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fairgames.certain import Rational, Real, Reals
from fairgames.equilibria.pure.landscape import envelope
from fairgames.mechanism.selections.candidates import Candidates, kept, paid
from fairgames.mechanism.selections.selection import EVERYWHERE, Pool, Selection
from fairgames.typing import BoolArray
from fairgames.valuation.rules import Rule

_EPSILON = float(np.finfo(float).eps)


def _over_shares(pool: Pool, cap: Fraction | None) -> Candidates:
    """The worst equilibrium at each breakpoint, and between any two.

    Between two breakpoints the worst U and the best are constant, and the value is a limit
    at the end where the platform keeps most: the left one, unless U < 0. It is attained only
    if the breakpoint's own worst equilibrium is as good. Even the best equilibrium, which is
    the costliest, must pay out no more than ``cap``: so α ≤ cap/U of the best.
    """
    equilibria, judge = pool.equilibria, pool.equilibria.judge
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


def _why_not(rule: Rule) -> str | None:
    if not rule.has_alpha or rule.efficient:
        return None
    return (
        "pays out more or less than α·U, so which equilibrium is worst changes between critical shares; use 'best' or "
        "'stable', or look at one share (`fairgames equilibria --alpha`)"
    )


def _of_one_game(pool: Pool) -> BoolArray:
    keeps = pool.equilibria.kept().negative()
    return keeps.largest(pool.equilibria.judge) if len(pool.equilibria) else np.zeros(0, dtype=bool)


WORST = Selection(
    "worst",
    "the platform's worst: what it is sure of",
    _over_shares,
    _of_one_game,
    why_not=_why_not,
    all_within=True,
    scopes=EVERYWHERE,
)
