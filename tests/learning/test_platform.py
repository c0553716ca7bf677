"""The online loop: regret against a search over all shares, policies against each other, what is learned is true."""

from __future__ import annotations

import numpy as np
import pytest

from fairgames import FederatedMean, InputError, LinearLaplace, PaymentGame, Users
from fairgames.learning import platform
from fairgames.learning.market import Market, Ranges


def _federation(seed: int, n: int = 4) -> PaymentGame:
    draw = np.random.default_rng(seed)
    samples = np.round(np.exp(draw.uniform(np.log(10), np.log(300), n)))
    dear = draw.uniform(0.1, 1.0, n).round(4)
    costs = [[0, round(cost * draw.uniform(0.3, 0.7), 4), cost] for cost in dear]
    users = Users(samples=samples, sensitivity=costs)
    return PaymentGame(FederatedMean(users, 1.0, 10.0), users)


@pytest.mark.parametrize("seed", range(3))
def test_the_best_share_is_the_best_of_a_fine_grid(seed: int) -> None:
    """Of users who maximise the potential: at each of 20,001 shares by comparing all profiles."""
    market = Market(_federation(seed))
    _, value, _ = market.best(market.costs)
    shares, spent = np.linspace(0, 1, 20_001), market.total(market.costs)
    played = np.array([int(np.argmax(alpha * market.shared - spent)) for alpha in shares])
    kept = (1 - shares) * market.worth[played]
    assert kept.max() <= value + 1e-12
    assert kept.max() == pytest.approx(value, rel=1e-3)
    path = market.path(market.costs)
    between = shares[np.abs(shares[:, None] - path.alpha).min(axis=1) > 1e-9]
    assert [path.at(alpha) for alpha in between] == [int(np.argmax(a * market.shared - spent)) for a in between]


@pytest.mark.parametrize("policy", ["robust", "optimism", "thompson"])
def test_what_is_learned_is_true(policy: str) -> None:
    game = _federation(1)
    found = platform(game, policy, periods=40, seeds=2)
    assert found.ranges is not None
    for own, costs in zip(found.ranges, game.costs, strict=True):
        for (low, high), cost in zip(own, costs, strict=True):
            assert low - 1e-9 <= cost
            # Whoever bears more than a level ever pays is not told from one who bears that much.
            assert cost <= high + 1e-9 or high == pytest.approx(max(h for _, h in own))
    assert (found.regret >= -1e-9).all()
    assert (np.diff(found.regret, axis=1) >= -1e-9).all()


def test_learning_costs_beats_learning_earnings() -> None:
    """The median of random federations; each by itself may be worse."""
    ratios = []
    for seed in range(6):
        game = _federation(seed)
        learner, bandit = (platform(game, name).regret[0, -1] for name in ("robust", "ucb"))
        ratios.append(float(learner / bandit))
    assert np.median(ratios) <= 0.1


def test_noise_contradicts_nothing() -> None:
    found = platform(_federation(2), "robust", periods=30, seeds=3, play="logit", precision=30)
    assert found.kept.shape == (3, 30)
    low, middle, high = found.band()
    assert (low <= middle).all()
    assert (middle <= high).all()
    assert all(low <= high + 1e-9 for own in found.ranges or () for low, high in own)


def test_costs_that_are_drawn_fit() -> None:
    market = Market(_federation(3))
    ranges, draw = Ranges(market), np.random.default_rng(0)
    for alpha in (0.1, 0.2, 0.3):
        ranges.see(alpha, market.path(market.costs).at(alpha))
    for _ in range(50):
        for costs, bound in zip(ranges.drawn(draw), ranges.most, strict=True):
            assert (costs[None, :] - costs[:, None] <= bound + 1e-9).all()


def test_what_is_refused() -> None:
    game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, 0.1]] * 2))
    with pytest.raises(InputError, match="policy: expected one of knowledge-gradient"):
        platform(game, "greedy")
    with pytest.raises(InputError, match="play"):
        platform(game, play="best")  # type: ignore[arg-type]
