"""U on counts of users against U on profiles, and against the definitions."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames import memory
from fairgames.errors import InputError, TooLargeError
from fairgames.estimators import optimal_weights
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace, TableUtility, blocks
from tests.oracles import Federation
from tests.populations import TypedTable, counts_of


def vectors(size: int, n_levels: int) -> np.ndarray:
    """All count vectors of so many users, by trying."""
    return np.array([row for row in product(range(size + 1), repeat=n_levels) if sum(row) == size])


def assert_same_as_profiles(utility, close) -> None:
    """Every profile's U is that of its counts."""
    n_levels = len(utility.levels)
    axes = [vectors(size, n_levels) for size in utility.type_sizes]
    places = [{tuple(row): k for k, row in enumerate(axis.tolist())} for axis in axes]
    found, grid = utility.on_counts(axes), utility.on_grid()
    assert found.shape == tuple(map(len, axes))
    for profile in np.ndindex(grid.shape):
        key = counts_of(profile, utility.types, n_levels)
        assert close(found[tuple(place[row] for place, row in zip(places, key, strict=True))], grid[profile])


# Types ----------------------------------------------------------------------------------------


def test_users_are_alike_in_samples_and_importance():
    users = Users(samples=[7, 3, 7, 7, 3], importance=[1, 1, 2, 1, 1])
    utility = FederatedMean(users, 1.0, 10.0)
    assert utility.types == (0, 1, 2, 0, 1)
    assert utility.type_sizes == (2, 2, 1)
    assert utility.first_of_type == (0, 1, 2)


def test_users_of_the_linear_laplace_are_all_alike_and_those_of_a_table_need_not_be():
    assert LinearLaplace(3, [0, 1]).types == (0, 0, 0)
    assert TableUtility(np.arange(8.0).reshape(2, 2, 2)).types == (0, 1, 2)


# Against profiles -----------------------------------------------------------------------------


@pytest.mark.parametrize("levels", [[0, 1, 2], [0, 2], [0, 1], [0]])
@pytest.mark.parametrize("aggregation", ["equal", "samples"])
def test_the_federated_mean_on_counts(aggregation, levels):
    users = Users(samples=[10, 400, 10, 2, 10], importance=[1, 3, 1, 0, 1])
    utility = FederatedMean(users, 2.0, 10.0, levels=levels, aggregation=aggregation, scale="5/2")
    assert_same_as_profiles(utility, lambda a, b: abs(a - b) <= 2 * utility.rounding)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1, 1e4), st.floats(0, 10)), min_size=1, max_size=2),
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), min_size=1, max_size=6),
    st.sampled_from([0.0, 1e-3, 1.0, 1e3]),
    st.sampled_from(["equal", "samples"]),
)
def test_the_federated_mean_on_counts_solves_the_weight_problem(kinds, rows, between, aggregation):
    """Within the stated rounding of 50 digits, at one state."""
    own = [kinds[min(number, len(kinds) - 1)] for number, _ in rows]
    samples, importance = zip(*own, strict=True)
    utility = FederatedMean(Users(samples=samples, importance=importance), between, 1.0, aggregation=aggregation)
    profile = [level for _, level in rows]
    axes = [np.array([row]) for row in counts_of(profile, utility.types, 3)]
    exact = Federation([Fraction(n) for n in samples], Fraction(between), Fraction(1), aggregation == "samples")
    right = Fraction(exact.utility(profile, importance))
    assert abs(Fraction(utility.on_counts(axes).item()) - right) <= Fraction(utility.rounding)


@pytest.mark.parametrize("levels", [[0, 1, "inf"], [0, "1/3", 5], [0, "1/2", 3, "inf"], [0, "inf"], [0]])
def test_the_linear_laplace_on_counts(levels):
    utility = LinearLaplace(4, levels, scale="7/3")
    assert_same_as_profiles(utility, lambda a, b: a == b)
    rows = vectors(4, len(levels))
    exact = utility.exact_on_counts([rows]).fractions()
    for row, value in zip(rows.tolist(), exact, strict=True):
        epsilons = [utility.levels[level] for level, count in enumerate(row) for _ in range(count)]
        assert value == Fraction(7, 3) * Fraction(6, 4) * sum(optimal_weights(epsilons)[0])


def test_two_hundred_users_of_one_type():
    """At all on ε = ∞, U = 1; and k of them with the others at 0: the weights are 1/(2 + k) each."""
    utility = LinearLaplace(200, [0, 1, "inf"])
    rows = np.array([[200 - k, 0, k] for k in range(201)])
    right = [Fraction(202, 200) * Fraction(k, k + 2) for k in range(201)]
    assert utility.exact_on_counts([rows]).fractions().tolist() == right
    assert utility.on_counts([rows]).tolist() == [float(value) for value in right]


