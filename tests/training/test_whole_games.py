"""Games drawn from a surrogate: mean and covariance by the posterior's formulas, equilibria by definition."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

import fairgames as fg
from fairgames.mechanism.budgeted.whole_games import Bests, drawn_games
from fairgames.training.surrogate import Surrogate

SIZES = np.array([30.0, 10.0, 20.0])
EVERYTHING = np.array(list(product(range(3), repeat=3)))


def surrogate(noise: float) -> Surrogate:
    """Of a U with diminishing returns, ten of 27 profiles."""
    random = np.random.default_rng(5)
    some = EVERYTHING[[0, *sorted(random.choice(np.arange(1, 27), 10, replace=False))]]
    values = 5 * (1 - np.exp(-some @ SIZES / 60)) + 0.3 * random.random(len(some)) * (some.sum(axis=1) > 0)
    return Surrogate.fitted(some, values, np.r_[0.0, np.full(10, noise)], 3, SIZES, None)


@pytest.mark.parametrize(("noise", "widened"), [(0.0, 1.0), (0.04, 1.0), (0.04, 1.5)])
def test_draws_have_the_posterior_s_mean_and_covariance(noise: float, widened: float) -> None:
    """By dense formulas of conditioning (Rasmussen & Williams 2006, eq. 2.19); sample errors from their own laws."""
    known, draws = surrogate(noise), 4000
    games = drawn_games(known, EVERYTHING, draws, widened, np.random.default_rng(1))
    drawn = np.array([utilities.ravel() for utilities in games])
    whole = known.kernel.between(EVERYTHING, EVERYTHING)
    cross = known.kernel.between(EVERYTHING, known.profiles)
    inner = known.kernel.between(known.profiles, known.profiles) + np.diag(known.noise + 1e-9)
    mean = known.unit * cross @ np.linalg.solve(inner, known.found)
    covariance = (known.unit * widened) ** 2 * (whole - cross @ np.linalg.solve(inner, cross.T))
    covariance[0] = covariance[:, 0] = mean[0] = 0.0  # nobody shares
    spread = np.sqrt(np.diag(covariance).clip(0))
    assert (abs(drawn.mean(axis=0) - mean) <= 5 * spread / np.sqrt(draws) + 1e-6).all()
    error = np.sqrt((np.outer(spread, spread) ** 2 + covariance**2) / draws)
    assert (abs(np.cov(drawn.T) - covariance) <= 5 * error + 1e-6).all()


@pytest.mark.parametrize("seed", range(6))
def test_the_bests_are_those_of_the_definition(seed: int) -> None:
    """Payments as means over orders, shares at which no move pays; some levels are not allowed, and some are tied."""
    random = np.random.default_rng(seed)
    table = random.integers(0, 9, (3, 3, 3)) / 8
    table[0, 0, 0] = 0
    costs = np.c_[np.zeros(3), random.integers(0, 4, (3, 2)) / 16]
    allowed = [None, [0, 2], None] if seed % 2 else None
    users = fg.Users(sensitivity=costs.tolist(), allowed=allowed)
    game = fg.PaymentGame(fg.TableUtility(table), users)

    def paid(place: tuple[int, ...], user: int) -> float:
        gains = []
        for order in permutations(range(3)):
            before = order[: order.index(user)]
            inside = [level if k in before else 0 for k, level in enumerate(place)]
            without = table[tuple(inside)]
            inside[user] = place[user]
            gains.append(table[tuple(inside)] - without)
        return float(np.mean(gains))

    low, high, keeps = Bests(game).values(table)
    for place in product(range(3), repeat=3):
        least, most = 0.0, np.inf
        for user, level in enumerate(place):
            if level not in game.strategies[user]:
                least = np.inf
            for other in game.strategies[user]:
                gain = paid(place, user) - paid((*place[:user], other, *place[user + 1 :]), user)
                gain = 0.0 if abs(gain) < 1e-12 else gain
                dearer = costs[user, level] - costs[user, other]
                if dearer > 0:
                    least = max(least, dearer / gain if gain > 0 else np.inf)
                elif gain < 0:
                    most = min(most, dearer / gain)
        exists = least <= min(most, 1.0)
        assert np.isfinite(keeps[place]) == exists or abs(least - min(most, 1.0)) < 1e-9
        if exists and np.isfinite(keeps[place]):
            assert (low[place], high[place]) == pytest.approx((least, most))
            assert keeps[place] == pytest.approx((1 - least) * table[place])
