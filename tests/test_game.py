"""The users' game: payoffs from the definition, the exact potential, names, refusals."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.errors import InputError
from fairgames.game import EXACT_LIMIT, PaymentGame
from fairgames.games.normal_form import NormalFormGame
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace, TableUtility
from fairgames.valuation.alpha import AlphaOfUtility
from fairgames.valuation.request import payments
from tests.strategies import Case, cases, fractions_array

COMMON = settings(max_examples=50, deadline=None)
SHARES = st.fractions(0, 1, max_denominator=12)


def share_of(case: Case, alpha: Fraction) -> Fraction | None:
    return alpha if case.rule == "users" else None


def profiles_of(case: Case):
    """(index into the tensors, profile of level indices) of every profile."""
    for index in product(*(range(len(levels)) for levels in case.choices)):
        yield index, tuple(levels[k] for levels, k in zip(case.choices, index, strict=True))


# Payoffs --------------------------------------------------------------------------------------


@COMMON
@given(cases(least=-3), SHARES)
def test_payoffs_are_payments_less_costs(case, alpha):
    normal = case.game().at(share_of(case, alpha))
    oracle = case.oracle()
    share = alpha if case.rule == "users" else Fraction(1)
    assert normal.exact
    assert normal.rounding == 0
    for index, profile in profiles_of(case):
        assert normal.payoffs[index].tolist() == [
            oracle.payoff(profile, user, share) for user in range(len(case.choices))
        ]


@COMMON
@given(cases(least=-3), SHARES)
def test_floats_agree_within_their_stated_rounding(case, alpha):
    exact, floats = (case.game(exact=kind).at(share_of(case, alpha)) for kind in (True, False))
    assert not floats.exact
    assert 0 <= floats.rounding <= 1e-12 * (10 + float(abs(exact.payoffs).max()))
    for near, right in zip(floats.payoffs.flat, exact.payoffs.flat, strict=True):
        assert abs(Fraction(float(near)) - right) <= Fraction(floats.rounding)


def test_small_payoffs_from_large_potentials_state_the_potentials_error():
    """Three users, any one or two of whom earn 10⁶/3, but all of them 3/1000: each then gets 1/1000."""
    table = fractions_array([0, *[Fraction(10**6, 3)] * 6, Fraction(3, 1000)], (2, 2, 2))
    users = Users(allowed=[[1]] * 3)
    floats = PaymentGame(TableUtility(table), users, exact=False).at(1)
    exact = PaymentGame(TableUtility(table), users).at(1)
    assert exact.payoffs.ravel().tolist() == [Fraction(1, 1000)] * 3
    for near in floats.payoffs.flat:
        assert 0 < abs(Fraction(float(near)) - Fraction(1, 1000)) <= Fraction(floats.rounding)
    assert floats.rounding < 1e-8


class Blurred(TableUtility):
    """Every value is too high by the error that is stated for it, but that where nobody shares."""

    error = 2.0**-20

    @property
    def rounding(self) -> float:
        return self.error

    def values(self, axes):
        found = super().values(axes)
        return found + self.error * (np.arange(found.size) > 0)


@pytest.mark.parametrize("rule", ["users", "coalition"])
def test_the_error_of_u_is_part_of_every_error(rule):
    """P weighs all U(S) with 1 + 1/2 + … + 1/N in all, and all errors have the same sign here."""
    table = fractions_array(range(16), (2,) * 4)
    users = Users(names=["a", "b", "c", "d"])
    blurred, exact = (
        PaymentGame(Blurred(table), users, rule, exact=False),
        PaymentGame(TableUtility(table), users, rule),
    )
    off = np.abs(blurred.potential.numbers() - exact.potential.numbers().astype(float)).max()
    assert off <= blurred.potential.error <= 3 * Blurred.error
    if rule == "users":
        assert off >= 0.999 * (1 + 1 / 2 + 1 / 3 + 1 / 4) * Blurred.error
    share = 1 if rule == "users" else None
    near, right = blurred.at(share), exact.at(share).floats()
    assert np.abs(near.payoffs - right).max() <= near.rounding <= 6 * Blurred.error
    paid = payments(Blurred(table), (1, 1, 1, 1), rule=rule, exact=False)
    assert np.abs(paid.payments - right[1, 1, 1, 1]).max() <= paid.error_bound <= 3 * Blurred.error


def test_a_steep_share_magnifies_the_error_of_u():
    utility = TableUtility([[0, "1/3"], ["2/3", "10/7"]])
    u = Fraction(10, 7)
    alpha = AlphaOfUtility([(u - Fraction(1, 10**9), 0), (u + Fraction(1, 10**9), 1)])
    exact, floats = (PaymentGame(utility, Users(names=["a", "b"]), exact=kind).at(alpha) for kind in (True, False))
    for near, right in zip(floats.payoffs.flat, exact.payoffs.flat, strict=True):
        assert abs(Fraction(float(near)) - right) <= Fraction(floats.rounding)


@COMMON
@given(cases(least=-3), SHARES)
def test_payments_are_payoffs_before_costs(case, alpha):
    game, oracle = case.game(), case.oracle()
    paid = game.payments(share_of(case, alpha))
    share = alpha if case.rule == "users" else Fraction(1)
    assert paid.shape == (len(case.choices), *game.shape)
    for index, profile in profiles_of(case):
        assert paid[(slice(None), *index)].tolist() == [share * value for value in oracle.values[profile]]
    floats = case.game(exact=False).payments(share_of(case, alpha))
    assert np.abs(floats - paid.astype(float)).max() <= 1e-12


@pytest.mark.parametrize("rule", ["users", "coalition"])
@pytest.mark.parametrize("allowed", [None, [[1, 2], [0, 2], [2], [0, 1]]])
def test_the_federated_game_against_the_definition(rule, allowed):
    """U is the program's own here; what is checked is the way from U to the payoffs."""
    costs = [[0, 0, 1], [0, 0.3, 0.5], [0, 0, 0], [0, 1, 2]]
    users = Users(samples=[3, 40, 500, 8], importance=[1, 5, 2, 1], sensitivity=costs, allowed=allowed)
    utility = FederatedMean(users, 2.0, 10.0)
    choices = tuple(users.choices(user, 3) for user in range(4))
    table = {profile: Fraction(utility.at(profile)) for profile in product(range(3), repeat=4)}
    case = Case(np.empty((3,) * 4, dtype=object), users.sensitivity, choices, rule)
    case.table[...] = np.array([table[p] for p in product(range(3), repeat=4)], dtype=object).reshape((3,) * 4)
    oracle = case.oracle()
    normal = PaymentGame(utility, users, rule).at(share_of(case, Fraction(3, 7)))
    share = Fraction(3, 7) if rule == "users" else Fraction(1)
    for index, profile in profiles_of(case):
        for user in range(4):
            near = Fraction(float(normal.payoffs[(*index, user)]))
            assert abs(near - oracle.payoff(profile, user, share)) <= Fraction(normal.rounding) + Fraction(1, 10**12)


