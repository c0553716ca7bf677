"""The federated mean: closed form against the weight problem, an outside program and a simulation."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.errors import InputError
from fairgames.users import Users
from fairgames.utilities import FederatedMean, blocks
from tests.oracles import Federation


def emse(samples, between, within, profile, **options) -> list[float]:
    """Everybody's EMSE, read off U with one user's importance 1 and the others' 0."""
    n = len(samples)
    errors = []
    for user in range(n):
        users = Users(samples=samples, importance=np.eye(n)[user])
        utility = FederatedMean(users, between, within, **options).at(profile)
        errors.append((within + 2 * between) * math.exp(-utility))
    return errors


def federation(samples, between, within, aggregation="equal") -> Federation:
    return Federation([Fraction(n) for n in samples], Fraction(between), Fraction(within), aggregation == "samples")


# Against the weight problem -------------------------------------------------------------------

RATIOS = [0.0, 1e-4, 1e-3, 0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1, 1e4), st.floats(0, 10), st.integers(0, 2)), min_size=1, max_size=6),
    st.sampled_from(RATIOS),
    st.sampled_from([0.3, 1.0, 70.0]),
    st.sampled_from(["equal", "samples"]),
)
def test_the_closed_form_solves_the_weight_problem(rows, ratio, within, aggregation):
    samples, importance, profile = zip(*rows, strict=True)
    between = ratio * within
    utility = FederatedMean(Users(samples=samples, importance=importance), between, within, aggregation=aggregation)
    right = Fraction(federation(samples, between, within, aggregation).utility(profile, importance))
    found = Fraction(utility.at(profile))
    assert abs(found - right) <= Fraction(utility.rounding)
    if aggregation == "equal":
        assert utility.rounding <= 1e-12 * (1 + sum(importance))
        assert abs(found - right) <= 1e-12 * (1 + abs(right))
    else:
        # FedAvg's weights leave a difference that cancels where n are far apart; still 9 digits.
        assert utility.rounding <= 1e-9 * (1 + sum(importance))


@pytest.mark.parametrize("samples", [(256.0, 1.00001), (10**6 / 3, 7 / 3)])
def test_the_rounding_of_fedavg_covers_a_dominant_member(samples):
    """Two members: their Σn² less the larger n² is the smaller one's, of which few digits are left."""
    utility = FederatedMean(Users(samples=samples, importance=[1, 0]), 300.0, 0.3, aggregation="samples")
    right = Fraction(federation(samples, 300.0, 0.3, "samples").utility((1, 1), [1, 0]))
    assert abs(Fraction(utility.at((1, 1))) - right) <= Fraction(utility.rounding)


@pytest.mark.parametrize("aggregation", ["equal", "samples"])
@pytest.mark.parametrize("ratio", [0.0, 1e-4, 1.0, 1e4])
def test_every_profile_of_four_users(ratio, aggregation):
    samples, importance = [1.0, 17.5, 300.0, 2.0], [1.0, 2.0, 0.5, 0.0]
    utility = FederatedMean(Users(samples=samples, importance=importance), ratio, 1.0, aggregation=aggregation)
    problem = federation(samples, ratio, 1.0, aggregation)
    tensor = utility.on_grid()
    for profile in product(range(3), repeat=4):
        right = Fraction(problem.utility(profile, importance))
        assert abs(Fraction(float(tensor[profile])) - right) <= Fraction(utility.rounding)


@pytest.mark.parametrize("profile", [(2, 1, 1, 0), (1, 1, 1, 1), (0, 0, 1, 2), (2, 2, 2, 2)])
def test_equal_weights_and_samples_agree_where_n_is_equal(profile):
    users = Users(samples=[25] * 4, importance=[1, 2, 3, 4])
    one, two = (FederatedMean(users, 3.0, 7.0, aggregation=kind).at(profile) for kind in ("equal", "samples"))
    assert one == pytest.approx(two, abs=1e-13)


