"""Payments in cents: Hamilton's apportionment of 1792 is the oracle, and the sum is kept whatever the payments are."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairgames.errors import InputError
from fairgames.utilities import TableUtility
from fairgames.valuation.request import payments
from fairgames.valuation.rounding import largest_remainders, percents, rounded

#: Populations of 1790, and the seats that Hamilton's bill gave (Balinski & Young 1982, table 3.1).
STATES = {
    "Virginia": (630_560, 21), "Massachusetts": (475_327, 16), "Pennsylvania": (432_879, 14),
    "North Carolina": (353_523, 12), "New York": (331_589, 11), "Maryland": (278_514, 9),
    "Connecticut": (236_841, 8), "South Carolina": (206_236, 7), "New Jersey": (179_570, 6),
    "New Hampshire": (141_822, 5), "Vermont": (85_533, 3), "Georgia": (70_835, 2), "Kentucky": (68_705, 2),
    "Rhode Island": (68_446, 2), "Delaware": (55_540, 2),
}  # fmt: skip

FRACTIONS = st.fractions(-1000, 1000, max_denominator=10**6)
AMOUNTS = st.lists(st.one_of(FRACTIONS, st.floats(-1e9, 1e9).map(Fraction)), min_size=1, max_size=12)


def test_hamiltons_apportionment() -> None:
    total = sum(people for people, _ in STATES.values())
    quotas = [Fraction(120 * people, total) for people, _ in STATES.values()]
    assert largest_remainders(quotas, Fraction(1)) == [seats for _, seats in STATES.values()]


@given(AMOUNTS, st.sampled_from([Fraction(1, 100), Fraction(1), Fraction(1, 3), Fraction(1, 20)]))
def test_the_sum_is_the_nearest_and_nobody_is_a_unit_off(values: list[Fraction], unit: Fraction) -> None:
    made = [unit * count for count in largest_remainders(values, unit)]
    assert all(abs(one - value) < unit for one, value in zip(made, values, strict=True))
    assert 2 * abs(sum(made) - sum(values)) <= unit


def test_who_is_paid_in_whole_units_already_keeps_that() -> None:
    """A user who gets nothing is not given what is left over."""
    assert largest_remainders([Fraction(0), Fraction(1, 3), Fraction(2, 3), Fraction(5)], Fraction(1)) == [0, 0, 1, 5]


def test_with_what_the_platform_keeps_it_is_the_utility() -> None:
    paid = payments(TableUtility([[0, "2/3"], ["1/7", "10/3"]]), (1, 1), "1/3")
    found = rounded(paid, "0.01")
    assert found.total == sum(found.payments)
    assert found.total + found.platform == Fraction(10, 3)
    assert found.before == Fraction(10, 9)
    assert found.largest_change == max(abs(one - old) for one, old in zip(found.payments, paid.payments, strict=True))


@given(AMOUNTS)
def test_percents_are_a_hundred_together(values: list[Fraction]) -> None:
    found = percents(values)
    assert (found is None) == (sum(values) <= 0)
    if found is not None:
        assert sum(found) == 100
        assert all(
            abs(one - 100 * value / sum(values)) < Fraction(1, 10) for one, value in zip(found, values, strict=True)
        )


@pytest.mark.parametrize("unit", [0, -1, "x", float("nan")])
def test_a_unit_is_a_number_above_0(unit: object) -> None:
    paid = payments(TableUtility([0, 1]), (1,))
    with pytest.raises(InputError, match="unit: expected"):
        rounded(paid, unit)  # type: ignore[arg-type]
