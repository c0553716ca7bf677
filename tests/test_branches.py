"""All equilibria of two users at every share: branches, and the optimum over them."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.equilibria.branches import branches
from fairgames.equilibria.extreme import extreme_equilibria
from fairgames.equilibria.regret import certify
from fairgames.exact import object_array
from fairgames.typing import MixedProfile

NO_DEADLINE = settings(deadline=None, max_examples=25)


@st.composite
def games(draw: st.DrawFn, levels: int | None = None) -> fg.PaymentGame:
    """Two users with a small rational table; few distinct numbers, so that ties abound."""
    n = levels or draw(st.integers(2, 3))
    unit = draw(st.sampled_from([3, 20]))
    entry = st.integers(0, unit).map(lambda k: Fraction(k, unit))
    values = [Fraction(0), *draw(st.lists(entry, min_size=n * n - 1, max_size=n * n - 1))]
    costs = [[Fraction(0), *draw(st.lists(entry, min_size=n - 1, max_size=n - 1))] for _ in range(2)]
    table = object_array(values).reshape(n, n)
    return fg.PaymentGame(fg.TableUtility(table), fg.Users(sensitivity=costs))


def shares(game: fg.PaymentGame, between: int) -> list[Fraction]:
    """Breakpoints, points close beside them, and some between."""
    ends = sorted(Fraction(0) if beta == math.inf else 1 / Fraction(beta) for beta in branches(game).betas)
    found = set(ends)
    for low, high in pairwise(ends):
        width = high - low
        found |= {low + width * Fraction(k, between + 1) for k in range(1, between + 1)}
        found |= {low + width / 10**6, high - width / 10**6}
    return sorted(found)


def keeps(game: fg.PaymentGame, alpha: Fraction) -> list[Fraction]:
    """What the platform keeps at each extreme equilibrium, from the payoff table at one share."""
    utility = game.utilities.numbers()
    return [(1 - alpha) * (x @ utility @ y) for x, y in extreme_equilibria(game.at(alpha)).equilibria]


@NO_DEADLINE
@given(games())
def test_optimum_against_a_fine_grid(game: fg.PaymentGame) -> None:
    """Never below the grid, and at most what a continuous function can gain between its points."""
    best, worst = fg.design(game, "best", scope="all"), fg.design(game, "worst", scope="all")
    values = [keeps(game, alpha) for alpha in shares(game, between=15)]
    highest, safest = max(max(here) for here in values), max(min(here) for here in values)
    assert highest <= best.platform_utility + Fraction(1, 10**12)
    assert safest <= worst.platform_utility + Fraction(1, 10**12)
    assert best.platform_utility - highest < 0.02
    assert worst.platform_utility - safest < 0.02
    assert best.platform_utility >= fg.design(game, scope="pure").platform_utility
    assert worst.platform_utility <= fg.design(game, "worst", scope="pure").platform_utility + 1e-12
    assert best.regret <= 1e-12


@NO_DEADLINE
@given(games())
def test_branches_are_the_extreme_equilibria_between_breakpoints(game: fg.PaymentGame) -> None:
    found = branches(game)
    for (least, most), here in zip(pairwise(found.betas), found.between, strict=True):
        beta = least + 1 if most == math.inf else (5 * least + 2 * most) / 7
        normal = game.at(1 / Fraction(beta))
        expected = {key(profile) for profile in extreme_equilibria(normal).equilibria}
        assert {key(branch.strategies(beta)) for branch in here} == expected
        assert all(certify(normal, branch.strategies(beta)).regret == 0 for branch in here)


@NO_DEADLINE
@given(games())
def test_budget_is_kept(game: fg.PaymentGame) -> None:
    cap = Fraction(1, 7)
    best = fg.design(game, budget=cap, scope="all")
    assert float(sum(best.payments)) <= cap + 1e-9
    assert best.platform_utility <= fg.design(game, scope="all").platform_utility
    for alpha in shares(game, between=5):
        utility = game.utilities.numbers()
        for x, y in extreme_equilibria(game.at(alpha)).equilibria:
            if alpha * (x @ utility @ y) <= cap:
                assert (1 - alpha) * (x @ utility @ y) <= best.platform_utility + Fraction(1, 10**12)


def key(profile: MixedProfile) -> tuple[Fraction, ...]:
    return tuple(Fraction(p) for vector in profile for p in vector)


def eq_10(c1: str, c2: str) -> fg.PaymentGame:
    table = fg.TableUtility([[0, "2/3"], ["2/3", 1]])
    return fg.PaymentGame(table, fg.Users(sensitivity=[[0, c1], [0, c2]]))


def test_knife_edge_of_the_design_note() -> None:
    """Over all equilibria 28/75 = 0.37333 at α = 3/5, where user 1 is indifferent and mixes (1/5, 4/5)."""
    best = fg.design(eq_10("3/10", "8/25"))
    assert (best.alpha, best.platform_utility) == (Fraction(3, 5), Fraction(28, 75))
    assert best.strategies[0].tolist() == [Fraction(1, 5), Fraction(4, 5)]
    assert best.profile is None
    assert (best.scope, best.regret, best.exact) == ("all", 0, True)
    # By hand: γ(q) = 2/3 − (1 − q)/6 makes user 2's payment 3/5·(1/5·2/3 + 4/5·1/2) = 8/25.
    assert best.payments.tolist() == [Fraction(3, 5) * Fraction(4, 5) * Fraction(1, 2), Fraction(8, 25)]


@pytest.mark.parametrize(("c1", "c2"), [("1/3", "1/2"), ("2/5", "11/20"), ("1/4", "1/4")])
def test_interior_mixed_equilibrium_of_appendix_e(c1: str, c2: str) -> None:
    """(p*, q*) = (γ⁻¹(c₂/α), γ⁻¹(c₁/α)) with γ(p) = 1/2 + p/6, the erratum of Appendix E."""
    game = eq_10(c1, c2)
    alpha = Fraction(7, 4) * min(Fraction(c1), Fraction(c2))
    expected = [6 * (Fraction(c) / alpha - Fraction(1, 2)) for c in (c2, c1)]
    inside = all(0 < p < 1 for p in expected)
    found = [[x[0], y[0]] for x, y in extreme_equilibria(game.at(alpha)).equilibria if 0 < x[0] < 1 and 0 < y[0] < 1]
    assert found == ([expected] if inside else [])


def test_floats_give_the_same_answer_as_rationals() -> None:
    table = np.array([[0, 2 / 3], [2 / 3, 1]])
    game = fg.PaymentGame(fg.TableUtility(table), fg.Users(sensitivity=[[0, "3/10"], [0, "8/25"]]))
    best = fg.design(game)
    assert float(best.platform_utility) == pytest.approx(28 / 75, abs=1e-12)
    assert float(best.alpha or 0) == pytest.approx(3 / 5, abs=1e-12)
    assert best.regret <= best.regret_bound
    assert not best.exact


def test_theorem_1_over_all_equilibria() -> None:
    """Eq. 11 with costs 1/4 each: payments 1/3 alone and 2/9 together, so each mixes or one shares."""
    game = fg.PaymentGame(
        fg.TableUtility([[0, "2/3"], ["2/3", 1]]), fg.Users(sensitivity=[[0, "1/4"]] * 2), rule="coalition"
    )
    best, worst = fg.design(game), fg.design(game, "worst")
    # Indifference: 1/3·(1 − s) + 2/9·s = 1/4, so each shares with s = 3/4.
    mixed = 2 * Fraction(3, 4) * Fraction(1, 4) * Fraction(1, 3) + Fraction(9, 16) * Fraction(5, 9)
    assert {best.platform_utility, worst.platform_utility} == {mixed, Fraction(1, 3)}
    assert best.alpha is None


def test_three_users_have_no_scope_all() -> None:
    game = fg.PaymentGame(fg.LinearLaplace(3, [0, 1]), fg.Users(sensitivity=[[0, 1]] * 3))
    with pytest.raises(fg.InputError, match="two users"):
        fg.design(game, scope="all")
