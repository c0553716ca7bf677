"""The platform's optimum over symmetric equilibria of three levels and more.

Equilibria on one level hold between two shares; those on two are curves, as in the binary game, of
which other levels' deviations leave parts. On three and more, indifference fixes the ratios of the
gains whatever α is, so that they are curves too: they are followed by branch and bound on the
simplex, whose gap is reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from fairgames.equilibria.bernstein import Bernstein
from fairgames.equilibria.bernstein_roots import Root, roots, value_at
from fairgames.equilibria.exchangeable import Exchangeable
from fairgames.equilibria.simplex_face import Face
from fairgames.equilibria.symmetric import ONE, ZERO, SymmetricGame
from fairgames.equilibria.symmetric_levels import deviation, not_above, symmetric_equilibria
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism.selections import Selection
from fairgames.mechanism.symmetric_candidates import (
    Interval,
    SymmetricCandidate,
    at_share,
    share_of,
    special_points,
    within,
)
from fairgames.mechanism.symmetric_search import search


def levels_candidates(
    game: PaymentGame, source: Exchangeable, selection: Selection, cap: Fraction | None
) -> tuple[list[SymmetricCandidate], float]:
    """Where the selected equilibrium may be worth most, and how much more any other may be worth.

    Raises
    ------
    InputError
        If the selection would need all equilibria of all shares at once.
    """
    if selection == "stable":
        return within(_strict(source, cap), cap), 0.0
    if selection != "best":
        raise InputError(
            f"selection: {selection!r} follows symmetric equilibria of two levels only, and users may choose "
            f"{len(source.levels)} here; use 'best' or 'stable', or scope 'pure'"
        )
    found = within([*_pure(source), *_edges(source, cap)], cap)
    gap = 0.0
    for size in range(3, len(source.levels) + 1):
        for levels in combinations(source.levels, size):
            best = max((float(one.value) for one in found), default=0.0)
            inner, missed = search(Face.of(source, levels), max(best, 0.0), cap)
            found += inner
            gap = max(gap, missed)
    if not any(one.value >= 0 for one in found):  # at α = 1 nothing is lost
        found += within((_of_strategy(source, one.strategy) for one in symmetric_equilibria(game, 1)), cap)
    return found, gap


# One level ----------------------------------------------------------------------------------------


def _pure(source: Exchangeable) -> Iterator[SymmetricCandidate]:
    for level in source.levels:
        interval = _interval(_leads(source, level))
        if interval is not None:
            yield _at_best_end(source, level, interval)