def test_the_best_weights_cannot_be_bettered():
    """Of the oracle: any other weights that sum to 1 are worse."""
    problem = federation([5, 50, 500, 20], 2, 10)
    rng = np.random.default_rng(1)
    for profile, user in product([(2, 1, 1, 0), (2, 2, 1, 1)], range(4)):
        least = problem.emse(profile, user)
        signals = problem.signals(profile)
        for _ in range(20):
            weights = [Fraction(float(w)) for w in rng.normal(size=len(signals))]
            weights[-1] = 1 - sum(weights[:-1])
            mixed = [sum(w * row[k] for w, row in zip(weights, signals, strict=True)) for k in range(4)]
            assert problem.error(mixed, user) >= least


# Against others -------------------------------------------------------------------------------


def test_the_outside_program_finds_the_same_errors():
    """Figures printed by kpdonahue/model_sharing_games for s² = 1, r² = 10."""
    assert emse([30, 30, 30, 300], 1.0, 10.0, (2, 2, 2, 2)) == pytest.approx(
        [0.269424, 0.269424, 0.269424, 0.0325815], rel=3e-6
    )
    alone = emse([30, 30, 30, 300], 1.0, 10.0, (2, 0, 2, 2))
    assert [alone[k] for k in (0, 2, 3)] == pytest.approx([0.275327, 0.275327, 0.0326797], rel=3e-6)


@pytest.mark.parametrize("aggregation", ["equal", "samples"])
def test_a_simulation_of_the_model_makes_the_same_errors(aggregation):
    """Own variances differ and θ is not normal: only s² and r² count."""
    samples, between, within, profile = [4, 9, 30, 12, 6], 1.5, 20.0, (2, 1, 1, 0, 1)
    draws, rng = 400_000, np.random.default_rng(2024)
    problem = federation(samples, between, within, aggregation)
    theta = 5 + math.sqrt(between) * rng.choice([-1.0, 1.0], size=(draws, 5))
    deviations = np.sqrt(rng.exponential(within, size=(draws, 5)) / np.array(samples))
    means = theta + deviations * rng.normal(size=(draws, 5))
    for user, stated in enumerate(emse(samples, between, within, profile, aggregation=aggregation)):
        weights = np.array([float(w) for w in problem.weights(profile, user)])
        squares = (means @ weights - theta[:, user]) ** 2
        assert abs(squares.mean() - stated) <= 4 * squares.std() / math.sqrt(draws)


# What is said of U ----------------------------------------------------------------------------


def test_a_second_member_of_the_group_can_lower_u():
    """Design note 4: s² = 100, r² = 1, n = 10; two members can no longer be told apart.

    Alone a member has r²/n = 0.1 and the two others 2s² + 0.1. Two members have s²/2 + 0.05
    each, and the third user s² + s²/2 + 0.05.
    """
    utility = FederatedMean(Users(samples=[10, 10, 10]), between=100.0, within=1.0)
    change = utility.at((1, 1, 0)) - utility.at((1, 0, 0))
    assert change == pytest.approx(-4.54, abs=0.005)
    assert change == pytest.approx(math.log(0.1 * 200.1**2 / (50.05**2 * 150.05)), abs=1e-12)


def test_a_member_with_few_samples_can_spoil_the_group():
    """θ̂_f weighs its members equally, so a noisy member raises its variance; FedAvg's weights do not."""
    users = Users(samples=[1000, 1])
    equal = FederatedMean(users, between=0.0, within=1.0)
    assert equal.at((1, 1)) < equal.at((1, 0))
    weighted = FederatedMean(users, between=0.0, within=1.0, aggregation="samples")
    assert weighted.at((1, 1)) > weighted.at((1, 0))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1, 1e4), st.sampled_from([0, 2])), min_size=1, max_size=6),
    st.sampled_from(RATIOS),
    st.sampled_from(["equal", "samples"]),
    st.data(),
)
def test_a_lone_member_is_worth_exactly_an_open_user(rows, ratio, aggregation, data):
    samples, profile = zip(*rows, strict=True)
    lone = data.draw(st.integers(0, len(rows) - 1))
    utility = FederatedMean(Users(samples=samples), ratio, 1.0, aggregation=aggregation)
    hidden = utility.at((*profile[:lone], 1, *profile[lone + 1 :]))
    open_ = utility.at((*profile[:lone], 2, *profile[lone + 1 :]))
    assert abs(hidden - open_) <= 2 * utility.rounding


