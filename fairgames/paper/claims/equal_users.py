"""Equal users with two levels: the games over which Section 5's sentences are checked."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np

import fairgames as fg
from fairgames.equilibria.symmetric.two_levels import SymmetricGame
from fairgames.exact import object_array
from fairgames.mechanism.symmetric import optimum
from fairgames.mechanism.symmetric.thresholds import Assumption, assumption_1, assumption_2

F = Fraction

#: What the sentences below are checked over.
RANDOM = "15 random games of 2 to 4 users within both assumptions, exactly"


@dataclass(frozen=True)
class Best:
    """The platform's optimum over symmetric equilibria; ``p`` is the probability of the more private level."""

    alpha: Fraction
    p: Fraction
    utility: Fraction
    value: Fraction


def best(game: SymmetricGame, cost: Fraction) -> Best:
    """The optimum where the less private level costs ``cost``; numbers that are no rationals are rounded."""
    found = optimum(game.with_cost(cost)).winner
    return Best(F(found.alpha or 0), F(found.strategy[game.source.levels[0]]), F(found.utility), F(found.value))


def assumptions(game: SymmetricGame) -> tuple[Assumption, Assumption]:
    """Assumptions 1 and 2, read for profiles that differ."""
    names = tuple(map(str, range(game.source.n_levels)))
    return assumption_1(game.source, names), assumption_2(game.source, names)


def symmetric_game(utility: fg.Utility, allowed: tuple[int, int] = (0, 1)) -> SymmetricGame:
    """Equal users of two levels; the higher one costs 1/4 unless another c is asked for."""
    return SymmetricGame.of(payment_game(utility, F(1, 4), allowed))


def payment_game(utility: fg.Utility, cost: Fraction, allowed: tuple[int, int] = (0, 1)) -> fg.PaymentGame:
    """The same, as a game of any equilibria."""
    row = [cost if level == allowed[1] else F(0) for level in range(len(utility.levels))]
    n = utility.n_users
    return fg.PaymentGame(utility, fg.Users(sensitivity=[row] * n, allowed=[allowed] * n))


def concave_utility(steps: list[Fraction]) -> fg.TableUtility:
    """U(ρ) = the sum of as many ``steps`` as users share: Assumptions 1 and 2 hold where they fall and are positive."""
    n = len(steps)
    worth = [sum(steps[:k], F(0)) for k in range(n + 1)]
    entries = object_array(worth[sum(profile)] for profile in product((0, 1), repeat=n))
    return fg.TableUtility(entries.reshape((2,) * n))


@cache
def games_within_the_assumptions() -> tuple[SymmetricGame, ...]:
    """Fifteen random games of 2 to 4 users for which both assumptions hold; the more private level is 0."""
    rng, found = np.random.default_rng(11), []
    for n in (2, 3, 4) * 5:
        steps = sorted((F(int(k), 20) for k in rng.choice(np.arange(1, 30), n, replace=False)), reverse=True)
        found.append(symmetric_game(concave_utility(steps)))
    outside = sum(not (one.holds and two.holds) for one, two in map(assumptions, found))
    if outside:
        raise ArithmeticError(f"{outside} games of concave utilities break an assumption")
    return tuple(found)


def extremes(game: SymmetricGame) -> tuple[Fraction, Fraction]:
    """(γ_min, γ_max)."""
    least, greatest = (game.gain(root.middle) for root in game.extreme_gains())
    return least, greatest
