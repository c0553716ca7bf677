"""From a state back to a profile: the lexicographically first one that is an equilibrium at some share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.population.assignment import first_assignment
from fairgames.population.conditions import Bounds, Conditions, Units, bounds, true
from fairgames.population.game import PopulationGame
from fairgames.typing import Array, Profile

Share = float | Fraction


@dataclass(frozen=True, eq=False)
class Standing:
    """Where the users of one state may stand, share by share.

    Attributes
    ----------
    kinds : for each type its bounds on β, of this one state
    lower, upper : for each type the same bounds as shares, shape (H, L); above 1 where no share is enough
    """

    game: PopulationGame
    units: Units
    kinds: tuple[Bounds, ...]
    lower: tuple[Array, ...]
    upper: tuple[Array, ...]

    @classmethod
    def of(cls, game: PopulationGame, conditions: Conditions, state: int) -> Standing:
        units = conditions.units
        kinds = tuple(bounds(game, conditions, np.array([state]), number) for number in range(len(game.types)))
        lower = tuple(_enough(kind.most[0], units) for kind in kinds)
        return cls(game, units, kinds, lower, tuple(units.alpha(kind.least[0]) for kind in kinds))

    def at(self, alpha: Share) -> Profile | None:
        """The first profile that is an equilibrium at one share, up to rounding."""
        room = self._room(alpha)
        return self._first([true(low <= alpha + room) & true(high >= alpha - room) for low, high in self._pairs()])

    def beside(self, alpha: Share, other: Share) -> Profile | None:
        """The first profile that is one right above ``alpha``, or right below, on the side of ``other``.

        That is, inside the first of the gaps between this state's ends.
        """
        room = self._room(alpha)
        nearest, furthest = sorted((alpha, other))
        inside = [end for pair in self._pairs() for ends in pair for end in ends.flat if nearest < end < furthest]
        next_end = min(
            (end for end in inside if abs(end - alpha) > room), key=lambda end: abs(end - alpha), default=other
        )
        return self.at((alpha + next_end) / 2)

    def stable(self, alpha: Share, above: bool) -> Profile | None:
        """The first profile with an interval that begins at α, or ends there, inside which every deviation loses."""
        room = self._room(alpha) / 2
        stands = []
        for (low, high), kind in zip(self._pairs(), self.kinds, strict=True):
            if above:
                there = true(low <= alpha + room) & true(high > alpha + room / 2)
            else:
                there = true(high >= alpha - room) & true(low < alpha - room / 2)
            stands.append(there & ~kind.tied[0])
        return self._first(stands)

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
        """The shares at which a profile of this state is an equilibrium, up to rounding."""
        used = [
            (number, h, profile[user])
            for number, kind in enumerate(self.game.types)
            for h, subtype in enumerate(kind.subtypes)
            for user in subtype.users
        ]
        lower = max(self.lower[number][h, level] for number, h, level in used)
        return lower, max(lower, min(self.upper[number][h, level] for number, h, level in used))

    def _pairs(self) -> zip[tuple[Array, Array]]:
        return zip(self.lower, self.upper, strict=True)

    def _room(self, alpha: Share) -> Share:
        """Twice the rounding error of an end of an interval."""
        return Fraction(0) if self.units.exact else 2 * self.units.slack * alpha * alpha

    def _at_one(self, strict: bool) -> list[Array]:
        found = []
        for kind in self.kinds:
            own = kind.rounded(self.units, has_alpha=False, stable=strict)
            found.append(true(own.least[0] <= self.units.one) & true(own.most[0] >= self.units.one))
        return found

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


def _enough(most: Array, units: Units) -> Array:
    """The least share that is enough, and 2 where that were more than 1, up to rounding."""
    return np.where(true(most + units.slack >= units.one), units.alpha(most), 2)
