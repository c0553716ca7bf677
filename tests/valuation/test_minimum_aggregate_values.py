"""Payments where an aggregate needs a least number of members, by every method, against all subsets and one another."""

from __future__ import annotations

import math
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.errors import FairgamesError
from fairgames.valuation.methods.exponential_sums.deviation_values import FederatedDeviations
from fairgames.valuation.methods.exponential_sums.sizes import Sizes
from fairgames.valuation.methods.truncated_counts.payments import TruncatedCounts
from tests.precise import federated_mean

METHODS = ["subsets", "counts", "windows", "sums"]
RULES = ["users", "coalition", "banzhaf"]


def chance(rule: str, others: int, size: int) -> float:
    """That a user meets just these ``size`` of the others."""
    if rule == "banzhaf":
        return 0.5**others
    extra = rule == "coalition"
    ways = math.factorial(size + extra) * math.factorial(others - size)
    return ways / math.factorial(others + 1 + extra)


def by_subsets(worth, profile, rule: str) -> list[float]:
    sharing = [user for user, level in enumerate(profile) if level]

    def at(coalition) -> float:
        return worth(tuple(level if user in coalition else 0 for user, level in enumerate(profile)))

    values = [0.0] * len(profile)
    for user in sharing:
        others = [other for other in sharing if other != user]
        for size in range(len(sharing)):
            for coalition in combinations(others, size):
                gain = at((*coalition, user)) - at(coalition)
                values[user] += chance(rule, len(others), size) * gain
    return values


def potential(worth, profile, extra: int) -> float:
    """Σ_S (s − 1)!·(n − s)!/n!·U(S), or with the platform Σ_S s!·(n − s)!/(n + 1)!·U(S), which is its own value."""
    sharing = [user for user, level in enumerate(profile) if level]
    n, total = len(sharing), 0.0
    for size in range(1, n + 1):
        chance = math.factorial(size - 1 + extra) * math.factorial(n - size) / math.factorial(n + extra)
        for coalition in combinations(sharing, size):
            total += chance * worth(tuple(level if u in coalition else 0 for u, level in enumerate(profile)))
    return total


@st.composite
def federations(draw):
    n = draw(st.integers(1, 6))
    alike = draw(st.booleans())

    def several(values):
        return [draw(values)] * n if alike else draw(st.lists(values, min_size=n, max_size=n))

    samples, importance = several(st.sampled_from([1.0, 4.0, 30.0])), several(st.sampled_from([0.5, 1.0, 3.0]))
    between, kind = draw(st.sampled_from([0.0, 0.2, 5.0, 100.0])), draw(st.sampled_from(["equal", "samples"]))
    minimum = draw(st.integers(1, n + 1))
    utility = fg.FederatedMean(
        fg.Users(samples=samples, importance=importance), between, 10.0, aggregation=kind, minimum_aggregate=minimum
    )

    @cache
    def worth(profile) -> float:
        return float(federated_mean(samples, between, 10.0, profile, importance, kind, minimum))

    return utility, worth, draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))


@settings(max_examples=60, deadline=None)
@given(federations(), st.sampled_from(RULES))
def test_payments_by_every_method(case, rule):
    utility, worth, profile = case
    expected, answered = by_subsets(worth, profile, rule), []
    for method in METHODS:
        if method == "sums" and utility.aggregation == "samples":
            with pytest.raises(FairgamesError, match="weighs all alike"):
                fg.payments(utility, profile, rule=rule, method=method)
            continue
        found = fg.payments(utility, profile, rule=rule, method=method)
        assert np.abs(np.array(found.payments, dtype=float) - expected).max() <= found.error_bound + 1e-13
        if rule == "coalition":  # efficient: the platform's own value is what is left
            assert float(found.platform) == pytest.approx(worth(tuple(profile)) - sum(expected), abs=1e-9)
        answered.append(method)
    assert len(answered) >= 3


