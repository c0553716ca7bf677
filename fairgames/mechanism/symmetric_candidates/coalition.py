"""Theorem 1, which has no share: the symmetric equilibria of one game, of which a selection keeps some."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from fairgames.certain import Real, Reals
from fairgames.equilibria.symmetric.bernstein_roots import Root, roots, spread_at, value_at
from fairgames.equilibria.symmetric.exchangeable import Exchangeable
from fairgames.equilibria.symmetric.several_levels import SymmetricEquilibria
from fairgames.equilibria.symmetric.two_levels import ONE, SymmetricGame
from fairgames.mechanism.candidates import OneGame, compared, to_reals
from fairgames.mechanism.symmetric_candidates.candidate import SymmetricCandidate, around, payouts
from fairgames.mechanism.symmetric_candidates.curve import strategy_of
from fairgames.mechanism.symmetric_candidates.pure import is_strict

if TYPE_CHECKING:
    from fairgames.mechanism.selections import Selection


def one_game_candidates(
    game: SymmetricGame, selection: Selection, cap: Fraction | None = None
) -> list[SymmetricCandidate]:
    """The equilibria of two levels that the selection keeps; the platform's own value is E[P]."""
    found = []
    for p in _points(game, cap):
        kept, utility = value_at(game.potential, p), value_at(game.utility, p)
        error, exact = spread_at(game.potential, p), game.known and p.exact
        found.append(_candidate(game.source, strategy_of(game, p), kept, utility, error, exact))
    return _selected(game.source, found, selection, cap)


def one_game_of_levels(
    source: Exchangeable, equilibria: SymmetricEquilibria, selection: Selection, cap: Fraction | None
) -> tuple[list[SymmetricCandidate], float]:
    """The same of any number of levels; and how much more may be kept: infinitely, where that is not decided.

    Along a segment of equilibria what is kept is linear, so that its ends will do if there is no cap.
    """
    found = []
    for end in (end for one in equilibria for end in (one.strategy, one.other_end) if end is not None):
        own = [Fraction(end[level]) for level in source.levels]
        (kept, error), (utility, _) = (source.expected(table, own) for table in (source.potential, source.utilities))
        exact = source.known and error == 0
        found.append(_candidate(source, tuple(map(Fraction, end)), kept, utility, error, exact))
    segments = cap is not None and any(one.other_end is not None for one in equilibria)
    undecided = not selection.strict and (bool(equilibria.unresolved) or segments)
    return _selected(source, found, selection, cap), math.inf if undecided else 0.0


def _points(game: SymmetricGame, cap: Fraction | None) -> Iterator[Root]:
    """All equilibria; of a continuum its ends, and where what is paid is the cap or greatest.

    There γ = c throughout, and the platform keeps E[P], which is linear in p.
    """
    yield from game.equilibria()
    if game.is_continuum(None):
        paid = game.utility - game.potential
        inner = [*roots(paid.derivative()), *(roots(paid - cap) if cap is not None else ())]
        yield from (root for root in inner if 0 < root.middle < 1)


def _candidate(
    source: Exchangeable,
    strategy: tuple[Fraction, ...],
    kept: Fraction,
    utility: Fraction,
    error: Fraction,
    exact: bool,
) -> SymmetricCandidate:
    # An error of U enters E[P] with weights that sum to 1/2 + 1/3 + … ≤ N.
    error += source.n_users * Fraction(source.error)
    return SymmetricCandidate(strategy, None, kept, utility, error, exact, None, True, off=error)


def _selected(
    source: Exchangeable, found: list[SymmetricCandidate], selection: Selection, cap: Fraction | None
) -> list[SymmetricCandidate]:
    strict = [level for level in source.levels if is_strict(source, level, ONE)]
    game = OneGame(
        compared(found, source.exact, source.known).value,
        payouts(found, source),
        np.array([any(one.strategy[level] == 1 for level in strict) for one in found], dtype=bool),
        source.judge,
        lambda: _potentials(source, found),
    )
    return [found[k] for k in np.flatnonzero(selection.among(game, cap))]


def _potentials(source: Exchangeable, found: list[SymmetricCandidate]) -> Reals:
    """E[Φ] at each: what is kept, less what all expect to bear."""
    heights = [one.value - source.n_users * _cost(source, one) for one in found]
    errors = [one.error for one in found]

    def real(k: int) -> Real | None:
        return around(heights[k], errors[k]) if source.known else None

    return to_reals(heights, errors, real, source.exact, "potentials")


def _cost(source: Exchangeable, one: SymmetricCandidate) -> Fraction:
    """What a user expects to bear."""
    return sum((one.strategy[level] * source.cost(level) for level in source.levels), Fraction(0))
