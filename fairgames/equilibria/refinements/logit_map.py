"""The equations of quantal response, in floats and in balls, with one formula for both.

In a quantal response equilibrium of precision λ each player plays strategies with chances proportional to
exp(λ·expected payoff) (McKelvey & Palfrey 1995). Unknown are the logarithms y of what each chance is to that of the
player's first strategy; they solve y = λ·(what the strategies pay above the first). At λ = 0 that is y = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.exact import fractions
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, FloatArray

#: What each strategy of one player pays above its first, against each of another, by the others' profiles:
#: shape (m, m′, R), by the numbers of the two.
Tables = Mapping[tuple[int, int], Array]

#: As near as floats come; payoffs that may be off ask for more room.
_NEAR = 1e-11


@dataclass(frozen=True, eq=False)
class Numbers:
    """Numbers to compute with.

    Attributes
    ----------
    tables : of payoffs
    odds : one over the sum of the exponentials of each column
    zero : 0
    """

    tables: Tables
    odds: Callable[[Array], Array]
    zero: Any


class LogitMap:
    """The equations of one game.

    Parameters
    ----------
    game : floats count as the rationals that they are
    error : by how much each payoff may be off

    Attributes
    ----------
    players : how many there are
    sizes : how many strategies each has; who is alone is beside somebody who has no choice
    scale : the largest difference of a player's payoffs; precisions here are λ times that
    near : how near a solution to a point has to be proven, as a part of 1 + its largest coordinate
    """

    def __init__(self, game: NormalFormGame, error: float = 0.0) -> None:
        table = fractions(game.payoffs)
        self.players = game.n_players
        if self.players == 1:
            table = np.stack([table[:, 0], table[:, 0] - table[:, 0]], axis=-1)[:, None]
        self.sizes = table.shape[:-1]
        spans = [table[..., player].max() - table[..., player].min() for player in range(table.shape[-1])]
        self.scale: Fraction = max(spans) or Fraction(1)
        self.starts: Sequence[int] = np.cumsum([0, *(size - 1 for size in self.sizes)]).tolist()
        exactly = {
            (one, other): _above_first(table[..., one] / self.scale, one, other)
            for one in range(len(self.sizes))
            for other in range(len(self.sizes))
            if one != other
        }
        self.floats = Numbers({key: own.astype(float) for key, own in exactly.items()}, _odds, 0.0)
        off = 2 * error / float(self.scale)
        self.balls, self.near = _balls(exactly, off), max(_NEAR, 8 * off)

    @property
    def n(self) -> int:
        """How many unknowns there are beside the precision."""
        return self.starts[-1]

    def chances(self, logs: Array, numbers: Numbers) -> list[Array]:
        """Each player's chances; of balls all that they may be."""
        return [_chances(logs[a:b], numbers) for a, b in zip(self.starts, self.starts[1:], strict=False)]

    def slopes(self, chances: Sequence[Array], numbers: Numbers) -> dict[tuple[int, int], Array]:
        """What each strategy of one pays above the first against each of another, expected; shape (m, m′)."""
        return {
            (one, other): table @ _products(chances, (one, other), numbers)
            for (one, other), table in numbers.tables.items()
        }

    def system(self, point: Array, numbers: Numbers) -> tuple[Array, Array]:
        """The residuals and their Jacobian at (y, λ), shapes (n,) and (n, n + 1)."""
        precision, chances = point[-1], self.chances(point, numbers)
        slopes = self.slopes(chances, numbers)
        residual = np.full(self.n, numbers.zero, dtype=point.dtype)
        jacobian = np.full((self.n, self.n + 1), numbers.zero, dtype=point.dtype)
        jacobian[range(self.n), range(self.n)] = numbers.zero + 1
        for one in range(len(self.sizes)):
            rows = slice(self.starts[one], self.starts[one + 1])
            pays = (slopes[one, int(one == 0)] @ chances[int(one == 0)])[1:]
            residual[rows] = point[rows] - precision * pays
            jacobian[rows, -1] = -pays
            for other in range(len(self.sizes)):
                if other != one:
                    columns = slice(self.starts[other], self.starts[other + 1])
                    steeper = slopes[one, other][1:, 1:] - pays[:, None]
                    jacobian[rows, columns] = -precision * (steeper * chances[other][1:])
        return residual, jacobian

    def floats_at(self, point: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The system in floats."""
        return self.system(point, self.floats)


def _above_first(own: Array, one: int, other: int) -> Array:
    """What each own strategy pays above the first, shape (m, m′, R)."""
    moved = np.moveaxis(own, (one, other), (0, 1))
    shape = (*moved.shape[:2], -1)
    return np.asarray(moved - moved[:1], dtype=object).reshape(shape)


def _balls(exactly: Tables, error: float) -> Numbers:
    from flint import arb, fmpq

    def ball(value: Fraction) -> Any:
        return arb(fmpq(value.numerator, value.denominator)) + arb(0, error)

    tables = {key: np.frompyfunc(ball, 1, 1)(own) for key, own in exactly.items()}
    for own in tables.values():
        own[0] = arb(0)  # the first strategy against itself
    return Numbers(tables, _odds_of_balls, arb(0))


def _chances(logs: Array, numbers: Numbers) -> Array:
    """One over the sum of exp(y′ − y)."""
    every = np.concatenate([np.full(1, numbers.zero, dtype=logs.dtype), logs])
    gaps = every[:, None] - every
    np.fill_diagonal(gaps, numbers.zero)
    return numbers.odds(gaps)


def _odds(gaps: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):
        return np.asarray(1 / np.exp(gaps).sum(axis=0))


def _odds_of_balls(gaps: Array) -> Array:
    """From the ends of the balls, between which the odds fall: a ball around exponentials of both may hold 0."""
    ends = [
        1 / np.frompyfunc(lambda ball, end=end: getattr(ball, end)().exp(), 1, 1)(gaps).sum(axis=0)
        for end in ("lower", "upper")
    ]
    return np.asarray(np.frompyfunc(lambda one, other: one.union(other), 2, 1)(*ends))


def _products(chances: Sequence[Array], but: tuple[int, int], numbers: Numbers) -> Array:
    """The chances of all profiles of the players but two."""
    product = np.full(1, numbers.zero + 1, dtype=chances[0].dtype)
    for player, own in enumerate(chances):
        if player not in but:
            product = np.multiply.outer(product, own).ravel()
    return product