# The exact potential --------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(cases(most_profiles=81, least=-3), SHARES, st.data())
def test_what_a_deviation_gains_is_what_the_potential_gains(case, alpha, data):
    game = case.game()
    share = share_of(case, alpha)
    phi, payoffs = game.exact_potential(share).numbers(), game.at(share).payoffs
    assert phi.shape == game.shape
    index = tuple(data.draw(st.integers(0, size - 1)) for size in game.shape)
    for user, size in enumerate(game.shape):
        for choice in range(size):
            there = (*index[:user], choice, *index[user + 1 :])
            assert phi[there] - phi[index] == payoffs[(*there, user)] - payoffs[(*index, user)]


@COMMON
@given(cases(least=-3), SHARES)
def test_the_potential_is_alpha_p_less_all_costs(case, alpha):
    game, oracle = case.game(), case.oracle()
    phi = game.exact_potential(share_of(case, alpha))
    floats = case.game(exact=False).exact_potential(share_of(case, alpha))
    assert phi.error == 0
    for index, profile in profiles_of(case):
        right = oracle.phi(profile, alpha if case.rule == "users" else Fraction(1))
        assert phi.numbers()[index] == right
        assert abs(Fraction(float(floats.numbers()[index])) - right) <= Fraction(floats.error)
    assert floats.error <= 1e-12 * (10 + float(abs(phi.numbers()).max()))


