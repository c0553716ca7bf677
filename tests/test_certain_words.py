"""What an answer rests on where costs nearly tie: against exact rationals, 50 digits, or by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from math import factorial

import mpmath
import numpy as np
import pytest

import fairgames as fg
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.errors import InternalError
from fairgames.mechanism.robust_design import robust_design
from fairgames.mechanism.robustness import robustness
from fairgames.solvers.definition import Definition
from fairgames.solvers.verify_design import verify_design

F = Fraction


def hospitals(rows: list[list[object]], samples: tuple[int, ...] = (10, 20, 40)) -> fg.PaymentGame:
    users = fg.Users(samples=samples, sensitivity=rows)
    return fg.PaymentGame(fg.FederatedMean(users, between=1, within=10), users)


def utility(profile: tuple[int, ...], samples: tuple[int, ...]) -> mpmath.mpf:
    """U of levels 0 and 2 by design note 4, s² = 1 and r² = 10, in 50 digits: an oracle without the project's code."""
    with mpmath.workdps(50):
        sending = [1 / (1 + mpmath.mpf(10) / n) for n, level in zip(samples, profile, strict=True) if level]
        if not sending:
            return mpmath.mpf(0)
        x, total = 1 / sum(sending), mpmath.mpf(0)
        for n, level in zip(samples, profile, strict=True):
            v = 1 + mpmath.mpf(10) / n
            error = 1 - 1 / v + (1 - 1 / v) ** 2 * x if level else 1 + x
            total += mpmath.log(12 / error)
        return total


def shapley(profile: tuple[int, ...], user: int, samples: tuple[int, ...]) -> mpmath.mpf:
    """The mean over all orders of arrival."""
    with mpmath.workdps(50):
        total, n = mpmath.mpf(0), len(profile)
        for order in permutations(range(n)):
            before = order[: order.index(user)]
            there = tuple(level if k in before else 0 for k, level in enumerate(profile))
            joined = tuple(level if k in (*before, user) else 0 for k, level in enumerate(profile))
            total += utility(joined, samples) - utility(there, samples)
        return total / factorial(n)


def test_the_definition_against_orders_of_arrival():
    samples = (10, 20, 40)
    game = hospitals([[0, "0.1", "0.2"]] * 3, samples)
    definition = Definition(game)
    for profile in ((2, 2, 2), (2, 0, 2), (0, 0, 2)):
        for user in range(3):
            found = definition.payment(profile, user, F(1))
            right = shapley(profile, user, samples)
            with mpmath.workdps(50):
                low, high = (mpmath.mpf(end.numerator) / end.denominator for end in (found.low, found.high))
                assert low - mpmath.mpf(10) ** -45 <= right <= high + mpmath.mpf(10) ** -45
                assert high - low < mpmath.mpf(10) ** -30


def test_the_definition_of_theorem_1_by_hand():
    """Majority of three, U = 1 for two or three: the platform is worth 1/2, and each user 1/6."""
    table = [[[0, 0], [0, 1]], [[0, 1], [1, 1]]]
    game = fg.PaymentGame(fg.TableUtility(table), fg.Users(sensitivity=[[0, 0]] * 3), rule="coalition")
    definition = Definition(game)
    assert {definition.payment((1, 1, 1), user, F(1)).middle for user in range(3)} == {F(1, 6)}
    assert definition.payment((0, 1, 1), 0, F(1)).middle == 0


def test_the_definition_where_floats_are_all_that_is_known():
    """A utility of one's own: U is a ball of the rounding that it states, and so are its gains."""

    class Own(fg.TableUtility):
        @property
        def rational(self) -> bool:
            return False

        @property
        def rounding(self) -> float:
            return 1e-3

    game = fg.PaymentGame(Own([[0, 1], [1, 2]]), fg.Users(sensitivity=[[0, "1/2"]] * 2))
    found = Definition(game).gain((1, 1), 0, 0, F(1))
    # φ = (U(1,1) − U(0,1) + U(1,0))/2 = 1: three values, each weighing 1/2.
    assert found.middle == F(-1, 2)
    assert found.high - found.low == pytest.approx(2 * 1.5e-3)


