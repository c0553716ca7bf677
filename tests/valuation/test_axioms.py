"""The axioms of Theorems 1 and 2, in exact arithmetic, on utilities that are anything but nice."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.exact import Rationals
from fairgames.game import PaymentGame
from fairgames.users import Users
from fairgames.utilities import TableUtility
from fairgames.valuation.potential import potential_exact
from fairgames.valuation.request import payments
from tests import oracles
from tests.strategies import choices_of, sizes, tables

RULES = ("users", "coalition")
COMMON = settings(max_examples=40, deadline=None)


@st.composite
def situations(draw, least_users: int = 1):
    """A table, and a profile at which the axioms are looked at."""
    n_users, n_levels = draw(sizes().filter(lambda size: size[0] >= least_users))
    profile = tuple(draw(st.lists(st.integers(0, n_levels - 1), min_size=n_users, max_size=n_users)))
    return draw(tables(n_users, n_levels)), profile


@st.composite
def pairs_of_users(draw, n_users: int) -> tuple[int, int]:
    one, two = draw(st.permutations(range(n_users)))[:2]
    return one, two


def everyones_values(table: np.ndarray, rule: str) -> np.ndarray:
    """Every user's value at every profile, shape (N, L, …, L), from the potential tensor of the game."""
    n = table.ndim
    game = PaymentGame(TableUtility(table), Users(names=[f"u{k}" for k in range(n)]), rule)
    payoffs = game.at(1 if rule == "users" else None).payoffs
    return np.moveaxis(payoffs, -1, 0)


def platforms_values(table: np.ndarray) -> np.ndarray:
    """φ_p at every profile: under Theorem 1 the potential itself."""
    return potential_exact(Rationals.of(table), extra=1).fractions()


def at_profile(table: np.ndarray, profile: tuple[int, ...], rule: str, alpha: Fraction | int = 1):
    """The allocation at one profile, from the sums over coalitions."""
    share = alpha if rule == "users" else 1  # Theorem 1 has none
    return payments(TableUtility(table), profile, share, rule)


def by_definition(table: np.ndarray, profile: tuple[int, ...], rule: str) -> list[Fraction]:
    if rule == "users":
        return oracles.shapley(table.__getitem__, profile)
    return oracles.with_platform(table.__getitem__, profile)[1]


def exchangeable(table: np.ndarray, profile: tuple[int, ...], one: int, two: int) -> np.ndarray:
    """The table changed so that both users add the same to every coalition of others at ``profile``."""
    changed = table.copy()
    others = [user for user in range(len(profile)) if user not in (one, two)]
    for coalition in oracles.subsets(others):
        with_one = oracles.shared_by(profile, (*coalition, one))
        changed[oracles.shared_by(profile, (*coalition, two))] = changed[with_one]
    return changed


# The oracles agree among themselves -----------------------------------------------------------


@COMMON
@given(situations())
def test_the_subset_sums_are_averages_over_orders(situation):
    table, profile = situation
    utility = table.__getitem__
    assert oracles.shapley(utility, profile) == oracles.shapley_by_orders(utility, profile)
    assert oracles.with_platform(utility, profile) == oracles.with_platform_by_orders(utility, profile)


# Values equal their definition ----------------------------------------------------------------


@COMMON
@given(situations(), st.sampled_from(RULES), st.fractions(0, 1, max_denominator=12))
def test_payments_at_one_profile_are_the_definition(situation, rule, alpha):
    table, profile = situation
    found = at_profile(table, profile, rule, alpha)
    share = alpha if rule == "users" else 1
    assert found.payments.tolist() == [share * value for value in by_definition(table, profile, rule)]
    assert found.efficiency_residual == 0
    assert found.utility == table[profile]
    assert found.exact
    assert found.error_bound == 0
    if rule == "users":
        assert found.alpha == alpha
        assert found.platform == (1 - alpha) * table[profile]
    else:
        assert found.alpha is None
        assert found.platform == oracles.with_platform(table.__getitem__, profile)[0]


