"""Equal split, per record, leave-one-out and weighted Shapley by their definitions: everywhere, and at one profile."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations, product

import pytest

import fairgames as fg
from fairgames.exact import object_array
from fairgames.testing import check_rule
from fairgames.valuation.rules import EqualSplit, LeaveOneOut, PerRecord, WeightedShapley
from tests.oracles import shared_by

F = Fraction
SAMPLES = (3, 10, 4)


def utility(seed: int) -> fg.TableUtility:
    drawn = random.Random(seed)
    table = object_array(F(drawn.randint(-5, 20), drawn.choice([1, 3])) for _ in range(27))
    table[0] = F(0)
    return fg.TableUtility(table.reshape(3, 3, 3), levels=[0, "1/2", "inf"])


def chance_of(order: Sequence[int]) -> Fraction:
    """Kalai & Samet 1987: who comes last is drawn by the weights, then who comes before, …."""
    chance, here = F(1), list(order)
    while here:
        chance *= F(SAMPLES[here[-1]], sum(SAMPLES[user] for user in here))
        here.pop()
    return chance


def by_definition(name: str, worth: fg.TableUtility, profile: tuple[int, ...]) -> list[Fraction]:
    sharing, total = [user for user, level in enumerate(profile) if level], worth.exact_at(profile)
    found = [F(0)] * 3
    for user in sharing:
        if name == "equal-split":
            found[user] = total / len(sharing)
        elif name == "per-record":
            found[user] = total * SAMPLES[user] / sum(SAMPLES[one] for one in sharing)
        elif name == "leave-one-out":
            found[user] = total - worth.exact_at(shared_by(profile, [one for one in sharing if one != user]))
        else:
            for order in permutations(sharing):
                before = order[: order.index(user)]
                gain = worth.exact_at(shared_by(profile, (*before, user))) - worth.exact_at(shared_by(profile, before))
                found[user] += chance_of(order) * gain
    return found


@pytest.mark.parametrize("name", ["equal-split", "per-record", "leave-one-out", "weighted-shapley"])
@pytest.mark.parametrize("seed", range(4))
def test_values_are_their_definition(name: str, seed: int) -> None:
    worth = utility(seed)
    users = fg.Users(samples=SAMPLES, sensitivity=[[0, "1/4", "1/2"]] * 3)
    payments = fg.PaymentGame(worth, users, name).payments(1)
    floats = fg.PaymentGame(worth, users, name, exact=False)
    near = floats.payments(1)
    for profile in product(range(3), repeat=3):
        right = by_definition(name, worth, profile)
        assert [payments[(user, *profile)] for user in range(3)] == right
        for user in range(3):
            assert abs(F(float(near[(user, *profile)])) - right[user]) <= floats.payment_error(1)
    game = fg.PaymentGame(worth, users, name)
    if game.rule.potential:
        assert game.potential.exact
        assert fg.design(game, scope="pure", selection="potential").regret == 0


@pytest.mark.parametrize("rule", [EqualSplit(), LeaveOneOut(), PerRecord([1, 2, "1/2", 7])], ids=lambda rule: rule.name)
def test_rules_are_what_they_say(rule: EqualSplit | LeaveOneOut | PerRecord) -> None:
    check_rule(rule)


def test_samples_are_the_federation_s_or_the_users() -> None:
    """Payments at one profile know the samples of a federated mean; a game also those of its users."""
    users = fg.Users(samples=[30, 10, 10], sensitivity=[[0, 0.1, 0.2]] * 3)
    federated = fg.FederatedMean(users, between=1, within=10)
    found = fg.payments(federated, (2, 1, 0), rule="per-record").payments
    assert found[0] == pytest.approx(3 * found[1])
    with pytest.raises(fg.InputError, match="weighs users by their samples"):
        fg.payments(utility(0), (1, 1, 1), rule="per-record")
    assert fg.payments(utility(0), (1, 1, 0), rule=PerRecord([1, 1, 1])).payments[2] == 0
    with pytest.raises(fg.InputError, match="got 2, expected one for each user"):
        fg.payments(utility(0), (1, 1, 1), rule=WeightedShapley([1, 2]))
    with pytest.raises(fg.InputError, match="expected numbers above 0, one a user, got 0"):
        WeightedShapley([1, 0])


def test_many_weighted_users_lose_no_digits() -> None:
    """Dividends of ten users cancel by a factor of a thousand; the chances of coalitions do not."""
    users = fg.Users(samples=[50 + 37 * k for k in range(10)], sensitivity=[[0, 0.1, 0.2]] * 10)
    exact = fg.LinearLaplace(10, [0, 1, 2])
    rule = WeightedShapley(users.samples)
    right = fg.payments(exact, (2,) * 5 + (1,) * 5, rule=rule, exact=True)
    near = fg.payments(exact, (2,) * 5 + (1,) * 5, rule=rule, exact=False)
    assert sum(right.payments) == right.utility
    for one, other in zip(right.payments, near.payments, strict=True):
        assert abs(F(float(other)) - one) <= near.error_bound < 1e-11
