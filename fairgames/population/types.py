"""Who is alike: types of users that share U and P, and within them sub-types that share costs and choices."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from fairgames.users import Users
from fairgames.utilities.base import Utility
from fairgames.utilities.counts import numbered


@dataclass(frozen=True)
class SubType:
    """Users of one type who bear the same costs and may choose the same levels.

    Attributes
    ----------
    users : their numbers, ascending
    costs : c at each of the L levels
    choices : the level indices that they may choose, ascending
    """

    users: tuple[int, ...]
    costs: tuple[Fraction, ...]
    choices: tuple[int, ...]

    @property
    def size(self) -> int:
        return len(self.users)


@dataclass(frozen=True)
class UserType:
    """Users who are exchangeable in U, whatever their costs: "same U, different stability" (Appendix D)."""

    subtypes: tuple[SubType, ...]

    @property
    def size(self) -> int:
        return sum(subtype.size for subtype in self.subtypes)

    @property
    def users(self) -> tuple[int, ...]:
        """All users of the type, ascending."""
        return tuple(sorted(user for subtype in self.subtypes for user in subtype.users))

    @property
    def choices(self) -> tuple[int, ...]:
        """The level indices that some user of the type may choose, ascending."""
        return tuple(sorted({level for subtype in self.subtypes for level in subtype.choices}))


def user_types(utility: Utility, users: Users) -> tuple[UserType, ...]:
    """The types of the utility with their sub-types, each in order of first appearance."""
    n_levels = len(utility.levels)
    rows = [(users.costs(user, n_levels), users.choices(user, n_levels)) for user in range(len(users))]
    members: dict[tuple[int, int], list[int]] = {}
    for user, key in enumerate(zip(utility.types, numbered(rows), strict=True)):
        members.setdefault(key, []).append(user)
    subtypes: list[list[SubType]] = [[] for _ in utility.type_sizes]
    for (number, _), found in members.items():
        subtypes[number].append(SubType(tuple(found), *rows[found[0]]))
    return tuple(UserType(tuple(row)) for row in subtypes)
