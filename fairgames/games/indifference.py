"""The equations of indifference on given supports, in balls: Newton's method, Krawczyk's test, and the index.

On given supports an equilibrium is a root of as many polynomials as unknowns: every strategy in
use pays the same, and probabilities sum to 1. Newton's method finds it to hundreds of bits;
Krawczyk's test (Krawczyk 1969; Rump 2010, section 13) then proves in ball arithmetic (Johansson
2017) that a small box holds exactly one root.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fairgames.exact import object_array
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array

if TYPE_CHECKING:
    from flint import arb_mat

_MOST_STEPS = 60
#: A Newton path whose probabilities leave [−this, this] runs away.
_FAR = 4
#: How often Krawczyk's test is tried with a wider box.
_MOST_WIDENED = 6


class System:
    """The equations on given supports. Unknown are the probabilities in use, player by player, then the payoffs.

    Parameters
    ----------
    game : floats count as the rationals that they are
    supports : the strategies in use, by player
    error : by how much payoffs may be off; tests and signs then hold whatever they are
    """

    def __init__(self, game: NormalFormGame, supports: tuple[tuple[int, ...], ...], error: float = 0.0) -> None:
        self.supports = supports
        self._error = error
        self._n = len(supports)
        self._rest = [
            tuple(k for k in range(size) if k not in used) for size, used in zip(game.shape, supports, strict=True)
        ]
        self._raw = []
        for player in range(self._n):
            own = [(*used, *self._rest[k]) if k == player else used for k, used in enumerate(supports)]
            self._raw.append(game.payoffs[..., player][np.ix_(*own)])
        self._starts = np.cumsum([0, *map(len, supports)]).tolist()
        self._tables: dict[int, list[Array]] = {}

    def tables(self) -> list[Array]:
        """Each player's payoffs as balls: the own strategies in use first, then the others; others' in use only."""
        from flint import arb, ctx, fmpq

        def ball(value: Any) -> Any:
            return arb(fmpq(*value.as_integer_ratio())) + arb(0, self._error)

        if ctx.prec not in self._tables:
            self._tables[ctx.prec] = [np.frompyfunc(ball, 1, 1)(raw) for raw in self._raw]
        return self._tables[ctx.prec]

    def newton(self, point: list[Any], bits: int, check: Callable[[], None]) -> list[Any] | None:
        """The point that Newton's method settles at from ``point``, exact numbers near a root; None if it does not."""
        from flint import arb, arb_mat

        n = self._starts[-1]
        small = arb(2) ** (-3 * bits // 4)
        point = [*point[:n], *(values[0].mid() for values in self._payoffs(point))]
        for _ in range(_MOST_STEPS):
            check()
            residual = arb_mat(len(point), 1, self._residual(point))
            try:
                step = self._jacobian(point).solve(residual).entries()
            except ZeroDivisionError:
                return None
            point = [(value - change).mid() for value, change in zip(point, step, strict=True)]
            if not all(abs(value) < _FAR for value in point[:n]):
                return None
            if all(abs(change) < small * (1 + abs(value)) for change, value in zip(step, point, strict=True)):
                return point
        return None

    def krawczyk(self, point: list[Any], bits: int) -> tuple[list[Any], list[Any]] | None:
        """A box around ``point`` and narrower balls in it, if it is proven to hold exactly one root.

        Where payoffs may be off, a box that is too narrow for their roots is widened a few times.
        """
        from flint import arb, arb_mat

        radius = arb(2) ** (-bits // 2)
        n = len(point)
        off = [arb(0, (1 + abs(value)) * radius) for value in point]
        try:
            inverse = self._jacobian(point).mid().inv().mid()
        except ZeroDivisionError:
            return None
        identity = arb_mat(n, n, [int(row == column) for row in range(n) for column in range(n)])
        moved = (inverse * arb_mat(n, 1, self._residual(point))).entries()
        for _ in range(_MOST_WIDENED if self._error else 1):
            box = [value + change for value, change in zip(point, off, strict=True)]
            shrunk = ((identity - inverse * self._jacobian(box)) * arb_mat(n, 1, off)).entries()
            root = [value - shift + rest for value, shift, rest in zip(point, moved, shrunk, strict=True)]
            if all(map(_contains_inside, box, root)):
                return box, root
            off = [arb(0, 2 * (inner - value).abs_upper()) for inner, value in zip(root, point, strict=True)]
        return None

    def verdict(self, root: list[Any]) -> tuple[bool, tuple[tuple[int, int], ...]] | None:
        """Whether the sign of a probability is open, and which gains are; None if it is no equilibrium for certain."""
        n = self._starts[-1]
        if any(ball < 0 for ball in root[:n]):
            return None
        ties = []
        for player, values in enumerate(self._payoffs(root)):
            for strategy, value in zip(self._rest[player], values[len(self.supports[player]) :], strict=True):
                gain = value - root[n + player]
                if gain > 0:
                    return None
                if not gain < 0:
                    ties.append((player, strategy))
        return not all(ball > 0 for ball in root[:n]), tuple(ties)

    def slopes(self, root: Sequence[Any]) -> arb_mat:
        """M: how what each strategy in use pays above the player's first changes with the others' chances.

        Those of first strategies are what the others leave, so it has a row and a column for each strategy in use but
        the players' first.
        """
        from flint import arb, arb_mat

        starts = np.cumsum([0, *(len(used) - 1 for used in self.supports)]).tolist()
        entries = [[arb(0)] * starts[-1] for _ in range(starts[-1])]
        for one, other, pays in self._blocks(root):
            block = pays[: len(self.supports[one])]
            differences = block[1:, 1:] - block[1:, :1] - block[:1, 1:] + block[:1, :1]
            for row, values in enumerate(differences.tolist()):
                entries[starts[one] + row][starts[other] : starts[other + 1]] = values
        return arb_mat(starts[-1], starts[-1], [value for row in entries for value in row])

    def index(self, root: Sequence[Any]) -> int:
        """The index of the equilibrium at ``root`` if there are no ties: 1 or −1; 0 if the balls do not tell.

        The sign of det(−M), M being the slopes (Shapley 1974; Harsanyi 1973).
        """
        determinant = (-self.slopes(root)).det()
        return int(determinant > 0) - int(determinant < 0)

    def _vectors(self, point: Sequence[Any]) -> list[Array]:
        return [object_array(point[self._starts[k] : self._starts[k + 1]]) for k in range(self._n)]

    def _payoffs(self, point: Sequence[Any]) -> list[Array]:
        """What each own strategy pays each player, those in use first."""
        vectors = self._vectors(point)
        return [contracted(self.tables()[player], vectors, (player,)) for player in range(self._n)]

    def _residual(self, point: Sequence[Any]) -> list[Any]:
        n = self._starts[-1]
        payoffs = self._payoffs(point)
        differences = [
            payoffs[player][k] - point[n + player]
            for player, used in enumerate(self.supports)
            for k in range(len(used))
        ]
        return differences + [sum(vector[1:], vector[0]) - 1 for vector in self._vectors(point)]

    def _blocks(self, point: Sequence[Any]) -> Iterator[tuple[int, int, Array]]:
        """For each two players what the own strategies pay the one against each strategy in use of the other."""
        vectors = self._vectors(point)
        for one in range(self._n):
            for other in range(self._n):
                if other != one:
                    block = contracted(self.tables()[one], vectors, (one, other))
                    yield one, other, block if one < other else block.T

    def _jacobian(self, point: Sequence[Any]) -> arb_mat:
        from flint import arb_mat

        n = self._starts[-1]
        entries: list[list[Any]] = [[0] * (n + self._n) for _ in range(n + self._n)]
        for one in range(self._n):
            for place in range(self._starts[one], self._starts[one + 1]):
                entries[place][n + one] = -1
                entries[n + one][place] = 1
        for one, other, block in self._blocks(point):
            for k in range(len(self.supports[one])):
                entries[self._starts[one] + k][self._starts[other] : self._starts[other + 1]] = block[k].tolist()
        return arb_mat(entries)


def contracted(payoff: Array, vectors: Sequence[Array], kept: tuple[int, ...]) -> Array:
    """The expected payoff over the strategies of all players but those ``kept``, whose axes stay in their order."""
    for other in reversed(range(len(vectors))):
        if other not in kept:
            payoff = np.moveaxis(payoff, other, -1) @ vectors[other]
    return payoff


def _contains_inside(outer: Any, inner: Any) -> bool:
    return bool(outer.contains_interior(inner))
