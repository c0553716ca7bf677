"""The share α, and α as a function of U (axiom B.ii)."""

from __future__ import annotations

import itertools
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.users import Users
from fairgames.utilities import FederatedMean, TableUtility
from fairgames.valuation.alpha import AlphaOfUtility, to_alpha
from fairgames.valuation.request import payments
from tests import oracles
from tests.strategies import tables

COMMON = settings(max_examples=60, deadline=None)


@st.composite
def point_lists(draw):
    us = sorted(draw(st.sets(st.fractions(-10, 10, max_denominator=6), min_size=1, max_size=5)))
    return [(u, draw(st.fractions(0, 1, max_denominator=8))) for u in us]


def by_hand(points, step: bool, u: Fraction) -> Fraction:
    """The definition: look for the two points around u."""
    if u <= points[0][0]:
        return points[0][1]
    for (u0, a0), (u1, a1) in itertools.pairwise(points):
        if u0 <= u < u1:
            return a0 if step else (a0 * (u1 - u) + a1 * (u - u0)) / (u1 - u0)
    return points[-1][1]


@COMMON
@given(point_lists(), st.booleans(), st.fractions(-12, 12, max_denominator=6))
def test_a_function_of_u(points, step, u):
    alpha = AlphaOfUtility(points, step)
    assert alpha(u) == by_hand(points, step, u)
    assert 0 <= alpha(u) <= 1


@COMMON
@given(point_lists(), st.booleans(), st.lists(st.fractions(-12, 12, max_denominator=6), min_size=1, max_size=6))
def test_arrays_go_through_entry_by_entry(points, step, us):
    alpha = AlphaOfUtility(points, step)
    exact = alpha.of(object_array(us).reshape(1, -1))
    assert exact.shape == (1, len(us))
    assert exact.ravel().tolist() == [by_hand(points, step, u) for u in us]
    # As floats only away from the jumps, where rounding may fall to either side.
    apart = [u for u in us if all(abs(u - point[0]) > Fraction(1, 10**6) for point in points)]
    floats = alpha.of(np.array([float(u) for u in apart]))
    assert floats.dtype == float
    assert floats == pytest.approx([float(by_hand(points, step, u)) for u in apart], abs=1e-12)


def test_a_step_holds_from_its_point_on():
    alpha = AlphaOfUtility([(0, "1/5"), (5, "2/5")], step=True)
    found = [alpha(u) for u in (-1, 0, "4.999", 5, 6)]
    assert found == [Fraction(1, 5)] * 3 + [Fraction(2, 5)] * 2
    assert alpha.of(np.array([-1.0, 0.0, 4.999, 5.0, 6.0])).tolist() == [0.2, 0.2, 0.2, 0.4, 0.4]


def test_one_point_is_a_constant():
    for step in (True, False):
        alpha = AlphaOfUtility([(3, 0.3)], step)
        assert {alpha(u) for u in (-100, 3, 100)} == {Fraction(3, 10)}
        assert alpha.of(np.array([-100.0, 3.0, 100.0])).tolist() == [0.3, 0.3, 0.3]


# B.ii: what is paid out is α(U)·U -------------------------------------------------------------


@COMMON
@given(tables(3, 2), point_lists(), st.booleans(), st.tuples(*[st.integers(0, 1)] * 3))
def test_payments_add_up_to_alpha_of_u_times_u(table, points, step, profile):
    alpha = AlphaOfUtility(points, step)
    found = payments(TableUtility(table), profile, alpha)
    share = by_hand(points, step, table[profile])
    assert found.alpha == share
    assert sum(found.payments) == share * table[profile]
    assert found.payments.tolist() == [share * value for value in oracles.shapley(table.__getitem__, profile)]
    assert found.platform == (1 - share) * table[profile]
    assert found.efficiency_residual == 0


@settings(max_examples=20, deadline=None)
@given(tables(2, 3), point_lists(), st.booleans())
def test_the_game_pays_alpha_of_u_at_every_profile(table, points, step):
    game = PaymentGame(TableUtility(table), Users(sensitivity=[[0, 1, 2], [0, "1/2", "3/2"]]))
    payoffs = game.at(AlphaOfUtility(points, step)).payoffs
    costs = [[0, 1, 2], [0, Fraction(1, 2), Fraction(3, 2)]]
    for profile in np.ndindex(3, 3):
        share = by_hand(points, step, table[profile])
        for user, value in enumerate(oracles.shapley(table.__getitem__, profile)):
            assert payoffs[(*profile, user)] == share * value - costs[user][profile[user]]


