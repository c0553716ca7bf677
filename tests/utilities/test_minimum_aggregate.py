"""U where an aggregate needs a least number of members, against the linear system of the model itself."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.errors import InputError
from fairgames.estimators import (
    Constraints,
    FederatedEstimator,
    FederatedRisk,
    federated_errors,
    federated_errors_on_counts,
    federated_weights,
)
from fairgames.privacy import FEDERATED
from fairgames.testing import check_utility
from fairgames.users import Users
from fairgames.utilities import FederatedMean, RiskUtility
from fairgames.valuation.coalitions import KindsUtility
from tests.precise import federated_mean

KINDS = st.sampled_from(["equal", "samples"])


@st.composite
def federations(draw, most: int = 5):
    """(utility, U of the oracle at a profile); the least number goes beyond that of the users."""
    n = draw(st.integers(1, most))
    alike = draw(st.booleans())

    def several(values):
        return [draw(values)] * n if alike else draw(st.lists(values, min_size=n, max_size=n))

    samples = several(st.sampled_from([1.0, 4.0, 30.0, 700.0]))
    importance = several(st.sampled_from([0.0, 0.5, 1.0, 3.0]))
    between, within = draw(st.sampled_from([0.0, 0.2, 1.0, 100.0])), draw(st.sampled_from([1.0, 10.0]))
    kind, minimum = draw(KINDS), draw(st.integers(1, n + 1))
    users = Users(samples=samples, importance=importance)
    utility = FederatedMean(users, between, within, aggregation=kind, minimum_aggregate=minimum)

    def right(profile) -> float:
        return float(federated_mean(samples, between, within, profile, importance, kind, minimum))

    return utility, right


def near(found: float, right: float, utility: FederatedMean) -> bool:
    return abs(found - right) <= utility.rounding + 1e-15 * abs(right)


@pytest.mark.filterwarnings("error")
@settings(max_examples=40, deadline=None)
@given(federations(most=4))
def test_every_profile(case):
    utility, right = case
    grid, n = utility.on_grid(), utility.n_users
    coalitions = {levels: KindsUtility(utility, levels).grand for levels in product(range(3), repeat=n)}
    for profile in product(range(3), repeat=n):
        expected = right(profile)
        assert near(grid[profile], expected, utility)
        assert near(utility.at(profile), expected, utility)
        assert coalitions[profile] == pytest.approx(expected, abs=4 * utility.rounding)
        ball = utility.exactly(profile).ball(120)
        assert abs(float(ball.mid()) - expected) <= 1e-14 * (1 + abs(expected))


@pytest.mark.filterwarnings("error")
@settings(max_examples=40, deadline=None)
@given(federations(), st.data())
def test_counts_and_coalitions(case, data):
    """All counts of users alike, and coalitions of those who share at a profile, thousands at once."""
    utility, right = case
    sizes, n = utility.type_sizes, utility.n_users
    profile = data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    kinds = sorted({(number, level) for number, level in zip(utility.types, profile, strict=True) if level})
    of_kind = [[u for u in range(n) if (utility.types[u], profile[u]) == kind] for kind in kinds]
    rows = list(product(*(range(len(users) + 1) for users in of_kind)))
    counts = np.array(rows, dtype=np.int64).reshape(len(rows), len(kinds))
    found = utility.coalitions(kinds).at(list(counts.T)) if kinds else np.zeros(1)
    listed = KindsUtility(utility, profile)
    order = {kind: number for number, kind in enumerate(listed.kinds)}
    others = listed.of(counts[:, [kinds.index(kind) for kind in order]]) if kinds else np.zeros(1)
    axes = [np.array([row for row in product(range(m + 1), repeat=3) if sum(row) == m]) for m in sizes]
    on_counts = utility.on_counts(axes)
    for row, one, other in zip(rows, found, others, strict=True):
        inside = {u for users, count in zip(of_kind, row, strict=True) for u in users[:count]}
        levels = [level if u in inside else 0 for u, level in enumerate(profile)]
        expected = right(levels)
        assert one == pytest.approx(expected, abs=4 * utility.rounding)
        assert other == pytest.approx(expected, abs=4 * utility.rounding)
        place = tuple(
            axis.tolist().index([sum(levels[u] == y for u in range(n) if utility.types[u] == t) for y in range(3)])
            for t, axis in enumerate(axes)
        )
        assert near(on_counts[place], expected, utility)


@pytest.mark.parametrize("aggregation", ["equal", "samples"])
def test_neighbours_of_coalitions_of_many_kinds(aggregation):
    """One more and one fewer, as they are found where kinds are many: 160 users, an aggregate of 30 or more."""
    rng = np.random.default_rng(0)
    samples, profile = rng.permutation(np.arange(1, 161)) / 2 + 1, rng.integers(1, 3, 160)
    utility = FederatedMean(Users(samples=samples), 2.0, 30.0, aggregation=aggregation, minimum_aggregate=30)
    worth = KindsUtility(utility, profile)
    members, senders = np.flatnonzero(worth.levels == 1), np.flatnonzero(worth.levels == 2)
    inside = np.zeros((1, len(worth.sizes)), dtype=np.int64)
    inside[0, members[:29]] = 1
    joined = inside.copy()
    joined[0, members[29]] = 1
    around = worth.around(inside, joined)
    assert around.before[0] == 0 < around.after[0]
    assert (around.closer[0, members[:30]] == 0).all()
    assert (around.wider[0, members[29:]] > 0).all()

    def alone(kinds) -> list[int]:
        return [int(profile[user]) if worth.kind[user] in kinds else 0 for user in range(160)]

    for kind in (members[40], senders[3]):
        expected = utility.at(alone({*members[:29], kind}))
        assert around.wider[0, kind] == pytest.approx(expected, rel=1e-12)


def test_too_few_are_as_if_out_exactly():
    """Not only their U: also what is kept to compare it with, whoever is hidden."""
    utility = FederatedMean(Users(samples=[10, 20, 10]), between=1, within=10, minimum_aggregate=3)
    out = utility.exactly((0, 0, 2)).key
    assert utility.exactly((1, 0, 2)).key == utility.exactly((0, 1, 2)).key == utility.exactly((1, 1, 2)).key == out
    assert utility.exactly((1, 1, 1)).key != out
    assert utility.at((1, 1, 0)) == 0
    assert utility.same_in_every_part((1, 0, 0)) == (1, 0, 0)  # a lone member is worth nothing, and no sender


def test_who_leaves_an_aggregate_takes_it_along():
    """Also who sends instead: moving to level 2 lowers U."""
    users = Users(samples=[10] * 4)
    small, large = (FederatedMean(users, between=1, within=10, minimum_aggregate=k) for k in (1, 4))
    assert large.at((1,) * 4) == small.at((1,) * 4) > large.at((2, 1, 1, 1)) == small.at((2, 0, 0, 0))
    assert small.at((2, 1, 1, 1)) > small.at((1,) * 4)


@pytest.mark.parametrize("aggregation", ["equal", "samples"])
def test_what_it_says_of_itself(aggregation):
    def samples(n: int) -> list[int]:
        return ([10, 20, 10] * n)[:n]

    def of(n: int) -> FederatedMean:
        return FederatedMean(Users(samples=samples(n)), 1, 10, aggregation=aggregation, minimum_aggregate=2)

    def right(profile):
        return federated_mean(samples(4), 1, 10, profile, aggregation=aggregation, minimum=2)

    check_utility(of(4), of, right)
    assert "minimum aggregate 2" in of(3).described()


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "two", True, float("nan"), float("inf")])
def test_faults(wrong):
    with pytest.raises(InputError, match="minimum_aggregate"):
        FederatedMean(Users(samples=[10, 10]), 1, 10, minimum_aggregate=wrong)


# Estimators -----------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(federations(most=4))
def test_errors_and_weights(case):
    """EMSE is what U says, and the weights make it; nothing is weighed that is not revealed."""
    utility, right = case
    n, whole = utility.n_users, utility.within + 2 * utility.between
    profiles = np.array(list(product(range(3), repeat=n)))
    errors, weights = federated_errors(utility, profiles), federated_weights(utility, profiles)
    for profile, error, weight in zip(profiles, errors, weights, strict=True):
        worth = float(utility.users.importance @ np.log(whole / error))
        assert worth == pytest.approx(right(profile), abs=1e-9)
        estimator = FederatedEstimator.optimal(utility, profile.tolist())
        np.testing.assert_allclose(estimator.emse, error, rtol=1e-9)
        assert (weight[:, -1] != 0).any() <= ((profile == 1).sum() >= utility.minimum_aggregate)
        hidden = (profile == 1) & ~estimator.seen
        means = np.where(estimator.seen, 1.0, np.nan)
        if estimator.seen.any():
            np.testing.assert_allclose(estimator.estimate(means), 1.0)
        assert (estimator.aggregate(means) is None) == (not (profile == 1).any() or hidden.any())
        assert FEDERATED.check(estimator, profile.tolist())
    counts = np.stack([[(profiles[:, users] == y).sum(axis=1) for y in range(3)] for users in _of_types(utility)])
    on_counts = federated_errors_on_counts(utility, counts.transpose(2, 0, 1))
    for number, users in enumerate(_of_types(utility)):
        for user in users:
            expected = on_counts[np.arange(len(profiles)), number, profiles[:, user]]
            np.testing.assert_allclose(errors[:, user], expected, rtol=1e-9)


def _of_types(utility: FederatedMean) -> list[list[int]]:
    return [[u for u, own in enumerate(utility.types) if own == t] for t in range(len(utility.type_sizes))]


def test_data_of_hidden_users_are_not_looked_at():
    utility = FederatedMean(Users(samples=[2, 2, 2]), between=1, within=10, minimum_aggregate=3)
    estimator = FederatedEstimator.optimal(utility, (1, 1, 2))
    means = estimator.local_means([None, [np.nan], [3.0, 5.0]])
    assert np.isnan(means[:2]).all()
    assert means[2] == 4
    alone = FederatedEstimator.optimal(utility, (1, 1, 0))
    assert alone.emse.tolist() == [12, 12, 12]
    with pytest.raises(InputError, match="too few are on level 1 for an aggregate"):
        alone.estimate([1.0, 2.0, 3.0])


@pytest.mark.parametrize("profile", [(1, 1, 1, 2), (1, 1, 0, 2), (1, 0, 0, 0), (2, 2, 1, 1)])
def test_a_convex_solver_finds_the_same(profile):
    pytest.importorskip("cvxpy")
    utility = FederatedMean(Users(samples=[5, 10, 20, 40]), between=1, within=10, minimum_aggregate=3)
    solved = FederatedEstimator.optimal(utility, profile, Constraints(nonnegative=True), "cvxpy:clarabel")
    np.testing.assert_allclose(solved.emse, federated_errors(utility, [profile])[0], rtol=1e-8)
    risk = RiskUtility(FederatedRisk(utility, solver="cvxpy:clarabel"), "log")
    assert risk.at(profile) == pytest.approx(utility.at(profile), abs=1e-7)
