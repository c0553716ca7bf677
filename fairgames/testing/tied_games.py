"""Two-player games full of ties, on which one shortcut or another of enumeration loses an extreme equilibrium.

Support enumeration over equal sizes, with positive or with nonnegative weights, and the least
squares solution of each pair of supports each miss some in every one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from fairgames.testing.known import KnownGame, exact_game, known

_SOURCE = "lrsnash and Gambit's rational enummixed, which agree; payoffs drawn from 0, 1, 2"

#: Payoffs of player 1, of player 2, and the extreme equilibria.
_GAMES: dict[str, tuple[Any, Any, list[Any]]] = {
    "ties in 4×3": (
        [[2, 1, 0], [0, 2, 0], [2, 2, 1], [1, 2, 1]],
        [[1, 0, 1], [2, 0, 0], [2, 1, 2], [0, 2, 0]],
        [
            ([1, 0, 0, 0], [1, 0, 0]),
            ([0, "1/2", 0, "1/2"], [0, 1, 0]),
            ([0, 0, 1, 0], [1, 0, 0]),
            ([0, 0, 1, 0], [0, 0, 1]),
            ([0, 0, "2/3", "1/3"], [0, 1, 0]),
            ([0, 0, "2/3", "1/3"], [0, 0, 1]),
            ([0, 0, 0, 1], [0, 1, 0]),
        ],
    ),
    "ties in 2×4": (
        [[2, 2, 2, 2], [2, 2, 2, 1]],
        [[2, 2, 0, 0], [0, 0, 1, 0]],
        [
            ([1, 0], [1, 0, 0, 0]),
            ([1, 0], [0, 1, 0, 0]),
            (["1/3", "2/3"], [1, 0, 0, 0]),
            (["1/3", "2/3"], [0, 1, 0, 0]),
            (["1/3", "2/3"], [0, 0, 1, 0]),
            ([0, 1], [0, 0, 1, 0]),
        ],
    ),
    "ties in 2×3": (
        [[1, 2, 1], [1, 0, 1]],
        [[0, 0, 2], [1, 1, 0]],
        [
            ([1, 0], [0, 0, 1]),
            (["1/3", "2/3"], [1, 0, 0]),
            (["1/3", "2/3"], [0, 0, 1]),
            ([0, 1], [1, 0, 0]),
        ],
    ),
    "ties in 2×4, 2": (
        [[1, 0, 0, 2], [0, 2, 1, 2]],
        [[0, 0, 1, 0], [1, 1, 1, 0]],
        [
            ([0, 1], ["2/3", "1/3", 0, 0]),
            ([0, 1], ["1/2", 0, "1/2", 0]),
            ([0, 1], [0, 1, 0, 0]),
            ([0, 1], [0, 0, 1, 0]),
        ],
    ),
    "ties in 3×3": (
        [[0, 1, 2], [0, 0, 1], [0, 1, 2]],
        [[1, 0, 0], [0, 2, 1], [0, 2, 0]],
        [
            ([1, 0, 0], [1, 0, 0]),
            (["2/3", "1/3", 0], [1, 0, 0]),
            (["2/3", 0, "1/3"], [1, 0, 0]),
            (["2/3", 0, "1/3"], [0, 1, 0]),
            ([0, 0, 1], [0, 1, 0]),
        ],
    ),
    "ties in 4×3, 2": (
        [[1, 1, 2], [2, 2, 0], [2, 2, 2], [1, 0, 2]],
        [[0, 1, 1], [2, 0, 2], [0, 1, 0], [0, 0, 2]],
        [
            ([1, 0, 0, 0], [0, 0, 1]),
            ([0, 1, 0, 0], [1, 0, 0]),
            ([0, "1/3", "2/3", 0], [1, 0, 0]),
            ([0, "1/3", "2/3", 0], [0, 1, 0]),
            ([0, 0, 1, 0], [0, 1, 0]),
            ([0, 0, "2/3", "1/3"], [0, 0, 1]),
            ([0, 0, 0, 1], [0, 0, 1]),
        ],
    ),
    "ties in 2×3, 2": (
        [[2, 0, 0], [1, 2, 2]],
        [[2, 2, 2], [1, 1, 1]],
        [
            ([1, 0], [1, 0, 0]),
            ([1, 0], ["2/3", "1/3", 0]),
            ([1, 0], ["2/3", 0, "1/3"]),
            ([0, 1], ["2/3", "1/3", 0]),
            ([0, 1], ["2/3", 0, "1/3"]),
            ([0, 1], [0, 1, 0]),
            ([0, 1], [0, 0, 1]),
        ],
    ),
    "ties in 3×3, 2": (
        [[1, 2, 1], [1, 0, 1], [2, 0, 2]],
        [[2, 2, 0], [2, 2, 2], [1, 1, 2]],
        [
            ([1, 0, 0], ["2/3", "1/3", 0]),
            ([1, 0, 0], [0, 1, 0]),
            (["1/3", 0, "2/3"], ["2/3", "1/3", 0]),
            (["1/3", 0, "2/3"], [0, "1/3", "2/3"]),
            ([0, 0, 1], [0, 0, 1]),
        ],
    ),
    "ties in 3×2": (
        [[2, 1], [0, 0], [0, 2]],
        [[0, 0], [0, 0], [0, 0]],
        [
            ([1, 0, 0], [1, 0]),
            ([1, 0, 0], ["1/3", "2/3"]),
            ([0, 0, 1], ["1/3", "2/3"]),
            ([0, 0, 1], [0, 1]),
        ],
    ),
}

#: A difference that floats near 1 cannot hold, and 64-bit numerators can.
_HAIR = Fraction(1, 2**60)


def games() -> Iterator[KnownGame]:
    """Ties that are there, and a game whose payoffs seem to tie and do not."""
    for name, (first, second, equilibria) in _GAMES.items():
        yield known(name, exact_game(first, second), equilibria, _SOURCE, degenerate=True)
    yield known(
        "coordination by a hair's breadth",
        exact_game([[1 + _HAIR, 1], [1, 1 + _HAIR / 2]], [[1 + _HAIR / 2, 1], [1, 1 + _HAIR]]),
        [([1, 0], [1, 0]), ([0, 1], [0, 1]), (["2/3", "1/3"], ["1/3", "2/3"])],
        "O&R, example 15.3: battle of the sexes, with 2^-60 and 2^-61 for 2 and 1",
        exact_only=True,
    )
