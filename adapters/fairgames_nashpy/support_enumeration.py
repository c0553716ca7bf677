"""Support enumeration: Algorithm 3.4 of Nisan et al. (2007), from nashpy's parts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, MixedProfile

#: Round-off: a probability or (relative to the largest payoff) a gain of this size is none.
_ROUND_OFF = 1e-12


def support_enumeration(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield every equilibrium on supports of equal size: all of them in a nondegenerate game.

    Nashpy's ``Game.support_enumeration`` asks for ``prob >= 0`` also outside the support, where
    round-off leaves numbers such as −1e-17, and loses a fifth of the equilibria of random 3×3
    games; it compares best responses without a tolerance, too. So nashpy's support pairs and its
    indifference equations are used here on the game restricted to the supports, where no
    probability outside is computed at all, and best responses are checked up to 1e-12.
    """
    from nashpy.algorithms.support_enumeration import potential_support_pairs, solve_indifference

    A, B = game.to_nashpy().payoff_matrices
    for rows, columns in potential_support_pairs(A, B, non_degenerate=True):
        within = np.ix_(rows, columns)
        everyone = range(len(rows))
        x = solve_indifference(B[within].T, everyone, everyone)
        y = solve_indifference(A[within], everyone, everyone)
        if _positive(x) and _positive(y):
            profile = _widen(x, rows, len(A)), _widen(y, columns, len(B.T))
            if _is_best(A @ profile[1], rows, A) and _is_best(profile[0] @ B, columns, B):
                yield profile


def _positive(probabilities: Array | bool) -> bool:
    """Whether there is a solution, and one that plays all of its support."""
    return probabilities is not False and bool(np.all(probabilities > _ROUND_OFF))


def _widen(probabilities: Array, support: tuple[int, ...], size: int) -> Array:
    vector = np.zeros(size)
    vector[list(support)] = probabilities
    return vector


def _is_best(payoffs: Array, support: tuple[int, ...], matrix: Array) -> bool:
    return bool(payoffs.max() - payoffs[list(support)].min() <= _ROUND_OFF * np.abs(matrix).max())
