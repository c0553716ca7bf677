"""Prices of all deviations in a federated mean by exponential sums, against subsets, counts and the potential's sum."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.valuation.deviation_values import DeviationValues
from fairgames.valuation.methods.exponential_sums.deviation_values import FederatedDeviations
from tests import oracles

RULES = {"users": 0, "coalition": 1}


@st.composite
def federations(draw, most: int = 7) -> tuple[fg.FederatedMean, list[int]]:
    """Repeated or distinct n, some users of no importance, s² = 0 too; a profile as level indices."""
    size = draw(st.integers(1, most))
    some = st.sampled_from([1.0, 2.0, 30.0]) if draw(st.booleans()) else st.floats(1, 1e4)
    samples = draw(st.lists(some, min_size=size, max_size=size))
    heavy = st.sampled_from([0.0, 1.0, 2.5])
    importance = draw(st.lists(heavy, min_size=size, max_size=size).filter(any))
    between = draw(st.sampled_from([0.0, 1.0]) | st.floats(1e-3, 1e3))
    levels = draw(st.sampled_from([(0, 1, 2), (0, 1), (0, 2)]))
    scale = draw(st.sampled_from([1, "1/3", 1000]))
    users = fg.Users(samples=samples, importance=importance)
    utility = fg.FederatedMean(users, between, draw(st.floats(1e-2, 1e3)), levels=levels, scale=scale)
    profile = draw(st.lists(st.integers(0, len(levels) - 1), min_size=size, max_size=size))
    return utility, profile


def counts_at(utility: fg.FederatedMean, profile: list[int]) -> np.ndarray:
    """How many users of each type are on each level, shape (T, L)."""
    counts = np.zeros((len(utility.type_sizes), len(utility.levels)), dtype=np.int64)
    np.add.at(counts, (utility.types, profile), 1)
    return counts


def moved(profile: list[int], user: int, level: int) -> list[int]:
    return [level if other == user else own for other, own in enumerate(profile)]


def first_at(utility: fg.FederatedMean, profile: list[int]) -> dict[tuple[int, int], int]:
    """A user of each type and level that has one."""
    return {place: user for user, place in reversed(list(enumerate(zip(utility.types, profile, strict=True))))}


def check_every_price(
    deviation_values: DeviationValues, utility: fg.FederatedMean, profile: list[int], rule: str, method: str
) -> None:
    """Every deviation, priced alone at the profile it leads to; nothing where there is nobody."""
    present = first_at(utility, profile)
    for place in np.ndindex(*counts_at(utility, profile).shape):
        if place not in present:
            assert np.isnan(deviation_values.values[place]).all()
            continue
        for level in range(len(utility.levels)):
            user = present[place]
            alone = fg.payments(utility, moved(profile, user, level), rule=rule, method=method)
            missed = abs(deviation_values.values[(*place, level)] - alone.payments[user])
            assert missed <= deviation_values.error + alone.error_bound


@settings(max_examples=60, deadline=None)
@given(federations(), st.sampled_from(list(RULES)))
def test_prices_against_all_subsets(federation, rule):
    utility, profile = federation
    deviation_values = FederatedDeviations(utility, RULES[rule]).at(counts_at(utility, profile))
    check_every_price(deviation_values, utility, profile, rule, "subsets")
    worth = utility.at(profile)
    assert deviation_values.utility == pytest.approx(
        worth, rel=1e-12, abs=2 * utility.rounding + 1e-12 * float(utility.scale)
    )


@settings(max_examples=60, deadline=None)
@given(federations(), st.sampled_from(list(RULES)))
@example((fg.FederatedMean(fg.Users(samples=[1.0]), 0.0, 1.0), [0]), "users")
def test_the_potential_against_the_sum_over_all_coalitions(federation, rule):
    """P = Σ (|S| − 1)!·(n − |S|)!/n!·U(S) over S that share; with the platform eq. 5."""
    utility, profile = federation
    deviation_values = FederatedDeviations(utility, RULES[rule]).at(counts_at(utility, profile))
    share = [user for user, level in enumerate(profile) if level]
    n = len(share)
    if rule == "users":
        terms = [
            utility.at(oracles.shared_by(tuple(profile), some)) / (len(some) * math.comb(n, len(some)))
            for some in oracles.subsets(share)
            if some
        ]
    else:
        terms = [
            utility.at(oracles.shared_by(tuple(profile), some)) / ((n + 1) * math.comb(n, len(some)))
            for some in oracles.subsets(share)
        ]
    harmonic = 1 + math.log(n + 1)
    assert (
        abs(deviation_values.potential - math.fsum(terms))
        <= deviation_values.potential_error + harmonic * utility.rounding
    )


@settings(max_examples=40, deadline=None)
@given(federations(), st.sampled_from(list(RULES)), st.data())
def test_a_move_changes_the_potential_by_the_price_difference(federation, rule, data):
    """One object values both profiles: what it keeps from the first must serve the second."""
    utility, profile = federation
    deviation_method = FederatedDeviations(utility, RULES[rule])
    user = data.draw(st.integers(0, len(profile) - 1))
    level = data.draw(st.integers(0, len(utility.levels) - 1))
    before, after = (deviation_method.at(counts_at(utility, at)) for at in (profile, moved(profile, user, level)))
    own = before.values[utility.types[user], profile[user]]
    bound = before.potential_error + after.potential_error + 2 * before.error
    assert abs((after.potential - before.potential) - (own[level] - own[profile[user]])) <= bound


# Crowds; of groups of more than 127 members not every size is looked at ---------------------------


def crowd(seed: int, sizes: tuple[int, ...], samples: tuple[float, ...], shares: tuple[float, ...]) -> tuple:
    """So many users of each type, on levels 0, 1 and 2 with these chances."""
    generator = np.random.default_rng(seed)
    users = fg.Users(samples=np.repeat(samples, sizes), importance=np.repeat([1.0, 2.0, 0.5][: len(sizes)], sizes))
    return fg.FederatedMean(users, 0.7, 15.0), generator.choice(3, sum(sizes), p=shares).tolist()


CROWDS = {
    "mostly senders": crowd(1, (90, 60), (2.0, 400.0), (0.1, 0.3, 0.6)),
    "mostly members": crowd(2, (150, 40), (3.0, 70.0), (0.02, 0.93, 0.05)),
    "three kinds": crowd(3, (70, 50, 30), (1.0, 5.0, 4000.0), (0.05, 0.92, 0.03)),
}


@pytest.mark.parametrize("rule", list(RULES))
@pytest.mark.parametrize("name", list(CROWDS))
def test_own_prices_are_payments(name, rule):
    """Against payments by sums, which fit for this profile alone, and where types are two by counts."""
    utility, profile = CROWDS[name]
    deviation_values = FederatedDeviations(utility, RULES[rule]).at(counts_at(utility, profile))
    for method in ["sums", "counts"] if len(utility.type_sizes) == 2 else ["sums"]:
        payments = fg.payments(utility, profile, rule=rule, method=method)
        for (kind, level), user in first_at(utility, profile).items():
            missed = abs(deviation_values.values[kind, level, level] - payments.payments[user])
            assert missed <= deviation_values.error + payments.error_bound
    assert deviation_values.error <= 1e-5 * np.nanmax(np.abs(deviation_values.values))


@pytest.mark.parametrize(("name", "rule"), list(zip(CROWDS, ["users", "coalition", "users"], strict=True)))
def test_prices_of_a_crowd_against_payments_after_the_move(name, rule):
    utility, profile = CROWDS[name]
    deviation_values = FederatedDeviations(utility, RULES[rule]).at(counts_at(utility, profile))
    check_every_price(deviation_values, utility, profile, rule, "sums")


@pytest.mark.parametrize("rule", list(RULES))
@pytest.mark.parametrize("name", list(CROWDS))
def test_a_payment_is_what_the_potential_loses_without_the_user(name, rule):
    """P(ρ) − P(ρ without i) = φ_i, with both potentials computed."""
    utility, profile = CROWDS[name]
    deviation_method = FederatedDeviations(utility, RULES[rule])
    before = deviation_method.at(counts_at(utility, profile))
    for (kind, level), user in first_at(utility, profile).items():
        after = deviation_method.at(counts_at(utility, moved(profile, user, 0)))
        lost = before.potential - after.potential
        bound = before.potential_error + after.potential_error + before.error
        assert abs(lost - before.values[kind, level, level]) <= bound


@pytest.mark.parametrize("rule", list(RULES))
def test_sixty_distinct_users(rule):
    """Some deviations against payments; all payments and what the platform keeps against U."""
    generator = np.random.default_rng(4)
    users = fg.Users(samples=np.exp(generator.uniform(0, 8, 60)), importance=generator.uniform(0, 2, 60))
    utility, profile = fg.FederatedMean(users, 1.3, 20.0), generator.integers(0, 3, 60).tolist()
    deviation_values = FederatedDeviations(utility, RULES[rule]).at(counts_at(utility, profile))
    for user in range(0, 60, 7):
        for level in range(3):
            alone = fg.payments(utility, moved(profile, user, level), rule=rule, method="sums")
            missed = abs(deviation_values.values[utility.types[user], profile[user], level] - alone.payments[user])
            assert missed <= deviation_values.error + alone.error_bound
    own = [deviation_values.values[kind, level, level] for kind, level in zip(utility.types, profile, strict=True)]
    keeps = deviation_values.potential if rule == "coalition" else 0.0
    assert (
        abs(math.fsum(own) + keeps - deviation_values.utility)
        <= 60 * deviation_values.error + deviation_values.potential_error
    )
    assert deviation_values.error <= 1e-8 * np.nanmax(np.abs(deviation_values.values))


def test_batches_of_users_make_no_difference(monkeypatch):
    generator = np.random.default_rng(5)
    utility = fg.FederatedMean(fg.Users(samples=np.exp(generator.uniform(0, 6, 25))), 1.0, 20.0)
    counts = counts_at(utility, generator.integers(0, 3, 25).tolist())
    together = FederatedDeviations(utility, 0).at(counts)
    monkeypatch.setattr("fairgames.valuation.methods.exponential_sums.deviation_values._BLOCK", 1)
    alone = FederatedDeviations(utility, 0).at(counts)
    np.testing.assert_allclose(alone.values, together.values, rtol=1e-11, atol=1e-12)
