"""Types of users who are exchangeable in U and P; within each, cost classes of equal costs and choices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.typing import IntArray
from fairgames.users import Users
from fairgames.utilities.base import Utility


@dataclass(frozen=True, slots=True)
class CostClass:
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


@dataclass(frozen=True, slots=True)
class UserType:
    """Users who are exchangeable in U, whatever their costs: "same U, different stability" (Appendix D)."""

    cost_classes: tuple[CostClass, ...]

    @property
    def size(self) -> int:
        return sum(cost_class.size for cost_class in self.cost_classes)

    @property
    def users(self) -> tuple[int, ...]:
        """All users of the type, ascending."""
        return tuple(sorted(user for cost_class in self.cost_classes for user in cost_class.users))

    @property
    def choices(self) -> tuple[int, ...]:
        """The level indices that some user of the type may choose, ascending."""
        return tuple(sorted({level for cost_class in self.cost_classes for level in cost_class.choices}))


def user_types(utility: Utility, users: Users) -> tuple[UserType, ...]:
    """The types of the utility with their cost classes, each in order of first appearance."""
    n_levels, kinds, types = len(utility.levels), users.kinds, np.array(utility.types)
    type_of, kind_of = types.tolist(), kinds.of_user.tolist()
    rows = [(users.costs(user, n_levels), users.choices(user, n_levels)) for user in kinds.first]
    cost_classes: list[list[CostClass]] = [[] for _ in range(max(type_of) + 1)]
    for found in _alike(types * len(rows) + kinds.of_user):
        cost_classes[type_of[found[0]]].append(CostClass(found, *rows[kind_of[found[0]]]))
    return tuple(UserType(tuple(row)) for row in cost_classes)


def _alike(labels: IntArray) -> list[tuple[int, ...]]:
    """The users of each label, ascending; the labels in order of first appearance."""
    _, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    by_label, ends = np.argsort(labels, kind="stable").tolist(), np.cumsum(sizes)
    places = [part[np.argsort(first)].tolist() for part in (ends - sizes, ends)]
    return [tuple(by_label[begin:end]) for begin, end in zip(*places, strict=True)]


def n_states(types: Sequence[UserType]) -> int:
    """The number of states of the lattice of these types, without building it."""
    return math.prod(math.comb(kind.size + len({0, *kind.choices}) - 1, kind.size) for kind in types)