@settings(max_examples=30, deadline=None)
@given(federations(), st.sampled_from(["users", "coalition"]))
def test_deviation_values_in_one_pass(case, rule):
    """Every user at every level, the others staying: what it is paid at the profile where it is there."""
    utility, worth, profile = case
    costs = fg.Users(sensitivity=[[0, 0, 0]] * utility.n_users)
    game = fg.PaymentGame(utility, costs, rule)
    rows = np.zeros((len(utility.type_sizes), 3), dtype=np.int64)
    np.add.at(rows, (np.array(utility.types), np.array(profile)), 1)
    extra, found = int(rule == "coalition"), []
    if utility.aggregation == "equal":
        found.append(FederatedDeviations(utility, extra).at(rows))
    for answer in found:
        assert abs(answer.potential - potential(worth, profile, extra)) <= answer.potential_error + 1e-13
        assert answer.potential_error <= 1e-8
    windows = TruncatedCounts(utility, rows, extra)
    for user, level in enumerate(profile):
        number = utility.types[user]
        for other in range(3):
            moved = [*profile[:user], other, *profile[user + 1 :]]
            expected = by_subsets(worth, moved, rule)[user]
            for answer in found:
                assert abs(answer.values[number, level, other] - expected) <= answer.error + 1e-13
            value = windows.values(number, [(level, other)])[level, other]
            assert abs(value - expected) <= windows.error + 1e-13
    tensors = [np.asarray(values, dtype=float) for values in game.values()]
    expected = by_subsets(worth, profile, rule)
    for user, values in enumerate(tensors):
        assert values[tuple(profile)] == pytest.approx(expected[user], abs=1e-9)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("n", "minimum"), [(60, 2), (60, 59), (60, 60), (60, 61), (300, 65), (300, 128), (300, 200)])
def test_many_users_by_sums_and_by_counts(n, minimum, rule):
    """Two kinds of users, everybody in the group or all but one: beyond 64 members sizes are summed by a rule."""
    users = fg.Users(samples=[10, 70] * (n // 2), importance=[1, 2] * (n // 2))
    utility = fg.FederatedMean(users, 2.0, 30.0, minimum_aggregate=minimum)
    for profile in ([1] * n, [2] + [1] * (n - 1)):
        sums, counts = (fg.payments(utility, profile, rule=rule, method=method) for method in ("sums", "counts"))
        apart = np.abs(np.array(sums.payments) - np.array(counts.payments)).max()
        assert apart <= sums.error_bound + counts.error_bound
        assert apart <= 1e-9 * float(sums.utility or 1)
        if profile[0] == 1 and minimum > n:
            assert not np.any(sums.payments)


def test_who_completes_an_aggregate_is_paid_for_all():
    """Users alike: under Theorem 2 each has its part of U; with fewer than the least number nobody has any."""
    utility = fg.FederatedMean(fg.Users(samples=[10] * 8), 1.0, 10.0, minimum_aggregate=5)
    for members in (4, 5, 8):
        profile = [1] * members + [0] * (8 - members)
        found = fg.payments(utility, profile, method="sums")
        part = utility.at(profile) / members
        assert found.payments[:members] == pytest.approx([part] * members, abs=1e-12)
        assert (part > 0) == (members >= 5)


@pytest.mark.parametrize("aggregation", ["equal", "samples"])
def test_sampling_with_its_twin(aggregation):
    """The control variate is the same federation with equal weights and the same least number."""
    samples = np.arange(1, 13) * 5
    utility = fg.FederatedMean(fg.Users(samples=samples), 2.0, 30.0, aggregation=aggregation, minimum_aggregate=4)
    profile = [1] * 7 + [2] * 3 + [0] * 2
    right, found = (fg.payments(utility, profile, method=method) for method in ("subsets", "sampling"))
    assert np.abs(np.array(found.payments) - np.array(right.payments)).max() <= 2 * found.error_bound
    assert found.error_bound < 0.1 * float(right.utility)


@pytest.mark.parametrize("minimum", [65, 66, 90, 128, 700, 999, 1000])
def test_sums_over_sizes_with_a_jump(minimum):
    """Of a function of k and k + 1 that is another one from ``minimum`` on."""
    rule, every = Sizes.below(1000, minimum), np.arange(1000)

    def function(k):
        return np.where(k >= minimum, 1 / (k + 1.0), 0.3) - np.where(k + 1 >= minimum, 2 / (k + 2.0), np.exp(-k / 300))

    expected = function(every).sum()
    assert rule.weights @ function(rule.nodes) == pytest.approx(expected, rel=1e-9)
    blind = Sizes.below(1000)
    assert minimum in (128, 1000) or abs(blind.weights @ function(blind.nodes) - expected) > 1e-4


def test_all_deviations_of_many_users():
    """One pass against one payment for each move."""
    users = fg.Users(samples=np.arange(1, 41) * 3.0)
    utility = fg.FederatedMean(users, 2.0, 30.0, minimum_aggregate=6)
    profile = [0] * 10 + [1] * 6 + [2] * 24
    rows = np.eye(3, dtype=np.int64)[profile]
    found = FederatedDeviations(utility, 0).at(rows)
    for user, other in [(0, 1), (0, 2), (12, 1), (12, 2), (30, 1), (30, 2)]:
        moved = [*profile[:user], other, *profile[user + 1 :]]
        one = fg.payments(utility, moved, method="sums")
        gap = abs(found.values[user, profile[user], other] - float(one.payments[user]))
        assert gap <= found.error + one.error_bound
        assert gap <= 1e-9
