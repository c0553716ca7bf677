"""Plans that are the same for users alike, on the lattice of counts: for hundreds of users of a few kinds.

Users of one kind are alike in U, in their cost rows, and in their choices. If all of them have the same plan, each is
on level y with the chance q(y) that the plan gives it, and how many are on each level is multinomial. So with one user
of the kind on level x,

    E[P(x, ρ_−i)] = Σ_j P(j + e_x)·Pr(j),

j over the counts of the others, and each incentive condition α·(E[P(x, ·)] − E[P(y, ·)]) ≥ c(x) − c(y) is one of a
single agent, as it is where users are listed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from fairgames.counts.lattice import count_vectors, rank
from fairgames.equilibria.types.game import PopulationGame
from fairgames.equilibria.types.multinomial import together
from fairgames.errors import TooLargeError
from fairgames.exact import object_array
from fairgames.private.agents import Agents, Plan
from fairgames.private.game import PlanGame
from fairgames.tensor import Tensor
from fairgames.text import how_many
from fairgames.typing import Array, IntArray, MixedProfile

_EPSILON = float(np.finfo(float).eps)
#: Plans of all kinds together that are gone through.
MOST_PLANS = 200_000

#: For each kind the level index of each cost row.
KindPlans = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Kind:
    """Users alike.

    Attributes
    ----------
    users : their numbers, ascending
    number : of their type of U
    rows : the chance and the costs of each cost row
    choices : the level indices that they may choose, ascending
    """

    users: tuple[int, ...]
    number: int
    rows: tuple[tuple[Fraction, tuple[Fraction, ...]], ...]
    choices: tuple[int, ...]

    def plans(self) -> Iterator[tuple[int, ...]]:
        """All plans, lexicographic."""
        return product(self.choices, repeat=len(self.rows))

    def chances(self, plan: Sequence[int]) -> dict[int, Fraction]:
        """The chance of each level under a plan."""
        found: dict[int, Fraction] = {}
        for (chance, _), level in zip(self.rows, plan, strict=True):
            found[level] = found.get(level, Fraction(0)) + chance
        return found


@dataclass(frozen=True, eq=False)
class Expected:
    """Numbers of one plan of all kinds, floats or ``Fraction`` objects.

    Attributes
    ----------
    utility : E[U]
    potential : E[P]
    at_levels : for each kind E[P] with one of its users on each of its choices
    utility_error, error : bounds on the errors of ``utility``, and of ``potential`` and ``at_levels``; 0 where exact
    """

    utility: Any
    potential: Any
    at_levels: tuple[tuple[Any, ...], ...]
    utility_error: float
    error: float


class SamePlans:
    """The game of plans that are the same for users alike.

    Parameters
    ----------
    game : whose users are in few kinds

    Raises
    ------
    TooLargeError
        If plans, or states of counts, are too many.
    """

    def __init__(self, game: PlanGame) -> None:
        self.game = game
        self.population = PopulationGame(game.base.utility, game.base.users, game.rule, game.base.exact_asked)
        self.kinds = _kinds(game.agents, game)
        if self.n_plans > MOST_PLANS:
            raise TooLargeError(
                f"Plans that are the same for users alike: {how_many(self.n_plans)}, at most {MOST_PLANS:,} are gone "
                "through. State fewer kinds of users, cost rows, or levels."
            )

    def with_rows(self, rows: Sequence[tuple[tuple[Fraction, tuple[Fraction, ...]], ...]]) -> SamePlans:
        """The same game with other cost rows, one list a kind; users stay in their kinds."""
        found = copy(self)
        found.kinds = tuple(replace(kind, rows=own) for kind, own in zip(self.kinds, rows, strict=True))
        return found

    @property
    def exact(self) -> bool:
        """Whether numbers are rationals."""
        return self.population.exact

    @property
    def n_plans(self) -> int:
        """Plans of all kinds together."""
        return math.prod(len(kind.choices) ** len(kind.rows) for kind in self.kinds)

    def plans(self) -> Iterator[KindPlans]:
        """All of them, lexicographic in kinds."""
        return product(*(kind.plans() for kind in self.kinds))

    @cached_property
    def _tensors(self) -> tuple[Tensor, Tensor]:
        return self.population.utilities, self.population.potential

    def expected(self, plans: KindPlans) -> Expected:
        """E[U] and E[P] if every kind has its plan."""
        chances = [kind.chances(plan) for kind, plan in zip(self.kinds, plans, strict=True)]
        axes, errors = zip(*(self._axis(number, chances) for number in range(self._n_types)), strict=True)
        utility, shared = (self._mean(tensor, axes) for tensor in self._tensors)
        at_levels, relative = [], sum(errors)
        for k, kind in enumerate(self.kinds):
            shifted, error = self._shifted(k, chances)
            relative += error
            others = [None if number == kind.number else axis for number, axis in enumerate(axes)]
            at_levels.append(self._along(self._tensors[1], others, kind.number, shifted))
        return Expected(
            utility, shared, tuple(at_levels), self._error(self._tensors[0], relative),
            self._error(self._tensors[1], relative),
        )  # fmt: skip

    def worth(self, plans: KindPlans) -> tuple[Any, float]:
        """E[U] alone, and a bound on its error."""
        chances = [kind.chances(plan) for kind, plan in zip(self.kinds, plans, strict=True)]
        axes, errors = zip(*(self._axis(number, chances) for number in range(self._n_types)), strict=True)
        return self._mean(self._tensors[0], axes), self._error(self._tensors[0], sum(errors))

    def cost(self, plans: KindPlans) -> Fraction:
        """What all users bear on average."""
        total = Fraction(0)
        for kind, plan in zip(self.kinds, plans, strict=True):
            own = sum((p * costs[level] for (p, costs), level in zip(kind.rows, plan, strict=True)), Fraction(0))
            total += len(kind.users) * own
        return total

    def of_users(self, plans: KindPlans) -> Plan:
        """The plan of each user."""
        found: list[tuple[int, ...]] = [()] * len(self.game.known)
        for kind, own in zip(self.kinds, plans, strict=True):
            for user in kind.users:
                found[user] = own
        return tuple(found)

    def strategies(self, plans: KindPlans) -> MixedProfile:
        """For each user the chance of each level."""
        found: list[Any] = [None] * len(self.game.known)
        for kind, own in zip(self.kinds, plans, strict=True):
            chances = kind.chances(own)
            row = [chances.get(level, Fraction(0)) for level in range(len(self.game.utility.levels))]
            vector = object_array(row) if self.exact else np.array(row, dtype=float)
            for user in kind.users:
                found[user] = vector
        return tuple(found)

    def nothing(self, plans: KindPlans, k: int) -> Any:
        """E[P] with one user of a kind on level 0, whether it may choose that or not: what payments start from."""
        chances = [kind.chances(plan) for kind, plan in zip(self.kinds, plans, strict=True)]
        mine = self.kinds[k]
        axes = [None if number == mine.number else self._axis(number, chances)[0] for number in range(self._n_types)]
        shifted, _ = self._shifted(k, chances, (0,))
        return self._along(self._tensors[1], axes, mine.number, shifted)[0]

    @property
    def _n_types(self) -> int:
        return len(self.population.types)

    def reachable(self, plans: KindPlans) -> tuple[IntArray, ...]:
        """For each type the rows of its axis whose counts may come out, whatever the costs turn out to be.

        Of users who each may be on some levels, counts j come out if and only if every set of levels holds at least
        those who may be nowhere else (Gale 1957).
        """
        found = []
        for number, counts in enumerate(self.population.lattice.axes):
            groups = [
                (len(kind.users), frozenset(plan))
                for kind, plan in zip(self.kinds, plans, strict=True)
                if kind.number == number
            ]
            unions = {frozenset[int]()}
            for _, used in groups:
                unions |= {known | used for known in unions}
            holds = np.ones(len(counts), dtype=bool)
            for levels in unions:
                held = sum(size for size, used in groups if used <= levels)
                holds &= counts[:, sorted(levels)].sum(axis=1) >= held
            found.append(np.flatnonzero(holds))
        return tuple(found)

    def _axis(self, number: int, chances: Sequence[Mapping[int, Fraction]]) -> tuple[Array, float]:
        """The chances of the counts of one type."""
        groups = [
            (len(kind.users), own) for kind, own in zip(self.kinds, chances, strict=True) if kind.number == number
        ]
        return self._together(groups, number)

    def _together(self, groups: Sequence[tuple[int, Mapping[int, Fraction]]], number: int) -> tuple[Array, float]:
        lattice = self.population.lattice
        return together(groups, lattice.choices[number], lattice.axes[number].shape[1], self.exact)

    def _shifted(
        self, k: int, chances: Sequence[Mapping[int, Fraction]], choices: Sequence[int] | None = None
    ) -> tuple[list[tuple[Array, IntArray]], float]:
        """For each choice of a kind, or each of ``choices``: the chances of the others' counts, and rows.

        Rows are the places on the type's axis of the others' counts with one more user on that choice.
        """
        mine = self.kinds[k]
        groups = [
            (len(kind.users) - (other == k), own)
            for other, (kind, own) in enumerate(zip(self.kinds, chances, strict=True))
            if kind.number == mine.number
        ]
        weights, error = self._together(groups, mine.number)
        lattice = self.population.lattice
        levels, size = lattice.choices[mine.number], sum(size for size, _ in groups)
        others = count_vectors(size, levels, lattice.axes[mine.number].shape[1])
        found = []
        for level in mine.choices if choices is None else choices:
            more = others.copy()
            more[:, level] += 1
            found.append((weights, rank(more, levels, size + 1)))
        return found, error

    def _mean(self, tensor: Tensor, axes: Sequence[Array]) -> Any:
        values = tensor.values.reshape(self.population.lattice.shape)
        for axis in reversed(axes):
            values = values @ axis
        return self._number(values, tensor.unit)

    def _along(
        self, tensor: Tensor, others: Sequence[Array | None], number: int, shifted: Sequence[tuple[Array, IntArray]]
    ) -> tuple[Any, ...]:
        """The mean over the other types, and over the rows of one axis with their chances."""
        values = np.moveaxis(tensor.values.reshape(self.population.lattice.shape), number, 0)
        for axis in reversed([axis for axis in others if axis is not None]):
            values = values @ axis
        return tuple(self._number(values[rows] @ weights, tensor.unit) for weights, rows in shifted)

    def _number(self, value: Any, unit: int) -> Any:
        return Fraction(value) / unit if self.exact else float(value) / unit

    def _error(self, tensor: Tensor, relative: float) -> float:
        """Of a mean: of the numbers, of their chances, and of summing up."""
        if self.exact:
            return 0.0
        largest = max(float(tensor.values.max()), -float(tensor.values.min())) / tensor.unit
        terms = sum(self.population.lattice.shape) + 8
        return (tensor.error + largest * (relative + terms * _EPSILON)) * (1 + 8 * _EPSILON)


def _kinds(agents: Agents, game: PlanGame) -> tuple[Kind, ...]:
    """The kinds in order of first appearance."""
    types = game.base.utility.types
    found: dict[Any, list[int]] = {}
    choices = game.base.strategies
    for user, rows in enumerate(agents.rows):
        found.setdefault((types[user], rows, choices[user]), []).append(user)
    return tuple(Kind(tuple(users), number, rows, levels) for (number, rows, levels), users in found.items())