def test_a_share_that_depends_on_u_breaks_the_potential():
    """Why Φ is offered for constant α only: around this cycle the deviations gain −1/2 in all.

    a earns 3/2, b then 1, a gives up 3, and b nothing.
    """
    game = PaymentGame(TableUtility([[0, 1], [3, 4]]), Users(names=["a", "b"]))
    payoffs = game.at(AlphaOfUtility([(0, 0), (1, 0), (3, 0.5), (4, 1)])).payoffs
    steps = pairwise([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)])
    gains = [payoffs[(*to, k % 2)] - payoffs[(*at, k % 2)] for k, (at, to) in enumerate(steps)]
    assert gains == [Fraction(3, 2), 1, -3, 0]


# U, P and costs -------------------------------------------------------------------------------


@COMMON
@given(cases(least=-3))
def test_tensors_hold_the_profiles_that_may_be_chosen(case):
    game, oracle = case.game(), case.oracle()
    assert game.shape == tuple(map(len, case.choices))
    assert game.size == len(oracle.profiles)
    assert game.utilities.exact
    for index, profile in profiles_of(case):
        assert game.levels(index) == profile
        assert game.index(profile) == index
        assert game.utilities.numbers(index).item() == case.table[profile]
        assert game.total_cost()[index] == sum(row[level] for row, level in zip(case.costs, profile, strict=True))


def test_profiles_that_may_not_be_chosen_are_refused():
    game = PaymentGame(TableUtility([[0, 1], [1, 2]]), Users(names=["ann", "bob"], allowed=[[1], None]))
    with pytest.raises(InputError, match=r"user ann may choose level indices \[1\], got 0"):
        game.index((0, 1))
    with pytest.raises(InputError, match="expected 2 level indices, got 1"):
        game.index((1,))


# Exact or not ---------------------------------------------------------------------------------


def test_rational_utilities_are_played_exactly_up_to_a_size():
    """3^11 = 177,147 profiles are few, 3^12 = 531,441 many."""
    for n, exact in ((11, True), (12, False)):
        assert (3**n <= EXACT_LIMIT) is exact
        assert PaymentGame(LinearLaplace(n, [0, 1, 2]), Users(names=[f"u{k}" for k in range(n)])).exact is exact
    assert not PaymentGame(TableUtility([0.0, 1.0]), Users(names=["a"])).exact
    assert not PaymentGame(TableUtility([0, 1]), Users(names=["a"]), exact=False).exact
    users = Users(samples=[1])
    with pytest.raises(InputError, match="federated-mean utility is not rational"):
        PaymentGame(FederatedMean(users, 1.0, 1.0), users, exact=True)


# Shares and rules -----------------------------------------------------------------------------


def test_theorem_2_needs_a_share_and_theorem_1_has_none():
    table, users = TableUtility([[0, 1], [1, 2]]), Users(names=["a", "b"])
    for ask in ("at", "exact_potential"):
        with pytest.raises(InputError, match="needs a share"):
            getattr(PaymentGame(table, users), ask)(None)
        with pytest.raises(InputError, match="has no share"):
            getattr(PaymentGame(table, users, "coalition"), ask)("1/2")
        with pytest.raises(InputError, match="between 0 and 1"):
            getattr(PaymentGame(table, users), ask)(1.5)


def test_users_must_be_those_of_the_utility():
    with pytest.raises(InputError, match="the utility is of 2 users, got 3"):
        PaymentGame(TableUtility([[0, 1], [1, 2]]), Users(names=["a", "b", "c"]))
    with pytest.raises(InputError, match="sensitivity has 3 entries, but the utility has 2 levels"):
        PaymentGame(TableUtility([[0, 1], [1, 2]]), Users(sensitivity=[[0, 1, 2]] * 2))
    with pytest.raises(InputError, match="allowed level index 2"):
        PaymentGame(TableUtility([[0, 1], [1, 2]]), Users(allowed=[[0, 2]] * 2))
    with pytest.raises(InputError, match="did you mean 'users'"):
        PaymentGame(TableUtility([[0, 1], [1, 2]]), Users(names=["a", "b"]), "user")


# Names and warnings ---------------------------------------------------------------------------


def test_the_normal_form_names_players_levels_and_the_share():
    users = Users(names=["ann", "bob"], allowed=[None, [0, 2]])
    normal = PaymentGame(LinearLaplace(2, [0, "0.5", "inf"]), users).at("2/5")
    assert normal.players == ("ann", "bob")
    assert normal.strategies == (("0", "0.5", "inf"), ("0", "inf"))
    assert normal.shape == (3, 2)
    assert normal.payoffs.shape == (3, 2, 2)
    assert "linear-laplace" in normal.title
    assert "2/5" in normal.title


