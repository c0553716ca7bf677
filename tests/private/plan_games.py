"""Random games with private costs: small, rational, with ties."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

from fairgames.private import PlanGame
from fairgames.users import Users
from fairgames.utilities import TableUtility
from tests.private.plan_oracle import Game


def random_game(seed: int, most_users: int = 3) -> Game:
    """2 or 3 users, 2 or 3 levels, 1 or 2 cost rows, integers over small denominators; U need not be monotone."""
    draw = random.Random(seed)
    n = draw.randint(2, most_users)
    n_levels = 2 if n == 3 and draw.random() < 0.85 else draw.choice([2, 3])
    utility = {}
    steps = draw.choice([3, 12])
    for profile in product(range(n_levels), repeat=n):
        worth = sum(profile) + Fraction(draw.randint(0, steps), 3)
        utility[profile] = Fraction(worth) if any(profile) else Fraction(0)
    rows = []
    for _ in range(n):
        weights = [draw.randint(1, 4) for _ in range(1 if draw.random() < 0.15 else 2)]
        costs = [
            (
                Fraction(0),
                *(Fraction(draw.randint(0, 4 * level), draw.choice([2, 3, 5])) for level in range(1, n_levels)),
            )
            for _ in weights
        ]
        rows.append(tuple((Fraction(w, sum(weights)), c) for w, c in zip(weights, costs, strict=True)))
    return Game(utility, n_levels, tuple(rows))


def as_ours(game: Game, floats: bool = False) -> PlanGame:
    """The same for fairgames; with ``floats`` U is known in floats only."""
    table = [game.utility[profile] for profile in product(range(game.n_levels), repeat=len(game.rows))]
    shape = (game.n_levels,) * len(game.rows)
    from fairgames.exact import object_array

    values = object_array(table).reshape(shape)
    utility = TableUtility(values.astype(float) if floats else values)
    return PlanGame(utility, Users(private=[list(rows) for rows in game.rows]))
