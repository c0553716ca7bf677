"""Random populations for the tests: users in types who share U, with costs and choices that differ or coincide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np
from hypothesis import strategies as st

from fairgames.equilibria.types.game import PopulationGame
from fairgames.exact import Rationals
from fairgames.game import PaymentGame
from fairgames.typing import Axes, FloatArray
from fairgames.users import Users
from fairgames.utilities import TableUtility, Utility
from tests import oracles
from tests.strategies import COSTS, choices_of, fractions_array


class TypedTable(Utility):
    """A rational table that stays the same where users of one type change places, and says so."""

    kind = "typed-table"

    def __init__(self, table: np.ndarray, types: Sequence[int]) -> None:
        super().__init__(table.ndim, range(table.shape[0]))
        self._table = TableUtility(table)
        self._types = tuple(types)

    @property
    def types(self) -> tuple[int, ...]:
        return self._types

    @property
    def rounding(self) -> float:
        return self._table.rounding

    @property
    def rational(self) -> bool:
        return self._table.rational

    def _block(self, axes: Axes) -> FloatArray:
        return self._table._block(axes)

    def _exact_block(self, axes: Axes) -> Rationals:
        return self._table._exact_block(axes)


def counts_of(profile: Sequence[int], types: Sequence[int], n_levels: int) -> tuple[tuple[int, ...], ...]:
    """How many users of each type are on each level, from the definition."""
    return tuple(
        tuple(
            sum(own == kind and level == x for own, level in zip(types, profile, strict=True)) for x in range(n_levels)
        )
        for kind in range(max(types) + 1)
    )


@dataclass(frozen=True, eq=False)
class Population:
    """One game as the package sees it, on counts and in full, and as the oracle does."""

    table: np.ndarray
    types: tuple[int, ...]
    costs: tuple[tuple[Fraction, ...], ...]
    choices: tuple[tuple[int, ...], ...]
    rule: str

    def __repr__(self) -> str:
        table = [str(value) for value in self.table.flat]
        costs = [[str(cost) for cost in row] for row in self.costs]
        return f"Population({self.table.shape}, {table}, {self.types}, {costs}, {self.choices}, {self.rule!r})"

    @property
    def users(self) -> Users:
        return Users(sensitivity=self.costs, allowed=self.choices)

    def on_counts(self, exact: bool | None = None) -> PopulationGame:
        return PopulationGame(TypedTable(self.table, self.types), self.users, self.rule, exact)

    def in_full(self, exact: bool | None = None) -> PaymentGame:
        return PaymentGame(TypedTable(self.table, self.types), self.users, self.rule, exact)

    def oracle(self) -> oracles.Game:
        return oracles.Game(lambda profile: self.table[profile], self.costs, self.choices, self.rule)

    def counts(self, profile: Sequence[int]) -> tuple[tuple[int, ...], ...]:
        return counts_of(profile, self.types, self.table.shape[0])


@st.composite
def populations(
    draw, most_profiles: int = 81, least: int = 0, rules: tuple[str, ...] = ("users", "coalition")
) -> Population:
    """Up to 5 users in types, with few distinct numbers so that much is tied."""
    sizes = [(n, length) for n in range(1, 6) for length in (2, 3) if length**n <= most_profiles]
    n_users, n_levels = draw(st.sampled_from(sizes))
    labels = draw(st.lists(st.integers(0, 1), min_size=n_users, max_size=n_users))
    types = tuple(sorted(set(labels), key=labels.index).index(label) for label in labels)
    denominator = draw(st.sampled_from([1, 1, 2, 3]))
    by_counts: dict[tuple[tuple[int, ...], ...], Fraction] = {counts_of((0,) * n_users, types, n_levels): Fraction(0)}
    values = []
    for profile in product(range(n_levels), repeat=n_users):
        key = counts_of(profile, types, n_levels)
        if key not in by_counts:
            by_counts[key] = Fraction(draw(st.integers(least, 6)), denominator)
        values.append(by_counts[key])
    rows = draw(
        st.lists(st.lists(st.sampled_from(COSTS), min_size=n_levels, max_size=n_levels), min_size=1, max_size=3)
    )
    choices = draw(choices_of(n_users, n_levels))
    costs = []
    for user in range(n_users):
        row = list(draw(st.sampled_from(rows)))
        row[choices[user][0]] = Fraction(0)
        costs.append(tuple(row))
    table = fractions_array(values, (n_levels,) * n_users)
    return Population(table, types, tuple(costs), choices, draw(st.sampled_from(rules)))
