"""The pure equilibria of a game whose profiles are listed, for selections."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.candidates import Candidates
from fairgames.mechanism.selections.selection import PotentialLines
from fairgames.typing import BoolArray


@dataclass(frozen=True, eq=False)
class Listed:
    """A :class:`~fairgames.mechanism.selections.selection.Pool` of profiles."""

    game: PaymentGame
    equilibria: PureEquilibria

    def potential(self) -> PotentialLines:
        """Φ_α of each equilibrium."""
        game, equilibria = self.game, self.equilibria
        place, weights = equilibria.place(game), [game.rule.user_weight(user) for user in range(len(game.users))]
        cost = object_array(
            sum((game.costs[user][choice] / weights[user] for user, choice in enumerate(chosen)), start=Fraction(0))
            for chosen in zip(*(column.tolist() for column in place), strict=True)
        )
        return PotentialLines(equilibria.potentials(game), cost)

    def strict_at_end(self, found: Candidates) -> BoolArray:
        """Whether the profile of each candidate is strict even at its share, which is 0 or 1."""
        index = self.equilibria.index[found.position]
        strict = [_strict(self.game, k, alpha) for k, alpha in zip(index, found.alpha.values, strict=True)]
        return np.array(strict, dtype=bool)


def _strict(game: PaymentGame, index: int, alpha: float | Fraction) -> bool:
    """Whether a stable profile is strict at α = 0, which is a matter of costs alone, or at α = 1."""
    place = np.unravel_index(index, game.shape)
    if alpha == 0:
        rows = zip(place, game.costs, strict=True)
        return all(row[x] < other for x, row in rows for y, other in enumerate(row) if y != x)
    for user, (chosen, row) in enumerate(zip(place, game.costs, strict=True)):
        paid_here = game.paid(user)
        line = paid_here.numbers((*place[:user], slice(None), *place[user + 1 :]))
        costs = object_array(row) if game.exact else np.array(row, dtype=float)
        gains = alpha * (line - line[chosen]) - (costs - costs[chosen])
        if any(gain >= -2 * paid_here.error for gain in np.delete(gains, chosen)):
            return False
    return True
