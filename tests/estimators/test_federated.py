"""Federated estimators: the weight problem solved exactly, the papers' propositions, and the model simulated."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.errors import InputError, TooLargeError
from fairgames.estimators import FederatedEstimator, federated_errors, federated_errors_on_counts, federated_weights
from fairgames.estimators.federated_weights import federated_errors_and_bounds, least_federated_errors
from fairgames.users import Users
from fairgames.utilities import FederatedMean
from tests.oracles import Federation

optimal = FederatedEstimator.optimal

SAMPLES = st.one_of(st.integers(1, 50), st.sampled_from([1.5, 1000.0]))
VARIANCES = st.sampled_from([0.001, 0.5, 1.0, 10.0, 1000.0])
KINDS = st.sampled_from(["equal", "samples"])


@st.composite
def federations(draw, most: int = 5):
    """(utility, oracle, profile) with one user at least and any levels."""
    samples = draw(st.lists(SAMPLES, min_size=1, max_size=most))
    between, within, kind = draw(st.one_of(VARIANCES, st.just(0.0))), draw(VARIANCES), draw(KINDS)
    utility = FederatedMean(Users(samples=samples), between, within, aggregation=kind)
    oracle = Federation([Fraction(n) for n in samples], Fraction(between), Fraction(within), kind == "samples")
    profile = tuple(draw(st.lists(st.integers(0, 2), min_size=len(samples), max_size=len(samples))))
    return utility, oracle, profile


# Weights and errors ---------------------------------------------------------------------------


@settings(max_examples=70, deadline=None)
@given(federations())
def test_errors_are_those_of_the_weight_problem(case):
    utility, oracle, profile = case
    errors, bounds = federated_errors_and_bounds(utility, [profile])
    for user in range(len(profile)):
        right = oracle.emse(profile, user)
        assert abs(Fraction(float(errors[0, user])) - right) <= Fraction(float(bounds[0, user]))
        assert bounds[0, user] < 1e-9 * errors[0, user]


@settings(max_examples=70, deadline=None)
@given(federations())
def test_weights_are_those_of_the_weight_problem(case):
    utility, oracle, profile = case
    estimator = optimal(utility, profile)
    if not any(profile):
        assert not estimator.weights.any()
        assert not estimator.group_weights.any()
        return
    for user in range(len(profile)):
        right = [float(v) for v in oracle.weights(profile, user)]
        assert estimator.total_weights[user] == pytest.approx(right, rel=1e-9, abs=1e-13)
    hidden = np.not_equal(profile, 2)
    assert not estimator.weights[:, hidden].any()
    assert not estimator.group_weights.any() or 1 in profile


@settings(max_examples=70, deadline=None)
@given(federations())
def test_the_emse_of_the_estimator_is_that_of_its_weights(case):
    """The estimator's from its weights (eq. 55), the batch's from the closed form, U's from the utility."""
    utility, _, profile = case
    estimator = optimal(utility, profile)
    assert estimator.emse == pytest.approx(federated_errors(utility, [profile])[0], rel=1e-9)
    by_users = -np.log(estimator.emse / (utility.within + 2 * utility.between))
    assert by_users.sum() == pytest.approx(utility.at(profile), rel=1e-9, abs=1e-9)


def test_proposition_4_as_printed():
    """Eq. 55 for any weights on signals, written out as it stands there."""
    rng = np.random.default_rng(3)
    samples, r2, s2 = np.array([3.0, 8.0, 20.0, 5.0, 9.0]), 7.0, 2.0
    levels = (2, 2, 1, 1, 1)
    weights, group = np.zeros((5, 5)), rng.random(5)
    weights[:, :2] = rng.random((5, 2))
    total = weights.sum(axis=1) + group
    weights, group = weights / total[:, None], group / total
    shares = np.array([0, 0, 1, 1, 1]) / 3
    stated = FederatedEstimator(levels, weights, group, shares, samples, s2, r2).emse
    n_bar = 1 / np.mean(1 / samples[2:])
    for user in range(5):
        w0, w = group[user], weights[user]
        senders, members = [j for j in (0, 1) if j != user], [j for j in (2, 3, 4) if j != user]
        printed = r2 * ((w[:2] ** 2 / samples[:2]).sum() + w0**2 / 3 / n_bar) + s2 * (
            sum(w[j] ** 2 for j in senders)
            + len(members) * w0**2 / 9
            + (sum(w[j] for j in senders) + len(members) * w0 / 3) ** 2
        )
        assert stated[user] == pytest.approx(printed, rel=1e-12)


