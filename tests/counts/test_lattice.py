"""The lattice of counts, the potential on it, and who can stand where: against trying everything."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from fairgames import memory
from fairgames.counts.assignment import Demand, OneOf, feasible, first_assignment, n_assignments
from fairgames.counts.assignment import assignments as every_assignment
from fairgames.counts.lattice import Lattice
from fairgames.counts.least_cost import first_cheapest, least_costs
from fairgames.counts.potential import count_potential, count_potential_exact
from fairgames.counts.types import CostClass, UserType, user_types
from fairgames.errors import TooLargeError
from fairgames.exact import Rationals
from fairgames.progress import listening
from fairgames.users import Users
from fairgames.utilities import LinearLaplace
from tests import oracles
from tests.populations import Population, counts_of, populations

COMMON = settings(max_examples=40, deadline=None)

CHOICES = st.sets(st.integers(0, 3), min_size=1).map(lambda found: tuple(sorted(found)))


# The lattice ----------------------------------------------------------------------------------


def compositions(size: int, levels: set[int], n_levels: int) -> list[tuple[int, ...]]:
    rows = product(*(range(size + 1) if level in levels else (0,) for level in range(n_levels)))
    return sorted((row for row in rows if sum(row) == size), key=lambda row: row[1:])


@COMMON
@given(st.lists(st.tuples(st.integers(1, 4), CHOICES), min_size=1, max_size=3))
def test_rows_neighbours_and_sizes(kinds):
    sizes, choices = zip(*kinds, strict=True)
    lattice = Lattice.of(sizes, choices, 4)
    assert lattice.n_users == sum(sizes)
    assert lattice.size == math.prod(lattice.shape)
    for number, (size, levels) in enumerate(kinds):
        rows = compositions(size, {0, *levels}, 4)
        place = {row: k for k, row in enumerate(rows)}
        assert list(map(tuple, lattice.axes[number].tolist())) == rows
        assert lattice.sharing(number).tolist() == [sum(row[1:]) for row in rows]
        for x, y in permutations(lattice.choices[number], 2):
            for row, found in zip(rows, lattice.moved(number, x, y).tolist(), strict=True):
                there = tuple(count - (level == x) + (level == y) for level, count in enumerate(row))
                assert found == (place[there] if row[x] else -1)


@COMMON
@given(st.lists(st.tuples(st.integers(1, 4), CHOICES), min_size=1, max_size=3))
def test_states_come_once_each_by_who_shares(kinds):
    lattice = Lattice.of(*zip(*kinds, strict=True), 4)
    seen = [(size, state) for size, states in lattice.by_size("states") for state in states.tolist()]
    assert [size for size, _ in seen] == sorted(size for size, _ in seen)
    assert sorted(state for _, state in seen) == list(range(lattice.size))
    for size, state in seen:
        rows = np.unravel_index(state, lattice.shape)
        assert size == sum(lattice.sharing(number)[row] for number, row in enumerate(rows))


def test_types_and_sub_types():
    users = Users(
        sensitivity=[[0, 1, 2], [0, 1, 2], [0, 2, 2], [0, 1, 2], [0, 1, 2]], allowed=[None, None, None, [0, 2], None]
    )
    (kind,) = user_types(LinearLaplace(5, [0, 1, 2]), users)
    assert [cost_class.users for cost_class in kind.cost_classes] == [(0, 1, 4), (2,), (3,)]
    assert (kind.size, kind.users, kind.choices) == (5, (0, 1, 2, 3, 4), (0, 1, 2))


def test_axes_that_do_not_fit_are_refused(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 2**20)
    with pytest.raises(TooLargeError, match=r"500,001,500,001 count vectors needs .* offer fewer levels"):
        Lattice.of([1_000_000], [(0, 1, 2)], 3)


# The potential --------------------------------------------------------------------------------


@COMMON
@given(populations(least=-4))
def test_the_potential_from_its_definition(case: Population):
    game = case.on_counts()
    extra = game.rule.platform_members
    numbers = game.potential.numbers()
    for profile in product(*({0, *levels} for levels in case.choices)):
        rows = [
            int(np.flatnonzero((axis == counts).all(axis=1))[0])
            for axis, counts in zip(game.lattice.axes, case.counts(profile), strict=True)
        ]
        state = np.ravel_multi_index(rows, game.lattice.shape)
        assert numbers[state] == oracles.potential(lambda p: case.table[p], profile, extra)


def off_by(found: np.ndarray, exact: Rationals) -> Fraction:
    right = exact.fractions().ravel()
    return max(abs(Fraction(float(a)) - b) for a, b in zip(found.ravel(), right, strict=True))


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize(("sizes", "levels"), [([20], 3), ([6, 5, 4], 3), ([60], 2), ([1] * 8, 2), ([5, 4], 5)])
def test_the_error_bound_holds_for_numbers_of_any_size(sizes, levels, extra):
    rng = np.random.default_rng(7)
    lattice = Lattice.of(sizes, [range(levels)] * len(sizes), levels)
    values = rng.integers(-9, 10, lattice.shape) * 10 ** rng.integers(0, 12, lattice.shape)
    values.flat[0] = 0
    exact = count_potential_exact(Rationals.of(values.astype(object)), lattice, extra)
    found, error = count_potential(values.astype(float), lattice, extra)
    assert off_by(found, exact) <= Fraction(error)
    assert error <= 1e-12 * float(np.abs(exact.floats()).max())


def test_the_error_bound_holds_where_the_roundings_of_a_thousand_users_add_up():
    lattice, rng = Lattice.of([1000], [(0, 1)], 2), np.random.default_rng(1)
    values = np.array([0, *rng.integers(1, 9, 1000)])
    exact = count_potential_exact(Rationals.of(values.astype(object)), lattice)
    found, error = count_potential(values.astype(float), lattice)
    assert off_by(found, exact) <= Fraction(error) <= Fraction(1, 10**10)


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize("scale", [1.0, 1e-300, 5e-324, 1e300])
@pytest.mark.parametrize("n", [1, 2, 3, 7, 40, 300])
def test_the_error_bound_holds_for_users_alike_on_one_level(n, scale, extra):
    """The recursion of the definition, user by user in fractions."""
    lattice, rng = Lattice.of([n], [(0, 1)], 2), np.random.default_rng(n)
    values = np.array([0, *(rng.normal(size=n) * scale)])
    found, error = count_potential(values, lattice, extra)
    right, p = [Fraction(0)], Fraction(0)
    for k in range(1, n + 1):
        p = (Fraction(float(values[k])) + k * p) / (k + extra)
        right.append(p)
    assert max(abs(Fraction(float(a)) - b) for a, b in zip(found, right, strict=True)) <= Fraction(error)


def test_floats_tell_the_gains_of_a_million_users_alike_apart():
    """U = 1 − 1/(1 + k): the last user brings 1e-12 of U, and P must be known as well as that."""
    lattice = Lattice.of([10**6], [(0, 1)], 2)
    shares = np.arange(10**6 + 1)
    found, error = count_potential(1 - 1 / (1 + shares), lattice)
    assert error <= 1e-14  # of a P of 13
    # Σ 1/(1 + k) = H(n + 1) − 1 = ψ(n + 2) + γ − 1
    assert found[-1] == pytest.approx(special.digamma(10**6 + 2) + np.euler_gamma - 1, rel=1e-14)


def test_large_dividends_do_not_hurt():
    """U = ±1 by the parity of who shares: dividends of 2^60 cancel to a P of order 1, to full precision."""
    lattice = Lattice.of([60], [(0, 1)], 2)
    values = np.array([0, *(1 if k % 2 else -1 for k in range(1, 61))])
    exact = count_potential_exact(Rationals.of(values.astype(object)), lattice)
    found, error = count_potential(values.astype(float), lattice)
    assert off_by(found, exact) <= Fraction(error) <= Fraction(1, 10**12)


def test_the_potential_announces_its_progress_and_its_memory(monkeypatch):
    lattice, heard = Lattice.of([3, 3], [(0, 1)] * 2, 2), []
    with listening(lambda *step: heard.append(step)):
        count_potential(np.zeros((4, 4)), lattice)
    assert heard[-1] == ("potential of counts", 7, 7)
    large = Lattice.of([400, 400], [(0, 1)] * 2, 2)
    monkeypatch.setattr(memory, "available_bytes", lambda: 2**20)
    with pytest.raises(TooLargeError, match="160,801 count states"):
        count_potential(np.zeros((401, 401)), large)


# Assignments ----------------------------------------------------------------------------------

MASKS = st.lists(st.integers(0, 7), min_size=1, max_size=6)


def assignments(masks, counts) -> list[tuple[int, ...]]:
    """All ways to give each user a level of the user's mask, the levels being counted."""
    found = product(*([level for level in range(len(counts)) if mask >> level & 1] for mask in masks))
    return [levels for levels in found if counts_of(levels, [0] * len(masks), len(counts))[0] == tuple(counts)]


