"""Fair payments at one profile: eqs. 5 to 7, their faults, bounds and warnings."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames import memory
from fairgames.errors import InputError, TooLargeError
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace, TableUtility, Utility
from fairgames.valuation.alpha import AlphaOfUtility
from fairgames.valuation.potential import potential
from fairgames.valuation.request import all_payments, payments, values_at_levels
from tests import oracles
from tests.strategies import fractions_array, tables


def test_the_glove_game():
    """The textbook values: 2/3 to the only left glove, 1/6 to each right one."""
    table = fractions_array([0, 0, 0, 1, 0, 1, 0, 1], (2, 2, 2))
    found = payments(TableUtility(table), (1, 1, 1))
    assert found.payments.tolist() == [Fraction(1, 6), Fraction(1, 6), Fraction(2, 3)]
    assert found.method == "subsets"


def test_the_unanimity_game_is_split_equally():
    for n in range(1, 7):
        table = np.zeros((2,) * n, dtype=object)
        table[(1,) * n] = 1
        utility = TableUtility(table)
        assert payments(utility, (1,) * n).payments.tolist() == [Fraction(1, n)] * n
        shared = payments(utility, (1,) * n, rule="coalition")
        assert [shared.platform, *shared.payments] == [Fraction(1, n + 1)] * (n + 1)


def test_an_additive_game_pays_everybody_what_they_add():
    adds = [Fraction(3), Fraction(-1, 2), Fraction(0), Fraction(7, 3)]
    table = fractions_array(
        [sum(add for add, level in zip(adds, profile, strict=True) if level) for profile in np.ndindex((2,) * 4)],
        (2,) * 4,
    )
    assert payments(TableUtility(table), (1, 1, 1, 1)).payments.tolist() == adds
    assert payments(TableUtility(table), (1, 0, 1, 1)).payments.tolist() == [adds[0], 0, adds[2], adds[3]]
    # With the platform as a member, each user shares what it adds with the platform alone.
    shared = payments(TableUtility(table), (1, 1, 1, 1), rule="coalition")
    assert shared.payments.tolist() == [add / 2 for add in adds]
    assert shared.platform == sum(adds) / 2


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("rule", ["users", "coalition"])
def test_where_nobody_shares_nobody_is_paid(rule, exact):
    found = payments(TableUtility([[0, 1], [1, 2]]), (0, 0), rule=rule, exact=exact)
    assert found.payments.tolist() == [0, 0]
    assert (found.platform, found.utility, found.efficiency_residual) == (0, 0, 0)
    assert found.monotone


def test_the_bounds_of_floats_hold_for_the_federated_mean():
    """Against 50 digits: both the logarithms and the sums count."""
    samples, importance = [3.0, 40.0, 500.0, 7.0], [1.0, 0.25, 10.0, 0.0]
    utility = FederatedMean(Users(samples=samples, importance=importance), between=2.5, within=10.0)
    federation = oracles.Federation([Fraction(n) for n in samples], Fraction(5, 2), Fraction(10))
    weights = [Fraction(a) for a in importance]

    def exact(profile):
        return Fraction(federation.utility(profile, weights))

    for profile in [(2, 1, 1, 2), (1, 1, 1, 1), (2, 2, 0, 1), (0, 0, 1, 0)]:
        found = payments(utility, profile)
        for paid, right in zip(found.payments, oracles.shapley(exact, profile), strict=True):
            assert abs(Fraction(float(paid)) - right) <= Fraction(found.error_bound) <= Fraction(1, 10**11)
        shared = payments(utility, profile, rule="coalition")
        platform, values = oracles.with_platform(exact, profile)
        for paid, right in zip([shared.platform, *shared.payments], [platform, *values], strict=True):
            assert abs(Fraction(float(paid)) - right) <= Fraction(shared.error_bound)


def test_money_scales_with_the_unit():
    plain, scaled = LinearLaplace(3, [0, 1, "inf"]), LinearLaplace(3, [0, 1, "inf"], scale="5/7")
    for rule in ("users", "coalition"):
        one, two = (payments(utility, (1, 2, 2), rule=rule) for utility in (plain, scaled))
        assert two.payments.tolist() == [Fraction(5, 7) * paid for paid in one.payments]
        assert two.platform == Fraction(5, 7) * one.platform


@settings(max_examples=30, deadline=None)
@given(tables(3, 3), st.tuples(*[st.integers(0, 2)] * 3), st.sampled_from(["users", "coalition"]))
def test_warnings_name_what_is_unusual(table, profile, rule):
    found = payments(TableUtility(table), profile, rule=rule)
    sharing = [user for user, level in enumerate(profile) if level]
    falls = any(
        table[oracles.shared_by(profile, (*coalition, user))] < table[oracles.shared_by(profile, coalition)]
        for user in sharing
        for coalition in oracles.subsets(other for other in sharing if other != user)
    )
    assert found.monotone == (not falls)
    warnings = found.warnings(["ann", "bob", "cat"])
    assert any("not monotone" in warning for warning in warnings) == falls
    negative = [name for name, paid in zip(["ann", "bob", "cat"], found.payments, strict=True) if paid < 0]
    assert any("negative" in warning for warning in warnings) == bool(negative)
    assert all(name in warnings[-1] for name in negative)


def test_alpha_multiplies_what_the_users_get():
    utility = TableUtility([[0, 1], [2, 5]])
    for alpha in ("0", "1/3", 1):
        found = payments(utility, (1, 1), alpha)
        assert found.payments.tolist() == [3 * Fraction(alpha), 2 * Fraction(alpha)]
        assert found.platform == 5 * (1 - Fraction(alpha))
        assert found.alpha == Fraction(alpha)


def test_a_function_of_u_is_read_at_the_profile():
    utility = TableUtility([[0, 1], [2, 5]])
    alpha = AlphaOfUtility([(0, 0), (10, 1)])
    found = payments(utility, (1, 1), alpha)
    assert found.alpha == Fraction(1, 2)
    assert found.payments.tolist() == [Fraction(3, 2), Fraction(1)]
    assert payments(utility, (1, 0), alpha).payments.tolist() == [Fraction(2, 5), 0]


@pytest.mark.parametrize("alpha", [-0.1, 1.5, "nan", "x", None])
def test_a_share_is_between_0_and_1(alpha):
    with pytest.raises(InputError, match="alpha"):
        payments(TableUtility([0, 1]), (1,), alpha)


@pytest.mark.parametrize(
    ("profile", "message"),
    [((1,), "expected 2 level indices"), ((1, 1, 1), "got 3"), ((1, 2), r"\[2\]"), ((-1, 0), r"\[-1\]")],
)
def test_a_profile_must_fit(profile, message):
    with pytest.raises(InputError, match=message):
        payments(TableUtility([[0, 1], [1, 2]]), profile)


def test_only_rational_utilities_are_exact():
    utility = FederatedMean(Users(samples=[1, 2]), 1, 1)
    with pytest.raises(InputError, match="not rational"):
        payments(utility, (1, 1), exact=True)


def test_an_unknown_rule_gets_the_nearest_name():
    with pytest.raises(InputError, match="did you mean 'coalition'"):
        payments(TableUtility([0, 1]), (1,), rule="coalitoin")


@pytest.mark.parametrize("exact", [True, False])
def test_too_many_coalitions_are_refused_before_u_is_asked(monkeypatch, exact):
    monkeypatch.setattr(memory, "available_bytes", lambda: 10**9)
    monkeypatch.setattr(memory, "_SMALL", 0)
    monkeypatch.setattr(Utility, "on_grid", _never)
    monkeypatch.setattr(Utility, "exact_on_grid", _never)
    with pytest.raises(TooLargeError, match=r"40 users who share.*2\^40 coalitions.*fit --top"):
        payments(LinearLaplace(60, [0, 1]), (1,) * 40 + (0,) * 20, exact=exact, method="subsets")


def _never(*_args):
    raise AssertionError("U was asked for")


def test_users_on_level_0_cost_nothing():
    """Sixty users, of whom two share: four coalitions."""
    found = payments(LinearLaplace(60, [0, "inf"]), (0,) * 29 + (1, 1) + (0,) * 29)
    # 62/60 · Σw, and Σw is 1/3 for one unconstrained user, 2/4 for two.
    assert found.utility == Fraction(62, 60) * Fraction(1, 2)
    assert found.payments[29] == found.payments[30] == Fraction(62, 60) * Fraction(1, 4)
    assert sum(found.payments) == found.utility


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3).flatmap(lambda n: tables(n, 3)), st.data())
def test_one_users_value_at_every_level(table, data):
    n = table.ndim
    profile = tuple(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    user = data.draw(st.integers(0, n - 1))
    levels = data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True))
    for extra in (0, 1):
        right = []
        for level in levels:
            there = (*profile[:user], level, *profile[user + 1 :])
            values = oracles.shapley if extra == 0 else lambda *at: oracles.with_platform(*at)[1]
            right.append(values(table.__getitem__, there)[user])
        exact, no_error = values_at_levels(TableUtility(table), profile, user, levels, extra, exact=True)
        assert (exact.tolist(), no_error) == (right, 0)
        found, error = values_at_levels(TableUtility(table), profile, user, levels, extra)
        assert error <= 1e-13 * float(max(1, *(abs(value) for value in table.flat)))
        for near, value in zip(found, right, strict=True):
            assert abs(Fraction(float(near)) - value) <= Fraction(error)


@pytest.mark.parametrize("extra", [0, 1])
def test_all_payments_are_those_of_each_profile(extra):
    table = np.random.default_rng(1).normal(size=(3, 2, 4))
    table[0, 0, 0] = 0
    found = all_payments(potential(table, extra))
    assert found.shape == (3, 3, 2, 4)
    for profile in np.ndindex(3, 2, 4):
        if extra == 0:
            right = oracles.shapley(lambda at: Fraction(table[at]), profile)
        else:
            right = oracles.with_platform(lambda at: Fraction(table[at]), profile)[1]
        assert found[(slice(None), *profile)] == pytest.approx([float(value) for value in right], abs=1e-13)


def test_all_payments_are_refused_where_they_do_not_fit(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 100)
    monkeypatch.setattr(memory, "_SMALL", 0)
    with pytest.raises(TooLargeError, match="All payments of 64 profiles needs"):
        all_payments(np.zeros((4, 4, 4)))


def test_theorem_1_takes_no_share():
    table = TableUtility([[0, 1], [1, 2]])
    with pytest.raises(InputError, match="has no share"):
        payments(table, (1, 1), "1/2", rule="coalition")
    with pytest.raises(InputError, match="has no share"):
        payments(table, (1, 1), AlphaOfUtility([(0, 1)]), rule="coalition")
