"""Games to and from the classes of other packages, each imported only when used.

nashpy and QuantEcon hold floats and no names, OpenSpiel floats and the names of strategies.
Gambit holds decimals and fractions, both exactly, and labels: those that files have, with the
names behind them in the description.
"""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from fairgames.errors import InputError, MissingPackageError
from fairgames.games.normal_form import NormalFormGame

if TYPE_CHECKING:
    import nashpy
    import pygambit
    import pyspiel
    import quantecon.game_theory


def to_nashpy(game: NormalFormGame) -> nashpy.Game:
    """See :meth:`NormalFormGame.to_nashpy`."""
    if game.n_players != 2:
        raise InputError(f"nashpy plays games of two players, but this one has {game.n_players}")
    try:
        import nashpy
    except ImportError:
        raise MissingPackageError("nashpy", "to_nashpy()") from None
    payoffs = game.floats()
    return nashpy.Game(payoffs[..., 0], payoffs[..., 1])


def from_nashpy(game: nashpy.Game) -> NormalFormGame:
    """See :meth:`NormalFormGame.from_nashpy`."""
    return NormalFormGame.from_arrays(*game.payoff_matrices, title="nashpy game")


def to_pygambit(game: NormalFormGame) -> pygambit.Game:
    """See :meth:`NormalFormGame.to_pygambit`.

    By way of the text of a ``.nfg`` file, which Gambit reads several times faster than it takes arrays.
    """
    try:
        import pygambit
    except ImportError:
        raise MissingPackageError("pygambit", "to_pygambit()") from None
    from fairgames.games.files import nfg

    return pygambit.read_nfg(io.StringIO("".join(nfg.blocks(game))))


def from_pygambit(game: pygambit.Game) -> NormalFormGame:
    """See :meth:`NormalFormGame.from_pygambit`."""
    from fairgames.games.files import nfg
    from fairgames.reading.scanner import Scanner

    text = game.to_nfg()
    return nfg.parse(Scanner([text], "Gambit's game", len(text)))


def to_openspiel(game: NormalFormGame) -> pyspiel.TensorGame:
    """See :meth:`NormalFormGame.to_openspiel`."""
    try:
        import pyspiel
    except ImportError:
        raise MissingPackageError("pyspiel", "to_openspiel()", extra="openspiel") from None
    payoffs = game.floats()
    # One row of payoffs a player, the last player's strategy fastest.
    rows = [payoffs[..., player].ravel().tolist() for player in range(game.n_players)]
    return pyspiel.create_tensor_game("fairgames", game.title, [list(names) for names in game.strategies], rows)


def numbered(game: NormalFormGame) -> NormalFormGame:
    """The game with players and strategies called "1", "2", …, which no engine can misread."""
    strategies = tuple(tuple(str(number) for number in range(1, size + 1)) for size in game.shape)
    players = tuple(str(number) for number in range(1, game.n_players + 1))
    return NormalFormGame(game.payoffs, players, strategies, "game", game.rounding)


def on_unit_interval(game: NormalFormGame) -> NormalFormGame:
    """The game with each player's payoffs mapped onto [0, 1], which changes no equilibrium.

    For engines whose tolerances are absolute, or relative to the largest range of all players.
    """
    columns = []
    for player in range(game.n_players):
        payoffs = game.payoffs[..., player]
        lowest, highest = payoffs.min(), payoffs.max()
        span = (highest - lowest) or 1
        columns.append((payoffs - lowest) / (Fraction(span) if game.exact else span))
    return NormalFormGame(np.stack(columns, axis=-1), game.players, game.strategies, game.title)


def to_quantecon(game: NormalFormGame) -> quantecon.game_theory.NormalFormGame:
    """See :meth:`NormalFormGame.to_quantecon`."""
    try:
        import quantecon.game_theory as engine
    except ImportError:
        raise MissingPackageError("quantecon", "to_quantecon()", extra="quantecon") from None
    payoffs = game.floats()
    axes = list(range(game.n_players))
    # Each player's array starts with the own strategy, and goes round.
    own_first = [payoffs[..., player].transpose(axes[player:] + axes[:player]) for player in axes]
    return engine.NormalFormGame([engine.Player(np.ascontiguousarray(array)) for array in own_first])


def from_quantecon(game: quantecon.game_theory.NormalFormGame) -> NormalFormGame:
    """See :meth:`NormalFormGame.from_quantecon`."""
    n = game.N
    arrays = [
        player.payoff_array.transpose([(axis - number) % n for axis in range(n)])
        for number, player in enumerate(game.players)
    ]
    return NormalFormGame.from_arrays(*arrays, title="QuantEcon game")
