"""Games to write and to read, and what other readers make of the files."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from fairgames import NormalFormGame
from fairgames.exact import object_array
from fairgames.games import Equilibrium, certify
from fairgames.games.files import nfg
from fairgames.reading.scanner import Scanner
from fairgames.solvers.crosscheck import crosscheck

NASTY = (
    'say "hi"',
    "line\nbreak\r\n\ttab",
    "back\\slash\\",
    "<b>&amp;</b>",
    "Ünïcödé 病院 🏥",
    "x" * 200,
    "same",
    "same",
    "it's  two   spaces ",
    "%22 %5C",
    "`rm`",
    "",
    "\x00\x1b[2J\x7f",
    "\ud800",
    "{'players':{}}",
    "fairgames-names:1 {}",
)


def asymmetric(kind: str = "rationals", shape: tuple[int, ...] = (2, 3, 2)) -> NormalFormGame:
    """No two payoffs alike, no two axes alike."""
    n, size = len(shape), math.prod(shape) * len(shape)
    if kind == "floats":
        flat = np.random.default_rng(3).normal(size=size) / np.arange(1, size + 1)
    else:
        flat = object_array(Fraction(3 * index - size, index % 7 + 2) for index in range(size))
    players = tuple(f"player {chr(65 + number)}" for number in range(n))
    strategies = tuple(tuple(f"{chr(97 + number)}{index}" for index in range(m)) for number, m in enumerate(shape))
    return NormalFormGame(
        flat.reshape(*shape, n), players, strategies, "asymmetric", 0.0 if kind == "rationals" else 1e-13
    )


def named(names: Iterable[str], title: str = "game") -> NormalFormGame:
    """A 3-player game of 2×1×2 strategies whose players and strategies have these names, in turn."""
    names = itertools.cycle(names)
    players = tuple(itertools.islice(names, 3))
    strategies = tuple(tuple(itertools.islice(names, m)) for m in (2, 1, 2))
    return NormalFormGame(np.arange(12.0).reshape(2, 1, 2, 3), players, strategies, title)


def same(first: NormalFormGame, second: NormalFormGame) -> bool:
    """Equal in everything, floats to the last bit."""
    numbers = (
        first.payoffs.tolist() == second.payoffs.tolist()
        if first.exact
        else first.payoffs.tobytes() == np.ascontiguousarray(second.payoffs).tobytes()
    )
    return (
        numbers
        and first.exact == second.exact
        and (first.players, first.strategies, first.title, first.rounding)
        == (second.players, second.strategies, second.title, second.rounding)
    )


def text_of(game: NormalFormGame) -> str:
    return "".join(nfg.blocks(game))


def parsed(text: str, exact: bool | None = None) -> NormalFormGame:
    return nfg.parse(Scanner([text], "file", len(text.encode())), exact)


def gambit_payoffs(theirs, shape: tuple[int, ...]) -> np.ndarray:
    """The payoffs of a Gambit game as ``Fraction`` objects, shape (m_1, …, m_N, N)."""
    players = list(theirs.players)
    strategies = [list(theirs.get_strategies(player)) for player in players]
    found = np.empty((*shape, len(shape)), dtype=object)
    for profile in np.ndindex(*shape):
        paid = theirs.get_payoffs({p: s[choice] for p, s, choice in zip(players, strategies, profile, strict=True)})
        for number, player in enumerate(players):
            found[(*profile, number)] = Fraction(int(paid[player].numerator), int(paid[player].denominator))
    return found


COORDINATION = NormalFormGame(
    object_array(map(Fraction, [4, 1, 0, 0, 0, 0, 1, 4])).reshape(2, 2, 2),
    ("A & co", "B"),
    (("a", "b"), ("x", "y")),
    "coordination <1>",
)


def pure() -> tuple[Equilibrium, ...]:
    """The two pure equilibria of :data:`COORDINATION`."""
    return crosscheck(COORDINATION, "fairgames:pure").equilibria


def mixed() -> Equilibrium:
    """Its mixed one."""
    first, second = object_array([Fraction(4, 5), Fraction(1, 5)]), object_array([Fraction(1, 5), Fraction(4, 5)])
    return certify(COORDINATION, (first, second))
