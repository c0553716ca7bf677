"""Random utilities and games for hypothesis, small and full of ties, exact throughout."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from fairgames.game import PaymentGame
from fairgames.users import Users
from fairgames.utilities import TableUtility
from tests import oracles
from tests.oracles import Profile

#: Many small fractions, so that sums and differences often coincide.
COSTS = [Fraction(text) for text in ("0", "1/4", "1/3", "1/2", "1", "3/2", "2")]


@dataclass(frozen=True, eq=False)
class Case:
    """One game as the package and as the oracle see it.

    ``table`` holds U as ``Fraction`` objects, shape (L, …, L); ``costs`` one row a user and one
    entry a level; ``choices`` the allowed levels of each user.
    """

    table: np.ndarray
    costs: tuple[tuple[Fraction, ...], ...]
    choices: tuple[tuple[int, ...], ...]
    rule: str

    def __repr__(self) -> str:
        table = [str(value) for value in self.table.flat]
        costs = [[str(cost) for cost in row] for row in self.costs]
        return f"Case({self.table.shape}, {table}, {costs}, {self.choices}, {self.rule!r})"

    def utility(self, profile: Profile) -> Fraction:
        return self.table[profile]

    def users(self) -> Users:
        return Users(sensitivity=self.costs, allowed=self.choices)

    def game(self, exact: bool | None = None) -> PaymentGame:
        return PaymentGame(TableUtility(self.table), self.users(), self.rule, exact=exact)

    def oracle(self) -> oracles.Game:
        return oracles.Game(self.utility, self.costs, self.choices, self.rule)

    def with_rule(self, rule: str) -> Case:
        return replace(self, rule=rule)


def fractions_array(values, shape: tuple[int, ...]) -> np.ndarray:
    array = np.empty(shape, dtype=object)
    array.reshape(-1)[:] = [Fraction(value) for value in values]
    return array


@st.composite
def tables(draw, n_users: int, n_levels: int, least: int = -4, most: int = 6) -> np.ndarray:
    """U with U(0) = 0: small integers over a common denominator."""
    size = n_levels**n_users
    values = draw(st.lists(st.integers(least, most), min_size=size - 1, max_size=size - 1))
    denominator = draw(st.sampled_from([1, 1, 2, 3]))
    return fractions_array([0, *(Fraction(value, denominator) for value in values)], (n_levels,) * n_users)


@st.composite
def sizes(draw, most_profiles: int = 81) -> tuple[int, int]:
    """(users, levels) with at most so many profiles: up to 4 users and 3 levels."""
    fitting = [(n, length) for n in range(1, 5) for length in (2, 3) if length**n <= most_profiles]
    return draw(st.sampled_from(fitting))


@st.composite
def choices_of(draw, n_users: int, n_levels: int) -> tuple[tuple[int, ...], ...]:
    """Allowed levels; half of the time all, else any non-empty sets, with or without level 0."""
    everything = tuple(range(n_levels))
    if draw(st.booleans()):
        return (everything,) * n_users
    some = st.sets(st.sampled_from(everything), min_size=1).map(lambda found: tuple(sorted(found)))
    return tuple(draw(some) for _ in range(n_users))


@st.composite
def cases(draw, most_profiles: int = 27, least: int = 0, rules: tuple[str, ...] = ("users", "coalition")) -> Case:
    """Random games; U ≥ 0 unless ``least`` says otherwise."""
    n_users, n_levels = draw(sizes(most_profiles))
    choices = draw(choices_of(n_users, n_levels))
    costs = []
    for levels in choices:
        row = [draw(st.sampled_from(COSTS)) for _ in range(n_levels)]
        row[levels[0]] = Fraction(0)
        costs.append(tuple(row))
    table = draw(tables(n_users, n_levels, least=least))
    return Case(table, tuple(costs), choices, draw(st.sampled_from(rules)))
