"""Groups of users that act together: each is one player in U, in φ and in the game (Section 5.2)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import ClassVar, TypeVar

import numpy as np

from fairgames.certain import Real
from fairgames.errors import InputError
from fairgames.exact import Rationals, object_array
from fairgames.progress import track
from fairgames.typing import Axes, FloatArray, IntArray
from fairgames.users import Users
from fairgames.utilities.base import Utility

T = TypeVar("T")

Groups = Sequence[Sequence[int]]

#: Profiles of users that are evaluated at a time, most of them with members of a group on different levels.
_TOGETHER = 20_000


class UserGroups(Utility):
    """U with one player a group: all members of a group are on the same level.

    Parameters
    ----------
    utility : of the single users
    groups : the users of each group by their numbers from 0; every user in exactly one

    Raises
    ------
    InputError
        Naming every fault at once, if the groups are no partition of the users.

    Notes
    -----
    A bloc is paid its own Shapley value in the game of blocs. To pay it the sum of its members'
    separate values is another rule: those make, in general, no potential game.

    >>> from fairgames.utilities import LinearLaplace
    >>> blocs = UserGroups(LinearLaplace(3, [0, "inf"]), [[0, 1], [2]])
    >>> [[str(value) for value in row] for row in blocs.exact_on_grid().fractions()]
    [['0', '5/9'], ['5/6', '1']]
    """

    kind: ClassVar[str] = "blocs"
    _vouched = True

    def __init__(self, utility: Utility, groups: Groups) -> None:
        self.groups = _partition(groups, utility.n_users)
        super().__init__(len(self.groups), utility.levels)
        self._level_names = utility._level_names
        self.utility = utility

    @property
    def rounding(self) -> float:
        return self.utility.rounding

    @property
    def rational(self) -> bool:
        return self.utility.rational

    @property
    def types(self) -> tuple[int, ...]:
        """Groups whose members are alike, one by one, are alike."""
        members = self.utility.types
        makeup = [tuple(sorted(members[user] for user in group)) for group in self.groups]
        numbers = {one: number for number, one in enumerate(dict.fromkeys(makeup))}
        return tuple(numbers[one] for one in makeup)

    @property
    def bound(self) -> float | None:
        return self.utility.bound

    @property
    def monotone(self) -> bool:
        return self.utility.monotone

    @property
    def floats_only(self) -> bool:
        return self.utility.floats_only

    def exactly(self, profile: Sequence[int]) -> Real | None:
        return self.utility.exactly(self._of_users(profile))

    def _block(self, axes: Axes) -> FloatArray:
        found = [self.utility.values(members)[places] for members, places in self._parts(axes)]
        return np.concatenate(found).reshape(_dimensions(axes))

    def _exact_block(self, axes: Axes) -> Rationals:
        found = [self.utility.exact_values(members).fractions()[places] for members, places in self._parts(axes)]
        return Rationals.of(object_array(np.concatenate(found)).reshape(_dimensions(axes)))

    def _parts(self, axes: Axes) -> Iterator[tuple[Axes, IntArray]]:
        """Grids of the users, and the places in each where all members of a group are on the same level.

        The first groups stand still in each grid; the last ones range over it, as many as keep it small.
        """
        split, size = len(axes), 1
        while split and (size := size * len(axes[split - 1]) ** len(self.groups[split - 1])) <= _TOGETHER:
            split -= 1
        still = axes[:split]
        places = self._places([*((level[0],) for level in still), *axes[split:]])
        for levels in track(product(*still), "utilities of groups", math.prod(map(len, still))):
            yield self._of_users([*((level,) for level in levels), *axes[split:]]), places

    def _places(self, axes: Axes) -> IntArray:
        """Of every profile of the groups its place in the row of all profiles of the users, the last one fastest."""
        lengths = [len(axis) for axis in self._of_users(axes)]
        steps = [math.prod(lengths[user + 1 :]) for user in range(len(lengths))]
        places = np.zeros(1, dtype=np.int64)
        for group, axis in zip(self.groups, axes, strict=True):
            own = np.arange(len(axis)) * sum(steps[user] for user in group)
            places = (places[:, None] + own).reshape(-1)
        return places

    def _of_users(self, of_groups: Sequence[T]) -> list[T]:
        """What each user has whose group has it."""
        found = {user: own for own, group in zip(of_groups, self.groups, strict=True) for user in group}
        return [found[user] for user in range(self.utility.n_users)]


def bloc_users(users: Users, groups: Groups, names: Sequence[str] | None = None) -> Users:
    """The groups as users of the game: sensitivities are added up, and a group chooses among what all its members may.

    Parameters
    ----------
    names : of the groups; default: their members' names

    Raises
    ------
    InputError
        If the groups are no partition, some have no level in common, or the lowest one that
        all members of a group may choose costs something.

    >>> found = bloc_users(Users(sensitivity=[[0, .1], [0, .2], [0, .3]]), [[0, 2], [1]])
    >>> found.names, [str(row[1]) for row in found.sensitivity]
    (('user-1+user-3', 'user-2'), ['2/5', '1/5'])
    """
    parts = _partition(groups, len(users))
    if names is not None and len(names) != len(parts):
        raise InputError(f"names: expected one for each of {len(parts)} groups, got {len(names)}")
    found = tuple(names) if names is not None else tuple(_name(users, group) for group in parts)
    allowed = [None if users.allowed is None else _common(users.allowed, group) for group in parts]
    costs = None if users.sensitivity is None else [_sum(users.sensitivity, group, users) for group in parts]
    faults = []
    for number, name in enumerate(found):
        if allowed[number] == []:
            faults.append(f"group {name}: its members have no allowed level in common")
        elif costs is not None and (sunk := _at_lowest(costs[number], allowed[number])):
            faults.append(
                f"group {name}: the lowest level that all its members may choose costs them {sunk}; "
                "expected sensitivities that are 0 there"
            )
    if faults:
        raise InputError(faults)
    return Users(sensitivity=costs, allowed=None if users.allowed is None else allowed, names=found)


def _partition(groups: Groups, n_users: int) -> tuple[tuple[int, ...], ...]:
    """The groups as tuples.

    Raises
    ------
    InputError
        Naming every user that is in no group, in several, or unknown.
    """
    parts = [tuple(group) for group in groups]
    times = Counter(user for group in parts for user in group)
    faults = [f"groups: group {number} is empty" for number, group in enumerate(parts, start=1) if not group]
    unknown = [user for user in times if not isinstance(user, int | np.integer) or not 0 <= user < n_users]
    if unknown:
        faults.append(f"groups: expected the numbers 0 … {n_users - 1} of the users, got {unknown}")
    if repeated := sorted(user for user, often in times.items() if often > 1 and user not in unknown):
        faults.append(f"groups: users {repeated} are in more than one group, or twice in one")
    if missing := sorted(set(range(n_users)) - set(times)):
        faults.append(f"groups: users {missing} are in no group; put each into one, alone if need be")
    if faults:
        raise InputError(faults)
    return tuple(tuple(int(user) for user in group) for group in parts)


def _dimensions(axes: Axes) -> tuple[int, ...]:
    return tuple(len(axis) for axis in axes if len(axis) > 1)


def _name(users: Users, group: Sequence[int]) -> str:
    if len(group) > 3:
        return f"{users.names[group[0]]} and {len(group) - 1} others"
    return "+".join(users.names[user] for user in group)


def _common(allowed: Sequence[Sequence[int]], group: Sequence[int]) -> list[int] | None:
    """The levels that all members may choose; None where all may choose all."""
    limited = [set(allowed[user]) for user in group if allowed[user]]
    return sorted(set.intersection(*limited)) if limited else None


def _at_lowest(costs: Sequence[Fraction], allowed: Sequence[int] | None) -> Fraction:
    """What the lowest allowed level costs; 0 where no cost is given for it, which the game reports."""
    lowest = allowed[0] if allowed else 0
    return costs[lowest] if lowest < len(costs) else Fraction(0)


def _sum(costs: Sequence[Sequence[Fraction]], group: Sequence[int], users: Users) -> list[Fraction]:
    lengths = {len(costs[user]) for user in group}
    if len(lengths) > 1:
        raise InputError(f"group {_name(users, group)}: sensitivities of different lengths, {sorted(lengths)}")
    return [sum(column, start=Fraction(0)) for column in zip(*(costs[user] for user in group), strict=True)]
