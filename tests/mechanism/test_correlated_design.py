"""The best share over correlated equilibria: against programs from the definition at many shares, and by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from benchmarks.recall import payment_game
from fairgames import FederatedMean, InputError, LinearLaplace, PaymentGame, TableUtility, Users
from fairgames.equilibria.correlated.program import bound, solve_in_floats
from fairgames.mechanism import correlated_design, design
from fairgames.mechanism.bounded_result import BoundedDesign
from fairgames.mechanism.correlated import branch_and_bound
from fairgames.mechanism.correlated.branch_and_bound import search
from fairgames.mechanism.correlated.family import Family
from fairgames.mechanism.correlated.pieces import over_exactly, parametric, simplest_between
from fairgames.mechanism.correlated.polynomials import Polynomial, roots
from tests.oracles import best_correlated

F = Fraction
#: Among them ends of pieces, and shares beside them.
SHARES = [F(k, 60) for k in range(61)]


def value_at(game: PaymentGame, alpha: Fraction | float, coarse: bool) -> float:
    """What the best equilibrium leaves the platform, (1 − α)·E[U], as a program from the definition."""
    kept = (1 - alpha) * game.utilities.numbers()
    return best_correlated(game.at(alpha).payoffs, kept, coarse)


def three_users(seed: int, exact: bool = True) -> PaymentGame:
    random = np.random.default_rng(seed)
    table = random.integers(0, 12, size=(2, 2, 3)).cumsum(axis=0).cumsum(axis=1).cumsum(axis=2)
    full = np.zeros((3, 3, 3), dtype=int)
    full[:2, :2] = table - table[0, 0, 0]
    costs = [[0, *np.cumsum(random.integers(1, 9, size=2)).tolist()] for _ in range(3)]
    users = Users(sensitivity=costs, allowed=[range(2), range(2), range(3)])
    return PaymentGame(TableUtility(full.astype(object) * F(1)), users, exact=exact)


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize(("seed", "number"), [(11, 4), (12, 6), (13, 13)])
def test_two_users_at_every_share(seed: int, number: int, coarse: bool) -> None:
    """No share is worth more than the best; at its own share it is worth that; pieces end where programs say."""
    random = np.random.default_rng(seed)
    game = [payment_game(random, k) for k in range(number + 1)][-1]
    found = parametric(Family.of(game, coarse))
    assert float(found.value) == pytest.approx(value_at(game, found.alpha, coarse), abs=1e-8)
    assert float(found.value) + 1e-8 >= max(value_at(game, alpha, coarse) for alpha in SHARES)
    assert (found.pieces[0].low, found.pieces[-1].high) == (0, 1)
    for piece in found.pieces:
        inward = (piece.high - piece.low) / 10**4
        assert float(piece.at_low) == pytest.approx(value_at(game, piece.low + inward, coarse), abs=1e-3)
        assert float(piece.at_high) == pytest.approx(value_at(game, piece.high - inward, coarse), abs=1e-3)
    for one, other in zip(found.pieces, found.pieces[1:], strict=False):
        assert 0 <= other.low - one.high <= F(1, 2**78)


@pytest.mark.parametrize("coarse", [False, True])
def test_both_methods_agree(coarse: bool) -> None:
    random = np.random.default_rng(5)
    for number in range(4):
        family = Family.of(payment_game(random, number), coarse)
        exactly, found = parametric(family), search(family, [], 1e-4)
        assert found.value - 1e-8 <= exactly.value <= exactly.bound <= F(found.bound) + F(1, 10**9)
        assert found.bound - found.value <= 1e-4


@pytest.mark.parametrize("coarse", [False, True])
def test_three_users(coarse: bool) -> None:
    """The bound is above the value of every share that is tried, the value is that of its share, and they are near."""
    for seed in range(2):
        game = three_users(seed)
        found = correlated_design(game, coarse, gap="1/1000")
        assert float(found.platform_utility) == pytest.approx(value_at(game, found.alpha, coarse), abs=1e-8)
        assert max(value_at(game, alpha, coarse) for alpha in SHARES) <= found.bound + F(1, 10**8)
        assert 0 <= found.bound - found.platform_utility <= F(1, 1000) + F(1, 10**8)
        assert (found.method, found.exact) == ("branch-and-bound", True)
        assert max(found.regrets) <= 0
        assert found.mediator_adds >= 0
        if not coarse:
            floats = correlated_design(three_users(seed, exact=False), coarse, gap="1/1000")
            assert floats.platform_utility == pytest.approx(float(found.platform_utility), abs=2e-3)
            assert floats.regret <= floats.regret_bound + 1e-8


def test_the_bound_holds_when_the_search_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """After six programs the best share is not found, and what it is worth is below the bound."""
    random = np.random.default_rng(11)
    family = Family.of([payment_game(random, k) for k in range(10)][-1], coarse=False)
    best = parametric(family).value
    monkeypatch.setattr(branch_and_bound, "MOST_PROGRAMS", 6)
    found = search(family, [], 1e-4)
    assert found.value + 0.1 < best <= found.bound


def test_what_is_between_shares_is_bounded() -> None:
    """On [a, b] the relaxed program is worth at least what the program of any share between is; of α = 0, too."""
    for coarse in (False, True):
        game = three_users(7)
        family = Family.of(game, coarse)
        for low, high in ((F(0), F(1, 8)), (F(1, 4), F(3, 8)), (F(1, 2), F(1))):
            aim, rows, error = family.in_floats.over(float(low), float(high))
            limit = bound(aim, rows, solve_in_floats(aim, rows).multipliers, family.in_floats.aim_error, error)
            goal, conditions = over_exactly(family, low, high)
            wide = bound(goal, conditions, solve_in_floats(goal, conditions).multipliers)
            for k in range(6):
                alpha = low + (high - low) * F(k, 5)
                assert value_at(game, alpha, coarse) <= min(limit, wide) + 1e-9


def test_knife_edge() -> None:
    """User 1 is indifferent at 3/5 and shares with 4/5: (1 − 3/5)·(4/5·1 + 1/5·2/3) = 28/75; no mediator adds to it."""
    game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, 0.3], [0, 0.32]]))
    found = correlated_design(game)
    assert (found.alpha, found.platform_utility, found.bound) == (F(3, 5), F(28, 75), F(28, 75))
    assert found.distribution.tolist() == [[0, F(1, 5)], [0, F(4, 5)]]
    assert (found.utility, found.mediator_adds) == (F(14, 15), 0)
    assert found.payments.tolist() == [F(3, 5) * F(4, 5) / 2, F(3, 5) * (F(4, 5) / 2 + F(1, 5) * F(2, 3))]
    # Nobody shares below 9/20 (alone 2α/3 ≥ 3/10), where the value jumps from 0 to (1 − 9/20)·2/3.
    below, above = found.pieces[:2]
    assert (below.high, below.at_high, above.at_low) == (F(9, 20), 0, F(11, 30))


def test_a_mediator_may_add() -> None:
    """One of the random games: a coarse equilibrium at a lower share; the program from the definition has its value."""
    random = np.random.default_rng(6)
    game = [payment_game(random, k) for k in range(39)][-1]
    found = correlated_design(game, coarse=True)
    assert float(found.platform_utility) == pytest.approx(value_at(game, found.alpha, coarse=True), abs=1e-8)
    assert found.mediator_adds > F(1, 10)
    assert found.alpha < found.nash.alpha


def test_irrational_shares_and_floats() -> None:
    """Where an irrational share is best, a rational one is worth as much to within the bound; U of logarithms."""
    random = np.random.default_rng(6)
    game = [payment_game(random, k) for k in range(43)][-1]
    found = parametric(Family.of(game, coarse=False))
    assert 0 < found.bound - found.value < F(1, 10**20)
    users = Users(samples=[30, 10], sensitivity=[[0, 0.5, 1.2]] * 2)
    floats = correlated_design(PaymentGame(FederatedMean(users, between=1, within=10), users))
    assert floats.platform_utility == pytest.approx(value_at(floats.game, floats.alpha, False), abs=1e-8)
    assert not floats.exact
    assert floats.platform_utility <= floats.bound <= floats.platform_utility + 1e-9


def test_one_game_under_a_rule_without_a_share() -> None:
    game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, 0.3], [0, 0.32]]), rule="coalition")
    found = correlated_design(game)
    payoffs, keeps = game.at().payoffs, game.keeps.numbers()
    assert (found.alpha, found.method) == (None, "one game")
    assert float(found.platform_utility) == pytest.approx(best_correlated(payoffs, keeps), abs=1e-9)


def test_no_gap() -> None:
    with pytest.raises(InputError, match="gap is 0, expected a positive amount"):
        correlated_design(three_users(0), gap=0)


def test_roots_of_products() -> None:
    """(3x − 1)²(5x − 2)(x² − 2x + 1/2) has 1/3, 2/5 and 1 − √(1/2) inside."""
    product = Polynomial((F(1),))
    for factor in ((-1, 3), (-1, 3), (-2, 5), (F(1, 2), -2, 1)):
        product = product * Polynomial(tuple(map(F, factor)))
    (low, high), third, fifths = roots(product, F(0), F(1), F(1, 10**9))
    assert third == (F(1, 3), F(1, 3))
    assert fifths == (F(2, 5), F(2, 5))
    assert (1 - low) ** 2 > F(1, 2) > (1 - high) ** 2
    assert 0 < high - low <= F(1, 10**9)


def test_simplest_fractions() -> None:
    """The least denominator of all, and of those the least numerator."""
    for low, high in ((F(31, 100), F(34, 100)), (F(618, 1000), F(6181, 10000)), (F(1), F(1)), (F(0), F(1, 9))):
        known = next(F(n, d) for d in range(1, 10**4) for n in range(d + 1) if low <= F(n, d) <= high)
        assert simplest_between(low, high) == known


def test_a_mediator_is_compared_with_all_nash_equilibria_of_three_users() -> None:
    """Whatever `design --scope all` finds; and above its limit pure ones, which is said."""
    game = three_users(7)
    found, every = correlated_design(game), design(game, scope="all")
    assert isinstance(every, BoundedDesign)
    assert (found.nash.scope, found.nash.platform_utility) == ("all", every.platform_utility)
    assert every.platform_utility <= found.nash_bound == every.bound
    # A Nash equilibrium is a correlated one: a bound on the one is above what the other has.
    assert float(found.bound) >= float(every.platform_utility) - 1e-9
    many = PaymentGame(LinearLaplace(4, [0, 1, 2, "inf"]), Users(sensitivity=[[0, 0.01, 0.02, 0.03]] * 4))
    assert many.size * 4 > 200
    wide = correlated_design(many, gap="1")
    assert (wide.nash.scope, wide.nash_bound) == ("pure", None)


def test_a_mediator_never_takes_away() -> None:
    """Nash equilibria are correlated ones, so rounding alone makes the difference negative; it is 0, not -0."""
    found = correlated_design(three_users(0, exact=False), gap="1/1000")
    worse = replace(found, platform_utility=found.nash.choice.platform_utility - 1e-9)
    assert str(worse.mediator_adds) == "0.0"
    assert str(replace(found, platform_utility=found.nash.choice.platform_utility + 0.5).mediator_adds) == "0.5"
