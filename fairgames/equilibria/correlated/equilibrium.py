"""The correlated equilibrium of a game that is best by any measure of its profiles, with its certificate."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames import memory
from fairgames.equilibria.correlated.incentives import incentives, regrets
from fairgames.equilibria.correlated.program import TOLERANCE, bound, solve
from fairgames.errors import FairgamesError, InputError
from fairgames.games.dominance import eliminate
from fairgames.games.given import AnyGame, to_game
from fairgames.games.normal_form import NormalFormGame
from fairgames.text import how_many
from fairgames.typing import Array, Profile

_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class CorrelatedEquilibrium:
    """A distribution over profiles from which a mediator recommends, and what is known of it.

    Attributes
    ----------
    distribution : the chance of each profile, shape (m_1, …, m_N)
    value : the expected aim
    bound : no equilibrium is worth more than this (where the least was asked for: less)
    payoffs : expected payoffs, shape (N,)
    regrets : what each player gains by the best deviation, shape (N,); of a coarse one negative if all of them lose
    regret_bound : bound on the absolute error of each regret; 0 where ``exact``
    coarse : whether players decide before they are told anything
    exact : whether all of that is rational
    """

    distribution: Array
    value: Any
    bound: Any
    payoffs: Array
    regrets: Array
    regret_bound: float
    coarse: bool
    exact: bool

    @property
    def regret(self) -> Any:
        """The largest regret of any player."""
        return max(self.regrets)

    def support(self) -> Iterator[tuple[Profile, Any]]:
        """The profiles that are recommended, as numbers of strategies, with their chances."""
        for place in np.argwhere(self.distribution > 0).tolist():
            yield tuple(place), self.distribution[tuple(place)]


def correlated_equilibrium(
    game: AnyGame, aim: Array, coarse: bool = False, least: bool = False, aim_error: float = 0.0
) -> CorrelatedEquilibrium:
    """The correlated equilibrium with the greatest expected ``aim``.

    Strategies that iterated strict dominance takes away are never recommended, and left out first; under ``coarse``
    they may be, and stay.

    Parameters
    ----------
    game : or one of nashpy, Gambit or QuantEcon, or one payoff array a player
    aim : a number for each profile, shape (m_1, …, m_N)
    coarse : a coarse one, which binds those who accept before they are told anything (Moulin & Vial 1978)
    least : with the least expected aim instead
    aim_error : bound on the error of each entry of ``aim``

    Raises
    ------
    InputError
        If the shapes differ, or a number is not finite.
    TooLargeError
        Before allocating, if the conditions do not fit in memory.

    >>> from fairgames import NormalFormGame
    >>> chicken = NormalFormGame.from_arrays([[6, 2], [7, 0]], [[6, 7], [2, 0]])  # Aumann 1974
    >>> found = correlated_equilibrium(chicken, chicken.payoffs.sum(axis=-1))
    >>> found.value, found.distribution.tolist()
    (10.5, [[0.5, 0.25], [0.25, 0.0]])
    """
    game = to_game(game, "correlated_equilibrium")
    aim = np.asarray(aim)
    if aim.shape != game.shape:
        raise InputError(f"aim has shape {aim.shape}, expected one number for each profile, {game.shape}")
    _refuse_infinite(game, aim)
    reduction = None if coarse else eliminate(game)
    inner, within = (game, aim) if reduction is None else (reduction.reduced, aim[np.ix_(*reduction.kept)])
    _require_memory(inner)
    sign = -1 if least else 1
    goal, rows = sign * within.reshape(-1), incentives(inner.payoffs, coarse)
    solved = solve(goal, rows)
    limit = bound(goal, rows, solved.multipliers, aim_error, 2 * game.rounding)
    chances = solved.distribution
    exact = game.exact and chances.dtype == object and aim.dtype == object
    if not exact:
        chances = np.asarray(chances, dtype=float)
    there = chances.reshape(inner.shape)
    payoffs, found, off = certified(inner, there, coarse)
    _judge(inner, found, off, exact)
    return CorrelatedEquilibrium(
        distribution=there if reduction is None else _padded(there, reduction.kept, game.shape),
        value=(there * within).sum() if exact else float((there * np.asarray(within, dtype=float)).sum()),
        bound=sign * limit,
        payoffs=payoffs,
        regrets=found,
        regret_bound=off,
        coarse=coarse,
        exact=exact,
    )


def certified(game: NormalFormGame, distribution: Array, coarse: bool) -> tuple[Array, Array, float]:
    """Expected payoffs and regrets of each player, and a bound on the errors of the latter; computed afresh.

    Parameters
    ----------
    distribution : shape (m_1, …, m_N); rationals only where the payoffs are
    """
    exact = game.exact and distribution.dtype == object
    kind, table = (object, game.payoffs) if exact else (float, game.floats())
    expected = [(distribution * table[..., player]).sum() for player in range(game.n_players)]
    found = np.array(regrets(table, distribution, coarse), dtype=kind)
    return np.array(expected, dtype=kind), found, 0.0 if exact else _regret_bound(game, game.rounding)


def _judge(game: NormalFormGame, found: Array, off: float, exact: bool) -> None:
    """Refuse a distribution that is further from its conditions than the solver promised.

    Each condition may fail by the solver's part of its largest entry, twice a payoff; so may each chance that was
    below 0 and was taken away.
    """
    largest = float(np.abs(game.floats()).max(initial=0.0))
    most = 0.0 if exact else off + 2 * (max(game.shape) + 2 * math.prod(game.shape)) * TOLERANCE * largest
    if (regret := max(found)) > most:
        raise FairgamesError(
            f"the linear program over correlated equilibria was not solved: somebody gains {float(regret):.3g}, "
            f"expected at most {most:.3g}; state the numbers as fractions, or as multiples of their typical size"
        )


def _padded(chances: Array, kept: tuple[tuple[int, ...], ...], shape: tuple[int, ...]) -> Array:
    full = np.zeros(shape, dtype=chances.dtype)
    if chances.dtype == object:
        full.fill(Fraction(0))
    full[np.ix_(*kept)] = chances
    return full


def _regret_bound(game: NormalFormGame, rounding: float) -> float:
    """Error of a sum over all profiles of a difference of payoffs; the chances sum to 1."""
    largest = float(np.abs(game.floats()).max(initial=0.0))
    return 2 * rounding + 2 * (math.prod(game.shape) + 4 + max(game.shape)) * _EPSILON * largest


def _refuse_infinite(game: NormalFormGame, aim: Array) -> None:
    for name, numbers in (("payoffs", game.payoffs), ("aim", aim)):
        if numbers.dtype != object and not np.isfinite(numbers).all():
            place = tuple(np.argwhere(~np.isfinite(numbers))[0].tolist())
            raise InputError(f"{name}: got {numbers[place]} at {place}, expected finite numbers")


def _require_memory(game: NormalFormGame) -> None:
    rows, profiles = sum(size * (size - 1) for size in game.shape), math.prod(game.shape)
    memory.require(
        24 * rows * profiles,
        f"The conditions of a correlated equilibrium of {how_many(profiles)} profiles",
        memory.FEWER_PROFILES,
    )