def test_without_heterogeneity_only_the_pooled_mean_counts():
    """s² = 0: one population, error r²/Σn for everybody, sharing or not."""
    samples = [10, 20, 70]
    assert emse(samples, 0.0, 3.0, (2, 2, 0)) == pytest.approx([3 / 30] * 3, rel=1e-12)
    assert emse(samples, 0.0, 3.0, (2, 2, 2)) == pytest.approx([3 / 100] * 3, rel=1e-12)
    assert emse(samples, 0.0, 3.0, (1, 1, 1), aggregation="samples") == pytest.approx([3 / 100] * 3, rel=1e-12)


def test_a_user_alone_has_their_own_error():
    """One user with n samples: r²/n. Another, of whom nothing is known: 2s² + r²/n."""
    assert emse([40, 7], 2.0, 10.0, (2, 0)) == pytest.approx([0.25, 4.25], rel=1e-13)
    assert emse([40, 7], 2.0, 10.0, (1, 0)) == pytest.approx([0.25, 4.25], rel=1e-13)


def test_where_nobody_shares_u_is_exactly_0():
    users = Users(samples=[3, 300], importance=[0.1, 7])
    for aggregation in ("equal", "samples"):
        for between in (0.0, 1e-60, 1.0, 1e12):
            assert FederatedMean(users, between, 3.0, aggregation=aggregation).at((0, 0)) == 0


@pytest.mark.filterwarnings("error")
def test_an_unimportant_user_who_shares_nothing_causes_no_warning():
    assert FederatedMean(Users(samples=[10], importance=[0]), 1.0, 1.0).at((0,)) == 0


# Grids, levels and money ----------------------------------------------------------------------


@pytest.mark.parametrize("levels", [[0, 2], [0, 1], [0, 1, 2], [0]])
@pytest.mark.parametrize("aggregation", ["equal", "samples"])
def test_fewer_levels_are_a_part_of_the_table(levels, aggregation):
    users = Users(samples=[3, 40, 500], importance=[1, 5, 2])
    whole = FederatedMean(users, 2.0, 10.0, aggregation=aggregation)
    part = FederatedMean(users, 2.0, 10.0, levels=levels, aggregation=aggregation)
    assert part.level_names == tuple(str(level) for level in levels)
    assert part.shape == (len(levels),) * 3
    right = whole.on_grid([levels] * 3)
    assert np.abs(part.on_grid() - right).max() <= 2 * whole.rounding
    for profile in product(range(len(levels)), repeat=3):
        assert abs(part.at(profile) - whole.at([levels[k] for k in profile])) <= 2 * whole.rounding


@pytest.mark.parametrize("block", [1, 10, 100, 10**6])
@pytest.mark.parametrize("aggregation", ["equal", "samples"])
def test_grids_of_any_shape_hold_the_single_profiles(monkeypatch, block, aggregation):
    monkeypatch.setattr(blocks, "_BLOCK", block)
    users = Users(samples=[3, 40, 500, 8, 90], importance=[1, 5, 2, 0, 1])
    utility = FederatedMean(users, 2.0, 10.0, aggregation=aggregation)
    for axes in ([[0, 1, 2]] * 5, [[2], [0, 1], [1], [0, 1, 2], [2, 0]], [[1], [2], [0], [1], [1]], [[0]] * 5):
        tensor = utility.on_grid(axes)
        assert tensor.shape == tuple(map(len, axes))
        for index in np.ndindex(tensor.shape):
            profile = [axis[k] for axis, k in zip(axes, index, strict=True)]
            assert abs(tensor[index] - utility.at(profile)) <= 2 * utility.rounding


