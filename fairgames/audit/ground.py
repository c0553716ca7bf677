"""The game in which payments are audited: U at every profile, with level 0 for everybody, chosen or not."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from fairgames import memory
from fairgames.certain import Judge, Rational
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.private.game import PlanGame
from fairgames.tensor import Tensor
from fairgames.text import how_many
from fairgames.typing import Array, Profile

#: Games of more profiles are searched, not looked through; and of more users, whose coalitions are too many.
MOST_PROFILES, MOST_USERS = 70_000, 16


#: Values of a U that are kept.
_MOST_KEPT = 200_000


def remembered(worth: Callable[[Sequence[int]], Any]) -> Callable[[Sequence[int]], Any]:
    """A utility that is asked for each profile once."""
    known: dict[tuple[int, ...], Any] = {}

    def again(profile: Sequence[int]) -> Any:
        key = tuple(profile)
        if key not in known:
            if len(known) >= _MOST_KEPT:
                known.clear()
            known[key] = worth(key)
        return known[key]

    return again


@dataclass(frozen=True, eq=False)
class Ground:
    """One game, with what all checks ask of its U.

    Attributes
    ----------
    game : whose users, levels and U; its rule is not looked at
    judge : decides comparisons that floats cannot, and remembers those that nothing could
    plans : the game of plans where users' costs are private, of which ``game`` is the base; else None
    """

    game: PaymentGame
    judge: Judge
    plans: PlanGame | None = None

    @property
    def n_users(self) -> int:
        return len(self.game.users)

    @property
    def names(self) -> tuple[str, ...]:
        return self.game.users.names

    @cached_property
    def axes(self) -> list[list[int]]:
        """For each user the level indices along its axis: 0, which ρ_S needs, and those that it may choose."""
        return [sorted({0, *levels}) for levels in self.game.strategies]

    @cached_property
    def listed(self) -> bool:
        """Whether the profiles are few enough to look at all of them."""
        if self.n_users > MOST_USERS:
            return False
        return math.prod(len(axis) for axis in self.axes) <= MOST_PROFILES

    @cached_property
    def worths(self) -> Tensor:
        """U at every profile of :attr:`axes`."""
        size = math.prod(len(axis) for axis in self.axes)
        memory.require(600 * size, f"An audit of {how_many(size)} profiles", memory.FEWER_PROFILES)
        if self.exact:
            found = self.game.utility.exact_on_grid(self.axes)
            return Tensor(found.numerators, found.denominator, 0)
        return Tensor(self.game.utility.on_grid(self.axes), 1, self.game.utility.rounding)

    @property
    def exact(self) -> bool:
        """Whether U is rational here."""
        return self.game.exact

    @cached_property
    def error(self) -> float:
        """Bound on the error of every U; 0 where exact."""
        return 0 if self.exact else self.game.utility.rounding

    @cached_property
    def largest(self) -> float:
        """The largest |U| of the users' choices."""
        return float(np.abs(self.chosen.astype(float)).max(initial=0.0))

    @cached_property
    def mine(self) -> tuple[slice, ...]:
        """The users' choices among :attr:`axes`."""
        return tuple(slice(levels[0] > 0, None) for levels in self.game.strategies)

    @cached_property
    def chosen(self) -> Array:
        """U at every profile of the users' choices, as numbers."""
        return self.worths.numbers(self.mine)

    def profile(self, place: Sequence[int]) -> Profile:
        """Level indices at a place of the users' choices."""
        return tuple(levels[index] for levels, index in zip(self.game.strategies, place, strict=True))

    def profile_at(self, flat: int) -> Profile:
        """The same, from the place in one row of all profiles of the users' choices."""
        return self.profile([int(index) for index in np.unravel_index(flat, self.game.shape)])

    @cached_property
    def worth(self) -> Callable[[Sequence[int]], Any]:
        """U at a profile of level indices, rational where the game is exact; each is looked up once."""
        return remembered(self._worth)

    def _worth(self, profile: Sequence[int]) -> Any:
        if len(profile) != self.n_users:
            raise InputError(f"utility: got {len(profile)} level indices, expected {self.n_users}, one a user")
        if not self.listed or any(level not in axis for axis, level in zip(self.axes, profile, strict=True)):
            utility = self.game.utility  # which says whether there is such a level
            return utility.exact_at(profile) if self.exact else utility.at(profile)
        value = self.worths.values[tuple(axis.index(level) for axis, level in zip(self.axes, profile, strict=True))]
        return Fraction(value, self.worths.unit) if self.worths.exact else float(value)

    def levels(self, profile: Sequence[int]) -> tuple[str, ...]:
        """The names of levels."""
        names = self.game.utility.level_names
        return tuple(names[level] for level in profile)

    def same_worth(self, one: Profile, other: Profile) -> bool | None:
        """Whether U is the same at both, for certain; None where floats are all that is known and they cannot tell."""
        if one == other:
            return True
        if self.exact:
            return bool(self.worth(one) == self.worth(other))
        if self._alike_in_form(one, other):
            return True
        first, second = self.game.utility.exactly(one), self.game.utility.exactly(other)
        if first is None or second is None:
            return None
        return self.judge.compare(first, second) == 0

    def worth_is_zero(self, profile: Profile) -> bool | None:
        """Whether U is 0 there, for certain; None as in :meth:`same_worth`."""
        if not any(profile):
            return True
        if self.exact:
            return bool(self.worth(profile) == 0)
        found = self.game.utility.exactly(profile)
        return None if found is None else self.judge.compare(found, Rational(0)) == 0

    def _alike_in_form(self, one: Profile, other: Profile) -> bool:
        """Whether users of each type are on the same levels, wherever they stand."""
        types = self.game.utility.types
        return sorted(zip(types, one, strict=True)) == sorted(zip(types, other, strict=True))
