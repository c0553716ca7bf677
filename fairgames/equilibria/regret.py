"""The certificate of an equilibrium: what each player could still gain by deviating."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.errors import InputError
from fairgames.normal_form import NormalFormGame
from fairgames.typing import Array, MixedProfile

_UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A mixed profile with its payoffs and regrets.

    Attributes
    ----------
    strategies : one probability vector a player
    payoffs : expected payoffs, shape (N,)
    regrets : best deviation gain of each player, shape (N,); rationals where ``exact``
    regret_bound : bound on the absolute error of each regret; 0 where ``exact``
    exact : whether strategies and payoffs are rationals
    """

    strategies: MixedProfile
    payoffs: Array
    regrets: Array
    regret_bound: float
    exact: bool

    @property
    def regret(self) -> float | Fraction:
        """The largest regret of any player."""
        worst: float | Fraction = max(self.regrets)
        return worst


def certify(game: NormalFormGame, strategies: MixedProfile) -> Equilibrium:
    """Recompute payoffs and regrets of ``strategies`` from the payoff table alone.

    Exact if both the payoffs and the probabilities are rationals (object arrays of ``int``
    or ``Fraction``); otherwise floats, with a bound on the rounding error.

    Raises
    ------
    InputError
        If a vector has the wrong length or is no probability distribution.
    """
    exact = game.exact and all(vector.dtype == object for vector in strategies)
    vectors = tuple(vector if exact else np.asarray(vector, dtype=float) for vector in strategies)
    _check(game, vectors)
    table = game.payoffs if exact else game.floats()
    payoffs: list[object] = []
    regrets: list[object] = []
    for player in range(game.n_players):
        against = _against_others(table[..., player], vectors, player)
        payoff = against @ vectors[player]
        payoffs.append(payoff)
        regrets.append(max(against) - payoff)
    bound = 0.0 if exact else _bound(game, table)
    return Equilibrium(vectors, _array(payoffs, exact), _array(regrets, exact), bound, exact)


def best_response_counts(game: NormalFormGame, equilibrium: Equilibrium, tolerance: float = 0.0) -> tuple[int, ...]:
    """For each player, how many pure strategies are best responses (within ``tolerance``)."""
    table = game.payoffs if equilibrium.exact else game.floats()
    counts = []
    for player in range(game.n_players):
        against = _against_others(table[..., player], equilibrium.strategies, player)
        # A tolerance of 0.0 would turn rationals into floats.
        least = max(against) - tolerance if tolerance else max(against)
        counts.append(int(sum(value >= least for value in against)))
    return tuple(counts)


def _against_others(payoff: Array, vectors: MixedProfile, player: int) -> Array:
    """The player's expected payoff for each own pure strategy, others playing ``vectors``."""
    for other in reversed(range(len(vectors))):
        if other != player:
            used = np.flatnonzero(vectors[other])
            payoff = np.moveaxis(payoff, other, -1)[..., used] @ vectors[other][used]
    return payoff


def _check(game: NormalFormGame, vectors: MixedProfile) -> None:
    sizes = tuple(len(vector) for vector in vectors)
    if sizes != game.shape:
        raise InputError(f"strategies have lengths {sizes}, expected {game.shape}")
    for name, vector in zip(game.players, vectors, strict=True):
        if not all(value >= 0 for value in vector) or not math.isclose(sum(vector), 1, abs_tol=1e-9):
            raise InputError(f"player {name}: {vector.tolist()} is no probability distribution")


def _bound(game: NormalFormGame, table: Array) -> float:
    """Error of a difference of two expected payoffs: the payoffs' own error and that of the sums."""
    operations = sum(game.shape) + 2 * game.n_players
    return 2 * (game.rounding + operations * _UNIT_ROUNDOFF * float(np.abs(table).max()))


def _array(values: list[object], exact: bool) -> Array:
    return np.array(values, dtype=object if exact else float)
