"""What the platform is sure of, over all equilibria of three and more users."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import fairgames as fg
from fairgames.equilibria.several_users.branches import branches_of
from fairgames.mechanism import BoundedDesign, Design
from fairgames.mechanism.worst_of_several import best_of_the_worst
from tests.equilibria.test_several_users import any_payments
from tests.mechanism.test_bounded_budgets import beside, drawn
from tests.two_by_two_by_two import equilibria, expected


@pytest.mark.parametrize("seed", [0, 1, 4, 5, 7, 8])
def test_of_two_users_and_one_who_adds_nothing(seed: int):
    """The answer for two users, which is exact: share, value, and whether it is attained; with budgets, too."""
    game = drawn(seed, (2 + seed % 2,) * 2, apart=2)
    for budget in (None, "1/5", "3/5"):
        wanted = fg.design(game, "worst", scope="all", budget=budget)
        found = fg.design(beside(game, "0.1"), "worst", scope="all", budget=budget)
        assert isinstance(found, BoundedDesign)
        assert found.platform_utility == wanted.platform_utility
        assert found.alpha == wanted.alpha
        assert found.choice.attained == wanted.choice.attained
        assert found.bound >= float(wanted.platform_utility) - 1e-12
        assert found.gap <= 1e-6 * float(game.utilities.numbers().max())
        assert found.certain


@pytest.mark.parametrize("seed", [5, 8, 16])
@pytest.mark.parametrize("budget", [None, "1/2"])
def test_at_sampled_shares(seed: int, budget: str | None):
    """By hand: no share ensures more than the bound, and at the answer's share nothing is worse."""
    game = drawn(seed, (2, 2, 2), apart=3)
    cap = float("inf") if budget is None else float(Fraction(budget))
    found = fg.design(game, "worst", scope="all", budget=budget)
    assert isinstance(found, BoundedDesign)
    assert Design.from_dict(found.to_dict()) == found
    assert "Of no share is the worst equilibrium" in " ".join(found.remarks())
    utility = game.utilities.numbers()

    def sure(alpha: float) -> float:
        worth = [expected(utility, one) for one in equilibria(game.at(Fraction(alpha)).floats())]
        return (1 - alpha) * min(worth) if alpha * max(worth) <= cap else -float("inf")

    assert max(sure(float(alpha)) for alpha in np.arange(1, 40) / 40.3) <= found.bound + 1e-9
    low, high = map(float, found.choice.interval)
    near = float(found.alpha)
    beside_it = near if found.choice.attained else near + 1e-7 * (1 if near <= low else -1)
    assert low <= near <= high
    assert sure(beside_it) == pytest.approx(float(found.platform_utility), abs=1e-5)


@pytest.mark.parametrize("seed", [15, 30])
def test_where_equilibria_fold_or_none_is_pure(seed: int):
    """Any payments, by hand at sampled shares: the lowest branch at its best."""
    shares = any_payments(seed)
    found = branches_of(shares)
    best, bound = best_of_the_worst(found, None, 1e-2)
    assert best is not None
    assert best.value <= bound <= best.value + 1e-2 + 1e-9

    def sure(alpha: float) -> float:
        worth = [expected(shares.utility, one) for one in equilibria(shares.at(Fraction(alpha)).floats())]
        return (1 - alpha) * min(worth)

    assert max(sure(float(alpha)) for alpha in np.arange(1, 40) / 40.3) <= bound + 1e-9
    low, high = map(float, best.span)
    inside = min(max(float(best.alpha), low + 1e-9), high - 1e-9)
    assert sure(inside) == pytest.approx(best.value, abs=1e-6)
