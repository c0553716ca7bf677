"""The landscape as it is drawn: by floats alone, in a moment, for pictures and for what moves under a hand."""

from __future__ import annotations

import numpy as np

from fairgames.equilibria.pure.landscape import Landscape, range_minimum
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.typing import FloatArray

#: Ends of intervals that are closer than this are drawn as one.
_CLOSE = 1e-12


def drawn_landscape(game: PaymentGame, equilibria: PureEquilibria, worst: bool = False) -> Landscape:
    """The landscape of :func:`fairgames.landscape` as floats have it.

    Nothing is decided beyond them: shares that are all but equal are one, and of profiles whose utilities are equal
    but for rounding any may be the one that is shown. So it is right to look at, and proves nothing.

    Parameters
    ----------
    equilibria : all pure ones of ``game``
    worst : the equilibrium that leaves the platform least at each α, in place of the best

    Raises
    ------
    InputError
        If at some α there is no pure equilibrium.

    >>> from fairgames import LinearLaplace, Users, pure_equilibria
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> found = drawn_landscape(game, pure_equilibria(game))
    >>> found.alpha.tolist(), found.profiles_between
    ([0.0, 0.45, 0.48, 0.6, 0.64, 1.0], ((0, 0), (1, 0), (0, 1), (1, 0), (1, 1)))
    """
    lower, upper = np.asarray(equilibria.lower, dtype=float), np.asarray(equilibria.upper, dtype=float)
    utility = np.asarray(equilibria.utility, dtype=float)
    ends = _distinct(np.concatenate([lower, upper]))
    first, last = (2 * _nearest(ends, side) for side in (lower, upper))
    alike = np.round(utility / (np.abs(utility).max(initial=0.0) or 1.0), 12)
    order = np.argsort(alike if worst else -alike, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    found = range_minimum(first, last, rank, 2 * len(ends) - 1)
    if (found >= len(order)).any():
        raise InputError("landscape: at some share there is no pure equilibrium, and so nothing to draw there")
    winner = order[found]
    keep = _changes(winner)
    profiles = equilibria.profiles(game)
    at, between = winner[::2][keep], winner[1::2][keep[:-1]]
    return Landscape(
        ends[keep],
        tuple(tuple(profile) for profile in profiles[at].tolist()),
        tuple(tuple(profile) for profile in profiles[between].tolist()),
        utility[at],
        utility[between],
    )


def _distinct(values: FloatArray) -> FloatArray:
    """The values in order, one for each that are close; from 0 to 1."""
    ordered = np.unique(np.concatenate([[0.0, 1.0], values]))
    kept: FloatArray = ordered[np.concatenate([[True], np.diff(ordered) > _CLOSE])]
    return kept


def _nearest(ends: FloatArray, values: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    right = np.clip(np.searchsorted(ends, values), 1, len(ends) - 1)
    return right - (values - ends[right - 1] < ends[right] - values)


def _changes(winner: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    """The breakpoints at which another equilibrium wins, and both ends."""
    inner = (winner[1:-2:2] != winner[2:-1:2]) | (winner[2:-1:2] != winner[3::2])
    return np.flatnonzero(np.concatenate([[True], inner, [True]]))
