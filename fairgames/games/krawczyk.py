"""Three or more players: a ball around an approximate equilibrium in which one exists for certain.

On given supports an equilibrium is a root of as many polynomials as unknowns: every strategy in
use pays the same, and probabilities sum to 1. Newton's method finds it to hundreds of bits;
Krawczyk's test (Krawczyk 1969; Rump 2010, section 13) then proves in ball arithmetic (Johansson
2017) that a small box holds exactly one root. It is an equilibrium if its probabilities are
positive and no other strategy pays more, which balls decide, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from fairgames.certain import BITS
from fairgames.exact import object_array
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, FloatArray, MixedProfile

if TYPE_CHECKING:
    from flint import arb_mat

_MOST_STEPS = 60
#: A Newton path whose probabilities leave [−this, this] runs away.
_FAR = 4
#: Largest denominator of a fraction that a ball is asked for.
_DENOMINATOR = 10**9


@dataclass(frozen=True, eq=False)
class EquilibriumBox:
    """A box with exactly one solution of the equations of indifference, and that is an equilibrium.

    Attributes
    ----------
    supports : the strategies in use, by player
    box : balls (``arb``) of the probabilities in use, one after another, then of the payoffs; the solution is
        the only one in there
    root : narrower balls around the solution
    ties : (player, strategy) that are not in use, and pay as much as those in use as far as 1,024 bits can tell
    sizes : number of strategies, by player
    """

    supports: tuple[tuple[int, ...], ...]
    box: tuple[Any, ...]
    root: tuple[Any, ...]
    ties: tuple[tuple[int, int], ...]
    sizes: tuple[int, ...]

    def floats(self) -> tuple[FloatArray, ...]:
        """The solution rounded to floats, as distributions."""
        return tuple(
            vector / vector.sum() for vector in self._spread([float(ball.mid()) for ball in self._weights()], float)
        )

    def fractions(self, largest: int = _DENOMINATOR) -> MixedProfile | None:
        """Fractions with denominators up to ``largest`` in the balls, which need not be the solution; None without."""
        found = [_fraction_in(ball, largest) for ball in self._weights()]
        return None if None in found else self._spread(found, object)

    def radius(self) -> float:
        """By how much a probability of :meth:`floats` may differ from the solution, at most."""
        middles = np.concatenate(self.floats())
        used = np.concatenate([np.isin(range(n), own) for n, own in zip(self.sizes, self.supports, strict=True)])
        off = [float(abs(ball - float(x)).upper()) for ball, x in zip(self._weights(), middles[used], strict=True)]
        return float(np.nextafter(max(off), 1))

    def is_that_of(self, other: EquilibriumBox) -> bool:
        """Whether both hold one and the same solution."""
        return self.supports == other.supports and (
            all(map(_contains, self.box, other.root)) or all(map(_contains, other.box, self.root))
        )

    def _weights(self) -> tuple[Any, ...]:
        """Balls of the probabilities in use."""
        return self.root[: sum(map(len, self.supports))]

    def _spread(self, values: Sequence[Any], dtype: type) -> tuple[Array, ...]:
        """``values`` of the probabilities in use as vectors over all strategies."""
        vectors = []
        rest = iter(values)
        for size, support in zip(self.sizes, self.supports, strict=True):
            vector = np.zeros(size, dtype=float) if dtype is float else object_array([Fraction(0)] * size)
            for strategy in support:
                vector[strategy] = next(rest)
            vectors.append(vector)
        return tuple(vectors)


def enclose(game: NormalFormGame, start: Sequence[FloatArray], check: Callable[[], None]) -> EquilibriumBox | None:
    """The enclosure of the equilibrium on the support of ``start`` that Newton's method reaches from there.

    None if the equations are singular, if Newton's method does not settle, or if what it reaches is no equilibrium.

    Parameters
    ----------
    game : floats count as the rationals that they are
    start : a distribution for each player
    check : called before each step; may raise, to end the search
    """
    from flint import arb, ctx

    system = System(game, tuple(tuple(np.flatnonzero(vector).tolist()) for vector in start))
    point = [arb(float(vector[k])) for vector, used in zip(start, system.supports, strict=True) for k in used]
    point += [arb(0)] * game.n_players
    for bits in BITS:
        with ctx.workprec(bits):
            settled = system.newton(point, bits, check)
            if settled is None:
                return None
            point = settled
            found = system.krawczyk(point, bits)
            if found is None:
                continue
            box, root = found
            verdict = system.verdict(root)
            if verdict is None:
                return None
            undecided, ties = verdict
            if not (undecided or ties) or (bits == BITS[-1] and not undecided):
                return EquilibriumBox(system.supports, tuple(box), tuple(root), ties, game.shape)
    return None


class System:
    """The equations on given supports. Unknown are the probabilities in use, player by player, then the payoffs."""

    def __init__(self, game: NormalFormGame, supports: tuple[tuple[int, ...], ...]) -> None:
        self.supports = supports
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
            return arb(fmpq(*value.as_integer_ratio()))

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
        """A box around ``point`` and narrower balls in it, if it is proven to hold exactly one root."""
        from flint import arb, arb_mat

        radius = arb(2) ** (-bits // 2)
        n = len(point)
        off = [arb(0, (1 + abs(value)) * radius) for value in point]
        box = [value + change for value, change in zip(point, off, strict=True)]
        try:
            inverse = self._jacobian(point).inv().mid()
        except ZeroDivisionError:
            return None
        identity = arb_mat(n, n, [int(row == column) for row in range(n) for column in range(n)])
        shrunk = (identity - inverse * self._jacobian(box)) * arb_mat(n, 1, off)
        moved = inverse * arb_mat(n, 1, self._residual(point))
        root = [
            value - shift + rest for value, shift, rest in zip(point, moved.entries(), shrunk.entries(), strict=True)
        ]
        return (box, root) if all(map(_contains_inside, box, root)) else None

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

    def index(self, root: Sequence[Any]) -> int:
        """The index of the equilibrium at ``root`` if there are no ties: 1 or −1; 0 if the balls do not tell.

        The sign of det(−∂F/∂x), F being what strategies in use pay above each player's last one and x their
        probabilities but the last. Of the equations with the payoffs as unknowns it is that determinant up to sign.
        """
        determinant = self._jacobian(root).det()
        sign = int(determinant > 0) - int(determinant < 0)
        return -sign if (self._starts[-1] - self._n) % 2 else sign

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

    def _jacobian(self, point: Sequence[Any]) -> arb_mat:
        from flint import arb_mat

        n = self._starts[-1]
        vectors = self._vectors(point)
        entries: list[list[Any]] = [[0] * (n + self._n) for _ in range(n + self._n)]
        for one in range(self._n):
            rows = range(self._starts[one], self._starts[one + 1])
            for place in rows:
                entries[place][n + one] = -1
                entries[n + one][place] = 1
            for other in range(self._n):
                if other != one:
                    block = contracted(self.tables()[one], vectors, (one, other))
                    block = block if one < other else block.T
                    for k, row in enumerate(rows):
                        entries[row][self._starts[other] : self._starts[other + 1]] = block[k].tolist()
        return arb_mat(entries)


def _fraction_in(ball: Any, largest: int) -> Fraction | None:
    from flint import fmpq

    middle = ball.mid().fmpq()
    fraction = Fraction(int(middle.p), int(middle.q)).limit_denominator(largest)
    return fraction if ball.contains(fmpq(fraction.numerator, fraction.denominator)) else None


def contracted(payoff: Array, vectors: Sequence[Array], kept: tuple[int, ...]) -> Array:
    """The expected payoff over the strategies of all players but those ``kept``, whose axes stay in their order."""
    for other in reversed(range(len(vectors))):
        if other not in kept:
            payoff = np.moveaxis(payoff, other, -1) @ vectors[other]
    return payoff


def _contains(outer: Any, inner: Any) -> bool:
    return bool(outer.contains(inner))


def _contains_inside(outer: Any, inner: Any) -> bool:
    return bool(outer.contains_interior(inner))
