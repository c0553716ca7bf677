"""Tables: what is read, what stays exact, what is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.errors import InputError
from fairgames.utilities import TableUtility
from tests.strategies import tables

EXACT_TABLES = {
    "integers": [[0, 2], [3, 5]],
    "strings": [["0", "2/1"], ["3.0", "5"]],
    "fractions": [[Fraction(0), Fraction(2)], [Fraction(3), Fraction(5)]],
    "decimals": [[Decimal(0), Decimal("2.0")], [Decimal(3), Decimal("5")]],
    "tuples": ((0, 2), (3, 5)),
    "integer array": np.array([[0, 2], [3, 5]]),
    "small integer array": np.array([[0, 2], [3, 5]], dtype=np.uint8),
    "decimals beside text": [[0, 2.0], ["3", 5]],
    "text array": np.array([["0", "2"], ["3", "5"]]),
    "object array": np.array([[0, Fraction(2)], ["3", 5]], dtype=object),
}

FLOAT_TABLES = {
    "floats": [[0.0, 2.0], [3.0, 5.0]],
    "one float": [[0, 2.0], [3, 5]],
    "float array": np.array([[0.0, 2.0], [3.0, 5.0]]),
    "single precision": np.array([[0, 2], [3, 5]], dtype=np.float32),
    "Fortran order": np.asarray([[0.0, 2.0], [3.0, 5.0]], order="F"),
}


@pytest.mark.parametrize("values", EXACT_TABLES.values(), ids=EXACT_TABLES)
def test_what_is_written_exactly_stays_exact(values):
    utility = TableUtility(values)
    assert utility.rational
    assert utility.exact_on_grid().fractions().tolist() == [[0, 2], [3, 5]]
    assert utility.on_grid().tolist() == [[0, 2], [3, 5]]
    assert (utility.n_users, utility.shape, utility.levels) == (2, (2, 2), (0, 1))


@pytest.mark.parametrize("values", FLOAT_TABLES.values(), ids=FLOAT_TABLES)
def test_floats_stay_floats(values):
    utility = TableUtility(values)
    assert not utility.rational
    assert utility.on_grid().tolist() == [[0, 2], [3, 5]]
    assert 0 < utility.rounding <= 2.0**-51 * 5  # what they hold was rounded before it came here
    with pytest.raises(InputError, match="not rational"):
        utility.exact_on_grid()


def test_a_string_in_an_exact_table_is_read_as_written():
    table = TableUtility([["0", "2/3"], ["0.1", "1e-3"]]).exact_on_grid().fractions()
    assert table.tolist() == [[0, Fraction(2, 3)], [Fraction(1, 10), Fraction(1, 1000)]]


@settings(max_examples=40, deadline=None)
@given(tables(3, 3), st.sampled_from(["1", "5/7", "1000000"]), st.data())
def test_any_part_of_the_table(table, scale, data):
    utility = TableUtility(table, scale=scale)
    axes = [data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True)) for _ in range(3)]
    right = table[np.ix_(*axes)] * Fraction(scale)
    assert (utility.exact_on_grid(axes).fractions() == right).all()
    floats = utility.on_grid(axes)
    assert floats.shape == tuple(map(len, axes))
    for near, exact in zip(floats.flat, right.flat, strict=True):
        assert abs(Fraction(float(near)) - exact) <= Fraction(utility.rounding)
    profile = [axis[0] for axis in axes]
    assert abs(Fraction(utility.at(profile)) - right[0, 0, 0]) <= Fraction(utility.rounding)


def test_the_rounding_of_a_scaled_float_table_is_stated():
    table = np.array([[0.0, 0.1], [0.7, 1 / 3]])
    utility = TableUtility(table, scale="1/3")
    for near, value in zip(utility.on_grid().flat, table.flat, strict=True):
        assert abs(Fraction(float(near)) - Fraction(value) / 3) <= Fraction(utility.rounding)
    assert 0 < utility.rounding < 1e-15


def test_the_table_is_not_tied_to_the_callers_array():
    values = np.array([[0.0, 1.0], [1.0, 2.0]])
    exact = np.array([[0, 1], [1, 2]], dtype=object)
    utilities = TableUtility(values), TableUtility(exact)
    values[1, 1] = exact[1, 1] = 99
    assert [utility.at((1, 1)) for utility in utilities] == [2, 2]


def test_levels_may_have_names():
    utility = TableUtility([[0, 1], [1, 2]], levels=[0, "inf"])
    assert utility.level_names == ("0", "inf")


RAGGED = [
    [[0, 1], [1]],
    [[0.0, 1.0], [1.0]],
    [[0, 1], 2],
    [[[0, 1], [1, 2]], [[0, 1], [1]]],
    [[0, [1, 2]], [1, 2]],
]


@pytest.mark.parametrize("values", RAGGED)
def test_ragged_lists(values):
    with pytest.raises(InputError, match="different lengths"):
        TableUtility(values)


@pytest.mark.parametrize("values", [[[0, 1, 2], [1, 2, 3]], np.zeros((2, 2, 3)), np.zeros((3, 2))])
def test_every_user_has_the_same_levels(values):
    with pytest.raises(InputError, match="expected shape"):
        TableUtility(values)


def test_the_table_must_fit_the_levels():
    with pytest.raises(InputError, match=r"expected shape \(3, 3\)"):
        TableUtility([[0, 1], [1, 2]], levels=[0, 1, 2])


@pytest.mark.parametrize("values", [[], [[]], 3, 2.5, "0", np.zeros((0, 0)), np.zeros(())])
def test_no_table_at_all(values):
    with pytest.raises(InputError, match="got nothing"):
        TableUtility(values)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("make", [list, np.array])
def test_every_float_is_finite_and_the_message_says_where(value, make):
    with pytest.raises(InputError, match=r"at profile \[1, 0\]"):
        TableUtility(make([[0.0, 1.0], [value, 2.0]]))


@pytest.mark.parametrize("value", ["nan", "inf", "two", "", None, "1/0", True, 1j, Decimal("nan")])
def test_every_entry_is_a_number(value):
    with pytest.raises(InputError, match="values"):
        TableUtility([[0, 1], [value, 2]])


@pytest.mark.parametrize("value", ["two", None, 1j])
def test_every_entry_beside_floats_is_a_number(value):
    with pytest.raises(InputError, match=r"expected (a finite )?number"):
        TableUtility([[0.0, 1.0], [value, 2.0]])


@pytest.mark.parametrize("first", [1, -1, "1/1000", 1e-300])
def test_where_nobody_shares_u_is_0(first):
    with pytest.raises(InputError, match="expected U = 0 where nobody shares"):
        TableUtility([[first, 1], [1, 2]])


def test_faults_of_shape_and_origin_come_together():
    with pytest.raises(InputError) as caught:
        TableUtility([[1, 1, 1], [1, 2, 2]])
    assert len(caught.value.faults) == 2


def test_negative_and_falling_utilities_are_legal():
    assert TableUtility([[0, -1], [-2, "-1/3"]]).at((1, 1)) == pytest.approx(-1 / 3)


@given(st.data())
def test_types_are_the_users_who_can_change_places(data):
    """A table of counts within random types, and another that is disturbed at one profile."""
    types = data.draw(st.lists(st.integers(0, 2), min_size=2, max_size=4))
    profiles = list(np.ndindex((2,) * len(types)))
    counts = {
        rho: tuple(sum(level for level, t in zip(rho, types, strict=True) if t == g) for g in range(3))
        for rho in profiles
    }
    worth = {count: number for number, count in enumerate(sorted(set(counts.values())))}
    table = np.array([worth[counts[rho]] for rho in profiles]).reshape((2,) * len(types))
    if data.draw(st.booleans()):
        table[data.draw(st.sampled_from(profiles[1:]))] += data.draw(st.integers(1, 3))
    found = TableUtility(table).types
    for i, j in np.ndindex(len(types), len(types)):
        swapped = [tuple(rho[{i: j, j: i}.get(k, k)] for k in range(len(types))) for rho in profiles]
        assert (found[i] == found[j]) == all(
            table[rho] == table[other] for rho, other in zip(profiles, swapped, strict=True)
        )
    assert list(dict.fromkeys(found)) == list(range(max(found) + 1))