@settings(max_examples=40, deadline=None)
@given(cases(least=-3, rules=("users",)))
def test_falls_of_u_and_of_costs_are_warned_of(case):
    """Whether it falls anywhere between two levels that a user may choose, or from level 0."""
    axes = [sorted({0, *levels}) for levels in case.choices]
    falls = any(
        case.table[(*profile[:user], high, *profile[user + 1 :])] < case.table[profile]
        for profile in product(*axes)
        for user, axis in enumerate(axes)
        for high in axis
        if high > profile[user]
    )
    warnings = case.game().warnings()
    assert any("U is not monotone" in warning for warning in warnings) == falls
    # Floats: falls below the rounding do not count, and there are none that small here.
    assert any("U is not monotone" in warning for warning in case.game(exact=False).warnings()) == falls


def test_warnings_say_who_and_where():
    users = Users(names=["ann", "bob"], sensitivity=[[0, 2, 1], [0, 1, 2]])
    game = PaymentGame(TableUtility([[0, 1, 2], [2, 3, 4], [3, 4, 1]]), users)
    cost, fall = game.warnings()
    assert "ann" in cost
    assert "sensitivity falls" in cost
    # The only falls are into (2, 2): from (1, 2) if ann moves, from (2, 1) if bob does.
    assert ("(1, 2)" in fall and "ann moves to 2" in fall) or ("(2, 1)" in fall and "bob moves to 2" in fall)


# Normal forms by themselves -------------------------------------------------------------------


def test_normal_forms_from_arrays():
    game = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]], title="dilemma")
    assert game.payoffs[1, 0].tolist() == [5, 0]
    assert game.payoffs.dtype == float
    assert (game.shape, game.n_players, game.exact, game.title) == ((2, 2), 2, False, "dilemma")
    exact = NormalFormGame.from_arrays(np.array([[Fraction(1, 3)]], dtype=object), np.array([[2]], dtype=object))
    assert exact.exact
    assert exact.floats()[0, 0, 0] == 1 / 3


def test_normal_forms_whose_names_do_not_fit_are_refused():
    with pytest.raises(InputError, match=r"payoffs have shape \(2, 2, 2\)"):
        NormalFormGame(np.zeros((2, 2, 2)), ("a", "b"), (("x", "y"), ("x", "y", "z")))
    with pytest.raises(InputError, match="payoffs have shape"):
        NormalFormGame(np.zeros((2, 2)), ("a", "b"), (("x", "y"),))


def test_nashpy_gets_rows_and_columns_in_their_places():
    users = Users(names=["a", "b"], sensitivity=[[0, "1/8"], [0, "1/4"]])
    normal = PaymentGame(TableUtility([[0, 1], [2, 4]]), users).at("1/2")
    game = normal.to_nashpy()
    row, column = game.payoff_matrices
    assert np.array_equal(row, normal.floats()[..., 0])
    assert np.array_equal(column, normal.floats()[..., 1])
    # By hand: alone a earns 1 less 1/8, b 1/2 less 1/4; together a's value is 5/2, b's 3/2.
    assert row.tolist() == [[0, 0], [7 / 8, 9 / 8]]
    assert column.tolist() == [[0, 1 / 4], [0, 1 / 2]]


def test_nashpy_plays_two_player_games_only():
    with pytest.raises(InputError, match="two players, but this one has 3"):
        NormalFormGame(np.zeros((1, 1, 1, 3)), ("a", "b", "c"), (("x",),) * 3).to_nashpy()


def test_rows_of_costs_are_one_kind_by_their_numbers_and_pairs_are_no_fractions():
    half = Fraction(1, 2)
    users = Users(sensitivity=[[0, half], [Fraction(0), "1/2"], (0, 0.5), [0, Fraction(1, 3)]])
    assert users.sensitivity[0] is users.sensitivity[1] is users.sensitivity[2]
    assert users.kinds.first == (0, 3)
    with pytest.raises(InputError, match="sensitivity of user 2: expected a finite number"):
        Users(sensitivity=[[0, half], [0, (1, 2)]])
