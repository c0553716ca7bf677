"""What an adapter costs beside its engine: ``solve`` on a 12×12 game against the engine called by hand."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.measure import Result, Work, at_most, medians, seconds
from fairgames import NormalFormGame
from fairgames.equilibria.processes import Workers
from fairgames.equilibria.solve import solve
from fairgames.equilibria.solvers import get
from fairgames.exact import object_array

#: Times the engine alone.
TARGET = 1.1
SIZE = 12


def overhead(size: int = SIZE, rounds: int = 15) -> list[Result]:
    """A game through ``solve``, worker already running, against the engine's own documented call on the same payoffs.

    Both begin with the payoffs and end with the equilibria as numbers in Python: by hand, the
    engine's game is made, its solver is called and its answer is read, in this process. What is
    added by the worker is the game and the answer as JSON through a pipe, and two threads.
    """
    results = []
    with Workers() as workers:
        for name, by_hand in BY_HAND.items():
            if get(name).not_installed() is not None:
                continue
            game = _game(size, floats=not get(name).exact)
            found = by_hand(game)
            assert len(solve(game, name, 60, workers).profiles) == len(found), name
            took = medians(
                {"engine": _work(by_hand, game), "adapter": lambda: solve(game, name, 60, workers)},
                rounds,
            )
            results.append(
                at_most(
                    f"{name}, {size}×{size}",
                    took["adapter"] / took["engine"],
                    TARGET,
                    "x",
                    f"the engine called by hand, {seconds(took['engine'])}",
                    seconds(took["adapter"]),
                )
            )
    return results


def _work(by_hand: Callable[[NormalFormGame], object], game: NormalFormGame) -> Work:
    return lambda: by_hand(game)


def _game(size: int, floats: bool) -> NormalFormGame:
    """Payoffs over 1000, as of a payment game with two decimals of α."""
    random = np.random.default_rng(20240607)
    numbers = random.integers(-1000, 1000, size=(2, size * size))
    if floats:
        return NormalFormGame.from_arrays(*(numbers.reshape(2, size, size) / 1000))
    return NormalFormGame.from_arrays(
        *(object_array(Fraction(int(value), 1000) for value in row).reshape(size, size) for row in numbers)
    )


def _lrs(game: NormalFormGame) -> list[Any]:
    """As its manual says: a file, and the lines that begin with 1 or 2."""
    rows = "\n".join(" ".join(map(str, row)) for player in (0, 1) for row in game.payoffs[..., player])
    with TemporaryDirectory() as folder:
        path = Path(folder, "game")
        path.write_text(f"{game.shape[0]} {game.shape[1]}\n{rows}\n")
        output = subprocess.run(["lrsnash", str(path)], capture_output=True, text=True, check=True).stdout
    found: list[Any] = []
    twos: list[list[Fraction]] = []
    for line in output.splitlines():
        words = line.split()
        if not words:
            twos = []
        elif words[0] == "2":
            twos.append([Fraction(word) for word in words[1:-1]])
        elif words[0] == "1":
            found += [([Fraction(word) for word in words[1:-1]], two) for two in twos]
    return found


def _gambit(method: str, **options: Any) -> Callable[[NormalFormGame], list[Any]]:
    def by_hand(game: NormalFormGame) -> list[Any]:
        import pygambit

        made = pygambit.StrategicGame.from_arrays(game.payoffs[..., 0], game.payoffs[..., 1])
        found = getattr(pygambit.nash, method)(made, **options).equilibria
        return [[[probability for _, probability in strategy] for strategy in profile] for profile in found]

    return by_hand


def _nashpy_lemke_howson(game: NormalFormGame) -> list[Any]:
    import nashpy

    made = nashpy.Game(game.payoffs[..., 0], game.payoffs[..., 1])
    return list(made.lemke_howson_enumeration())


def _quantecon_lemke_howson(game: NormalFormGame) -> list[Any]:
    from quantecon import game_theory

    players = [game_theory.Player(game.payoffs[..., 0]), game_theory.Player(game.payoffs[..., 1].T.copy())]
    made = game_theory.NormalFormGame(players)
    return [game_theory.lemke_howson(made, init_pivot=label) for label in range(sum(game.shape))]


#: Engines whose own work on a 12×12 game is neither over at once nor takes minutes.
BY_HAND: dict[str, Callable[[NormalFormGame], list[Any]]] = {
    "lrs": _lrs,
    "gambit:lcp": _gambit("lcp_solve"),
    "gambit:enumpure": _gambit("enumpure_solve"),
    "nashpy:lemke-howson": _nashpy_lemke_howson,
    "quantecon:lemke-howson": _quantecon_lemke_howson,
}