@pytest.mark.parametrize("step", [0, 1e-17, 1e-15, 1e-13, 1e-10])
def test_costs_that_nearly_tie_stay_apart(step):
    """User 1's levels 1 and 2 cost the same up to ``step``: whatever it is, all is as for the exact step.

    The oracle: a table of the same U in rationals of 60 digits, where nothing is rounded.
    """
    rows = [[0, F(3, 10), F(3, 10) + F(step)], [0, "0.3", "0.6"], [0, "0.5", "0.9"]]
    game = hospitals(rows)
    found = fg.design(game)
    result = robustness(game, found)
    exact = fg.PaymentGame(_as_rationals(game), game.users)
    right = fg.design(exact)
    assert found.profile == right.profile
    near = robustness(exact, right)
    assert result.worst.profile == near.worst.profile
    assert result.first_best_profile == near.first_best_profile
    assert (result.strictness, result.tolerance) == (0, 0)
    assert result.loss == pytest.approx(float(near.loss), abs=1e-12)
    assert result.certain
    assert not result.undecided


def _as_rationals(game: fg.PaymentGame) -> fg.TableUtility:
    """U on all profiles, each logarithm by a rational within 10^-60; equal values stay equal."""
    kept: dict[object, F] = {}
    table = np.empty(game.shape, dtype=object)
    for place in np.ndindex(*game.shape):
        real = game.utility.exactly(place)
        if real.key not in kept:
            middle = real.ball(256).mid().fmpq()
            kept[real.key] = F(int(middle.p), int(middle.q)).limit_denominator(10**60)
        table[place] = kept[real.key]
    return fg.TableUtility(table.tolist())


def test_an_uncertainty_that_nearly_ties():
    """Costs 0.6000000000001 and 0.4·3/2: with a fifth either way 6.60720 is kept at α = 0.139783.

    Its worst-case certificate is recomputed by the definition at the corner of the ranges.
    """
    rows = [[0, "0.4", "0.6000000000001"], [0, "0.3", "0.7"], [0, "0.5", "0.9"]]
    plain = fg.design(hospitals(rows))
    assert plain.platform_utility == pytest.approx(6.7861466444, abs=1e-9)
    assert (plain.alpha, plain.profile) == (pytest.approx(0.1164859418, abs=1e-9), (0, 1, 1))
    from fairgames.cli.ranges import both_cases, within_ranges

    asked = within_ranges(hospitals(rows), "0.2", "best", None)
    assert (asked.alpha, asked.profile) == (pytest.approx(0.139783, abs=5e-7), (0, 1, 1))
    cases = both_cases(hospitals(rows), asked)
    # User 3 is paid 6/5 of its cost, no more: 1.1e-16 is rounding, and said to be nothing.
    assert cases["worst_case"]["gains"].tolist()[2] == 0
    assert cases["nominal"]["gains"][2] == pytest.approx(0.1, abs=1e-12)
    low, high = ([[F(cost) * part for cost in row] for row in rows] for part in (F(4, 5), F(6, 5)))
    found = robust_design(hospitals(low), high)
    assert found.platform_utility == pytest.approx(6.60720, abs=5e-6)
    assert found.alpha == pytest.approx(0.139783, abs=5e-7)
    assert found.profile is not None
    corner = [
        [h if level == chosen else lo for level, (lo, h) in enumerate(zip(*pair, strict=True))]
        for chosen, *pair in zip(found.profile, low, high, strict=True)
    ]
    definition = Definition(hospitals(corner))
    gains = [
        definition.gain(found.profile, user, level, F(found.alpha)).high
        for user in range(3)
        for level in range(3)
        if level != found.profile[user]
    ]
    assert max(gains) <= F(found.regret_bound)


def test_profiles_of_equal_welfare_are_put_in_order_for_certain():
    """Three alike: whoever is first best alone, floats or not, the first profile of them is named."""
    for scale in (1, 1000, "1e-7"):
        users = fg.Users(samples=[30] * 3, sensitivity=[[0, F(scale) * F(1), F(scale) * F(3)]] * 3)
        game = fg.PaymentGame(fg.FederatedMean(users, between=1, within=10, scale=F(scale)), users)
        best = robustness(game, fg.design(game)).first_best_profile
        heights = {}
        for place in np.ndindex(*game.shape):
            cost = sum(game.costs[user][level] for user, level in enumerate(place))
            heights[place] = game.utility.exactly(place).ball(256) - float(cost)
        assert best == tuple(sorted(best))
        assert all(not (height > heights[best]) for height in heights.values())


