"""Profiles that must have the same U: users of one type exchange levels (Appendix D, Algorithm 1)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TypeAlias

import numpy as np

from fairgames import memory
from fairgames.certain import Real
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.progress import listening
from fairgames.typing import Array, Profile
from fairgames.valuation.enclosed import Counts as EnclosedCounts
from fairgames.valuation.enclosed import EnclosedValues
from fairgames.valuation.request import payments

#: How many users are on each level, shape (L,).
Counts: TypeAlias = tuple[int, ...]

#: One entry a type: all profiles with these counts are one partition.
Partition: TypeAlias = tuple[Counts, ...]

#: A set of shares of a grid: bit k stands for k/steps.
Shares: TypeAlias = int

_WAY_OUT = "Use method 'exact', which needs no sums over coalitions, or keep fewer users (`fairgames fit --top 10`)."


@dataclass(frozen=True, eq=False)
class Value:
    """U and φ at one partition of the users.

    Attributes
    ----------
    utility : U of each of its profiles
    phi : φ of a user of a type who is on a level, shape (types, L); 0 where nobody is
    error : bound on the error of each φ; 0 where exact
    """

    utility: float | Fraction
    phi: Array
    error: float


class Partitions:
    """The partitions of a game, and the Shapley values at one representative profile of each.

    A value is the sum over all coalitions of the users who share. It is computed when it is
    first asked for, and kept: a user who moves alone brings everybody to another partition.

    Attributes
    ----------
    type_of : the number of each user's type
    members : the users of each type, ascending

    Raises
    ------
    TooLargeError
        Before allocating, if the coalitions of all users or the values of all partitions do
        not fit in memory.
    """

    def __init__(self, game: PaymentGame) -> None:
        n, exact = len(game.users), game.exact
        memory.require(
            32 * 2**n * (10 if exact else 1), f"Algorithm 1 with all 2^{n} coalitions of {n} users", _WAY_OUT
        )
        self.type_of = game.utility.types
        self.members = tuple(
            tuple(user for user, own in enumerate(self.type_of) if own == of) for of in range(max(self.type_of) + 1)
        )
        self._game = game
        self._n_levels = len(game.utility.levels)
        self._counts = [self._reached(game.strategies[user] for user in users) for users in self.members]
        self._values: dict[Partition, Value] = {}
        self._enclosed = EnclosedValues(game.utility, game.rule)
        entry = 700 + len(self.members) * self._n_levels * (160 if exact else 8)
        memory.require(entry * len(self), f"Algorithm 1 with {len(self):,} partitions", _WAY_OUT)

    def __len__(self) -> int:
        return math.prod(len(counts) for counts in self._counts)

    def __iter__(self) -> Iterator[Partition]:
        """Every partition that holds a profile of allowed levels."""
        return iter(product(*self._counts))

    def value(self, partition: Partition) -> Value:
        """U and φ, computed once."""
        if partition not in self._values:
            self._values[partition] = self._shapley(partition)
        return self._values[partition]

    def drop(self, partition: Partition, of: int, level: int, other: int) -> tuple[float | Fraction, float]:
        """How much φ falls for a user of type ``of`` who moves from ``level`` to ``other``; a bound on its error."""
        here, there = self.value(partition), self.value(_moved(partition, of, level, other))
        return here.phi[of, level] - there.phi[of, other], here.error + there.error

    def exact_drop(self, partition: Partition, of: int, level: int, other: int) -> Real | None:
        """The same drop, for certain; None where floats are all that is known of U."""
        return self._enclosed.gain_on_counts(_counted(partition), of, level, other)

    def exact_utility(self, partition: Partition) -> Real | None:
        """U of a partition, for certain; None likewise."""
        return self._enclosed.utility_on_counts(_counted(partition))

    def _shapley(self, partition: Partition) -> Value:
        profile = [0] * len(self._game.users)
        place: dict[tuple[int, int], int] = {}
        for of, (users, counts) in enumerate(zip(self.members, partition, strict=True)):
            levels = (level for level, number in enumerate(counts) for _ in range(number))
            for user, level in zip(users, levels, strict=True):
                profile[user] = level
                place[of, level] = user
        with listening(_nobody):  # one bar for all partitions, not one a partition
            found = payments(self._game.utility, profile, exact=self._game.exact)
        shape = (len(self.members), self._n_levels)
        phi = object_array([Fraction(0)] * math.prod(shape)).reshape(shape) if found.exact else np.zeros(shape)
        for where, user in place.items():
            phi[where] = found.payments[user]
        return Value(found.utility, phi, found.error_bound)

    def _reached(self, choices: Iterable[Sequence[int]]) -> list[Counts]:
        """All counts to which users with these allowed levels can add up."""
        found: set[Counts] = {(0,) * self._n_levels}
        for levels in choices:
            found = {_changed(counts, {level: 1}) for counts in found for level in levels}
        return sorted(found)


def tree_search(
    users: Sequence[int], counts: Counts, stays: Callable[[int, int], Shares], shares: Shares
) -> list[tuple[Profile, Shares]]:
    """Ways to put ``counts`` of ``users`` on the levels so that nobody gains by leaving, for any of ``shares``.

    Users are put on a level one after another, the lowest level first; a branch ends as soon as
    no share is left at which nobody so far would gain and nothing has been found yet.

    Parameters
    ----------
    stays : the shares at which a user on a level gains by no move, given that the others have
        the other levels of the partition

    Returns
    -------
    For each share that has one the lexicographically first such profile of ``users``, in
    lexicographic order, with all of ``shares`` at which it is one.
    """
    found: list[tuple[Profile, Shares]] = []
    served = 0

    def put(levels: Profile, left: Counts, alive: Shares) -> None:
        nonlocal served
        if not alive & ~served:
            return
        if len(levels) == len(users):
            found.append((levels, alive))
            served |= alive
            return
        for level, number in enumerate(left):
            if number:
                put((*levels, level), _changed(left, {level: -1}), alive & stays(users[len(levels)], level))

    put((), counts, shares)
    return found


def _counted(partition: Partition) -> EnclosedCounts:
    return tuple(
        ((kind, level), number) for kind, counts in enumerate(partition) for level, number in enumerate(counts)
        if level and number
    )  # fmt: skip


def _moved(partition: Partition, of: int, level: int, other: int) -> Partition:
    """The partition after one user of type ``of`` has gone from ``level`` to ``other``."""
    return (*partition[:of], _changed(partition[of], {level: -1, other: 1}), *partition[of + 1 :])


def _changed(counts: Counts, change: dict[int, int]) -> Counts:
    return tuple(number + change.get(level, 0) for level, number in enumerate(counts))


def _nobody(what: str, done: int, total: int) -> None:
    """Listens to progress and shows none."""
