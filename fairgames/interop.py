"""Games to and from the classes of other packages, each imported only when used.

nashpy and QuantEcon hold floats and no names. Gambit holds decimals and fractions, both
exactly, and names; to it go the labels of :func:`fairgames.labels.safe_labels`, as to files.
"""

from __future__ import annotations

import io
import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from fairgames.errors import InputError, MissingPackageError
from fairgames.exact import object_array
from fairgames.labels import safe_labels
from fairgames.normal_form import NormalFormGame

if TYPE_CHECKING:
    import nashpy
    import pygambit
    import quantecon.game_theory

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_OUTCOME = re.compile(r'\{ *"([^{}"]*)\}')


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


def to_pygambit(game: NormalFormGame, plain: bool = False) -> pygambit.Game:
    """See :meth:`NormalFormGame.to_pygambit`; with ``plain``, all names are "1", "2", ….

    Gambit reads its own text format several times faster than it takes arrays.
    """
    try:
        import pygambit
    except ImportError:
        raise MissingPackageError("pygambit", "to_pygambit()") from None
    made = pygambit.read_nfg(io.StringIO(_nfg(game)))
    if not plain:
        made.title = safe_labels([game.title], 200)[0]
        for number, names in enumerate(game.strategies, 1):
            labels = {str(index): label for index, label in enumerate(safe_labels(names), 1)}
            made.relabel_strategies(str(number), labels)
        made.relabel_players({str(number): label for number, label in enumerate(safe_labels(game.players), 1)})
    return made


def from_pygambit(game: pygambit.Game) -> NormalFormGame:
    """See :meth:`NormalFormGame.from_pygambit`."""
    players = tuple(game.players)
    strategies = tuple(tuple(game.get_strategies(player)) for player in players)
    shape = tuple(map(len, strategies))
    numbers = _payoffs_of(game.to_nfg(), len(players) * math.prod(shape))
    # Player 1's strategy changes fastest; all players' payoffs of a profile stand together.
    stacked = object_array(Fraction(number) for number in numbers).reshape(*reversed(shape), len(players))
    n = len(players)
    payoffs = np.ascontiguousarray(stacked.transpose(*reversed(range(n)), n))
    return NormalFormGame(payoffs, players, strategies, game.title)


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


def _nfg(game: NormalFormGame) -> str:
    """The game in Gambit's text format, with all names "1", "2", …; floats as the decimals that they are written as."""
    players = _numbered(game.n_players)
    strategies = " ".join(_numbered(size) for size in game.shape)
    n = game.n_players
    table = game.payoffs if game.exact else game.floats()
    numbers = table.transpose(*reversed(range(n)), n).ravel().tolist()
    return f'NFG 1 R "game" {players} {{ {strategies} }}\n\n{" ".join(map(str, numbers))}\n'


def _numbered(size: int) -> str:
    return "{ " + " ".join(f'"{number}"' for number in range(1, size + 1)) + " }"


def _payoffs_of(text: str, expected: int) -> list[str]:
    """The payoffs in a game of Gambit's text format, listed either by profile or by outcome."""
    bare = _QUOTED.sub('"', text)
    tail = bare.rpartition("}")[2]
    if '"' in tail:
        numbers = tail.rpartition('"')[2].split()
    else:
        outcomes = [found.replace(",", " ").split() for found in _OUTCOME.findall(bare) if found.strip()]
        nothing = ["0"] * len(outcomes[0]) if outcomes else []
        numbers = [number for index in tail.split() for number in [nothing, *outcomes][int(index)]]
    if len(numbers) != expected:
        raise InputError(f"Gambit's game has {len(numbers)} payoffs, but its strategies ask for {expected}")
    return numbers
