"""The platform's optimum over symmetric equilibria of three levels and more.

Equilibria on one level hold between two shares; those on two are curves, as in the binary game, of
which other levels leave parts. On three and more, indifference fixes the ratios of the gains
whatever α is, so that they are curves too: branch and bound follows them, and its gap is reported.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

from fairgames.equilibria.symmetric.exchangeable import Exchangeable
from fairgames.equilibria.symmetric.several_levels import symmetric_equilibria
from fairgames.equilibria.symmetric.simplex_face import Face
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism.symmetric_candidates.candidate import SymmetricCandidate, within
from fairgames.mechanism.symmetric_candidates.coalition import one_game_of_levels
from fairgames.mechanism.symmetric_candidates.edges import edge_candidates
from fairgames.mechanism.symmetric_candidates.pure import pure_candidates
from fairgames.mechanism.symmetric_candidates.search import at_strategy, search

if TYPE_CHECKING:
    from fairgames.mechanism.selections import Selection


def levels_candidates(
    game: PaymentGame, source: Exchangeable, selection: Selection, cap: Fraction | None
) -> tuple[list[SymmetricCandidate], float]:
    """Where the selected equilibrium may be worth most, and how much more any other may be worth at most.

    Raises
    ------
    InputError
        If the selection would have to follow all equilibria over all shares.
    """
    if not source.rule.has_alpha:
        return one_game_of_levels(source, symmetric_equilibria(game), selection, cap)
    way = selection.known(selection.symmetric, "symmetric")().of_levels
    if way is None:
        raise InputError(
            f"selection: {selection.name!r} follows symmetric equilibria of two levels only, but the users may choose "
            f"among {len(source.levels)}; take 'best' or 'stable', or scope 'pure'"
        )
    return way(game, source, cap)


def best_of_levels(
    game: PaymentGame, source: Exchangeable, cap: Fraction | None
) -> tuple[list[SymmetricCandidate], float]:
    """Where the best equilibrium may be worth most, and how much more any other may be worth at most."""
    found = within([*pure_candidates(source), *edge_candidates(source, cap)], cap, source)
    ceiling = 0.0
    # One user alone expects a linear function of the mixture, which is best on one level or two.
    for size in range(3, len(source.levels) + 1) if source.n_users > 1 else ():
        for levels in combinations(source.levels, size):
            least = max((float(one.value) for one in found), default=0.0)
            inner, bound = search(Face.of(source, levels), max(least, 0.0), cap)
            found += inner
            ceiling = max(ceiling, bound)
    if not any(one.value >= 0 for one in found):  # at α = 1 nothing is lost
        strategies = [list(map(Fraction, one.strategy)) for one in symmetric_equilibria(game, 1)]
        found += within([at_strategy(source, strategy, Fraction(1)) for strategy in strategies], cap, source)
    best = max((float(one.value) for one in found), default=0.0)
    return found, max(0.0, ceiling - best)
