"""Payment games at critical shares α, where a user is indifferent: what solvers meet at the platform's optimum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from fairgames.game import PaymentGame
from fairgames.games.normal_form import NormalFormGame
from fairgames.testing.known import KnownGame, known
from fairgames.users import Users
from fairgames.utilities.table import TableUtility

#: Eq. 10 without noise: two thirds if one shares, 1 if both.
_TWO = [[0, "2/3"], ["2/3", 1]]
#: The same, sharing in either of two ways.
_TWO_WAYS = [[0, "2/3", "2/3"], ["2/3", 1, 1], ["2/3", 1, 1]]

_SHARES, _KEEPS = [0, 1], [1, 0]


def games() -> Iterator[KnownGame]:
    """Between and at the critical shares of two users of eq. 10, with equal and with different costs.

    Alone, a user is paid 2α/3; together, α/2 each.
    """
    yield known(
        "knife edge at α = 3/5",
        _at("3/5", _TWO, [[0, "3/10"], [0, "8/25"]]),
        [(_KEEPS, _SHARES), (_SHARES, _KEEPS), (["1/5", "4/5"], _SHARES)],
        "by hand: together, user 1 is paid its cost 3/10; so if user 2 shares, user 1 does with any p for which "
        "user 2 still shares: (2/5)(1−p) + (3/10)p ≥ 8/25, so p ≤ 4/5",
        degenerate=True,
    )
    yield known(
        "equal costs, α = 7c/4",
        _at("7/16", _TWO, [[0, "1/4"]] * 2),
        [(_SHARES, _KEEPS), (_KEEPS, _SHARES), (["3/7", "4/7"], ["3/7", "4/7"])],
        "by hand: sharing gains 1/24 alone and −1/32 together, so (1−q)/24 = q/32 in the mixed one",
    )
    yield known(
        "equal costs, α = 2c",
        _at("1/2", _TWO, [[0, "1/4"]] * 2),
        [(_SHARES, _SHARES), (_SHARES, _KEEPS), (_KEEPS, _SHARES)],
        "by hand: sharing gains 1/12 alone and 0 together; one shares, the other does anything",
        degenerate=True,
    )
    yield known(
        "equal costs, α = 3c/2",
        _at("3/8", _TWO, [[0, "1/4"]] * 2),
        [(_KEEPS, _KEEPS), (_SHARES, _KEEPS), (_KEEPS, _SHARES)],
        "by hand: sharing gains 0 alone and −1/16 together; one keeps out, the other does anything",
        degenerate=True,
    )
    ways = ([0, 1, 0], [0, 0, 1])
    mixed = (["3/7", "4/7", 0], ["3/7", 0, "4/7"])
    yield known(
        "two ways of sharing, α = 7c/4",
        _at("7/16", _TWO_WAYS, [[0, "1/4", "1/4"]] * 2),
        [*product(ways, [[1, 0, 0]]), *product([[1, 0, 0]], ways), *product(mixed, mixed)],
        "by hand: as with one way of sharing, whose weight may be on either of two levels",
        degenerate=True,
    )
    yield known(
        "platform in the coalition, costs 2/9 and 1/3",
        PaymentGame(TableUtility(_TWO), Users(sensitivity=[[0, "2/9"], [0, "1/3"]]), rule="coalition").at(),
        [(_SHARES, _KEEPS), (_KEEPS, _SHARES)],
        "by hand: paid 1/3 alone and 2/9 together, user 1 gains (1−q)/9 by sharing and user 2 −p/9",
        degenerate=True,
    )


def _at(alpha: str, utility: Sequence[Sequence[Any]], costs: Sequence[Sequence[Any]]) -> NormalFormGame:
    return PaymentGame(TableUtility(utility), Users(sensitivity=costs)).at(alpha)