@settings(max_examples=15, deadline=None)
@given(sizes(27).flatmap(lambda size: tables(*size)), st.sampled_from(RULES))
def test_the_potential_holds_every_payment_of_every_profile(table, rule):
    values = everyones_values(table, rule)
    for profile in product(*map(range, table.shape)):
        assert values[(slice(None), *profile)].tolist() == by_definition(table, profile, rule)


@settings(max_examples=15, deadline=None)
@given(sizes(27).flatmap(lambda size: tables(*size)))
def test_the_potential_is_the_platforms_own_value_under_theorem_1(table):
    values = platforms_values(table)
    for profile in product(*map(range, table.shape)):
        assert values[profile] == oracles.with_platform(table.__getitem__, profile)[0]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_payments_hold_where_not_every_level_may_be_chosen(data):
    n_users, n_levels = data.draw(sizes(27))
    table, choices = data.draw(tables(n_users, n_levels)), data.draw(choices_of(n_users, n_levels))
    rule = data.draw(st.sampled_from(RULES))
    game = PaymentGame(TableUtility(table), Users(allowed=choices), rule)
    payoffs = game.at("2/3" if rule == "users" else None).payoffs
    share = Fraction(2, 3) if rule == "users" else 1
    assert payoffs.shape == (*map(len, choices), n_users)
    for index in np.ndindex(payoffs.shape[:-1]):
        profile = tuple(levels[k] for levels, k in zip(choices, index, strict=True))
        assert payoffs[index].tolist() == [share * value for value in by_definition(table, profile, rule)]


# A.i and B.i ----------------------------------------------------------------------------------


@COMMON
@given(situations(least_users=2), st.sampled_from(RULES), st.data())
def test_equally_contributing_users_are_paid_equally(situation, rule, data):
    table, profile = situation
    one, two = data.draw(pairs_of_users(len(profile)))
    profile = tuple(max(level, 1) if user in (one, two) else level for user, level in enumerate(profile))
    table = exchangeable(table, profile, one, two)
    paid = at_profile(table, profile, rule).payments
    assert paid[one] == paid[two]
    values = everyones_values(table, rule)[(slice(None), *profile)]
    assert values[one] == values[two]


@COMMON
@given(situations(least_users=2), st.sampled_from(RULES), st.data())
def test_users_with_swapped_levels_swap_their_payments(situation, rule, data):
    table, _ = situation
    one, two = data.draw(pairs_of_users(table.ndim))
    symmetric = table + table.swapaxes(one, two)
    values = everyones_values(symmetric, rule)
    assert (values[one] == values[two].swapaxes(one, two)).all()
    for user in set(range(table.ndim)) - {one, two}:
        assert (values[user] == values[user].swapaxes(one, two)).all()


@COMMON
@given(situations(), st.sampled_from(RULES), st.data())
def test_a_user_who_adds_nothing_gets_nothing(situation, rule, data):
    table, profile = situation
    idle = data.draw(st.integers(0, table.ndim - 1))
    table = np.repeat(table.take([0], axis=idle), table.shape[idle], axis=idle)
    assert at_profile(table, profile, rule).payments[idle] == 0
    assert (everyones_values(table, rule)[idle] == 0).all()


@COMMON
@given(situations(), st.sampled_from(RULES))
def test_a_user_who_shares_nothing_gets_nothing(situation, rule):
    table, profile = situation
    paid = at_profile(table, profile, rule).payments
    assert all(paid[user] == 0 for user, level in enumerate(profile) if level == 0)


