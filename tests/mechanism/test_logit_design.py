"""The best share under log-linear learning: against sums over profiles, written down as they are defined."""

from __future__ import annotations

import json
import math
from itertools import product

import numpy as np
import pytest

import fairgames as fg
from fairgames.errors import InputError
from fairgames.mechanism import LogitDesign
from fairgames.mechanism.logit import _Family, _highest
from fairgames.mechanism.selections import named


def means(game: fg.PaymentGame, alpha: float, precision: float) -> tuple[float, float, list[float]]:
    """(1 − α)·E[U], E[U] and the mean payments, from U and payments of each profile alone.

    Φ is rebuilt from payments: users come in one after another, and each adds what it gains.
    """
    profiles = list(product(*game.strategies))
    worth, paid, phi = [], [], []
    for profile in profiles:
        here = fg.payments(game.utility, profile, 1, game.rule)
        worth.append(float(here.utility))
        paid.append([float(one) for one in here.payments])
        gained = 0.0
        for user, level in enumerate(profile):
            before = fg.payments(game.utility, (*profile[: user + 1], *(0,) * (len(profile) - user - 1)), 1, game.rule)
            cost = game.costs[user][game.strategies[user].index(level)]
            gained += alpha * float(before.payments[user]) - float(cost)
        phi.append(gained)
    weights = np.exp(precision * (np.array(phi) - max(phi)))
    weights /= weights.sum()
    mean = float(weights @ worth)
    return (1 - alpha) * mean, mean, [alpha * float(weights @ own) for own in np.array(paid).T]


def clinics() -> fg.PaymentGame:
    users = fg.Users(samples=[30, 20, 5], sensitivity=[[0, 0.3, 0.7], [0, 0.4, 0.8], [0, 0.1, 0.5]])
    return fg.PaymentGame(fg.FederatedMean(users, between=1.0, within=10.0), users)


def steps() -> fg.PaymentGame:
    """One user whose levels are worth ever more and cost ever more: with precision, a peak a level."""
    return fg.PaymentGame([0, 1, 3, 10], [[0, "0.1", "0.7", "4"]])


def falling() -> fg.PaymentGame:
    """Some coalitions are worth less than nothing."""
    return fg.PaymentGame([[0, -1], [2, 3]], [[0, "0.2"], [0, "0.1"]])


@pytest.mark.parametrize(
    ("make", "precision"), [(clinics, 2), (clinics, 30), (steps, 3), (steps, 40), (falling, 0.5), (falling, 20)]
)
def test_no_share_of_a_fine_grid_is_better(make, precision: float) -> None:
    game = make()
    found = fg.design(game, "logit", precision=precision)
    assert isinstance(found, LogitDesign)
    kept, mean, paid = means(game, found.alpha, precision)
    assert found.platform_utility == pytest.approx(kept, rel=1e-9)
    assert found.utility == pytest.approx(mean, rel=1e-9)
    assert found.payments == pytest.approx(paid, rel=1e-9, abs=1e-12)
    family = _Family.of(game, precision)
    grid = [family.at(float(alpha)).kept for alpha in np.linspace(0, 1, 2_001)]
    assert grid[500] == pytest.approx(means(game, 0.25, precision)[0], rel=1e-9)
    assert max(grid) <= found.platform_utility + found.gap
    low, high = found.optimum_between
    assert low <= found.alpha <= high
    assert found.gap < 1e-6 * abs(found.platform_utility) + 1e-12


def test_the_higher_of_two_peaks() -> None:
    """At precision 40 the value has several peaks; the search is not led to a lower one."""
    family = _Family.of(steps(), 40.0)
    values = np.array([family.at(float(alpha)).kept for alpha in np.linspace(0, 1, 4_001)])
    peaks = [k for k in range(1, 4_000) if values[k - 1] < values[k] > values[k + 1]]
    assert len(peaks) >= 3
    best = fg.design(steps(), "logit", precision=40)
    assert best.alpha == pytest.approx(float(np.argmax(values)) / 4_000, abs=1e-3)


