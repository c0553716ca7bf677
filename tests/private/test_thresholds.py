"""Continuous costs: thresholds against closed forms, and the bound of cells against regrets of the continuous game."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fairgames import FederatedMean, InputError, LinearLaplace, Users
from fairgames.mechanism.private.refined import refined_design
from fairgames.private import ContinuousCosts, discretised, threshold_equilibria


@pytest.mark.parametrize("alpha", [0.1, 0.3, 0.7])
def test_two_alike_users_against_the_closed_form(alpha: float) -> None:
    """Alone 2/3, together 1/2 each: a user who meets a sharing one with chance q is paid α·(2/3 − q/6)."""
    own = ContinuousCosts([0, "2/5"], stats.uniform(0, 1))
    found = threshold_equilibria(LinearLaplace(2, [0, "inf"]), [own, own], alpha)
    q = alpha * (2 / 3) / (0.4 + alpha / 6)
    one = next(one for one in found if np.allclose(one.chances[0], one.chances[1]))
    assert one.chances[:, 1] == pytest.approx([q, q], abs=1e-10)
    assert one.thresholds[0, 1] == pytest.approx([0, q], abs=1e-10)
    worth = 2 * q * (1 - q) * 2 / 3 + q * q
    assert (one.utility, one.platform_utility) == pytest.approx((worth, (1 - alpha) * worth))
    assert one.payments.sum() == pytest.approx(alpha * worth)


def test_rests_are_fixed_points_of_a_simulation() -> None:
    """Each drawn θ takes its best level given the others' chances: the frequencies are the chances."""
    utility = FederatedMean(Users(samples=[10, 30, 60]), 1.0, 10.0)
    costs = [ContinuousCosts([0, 0.3, 0.7], stats.gamma(2, scale=0.6))] * 3
    (found, *_) = threshold_equilibria(utility, costs, 0.4, starts=2)
    assert found.residual < 1e-12
    draw, values = np.random.default_rng(0), np.array([[[utility.at((a, b, c)) for c in range(3)] for b in range(3)]
                                                       for a in range(3)])  # fmt: skip
    alone = [values[:, 0, 0], values[0, :, 0], values[0, 0, :]]
    first, second = found.chances[1], found.chances[2]
    # φ of user 1 at level x: means over whether it comes first, second or third.
    paid = [
        sum(
            first[b] * second[c] * (2 * alone[0][x] + (values[x, b, 0] - values[0, b, 0])
                                    + (values[x, 0, c] - values[0, 0, c])
                                    + 2 * (values[x, b, c] - values[0, b, c])) / 6
            for b in range(3)
            for c in range(3)
        )
        for x in range(3)
    ]  # fmt: skip
    theta = stats.gamma(2, scale=0.6).rvs(200_000, random_state=draw)
    levels = np.argmax(0.4 * np.array(paid)[:, None] - theta * np.array([0, 0.3, 0.7])[:, None], axis=0)
    assert np.bincount(levels, minlength=3) / len(theta) == pytest.approx(found.chances[0], abs=0.005)


def test_no_plan_gains_more_than_the_bound_of_its_cells() -> None:
    """Of a million θ, who shares though θ is above what it is paid, or does not though below, gains the difference."""
    theta = stats.expon(scale=0.3)
    own, utility = ContinuousCosts([0, 1], theta), LinearLaplace(2, [0, "inf"])
    grid = theta.ppf((np.arange(1_000_000) + 0.5) / 1_000_000)
    for one in refined_design(utility, [own, own], cells=(1, 3)):
        alpha, plan = float(one.design.alpha), one.design.plan  # type: ignore[arg-type]
        cells = np.minimum(np.arange(1_000_000) * one.cells // 1_000_000, one.cells - 1)
        for user in range(2):
            paid = alpha * (2 / 3 - float(one.design.strategies[1 - user][1]) / 6)
            shares = np.array(plan[user])[cells] == 1
            regret = float(np.abs(paid - grid)[shares != (paid > grid)].sum() / len(grid))
            assert regret <= one.regret_bounds[user] + 1e-6


def test_cells_keep_mean_and_chance() -> None:
    rows, bound = discretised(ContinuousCosts([0, 2], stats.uniform(1, 2)), 4)
    assert sum(float(p * costs[1]) for p, costs in rows) == pytest.approx(2 * 2)
    assert bound == pytest.approx(2 * 2 / 4 / 4)  # a quarter of a cell's width, times the cost


@pytest.mark.parametrize(
    ("costs", "theta", "what"), [([1, 2], stats.uniform(), "begin with 0"), ([0, 1], stats.norm(), "numbers ≥ 0")]
)
def test_what_is_refused(costs: list[float], theta: object, what: str) -> None:
    with pytest.raises(InputError, match=what):
        ContinuousCosts(costs, theta)  # type: ignore[arg-type]
