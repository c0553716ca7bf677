"""Designs of plans that are the same for users alike against a brute force over these plans that shares no code."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest

from fairgames import InputError, NoAnswerError, design
from fairgames.mechanism import PlanDesign
from fairgames.mechanism.private.robustness import PlanRobustness
from fairgames.mechanism.robustness import robustness
from tests.private import plan_oracle as oracle
from tests.private.alike_games import alike_game, as_ours

GAMES = (0, 1, 2, 3, 4, 7)


def _design(game: oracle.AlikeGame, *args: object, **named: object) -> PlanDesign:
    found = design(as_ours(game), *args, scope="symmetric", **named)  # type: ignore[arg-type]
    assert isinstance(found, PlanDesign)
    return found


@pytest.mark.parametrize("seed", GAMES)
def test_budgets_ties_and_selections(seed: int) -> None:
    game, draw = alike_game(seed), random.Random(seed)
    payouts = [low * game.dearest[plan] for plan, (low, _, _) in game.equilibria.items()]
    for cap in (None, draw.choice(payouts), Fraction(draw.randint(1, 8), 6)):
        for every_state in (False, True):
            right = oracle.best(game, cap, every_state)
            if right is None:
                with pytest.raises(NoAnswerError):
                    _design(game, budget=cap, budget_every_state=every_state)
            else:
                found = _design(game, budget=cap, budget_every_state=every_state)
                assert (found.alpha, found.plan, found.platform_utility) == (right.alpha, right.plan, right.value)
                assert [tie.plan for tie in found.ties] == list(right.ties)  # type: ignore[attr-defined]
                assert (found.runner_up and found.runner_up.platform_utility) == right.runner_up
                assert found.budget_every_state == every_state
            if not game.everywhere:
                with pytest.raises(InputError, match="there is no pure equilibrium between"):
                    _design(game, "worst", budget=cap, budget_every_state=every_state)
            elif (worst := oracle.worst(game, cap, every_state)) is not None:
                found = _design(game, "worst", budget=cap, budget_every_state=every_state)
                assert found.platform_utility == worst


@pytest.mark.parametrize("seed", range(5))
def test_what_it_costs_not_to_know(seed: int) -> None:
    game = alike_game(seed)
    found, right = _design(game), oracle.best(game)
    assert right is not None
    assert found.known_platform_utility == oracle.kept_if_known(game)
    assert found.value_of_information == oracle.kept_if_known(game) - right.value
    assert found.information_rent is not None
    for user, gain in enumerate(game.gains_if_known()):
        paid = sum(p * right.alpha * game.interim(right.plan, user, level)
                   for (p, _), level in zip(game.rows[user], right.plan[user], strict=True))  # fmt: skip
        cost = sum(p * costs[level] for (p, costs), level in zip(game.rows[user], right.plan[user], strict=True))
        assert found.information_rent[user] == paid - cost - gain


@pytest.mark.parametrize("scope", ["pure", "symmetric"])
@pytest.mark.parametrize("seed", [4, 14, 31])  # the budget in every state binds where that on average does not
def test_a_budget_where_the_platform_is_a_member(seed: int, scope: str) -> None:
    """Theorem 1: what is paid to users, on average or at whatever their costs turn out to be, of all plans or alike."""
    alike = replace(alike_game(seed), platform=True)
    game = alike if scope == "symmetric" else oracle.Game(alike.utility, alike.n_levels, alike.rows, platform=True)
    free = oracle.best_of_one_game(game, None, False)
    assert free is not None
    for every_state in (False, True):
        for cap in (None, free[1], free[1] / 2):
            right = oracle.best_of_one_game(game, cap, every_state)
            named = {"scope": scope, "budget": cap, "budget_every_state": every_state}
            if right is None:
                with pytest.raises(NoAnswerError):
                    design(as_ours(alike, "coalition"), **named)  # type: ignore[arg-type]
            else:
                found = design(as_ours(alike, "coalition"), **named)  # type: ignore[arg-type]
                assert found.platform_utility == right[0]


@pytest.mark.parametrize("seed", range(5))
def test_robustness(seed: int) -> None:
    game = alike_game(seed)
    cap = Fraction(1, 2)
    found = _design(game, budget=cap)
    checked = robustness(as_ours(game), found, budget=cap)
    assert isinstance(checked, PlanRobustness)
    low, high, _ = game.equilibria[found.plan]
    assert found.alpha is not None
    assert checked.interval == (low, high)
    assert checked.room == (found.alpha - low, high - found.alpha)
    losses, parts = [], [Fraction(1)]
    for user, (rows, own) in enumerate(zip(game.rows, found.plan, strict=True)):
        for (chance, costs), here in zip(rows, own, strict=True):
            for there in set(range(game.n_levels)) - {here}:
                paid = game.interim(found.plan, user, here) - game.interim(found.plan, user, there)
                loss = found.alpha * paid - costs[here] + costs[there]
                losses.append(chance * loss)
                if costs[here] + costs[there]:
                    parts.append(loss / (costs[here] + costs[there]))
    assert checked.strictness == min(losses)
    assert checked.tolerance == min(parts)
    there = {plan for plan, (low, high, _) in game.equilibria.items() if low <= found.alpha <= high}
    worst = min((game.expected[plan], plan) for plan in there)
    assert checked.worst.plan == worst[1]  # type: ignore[attr-defined]
    assert checked.loss == (1 - found.alpha) * (game.expected[found.plan] - worst[0])
    welfare = {plan: game.expected[plan] - game.cost(plan) for plan in game.plans}
    free, affordable = max(welfare.values()), max(worth for plan, worth in welfare.items() if game.cost(plan) <= cap)
    assert (checked.first_best, checked.first_best_in_budget) == (free, affordable)
    assert checked.first_best_plan == min(plan for plan, worth in welfare.items() if worth == free)
    assert checked.welfare == welfare[found.plan]
    unbounded = oracle.best(game)
    assert unbounded is not None
    assert checked.price_of_fairness.difference == free - unbounded.value
    assert checked.price_of_budget.difference == unbounded.value - found.platform_utility
    assert checked.price_of_fairness_in_budget.difference == affordable - found.platform_utility
    assert checked.price_of_anarchy.difference == free - min(welfare[plan] for plan in there)
    assert checked.price_of_stability.difference == free - max(welfare[plan] for plan in there)
    in_floats = design(as_ours(game, floats=True), scope="symmetric", budget=cap)
    rough = robustness(as_ours(game, floats=True), in_floats, budget=cap)
    assert not rough.exact
    for name in ("strictness", "tolerance", "loss", "first_best", "first_best_in_budget", "welfare"):
        assert getattr(rough, name) == pytest.approx(float(getattr(checked, name)), abs=1e-12)
    for name in ("fairness", "budget", "fairness_in_budget", "anarchy", "stability"):
        here, right = (getattr(one, f"price_of_{name}").difference for one in (rough, checked))
        assert here == pytest.approx(float(right), abs=1e-12)