@pytest.mark.parametrize("make", [clinics, steps, falling])
def test_bounds_of_intervals_hold(make) -> None:
    """What the certificate rests on: no share within an interval is worth more than its bound."""
    rng = np.random.default_rng(3)
    for precision in (0.0, 1.0, 25.0):
        family = _Family.of(make(), precision)
        for _ in range(40):
            left, right = sorted(rng.random(2) ** 2)
            bound = family.bound(family.at(left), family.at(right))
            worth = [family.at(float(alpha)).kept for alpha in np.linspace(left, right, 33)]
            assert max(worth) <= bound
            narrow = family.bound(family.at(left), family.at(left + (right - left) / 1_000))
            assert narrow - worth[0] < 0.02 * (bound - min(worth)) + 1e-2  # and it closes in


def test_the_highest_point_of_a_piece() -> None:
    """At least the most on a fine grid, and little more on a short piece; convex, concave and in between."""
    rng = np.random.default_rng(7)
    for _ in range(300):
        low, high = sorted(rng.random(2))
        at, height, slope, lowest = rng.random(), rng.normal(), 12 * rng.normal(), -3 * rng.random()
        alphas = np.linspace(low, high, 201)
        most = float(((1 - alphas) * (np.exp(height + slope * (alphas - at)) + lowest)).max())
        bound = _highest(height, slope, at, low, high, lowest)
        assert most <= bound * (1 + 1e-14 * np.sign(bound)) + 1e-14
        short = _highest(height, slope, at, low, low + 1e-6, lowest)
        assert short == pytest.approx((1 - low) * (math.exp(height + slope * (low - at)) + lowest), rel=1e-3, abs=1e-3)


def test_without_precision_users_play_anything() -> None:
    """λ = 0: every profile alike, so nothing is worth paying for."""
    game = clinics()
    found = fg.design(game, "logit", precision=0)
    assert found.alpha == 0
    assert found.platform_utility == pytest.approx(float(game.utilities.numbers().mean()))
    for vector in found.strategies:
        assert vector == pytest.approx([1 / 3] * 3)


def test_the_limit_is_the_maximiser_of_the_potential() -> None:
    """As λ grows the value approaches that of selection "potential" (Blume 1993), from one side or the other."""
    game = clinics()
    limit = fg.design(game, "potential", scope="pure")
    near = [fg.design(game, "logit", precision=precision).platform_utility for precision in (1e3, 1e5)]
    gaps = [abs(value - limit.platform_utility) for value in near]
    assert gaps[0] < 0.02
    assert gaps[1] < 0.001


def test_regrets_are_what_erring_costs() -> None:
    """By definition, over all profiles: the best of the user's levels less its own, at α."""
    game, precision = falling(), 2.0
    found = fg.design(game, "logit", precision=precision)
    normal = game.at(found.alpha).floats()
    weights = np.exp(precision * np.asarray(game.exact_potential(found.alpha).numbers(), dtype=float))
    weights /= weights.sum()
    for user in range(2):
        lost = normal[..., user].max(axis=user, keepdims=True) - normal[..., user]
        assert found.regrets[user] == pytest.approx(float((weights * lost).sum()), abs=1e-12)
    assert math.isclose(float(weights[found.likely_profile]), found.likely_chance)


def test_as_json_and_back() -> None:
    found = fg.design(steps(), "logit", precision="5/2")
    assert found.precision == 2.5
    again = fg.Design.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again == found
    assert isinstance(again, LogitDesign)
    assert "No share leaves the platform more" in " ".join(again.remarks())


def test_refusals() -> None:
    game = clinics()
    with pytest.raises(InputError, match="precision: selection 'logit' needs λ"):
        fg.design(game, "logit")
    with pytest.raises(InputError, match="precision: expected a number between"):
        fg.design(game, "logit", precision="1e400")
    with pytest.raises(InputError, match="precision: is λ of selection 'logit', got selection 'best'"):
        fg.design(game, precision=3)
    with pytest.raises(InputError, match="got a budget, scope 'symmetric', method 'grid'"):
        fg.design(game, "logit", 1, "symmetric", "grid", precision=3)
    with pytest.raises(InputError, match="does not pay a share of U by an exact potential"):
        fg.design(fg.PaymentGame(game.utility, game.users, "coalition"), "logit", precision=3)
    with pytest.raises(InputError, match="use selection 'potential', which is the limit"):
        fg.design(game, "logit", precision="1e14")
    with pytest.raises(InputError, match="selection 'logit': is known to design alone"):
        named("logit")
