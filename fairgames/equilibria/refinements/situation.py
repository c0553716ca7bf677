"""A game at one share as the refinements look at it: of payments, with its potential, or a table of payoffs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from fairgames.certain import Judge, Rational, Real
from fairgames.equilibria.pure.moves import Moves
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.games.normal_form import NormalFormGame
from fairgames.tensor import Tensor
from fairgames.typing import Array, FloatArray
from fairgames.valuation.alpha import Alpha, AlphaOfUtility

_EPSILON = float(np.finfo(float).eps)
#: Tables of floats up to this size are looked through for a potential as the rationals that they are.
_MOST_EXACT = 20_000

#: One strategy a player, by number.
Place = tuple[int, ...]
#: (player, other strategy, sign of the gain of going there; None where floats are all that is known).
Move = tuple[int, int, int | None]


@dataclass(frozen=True, eq=False)
class Situation:
    """A game whose equilibria are compared.

    Attributes
    ----------
    game : in normal form; floats count as the rationals that they are
    moves : the single moves from a profile
    potential : Φ at each profile, if the game is known to have an exact potential
    exactly : Φ at one profile, to compare for certain; None where floats are all that is known
    kept : what the platform keeps at each profile; None where there is no platform
    judge : decides comparisons
    error : by how much a payoff of the table may be off what is meant; 0 where the table is what is meant
    """

    game: NormalFormGame
    moves: Callable[[Place], Iterator[Move]]
    potential: Tensor | None
    exactly: Callable[[Place], Real | None]
    kept: FloatArray | None
    judge: Judge
    error: float

    @property
    def shape(self) -> tuple[int, ...]:
        return self.game.shape

    @cached_property
    def rational(self) -> NormalFormGame:
        """The game with payoffs as the rationals that they are."""
        return as_rationals(self.game)

    @cached_property
    def slack(self) -> float:
        """What a gain has to exceed to be one, in floats."""
        return 2 * self.game.rounding + 8 * _EPSILON * float(np.abs(self.game.floats()).max()) * (not self.game.exact)


def of_payments(game: PaymentGame, share: Alpha | None) -> Situation:
    """The game of payments at a share."""
    judge, values = Judge(), game.enclosed()
    moves = Moves(game, share, values, judge)
    has_potential = game.rule.potential == "exact" and not isinstance(share, AlphaOfUtility)
    constant = None if isinstance(share, AlphaOfUtility) else share
    factor = Fraction(1) if constant is None else constant

    def of_place(place: Place) -> Iterator[Move]:
        for user, level, sign in moves.signs(game.levels(place)):
            yield user, game.strategies[user].index(level), sign

    def exactly(place: Place) -> Real | None:
        shared = values.potential(game.levels(place))
        cost = sum((row[k] for row, k in zip(game.costs, place, strict=True)), start=Fraction(0))
        return None if shared is None else Rational(factor) * shared - Rational(cost)

    table = game.at(share)
    return Situation(
        table,
        of_place,
        game.exact_potential(constant) if has_potential else None,
        exactly,
        _kept(game, share),
        judge,
        table.rounding,
    )


def _kept(game: PaymentGame, share: Alpha | None) -> FloatArray:
    """What the platform keeps at each profile, as floats."""
    keeps = np.asarray(game.keeps.numbers(), dtype=float)
    if share is None:
        return keeps
    paid = np.asarray(game.total_paid.numbers(), dtype=float)
    rate = share.of(np.asarray(game.utilities.numbers(), dtype=float)) if isinstance(share, AlphaOfUtility) else share
    return np.asarray(keeps - np.asarray(rate, dtype=float) * paid)


def of_table(game: NormalFormGame) -> Situation:
    """A game that exists already: its payoffs are what it is."""
    potential = potential_of(game)

    def of_place(place: Place) -> Iterator[Move]:
        for player, size in enumerate(game.shape):
            along: Any = (*place[:player], slice(None), *place[player + 1 :], player)
            line = game.payoffs[along]
            for other in range(size):
                if other != place[player]:
                    yield player, other, int(line[other] > line[place[player]]) - int(line[other] < line[place[player]])

    def exactly(place: Place) -> Real | None:
        assert potential is not None
        return Rational(potential.numbers(place).item())

    return Situation(game, of_place, potential, exactly, None, Judge(), 0.0)


def as_rationals(game: NormalFormGame) -> NormalFormGame:
    """The same game, floats as the rationals that they are."""
    if game.exact:
        return game
    payoffs = object_array(Fraction(value) for value in game.payoffs.ravel().tolist()).reshape(game.payoffs.shape)
    return NormalFormGame(payoffs, game.players, game.strategies, game.title)


def potential_of(game: NormalFormGame) -> Tensor | None:
    """An exact potential of a table of payoffs, 0 at its first profile; None if it has none (Monderer & Shapley 1996).

    Only small tables of floats are looked at, as what they are: rationals, in which rounding leaves no potential.

    >>> stag_hunt = NormalFormGame.from_arrays([[4, 0], [3, 3]], [[4, 3], [0, 3]])
    >>> potential_of(stag_hunt).numbers().tolist()
    [[Fraction(0, 1), Fraction(-1, 1)], [Fraction(-1, 1), Fraction(2, 1)]]
    """
    if not game.exact and game.payoffs.size > _MOST_EXACT:
        return None
    payoffs = as_rationals(game).payoffs
    potential: Array = object_array([Fraction(0)]).reshape((1,) * game.n_players)
    for player in range(game.n_players):  # the players move to their strategies one after another
        index: Any = (*(slice(None),) * (player + 1), *(slice(0, 1),) * (game.n_players - 1 - player), player)
        own = payoffs[index]
        potential = potential + own - own.take([0], axis=player)
    for player in range(game.n_players):
        gap = potential - payoffs[..., player]
        if not bool(np.all(gap == gap.take([0], axis=player))):
            return None
    return Tensor(potential, 1, 0)
