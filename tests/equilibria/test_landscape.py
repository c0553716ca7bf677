"""The landscape: the best pure equilibrium for the platform at every α, against trying all."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.equilibria.pure.drawn import drawn_landscape
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.pure.landscape import envelope, landscape
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace, TableUtility
from tests.strategies import cases

COMMON = settings(max_examples=60, deadline=None)


def places(critical) -> list[Fraction]:
    between = [(low + high) / 2 for low, high in pairwise(critical)]
    beside = [share + Fraction(sign, 10**9) for share in critical for sign in (-1, 1)]
    return sorted(alpha for alpha in [*critical, *between, *beside] if 0 <= alpha <= 1)


@COMMON
@given(cases(least=-3, rules=("users",)), st.fractions(0, 1, max_denominator=1000))
def test_value_and_profile_at_any_share(case, random):
    found, oracle = landscape(case.game()), case.oracle()
    for alpha in [random, *places(oracle.critical)]:
        value, profiles = oracle.best_equilibria(alpha)
        assert found.at(alpha) == (value, profiles[0])


@COMMON
@given(cases(least=-3, rules=("users",)))
def test_breakpoints_are_where_something_changes(case):
    found, oracle = landscape(case.game()), case.oracle()
    k = len(found.alpha) - 1
    assert (found.alpha[0], found.alpha[-1]) == (0, 1)
    assert all(low < high for low, high in pairwise(found.alpha))
    assert len(found.profiles) == len(found.utilities) == k + 1
    assert len(found.profiles_between) == len(found.utilities_between) == k
    assert set(found.alpha) <= set(oracle.critical)
    for j in range(1, k):
        assert {found.profiles_between[j - 1], found.profiles[j], found.profiles_between[j]} != {found.profiles[j]}
    for alpha, profile, utility in zip(found.alpha, found.profiles, found.utilities, strict=True):
        assert utility == case.table[profile]
        assert oracle.is_equilibrium(profile, alpha)
    for profile, utility in zip(found.profiles_between, found.utilities_between, strict=True):
        assert utility == case.table[profile]


@COMMON
@given(cases(least=-3, rules=("users",)))
def test_the_curve_draws_the_landscape(case):
    found = landscape(case.game())
    xs, ys = found.curve()
    k = len(found.alpha) - 1
    assert xs.shape == ys.shape == (3 * k + 1,)
    assert xs.dtype == ys.dtype == float
    assert (xs[0], xs[-1]) == (0, 1)
    assert (np.diff(xs) >= 0).all()
    # Jumps lie at breakpoints, and each piece runs from (1 − α_k)·U to (1 − α_{k+1})·U.
    assert ys[0] == float(found.at(0)[0])
    for j in range(k):
        low, high = found.alpha[j], found.alpha[j + 1]
        piece = [(low, found.utilities_between[j]), (high, found.utilities_between[j]), (high, found.utilities[j + 1])]
        assert xs[1 + 3 * j : 4 + 3 * j] == pytest.approx([float(alpha) for alpha, _ in piece], abs=1e-15)
        assert ys[1 + 3 * j : 4 + 3 * j] == pytest.approx([float((1 - a) * u) for a, u in piece], abs=1e-12)
        middle = (low + high) / 2
        assert np.interp(float(middle), xs[1 + 3 * j : 3 + 3 * j], ys[1 + 3 * j : 3 + 3 * j]) == pytest.approx(
            float(found.at(middle)[0]), abs=1e-12
        )


@settings(max_examples=40, deadline=None)
@given(cases(least=-3, rules=("users",)))
def test_floats_see_the_same_landscape(case):
    exact, floats = landscape(case.game()), landscape(case.game(exact=False))
    assert floats.profiles == exact.profiles
    assert floats.profiles_between == exact.profiles_between
    assert floats.alpha == pytest.approx([float(alpha) for alpha in exact.alpha], abs=1e-11)
    assert floats.utilities == pytest.approx([float(utility) for utility in exact.utilities], abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(cases(least=-3, rules=("users",)))
def test_the_worst_equilibrium_at_every_share(case):
    game, oracle = case.game(), case.oracle()
    equilibria = pure_equilibria(game)
    worst = envelope(equilibria, worst=True)
    profile = [game.levels(np.unravel_index(k, game.shape)) for k in equilibria.index]
    for alpha, position in zip(worst.alpha, worst.at, strict=True):
        lowest = min(case.table[p] for p in oracle.equilibria(alpha))
        assert profile[position] == next(p for p in oracle.equilibria(alpha) if case.table[p] == lowest)
    for (low, high), position in zip(pairwise(worst.alpha), worst.between, strict=True):
        for alpha in [a for a in places(oracle.critical) if low < a < high]:
            assert case.table[profile[position]] == min(case.table[p] for p in oracle.equilibria(alpha))


def test_the_example_of_the_papers():
    """U = [[0, 2/3], [2/3, 1]] with c = 3/10 and 8/25, worked by hand.

    Alone a user is paid 2α/3: user 1 enters at 9/20, user 2 at 12/25. Together each is paid
    α/2: the second stays from 3/5 (user 1) and 16/25 (user 2) on.
    """
    game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, "3/10"], [0, "8/25"]]))
    found = landscape(game)
    assert found.alpha.tolist() == [0, Fraction(9, 20), Fraction(12, 25), Fraction(3, 5), Fraction(16, 25), 1]
    assert found.at("9/20") == (Fraction(11, 30), (1, 0))
    assert found.at("16/25") == (Fraction(9, 25), (1, 1))
    assert found.at(0.2) == (0, (0, 0))
    assert found.at(1) == (0, (1, 1))


def test_the_curve_falls_between_breakpoints():
    """(1 − α)·U falls in α as long as the equilibrium is the same."""
    users = Users(samples=[10, 50, 100, 200], sensitivity=[[0, 0.1, 0.3]] * 4)
    found = landscape(PaymentGame(FederatedMean(users, 1.0, 10.0), users))
    for low, high in pairwise(found.alpha):
        inside = [low + (high - low) * k / 5 for k in range(1, 5)]
        values = [found.at(float(alpha))[0] for alpha in inside]
        assert all(after <= before for before, after in pairwise(values))


@pytest.mark.parametrize("alpha", [-0.1, 1.1, "x", float("nan"), None])
def test_shares_lie_between_0_and_1(alpha):
    found = landscape(PaymentGame(TableUtility([0, 1]), Users(names=["a"])))
    with pytest.raises(InputError, match="alpha"):
        found.at(alpha)


def test_theorem_1_has_no_landscape():
    with pytest.raises(InputError, match="no share α"):
        landscape(PaymentGame(TableUtility([0, 1]), Users(names=["a"]), "coalition"))


def test_costs_near_rounding_leave_a_landscape_up_to_one():
    """Ends of intervals that are 1 but for rounding are 1, and 0 is no rounding of anything."""
    users = Users(samples=[1, 5], sensitivity=[[0, 1e-15, 2e-15]] * 2)
    found = landscape(PaymentGame(FederatedMean(users, 1.0, 10.0), users))
    assert (found.alpha[0], found.alpha[-1]) == (0, 1)
    assert found.at(1)[0] == 0
    assert found.at(0)[1] == (0, 0)  # at α = 0 sharing costs and pays nothing


def test_what_is_drawn_is_the_landscape() -> None:
    """By floats alone: the curve of the exact landscape, at its breakpoints and between them."""
    random = np.random.default_rng(20261129)
    for _ in range(8):
        users = Users(sensitivity=[[0, *np.sort(random.uniform(0, 0.5, 2)).tolist()] for _ in range(3)])
        game = PaymentGame(LinearLaplace(3, [0, 1, "inf"]), users)
        exact, drawn = landscape(game), drawn_landscape(game, pure_equilibria(game))
        for alpha in [*exact.alpha.tolist(), *random.uniform(0, 1, 20).tolist()]:
            assert float(drawn.at(float(alpha) + 1e-11 if alpha < 1 else 1)[0]) == pytest.approx(
                float(exact.at(float(alpha) + 1e-11 if alpha < 1 else 1)[0]), abs=1e-9
            )
