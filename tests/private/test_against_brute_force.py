"""Designs under private costs against a brute force over plans that shares no code."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from fairgames import NoAnswerError, design, pure_equilibria
from fairgames.mechanism import Design, PlanDesign
from tests.private import plan_oracle as oracle
from tests.private.plan_games import as_ours, random_game

GAMES = range(24)


def _design(game: oracle.Game, *args: object, **named: object) -> PlanDesign:
    found = design(as_ours(game), *args, **named)  # type: ignore[arg-type]
    assert isinstance(found, PlanDesign)
    return found


@pytest.mark.parametrize("seed", GAMES)
def test_intervals_of_all_plans(seed: int) -> None:
    game = random_game(seed)
    ours = as_ours(game)
    found = pure_equilibria(ours)
    plans = [ours.agents.plan(profile) for profile in found.profiles(ours).tolist()]
    rows = zip(found.lower.tolist(), found.upper.tolist(), found.stable.tolist(), strict=True)
    assert dict(zip(plans, rows, strict=True)) == game.equilibria


@pytest.mark.parametrize("seed", GAMES)
def test_best(seed: int) -> None:
    game = random_game(seed)
    found, right = _design(game), oracle.best(game)
    assert right is not None
    assert (found.alpha, found.plan, found.platform_utility) == (right.alpha, right.plan, right.value)
    assert {tie.plan for tie in found.ties} == set(right.ties)  # type: ignore[attr-defined]
    assert (found.runner_up and found.runner_up.platform_utility) == right.runner_up
    assert found.equilibrium_profiles == len(game.equilibria)
    assert found.profile is None
    assert found.exact
    assert found.certain
    assert found.known_platform_utility == oracle.kept_if_known(game)
    assert found.value_of_information == oracle.kept_if_known(game) - right.value
    assert [list(own) for own in found.interim_regret] == oracle.regrets(game, right.plan, right.alpha)
    for user, (rows, levels) in enumerate(zip(game.rows, right.plan, strict=True)):
        chances = [Fraction(0)] * game.n_levels
        for (chance, _), level in zip(rows, levels, strict=True):
            chances[level] += chance
        assert found.strategies[user].tolist() == chances
        paid = [right.alpha * game.interim(right.plan, user, level) for level in levels]
        assert found.interim_payments[user].tolist() == paid
        assert found.payments[user] == sum(p * t for (p, _), t in zip(rows, paid, strict=True))
    assert Design.from_dict(found.to_dict()) == found


@pytest.mark.parametrize("seed", GAMES)
def test_other_selections_and_budgets(seed: int) -> None:
    game, draw = random_game(seed), random.Random(seed)
    assert _design(game, "worst").platform_utility == oracle.worst(game)
    assert _design(game, "potential").platform_utility == oracle.by_potential(game)
    stable = oracle.best(game, stable=True)
    if stable is not None:
        found = _design(game, "stable")
        assert (found.platform_utility, found.plan) == (stable.value, stable.plan)
    for every_state in (False, True):
        payouts = [low * u for (low, _, _), u in zip(game.equilibria.values(), game.dearest.values(), strict=False)]
        cap = draw.choice([*payouts, Fraction(draw.randint(0, 6), 3)])
        right = oracle.best(game, cap, every_state)
        worst = oracle.worst(game, cap, every_state)
        if right is None:
            with pytest.raises(NoAnswerError):
                _design(game, budget=cap, budget_every_state=every_state)
        else:
            found = _design(game, budget=cap, budget_every_state=every_state)
            assert (found.alpha, found.plan, found.platform_utility) == (right.alpha, right.plan, right.value)
        if worst is None:
            with pytest.raises(NoAnswerError):
                _design(game, "worst", budget=cap, budget_every_state=every_state)
        else:
            found = _design(game, "worst", budget=cap, budget_every_state=every_state)
            assert found.platform_utility == worst


@pytest.mark.parametrize("seed", GAMES[:8])
def test_floats_agree_with_rationals(seed: int) -> None:
    game = random_game(seed)
    found, right = design(as_ours(game, floats=True)), oracle.best(game)
    assert right is not None
    assert not found.exact
    assert float(found.platform_utility) == pytest.approx(float(right.value), abs=1e-12)
