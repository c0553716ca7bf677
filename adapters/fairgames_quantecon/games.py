"""Games on their way to QuantEcon."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from fairgames.games.convert import on_unit_interval, to_quantecon
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import MixedProfile

#: Round-off of payoffs in [0, 1]: a gain of this size is none.
ROUND_OFF = 1e-12


def scaled_game(game: NormalFormGame) -> Any:
    """The game with each player's payoffs mapped onto [0, 1]; rationals are mapped as such, and rounded once."""
    return to_quantecon(on_unit_interval(game))


@functools.cache
def compiled(run: Callable[[NormalFormGame], Iterable[MixedProfile]], largest: int = 2) -> None:
    """Let numba compile what ``run`` needs, for games of two to ``largest`` players: seconds that belong to no game."""
    for n in range(2, largest + 1):
        for _ in run(NormalFormGame.from_arrays(*np.indices((2,) * n))):
            pass
