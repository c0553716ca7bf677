"""An equilibrium by itself: the slopes of payoffs around it, and what their signs say.

On the supports of an equilibrium let M hold how what each strategy pays more than the first one changes with the
chances of the other players' strategies. The equilibrium is regular if M is regular and no strategy outside the
supports pays as much; its index is then the sign of det(−M) (Shapley 1974; Harsanyi 1973), and all indices of a
game whose equilibria are all regular add up to 1. The replicator dynamics have the Jacobian S·M there, S being
positive definite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.exact import object_array
from fairgames.games.certificate import best_response_counts
from fairgames.games.indifference import System
from fairgames.games.krawczyk import EquilibriumBox
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import MixedProfile

#: Bits of the balls in which signs of determinants and eigenvalues are looked at.
_BITS = 256


@dataclass(frozen=True, eq=False)
class Local:
    """The surroundings of a mixed equilibrium.

    Attributes
    ----------
    slopes : M, shape (D, D), D the number of strategies in use less that of players; balls (``arb``)
    weights : S, the same shape
    quasi_strict : whether every strategy outside the supports pays strictly less
    blocks : for each player the rows of M that are its own
    index : 1 or −1; None where the equilibrium is not regular, as far as balls of 256 bits tell
    """

    slopes: Any
    weights: Any
    quasi_strict: bool
    blocks: tuple[int, ...]
    index: int | None

    @property
    def saddle(self) -> bool:
        """Whether the replicator dynamics certainly leave it: some eigenvalue has a positive real part.

        The eigenvalues sum to 0, so they do unless all are imaginary; and then their squares sum to 0 or less, and
        their cubes to 0.
        """
        from flint import acb_mat, ctx

        if self.index == -1:
            return True
        with ctx.workprec(_BITS):
            jacobian = self.weights * self.slopes
            squared = jacobian * jacobian
            cubes = (squared * jacobian).trace()
            if squared.trace() > 0 or not cubes.contains(0):
                return True
            try:
                eigenvalues = acb_mat(jacobian).eig()
            except ValueError:  # several are equal, or nearly so
                return False
            return any(bool(one.real > 0) for one in eigenvalues)

    @property
    def cycle(self) -> bool:
        """Whether it is the mixed equilibrium of two players of two strategies each who chase each other."""
        return self.quasi_strict and self.blocks == (1, 1) and self.index == 1


def around(
    game: NormalFormGame, strategies: MixedProfile, box: EquilibriumBox | None = None, error: float = 0
) -> Local:
    """The surroundings of an equilibrium of a game of rationals.

    Parameters
    ----------
    strategies : rational, the equilibrium itself; not looked at where there is a box
    box : around the equilibrium, where it is not known to be rational
    error : by how much each payoff may be off
    """
    from flint import arb, ctx, fmpq

    if box is None:
        supports = tuple(tuple(np.flatnonzero(vector).tolist()) for vector in strategies)
        exactly = tuple(object_array(map(Fraction, vector)) for vector in strategies)
        counts = best_response_counts(game, exactly)
        quasi_strict = all(count == len(used) for count, used in zip(counts, supports, strict=True))
    else:
        supports, quasi_strict = box.supports, not box.ties
    with ctx.workprec(_BITS):
        if box is None:
            used = [value for vector in exactly for value in vector if value]
            point = [arb(fmpq(*value.as_integer_ratio())) for value in used]
        else:
            point = list(box.root)
        system = System(game, supports, error)
        index = system.index(point) if quasi_strict else 0
        rest = iter(point)
        chances = [[next(rest) for _ in used] for used in supports]
        blocks = tuple(len(used) - 1 for used in supports)
        return Local(system.slopes(point), _weights(chances), quasi_strict, blocks, index or None)


def _weights(chances: Sequence[Sequence[Any]]) -> Any:
    """S: diag(x) − x·xᵀ of each player's chances but the first."""
    from flint import arb, arb_mat

    vectors = [vector[1:] for vector in chances]
    size = sum(map(len, vectors))
    entries = [[arb(0)] * size for _ in range(size)]
    start = 0
    for vector in vectors:
        for row, one in enumerate(vector):
            for column, other in enumerate(vector):
                entries[start + row][start + column] = (one if row == column else 0) - one * other
        start += len(vector)
    return arb_mat(size, size, [value for row in entries for value in row])
