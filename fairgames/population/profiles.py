"""From a state back to a profile: the lexicographically first one that is an equilibrium at some share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.certain import Reals
from fairgames.population.assignment import first_assignment
from fairgames.population.conditions import Conditions
from fairgames.population.ends import Bounds, OrderedEnds, end_share
from fairgames.population.game import PopulationGame
from fairgames.typing import Array, Profile

Share = float | Fraction


@dataclass(frozen=True, eq=False)
class Standing:
    """Where the users of one state may stand, share by share.

    A share is a *cell* of this state: 2r at the end of rank r, 2r + 1 between it and the next; cells
    ascend in β, so they descend in α.

    Attributes
    ----------
    ends : the state's ends
    kinds : for each type its bounds, of this one state
    """

    game: PopulationGame
    ends: OrderedEnds
    kinds: tuple[Bounds, ...]

    @classmethod
    def of(cls, game: PopulationGame, conditions: Conditions, state: int) -> Standing:
        ends = OrderedEnds.of(game, conditions, np.array([state]))
        return cls(game, ends, tuple(ends.bounds(number) for number in range(len(game.types))))

    def cell(self, alpha: Reals, k: int) -> int:
        """The cell of the share at a position of ``alpha``."""
        judge, conditions, state = self.ends.conditions.judge, self.ends.conditions, int(self.ends.states[0])
        ranks = self.ends.in_use(0)
        codes = self.ends.codes(np.zeros(len(ranks), dtype=np.int64), ranks)
        values, errors = self.ends.alphas(np.zeros(len(ranks), dtype=np.int64), codes)
        own = Reals(values, errors, lambda c: end_share(self.game, conditions, state, int(codes[c])), alpha.what)
        order = own.followed_by(alpha.at(np.array([k]))).ranks(judge)
        equal = np.flatnonzero(order[:-1] == order[-1])
        if len(equal):
            return 2 * int(ranks[equal[0]])
        above = np.flatnonzero(order[:-1] > order[-1])  # ends at larger α, so at smaller β
        return 2 * int(ranks[above].max()) + 1

    def at(self, cell: int) -> Profile | None:
        """The first profile that is an equilibrium in a cell."""
        return self._first([(2 * kind.least[0] <= cell) & (2 * kind.most[0] >= cell) for kind in self.kinds])

    def beside(self, cell: int, above: bool) -> Profile | None:
        """The first profile that is one right above a share, in α, or right below."""
        return self.at(self._neighbour(cell, above))

    def stable(self, cell: int, above: bool) -> Profile | None:
        """The first profile with an interval that begins at a share, or ends there, and every deviation loses inside."""
        gap = self._neighbour(cell, above)
        stands = []
        for kind in self.kinds:
            there = (2 * kind.least[0] <= min(gap, cell)) & (2 * kind.most[0] >= max(gap, cell))
            stands.append(there & ~kind.tied[0])
        return self._first(stands)

    @staticmethod
    def _neighbour(cell: int, above: bool) -> int:
        """The gap beside a cell; a gap is its own."""
        return cell if cell % 2 else cell - 1 if above else cell + 1

    def without_share(self, strict: bool) -> Profile | None:
        """The first profile that is an equilibrium at α = 1; ``strict``: where every deviation loses."""
        return self._first(self._at_one(strict))

    def is_strict(self, profile: Profile, alpha: Share) -> bool:
        """Whether every deviation from a profile of this state loses at the share 0 or 1."""
        return all(
            stands[h, profile[user]]
            for kind, stands in zip(self.game.types, self._strictly(alpha), strict=True)
            for h, subtype in enumerate(kind.subtypes)
            for user in subtype.users
        )

    def interval(self, profile: Profile) -> tuple[Share, Share]:
        """The shares at which a profile of this state is an equilibrium."""
        low, high = self.cells(profile)
        ranks = np.array([high // 2, max(low // 2, int(self.ends.one[0]))])
        rows = np.zeros(2, dtype=np.int64)
        shares, _ = self.ends.alphas(rows, self.ends.codes(rows, ranks))
        return shares[0], shares[1]

    def cells(self, profile: Profile) -> tuple[int, int]:
        """The cells at which a profile of this state is an equilibrium, from and to."""
        used = [
            (number, h, profile[user])
            for number, kind in enumerate(self.game.types)
            for h, subtype in enumerate(kind.subtypes)
            for user in subtype.users
        ]
        low = max(int(self.kinds[number].least[0, h, level]) for number, h, level in used)
        return 2 * low, 2 * min(int(self.kinds[number].most[0, h, level]) for number, h, level in used)

    def _at_one(self, strict: bool) -> list[Array]:
        one = self.ends.one[0]
        kinds = [kind.strict(has_alpha=False) if strict else kind for kind in self.kinds]
        return [(kind.least[0] <= one) & (kind.most[0] >= one) for kind in kinds]

    def _strictly(self, alpha: Share) -> list[Array]:
        """At α = 0 only a level that is cheaper than any other will do."""
        if alpha == 1:
            return self._at_one(strict=True)
        found = []
        for kind, own in zip(self.game.types, self.kinds, strict=True):
            stands = np.zeros(own.least[0].shape, dtype=bool)
            for h, subtype in enumerate(kind.subtypes):
                costs = [subtype.costs[level] for level in subtype.choices]
                if costs.count(min(costs)) == 1:
                    stands[h, subtype.choices[costs.index(min(costs))]] = True
            found.append(stands)
        return found

    def _first(self, stands: Sequence[Array]) -> Profile | None:
        """The lexicographically first profile with every user at a level where ``stands[h, level]``."""
        profile = [0] * len(self.game.users)
        for kind, own, allowed in zip(self.game.types, self.kinds, stands, strict=True):
            mask_of = {
                user: sum(1 << level for level in np.flatnonzero(row).tolist())
                for subtype, row in zip(kind.subtypes, allowed, strict=True)
                for user in subtype.users
            }
            levels = first_assignment([mask_of[user] for user in kind.users], own.counts[0].tolist())
            if levels is None:
                return None
            for user, level in zip(kind.users, levels, strict=True):
                profile[user] = level
        return tuple(profile)

