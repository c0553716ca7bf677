"""The equilibrium that leaves the platform least: what it is sure of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np

from fairgames.equilibria.pure.landscape import envelope
from fairgames.mechanism.candidates import Candidates, OneGame, kept, owed, stopped
from fairgames.mechanism.selections.selection import Mixed, OnCounts, Pool, Selection, Symmetric
from fairgames.typing import BoolArray
from fairgames.valuation.rules import Rule

if TYPE_CHECKING:
    from fairgames.equilibria.two_users.branches import Beta, Branches
    from fairgames.mechanism.curve import PairTable, Points, UtilityCurve
    from fairgames.mechanism.mixed_candidate import MixedCandidate


def _over_shares(pool: Pool, cap: Fraction | None) -> Candidates:
    """The worst equilibrium at each breakpoint, and between any two.

    Between two breakpoints the worst U and the best are constant, and the value is a limit
    at the end where the platform keeps most: the left one, unless U < 0. It is attained only
    if the breakpoint's own worst equilibrium is as good. Even the best equilibrium, which is
    the costliest, must pay out no more than ``cap``: so α ≤ cap/U of the best.
    """
    equilibria, judge = pool.equilibria, pool.equilibria.judge
    ranks = equilibria.utilities().ranks(judge)
    bottom = best = envelope(equilibria, worst=True)
    keys = ranks[bottom.winners]
    if cap is not None:
        dear = equilibria.payouts()
        dearness = dear.ranks(judge)
        best = envelope(equilibria, by=dear)
        keys = len(ranks) * keys + dearness[best.winners]
        best = best.joined(keys)
    bottom = bottom.joined(keys)
    ends, utilities = bottom.ends, equilibria.utilities()
    n = len(ends.values)
    point_fits, gap_fits = np.ones(n, dtype=bool), np.ones(n - 1, dtype=bool)
    limits = ends.at(np.arange(1, n))  # where each gap stops to fit
    stops = np.zeros(n - 1, dtype=bool)
    if cap is not None:
        below, equal = owed(equilibria, best.at, ends).at_most(cap, judge)
        point_fits = below | equal
        dearest = dear.at(best.between)
        negative, nothing = dearest.at_most(Fraction(0), judge)
        gap_fits = negative | nothing | owed(equilibria, best.between, ends.at(np.arange(n - 1))).at_most(cap, judge)[0]
        below, equal = owed(equilibria, best.between, limits).at_most(cap, judge)
        stops = ~(below | equal | negative | nothing)
        limits = stopped(limits, dearest, cap, stops)
    inside = utilities.at(bottom.between)
    left = ~inside.at_most(Fraction(0), judge)[0]
    nearest = np.arange(n - 1) + ~left
    # At α = 1 nothing is kept, whoever plays.
    as_good = (ranks[bottom.at[nearest]] >= ranks[bottom.between]) | (np.asarray(ends.values == 1)[nearest])
    as_good &= point_fits[nearest]
    attained = np.where(left, as_good, as_good | stops)
    all_ends = ends.followed_by(limits)
    alpha = all_ends.at(np.concatenate([np.arange(n), np.where(left, np.arange(n - 1), n + np.arange(n - 1))]))
    gaps = np.where(left, bottom.between, bottom.before)
    position = np.concatenate([bottom.at, gaps])
    found = Candidates(
        kept(equilibria, position, alpha),
        alpha,
        position,
        np.concatenate([ends.values, ends.values[:-1]]),
        np.concatenate([ends.values, ends.values[1:]]),
        np.concatenate([np.ones(n, dtype=bool), attained]),
    )
    return found.select(np.flatnonzero(np.concatenate([point_fits, gap_fits])))


def _why_not(rule: Rule) -> str | None:
    if not rule.has_alpha or rule.efficient:
        return None
    return (
        "pays out more or less than α·U, so which equilibrium is worst changes between critical shares; use 'best' or "
        "'stable', or look at one share (`fairgames equilibria --alpha`)"
    )


def _of_one_game(game: OneGame) -> BoolArray:
    return game.kept.negative().largest(game.judge)


def _over_branches(found: Branches, utility: PairTable, cap: Fraction | None) -> list[MixedCandidate]:
    """Where the worst equilibrium at each share may be worth most; even the dearest stays within the cap."""
    from fairgames.mechanism.curve import Point, UtilityCurve
    from fairgames.mechanism.mixed_candidate import affordable, at_breakpoint, lowest, on_branch

    candidates = []
    at_break: dict[Beta, Fraction] = {}
    for beta, profiles in zip(found.betas, found.at, strict=True):
        here = [at_breakpoint(profile, beta, utility) for profile in profiles]
        if affordable(here, cap):
            candidates.append(lowest(here))
            at_break[beta] = candidates[-1].value
    curve_of = {branch: UtilityCurve.of(branch, utility) for branch in found.every}
    for (least, most), branches in zip(pairwise(found.betas), found.between, strict=True):
        curves = [curve_of[branch] for branch in branches]
        here = []
        for root in _turns(curves, Fraction(least), most, cap):
            fitting = [point for point in root if all(curve.affordable(point.beta, cap) for curve in curves)]
            lows = [lowest([on_branch(curve, point) for curve in curves]) for point in fitting]
            here += sorted(lows, key=lambda one: one.value)[-1:]
        for end, upwards in ((least, True), (most, False)):
            if all(curve.affordable_beside(end, upwards, cap) for curve in curves):
                limit = lowest([on_branch(curve, Point(end)) for curve in curves])
                if end not in at_break or at_break[end] < limit.value:  # else the breakpoint itself is as good
                    here.append(replace(limit, attained=False))
        candidates += [replace(one, least=least, most=most) for one in here]
    return candidates


def _turns(curves: Sequence[UtilityCurve], least: Fraction, most: Beta, cap: Fraction | None) -> set[Points]:
    """Where the lowest of several curves may be highest: their own turning points, and where two cross."""
    own = (root for curve in curves for root in curve.turns(least, most, cap))
    return {*own, *(root for one, other in combinations(curves, 2) for root in one.crossings(other, least, most))}


def _of_extreme(found: Sequence[MixedCandidate], cap: Fraction | None) -> list[MixedCandidate]:
    from fairgames.mechanism.mixed_candidate import affordable, lowest

    return [one for one in found if one.value == lowest(found).value] if affordable(found, cap) else []


def _symmetric() -> Symmetric:
    from fairgames.mechanism.symmetric_candidates.worst import worst_candidates

    return Symmetric(worst_candidates)


WORST = Selection(
    "worst",
    "the platform's worst: what it is sure of",
    _over_shares,
    _of_one_game,
    all_within=True,
    why_not=_why_not,
    counts=OnCounts(lambda pool, found, k: pool.lowest(found, k)),
    mixed=Mixed(_over_branches, _of_extreme),
    symmetric=_symmetric,
)
