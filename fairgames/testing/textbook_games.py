"""Two-player games of the textbooks.

- O&R: Osborne & Rubinstein (1994), A Course in Game Theory.
- AGT: Nisan, Roughgarden, Tardos & Vazirani (2007), Algorithmic Game Theory; its chapter 3,
  von Stengel's "Equilibrium computation for two-player games in strategic and extensive form".
- Gibbons (1992), A Primer in Game Theory.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from typing import Any

from fairgames.games.normal_form import NormalFormGame
from fairgames.testing.known import KnownGame, exact_game, known

_SEXES = [[[2, 0], [0, 1]], [[1, 0], [0, 2]]]
_SEXES_ANSWER: list[Any] = [([1, 0], [1, 0]), ([0, 1], [0, 1]), (["2/3", "1/3"], ["1/3", "2/3"])]
_VON_STENGEL = [[[3, 3], [2, 5], [0, 6]], [[3, 2], [2, 6], [3, 1]]]
_VON_STENGEL_ANSWER: list[Any] = [
    ([1, 0, 0], [1, 0]),
    (["4/5", "1/5", 0], ["2/3", "1/3"]),
    ([0, "1/3", "2/3"], ["1/3", "2/3"]),
]


def games() -> Iterator[KnownGame]:
    """Unique, several, and whole continua of equilibria."""
    yield from nondegenerate()
    yield from degenerate()


def nondegenerate() -> Iterator[KnownGame]:
    yield known(
        "prisoner's dilemma",
        exact_game([[3, 0], [4, 1]], [[3, 4], [0, 1]]),
        [([0, 1], [0, 1])],
        "O&R, example 16.2: each player has a dominant strategy",
    )
    yield known(
        "dominance-solvable 2×3",
        exact_game([[1, 1, 0], [0, 0, 2]], [[0, 2, 1], [3, 1, 0]]),
        [([1, 0], [0, 1, 0])],
        "Gibbons, figure 1.1.1: iterated elimination of strictly dominated strategies",
    )
    yield known(
        "matching pennies",
        exact_game([[1, -1], [-1, 1]], [[-1, 1], [1, -1]]),
        [(["1/2", "1/2"], ["1/2", "1/2"])],
        "O&R, example 17.1",
    )
    yield known(
        "rock, paper, scissors",
        exact_game([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], [[0, 1, -1], [-1, 0, 1], [1, -1, 0]]),
        [(["1/3"] * 3, ["1/3"] * 3)],
        "by hand: on fewer than all three the best responses run in a circle, and indifference asks for 1/3 each",
    )
    yield known(
        "constant-sum 2×3",
        exact_game([[4, 2, 3], [1, 5, 4]], [[2, 4, 3], [5, 1, 2]]),
        [(["2/3", "1/3"], ["1/2", "1/2", 0])],
        "by hand: player 1 gets min(1 + 3p, 5 − 3p, 4 − p), largest where the first two cross",
    )
    yield known("battle of the sexes", exact_game(*_SEXES), _SEXES_ANSWER, "O&R, example 15.3")
    yield known(
        "battle of the sexes in other currencies, with names that break files",
        _renamed(exact_game([["1000.002", 1000], [1000, "1000.001"]], [[1000000, 0], [0, 2000000]])),
        _SEXES_ANSWER,
        "O&R, example 15.3: payoffs count up to positive affine maps",
    )
    yield known("von Stengel's 3×2", exact_game(*_VON_STENGEL), _VON_STENGEL_ANSWER, "AGT, (3.3) and section 3.4")
    yield known(
        "von Stengel's 3×2 in floats",
        NormalFormGame.from_arrays(*_VON_STENGEL),
        _VON_STENGEL_ANSWER,
        "AGT, (3.3) and section 3.4",
    )
    identity = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    supports = [chosen for size in (1, 2, 3) for chosen in combinations(range(3), size)]
    uniform = [[Fraction(k in chosen, len(chosen)) for k in range(3)] for chosen in supports]
    yield known(
        "coordination on three",
        exact_game(identity, identity),
        [(x, x) for x in uniform],
        "Quint & Shubik (1997): both payoff matrices the identity, 2^n − 1 equilibria, uniform on each support",
    )
    yield known(
        "one player without a choice",
        exact_game([[1, 5, 3]], [[2, 1, 3]]),
        [([1], [0, 0, 1])],
        "by hand: player 2 takes the largest of 2, 1, 3",
    )


def degenerate() -> Iterator[KnownGame]:
    yield known(
        "von Stengel's degenerate 3×2",
        exact_game([[3, 3], [2, 5], [0, 6]], [[3, 3], [2, 6], [3, 1]]),
        [([1, 0, 0], [1, 0]), ([1, 0, 0], ["2/3", "1/3"]), ([0, "1/3", "2/3"], ["1/3", "2/3"])],
        "AGT, (3.7): against row 1, player 2 may mix, the first column with at least 2/3",
        degenerate=True,
    )
    yield known(
        "a continuum like an L",
        exact_game([[1, 1], [1, 0]], [[1, 1], [1, 0]]),
        [([1, 0], [1, 0]), ([1, 0], [0, 1]), ([0, 1], [1, 0])],
        "by hand: whoever is sure that the other plays the first strategy may play anything",
        degenerate=True,
    )
    yield known(
        "nothing matters",
        exact_game([[0, 0], [0, 0]], [[0, 0], [0, 0]]),
        [(x, y) for x in ([1, 0], [0, 1]) for y in ([1, 0], [0, 1])],
        "every profile is an equilibrium; the extreme ones are pure",
        degenerate=True,
    )
    yield known(
        "matching pennies with a row twice",
        exact_game([[1, -1], [-1, 1], [1, -1]], [[-1, 1], [1, -1], [-1, 1]]),
        [(["1/2", "1/2", 0], ["1/2", "1/2"]), ([0, "1/2", "1/2"], ["1/2", "1/2"])],
        "O&R, example 17.1: the weight 1/2 of a row may be shared among its copies",
        degenerate=True,
    )


def _renamed(game: NormalFormGame) -> NormalFormGame:
    """The same with names of people that are also quotation marks, braces, XML and other scripts."""
    strategies = (('"go" & <stay>', "} { 1"), ("", "\\\n`$(exit)`"))
    return NormalFormGame(game.payoffs, ('O"Brien & Søn', "病院 <1>"), strategies, 'title "&<\\')