@settings(max_examples=120, deadline=None)
@given(MASKS, st.data())
def test_who_can_stand_where(masks, data):
    levels = data.draw(st.lists(st.integers(0, 2), min_size=len(masks), max_size=len(masks)))
    counts = counts_of(levels, [0] * len(masks), 3)[0]
    right = assignments(masks, counts)
    users = np.ones(len(masks), dtype=int)
    assert feasible(np.array([[masks]]), users, np.array([counts])).item() == bool(right)
    assert first_assignment(masks, counts) == (min(right) if right else None)
    distinct = sorted({mask: masks.count(mask) for mask in masks}.items())
    assert n_assignments(tuple(distinct), counts) == len(right)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 7)), min_size=1, max_size=6), st.data())
def test_every_assignment_of_two_groups_and_those_where_one_of_some_takes_a_level(users, data):
    """In the order of tuples; ``users`` have a group and a mask each."""
    levels = tuple(data.draw(st.integers(0, 2)) for _ in users)
    members = [[user for user, (own, _) in enumerate(users) if own == group] for group in range(2)]
    counted = [tuple(Counter(levels[user] for user in group)[level] for level in range(3)) for group in members]
    right = [
        found
        for found in product(range(3), repeat=len(users))
        if all(mask >> level & 1 for (_, mask), level in zip(users, found, strict=True))
        and all(
            tuple(Counter(found[user] for user in group)[level] for level in range(3)) == counts
            for group, counts in zip(members, counted, strict=True)
        )
    ]
    groups = [
        Demand(group, [users[user][1] for user in group], counts)
        for group, counts in zip(members, counted, strict=True)
    ]
    assert list(every_assignment(groups)) == right
    some = frozenset(user for user, own in enumerate(users) if own == users[0])
    mask = data.draw(st.integers(0, 7))
    with_one = [found for found in right if any(mask >> found[user] & 1 for user in some)]
    assert list(every_assignment(groups, OneOf(some, mask))) == with_one


