"""The input file of lrsnash: ``m n``, then both payoff matrices row by row, as rationals."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from fairgames.exact import to_fraction
from fairgames.games.normal_form import NormalFormGame

#: lrsnash 7.1 reads numerators and denominators with ``atol``: beyond this it takes others, and says nothing.
LARGEST = 2**63 - 1
#: Floats that are too long as decimals become multiples of this part of the player's range.
_GRID = 2**60


def too_long(game: NormalFormGame) -> str | None:
    """Why lrsnash cannot read the payoffs; None if it can."""
    if not game.exact or _short(game.payoffs.flat):
        return None
    if all(_readable(_column(game, player)) for player in range(game.n_players)):
        return None
    return "lrsnash reads numbers below 2^63 only, and these payoffs need larger numerators or denominators"


def game_file(game: NormalFormGame) -> str:
    """The text of the file; rational payoffs, and the decimals that floats are written as, are exact.

    Where those are too long, payoffs are mapped onto integers, which changes no equilibrium; and
    where these are, too, floats are rounded to 2^-60 of the player's range.
    """
    m, n = game.shape
    matrices = [_readable(column) or _rounded(column) for column in (_column(game, 0), _column(game, 1))]
    rows = ("\n".join(" ".join(matrix[row * n : row * n + n]) for row in range(m)) for matrix in matrices)
    return f"{m} {n}\n\n" + "\n\n".join(rows) + "\n"


def _column(game: NormalFormGame, player: int) -> list[Fraction]:
    payoffs: list[Any] = game.payoffs[..., player].ravel().tolist()
    return payoffs if game.exact else [to_fraction(value, "payoffs") for value in payoffs]


def _readable(column: list[Fraction]) -> list[str]:
    """The payoffs, or integers in proportion to their differences; empty if neither is short enough."""
    if _short(column):
        return list(map(str, column))
    column = list(map(Fraction, column))
    multiple = math.lcm(*(value.denominator for value in column))
    lowest = min(column)
    integers = [int((value - lowest) * multiple) for value in column]
    divisor = math.gcd(*integers) or 1
    integers = [value // divisor for value in integers]
    return list(map(str, integers)) if _short(integers) else []


def _rounded(column: list[Fraction]) -> list[str]:
    lowest, highest = min(column), max(column)
    return [str(round((value - lowest) / (highest - lowest) * _GRID)) for value in column]


def _short(numbers: Iterable[int | Fraction]) -> bool:
    return all(-LARGEST <= value.numerator <= LARGEST and value.denominator <= LARGEST for value in numbers)
