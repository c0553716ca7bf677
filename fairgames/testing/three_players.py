"""Games of three players."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from fairgames.games.normal_form import NormalFormGame
from fairgames.testing.known import KnownGame, exact_game, known, pure


def games() -> Iterator[KnownGame]:
    """Asymmetric in every respect; with several equilibria, one of them irrational; with ties."""
    first, second, third = np.indices((2, 3, 2)).astype(object)
    yield known(
        "dominance-solvable 2×3×2",
        exact_game(first * (1 + second + 2 * third), -((second - 2 * first) ** 2), 2 * second * (1 - third) + third),
        [pure(1, 2, 0, shape=(2, 3, 2))],
        "by hand: player 1's second strategy dominates; then player 2's third; then player 3's first, 4 against 1",
    )
    yield known(
        "ties in 2×3×2",
        exact_game(
            (first == third).astype(int),
            -abs(second - first - third),
            3 * third * (second == 2) + first * (1 - third),
        ),
        [pure(0, 0, 0, shape=(2, 3, 2)), pure(1, 2, 1, shape=(2, 3, 2))],
        "by hand, the pure ones: player 1 matches player 3, player 2 plays the sum of both",
        complete=False,
        degenerate=True,
    )
    yield known(
        "two of three may enter",
        entry_game(Fraction(3, 8)),
        [
            *(pure(*choices, shape=(2, 2, 2)) for choices in ((1, 1, 0), (1, 0, 1), (0, 1, 1))),
            *([[0, 1] if player == sure else ["1/2", "1/2"] for player in range(3)] for sure in range(3)),
            [[1 - _ALL_MIX, _ALL_MIX]] * 3,
        ],
        "by hand: with shares 5/9, 5/12, 1/3 of 1, 2, 3 sharers (eq. 10's utility for three) and cost 3/8, two share; "
        "or one surely and the others with 1/2; or each with p, 13(1−p)² + 6p(1−p) − 3p² = 0",
    )
    yield known(
        "the third is indifferent",
        entry_game(Fraction(1, 3)),
        [pure(*choices, shape=(2, 2, 2)) for choices in ((1, 1, 1), (1, 1, 0), (1, 0, 1), (0, 1, 1))],
        "by hand, the pure ones: with cost 1/3, the third sharer gets nothing either way",
        complete=False,
        degenerate=True,
    )


#: The root in [0, 1] of 13(1−p)² + 6p(1−p) − 3p² = 4p² − 20p + 13.
_ALL_MIX = (5 - 2 * 3**0.5) / 2


def entry_game(cost: Fraction) -> NormalFormGame:
    """Three users share or not; k of them get U_k/k each, with eq. 10's utility for three, U_k = (5/3)·k/(k+2)."""
    sharing = np.indices((2, 2, 2)).astype(object)
    others = sharing.sum(axis=0) - sharing
    return exact_game(*(own * (Fraction(5, 3) / (rest + 3) - cost) for own, rest in zip(sharing, others, strict=True)))