def test_a_table_whose_users_all_differ_has_one_a_type():
    table = np.arange(27.0).reshape(3, 3, 3)
    utility = TableUtility(table)
    singles = np.eye(3, dtype=int)
    assert (utility.on_counts([singles] * 3) == table).all()
    some = [singles[[2, 0, 2]], singles[[1]], singles[[1, 0]]]
    assert (utility.on_counts(some) == table[np.ix_([2, 0, 2], [1], [1, 0])]).all()
    exact = TableUtility(table.astype(int)).exact_on_counts(some)
    assert (exact.floats() == table[np.ix_([2, 0, 2], [1], [1, 0])]).all()


def alike_but_the_second() -> np.ndarray:
    """Users 1, 3 and 4 can change places."""
    return np.array([p[0] + p[2] + p[3] + 10 * p[1] + p[0] * p[2] * p[3] for p in np.ndindex((3,) * 4)]).reshape(
        (3,) * 4
    )


@pytest.mark.parametrize("dtype", [float, object])
def test_a_table_on_counts(dtype):
    utility = TableUtility(alike_but_the_second().astype(dtype), scale="3/2")
    assert utility.types == (0, 1, 0, 0)
    assert_same_as_profiles(utility, lambda a, b: a == b)
    axes = [vectors(3, 3), vectors(1, 3)]
    if dtype is object:
        assert (utility.exact_on_counts(axes).floats() == utility.on_counts(axes)).all()
    else:
        with pytest.raises(InputError, match="not rational"):
            utility.exact_on_counts(axes)


def test_types_without_a_formula_in_counts_are_looked_up_by_profile():
    utility = TypedTable(alike_but_the_second().astype(object), [0, 1, 0, 0])
    assert_same_as_profiles(utility, lambda a, b: a == b)
    axes = [vectors(3, 3), vectors(1, 3)]
    assert (utility.exact_on_counts(axes).floats() == utility.on_counts(axes)).all()


@pytest.mark.parametrize("block", [1, 7, 50, 10**6])
def test_blocks_of_any_size_hold_the_same(monkeypatch, block):
    users = Users(samples=[10, 400, 10, 2, 10, 400])
    utility = FederatedMean(users, 2.0, 10.0, aggregation="samples")
    axes = [vectors(size, 3) for size in utility.type_sizes]
    whole = utility.on_counts(axes)
    monkeypatch.setattr(blocks, "_BLOCK", block)
    assert np.abs(utility.on_counts(axes) - whole).max() <= 2 * utility.rounding


# Faults ---------------------------------------------------------------------------------------


def test_all_faults_of_counts_are_reported_at_once():
    utility = FederatedMean(Users(samples=[1, 1, 2, 3]), 1.0, 1.0)
    with pytest.raises(InputError) as caught:
        utility.on_counts([np.array([[2, 0]]), np.array([[1, 0, 0], [2, -1, 0]]), np.array([[0.5, 0.5, 0]])])
    assert len(caught.value.faults) == 3
    assert "one column for each of 3 levels" in caught.value.faults[0]
    assert "sum to 1, got [2, -1, 0]" in caught.value.faults[1]
    assert "float64" in caught.value.faults[2]
    with pytest.raises(InputError, match="each of 3 types, got 1"):
        utility.on_counts([np.array([[2, 0, 0]])])


def test_floats_cannot_be_asked_exactly():
    with pytest.raises(InputError, match="not rational"):
        FederatedMean(Users(samples=[1, 2]), 1.0, 1.0).exact_on_counts([np.eye(3, dtype=int)] * 2)


def test_counts_that_do_not_fit_are_refused(monkeypatch):
    utility = LinearLaplace(200, [0, 1, 2])
    axes = [np.tile([200, 0, 0], (2_000_000, 1))]
    monkeypatch.setattr(memory, "available_bytes", lambda: 2**20)
    for ask in (utility.on_counts, utility.exact_on_counts):
        with pytest.raises(TooLargeError, match=r"2,000,000 counts of 200 users needs .* 1 MiB are available"):
            ask(axes)


def test_more_types_than_numpy_has_axes_are_refused():
    many = FederatedMean(Users(samples=np.arange(1, 66)), 1.0, 1.0)
    with pytest.raises(TooLargeError, match="65 users or types"):
        many.on_counts([np.array([[1, 0, 0]])] * 65)