@COMMON
@given(situations(), st.data())
def test_a_user_as_indispensable_as_the_platform_gets_as_much(situation, data):
    """A.i with the platform as a player like any other, without which Theorem 1 is not unique."""
    table, profile = situation
    key = data.draw(st.integers(0, table.ndim - 1))
    table = table.copy()
    np.moveaxis(table, key, 0)[0] = Fraction(0)
    profile = (*profile[:key], table.shape[key] - 1, *profile[key + 1 :])
    found = at_profile(table, profile, "coalition")
    assert found.platform == found.payments[key]
    assert platforms_values(table)[profile] == everyones_values(table, "coalition")[(key, *profile)]


# A.ii and B.ii --------------------------------------------------------------------------------


@COMMON
@given(situations(), st.fractions(0, 1, max_denominator=12))
def test_the_payments_share_out_exactly_alpha_u(situation, alpha):
    table, profile = situation
    found = at_profile(table, profile, "users", alpha)
    assert sum(found.payments) == alpha * table[profile]
    assert sum(found.payments) + found.platform == table[profile]
    assert (everyones_values(table, "users").sum(axis=0) == table).all()


@COMMON
@given(situations())
def test_users_and_platform_share_out_exactly_u(situation):
    table, profile = situation
    found = at_profile(table, profile, "coalition")
    assert sum(found.payments) + found.platform == table[profile]
    assert (everyones_values(table, "coalition").sum(axis=0) + platforms_values(table) == table).all()


# A.iii and B.iii ------------------------------------------------------------------------------


@COMMON
@given(st.data(), st.sampled_from(RULES), st.fractions(0, 1, max_denominator=12))
def test_values_of_a_sum_are_sums_of_values(data, rule, alpha):
    n_users, n_levels = data.draw(sizes())
    one, two = data.draw(tables(n_users, n_levels)), data.draw(tables(n_users, n_levels))
    profile = tuple(data.draw(st.lists(st.integers(0, n_levels - 1), min_size=n_users, max_size=n_users)))
    separate = [at_profile(table, profile, rule, alpha) for table in (one, two)]
    joint = at_profile(one + two, profile, rule, alpha)
    assert (joint.payments == separate[0].payments + separate[1].payments).all()
    assert joint.platform == separate[0].platform + separate[1].platform
    values = [everyones_values(table, rule) for table in (one, two, one + two)]
    assert (values[2] == values[0] + values[1]).all()
    assert (platforms_values(one + two) == platforms_values(one) + platforms_values(two)).all()


# Floats ---------------------------------------------------------------------------------------


@COMMON
@given(situations(), st.sampled_from(RULES), st.sampled_from([Fraction(1), Fraction(10**9), Fraction(1, 7 * 10**8)]))
def test_floats_are_right_to_their_stated_bound(situation, rule, unit):
    table, profile = situation
    table = table * unit / 3
    utility = TableUtility(table)
    largest = float(max(abs(value) for value in table.flat))
    share = "1/3" if rule == "users" else 1
    exact = payments(utility, profile, share, rule)
    found = payments(utility, profile, share, rule, exact=False)
    assert not found.exact
    assert found.payments.dtype == float
    assert found.error_bound <= 1e-12 * largest + 1e-300
    for paid, right in zip(found.payments, exact.payments, strict=True):
        assert abs(Fraction(float(paid)) - right) <= Fraction(found.error_bound)
    assert abs(found.platform - exact.platform) <= 1e-12 * largest
    assert abs(found.efficiency_residual) <= 1e-12 * largest

    game = PaymentGame(utility, Users(names=[f"u{k}" for k in range(table.ndim)]), rule, exact=False)
    error = game.potential.error
    assert error <= 1e-12 * largest + 1e-300  # below the smallest normal number rounding is no longer relative
    for near, right in zip(game.potential.values.flat, _potentials(table, rule), strict=True):
        assert abs(Fraction(float(near)) - right) <= Fraction(error)


def _potentials(table: np.ndarray, rule: str) -> list[Fraction]:
    extra = 0 if rule == "users" else 1
    return [oracles.potential(table.__getitem__, profile, extra) for profile in np.ndindex(table.shape)]
