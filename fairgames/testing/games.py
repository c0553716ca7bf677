"""All games of the suite."""

from __future__ import annotations

from functools import cache
from itertools import chain

from fairgames.testing import payment_games, textbook_games, three_players, tied_games
from fairgames.testing.known import KnownGame


@cache
def conformance_games() -> tuple[KnownGame, ...]:
    """All of them, in the order in which a solver best fails: simple ones first.

    >>> games = conformance_games()
    >>> len({known.name for known in games}) == len(games)
    True
    """
    return tuple(chain(textbook_games.games(), three_players.games(), payment_games.games(), tied_games.games()))
