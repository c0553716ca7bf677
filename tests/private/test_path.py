"""Plans along paths of equilibria: deviation values and certificates by a brute force, and what exact designs find."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from fairgames import FederatedMean, InputError, LinearLaplace, NoAnswerError, TableUtility, Users, design
from fairgames.mechanism import Design, PlanPathDesign
from fairgames.mechanism.pure import pure_design
from fairgames.private import PlanGame
from fairgames.private.deviations import PlanDeviations
from tests.private import plan_oracle as oracle
from tests.private.plan_games import as_ours, random_game


def _path(game: PlanGame, **named: object) -> PlanPathDesign:
    found = design(game, method="path", **named)  # type: ignore[arg-type]
    assert isinstance(found, PlanPathDesign)
    return found


@pytest.mark.parametrize("rule", ["users", "coalition"])
@pytest.mark.parametrize("seed", range(4))
def test_values_of_deviations_are_the_definition(seed: int, rule: str) -> None:
    game = replace(random_game(seed), platform=rule == "coalition")
    base = as_ours(game)
    ours = PlanGame(base.base.utility, base.known, rule)
    method = PlanDeviations(ours)
    for plan in game.plans[:: max(1, len(game.plans) // 6)]:
        profile = ours.agents.profile(plan)
        counts = np.eye(game.n_levels, dtype=np.int64)[list(profile)]
        found, (paid, regrets, bound, worth) = method.at(counts), method.certified(profile, 0.5)
        assert found.utility == pytest.approx(float(game.expected[plan]), abs=1e-12)
        assert worth == pytest.approx(float(game.expected[plan]), abs=1e-12)
        right = oracle.regrets(game, plan, Fraction(1, 2))
        for agent, (user, row) in enumerate(ours.agents.who):
            chance = game.rows[user][row][0]
            own = [float(chance * game.interim(plan, user, level)) for level in range(game.n_levels)]
            assert np.abs(found.values[agent, profile[agent]] - own).max() <= found.error
            assert found.error < 1e-12
            assert abs(paid[agent] - own[profile[agent]] / 2) <= bound
            assert abs(regrets[agent] - float(chance * right[user][row])) <= bound < 1e-11


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 5, 6, 8])
def test_what_is_found_is_an_equilibrium_below_the_bound(seed: int) -> None:
    game = random_game(seed)
    found, right = _path(as_ours(game)), oracle.best(game)
    assert right is not None
    assert float(found.platform_utility) <= float(right.value) + 1e-12
    assert found.upper_bound.value >= float(right.value)
    low, high, _ = game.equilibria[found.plan]
    assert found.alpha == pytest.approx(float(low), abs=1e-12)
    assert found.choice.interval == pytest.approx((float(low), float(high)), abs=1e-12)
    assert max(map(max, found.interim_regret)) <= found.interim_regret_bound
    paid = [
        [float(low * game.interim(found.plan, user, level)) for level in own] for user, own in enumerate(found.plan)
    ]
    for own, other in zip(found.interim_payments, paid, strict=True):
        assert own == pytest.approx(other, abs=1e-11)
    # Games of this size are searched through: nothing better is left out.
    assert float(found.platform_utility) == pytest.approx(float(right.value))


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_budgets(seed: int) -> None:
    game = random_game(seed)
    free = oracle.best(game)
    assert free is not None
    cap = free.alpha * game.expected[free.plan] * Fraction(2, 3)
    right = oracle.best(game, cap)
    if right is None:
        with pytest.raises(NoAnswerError):
            _path(as_ours(game), budget=cap)
    else:
        assert float(_path(as_ours(game), budget=cap).platform_utility) == pytest.approx(float(right.value))


@pytest.mark.parametrize("seed", [4, 24])
def test_users_change_places_at_all_their_costs(seed: int) -> None:
    """Who is the one on level 1 at all its costs, no move of an agent or of two changes; all 6,561 plans are listed."""
    draw = random.Random(seed)
    samples = [draw.randint(10, 300) for _ in range(4)]
    private = []
    for _ in range(4):
        rows = []
        for _ in range(2):
            cost = round(draw.uniform(0.05, 0.6), 3)
            rows.append((0.5, [0, cost, round(cost * draw.uniform(1, 2.5), 3)]))
        private.append(rows)
    users = Users(samples=samples, private=private)
    game = PlanGame(FederatedMean(users, 1.0, 10.0), users)
    best = pure_design(game, "best", None)
    found = _path(game)
    assert game.agents.profile(found.plan) == best.profile
    assert found.platform_utility == pytest.approx(float(best.platform_utility), rel=1e-12)


def test_the_bound_is_the_mean_of_first_bests() -> None:
    """By hand: U of one user is 1, its costs are 1/4 or 3, so the mean of max(U − c, 0) is 3/8."""
    game = PlanGame(TableUtility([0, 1]), Users(private=[[("1/2", [0, "1/4"]), ("1/2", [0, 3])]]))
    assert _path(game).upper_bound.value == pytest.approx(3 / 8, rel=1e-12)


def test_more_plans_than_can_be_listed() -> None:
    """Nine users with three rows each: 3^27 plans; against interim conditions from drawn costs."""
    draw = np.random.default_rng(5)
    rows = [
        [("1/3", [0, *sorted(np.round(draw.uniform(0, top, 2), 3).tolist())]) for top in (0.3, 0.6, 1.2)]
        for _ in range(9)
    ]
    users = Users(samples=draw.integers(10, 200, 9).tolist(), private=rows)
    game = PlanGame(FederatedMean(users, 1.0, 10.0), users)
    found = _path(game, steps=20)
    assert found.regret <= found.regret_bound < 1e-9
    assert 0 < float(found.platform_utility) <= found.upper_bound.value
    assert isinstance(Design.from_dict(found.to_dict()), PlanPathDesign)
    worth = game.base.utilities.numbers()
    drawn = draw.integers(0, 3, (20_000, 9))
    levels = np.array(found.plan)[np.arange(9), drawn]
    values = worth[tuple(levels.T)]
    assert float(found.utility) == pytest.approx(values.mean(), abs=5 * values.std() / 20_000**0.5)


def test_what_is_refused() -> None:
    rows = [("1/2", [0, 1]), ("1/2", [0, 2])]
    game = PlanGame(LinearLaplace(2, [0, "inf"]), Users(private=[rows] * 2))
    for named in ({"selection": "worst"}, {"scope": "symmetric"}):
        with pytest.raises(InputError, match="method 'path' looks for the best pure equilibrium"):
            _path(game, **named)
    with pytest.raises(InputError, match="keeps to a budget on average"):
        _path(game, budget=1, budget_every_state=True)
    with pytest.raises(InputError, match="method 'path' where costs are private is computed for the rules"):
        _path(PlanGame(LinearLaplace(2, [0, "inf"]), Users(private=[rows] * 2), "equal-split"))
