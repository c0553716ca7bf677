"""Theorem 1, which has no share: the symmetric equilibria of one game of two levels."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from operator import mul

import numpy as np

from fairgames.equilibria.bernstein_roots import Root, roots, spread_at, value_at
from fairgames.equilibria.exchangeable import Exchangeable
from fairgames.equilibria.symmetric import ONE, ZERO, SymmetricGame
from fairgames.equilibria.symmetric_levels import SymmetricEquilibria
from fairgames.mechanism.selections import Selection
from fairgames.mechanism.symmetric_candidate import SymmetricCandidate, within
from fairgames.mechanism.symmetric_candidates import AT_ONE, AT_ZERO, strategy_of
from fairgames.mechanism.symmetric_potential import maximisers
from fairgames.mechanism.symmetric_pure import is_strict


def one_game_candidates(
    game: SymmetricGame, selection: Selection, cap: Fraction | None = None
) -> list[SymmetricCandidate]:
    """The equilibria that the selection keeps; the platform's own value is E[P]."""
    found = [_valued(game, p) for p in _points(game, cap)]
    if selection == "worst":
        return found_worst(found, cap)
    if selection == "stable":
        gain_at_one, gain_at_zero = game.gain(ONE), game.gain(ZERO)
        strict = {AT_ONE: gain_at_one < game.cost, AT_ZERO: gain_at_zero > game.cost}
        found = [one for one in found if one.p is not None and strict.get(one.p, False)]
    elif selection == "potential":
        best = maximisers(game, ONE, game.equilibria())
        found = [one for one in found if one.p in best]
    return within(found, cap)


def one_game_of_levels(
    source: Exchangeable, equilibria: SymmetricEquilibria, selection: Selection, cap: Fraction | None
) -> tuple[list[SymmetricCandidate], float]:
    """The same of any number of levels; and how much more may be kept where equilibria were left undecided.

    Along a segment of equilibria the platform's value is linear, so its ends will do.
    """
    found, heights = [], {}
    for one in equilibria:
        ends = [one.strategy, *([one.other_end] if one.other_end is not None else [])]
        for strategy in (tuple(map(Fraction, end)) for end in ends):
            own = [strategy[level] for level in source.levels]
            (kept, off), (utility, _) = (source.expected(table, own) for table in (source.potential, source.utilities))
            error = off + source.n_users * Fraction(source.error)
            exact = source.exact and off == 0
            found.append(SymmetricCandidate(strategy, None, None, kept, utility, error, exact, None, True))
            heights[strategy] = kept - source.n_users * sum(map(mul, own, source.costs))
    if selection == "stable":
        strict = [level for level in source.levels if is_strict(source, level, ONE)]
        found = [one for one in found if any(one.strategy[level] == 1 for level in strict)]
    elif selection == "potential":
        top = max(heights.values())
        found = [one for one in found if top - heights[one.strategy] <= 2 * one.error]
    found = found_worst(found, cap) if selection == "worst" else within(found, cap)
    return found, float(np.inf) if equilibria.unresolved and selection != "stable" else 0.0


def found_worst(found: list[SymmetricCandidate], cap: Fraction | None) -> list[SymmetricCandidate]:
    """The one of least value, if none pays more than the cap."""
    return [min(found, key=lambda one: one.value)] if len(within(found, cap)) == len(found) else []


def _points(game: SymmetricGame, cap: Fraction | None) -> Iterator[Root]:
    """All equilibria; of a continuum its ends, and where what is paid is the cap or greatest.

    There γ = c throughout, and the platform keeps E[P], which is linear in p.
    """
    yield from game.equilibria()
    if game.is_continuum(None):
        paid = game.utility - game.potential
        inner = [*roots(paid.derivative()), *(roots(paid - cap) if cap is not None else ())]
        yield from (root for root in inner if 0 < root.middle < 1)


def _valued(game: SymmetricGame, p: Root) -> SymmetricCandidate:
    kept = value_at(game.potential, p)
    # An error of U enters E[P] with weights that sum to 1/2 + 1/3 + … ≤ N.
    error = spread_at(game.potential, p) + game.n_users * game.error
    return SymmetricCandidate(
        strategy_of(game, p), p, None, kept, value_at(game.utility, p), error, game.exact and p.exact, None, True
    )
