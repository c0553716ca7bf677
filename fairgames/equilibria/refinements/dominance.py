"""Payoff dominance and risk dominance (Harsanyi & Selten 1988)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from fairgames.equilibria.refinements.situation import Place
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array


def payoff_dominated(payoffs: Sequence[Array], slack: float) -> list[tuple[int, ...]]:
    """For each equilibrium the others in which every player gets more, by more than ``slack``; rationals exactly.

    >>> payoff_dominated([np.array([2, 2]), np.array([1, 1]), np.array([3, 0])], 0.0)
    [(), (0,), ()]
    """
    table = np.array(payoffs)
    return [tuple(np.flatnonzero((table > (own + slack if slack else own)).all(axis=1)).tolist()) for own in table]


def risk_dominant(game: NormalFormGame, strict: Sequence[Place]) -> Place | None:
    """The strict equilibrium of two players of two strategies whose product of deviation losses is larger.

    None in other games, where one strict equilibrium is alone, and where neither risk-dominates the other.

    >>> stag_hunt = NormalFormGame.from_arrays([[4, 0], [3, 3]], [[4, 3], [0, 3]])
    >>> risk_dominant(stag_hunt, [(0, 0), (1, 1)])
    (1, 1)
    """
    if game.shape != (2, 2) or len(strict) < 2:
        return None
    losses = [_loss(game, place, 0) * _loss(game, place, 1) for place in strict]
    return None if losses[0] == losses[1] else strict[int(losses[1] > losses[0])]


def _loss(game: NormalFormGame, place: Place, player: int) -> Fraction:
    """What a player loses by moving alone."""
    moved = list(place)
    moved[player] = 1 - place[player]
    loss: Fraction = game.payoffs[(*place, player)] - game.payoffs[(*moved, player)]
    return loss
