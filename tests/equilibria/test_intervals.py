"""Pure equilibria at every share α: intervals against trying every deviation at every α."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.game import PaymentGame
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace, TableUtility
from fairgames.valuation.request import payments
from tests.strategies import Case, cases

GRID = [Fraction(k, 12) for k in range(13)]


def intervals(case: Case, exact: bool | None = None) -> dict[tuple[int, ...], tuple]:
    """(lower, upper, stable) of every profile found."""
    game = case.game(exact)
    found = pure_equilibria(game)
    assert len(found) == len(found.index) == len(set(found.index.tolist()))
    assert found.index.tolist() == sorted(found.index.tolist())
    profiles = [game.levels(np.unravel_index(k, game.shape)) for k in found.index]
    return {profile: (found.lower[k], found.upper[k], bool(found.stable[k])) for k, profile in enumerate(profiles)}


def telling_shares(critical) -> list[Fraction]:
    """A grid, the critical shares, and a point right beside each of them and between any two."""
    beside = [share + step for share in critical for step in (Fraction(-1, 10**12), Fraction(1, 10**12))]
    between = [(one + two) / 2 for one, two in pairwise(critical)]
    return sorted({share for share in [*GRID, *critical, *beside, *between] if 0 <= share <= 1})


# Against brute force --------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(cases(least=-3, rules=("users",)))
def test_a_profile_is_an_equilibrium_exactly_on_its_interval(case):
    found, oracle = intervals(case), case.oracle()
    for alpha in telling_shares(oracle.critical):
        inside = [profile for profile in oracle.profiles if profile in found and _in(alpha, found[profile])]
        assert inside == oracle.equilibria(alpha)


@settings(max_examples=25, deadline=None)
@given(cases(most_profiles=81, least=-3, rules=("users",)))
def test_larger_games_at_some_shares(case):
    found, oracle = intervals(case), case.oracle()
    for alpha in [*GRID, *oracle.critical[:: max(1, len(oracle.critical) // 20)]]:
        inside = [profile for profile in oracle.profiles if profile in found and _in(alpha, found[profile])]
        assert inside == oracle.equilibria(alpha)


def _in(alpha: Fraction, interval: tuple) -> bool:
    return interval[0] <= alpha <= interval[1]


@settings(max_examples=60, deadline=None)
@given(cases(least=-3, rules=("users",)))
def test_stable_profiles_lose_by_every_deviation_inside_their_interval(case):
    found, oracle = intervals(case), case.oracle()
    for profile, (lower, upper, stable) in found.items():
        inside = [lower + (upper - lower) * Fraction(k, 7) for k in range(1, 7)]
        strict = lower < upper and all(oracle.is_equilibrium(profile, alpha, strict=True) for alpha in inside)
        assert stable == strict


@settings(max_examples=60, deadline=None)
@given(cases(least=-3, rules=("coalition",)))
def test_theorem_1_is_one_game(case):
    game, oracle = case.game(), case.oracle()
    found = pure_equilibria(game)
    profiles = [game.levels(np.unravel_index(k, game.shape)) for k in found.index]
    assert profiles == oracle.equilibria(Fraction(1))
    assert all(share == 1 for share in [*found.lower, *found.upper])
    assert found.keeps.tolist() == [oracle.kept[profile] for profile in profiles]
    assert found.utility.tolist() == [case.table[profile] for profile in profiles]
    assert found.stable.tolist() == [oracle.is_equilibrium(profile, Fraction(1), strict=True) for profile in profiles]


@settings(max_examples=60, deadline=None)
@given(cases(least=-3), st.data())
def test_some_equilibrium_exists_at_every_share(case, data):
    """Φ_α has a maximiser (Monderer & Shapley 1996)."""
    found = intervals(case)
    alpha = data.draw(st.fractions(0, 1, max_denominator=1000)) if case.rule == "users" else Fraction(1)
    assert any(_in(alpha, interval) for interval in found.values())


@settings(max_examples=40, deadline=None)
@given(cases(least=-3))
def test_what_is_stated_about_each_equilibrium(case):
    game = case.game()
    found = pure_equilibria(game)
    for k, index in enumerate(found.index):
        profile = game.levels(np.unravel_index(index, game.shape))
        assert found.utility[k] == case.table[profile]
        assert 0 <= found.lower[k] <= found.upper[k] <= 1
    assert not found.lower_error.any()
    assert not found.upper_error.any()
    assert found.utility_error == found.keeps_error == 0
    assert found.profiles(game).tolist() == [list(game.levels(np.unravel_index(k, game.shape))) for k in found.index]
    for profile in case.oracle().profiles:
        at = [k for k, one in enumerate(found.profiles(game).tolist()) if tuple(one) == profile]
        assert found.interval(game, profile) == ((found.lower[at[0]], found.upper[at[0]]) if at else None)
    last = found.select(np.arange(len(found)) == len(found) - 1)
    assert (len(last), last.index[0], last.lower[0]) == (1, found.index[-1], found.lower[-1])


# Floats ---------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(cases(most_profiles=81, least=-3))
def test_floats_find_the_same_profiles(case):
    """Ties survive round-off: small integers and few costs, so that many deviations change nothing."""
    exact, floats = intervals(case), intervals(case, exact=False)
    assert floats.keys() == exact.keys()
    for profile, (lower, upper, stable) in exact.items():
        near_lower, near_upper, near_stable = floats[profile]
        assert near_lower == pytest.approx(float(lower), abs=1e-11)
        assert near_upper == pytest.approx(float(upper), abs=1e-11)
        assert near_stable == stable


@settings(max_examples=30, deadline=None)
@given(cases(least=-3), st.sampled_from([10**9, Fraction(1, 10**9), Fraction(1, 3 * 10**6)]))
def test_the_unit_of_money_changes_no_tie(case, unit):
    scaled = Case(case.table * unit, tuple(tuple(c * unit for c in row) for row in case.costs), case.choices, case.rule)
    exact, floats = intervals(case), intervals(scaled, exact=False)
    assert {profile: stable for profile, (*_, stable) in exact.items()} == {
        profile: stable for profile, (*_, stable) in floats.items()
    }


@settings(max_examples=30, deadline=None)
@given(cases(least=-3))
def test_each_end_is_off_by_its_own_error_at_most(case):
    profiles, exact = list(intervals(case)), intervals(case)
    found = pure_equilibria(case.game(exact=False))
    assert found.lower_error.max(initial=0) <= 1e-11
    assert found.upper_error.max(initial=0) <= 1e-11
    for k, profile in enumerate(profiles):
        assert abs(Fraction(float(found.lower[k])) - exact[profile][0]) <= Fraction(float(found.lower_error[k]))
        assert abs(Fraction(float(found.upper[k])) - exact[profile][1]) <= Fraction(float(found.upper_error[k]))


@settings(max_examples=30, deadline=None)
@given(cases(least=-3), st.sampled_from([Fraction(1, 3), Fraction(10**9, 7)]))
def test_what_is_kept_is_off_by_its_error_at_most(case, unit):
    case = replace(case, table=case.table * unit)
    found, kept = pure_equilibria(case.game(exact=False)), case.oracle().kept
    assert found.keeps_error <= 1e-13 * float(unit)
    for k, profile in enumerate(found.profiles(case.game()).tolist()):
        right = kept[tuple(profile)] if case.rule == "coalition" else case.table[tuple(profile)]
        assert abs(Fraction(float(found.keeps[k])) - right) <= found.keeps_error


# A lone member of the group is worth an open user ----------------------------------------------


@st.composite
def indifferent_federations(draw):
    """Federated games in which the levels 1 and 2 cost the same."""
    n = draw(st.integers(2, 5))
    samples = draw(st.lists(st.floats(1, 1000), min_size=n, max_size=n))
    importance = draw(st.lists(st.sampled_from([0.5, 1.0, 3.0, 20.0]), min_size=n, max_size=n))
    costs = draw(st.lists(st.sampled_from(["0", "1/10", "1/3", "1", "2"]), min_size=n, max_size=n))
    users = Users(samples=samples, importance=importance, sensitivity=[[0, c, c] for c in costs])
    return FederatedMean(users, draw(st.sampled_from([0.0, 0.1, 1.0, 100.0])), 10.0), users


def twins(shape: tuple[int, ...]):
    """Pairs of profiles that differ in a lone member of the group being open instead."""
    for profile in product(*map(range, shape)):
        if profile.count(1) == 1:
            yield profile, tuple(2 if level == 1 else level for level in profile)


@settings(max_examples=30, deadline=None)
@given(indifferent_federations(), st.sampled_from(["users", "coalition"]))
def test_twins_have_the_same_u_p_and_payments(federation, rule):
    utility, users = federation
    game = PaymentGame(utility, users, rule)
    u, p = game.utilities, game.potential
    for profile, twin in twins(game.shape):
        assert abs(u.values[profile] - u.values[twin]) <= 2 * u.error
        assert abs(p.values[profile] - p.values[twin]) <= 2 * p.error
        one, two = (payments(utility, at, 1, rule) for at in (profile, twin))
        assert np.abs(one.payments - two.payments).max() <= one.error_bound + two.error_bound


@settings(max_examples=60, deadline=None)
@given(indifferent_federations(), st.sampled_from(["users", "coalition"]))
def test_no_tie_is_lost_to_rounding(federation, rule):
    """Where a lone member is in equilibrium, so is the same user sharing openly.

    For that user nothing changes. Whoever else moves to level 1 then hides nothing either, so
    only deviations to level 2 are left, and those are worth what they were.
    """
    utility, users = federation
    game = PaymentGame(utility, users, rule)
    found = pure_equilibria(game)
    ends = {int(index): (found.lower[k], found.upper[k], found.stable[k]) for k, index in enumerate(found.index)}
    for profile, twin in twins(game.shape):
        here, there = (int(np.ravel_multi_index(at, game.shape)) for at in (profile, twin))
        if here in ends:
            assert there in ends
            lower, upper, stable = ends[here]
            assert ends[there][0] <= lower + 2 * found.lower_error.max()
            assert ends[there][1] >= upper - 2 * found.upper_error.max()
            assert not stable  # the lone member may as well be open
            assert not ends[there][2]


def test_the_case_in_which_round_off_lost_312_profiles():
    """Distinct users with c(1) = c(2) (design note 2): the twin of every lone member is found."""
    rng = np.random.default_rng(3)
    samples = rng.integers(10, 500, 7)
    users = Users(samples=samples, sensitivity=[[0, 0.05, 0.05]] * 7)
    game = PaymentGame(FederatedMean(users, 1.0, 10.0), users)
    found = set(pure_equilibria(game).index.tolist())
    lone = [pair for pair in twins(game.shape) if int(np.ravel_multi_index(pair[0], game.shape)) in found]
    assert len(lone) > 20
    assert all(int(np.ravel_multi_index(twin, game.shape)) in found for _, twin in lone)


def test_every_equilibrium_but_one_has_a_member_of_the_group():
    """If c(1) < c(2) for all: a user would rather be a lone member than open (Appendix D's comment)."""
    users = Users(samples=[3, 40, 500, 8, 90], sensitivity=[[0, 0.05, 0.1]] * 5)
    game = PaymentGame(FederatedMean(users, 1.0, 10.0), users)
    found = pure_equilibria(game)
    profiles = [game.levels(np.unravel_index(k, game.shape)) for k in found.index]
    assert (0,) * 5 in profiles
    assert len(profiles) > 5
    # At α = 1/β the lone member gains c(2) − c(1) > 0, so no α but 0 stops it.
    assert all(1 in profile for profile in profiles if any(profile))


# Games that are known -------------------------------------------------------------------------


def test_coordination_can_fail():
    """Design note 8.7, ε′ = 1: between 8c and 27c/2 all sharing and none sharing are equilibria."""
    c = Fraction(1, 20)
    game = PaymentGame(LinearLaplace(2, [0, 1]), Users(sensitivity=[[0, c]] * 2))
    found = pure_equilibria(game)
    assert found.index.tolist() == [0, 3]
    assert found.lower.tolist() == [0, 8 * c]
    assert found.upper.tolist() == [27 * c / 2, 1]


def test_free_sharing_is_an_equilibrium_at_every_share():
    game = PaymentGame(TableUtility([[0, 1], [1, 2]]), Users(names=["a", "b"]))
    found = pure_equilibria(game)
    assert found.index.tolist() == [0, 1, 2, 3]  # at α = 0 all are, as nothing is paid and nothing costs
    assert found.lower.tolist() == [0, 0, 0, 0]
    assert found.upper.tolist() == [0, 0, 0, 1]
    assert found.stable.tolist() == [False, False, False, True]


def test_a_user_without_a_choice_does_nothing():
    game = PaymentGame(TableUtility([[0, 1], [3, 4]]), Users(allowed=[[1], [0, 1]], sensitivity=[[9, 0], [0, "1/2"]]))
    found = pure_equilibria(game)
    assert found.index.tolist() == [0, 1]
    assert found.lower.tolist() == [0, Fraction(1, 2)]
    assert found.upper.tolist() == [Fraction(1, 2), 1]
    assert found.utility.tolist() == [3, 4]


@pytest.mark.parametrize("gain", [0.5, 4.0, 1e10])
def test_costs_too_small_for_a_reciprocal(gain):
    """1/c is beyond the largest float: everybody shares at every share but 0, and nothing overflows on the way."""
    users = Users(sensitivity=[[0, 5e-324], [0, 1e-322]])
    game = PaymentGame(TableUtility([[0, gain], [gain, 1.7 * gain]], [0, 1]), users, exact=False)
    with np.errstate(all="raise", under="ignore"):
        found = pure_equilibria(game)
    intervals = dict(
        zip(map(tuple, found.profiles(game).tolist()), zip(found.lower, found.upper, strict=True), strict=True)
    )
    assert intervals[1, 1] == (0, 1)
    assert all(ends == (0, 0) for profile, ends in intervals.items() if profile != (1, 1))


@pytest.mark.parametrize("step", ["5e-324", "1e-300", "1e-100", "1e-18", "1e-15"])
@pytest.mark.parametrize("others", [0, 1])
def test_an_end_that_floats_do_not_know_is_not_what_they_hold(step: str, others: int):
    """Level 2 costs a little more than level 1 and is worth the same: level 1 alone is an equilibrium up to α = 1.

    In floats the two may be worth 4e-16 apart, and κ/D was then told as the end: 2e-285 at κ = 1e-300.
    """
    users = Users(samples=[10] * (1 + others), sensitivity=[[0, 0, step], *[[0, 100, 100]] * others])
    game = PaymentGame(FederatedMean(users, between=13, within=10), users)
    found = pure_equilibria(game)
    places = [tuple(place) for place in found.profiles(game).tolist()]
    at = places.index((1, *[0] * others))
    assert (found.lower[at], found.upper[at], bool(found.stable[at])) == (0, 1, True)
    assert not [place for place in places if place[0] == 2]