def test_equal_utilities_have_equal_shares():
    """B.ii: α may depend on how much was earned, not on how."""
    utility = TableUtility([[0, 4], [4, 4]])
    alpha = AlphaOfUtility([(0, 0), (8, 1)])
    assert [payments(utility, profile, alpha).alpha for profile in [(0, 1), (1, 0), (1, 1)]] == [Fraction(1, 2)] * 3


def test_floats_too():
    utility = FederatedMean(Users(samples=[10, 30, 5]), 1.0, 10.0)
    alpha = AlphaOfUtility([(0, 0.2), (50, 0.7)])
    found = payments(utility, (2, 1, 1), alpha)
    assert 0 < found.utility < 50
    assert found.alpha == pytest.approx(0.2 + 0.01 * found.utility, rel=1e-14)
    assert found.payments.sum() == pytest.approx(found.alpha * found.utility, rel=1e-14)
    assert isinstance(found.alpha, float)


def test_a_steep_function_of_u_magnifies_the_error_of_u():
    """α rises by 1 while U rises by 2·10⁻⁹: an error of 10⁻¹⁷ in U is one of 10⁻⁸ in α."""
    utility = TableUtility([[0, "1/3"], ["2/3", "10/7"]])
    u = Fraction(10, 7)
    alpha = AlphaOfUtility([(u - Fraction(1, 10**9), 0), (u + Fraction(1, 10**9), 1)])
    found, exact = (payments(utility, (1, 1), alpha, exact=exact) for exact in (False, True))
    for near, right in zip(found.payments, exact.payments, strict=True):
        assert abs(Fraction(float(near)) - right) <= Fraction(found.error_bound)


def test_a_jump_of_alpha_near_u_counts_as_error():
    """α jumps at a U that no float is: the float may lie on the wrong side."""
    for u, jump in product(("10/7", "0.3", "1/7", "2.9"), (0, "1/4", 1)):
        utility = TableUtility([[0, "1/3"], ["2/3", u]])
        alpha = AlphaOfUtility([(-5, 0), (u, jump)], step=True)
        found, exact = (payments(utility, (1, 1), alpha, exact=exact) for exact in (False, True))
        for near, right in zip(found.payments, exact.payments, strict=True):
            assert abs(Fraction(float(near)) - right) <= Fraction(found.error_bound)


# Faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([], "at least one pair"),
        ([(0, 1.1)], "0 ≤ α ≤ 1"),
        ([(0, -0.1)], "0 ≤ α ≤ 1"),
        ([(1, 0.5), (0, 0.6)], "ascending"),
        ([(1, 0.5), (1, 0.6)], "ascending"),
        ([(float("nan"), 0.5)], "finite number"),
        ([(0, float("nan"))], "finite number"),
        ([(float("inf"), 0.5)], "finite number"),
        ([("x", 0.5)], "finite number"),
        ([(True, 0.5)], "finite number"),
    ],
)
def test_functions_that_are_none(points, message):
    with pytest.raises(InputError, match=message):
        AlphaOfUtility(points)


def test_all_faults_of_a_function_are_reported_at_once():
    with pytest.raises(InputError) as caught:
        AlphaOfUtility([(1, 2), (1, -1)])
    assert len(caught.value.faults) == 3


@pytest.mark.parametrize("points", [[(0, 1, 2)], [0, 1], [(0,)]])
def test_points_that_are_no_pairs(points):
    with pytest.raises(InputError, match="alpha_of_utility"):
        AlphaOfUtility(points)


@pytest.mark.parametrize(
    ("given", "read"), [("2/5", "2/5"), (0.3, "3/10"), (0, "0"), (1, "1"), (Fraction(1, 7), "1/7"), ("1e-2", "1/100")]
)
def test_a_share_is_read_as_written(given, read):
    assert to_alpha(given) == Fraction(read)


@pytest.mark.parametrize("given", [-0.01, "6/5", 2, float("nan"), float("inf"), "x", None, True])
def test_a_share_lies_between_0_and_1(given):
    with pytest.raises(InputError, match="alpha"):
        to_alpha(given)


def test_functions_pass_through_and_compare():
    alpha = AlphaOfUtility([(0, 0.2), (5, 0.4)])
    assert to_alpha(alpha) is alpha
    assert alpha == AlphaOfUtility([("0", "1/5"), (5.0, "2/5")])
    assert alpha != AlphaOfUtility([(0, 0.2), (5, 0.4)], step=True)
