"""The conditions of a correlated equilibrium: one row for each gain that nobody may have.

A distribution x over profiles is a correlated equilibrium (Aumann 1974, 1987) if no player who is told k gains by
playing m instead: Σ_s x(s)·(u_i(s) − u_i(m, s_−i)) ≥ 0 over the profiles with s_i = k. It is a coarse one (Moulin &
Vial 1978) if nobody gains by deciding for m before being told anything: the same sum over all profiles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from fairgames.typing import Array


def incentives(payoffs: Array, coarse: bool) -> Array:
    """The rows A of A·x ≥ 0, shape (rows, profiles), of each player in turn.

    Parameters
    ----------
    payoffs : shape (m_1, …, m_N, N)

    >>> chicken = np.stack([np.array([[6, 2], [7, 0]]), np.array([[6, 7], [2, 0]])], axis=-1)
    >>> incentives(chicken, coarse=False).tolist()
    [[-1, 2, 0, 0], [0, 0, 1, -2], [-1, 0, 2, 0], [0, 1, 0, -2]]
    """
    rows = [row for player in range(payoffs.shape[-1]) for row in _of(payoffs[..., player], player, coarse)]
    return np.array(rows, dtype=payoffs.dtype).reshape(len(rows), math.prod(payoffs.shape[:-1]))


def _of(payoff: Array, player: int, coarse: bool) -> Iterator[Array]:
    size = payoff.shape[player]
    losses = [payoff - np.take(payoff, [own], axis=player) for own in range(size)]
    if coarse:
        yield from (loss.reshape(-1) for loss in losses if size > 1)
        return
    for told in range(size):
        place = (slice(None),) * player + (told,)
        for own in range(size):
            if own != told:
                row = 0 * payoff
                row[place] = losses[own][place]
                yield row.reshape(-1)


def regrets(payoffs: Array, distribution: Array, coarse: bool) -> list[object]:
    """What each player gains by the best deviation: a swap for each recommendation, or one strategy whatever is told.

    Parameters
    ----------
    distribution : shape (m_1, …, m_N)
    """
    found = []
    for player in range(payoffs.shape[-1]):
        payoff = payoffs[..., player]
        others = tuple(axis for axis in range(payoff.ndim) if axis != player)
        gains = []
        for own in range(payoff.shape[player]):
            gain = (distribution * (np.take(payoff, [own], axis=player) - payoff)).sum(axis=others)
            gains.append(gain.sum() if coarse else gain)  # of each recommendation
        found.append(max(gains) if coarse else sum(max(column) for column in zip(*gains, strict=True)))
    return found
