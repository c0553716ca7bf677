"""Rationals: read as written, held as integers, rounded once."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairgames.errors import InputError
from fairgames.exact import Rationals, object_array, to_fraction
from tests.strategies import fractions_array


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("2/3", Fraction(2, 3)),
        (" -2/6 ", Fraction(-1, 3)),
        ("0.3", Fraction(3, 10)),
        (0.3, Fraction(3, 10)),
        (0.1 + 0.2, Fraction(30000000000000004, 10**17)),
        (1e-7, Fraction(1, 10**7)),
        (1e22, Fraction(10**22)),
        (-0.0, Fraction(0)),
        ("1e-3", Fraction(1, 1000)),
        (7, Fraction(7)),
        (Fraction(5, 4), Fraction(5, 4)),
        (Decimal("0.30"), Fraction(3, 10)),
        (np.float64(0.3), Fraction(3, 10)),
        (np.int32(4), Fraction(4)),
        (np.str_("2/3"), Fraction(2, 3)),
    ],
)
def test_numbers_are_read_as_written(given, read):
    found = to_fraction(given)
    assert type(found) is Fraction
    assert found == read


@pytest.mark.parametrize(
    "given",
    [
        float("nan"),
        float("inf"),
        -math.inf,
        "nan",
        "inf",
        "",
        "x",
        "1/0",
        "1/2/3",
        None,
        True,
        np.True_,
        1j,
        [1],
        Decimal("nan"),
        Decimal("inf"),
        np.float64("nan"),
    ],
)
def test_what_is_no_finite_number_is_refused_by_name(given):
    with pytest.raises(InputError, match="cost: expected a finite number, got"):
        to_fraction(given, "cost")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_and_its_shortest_decimal_are_the_same_float(value):
    assert float(to_fraction(value)) == value


fractions = st.fractions(-1000, 1000, max_denominator=997)


@given(st.lists(fractions, min_size=1, max_size=8), fractions)
def test_integers_over_one_denominator(values, factor):
    array = fractions_array(values, (len(values), 1))
    held = Rationals.of(array)
    assert held.shape == (len(values), 1)
    assert held.denominator == math.lcm(*(value.denominator for value in values))
    assert all(type(numerator) is int for numerator in held.numerators.flat)
    assert (held.fractions() == array).all()
    assert (held.scaled(factor).fractions() == array * factor).all()
    assert held[0].fractions().tolist() == [values[0]]
    assert held[-1:].fractions().ravel().tolist() == [values[-1]]


@given(st.lists(st.fractions(), min_size=1, max_size=5))
def test_floats_are_rounded_once(values):
    assert Rationals.of(fractions_array(values, (len(values),))).floats().tolist() == [float(v) for v in values]


def test_one_entry_of_an_array_keeps_its_shape():
    held = Rationals.of(fractions_array(["1/2", "1/3", 0, 1], (2, 2)))
    assert held[0, 1].shape == ()
    assert held[0, 1].fractions().item() == Fraction(1, 3)
    assert held[:, [1]].fractions().tolist() == [[Fraction(1, 3)], [1]]


def test_object_arrays_never_look_inside():
    array = object_array([[1, 2], (3,), "x"])
    assert array.shape == (3,)
    assert array[0] == [1, 2]
    assert object_array(iter([])).shape == (0,)
