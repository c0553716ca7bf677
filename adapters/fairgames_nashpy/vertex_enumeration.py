"""Vertex enumeration: Algorithm 3.5 of Nisan et al. (2007), by nashpy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, MixedProfile


def vertex_enumeration(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield nashpy's fully labelled pairs of vertices; it misses some, or fails, where payoffs tie.

    The algorithm needs positive payoffs, but nashpy only makes them nonnegative, and its test for
    "on this facet" is relative to 1. So each player's payoffs are first mapped onto [1, 2], which
    changes no equilibrium.
    """
    import nashpy

    A, B = game.to_nashpy().payoff_matrices
    yield from nashpy.Game(_between_one_and_two(A), _between_one_and_two(B)).vertex_enumeration()


def _between_one_and_two(payoffs: Array) -> Array:
    lowest, highest = float(payoffs.min()), float(payoffs.max())
    return np.asarray((payoffs - lowest) / ((highest - lowest) or 1.0) + 1.0)
