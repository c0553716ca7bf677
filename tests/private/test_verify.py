"""Designs under private costs verified: the definition against a brute force, and answers that are wrong."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from fairgames import design
from fairgames.mechanism import PlanDesign
from fairgames.solvers.plan_definition import PlanDefinition
from fairgames.solvers.verify_design import verify_design
from tests.private.plan_games import as_ours, random_game

ENGINES = ["fairgames:pure"]


@pytest.mark.parametrize("seed", range(6))
def test_the_definition_is_that_of_the_brute_force(seed: int) -> None:
    game = random_game(seed)
    ours = as_ours(game)
    definition = PlanDefinition.of(ours)
    for plan in game.plans[:: max(1, len(game.plans) // 5)]:
        profile = ours.agents.profile(plan)
        assert definition.utility(profile).middle == game.expected[plan]
        for agent, (user, row) in enumerate(ours.agents.who):
            paid = definition.payment(profile, agent, Fraction(1, 3))
            assert paid.low == paid.high == game.rows[user][row][0] * game.interim(plan, user, plan[user][row]) / 3


@pytest.mark.parametrize("floats", [False, True])
def test_designs_agree(floats: bool) -> None:
    game = as_ours(random_game(3), floats)
    checked = verify_design(game, design(game), ENGINES, samples=7)
    assert checked.outcome == "agrees"
    assert checked.certificate.by_definition
    assert checked.regret <= checked.certificate.regret_bound


def test_wrong_answers_are_contradicted() -> None:
    game = as_ours(random_game(3))
    found = design(game)
    assert isinstance(found, PlanDesign)
    dearer = replace(found, payments=found.payments + Fraction(1, 10**9))
    assert "over its cost rows" in verify_design(game, dearer, ENGINES, samples=7).witnesses[0]
    paid = tuple(row + Fraction(1, 10**9) for row in found.interim_payments)
    witnesses = verify_design(game, replace(found, interim_payments=paid), ENGINES, samples=7).witnesses
    assert any("at cost 1 is to be paid" in words for words in witnesses)
    worse = next(plan for plan in [tuple((1,) * len(own) for own in found.plan)] if plan != found.plan)
    witnesses = verify_design(game, replace(found, choice=replace(found.choice, plan=worse)), ENGINES, samples=7)
    assert witnesses.outcome == "contradicted"
    less = replace(found.choice, platform_utility=found.platform_utility - Fraction(1, 1000))
    checked = verify_design(game, replace(found, choice=less), ENGINES, samples=7)
    assert any("more than stated" in words for words in checked.witnesses)
