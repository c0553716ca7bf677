"""Designs of plans that are the same for users alike, verified: the definition against a brute force; wrong answers."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

import fairgames.solvers.verify_same_plans as verifying
from fairgames import InputError, LinearLaplace, Users, design
from fairgames.equilibria.types.same_plan_intervals import SamePlanEquilibria, same_plan_equilibria
from fairgames.equilibria.types.same_plans import SamePlans
from fairgames.mechanism import PlanDesign
from fairgames.private import PlanGame
from fairgames.solvers.plan_definition import PlanDefinition
from fairgames.solvers.thinned_coalitions import ThinnedCoalitions
from fairgames.solvers.verify_design import verify_design
from tests.private.alike_games import alike_game, as_ours

_ROWS = [("1/4", [0, ".001", ".002"]), ("3/4", [0, ".01", ".02"])]


@pytest.mark.parametrize("rule", ["users", "coalition"])
@pytest.mark.parametrize("seed", range(6))
def test_thinned_coalitions_are_the_definition(seed: int, rule: str) -> None:
    """Means over orders and over all cost rows, to the last digit; in floats within the bound."""
    game = replace(alike_game(seed), platform=rule == "coalition")
    exact, rough = (ThinnedCoalitions(SamePlans(as_ours(game, rule, floats))) for floats in (False, True))
    for plans in list(exact.same.plans())[::4]:
        plan = exact.same.of_users(plans)
        assert exact.utility(plans).low == exact.utility(plans).high == game.expected[plan]
        for k, kind in enumerate(exact.same.kinds):
            for place, level in enumerate(kind.choices):
                right = game.interim(plan, kind.users[0], level)
                own, about = exact.values(plans)[k][place], rough.values(plans)[k][place]
                assert own.low == own.high == right
                # U itself was rounded to floats.
                assert about.apart(right) <= Fraction(1, 10**14)
                assert about.high - about.low < Fraction(1, 10**11)


@pytest.mark.parametrize("selection", ["best", "worst"])
@pytest.mark.parametrize("floats", [False, True])
def test_designs_agree(floats: bool, selection: str) -> None:
    game = as_ours(alike_game(0), floats=floats)
    checked = verify_design(game, design(game, selection, scope="symmetric"), samples=7)
    assert checked.outcome == "agrees", str(checked)
    assert checked.regret <= checked.certificate.regret_bound
    assert checked.excess is not None
    assert checked.excess <= checked.slack


def test_many_users_agree() -> None:
    """Too many for all ways in which costs may come: their counts, and coalitions of them."""
    game = PlanGame(LinearLaplace(30, [0, 1, "inf"]), Users(private=[_ROWS] * 30))
    found = design(game, scope="symmetric")
    assert isinstance(found, PlanDesign)
    checked = verify_design(game, found)
    assert checked.outcome == "agrees", str(checked)
    assert checked.certified[0] >= checked.certified[1] / 2
    paid = tuple(row * (1 + 1e-9) for row in found.interim_payments)
    witnesses = verify_design(game, replace(found, interim_payments=paid), seconds=0.01).witnesses
    assert any("at cost row 1 is to be paid" in words for words in witnesses)
    less = replace(found, choice=replace(found.choice, utility=found.utility + 1e-9))
    assert any("U is" in words for words in verify_design(game, less, seconds=0.01).witnesses)
    worse = tuple((2,) * len(own) for own in found.plan)
    checked = verify_design(game, replace(found, choice=replace(found.choice, plan=worse)), seconds=0.01)
    assert any("gains" in words for words in checked.witnesses)


def test_wrong_answers_are_contradicted(monkeypatch: pytest.MonkeyPatch) -> None:
    game = as_ours(alike_game(1))
    found = design(game, scope="symmetric")
    assert isinstance(found, PlanDesign)
    less = replace(found.choice, platform_utility=found.platform_utility - Fraction(1, 1000))
    assert any("more than stated" in w for w in verify_design(game, replace(found, choice=less), samples=7).witnesses)
    others = tuple((1 - own[0], *own[1:]) if k == 0 else own for k, own in enumerate(found.plan))
    checked = verify_design(game, replace(found, choice=replace(found.choice, plan=others)), samples=7)
    assert checked.outcome == "contradicted"

    def but_one(same: SamePlans) -> SamePlanEquilibria:
        right = same_plan_equilibria(same)
        some = right.equilibria.select(list(range(1, len(right.plans))))
        return replace(right, plans=right.plans[1:], numbers=right.numbers[1:], equilibria=some)

    monkeypatch.setattr(verifying, "same_plan_equilibria", but_one)
    checked = verify_design(game, found, samples=20)
    assert checked.outcome == "contradicted"
    assert any("which we have not" in words for words in checked.witnesses)


def test_what_is_refused() -> None:
    game = as_ours(alike_game(1))
    with pytest.raises(InputError, match="none of them knows plans that are the same"):
        verify_design(game, design(game, scope="symmetric"), ["fairgames:pure"])


def test_rows_on_one_level_come_out_as_one() -> None:
    """Forty users who do the same at both their rows are one way for levels to come out, not 2^40."""
    game = PlanGame(LinearLaplace(40, [0, 1, "inf"]), Users(private=[_ROWS] * 40))
    alike = game.agents.profile((((0, 0),) * 39) + ((0, 1),))
    assert PlanDefinition.of(game).utility(alike).middle == Fraction(3, 4) * game.base.utility.exact_at([0] * 39 + [1])
