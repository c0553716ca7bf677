"""Two players: the exact equilibrium that an approximate one stands for.

All equilibria of rational payoffs are mixtures of rational ones, and a strategy of an equilibrium
solves the equations that make the other player indifferent on its support. So an approximate
answer only has to say which strategies are in use: the equations are then solved in rationals,
and what comes out is an equilibrium if it meets every condition exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from fairgames.exact import object_array
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, FloatArray, MixedProfile

if TYPE_CHECKING:
    from flint import fmpq_mat

#: Largest denominators of the fractions tried where equations leave a probability free, simplest first.
_DENOMINATORS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
#: At most so many supports are tried for one strategy: those that drop tiny probabilities.
_MOST_SUPPORTS = 6

#: Strategies by number.
Support = tuple[int, ...]


class RationalProofs:
    """Proofs for one two-player game: its payoffs as rationals, and equations that were solved.

    Parameters
    ----------
    game : two players; floats count as the rationals that they are
    """

    def __init__(self, game: NormalFormGame) -> None:
        columns = (game.payoffs[..., 0], game.payoffs[..., 1].T)  # the own strategy first
        self._floats: tuple[FloatArray, ...] = tuple(_unit_floats(column) for column in columns)
        self.payoffs = tuple(rational_matrix(column) for column in columns)
        self._solved: dict[tuple[int, Support, Support], _Solutions | None] = {}

    def near(self, answer: Sequence[FloatArray], tolerance: float) -> MixedProfile | None:
        """The equilibrium that differs from ``answer`` by at most ``tolerance`` in any probability, if one is found.

        Parameters
        ----------
        answer : two distributions
        """
        for supports in product(*(_supports(vector, tolerance) for vector in answer)):
            for ties in (True, False):
                rows = [self._tied(k, answer[1 - k], supports, tolerance) if ties else supports[k] for k in (0, 1)]
                solutions = [self._equations(k, rows[1 - k], supports[k]) for k in (0, 1)]
                for vectors in _both(solutions, answer, tolerance):
                    if self.is_equilibrium(vectors):
                        return vectors
        return None

    def is_equilibrium(self, vectors: MixedProfile) -> bool:
        """Whether two exact distributions are an equilibrium, exactly."""
        if any(min(vector) < 0 for vector in vectors):
            return False
        return all(
            set(np.flatnonzero(vectors[k]).tolist()) <= set(self.best_responses(k, vectors[1 - k])) for k in (0, 1)
        )

    def best_responses(self, player: int, other: Array) -> Support:
        """The player's best responses to an exact strategy of the other, exactly."""
        from flint import fmpq, fmpq_mat

        column = fmpq_mat(len(other), 1, [fmpq(*value.as_integer_ratio()) for value in other])
        values = (self.payoffs[player] * column).entries()
        most = max(values)
        return tuple(k for k, value in enumerate(values) if value == most)

    def pins(self, player: int, rows: Support, support: Support) -> bool:
        """Whether one strategy at most on ``support`` makes the other player indifferent among ``rows``."""
        solutions = self._equations(player, rows, support)
        return solutions is None or solutions.unique

    def _tied(self, player: int, other: FloatArray, supports: Sequence[Support], tolerance: float) -> Support:
        """The support, with what may be a best response as well: ``other`` being off by ``tolerance`` can hide it."""
        within = np.ix_(range(len(self._floats[player])), supports[1 - player])
        payoffs = self._floats[player][within]
        values = payoffs @ other[list(supports[1 - player])]
        best = int(np.argmax(values))
        stakes = np.abs(payoffs - payoffs[best]).sum(axis=1)
        near = np.flatnonzero(values[best] - values <= 2 * tolerance * stakes)
        return tuple(sorted({*supports[player], *near.tolist()}))

    def _equations(self, player: int, rows: Support, support: Support) -> _Solutions | None:
        """What ``support`` has to weigh so that the other player is indifferent among ``rows``."""
        key = (player, rows, support)
        if key not in self._solved:
            self._solved[key] = _Solutions.of(self.payoffs[1 - player], rows, support)
        return self._solved[key]


