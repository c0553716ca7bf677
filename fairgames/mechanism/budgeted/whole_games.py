"""Whole games that a surrogate holds possible: U at all profiles at once, and the best equilibrium of each.

A draw of the posterior is a draw of the prior, moved by what the evaluations say that it missed (Matheron's rule;
Wilson et al. 2020). The prior is a sum of products over users, so a draw of it is noise that is multiplied along each
user's axis. So a claim that nothing is better is held against every profile, not against the few that look best.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairgames.game import PaymentGame
from fairgames.training.kernel import JITTER, Kernel
from fairgames.training.surrogate import Surrogate
from fairgames.typing import FloatArray, IntArray
from fairgames.valuation.potential import potential

#: Numbers held at once: 256 MB.
_AT_ONCE = 2**25


def drawn_games(
    surrogate: Surrogate, everything: IntArray, draws: int, widened: float, generator: np.random.Generator
) -> Iterator[FloatArray]:
    """U in money at all profiles, shape (L, …, L), as often as asked; deviations from the mean taken ``widened`` times.

    Parameters
    ----------
    everything : all profiles in order, shape (L^N, N)
    """
    shape = (surrogate.n_levels,) * everything.shape[1]
    places = np.ravel_multi_index(tuple(surrogate.profiles.T), shape)
    mean = surrogate.utilities(everything)
    batch = max(1, _AT_ONCE // len(everything))
    for first in range(0, draws, batch):
        some = np.stack([_of_prior(surrogate.kernel, everything, generator) for _ in range(min(batch, draws - first))])
        noise = generator.standard_normal((len(some), len(places))) * np.sqrt(surrogate.noise + JITTER)
        drawn = surrogate.unit * (some + surrogate.moved(everything, surrogate.found - some[:, places] - noise))
        for utilities in mean + widened * (drawn - mean):
            utilities[0] = 0.0
            yield utilities.reshape(shape)


def _of_prior(kernel: Kernel, everything: IntArray, generator: np.random.Generator) -> FloatArray:
    """U in units at all profiles, shape (L^N,)."""
    curves = kernel.curves(everything)
    result = curves @ generator.standard_normal(curves.shape[1])
    n, levels = kernel.worth.shape
    for term, (scale, factors) in enumerate(kernel.products):
        noise = generator.standard_normal((levels,) * n)
        for factor in factors:  # of each user in turn; the axis that was first comes last
            noise = np.tensordot(noise, _root(factor), axes=(0, 1))
        # What users of the same kinds repeat is 0 where nobody shares.
        result += np.sqrt(scale) * (noise.ravel() - (noise.flat[0] if term == kernel.OVERLAP else 0.0))
    return np.asarray(result)


def _root(factor: FloatArray) -> FloatArray:
    """R with R·Rᵀ the covariance of a user's levels, which may be singular."""
    sizes, directions = np.linalg.eigh(factor)
    return np.asarray(directions * np.sqrt(np.maximum(sizes, 0)))


class Bests:
    """The best pure equilibrium of a game whose U is given, at the lowest share of its interval."""

    def __init__(self, game: PaymentGame) -> None:
        self._costs = [np.full(len(game.utility.levels), np.nan) for _ in game.users.names]
        for own, levels, costs in zip(self._costs, game.strategies, game.costs, strict=True):
            own[list(levels)] = [float(cost) for cost in costs]
        self._allowed = [list(levels) for levels in game.strategies]

    def values(self, utilities: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """For each profile the shares from which and up to which it is an equilibrium, and what the platform keeps.

        Shape (L, …, L) each. What is kept is that at the lowest share; −∞ where there is no share in [0, 1].
        """
        shared = potential(utilities)
        low, high = np.zeros(utilities.shape), np.full(utilities.shape, np.inf)
        for user, (costs, levels) in enumerate(zip(self._costs, self._allowed, strict=True)):
            lows, highs, paid = (np.moveaxis(array, user, 0) for array in (low, high, shared))
            for here in set(range(len(costs))) - set(levels):
                lows[here] = np.inf
            for here in levels:
                for there in levels:
                    if here != there:
                        _bound(lows[here], highs[here], paid[here] - paid[there], costs[here] - costs[there])
        keeps = np.where(low <= np.minimum(high, 1.0), (1 - np.minimum(low, 1.0)) * utilities, -np.inf)
        return low, high, keeps


def _bound(low: FloatArray, high: FloatArray, gain: FloatArray, dearer: float) -> None:
    """Narrow shares to those at which a move does not pay: α·gain ≥ dearer."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = dearer / gain
    if dearer > 0:
        np.maximum(low, np.where(gain > 0, ratio, np.inf), out=low)
    else:
        np.minimum(high, np.where(gain < 0, ratio, np.inf), out=high)
