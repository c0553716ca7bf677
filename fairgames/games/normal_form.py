"""A finite game in normal form, with names for everything that a reader sees."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fairgames import notebook
from fairgames.errors import InputError
from fairgames.text import how_many
from fairgames.typing import Array, FloatArray

if TYPE_CHECKING:
    import nashpy
    import pygambit
    import pyspiel
    import quantecon.game_theory

    from fairgames.games.files.contents import Solution


#: More decimals are never written: floats have none beyond these.
MOST_DECIMALS = 1074


@dataclass(frozen=True, eq=False)
class NormalFormGame:
    """Payoffs ``U[a_1, …, a_N, player]`` of N players.

    Attributes
    ----------
    payoffs : shape (m_1, …, m_N, N); float64, or object entries ``Fraction`` for an exact game
    players : N names
    strategies : for each player the m_i names of its strategies
    title : says what the payoffs are (utility, rule, α)
    rounding : bound on the absolute error of any payoff; 0 where exact
    decimals : with how many a Gambit file writes exact payoffs that have no more; None writes them as p/q

    Raises
    ------
    InputError
        If the shape of ``payoffs`` does not fit the names.

    >>> game = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> game.players, game.shape
    (('player-1', 'player-2'), (2, 2))
    """

    payoffs: Array
    players: tuple[str, ...]
    strategies: tuple[tuple[str, ...], ...]
    title: str = "game"
    rounding: float = 0.0
    decimals: int | None = None

    def __post_init__(self) -> None:
        expected = (*(len(names) for names in self.strategies), len(self.players))
        if len(self.strategies) != len(self.players) or self.payoffs.shape != expected:
            raise InputError(
                f"payoffs have shape {self.payoffs.shape}, but the names of players and strategies ask for {expected}"
            )

    @classmethod
    def from_arrays(cls, *payoffs: Sequence[object] | Array, title: str = "game") -> NormalFormGame:
        """From one payoff array a player, all of the same shape (m_1, …, m_N)."""
        stacked = np.stack([np.asarray(array) for array in payoffs], axis=-1)
        if stacked.dtype != object:
            stacked = stacked.astype(float)
        return cls(
            stacked,
            tuple(f"player-{number}" for number in range(1, len(payoffs) + 1)),
            tuple(tuple(str(index) for index in range(size)) for size in stacked.shape[:-1]),
            title,
        )

    def _repr_html_(self) -> str:
        """In a notebook: who may play what."""
        size = f"{how_many(self.n_players)} players, {how_many(math.prod(self.shape))} profiles"
        title = f"{self.title}: {size}, {'rational' if self.exact else 'floating-point'} payoffs"
        rows = zip(self.players, self.strategies, strict=True)
        return notebook.html(title, ["player", "strategies"], rows, self.n_players)

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of strategies of each player, (m_1, …, m_N)."""
        return self.payoffs.shape[:-1]

    @property
    def n_players(self) -> int:
        return len(self.players)

    @property
    def exact(self) -> bool:
        """Whether the payoffs are rationals rather than floats."""
        return self.payoffs.dtype == object

    def floats(self) -> FloatArray:
        """The payoffs as float64, same shape."""
        return np.asarray(self.payoffs, dtype=float)

    def write(self, path: str | Path, equilibria: Iterable[Solution] = ()) -> None:
        """Write the game to a ``.nfg``, ``.gbt``, ``.json`` or ``.gam`` file; see :mod:`fairgames.games.files`."""
        from fairgames.games import files

        files.write(self, path, equilibria)

    @classmethod
    def read(cls, path: str | Path, exact: bool | None = None) -> NormalFormGame:
        """The game in such a file; see :func:`fairgames.games.files.read`."""
        from fairgames.games import files

        return files.read(path, exact)

    def to_nashpy(self) -> nashpy.Game:
        """The game as a ``nashpy.Game``: two players, floats, no names.

        Raises
        ------
        InputError
            If the game has not two players.
        MissingPackageError
            If nashpy is not installed.
        """
        from fairgames.games import convert as interop

        return interop.to_nashpy(self)

    def to_pygambit(self) -> pygambit.Game:
        """The game as a ``pygambit.StrategicGame``.

        Rationals stay exact, and a float becomes the decimal that it is written as. Names become
        labels that Gambit can hold; its description keeps what they stand for.

        Raises
        ------
        MissingPackageError
            If pygambit is not installed.
        """
        from fairgames.games import convert as interop

        return interop.to_pygambit(self)

    def to_quantecon(self) -> quantecon.game_theory.NormalFormGame:
        """The game as a ``quantecon.game_theory.NormalFormGame``: floats, no names.

        Raises
        ------
        MissingPackageError
            If QuantEcon is not installed.
        """
        from fairgames.games import convert as interop

        return interop.to_quantecon(self)

    def to_openspiel(self) -> pyspiel.TensorGame:
        """The game as OpenSpiel's ``TensorGame``: floats, strategies named, players numbered.

        Raises
        ------
        MissingPackageError
            If OpenSpiel is not installed.
        """
        from fairgames.games import convert as interop

        return interop.to_openspiel(self)

    @staticmethod
    def from_nashpy(game: nashpy.Game) -> NormalFormGame:
        """From a ``nashpy.Game``; players and strategies are numbered."""
        from fairgames.games import convert as interop

        return interop.from_nashpy(game)

    @staticmethod
    def from_pygambit(game: pygambit.Game) -> NormalFormGame:
        """From any game of Gambit, an extensive one in its reduced strategic form.

        Gambit's payoffs are rational numbers, so the game is exact, unless it is one with floats
        that :meth:`to_pygambit` made; such a game comes back as it was, with its names.
        """
        from fairgames.games import convert as interop

        return interop.from_pygambit(game)

    @staticmethod
    def from_quantecon(game: quantecon.game_theory.NormalFormGame) -> NormalFormGame:
        """From a ``quantecon.game_theory.NormalFormGame``; players and strategies are numbered."""
        from fairgames.games import convert as interop

        return interop.from_quantecon(game)
