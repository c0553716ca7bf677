"""Random games of equal users, as the package and as the oracle see them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
from hypothesis import strategies as st

from fairgames.exact import Rationals, object_array
from fairgames.game import PaymentGame
from fairgames.users import Users
from fairgames.utilities.base import Utility
from tests.strategies import COSTS
from tests.symmetric_oracle import EqualUsers, TwoLevels


class CountUtility(Utility):
    """U as a table of how many users are on each non-zero level; floats where ``rounded``."""

    kind: ClassVar[str] = "counts"

    def __init__(self, n_users: int, n_levels: int, table: dict[tuple[int, ...], Fraction], rounded: bool) -> None:
        super().__init__(n_users, range(n_levels))
        self.table, self.rounded = table, rounded

    @property
    def types(self) -> tuple[int, ...]:
        return (0,) * self.n_users

    @property
    def rational(self) -> bool:
        return not self.rounded

    @property
    def rounding(self) -> float:
        return max(abs(float(value)) for value in self.table.values()) * 2.0**-53

    def _block(self, axes):
        return self._exact_block(axes).floats()

    def _exact_block(self, axes):
        grids = np.meshgrid(*axes, indexing="ij")
        counts = [sum((grid == level).astype(int) for grid in grids) for level in range(1, len(self.levels))]
        values = [self.table[tuple(row)] for row in np.stack(counts, axis=-1).reshape(-1, len(counts)).tolist()]
        return Rationals.of(object_array(values).reshape([len(axis) for axis in axes if len(axis) > 1]))

    def _count_block(self, axes):
        return self._exact_count_block(axes).floats()

    def _exact_count_block(self, axes):
        return Rationals.of(object_array(self.table[tuple(row[1:])] for row in axes[0].tolist()))


@dataclass(frozen=True, eq=False)
class Alike:
    """N users with U by counts of the non-zero levels, one row of costs, and the levels allowed."""

    n_users: int
    table: dict[tuple[int, ...], Fraction]
    costs: tuple[Fraction, ...]
    levels: tuple[int, ...]
    rule: str = "users"

    def __repr__(self) -> str:
        table = {counts: str(value) for counts, value in self.table.items()}
        return f"Alike({self.n_users}, {table}, {[str(cost) for cost in self.costs]}, {self.levels}, {self.rule!r})"

    def game(self, rounded: bool = False) -> PaymentGame:
        users = Users(sensitivity=[self.costs] * self.n_users, allowed=[self.levels] * self.n_users)
        return PaymentGame(CountUtility(self.n_users, len(self.costs), self.table, rounded), users, self.rule)

    def oracle(self) -> EqualUsers:
        kind = TwoLevels if len(self.levels) == 2 else EqualUsers
        own = [self.costs[level] for level in self.levels]
        return kind(self.n_users, len(self.costs), lambda counts: self.table[counts[1:]], self.levels, own, self.rule)


def counts(n_users: int, n_levels: int) -> list[tuple[int, ...]]:
    """How many of at most ``n_users`` users are on each of the non-zero levels."""
    rows: list[tuple[int, ...]] = [()]
    for _ in range(n_levels - 1):
        rows = [(*row, k) for row in rows for k in range(n_users - sum(row) + 1)]
    return rows


@st.composite
def alikes(
    draw,
    most_users: int = 4,
    choices: tuple[tuple[int, ...], ...] = ((0, 1), (0, 2), (1, 2)),
    rules: tuple[str, ...] = ("users",),
    least: int = -3,
) -> Alike:
    """Small integers over a common denominator, so that ties abound."""
    n_users, levels = draw(st.integers(1, most_users)), draw(st.sampled_from(choices))
    n_levels, denominator = levels[-1] + 1, draw(st.sampled_from([1, 1, 2, 3]))
    rows = counts(n_users, n_levels)
    numbers = draw(st.lists(st.integers(least, 7), min_size=len(rows), max_size=len(rows)))
    table = {
        row: Fraction(number, denominator) if any(row) else Fraction(0)
        for row, number in zip(rows, numbers, strict=True)
    }
    costs = [draw(st.sampled_from(COSTS)) if level in levels[1:] else Fraction(0) for level in range(n_levels)]
    return Alike(n_users, table, tuple(costs), levels, draw(st.sampled_from(rules)))
