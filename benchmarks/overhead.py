"""What an adapter and its child process cost beside their engine, on 12×12 games, against the engine called by hand."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.measure import Result, at_most, for_information, medians, seconds
from fairgames import NormalFormGame
from fairgames.exact import object_array
from fairgames.solvers.answers import Answer
from fairgames.solvers.processes import Workers
from fairgames.solvers.registry import Solver, resolve
from fairgames.solvers.solve import solve
from fairgames.typing import MixedProfile

#: Times the engine alone.
TARGET = 1.1
#: Seconds below which an engine is done before a pipe could bring the game.
QUICK = 0.02
SIZE = 12


def overhead(size: int = SIZE, rounds: int = 9) -> list[Result]:
    """The adapter's function, and ``solve`` with its worker running, against the engine's own documented call.

    All begin with the payoffs and end with the equilibria as numbers in Python: by hand, the
    engine's game is made, its solver is called and its answer is read. ``solve`` adds the game and
    the answers as JSON through a pipe, some milliseconds whatever the engine does; they are shown
    for engines that are as quick themselves.
    """
    with Workers() as workers:
        solvers = [solver for solver in resolve(BY_HAND) if solver.not_installed() is None]
        return [result for solver in solvers for result in _overhead_of(solver, size, rounds, workers)]


def _every(answer: Answer) -> list[MixedProfile]:
    """The profiles as often as they came."""
    return [profile for profile, times in zip(answer.profiles, answer.times, strict=True) for _ in range(times)]


def _overhead_of(solver: Solver, size: int, rounds: int, workers: Workers) -> list[Result]:
    game = _game(size, floats=not solver.exact)
    works: dict[str, Callable[[], Sequence[Any]]] = {
        "engine": lambda: BY_HAND[solver.id](game),
        "adapter": lambda: list(solver.profiles(game)),
        "solve": lambda: _every(solve(game, solver, 60, workers)),
    }
    # All do the same work, and the worker is running.
    counts = {work: len(run()) for work, run in works.items()}
    if len(set(counts.values())) != 1 or not counts["engine"]:
        raise RuntimeError(f"{solver.id} found {counts}")
    took = medians(works, rounds)
    peer = f"the engine called by hand, {seconds(took['engine'])}"
    what = f"{solver.id}, {size}×{size}"
    results = []
    for work in ("adapter", "solve"):
        name, ratio, detail = f"{what}, {work}", took[work] / took["engine"], seconds(took[work])
        if took["engine"] >= QUICK:
            results.append(at_most(name, ratio, TARGET, "x", peer, detail))
        else:
            results.append(for_information(name, ratio, "x", peer, detail))
    return results


def _game(size: int, floats: bool) -> NormalFormGame:
    """Payoffs in [0, 1] over 1000, 0 and 1 among them, so that mapping them onto [0, 1] leaves them as they are."""
    numbers = np.random.default_rng(20240607).integers(0, 1001, size=(2, size * size))
    numbers[:, :2] = 0, 1000
    rationals = [object_array(Fraction(int(value), 1000) for value in row).reshape(size, size) for row in numbers]
    game = NormalFormGame.from_arrays(*rationals)
    return NormalFormGame.from_arrays(*np.moveaxis(game.floats(), -1, 0)) if floats else game


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


def _gambit(method: str, answer: str = "equilibria", **options: Any) -> Callable[[NormalFormGame], list[Any]]:
    def by_hand(game: NormalFormGame) -> list[Any]:
        import pygambit

        made = pygambit.StrategicGame.from_arrays(game.payoffs[..., 0], game.payoffs[..., 1])
        result = getattr(getattr(pygambit.nash, method)(made, **options), answer)
        found = result if answer == "equilibria" else [result]
        return [[[probability for _, probability in strategy] for strategy in profile] for profile in found]

    return by_hand


def _quantecon(game: NormalFormGame) -> list[Any]:
    from quantecon import game_theory

    players = [game_theory.Player(game.payoffs[..., 0].copy()), game_theory.Player(game.payoffs[..., 1].T.copy())]
    made = game_theory.NormalFormGame(players)
    return [game_theory.lemke_howson(made, init_pivot=label) for label in range(sum(game.shape))]


#: Engines that a 12×12 game keeps busy, but not for minutes.
BY_HAND: dict[str, Callable[[NormalFormGame], list[Any]]] = {
    "lrs": _lrs,
    "gambit:lcp": _gambit("lcp_solve"),
    "gambit:enumpure": _gambit("enumpure_solve"),
    "gambit:logit": _gambit("logit_solve", "equilibrium"),
    "quantecon:lemke-howson": _quantecon,
}
