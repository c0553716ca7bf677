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
from fairgames.games.krawczyk import contracted, enclose
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, MixedProfile

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
    """

    slopes: Any
    weights: Any
    quasi_strict: bool
    blocks: tuple[int, ...]

    @property
    def index(self) -> int | None:
        """1 or −1; None where the equilibrium is not regular, as far as balls of 256 bits tell."""
        if not self.quasi_strict:
            return None
        from flint import ctx

        with ctx.workprec(_BITS):
            found = (-self.slopes).det()
        return 1 if found > 0 else -1 if found < 0 else None

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


def around(game: NormalFormGame, strategies: MixedProfile) -> Local | None:
    """The surroundings of an equilibrium of a game of rationals; None where it cannot be enclosed.

    Parameters
    ----------
    strategies : rational, or floats near an equilibrium with the same supports
    """
    from flint import arb, ctx, fmpq

    if all(vector.dtype == object for vector in strategies):
        supports = [np.flatnonzero(vector) for vector in strategies]
        exactly = tuple(object_array(map(Fraction, vector)) for vector in strategies)
        counts = best_response_counts(game, exactly)
        quasi_strict = all(count == len(used) for count, used in zip(counts, supports, strict=True))
        chances = [
            object_array(arb(fmpq(*vector[k].as_integer_ratio())) for k in used)
            for vector, used in zip(exactly, supports, strict=True)
        ]
    else:
        box = enclose(game, [np.asarray(vector, dtype=float) for vector in strategies], lambda: None)
        if box is None:
            return None
        supports, quasi_strict = [np.array(used) for used in box.supports], not box.ties
        rest = iter(box.root)
        chances = [object_array(next(rest) for _ in used) for used in supports]
    with ctx.workprec(_BITS):
        payoffs = [_balls(game.payoffs[..., player][np.ix_(*supports)]) for player in range(game.n_players)]
        return Local(
            _slopes(payoffs, chances), _weights(chances), quasi_strict, tuple(len(used) - 1 for used in supports)
        )


def _balls(payoffs: Array) -> Array:
    from flint import arb, fmpq

    flat = object_array(arb(fmpq(*value.as_integer_ratio())) for value in payoffs.ravel().tolist())
    return flat.reshape(payoffs.shape)


def _slopes(payoffs: Sequence[Array], chances: Sequence[Array]) -> Any:
    """M: second differences of each player's payoff, against the first strategies in use."""
    from flint import arb, arb_mat

    sizes = [len(vector) - 1 for vector in chances]
    starts = np.cumsum([0, *sizes]).tolist()
    entries = [[arb(0)] * starts[-1] for _ in range(starts[-1])]
    for one, own in enumerate(payoffs):
        for other in range(len(payoffs)):
            if other != one:
                block = contracted(own, chances, (one, other))
                block = block if one < other else block.T
                differences = block[1:, 1:] - block[1:, :1] - block[:1, 1:] + block[:1, :1]
                for row, values in enumerate(differences.tolist()):
                    entries[starts[one] + row][starts[other] : starts[other + 1]] = values
    return arb_mat(starts[-1], starts[-1], [value for row in entries for value in row])


def _weights(chances: Sequence[Array]) -> Any:
    """S: diag(x) − x·xᵀ of each player's chances but the first."""
    from flint import arb, arb_mat

    vectors = [vector[1:].tolist() for vector in chances]
    size = sum(map(len, vectors))
    entries = [[arb(0)] * size for _ in range(size)]
    start = 0
    for vector in vectors:
        for row, one in enumerate(vector):
            for column, other in enumerate(vector):
                entries[start + row][start + column] = (one if row == column else 0) - one * other
        start += len(vector)
    return arb_mat(size, size, [value for row in entries for value in row])
