"""Writing a game for Gambit, against Gambit's own way from arrays to a file."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.games import hospitals
from benchmarks.measure import Result, at_most, current_rss, for_information, in_child, medians, peak_rss, seconds
from fairgames import NormalFormGame

#: Part of the time that pygambit takes.
TARGET = 0.2
#: What the hospitals are paid.
_ALPHA = "1/4"


def export(n: int = 10, rounds: int = 3) -> list[Result]:
    """``game.write("game.nfg")`` against ``StrategicGame.from_arrays`` and ``to_nfg``.

    Both begin with the payoffs in memory and end with a file. The peer is what one would write
    without us: Gambit's game is built from one array a player, and writes itself. Before the
    clock starts, our file is read back by us (to the last bit) and by pygambit (every payoff).
    """
    game = hospitals(n).at(_ALPHA)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours.nfg", Path(folder) / "theirs.nfg"
        check(game, ours)
        took = medians(
            {
                "ours": lambda: game.write(ours),
                "pygambit": lambda: write_by_pygambit(game, theirs),
                "read": lambda: NormalFormGame.read(ours),
                "read_nfg": lambda: read_by_pygambit(ours),
            },
            rounds,
        )
        size = ours.stat().st_size
    grown = {who: in_child(growth, who, n) for who in ("ours", "pygambit")}
    what = f"export of {game.payoffs.size // n:,} profiles of {n} players to .nfg"
    payoffs = f"payoffs {game.payoffs.nbytes / 1e6:.3g} MB, file {size / 1e6:.3g} MB"
    return [
        at_most(
            what,
            took["ours"] / took["pygambit"],
            TARGET,
            "x",
            f"pygambit, from_arrays and to_nfg, {seconds(took['pygambit'])}",
            seconds(took["ours"]),
        ),
        for_information(
            f"{what}, growth of a child's peak RSS",
            grown["ours"]["bytes"] / 1e6,
            "MB",
            f"pygambit, {grown['pygambit']['bytes'] / 1e6:.4g} MB",
            f"{payoffs}; peak of the whole process {grown['ours']['peak'] / 1e6:.4g} MB",
        ),
        for_information(
            "reading it back",
            took["read"] / took["read_nfg"],
            "x",
            f"pygambit.read_nfg, {seconds(took['read_nfg'])}",
            seconds(took["read"]),
        ),
    ]


def check(game: NormalFormGame, path: Path) -> None:
    """Write ``game`` and raise unless both readers find exactly what it is."""
    game.write(path)
    again = NormalFormGame.read(path)
    same = again.payoffs.tobytes() == game.payoffs.tobytes()
    if not same or (again.players, again.strategies) != (game.players, game.strategies):
        raise RuntimeError("our own reader finds another game")
    theirs = read_by_pygambit(path)
    players = list(theirs.players)
    strategies = [list(theirs.get_strategies(player)) for player in players]
    for profile in np.ndindex(*game.shape):
        paid = theirs.get_payoffs({p: s[a] for p, s, a in zip(players, strategies, profile, strict=True)})
        for player, payoff in zip(players, game.payoffs[profile].tolist(), strict=True):
            if Fraction(str(paid[player])) != Fraction(repr(payoff)):
                raise RuntimeError(f"pygambit finds another payoff at {profile}")


def write_by_pygambit(game: NormalFormGame, path: Path) -> None:
    import pygambit

    arrays = [np.ascontiguousarray(game.payoffs[..., player]) for player in range(game.n_players)]
    path.write_text(pygambit.StrategicGame.from_arrays(*arrays, title=game.title).to_nfg())


def read_by_pygambit(path: Path) -> Any:
    import pygambit

    return pygambit.read_nfg(str(path))


def growth(who: str, n: int) -> dict[str, Any]:
    """How far the peak of this process lies above the game in memory; for a process of its own.

    The payoffs are random numbers of as many digits: the hospitals' own need more memory while
    they are computed than it takes to write them.
    """
    write = NormalFormGame.write if who == "ours" else write_by_pygambit
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "game.nfg"
        write(_random(2), path)  # loads what the first call loads
        game = _random(n)
        before = current_rss()
        write(game, path)
    return {"bytes": peak_rss() - before, "peak": peak_rss()}


def _random(n: int) -> NormalFormGame:
    payoffs = np.random.default_rng(0).random((3,) * n + (n,))
    return NormalFormGame(payoffs, tuple(f"user-{number}" for number in range(1, n + 1)), (("0", "1", "2"),) * n)