class _Solutions:
    """All weights on a support that solve linear equations: some free, the others affine in those."""

    def __init__(self, reduced: fmpq_mat, pivots: list[int], support: Support, size: int) -> None:
        self._pivots = [support[k] for k in pivots]
        self._free = [k for k in support if k not in self._pivots]
        self._size = size
        last = len(support)
        self._constants = [_fraction(reduced[row, last]) for row in range(len(pivots))]
        places = [support.index(k) for k in self._free]
        self._slopes = [[_fraction(reduced[row, place]) for place in places] for row in range(len(pivots))]

    @classmethod
    def of(cls, payoffs: fmpq_mat, rows: Support, support: Support) -> _Solutions | None:
        """The weights of sum 1 under which all ``rows`` of ``payoffs`` are equal; None if there are none."""
        from flint import fmpq_mat

        lead, n = rows[0], len(support)
        entries: list[list[Any]] = [[*(payoffs[row, k] - payoffs[lead, k] for k in support), 0] for row in rows[1:]] + [
            [1] * (n + 1)
        ]
        reduced, rank = fmpq_mat(entries).rref()
        pivots = [next(k for k in range(n + 1) if reduced[row, k] != 0) for row in range(rank)]
        return None if n in pivots else cls(reduced, pivots, support, payoffs.ncols())

    def at(self, near: FloatArray, denominator: int | None) -> Array:
        """The solution whose free weights are those of ``near``, as fractions of at most that denominator."""
        free = [Fraction(float(near[k])) for k in self._free]
        if denominator is not None:
            free = [value.limit_denominator(denominator) for value in free]
        weights = [Fraction(0)] * self._size
        for k, value in zip(self._free, free, strict=True):
            weights[k] = value
        for k, constant, slopes in zip(self._pivots, self._constants, self._slopes, strict=True):
            weights[k] = constant - sum(slope * value for slope, value in zip(slopes, free, strict=True))
        return object_array(weights)

    @property
    def unique(self) -> bool:
        return not self._free


def _both(
    solutions: Sequence[_Solutions | None], answer: Sequence[FloatArray], tolerance: float
) -> Iterator[MixedProfile]:
    """Solutions of both players near an answer; where some weights are free, the simplest fractions first."""
    one, other = solutions
    if one is None or other is None:
        return
    free = not (one.unique and other.unique)
    for denominator in (*_DENOMINATORS, None) if free else (None,):
        vectors = tuple(found.at(near, denominator) for found, near in zip((one, other), answer, strict=True))
        if all(distance(a, b) <= tolerance for a, b in zip(vectors, answer, strict=True)):
            yield vectors


def distance(one: Array, other: Array) -> float:
    """The largest difference of a probability."""
    return float(np.abs(np.asarray(one, dtype=float) - np.asarray(other, dtype=float)).max())


def rational_matrix(table: Array) -> fmpq_mat:
    """A two-dimensional array of floats or rationals as a matrix of the rationals that they are."""
    from flint import fmpq, fmpq_mat

    return fmpq_mat([[fmpq(*value.as_integer_ratio()) for value in row] for row in table.tolist()])


def _unit_floats(table: Array) -> FloatArray:
    """The payoffs as floats, scaled so that none overflows."""
    largest = max(abs(value) for value in table.flat)
    return np.asarray(table / largest if largest else table, dtype=float)


def _supports(vector: FloatArray, tolerance: float) -> list[Support]:
    """What is in use if tiny probabilities are none: the smallest support first."""
    tiny = sorted({float(value) for value in vector if 0 < value <= tolerance}, reverse=True)
    if len(tiny) >= _MOST_SUPPORTS:
        tiny = tiny[:: -(-len(tiny) // (_MOST_SUPPORTS - 1))]
    return [tuple(np.flatnonzero(vector > cut).tolist()) for cut in (*tiny, 0.0)]


def _fraction(value: object) -> Fraction:
    numerator, denominator = value.p, value.q  # type: ignore[attr-defined]
    return Fraction(int(numerator), int(denominator))
