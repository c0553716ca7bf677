"""The certificate of an equilibrium: what each player could still gain by deviating."""

from __future__ import annotations

import math
import numbers
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from fairgames import notebook
from fairgames.errors import InputError
from fairgames.exact import object_array, to_fraction
from fairgames.games.given import AnyGame, AnyProfile, refuse_swapped, to_game, to_strategies
from fairgames.games.normal_form import NormalFormGame
from fairgames.text import number
from fairgames.typing import Array, MixedProfile

_UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2
_WANTED = "expected one sequence of probabilities a player, such as ([1, 0], [0.5, 0.5])"


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

    def _repr_html_(self) -> str:
        """In a notebook: the strategies, payoffs and regrets of the players."""
        title = f"Profile with a largest regret of {number(self.regret)}, error at most {number(self.regret_bound)}"
        rows = zip(map(list, self.strategies), self.payoffs, self.regrets, strict=True)
        return notebook.html(title, ["strategy", "payoff", "regret"], rows, len(self.strategies))

    @property
    def regret(self) -> float | Fraction:
        """The largest regret of any player."""
        worst: float | Fraction = max(self.regrets)
        return worst


def certify(game: AnyGame, strategies: AnyProfile | Equilibrium) -> Equilibrium:
    """Recompute payoffs and regrets of ``strategies`` from the payoff table alone.

    Exact if both the payoffs and all probabilities are rationals (``int``, ``Fraction``, or text
    such as "2/3"); otherwise floats, with a bound on the rounding error.

    Parameters
    ----------
    game : or one of nashpy, Gambit or QuantEcon, or one payoff array a player
    strategies : one sequence of probabilities a player. Rational ones sum to 1; floats do up to
        the rounding of their sum. Or a profile of Gambit, an :class:`Equilibrium`, or a dict by the
        players' names, of vectors, of probabilities by strategy, or of the one strategy played

    Raises
    ------
    InputError
        If ``game`` is no game, the two are swapped, a name is unknown, or a vector has the wrong length or is no
        probability distribution.

    >>> game = NormalFormGame.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    >>> certify(game, ([1, 0], [1, 0])).regrets.tolist()
    [0.0, 0.0]
    >>> certify(([[2, 0], [0, 1]], [[1, 0], [0, 2]]), {"player-1": "0", "player-2": {"0": 1}}).payoffs.tolist()
    [2.0, 1.0]
    """
    refuse_swapped(game, strategies)
    game = to_game(game, "certify")
    read = _read(to_strategies(strategies, game))
    exact = game.exact and all(vector.dtype == object for vector in read)
    vectors = tuple(vector if exact else np.asarray(vector, dtype=float) for vector in read)
    _check(game, vectors)
    table = game.payoffs if exact else game.floats()
    payoffs: list[object] = []
    regrets: list[object] = []
    for player in range(game.n_players):
        against = against_others(table[..., player], vectors, player)
        payoff = against @ vectors[player]
        payoffs.append(payoff)
        regrets.append(max(against) - payoff)
    bound = 0.0 if exact else _bound(game, table)
    return Equilibrium(vectors, _array(payoffs, exact), _array(regrets, exact), bound, exact)


def best_response_counts(game: NormalFormGame, strategies: MixedProfile) -> tuple[int, ...]:
    """For each player, how many pure strategies are best responses; exact where payoffs and strategies are."""
    values = [against_others(game.payoffs[..., player], strategies, player) for player in range(game.n_players)]
    return tuple(int(sum(value == max(own) for value in own)) for own in values)


def against_others(payoff: Array, vectors: MixedProfile, player: int) -> Array:
    """The player's expected payoff for each own pure strategy, others playing ``vectors``."""
    used = [np.arange(size) if own == player else np.flatnonzero(vectors[own]) for own, size in enumerate(payoff.shape)]
    payoff = payoff[np.ix_(*used)]
    for other in reversed(range(len(vectors))):
        if other != player:
            payoff = np.moveaxis(payoff, other, -1) @ vectors[other][used[other]]
    return payoff


def _read(strategies: object) -> MixedProfile:
    """Object arrays of rationals where all entries are, float arrays otherwise."""
    if isinstance(strategies, str) or not isinstance(strategies, Sequence | np.ndarray):
        raise InputError(f"strategies: got {reprlib.repr(strategies)} of type {_type(strategies)}, {_WANTED}")
    return tuple(_vector(entries) for entries in strategies)


def _vector(entries: object) -> Array:
    if isinstance(entries, str) or not isinstance(entries, Sequence | np.ndarray):
        raise InputError(f"strategies: got {reprlib.repr(entries)} of type {_type(entries)} for a player, {_WANTED}")
    values = list(entries)
    for value in values:
        if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real | Decimal | str):
            raise InputError(f"strategies: got {reprlib.repr(value)} for a probability, {_WANTED}")
    if all(isinstance(value, numbers.Rational | Decimal | str) for value in values):
        return object_array(
            value if isinstance(value, Fraction) else to_fraction(value, "strategies") for value in values
        )
    return np.array([float(to_fraction(value)) if isinstance(value, str) else value for value in values], dtype=float)


def _type(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__name__}"


def _check(game: NormalFormGame, vectors: MixedProfile) -> None:
    sizes = tuple(len(vector) for vector in vectors)
    if sizes != game.shape:
        raise InputError(f"strategies have lengths {sizes}, expected {game.shape}")
    for name, vector in zip(game.players, vectors, strict=True):
        if not all(value >= 0 for value in vector):
            raise InputError(f"player {name}: {vector.tolist()} is no probability distribution, expected numbers ≥ 0")
        if not sums_to_one(vector):
            total = sum(vector) if vector.dtype == object else math.fsum(vector)
            raise InputError(
                f"player {name}: {vector.tolist()} is no probability distribution: it sums to {total}, expected 1; "
                "divide by the sum"
            )


def sums_to_one(vector: Array) -> bool:
    """Whether probabilities do: rationals exactly, floats as nearly as a division by their sum can make them."""
    if vector.dtype == object:
        return bool(sum(vector) == 1)
    return bool(abs(math.fsum(vector) - 1) <= 2 * len(vector) * _UNIT_ROUNDOFF)


def _bound(game: NormalFormGame, table: Array) -> float:
    """Error of a difference of two expected payoffs: the payoffs' own error, that of the sums, and of sums to 1."""
    operations = 3 * sum(game.shape) + 2 * game.n_players
    return 2 * (game.rounding + operations * _UNIT_ROUNDOFF * float(np.abs(table).max()))


def _array(values: list[object], exact: bool) -> Array:
    return np.array(values, dtype=object if exact else float)
