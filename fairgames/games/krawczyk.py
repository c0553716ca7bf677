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
from typing import Any

import numpy as np

from fairgames.certain import BITS
from fairgames.exact import object_array
from fairgames.games.indifference import System
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, FloatArray, MixedProfile

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

    def holds(self, numbers: Sequence[Fraction]) -> bool:
        """Whether rationals that solve the equations, in the order of :attr:`box`, are in it, and so its root."""
        from flint import arb, ctx, fmpq

        with ctx.workprec(4 * BITS[-1]):
            points = [arb(fmpq(one.numerator, one.denominator)) for one in numbers]
        return all(map(_contains, self.box, points))

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


def enclose(
    game: NormalFormGame, start: Sequence[FloatArray], check: Callable[[], None], error: float = 0.0
) -> EquilibriumBox | None:
    """The enclosure of the equilibrium on the support of ``start`` that Newton's method reaches from there.

    None if the equations are singular, if Newton's method does not settle, or if what it reaches is no equilibrium.

    Parameters
    ----------
    game : floats count as the rationals that they are
    start : a distribution for each player
    check : called before each step; may raise, to end the search
    error : by how much each payoff may be off; the box then holds one equilibrium whatever they are, without ties
    """
    from flint import arb, ctx

    system = System(game, tuple(tuple(np.flatnonzero(vector).tolist()) for vector in start))
    tested = System(game, system.supports, error) if error else system
    point = [arb(float(vector[k])) for vector, used in zip(start, system.supports, strict=True) for k in used]
    point += [arb(0)] * game.n_players
    for bits in BITS[:1] if error else BITS:
        with ctx.workprec(bits):
            settled = system.newton(point, bits, check)
            if settled is None:
                return None
            point = settled
            found = tested.krawczyk(point, bits)
            if found is None:
                continue
            box, root = found
            verdict = tested.verdict(root)
            if verdict is None:
                return None
            undecided, ties = verdict
            if not (undecided or ties) or (bits == BITS[-1] and not undecided):
                return EquilibriumBox(system.supports, tuple(box), tuple(root), ties, game.shape)
    return None


def _fraction_in(ball: Any, largest: int) -> Fraction | None:
    from flint import fmpq

    middle = ball.mid().fmpq()
    fraction = Fraction(int(middle.p), int(middle.q)).limit_denominator(largest)
    return fraction if ball.contains(fmpq(fraction.numerator, fraction.denominator)) else None


def _contains(outer: Any, inner: Any) -> bool:
    return bool(outer.contains(inner))