def test_proposition_5_as_printed():
    """Eqs. 59 to 64 for two users on level 2, three on level 1 and one on level 0."""
    samples, r2, s2 = np.array([3.0, 8.0, 20.0, 5.0, 9.0, 4.0]), 7.0, 2.0
    utility = FederatedMean(Users(samples=samples), s2, r2)
    weights = federated_weights(utility, [(2, 2, 1, 1, 1, 0)])[0]
    v = r2 / samples + s2
    v0, n1, n2 = r2 * np.mean(1 / samples[2:5]) + s2, 3, 2
    v_bar = 1 / np.mean(1 / v[:2])
    total = n1 + n2 * v0 / v_bar
    absent, member = weights[5], weights[2]
    assert absent[6] == pytest.approx(n1 / total)
    assert absent[:2] == pytest.approx(v0 / v[:2] / total)
    assert member[6] == pytest.approx(n1 / total + n2 / total * s2 / v_bar)
    assert member[:2] == pytest.approx(v0 / v[:2] / total - 1 / total * s2 / v[:2])
    for i, j in ((0, 1), (1, 0)):
        assert weights[i, 6] == pytest.approx(n1 / total * (1 - s2 / v[i]))
        assert weights[i, j] == pytest.approx(v0 / v[j] / total * (1 - s2 / v[i]))
        assert weights[i, i] == pytest.approx(v0 / v[i] / total + (total - v0 / v[i]) / total * s2 / v[i])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_counts_agree_with_profiles(data):
    sizes = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    samples = data.draw(st.lists(SAMPLES, min_size=len(sizes), max_size=len(sizes), unique=True))
    levels = data.draw(st.sampled_from([(0, 1, 2), (0, 2), (0, 1)]))
    users = Users(samples=np.repeat(samples, sizes))
    utility = FederatedMean(users, data.draw(VARIANCES), data.draw(VARIANCES), levels, data.draw(KINDS))
    profile = [data.draw(st.integers(0, len(levels) - 1)) for _ in range(sum(sizes))]
    types = np.array(utility.types)
    counts = np.array([[[((types == t) & np.equal(profile, at)).sum() for at in range(len(levels))]
                        for t in range(len(sizes))]])  # fmt: skip
    found, single = federated_errors_on_counts(utility, counts), federated_errors(utility, [profile])
    for user, level in enumerate(profile):
        assert found[0, types[user], level] == pytest.approx(single[0, user], rel=1e-12)
    assert (np.isnan(found) == (counts == 0)).all()


def test_many_profiles_at_once_are_the_single_ones():
    utility = FederatedMean(Users(samples=[3, 50, 7]), 2.0, 10.0, levels=(0, 2), aggregation="samples")
    profiles = list(product((0, 1), repeat=3))
    errors, weights = federated_errors(utility, profiles), federated_weights(utility, profiles)
    for number, profile in enumerate(profiles):
        assert (errors[number] == federated_errors(utility, [profile])[0]).all()
        assert (weights[number] == federated_weights(utility, [profile])[0]).all()
    whole = FederatedMean(Users(samples=[3, 50, 7]), 2.0, 10.0)
    assert (least_federated_errors(FederatedMean(whole.users, 2.0, 10.0, levels=(0, 1))) == errors[-1]).all()
    assert (federated_errors(whole, [(2, 2, 2)])[0] == errors[-1]).all()


# The model simulated --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["equal", "samples"])
@pytest.mark.parametrize("profile", [(2, 1, 1, 0, 2), (1, 1, 1, 1, 0), (0, 0, 2, 0, 0), (1, 0, 0, 0, 0)])
def test_simulated_errors_are_the_stated_ones(profile, kind):
    """θ_i = μ + s·ξ, σ_i² drawn with mean r², n_i skewed samples: all of Section 4's model but its letters."""
    rng = np.random.default_rng(11)
    samples, s2, r2, draws = [2, 5, 1, 4, 8], 1.5, 6.0, 100_000
    estimator = optimal(FederatedMean(Users(samples=samples), s2, r2, aggregation=kind), profile)
    theta = 40 + np.sqrt(s2) * rng.standard_normal((draws, 5))
    sigma = np.sqrt(rng.exponential(r2, (draws, 5)))
    noise = [rng.standard_exponential((draws, n)).mean(axis=1) - 1 for n in samples]
    means = theta + sigma * np.stack(noise, axis=1)
    means[:, np.equal(profile, 0)] = np.nan
    squares = (estimator.estimate(means) - theta) ** 2
    errors = squares.std(axis=0) / np.sqrt(draws)
    assert (np.abs(squares.mean(axis=0) - estimator.emse) < 4 * errors).all()
    assert (errors < 0.02 * estimator.emse).all()