def test_a_budget_on_the_boundary_of_the_first_best():
    """Σc ≤ B with B = 0.3 and costs 0.1, 0.1, 0.1: allowed, though 0.1 + 0.1 + 0.1 > 0.3 in floats."""
    users = fg.Users(samples=[30] * 3, sensitivity=[[0, "0.1"]] * 3)
    game = fg.PaymentGame(fg.FederatedMean(users, between=1, within=10, levels=[0, 2]), users)
    result = robustness(game, fg.design(game, budget="0.3"), budget="0.3")
    assert result.first_best_in_budget_profile == (1, 1, 1)
    less = "0.29999999999999999"
    assert robustness(game, fg.design(game, budget=less), budget=less).first_best_in_budget_profile == (0, 1, 1)


def test_a_fault_of_ours_is_told_as_a_bug(monkeypatch):
    """The answer is one of this very game: nobody is asked to give the game that it was found for."""
    game = hospitals([[0, "0.1", "0.2"]] * 3)
    found = fg.design(game)
    equilibria = pure_equilibria(game)
    others = equilibria.select(equilibria.index != equilibria.index[equilibria.position(game, found.profile)])
    with pytest.raises(InternalError, match="bug in fairgames"):
        robustness(game, found, equilibria=others)
    other = hospitals([[0, "0.5", "0.7"]] * 3)
    with pytest.raises(fg.InputError, match="give the game that it was found for"):
        robustness(other, found)


def test_a_verified_design_is_held_against_its_own_statement():
    """What is stated too high by more than its own error is seen; so is a payment, and a utility."""
    game = hospitals([[0, "0.1", "0.2"]] * 3)
    found = fg.design(game)
    assert verify_design(game, found, ["fairgames:pure"]).outcome == "agrees"
    for broken in (
        replace(found, payments=found.payments * (1 + 1e-9)),
        replace(found, choice=replace(found.choice, utility=found.utility * (1 + 1e-9))),
        replace(found, choice=replace(found.choice, platform_utility=found.platform_utility * (1 + 1e-9))),
        replace(found, choice=replace(found.choice, alpha=found.alpha * (1 - 1e-9))),
    ):
        checked = verify_design(game, broken, ["fairgames:pure"])
        assert checked.outcome == "contradicted"
        assert any(words.startswith("the design itself") for words in checked.witnesses)


def test_a_wrong_bound_of_the_game_hides_nothing(monkeypatch):
    """The room for error is the design's own: a game that says its potential is worth nothing changes no verdict."""
    game = hospitals([[0, "0.1", "0.2"]] * 3)
    found = fg.design(game)
    moved = replace(found, choice=replace(found.choice, alpha=found.alpha * 0.999))
    utilities, potential = game._tensors
    monkeypatch.setitem(vars(game), "_tensors", (replace(utilities, error=1e3), replace(potential, error=1e3)))
    assert Definition(game).gains([(moved.profile, F(1))], F(moved.alpha)).exceeds(F(0))
    from fairgames.solvers.verify_certificate import certificate

    assert certificate(Definition(game), moved, F(0)).faults


@pytest.mark.parametrize("selection", ["best", "worst", "stable", "potential"])
def test_two_users_of_a_real_utility_leave_nothing_open(selection):
    """What rests on floats alone is said to be open; two hospitals are known exactly, and nothing is."""
    users = fg.Users(samples=[30, 100], sensitivity=[[0, 0.1, 0.3], [0, 0.2, 0.4]])
    game = fg.PaymentGame(fg.FederatedMean(users, between=1, within=10), users)
    found = fg.design(game, selection)
    result = robustness(game, found)
    assert (found.undecided, result.undecided, result.exact) == ((), (), False)
    assert result.strictness == result.tolerance == 0
    # Both on their own: first best by trying all nine, in floats that are far apart.
    heights = {
        place: game.utility.at(place) - float(sum(row[level] for row, level in zip(game.costs, place, strict=True)))
        for place in np.ndindex(3, 3)
    }
    assert result.first_best_profile == max(heights, key=heights.__getitem__)
    assert result.first_best == pytest.approx(max(heights.values()), abs=1e-12)
    assert (result.loss == 0) == (selection == "worst")
