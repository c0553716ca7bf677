"""Random games of users of a few kinds with private costs, as a brute force and fairgames know them."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

from fairgames.exact import object_array
from fairgames.private import PlanGame
from fairgames.users import Users
from fairgames.utilities import TableUtility
from tests.private.plan_oracle import AlikeGame


def alike_game(seed: int) -> AlikeGame:
    """2 to 4 users in one or two kinds, 2 or 3 levels, integers over small denominators; U need not be monotone."""
    draw = random.Random(seed)
    sizes = draw.choice([(2,), (3,), (2, 1), (1, 2), (2, 2), (4,)])
    n_levels = 2 if sum(sizes) > 2 else draw.choice([2, 3])
    kinds = tuple(kind for kind, size in enumerate(sizes) for _ in range(size))
    if draw.random() < 0.5:
        kinds = tuple(draw.sample(kinds, len(kinds)))
    one_type = draw.random() < 0.5
    worth: dict[object, Fraction] = {}
    utility = {}
    for profile in product(range(n_levels), repeat=len(kinds)):
        key = tuple(sorted(zip([0] * len(kinds) if one_type else kinds, profile, strict=True)))
        if key not in worth:
            worth[key] = sum(profile) + Fraction(draw.randint(-1, 6), 3) if any(profile) else Fraction(0)
        utility[profile] = worth[key]
    own = []
    for _ in sizes:
        weights = [draw.randint(1, 3) for _ in range(2)]
        most = draw.choice([3, 9])
        own.append(
            tuple(
                (
                    Fraction(weight, sum(weights)),
                    (Fraction(0), *(Fraction(draw.randint(0, most * level), 3) for level in range(1, n_levels))),
                )
                for weight in weights
            )
        )
    return AlikeGame(utility, n_levels, tuple(own[kind] for kind in kinds), kinds)


def as_ours(game: AlikeGame, rule: str = "users", floats: bool = False) -> PlanGame:
    """The same for fairgames; with ``floats`` U is known in floats only."""
    table = [game.utility[profile] for profile in product(range(game.n_levels), repeat=len(game.rows))]
    values = object_array(table).reshape((game.n_levels,) * len(game.rows))
    utility = TableUtility(values.astype(float) if floats else values)
    return PlanGame(utility, Users(private=[list(rows) for rows in game.rows]), rule)
