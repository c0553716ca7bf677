"""Whether the one root in a box is an equilibrium: in balls, and in rationals where it is rational."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.certain import BITS
from fairgames.exact import fractions
from fairgames.games.certificate import against_others
from fairgames.games.indifference import System
from fairgames.games.isolated.result import EquilibriumBall
from fairgames.games.isolated.supports import Supports
from fairgames.games.krawczyk import EquilibriumBox
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import FloatArray, MixedProfile

_OPEN_PROBABILITY = "whether a probability is 0 is more than 1,024 bits can tell"
_OPEN_TIE = "whether a strategy that is not in use pays as much is more than 1,024 bits can tell"


@dataclass(frozen=True, eq=False)
class Root:
    """A root of the equations of indifference on some supports.

    Attributes
    ----------
    balls : around its probabilities in use
    equilibrium : it, if it is one
    why : why it is not known whether it is one; None where it is
    """

    balls: tuple[Any, ...]
    equilibrium: EquilibriumBall | None
    why: str | None

    def within(self, centre: FloatArray, radius: FloatArray, places: Sequence[int]) -> bool:
        """Whether it lies in the box for certain; ``places`` are the probabilities that its coordinates are."""
        from flint import arb

        return all(
            abs(self.balls[place] - arb(float(middle))) < arb(float(half))
            for place, middle, half in zip(places, centre, radius, strict=True)
        )


class Prover:
    """Proofs for one game, whose payoffs count as the rationals that they are.

    Parameters
    ----------
    check : called now and then; may raise, to end the search
    """

    def __init__(self, game: NormalFormGame, check: Callable[[], None]) -> None:
        self._game, self._check = game, check
        self.payoffs = fractions(game.payoffs)
        self._systems: dict[Supports, System] = {}

    def exactly(self, supports: Supports, vectors: MixedProfile) -> EquilibriumBall | None:
        """The equilibrium at rational distributions, if it is one on these supports; its index is left open."""
        ties: list[tuple[int, int]] = []
        for player, used in enumerate(supports):
            if min(vectors[player][list(used)]) <= 0:  # 0: it is found on smaller supports
                return None
            values = self._values(vectors, player)
            best = [k for k, value in enumerate(values) if value == max(values)]
            if not set(used) <= set(best):
                return None
            ties += [(player, k) for k in best if k not in used]
        return EquilibriumBall(vectors, 0.0, supports, tuple(ties), None)

    def is_equilibrium(self, vectors: MixedProfile) -> bool:
        """Whether rational distributions are one, exactly."""
        return self.exactly(tuple(tuple(np.flatnonzero(vector).tolist()) for vector in vectors), vectors) is not None

    def root(self, supports: Supports, start: Sequence[FloatArray]) -> Root | None:
        """The root that Newton's method reaches from ``start``, probabilities in use by player; None if none."""
        from flint import arb, ctx

        system = self._systems.setdefault(supports, System(self._game, supports))
        point = [arb(float(value)) for vector in start for value in vector] + [arb(0)] * len(supports)
        root = None
        for bits in BITS:
            with ctx.workprec(bits):
                settled = system.newton(point, bits, self._check)
                if settled is None:  # payoffs that nearly agree ask for more bits
                    continue
                point = settled
                if (found := system.krawczyk(point, bits)) is None:
                    continue
                box, balls = found
                root = self._judged(system, EquilibriumBox(supports, tuple(box), tuple(balls), (), self._game.shape))
            if root.why is None and not self._may_be_rational(root, bits):
                break
        return root

    def _may_be_rational(self, root: Root, bits: int) -> bool:
        """Whether more bits may show that it is."""
        one = root.equilibrium
        return one is not None and not one.rational and self._game.exact and bits < BITS[-1]

    def _judged(self, system: System, box: EquilibriumBox) -> Root:
        from flint import ctx

        balls = box.root[: sum(map(len, box.supports))]
        exact = box.fractions(2 ** (ctx.prec // 4))
        if exact is not None and self._is_root(box.supports, exact):
            found = self.exactly(box.supports, exact)
            if found is not None and not found.ties:
                found = replace(found, index=system.index(box.root) or None)
            return Root(balls, found, None)
        verdict = system.verdict(list(box.root))
        if verdict is None:
            return Root(balls, None, None)
        undecided, ties = verdict
        if undecided or ties:
            return Root(balls, None, _OPEN_PROBABILITY if undecided else _OPEN_TIE)
        index = system.index(box.root) or None
        return Root(balls, EquilibriumBall(box.floats(), box.radius(), box.supports, (), index), None)

    def _values(self, vectors: MixedProfile, player: int) -> list[Fraction]:
        """What each own strategy pays; rational vectors that may lie outside of the simplex."""
        values: list[Fraction] = against_others(self.payoffs[..., player], vectors, player).tolist()
        return values

    def _is_root(self, supports: Supports, vectors: MixedProfile) -> bool:
        """Whether rational vectors solve the equations, exactly."""
        for player, used in enumerate(supports):
            values = self._values(vectors, player)
            if sum(vectors[player]) != 1 or len({values[k] for k in used}) > 1:
                return False
        return True