# What is revealed -----------------------------------------------------------------------------


def test_aggregate_is_all_that_members_reveal():
    """Two profiles of data with one aggregate lead to the same estimates."""
    utility = FederatedMean(Users(samples=[10, 30, 5]), 1.0, 10.0, aggregation="samples")
    estimator = optimal(utility, (1, 1, 2))
    one, other = [4.0, 2.0, 7.0], [1.0, 3.0, 7.0]
    assert estimator.aggregate(one) == estimator.aggregate(other) == (10 * 4 + 30 * 2) / 40
    assert (estimator.estimate(one) == estimator.estimate(other)).all()
    equal = optimal(FederatedMean(Users(samples=[10, 30, 5]), 1.0, 10.0), (1, 1, 2))
    assert equal.aggregate(one) == 3.0
    assert optimal(utility, (2, 0, 2)).aggregate(one) is None
    assert equal.aggregate([one, other]).tolist() == [3.0, 2.0]


def test_users_who_do_not_share_are_not_read():
    estimator = optimal(FederatedMean(Users(samples=[10, 30, 5]), 1.0, 10.0), (2, 0, 1))
    assert (estimator.estimate([1.0, np.nan, 2.0]) == estimator.estimate([1.0, 9e9, 2.0])).all()
    with pytest.raises(InputError, match=r"not those of users \[3\]"):
        estimator.estimate([1.0, 0.0, np.inf])
    assert estimator.local_means([[1.0] * 10, None, [2.0] * 5]) == pytest.approx([1.0, np.nan, 2.0], nan_ok=True)
    assert estimator.local_means([[1.0] * 10, ["private"], [0, 1, 2, 3, 4]])[2] == 2.0


def test_data_that_do_not_fit():
    utility = FederatedMean(Users(samples=[3, 2, 5]), 1.0, 10.0)
    estimator = optimal(utility, (2, 1, 0))
    for means in ([1.0, 2.0], 1.0, [[1.0, 2.0]]):
        with pytest.raises(InputError, match="one value for each of 3 users"):
            estimator.estimate(means)
    with pytest.raises(InputError, match="samples of 3 users, got those of 2"):
        estimator.local_means([[1.0] * 3, [1.0] * 2])
    with pytest.raises(InputError) as caught:
        estimator.local_means([[1.0] * 2, [np.nan] * 2, None])
    assert caught.value.faults == ("data: user 1: expected 3 samples, got 2", "data: user 2: expected finite samples")


def test_nobody_shares():
    estimator = optimal(FederatedMean(Users(samples=[3, 2]), 1.5, 10.0), (0, 0))
    assert estimator.emse.tolist() == [13.0, 13.0]
    assert estimator.aggregate([1.0, 2.0]) is None
    with pytest.raises(InputError, match="everybody is on level 0"):
        estimator.estimate([1.0, 2.0])


@pytest.mark.parametrize(
    ("profile", "message"),
    [((1, 2), "3 users"), ((0, 1, 3), r"\[3\]"), ((0, -1, 1), r"\[-1\]"), ((0, 1, 0.5), "float")],
)
def test_profiles_that_do_not_fit(profile, message):
    with pytest.raises(InputError, match=message):
        optimal(FederatedMean(Users(samples=[3, 2, 5]), 1.0, 10.0), profile)


@pytest.mark.parametrize("counts", [[[[1, 1, 0]]], [[[2, 0]]], [[[3, -1, 0]]], [[2, 0, 0]]])
def test_counts_that_do_not_fit(counts):
    with pytest.raises(InputError, match="counts"):
        federated_errors_on_counts(FederatedMean(Users(samples=[3, 3, 3]), 1.0, 10.0), counts)


def test_weights_that_do_not_fit_in_memory(monkeypatch):
    monkeypatch.setattr("fairgames.memory.available_bytes", lambda: 10**6)
    utility = FederatedMean(Users(samples=[3, 2, 5]), 1.0, 10.0)
    for function in (federated_weights, federated_errors):
        with pytest.raises(TooLargeError, match="profiles"):
            function(utility, np.zeros((10**4, 3), dtype=int))
