"""A game in rationals that stands for one of real numbers, so that exact algorithms decide what is true of it."""

from __future__ import annotations

from itertools import product

from fairgames.game import PaymentGame
from fairgames.utilities.snapshot import Snapshot


def stand_in(game: PaymentGame) -> PaymentGame | None:
    """The game with U in rationals (:mod:`fairgames.utilities.snapshot`); None where only floats are known of U.

    The game itself where it is exact.

    >>> from fairgames.users import Users
    >>> from fairgames.utilities import FederatedMean
    >>> users = Users(samples=[10, 10], sensitivity=[[0, .1, .2]] * 2)
    >>> found = stand_in(PaymentGame(FederatedMean(users, between=1, within=5), users))
    >>> found.exact, found.utilities.values[0, 2] == found.utilities.values[2, 0]
    (True, True)
    """
    if game.exact:
        return game
    axes = [sorted({0, *levels}) for levels in game.strategies]
    found = Snapshot.of(game.utility, product(*axes))
    return None if found is None else PaymentGame(found, game.users, game.rule, exact=True)
