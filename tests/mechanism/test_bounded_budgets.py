"""All equilibria of three and more users within a budget, and of the one game of Theorem 1."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import numpy as np
import pytest

import fairgames as fg
from fairgames.errors import InputError, NoAnswerError
from fairgames.games import isolated_equilibria
from fairgames.mechanism import BoundedDesign, Design
from fairgames.mechanism.one_game import least, most
from fairgames.utilities import TableUtility
from tests.two_by_two_by_two import equilibria, expected


def drawn(seed: int, shape: tuple[int, ...], rule: str = "users", apart: int = 0) -> fg.PaymentGame:
    """A monotone utility in twentieths, often better together, and costs in fortieths."""
    draw, values = Random(seed), np.zeros(shape, dtype=object)
    for place in product(*map(range, shape)):
        below = [values[(*place[:k], place[k] - 1, *place[k + 1 :])] for k in range(len(shape)) if place[k]]
        step = Fraction(draw.randint(0, 20) * (1 + apart * (sum(map(bool, place)) > 1)), 20)
        values[place] = max(below) + step if below else Fraction(0)
    costs = [["0", *map(str, sorted(Fraction(draw.randint(1, 30), 40) for _ in range(size - 1)))] for size in shape]
    return fg.PaymentGame(TableUtility(values), fg.Users(sensitivity=costs), rule=rule)


def beside(game: fg.PaymentGame, cost: str) -> fg.PaymentGame:
    """The same with a third user who adds nothing to U."""
    values = game.utilities.numbers()
    n_levels = len(game.utility.levels)
    costs = [list(map(str, row)) for row in game.costs] + [["0", *[cost] * (n_levels - 1)]]
    table = TableUtility(np.repeat(values[..., None], n_levels, axis=-1))
    return fg.PaymentGame(table, fg.Users(sensitivity=costs), rule=game.rule)


def outcome(game: fg.PaymentGame, **asked: object) -> tuple | str:
    try:
        found = fg.design(game, scope="all", **asked)
    except NoAnswerError:
        return "nothing"
    return found.alpha, found.platform_utility, found.utility


@pytest.mark.parametrize("selection", ["best", "worst"])
@pytest.mark.parametrize("budget", [None, "1/3"])
def test_theorem_1_of_two_users_and_one_who_adds_nothing(selection: str, budget: str | None):
    """Exactly what two users get, whose extreme equilibria are all listed; ties and mixtures at the budget, too."""
    seen = set()
    for seed in range(24):
        game = drawn(seed, (2 + seed % 2,) * 2, "coalition", apart=1)
        wanted = outcome(game, selection=selection, budget=budget)
        assert outcome(beside(game, "0.1"), selection=selection, budget=budget) == wanted
        seen.add(wanted)
    assert len(seen) > 2


def test_theorem_1_against_equilibria_by_hand():
    """Three users who mix or not: the least and the most that any equilibrium leaves the platform."""
    mixed = 0
    for seed in range(40):
        game = drawn(seed, (2, 2, 2), "coalition", apart=3)
        normal = game.at()
        every = equilibria(normal.floats())
        mixed += len(every) > 2
        kept = [expected(game.potential.numbers(), one) for one in every]
        for selection, wanted in (("best", max(kept)), ("worst", min(kept))):
            found = fg.design(game, selection, scope="all")
            assert isinstance(found, BoundedDesign)
            assert float(found.platform_utility) == pytest.approx(wanted, abs=1e-9)
            assert found.certain
            assert (found.alpha, found.gap <= (found.choice.value_error or 0.0)) == (None, True)
            assert Design.from_dict(found.to_dict()) == found
    assert mixed > 3


def test_theorem_1_where_several_are_indifferent_is_bounded():
    """Levels 1 and 2 are alike in worth and cost, so whoever shares may mix them: a continuum in several strategies."""
    values = np.zeros((3, 3, 3), dtype=object)
    for place in product(range(3), repeat=3):
        values[place] = Fraction([0, 1, 3, 6][sum(map(bool, place))])
    users = fg.Users(sensitivity=[["0", "1/10", "1/10"]] * 3)
    game = fg.PaymentGame(TableUtility(values), users, rule="coalition")
    best, worst = (fg.design(game, selection, scope="all") for selection in ("best", "worst"))
    # The platform comes before none, one, two or all of the users with equal chances: (0 + 1 + 3 + 6)/4.
    assert best.platform_utility == worst.platform_utility == Fraction(5, 2)
    assert isinstance(best, BoundedDesign)
    assert 0 <= best.gap <= 1e-12
    assert (best.certain, worst.certain) == (True, True)  # what stays open is worth 5/2 wherever it is


@pytest.mark.parametrize("seed", [2, 5, 9, 14])
@pytest.mark.parametrize("budget", ["1/20", "1/5"])
def test_a_budget_with_a_user_who_adds_nothing(seed: int, budget: str):
    """Of two users the optimum within a budget is known exactly."""
    game = drawn(seed, (2, 2), apart=2)
    exact = float(fg.design(game, scope="all", budget=budget).platform_utility)
    found = fg.design(beside(game, "0.1"), scope="all", budget=budget)
    assert isinstance(found, BoundedDesign)
    assert float(found.platform_utility) <= exact + 1e-12
    assert exact <= found.bound <= float(found.platform_utility) + 4.1e-6
    assert found.alpha * found.utility <= float(Fraction(budget)) + 1e-12
    assert found.certain


def test_a_budget_at_sampled_shares():
    """No equilibrium within the budget, by hand at 29 shares, is worth more than the bound; the answer is one."""
    below = 0
    for seed in range(6):
        game, cap = drawn(seed, (2, 2, 2), apart=3), Fraction(1, 4)
        free, found = (fg.design(game, scope="all", budget=budget) for budget in (None, cap))
        assert isinstance(found, BoundedDesign)
        below += found.platform_utility < free.platform_utility
        assert found.alpha * found.utility <= float(cap) + 1e-12
        utility = game.utilities.numbers()
        assert found.gap <= 1.1e-6 * float(utility.max())
        for alpha in np.arange(1, 30) / 30:
            for one in equilibria(game.at(Fraction(float(alpha))).floats()):
                worth = expected(utility, one)
                assert alpha * worth > float(cap) - 1e-9 or (1 - alpha) * worth <= found.bound + 1e-9
    assert below >= 3


def test_bounds_over_boxes_of_strategies():
    """All probabilities free: the extremes of the table; all fixed: the expectation."""
    values = np.array([[Fraction(1), Fraction(3)], [Fraction(2), Fraction(-5)]], dtype=object)

    class Box:
        low = (np.zeros(2), np.zeros(2))
        high = (np.ones(2), np.ones(2))

    assert (least(values, Box()), most(values, Box())) == (-5, 3)
    Box.low = Box.high = (np.array([0.5, 0.5]), np.array([0.25, 0.75]))
    assert least(values, Box()) == most(values, Box()) == Fraction(1, 2) * (Fraction(10, 4) + Fraction(-13, 4))


def test_games_of_theorem_1_that_are_too_large_are_refused():
    users = fg.Users(sensitivity=[[0, "0.3"]] * 12)
    game = fg.PaymentGame(fg.LinearLaplace(12, [0, "inf"]), users, rule="coalition")
    with pytest.raises(InputError, match=r"scope 'all' of 12 users: it plays games of at most 20,000 payoffs"):
        fg.design(game, scope="all")


def test_the_equilibria_by_hand_are_those_of_the_complete_solver():
    """The oracle itself, on generic games, against the proven list."""
    for seed in range(10):
        draw = np.random.default_rng(seed)
        payoffs = draw.integers(-1000, 1000, (2, 2, 2, 3)).astype(float)
        found = isolated_equilibria([payoffs[..., k] for k in range(3)])
        assert found.complete
        ours = sorted(tuple(float(vector[1]) for vector in one.strategies) for one in found.equilibria)
        assert np.allclose(ours, sorted(equilibria(payoffs)), atol=1e-7)