def test_numbers_of_assignments_beyond_machine_integers():
    """90 users who may go anywhere, and 10 who may not go to level 0."""
    right = sum(math.comb(10, k) * math.comb(90, 50 - k) for k in range(11) if k <= 50 and 50 - k <= 90)
    assert n_assignments(((0b11, 100),), (50, 50)) == math.comb(100, 50) == right
    assert n_assignments(((0b10, 10), (0b11, 90)), (50, 50)) == math.comb(90, 50)
    three = sum(math.comb(90, 30) * math.comb(60, 30 - k) * math.comb(10, k) for k in range(11))
    assert n_assignments(((0b110, 10), (0b111, 90)), (30, 30, 40)) == three


# Least costs ----------------------------------------------------------------------------------


@st.composite
def user_types_of_one(draw) -> UserType:
    cost_classes, n = [], draw(st.integers(1, 5))
    owners = [draw(st.integers(0, 1)) for _ in range(n)]
    for number in sorted(set(owners)):
        costs = tuple(draw(st.sampled_from([Fraction(k, 6) for k in (0, 1, 2, 3, 6)])) for _ in range(3))
        choices = draw(st.sets(st.integers(0, 2), min_size=1).map(lambda found: tuple(sorted(found))))
        cost_classes.append(CostClass(tuple(user for user in range(n) if owners[user] == number), costs, choices))
    return UserType(tuple(cost_classes))


@COMMON
@given(user_types_of_one())
def test_least_costs_and_who_bears_them(kind):
    lattice = Lattice.of([kind.size], [kind.choices], 3)
    own = {user: cost_class for cost_class in kind.cost_classes for user in cost_class.users}
    found = least_costs(kind, lattice.choices[0], 3)
    for row, cost in zip(lattice.axes[0], found, strict=True):
        right = {
            levels: sum(own[user].costs[level] for user, level in zip(kind.users, levels, strict=True))
            for levels in product(*(own[user].choices for user in kind.users))
            if counts_of(levels, [0] * kind.size, 3)[0] == tuple(row.tolist())
        }
        assert cost == min(right.values(), default=math.inf)
        if right:
            first = min(levels for levels, total in right.items() if total == cost)
            assert first_cheapest(kind, lattice.choices[0], row) == first


def test_costs_too_fine_for_floats_stay_exact():
    fine = Fraction(1, 10**20)
    kind = UserType(
        (CostClass((0,), (Fraction(0), 1 + fine), (0, 1)), CostClass((1,), (Fraction(0), Fraction(1)), (0, 1)))
    )
    assert least_costs(kind, (0, 1), 2).tolist() == [0, 1, 2 + fine]
    assert first_cheapest(kind, (0, 1), np.array([1, 1])) == (0, 1)
