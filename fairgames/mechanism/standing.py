"""Welfare U − Σc: its largest, and at all equilibria of one share beside what the platform keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames import memory
from fairgames.equilibria.along_branches import equilibria_on, reach
from fairgames.equilibria.branches import Branches, equilibria_of_one_game
from fairgames.equilibria.intervals import PureEquilibria
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.choosing import number, pure_strategies
from fairgames.mechanism.result import Choice, Scalar
from fairgames.text import how_many
from fairgames.typing import Array, MixedProfile, Profile


@dataclass(frozen=True, eq=False)
class Standing:
    """The equilibria at the answer's share: what the platform keeps and the welfare at each, and how to show one."""

    kept: Array
    welfare: Array
    choice: Callable[[int], Choice]


def pure_standing(game: PaymentGame, equilibria: PureEquilibria, alpha: Scalar | None) -> Standing:
    """The pure equilibria."""
    here = equilibria.select(equilibria.at(1 if alpha is None else alpha))
    kept = here.keeps if alpha is None else (1 - alpha) * here.utility
    place = here.place(game)
    cost = sum(_row(game, user)[chosen] for user, chosen in enumerate(place))

    def choice(k: int) -> Choice:
        profile = game.levels([int(chosen[k]) for chosen in place])
        strategies = pure_strategies(profile, len(game.utility.levels), game.exact)
        span = None if alpha is None else (number(here.lower[k]), number(here.upper[k]))
        return Choice(alpha, profile, strategies, number(kept[k]), number(here.utility[k]), span, True)

    return Standing(kept, here.utility - cost, choice)


def mixed_standing(
    game: PaymentGame, equilibria: PureEquilibria, known: Branches | None, alpha: Scalar | None
) -> Standing:
    """Two users: their extreme equilibria.

    The equilibria at one share are a union of convex sets, all mixtures of some strategies of
    one user against all mixtures of some of the other. U and U − Σc are affine in either's
    strategy, so on such a product each is least and greatest at a pair of corners: at an extreme
    equilibrium.
    """
    if known is None or alpha is None:
        profiles = equilibria_of_one_game(game)
    else:
        profiles = equilibria_on(known, alpha, equilibria.slack)
    table = game.utilities.numbers()
    utility = [number(x @ table @ y) for x, y in profiles]
    if alpha is None:
        kept = [number(x @ game.potential.numbers() @ y) for x, y in profiles]
    else:
        kept = [(1 - alpha) * value for value in utility]

    def choice(k: int) -> Choice:
        played = [np.flatnonzero(vector) for vector in profiles[k]]
        pure = all(len(levels) == 1 for levels in played)
        profile = game.levels([int(levels[0]) for levels in played]) if pure else None
        span = None
        if known is not None and alpha is not None:
            own = profile and equilibria.interval(game, profile)
            span = own or reach(known, alpha, profiles[k], equilibria.slack)
        return Choice(
            alpha,
            profile,
            tuple(_over_levels(game, user, vector) for user, vector in enumerate(profiles[k])),
            kept[k],
            utility[k],
            span,
            True,
        )

    welfare = [value - expected_cost(game, profile) for value, profile in zip(utility, profiles, strict=True)]
    return Standing(object_array(kept), object_array(welfare), choice)


def _over_levels(game: PaymentGame, user: int, vector: Array) -> Array:
    """Probabilities of all L levels from those of the user's choices."""
    exact = game.exact and all(isinstance(value, Fraction | int) for value in vector)
    levels = np.full(len(game.utility.levels), Fraction(0) if exact else 0.0)
    levels[list(game.strategies[user])] = vector
    return levels


def expected_cost(game: PaymentGame, own: MixedProfile) -> Scalar:
    """Σc, expected under strategies over the users' choices."""
    return number(sum(vector @ _row(game, user) for user, vector in enumerate(own)))


def _row(game: PaymentGame, user: int) -> Array:
    return object_array(game.costs[user]) if game.exact else np.array(game.costs[user], dtype=float)


def first_best(game: PaymentGame) -> tuple[Scalar, Profile]:
    """The largest U − Σc of all profiles, and the first profile that has it."""
    memory.require(
        (400 if game.exact else 16) * game.size,
        f"U − Σc at {how_many(game.size)} profiles",
        memory.FEWER_PROFILES,
    )
    welfare = game.total_cost()
    np.subtract(game.utilities.numbers(), welfare, out=welfare)
    place = np.unravel_index(int(np.argmax(welfare)), game.shape)
    return number(welfare[place]), game.levels([int(choice) for choice in place])
