"""Designs where an aggregate needs a least number of members, against all profiles written out."""

from __future__ import annotations

from functools import cache
from itertools import combinations, product
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.mechanism import upper_bound
from tests.precise import federated_mean

DATA = Path(__file__).parents[2] / "examples" / "medpar.csv"


class Definition:
    """The users' game by its definition: U, φ over all subsets, and each profile's least share."""

    def __init__(self, samples, between, within, costs, minimum) -> None:
        self.costs, self.n = costs, len(samples)
        self.worth = cache(
            lambda profile: float(federated_mean(samples, between, within, profile, minimum=minimum, digits=40))
        )

    @cache  # noqa: B019
    def paid(self, profile: tuple[int, ...], user: int) -> float:
        others = [other for other in range(self.n) if profile[other] and other != user]
        total = 0.0
        for size in range(len(others) + 1):
            for coalition in combinations(others, size):
                here = tuple(level if u in coalition else 0 for u, level in enumerate(profile))
                joined = tuple(profile[user] if u == user else level for u, level in enumerate(here))
                total += (self.worth(joined) - self.worth(here)) / ((len(others) + 1) * comb(len(others), size))
        return total

    def interval(self, profile: tuple[int, ...]) -> tuple[float, float]:
        """The α at which nobody gains by moving alone."""
        low, high = 0.0, 1.0
        for user, level in enumerate(profile):
            for other in range(3):
                moved = (*profile[:user], other, *profile[user + 1 :])
                gain = self.paid(profile, user) - self.paid(moved, user)
                cost = self.costs[user][level] - self.costs[user][other]
                if gain > 1e-12:
                    low = max(low, cost / gain)
                elif gain < -1e-12:
                    high = min(high, cost / gain)
                elif cost > 0:
                    high = -1.0
        return low, high

    def best(self) -> float:
        """The most that the platform keeps at a pure equilibrium: each at its least share."""
        kept = [0.0]
        for profile in product(range(3), repeat=self.n):
            low, high = self.interval(profile)
            if low <= high:
                kept.append((1 - low) * self.worth(profile))
        return max(kept)


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_the_best_pure_design(data):
    n = data.draw(st.integers(2, 3))
    samples = data.draw(st.lists(st.sampled_from([2.0, 10.0, 50.0]), min_size=n, max_size=n))
    between, minimum = data.draw(st.sampled_from([0.3, 2.0, 40.0])), data.draw(st.integers(2, n + 1))
    costs = [sorted([0.0, *data.draw(st.lists(st.floats(0.01, 1.0), min_size=2, max_size=2))]) for _ in range(n)]
    users = fg.Users(samples=samples, sensitivity=costs)
    game = fg.PaymentGame(fg.FederatedMean(users, between, 10.0, minimum_aggregate=minimum), users)
    definition = Definition(samples, between, 10.0, costs, minimum)
    found = fg.design(game, scope="pure")
    best = definition.best()
    assert float(found.platform_utility) == pytest.approx(best, abs=1e-9)
    assert found.certain
    assert best <= upper_bound(game).value + 1e-9


@pytest.mark.parametrize("rule", ["users", "coalition"])
def test_too_few_are_never_in_an_aggregate_at_an_equilibrium(rule):
    """They would be paid nothing, and bear a cost."""
    users = fg.Users(samples=[10, 20, 30, 40, 50], sensitivity=[[0, 0.01, 60]] * 5)
    game = fg.PaymentGame(fg.FederatedMean(users, 1.0, 30.0, minimum_aggregate=3), users, rule)
    found = fg.pure_equilibria(game)
    members = (np.stack(np.unravel_index(found.index, game.shape)) == 1).sum(axis=0)
    assert not set(members.tolist()) & {1, 2}
    assert 5 in members


def hospitals(minimum: int, top: int = 10) -> fg.PaymentGame:
    fitted = fg.fit(DATA, user="provider", value="los", top=top)
    users = fg.Users(samples=fitted.samples, sensitivity=[[0, 0.6, 1.2]] * top)
    utility = fg.FederatedMean(users, fitted.between, fitted.within, minimum_aggregate=minimum)
    return fg.PaymentGame(utility, users)


def test_ten_hospitals():
    """With three at least nobody is in the aggregate, at any equilibrium; each is paid for what it sends."""
    game = hospitals(3)
    found = fg.design(game, scope="pure")
    assert found.profile == (2,) * 10
    equilibria = fg.pure_equilibria(game)
    assert not (np.stack(np.unravel_index(equilibria.index, game.shape)) == 1).any()
    one = fg.design(hospitals(1), scope="pure")
    assert sum(level == 1 for level in one.profile) == 1
    assert float(found.utility) == pytest.approx(float(one.utility), rel=1e-14)  # a lone member hides nothing
    assert float(found.platform_utility) > float(one.platform_utility)


def test_members_of_ten_hospitals_who_are_paid_enough_gain_by_sending():
    """At each profile with an aggregate: 0.6 for being a member needs more of U than 0.6 for not sending allows."""
    game = hospitals(3)
    values = np.stack([np.asarray(own, dtype=float).reshape(-1) for own in game.values()])
    profiles = np.stack(np.unravel_index(np.arange(3**10), (3,) * 10))
    places = np.flatnonzero((profiles == 1).sum(axis=0) >= 3)
    needed, allowed = np.zeros(len(places)), np.full(len(places), np.inf)
    for user in range(10):
        member = profiles[user, places] == 1
        here = places[member]
        paid, sending = values[user, here], values[user, here + 3 ** (9 - user)]
        with np.errstate(divide="ignore"):
            needed[member] = np.maximum(needed[member], np.where(paid > 0, 0.6 / paid, np.inf))
            extra = sending - paid
            allowed[member] = np.minimum(allowed[member], np.where(extra > 0, 0.6 / extra, np.inf))
    assert len(places) == 41385
    assert (allowed < needed).all()


def test_users_alike_and_paths():
    """Counted and listed designs agree; a path finds an equilibrium, and no more than the upper bound."""
    users = fg.Users(samples=[20] * 5 + [60] * 2, sensitivity=[[0, 0.1, 0.5]] * 5 + [[0, 0.3, 0.9]] * 2)
    game = fg.PaymentGame(fg.FederatedMean(users, 2.0, 30.0, minimum_aggregate=4), users)
    listed = fg.design(game, scope="pure", method="exact")
    path = fg.design(game, method="path")
    assert float(path.platform_utility) <= float(listed.platform_utility) + 1e-9
    assert float(listed.platform_utility) <= upper_bound(game).value + 1e-9
    assert path.regret <= 1e-9


def test_large_games_best_respond_as_payments_say():
    """Forty hospitals, all different: at the equilibrium that a path finds nobody gains by any move."""
    game = hospitals(3, 40)
    path = fg.design(game, method="path", steps=10)
    share, profile = float(path.alpha), list(path.profile)
    own = fg.payments(game.utility, profile)
    for user in (0, 13, 39):
        for level in {0, 1, 2} - {profile[user]}:
            moved = [*profile[:user], level, *profile[user + 1 :]]
            other = fg.payments(game.utility, moved)
            cost = [0, 0.6, 1.2][level] - [0, 0.6, 1.2][profile[user]]
            assert share * float(other.payments[user]) - cost <= share * float(own.payments[user]) + 1e-6
    assert float(path.platform_utility) <= upper_bound(game).value
