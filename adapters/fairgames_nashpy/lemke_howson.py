"""The Lemke–Howson algorithm: Algorithm 3.6 of Nisan et al. (2007), by nashpy."""

from __future__ import annotations

from collections.abc import Iterator

from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import MixedProfile


def labels(game: NormalFormGame) -> tuple[str, ...]:
    """The labels that can be dropped first, one a strategy; with some of them the algorithm never ends."""
    return tuple(f"label {label}" for label in range(sum(game.shape)))


def lemke_howson(game: NormalFormGame, label: int) -> Iterator[MixedProfile]:
    """Yield the equilibrium that is reached when ``label`` is dropped first.

    In degenerate games nashpy also answers with vectors of a wrong length, or NaN; they are
    handed on as they are, for the caller to verify.
    """
    yield game.to_nashpy().lemke_howson(initial_dropped_label=label)
