"""Whether users of few types are counted, or their profiles listed: what is shorter."""

from __future__ import annotations

import math
from collections import Counter

from fairgames import memory
from fairgames.game import PaymentGame
from fairgames.utilities.blocks import MOST_AXES

#: Counting is worth its while from so many profiles on, if there are so many times fewer states.
_MANY_PROFILES, _FEWER = 200_000, 10


def worth_counting(game: PaymentGame) -> bool:
    """Whether the game is to be solved on counts: its users are in types, and its profiles are many.

    That is where the lattice of counts is much smaller than a tensor of very many profiles, or can
    be held where that cannot.
    """
    have = memory.available_bytes()
    tensor = len(game.users) <= MOST_AXES
    if not game.rule.fair or (tensor and _n_profiles(game) <= min(_MANY_PROFILES, have // 100)):
        return False
    from fairgames.counts.types import n_states, user_types

    types = user_types(game.utility, game.users)
    if not tensor and len(types) <= MOST_AXES:
        return True
    states, profiles = n_states(types), _n_profiles(game)
    if states == profiles:
        return False
    if profiles > _MANY_PROFILES and profiles >= _FEWER * states:
        return True
    return 100 * profiles > have >= 100 * states


def _n_profiles(game: PaymentGame) -> int:
    # A product of a million factors, one after another, would take a minute.
    users_with = Counter(len({0, *levels}) for levels in game.strategies)
    return math.prod(n_levels**count for n_levels, count in users_with.items())
