"""Profiles of a state that are equilibria at some share, in lexicographic order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from fairgames.certain import Reals
from fairgames.counts.assignment import Demand, OneOf, assignments
from fairgames.equilibria.types.bounds import BetaBounds
from fairgames.equilibria.types.ends import Bounds, OrderedEnds, end_share
from fairgames.equilibria.types.game import PopulationGame
from fairgames.typing import Array, BoolArray, Profile, Scalar

#: Assignments of a state that are looked through for those whose interval begins at a given end, and their levels.
_LOOKS = 20_000
_LEVELS = 20_000_000


@dataclass(frozen=True, eq=False)
class Assignments:
    """The levels that the users of one state may take at an equilibrium, share by share.

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
    def of(cls, game: PopulationGame, conditions: BetaBounds, state: int) -> Assignments:
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
        return self._first(self._standing_at(cell, strict=False))

    def beside(self, cell: int, above: bool) -> Profile | None:
        """The first profile that is one right above a share, in α, or right below."""
        return self.at(self._neighbour(cell, above))

    def stable(self, cell: int, above: bool) -> Profile | None:
        """The first profile whose interval begins or ends at a share, inside which every deviation loses."""
        return self._first(self._standing_at(self._neighbour(cell, above), strict=True))

    @staticmethod
    def _neighbour(cell: int, above: bool) -> int:
        """The gap beside a cell; a gap is its own."""
        return cell if cell % 2 else cell - 1 if above else cell + 1

    def is_strict(self, profile: Profile, alpha: Scalar) -> bool:
        """Whether every deviation from a profile of this state loses at the share 0 or 1."""
        return all(
            stands[h, profile[user]]
            for kind, stands in zip(self.game.types, self._strictly(alpha), strict=True)
            for h, cost_class in enumerate(kind.cost_classes)
            for user in cost_class.users
        )

    def interval(self, profile: Profile) -> tuple[Scalar, Scalar]:
        """The shares at which a profile of this state is an equilibrium."""
        low, high = self.cells(profile)
        ranks = np.array([high // 2, low // 2])
        rows = np.zeros(2, dtype=np.int64)
        shares, _ = self.ends.alphas(rows, self.ends.codes(rows, ranks))
        return shares[0], shares[1]

    def cells(self, profile: Profile) -> tuple[int, int]:
        """The cells at which a profile of this state is an equilibrium, from and to."""
        used = [
            (number, h, level)
            for number, kind in enumerate(self.game.types)
            for h, cost_class in enumerate(kind.cost_classes)
            for level in {profile[user] for user in cost_class.users}
        ]
        low = max(int(self.kinds[number].least[0, h, level]) for number, h, level in used)
        return 2 * max(low, int(self.ends.one[0])), 2 * min(
            int(self.kinds[number].most[0, h, level]) for number, h, level in used
        )

    def _at_one(self, strict: bool) -> list[Array]:
        one = self.ends.one[0]
        kinds = [kind.strict(has_alpha=False) if strict else kind for kind in self.kinds]
        return [(kind.least[0] <= one) & (kind.most[0] >= one) for kind in kinds]

    def _strictly(self, alpha: Scalar) -> list[Array]:
        """At α = 0 only a level that is cheaper than any other will do."""
        if alpha == 1:
            return self._at_one(strict=True)
        found = []
        for kind, own in zip(self.game.types, self.kinds, strict=True):
            stands = np.zeros(own.least[0].shape, dtype=bool)
            for h, cost_class in enumerate(kind.cost_classes):
                costs = [cost_class.costs[level] for level in cost_class.choices]
                if costs.count(min(costs)) == 1:
                    stands[h, cost_class.choices[costs.index(min(costs))]] = True
            found.append(stands)
        return found

    def starting(self, cell: int, above: bool, strict: bool) -> Iterator[Profile]:
        """The profiles whose interval begins at an end, or with ``above`` false ends there, in lexicographic order.

        ``strict``: those by which every deviation loses inside. After so many profiles of the state that
        are equilibria there, but from further on, no more are looked at.
        """
        place = self._neighbour(cell, above) if strict else cell
        stands = self._standing_at(place, strict)
        first = self._first_starting(stands, cell, above)
        if first is None:
            return
        yield first
        looks = min(_LOOKS, 1 + _LEVELS // len(first))
        for profile in islice(self.every(stands), looks):
            if profile > first and self.cells(profile)[1 if above else 0] == cell:
                yield profile

    def at_one(self, strict: bool) -> Iterator[Profile]:
        """The equilibria at α = 1, in lexicographic order; ``strict``: where every deviation loses."""
        return self.every(self._at_one(strict))

    def _standing_at(self, cell: int, strict: bool) -> list[BoolArray]:
        return [
            (2 * kind.least[0] <= cell) & (2 * kind.most[0] >= cell) & ~(strict & kind.tied[0]) for kind in self.kinds
        ]

    def _first_starting(self, stands: Sequence[BoolArray], cell: int, above: bool) -> Profile | None:
        """The first of them: somebody stands where that is possible no further on."""
        plain = self._first(stands)
        if plain is None:
            return None
        if self.cells(plain)[1 if above else 0] == cell:
            return plain
        found: list[Profile] = []
        for number, (kind, own) in enumerate(zip(self.game.types, self.kinds, strict=True)):
            ends = own.most[0] if above else np.maximum(own.least[0], self.ends.one[0])
            tight = stands[number] & (2 * ends == cell)
            for h in np.flatnonzero(tight.any(axis=1)).tolist():
                somebody = OneOf(frozenset(kind.cost_classes[h].users), _mask(tight[h]))
                found += islice(assignments(self._groups(stands), somebody), 1)
        return min(found, default=None)

    def every(self, stands: Sequence[BoolArray]) -> Iterator[Profile]:
        """The profiles with every user at a level where ``stands[h, level]``, in lexicographic order."""
        return assignments(self._groups(stands))

    def _groups(self, stands: Sequence[BoolArray]) -> list[Demand]:
        """Who may stand where, by types."""
        groups = []
        for kind, own, allowed in zip(self.game.types, self.kinds, stands, strict=True):
            masks = [_mask(row) for row in allowed]
            mask_of = {
                user: mask
                for cost_class, mask in zip(kind.cost_classes, masks, strict=True)
                for user in cost_class.users
            }
            groups.append(Demand(kind.users, [mask_of[user] for user in kind.users], own.counts[0].tolist()))
        return groups

    def _first(self, stands: Sequence[BoolArray]) -> Profile | None:
        """The lexicographically first profile with every user at a level where ``stands[h, level]``."""
        return next(self.every(stands), None)


def _mask(levels: BoolArray) -> int:
    return sum(1 << level for level in np.flatnonzero(levels).tolist())