def test_scale_is_money_per_nat():
    users = Users(samples=[3, 40])
    plain, scaled = FederatedMean(users, 2.0, 10.0), FederatedMean(users, 2.0, 10.0, scale="5/2")
    assert np.allclose(scaled.on_grid(), 2.5 * plain.on_grid(), rtol=1e-15, atol=0)
    assert scaled.at((1, 2)) == pytest.approx(2.5 * plain.at((1, 2)), rel=1e-15)
    assert scaled.rounding == pytest.approx(2.5 * plain.rounding)


def test_only_the_ratio_of_the_variances_counts():
    users = Users(samples=[3, 40, 9])
    one, two = FederatedMean(users, 2.0, 10.0), FederatedMean(users, 2e-9, 1e-8)
    assert np.abs(one.on_grid() - two.on_grid()).max() <= one.rounding + two.rounding


# Faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
def test_variances_are_finite_numbers(value):
    users = Users(samples=[1, 2])
    with pytest.raises(InputError, match="between-user variance: expected"):
        FederatedMean(users, value, 1.0)
    with pytest.raises(InputError, match="within-user variance: expected"):
        FederatedMean(users, 1.0, value)
    with pytest.raises(InputError, match="within-user variance"):
        FederatedMean(users, 1.0, 0.0)


def test_all_faults_are_reported_at_once():
    with pytest.raises(InputError) as caught:
        FederatedMean(Users(importance=[1, 2]), -1.0, 0.0, levels=[0, 1, 3], aggregation="median")
    words = ["between-user", "within-user", "levels", "'median'", "samples"]
    assert len(caught.value.faults) == len(words)
    assert all(word in fault for word, fault in zip(words, caught.value.faults, strict=True))


@pytest.mark.parametrize("levels", [[1, 2], [0, 2, 1], [0, 1, 1], [], [0, "inf"], [0, 0.5]])
def test_levels_are_0_1_and_2(levels):
    with pytest.raises(InputError, match="levels"):
        FederatedMean(Users(samples=[1, 2]), 1.0, 1.0, levels=levels)


def test_it_is_not_rational():
    utility = FederatedMean(Users(samples=[1, 2]), 1.0, 1.0)
    assert not utility.rational
    with pytest.raises(InputError, match="not rational"):
        utility.exact_on_grid()


def test_profiles_that_do_not_fit_are_refused():
    utility = FederatedMean(Users(samples=[1, 2]), 1.0, 1.0)
    with pytest.raises(InputError, match="levels of 2 users"):
        utility.at((1,))
    with pytest.raises(InputError, match=r"\[3\]"):
        utility.at((1, 3))


@pytest.mark.parametrize("aggregation", ["equal", "samples"])
def test_what_is_the_same_in_every_part_is_worth_the_same_whoever_leaves(aggregation):
    users = Users(samples=[5, 20, 80, 5], sensitivity=[[0, 1, 2]] * 4)
    utility = FederatedMean(users, between=2, within=30, aggregation=aggregation)
    worth, other_profiles = utility.on_grid(), 0
    for profile in product(range(3), repeat=4):
        other = utility.same_in_every_part(profile)
        other_profiles += other != profile
        for there in product((0, 1), repeat=4):
            one, two = (tuple(level * k for level, k in zip(one, there, strict=True)) for one in (profile, other))
            assert worth[one] == pytest.approx(worth[two], abs=2 * utility.rounding)
            assert utility.exactly(one).key == utility.exactly(two).key
    assert other_profiles == 4 * 2**3  # one of four is alone on level 1
    without = FederatedMean(users, between=2, within=30, levels=(0, 1), aggregation=aggregation)
    assert without.same_in_every_part((1, 0, 0, 0)) == (1, 0, 0, 0)
