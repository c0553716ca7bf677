"""All isolated equilibria of a game of any number of players, with proof."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from fairgames.errors import InputError, InternalError, SolverError
from fairgames.games.given import AnyGame, to_game
from fairgames.games.isolated.result import IsolatedEquilibria
from fairgames.games.isolated.search import Search
from fairgames.games.normal_form import NormalFormGame
from fairgames.text import how_many
from fairgames.typing import MixedProfile

#: So fine are boxes divided where they cannot be decided.
PRECISION = 1e-6
#: Larger games are refused by the solver.
_MOST_PAYOFFS, _MOST_SUPPORTS = 20_000, 100_000


def isolated_equilibria(
    game: AnyGame, seconds: float | None = None, precision: float = PRECISION
) -> IsolatedEquilibria:
    """Every isolated equilibrium of a game, each in a ball that holds no other, and whether these are all.

    Payoffs count as the rationals that they are, floats too. Where an equilibrium is not isolated, or a root is
    multiple, boxes remain in which nothing is decided; they are named, and ``complete`` is False.

    Parameters
    ----------
    game : or one of nashpy, Gambit or QuantEcon, or one payoff array a player
    seconds : time limit; what is proven until then is kept. Default: none
    precision : boxes are halved until no probability ranges over more

    Raises
    ------
    InputError
        If ``game`` is no game with finite payoffs, or ``seconds`` or ``precision`` is not positive.
    InternalError
        If the indices of all equilibria do not sum to 1, as they must (Gül, Pearce & Stacchetti 1993).

    Three hunters, of whom each gets 1 from a hare, or 4 from the stag if all hunt it:

    >>> stag = [[[1, 1], [1, 1]], [[0, 0], [0, 4]]]
    >>> hunt = isolated_equilibria([stag, np.swapaxes(stag, 0, 1), np.swapaxes(stag, 0, 2)])
    >>> hunt.complete, [str(one.strategies[0][1]) for one in hunt.equilibria], hunt.index_sum
    (True, ['0', '1', '1/2'], 1)
    """
    game = to_game(game, "isolated_equilibria")
    if not game.exact and not np.isfinite(game.payoffs).all():
        raise InputError("payoffs: got NaN or infinite ones, expected finite numbers")
    for name, value in (("seconds", seconds), ("precision", precision)):
        if value is not None and not value > 0:
            raise InputError(f"{name} is {value!r}, expected a positive number")
    search = Search(game, seconds, precision)
    for _ in search.run():
        pass
    return _checked(search.result())


def complete(game: NormalFormGame) -> Iterator[MixedProfile]:
    """The solver: yield each isolated equilibrium as soon as it is proven, then those known in open boxes.

    Raises
    ------
    SolverError
        After the last one, if these are not proven to be all.
    """
    search = Search(game, None, PRECISION)
    for one in search.run():
        yield one.strategies
    found = _checked(search.result())
    yield from (box.equilibrium for box in found.undecided if box.equilibrium is not None)
    if (why := found.why_incomplete()) is not None:
        raise SolverError(why)


def too_large(game: NormalFormGame) -> str | None:
    """Why the solver does not play a game; None if it does."""
    return too_many(game.shape)


def too_many(shape: Sequence[int]) -> str | None:
    """Why it does not play games of so many strategies a player; None if it does."""
    payoffs, supports = len(shape) * math.prod(shape), math.prod(2**size - 1 for size in shape)
    for what, many, most in (("payoffs", payoffs, _MOST_PAYOFFS), ("supports", supports, _MOST_SUPPORTS)):
        if many > most:
            return f"it plays games of at most {how_many(most)} {what}, and this one has {how_many(many)}"
    return None


def _checked(found: IsolatedEquilibria) -> IsolatedEquilibria:
    """The index theorem."""
    if found.complete and found.index_sum not in (1, None):
        fault = f"the indices of all {len(found.equilibria)} equilibria sum to {found.index_sum}, which must be 1"
        raise InternalError([fault], {"payoffs": str(found.game.payoffs.tolist())})
    return found
