"""Branches of equilibria of three and more users over all shares: by hand, and against those of two users."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest

import fairgames as fg
from fairgames.equilibria.several_users.all_shares import AllShares, fractions
from fairgames.equilibria.several_users.branch import SeveralBranches
from fairgames.equilibria.several_users.branches import branches_of, equilibrium_branches
from fairgames.equilibria.two_users.branches import branches
from fairgames.errors import InputError
from fairgames.games import isolated_equilibria
from fairgames.utilities import TableUtility
from tests.mechanism.test_bounded_budgets import beside, drawn
from tests.two_by_two_by_two import equilibria, expected


def any_payments(seed: int, shape: tuple[int, ...] = (2, 2, 2)) -> AllShares:
    """Games of α·φ − c whose φ are drawn by themselves: no potential, so that branches fold and need not be pure."""
    draw = np.random.default_rng(seed)

    def table(low: int, high: int, unit: int):
        return fractions(
            np.array([Fraction(int(x), unit) for x in draw.integers(low, high, np.prod(shape))]).reshape(shape)
        )

    values = [table(-40, 60, 10) for _ in shape]
    costs = [(Fraction(0), *(Fraction(int(x), 20) for x in draw.integers(-20, 40, size - 1))) for size in shape]
    return AllShares(values, costs, table(-10, 40, 1))


def check_against_hand(found: SeveralBranches, shares: AllShares, alpha: Fraction) -> int:
    """Each equilibrium by hand is in the bounds of one branch that passes, and each branch has one."""
    passing = found.passing(alpha)
    by_hand = equilibria(shares.at(alpha).floats())
    left = list(by_hand)
    for one in passing:
        point = one.at(alpha)
        inside = [
            chances
            for chances in left
            if all(
                low[1] - 1e-7 <= p <= high[1] + 1e-7
                for p, low, high in zip(chances, point.low, point.high, strict=True)
            )
        ]
        assert len(inside) == 1, (alpha, one.supports)
        left.remove(inside[0])
        worth = float(1 - alpha) * expected(shares.utility, inside[0])
        assert point.platform_utility[0] - 1e-6 <= worth <= point.platform_utility[1] + 1e-6
        assert point.platform_utility[1] - point.platform_utility[0] < 1e-6
        low, high = one.worth_between(float(alpha), float(alpha))
        assert low - 1e-6 <= worth <= high + 1e-6
    assert left == []
    return len(by_hand)


@pytest.mark.parametrize("seed", [5, 8, 11])
def test_payment_games_by_hand(seed: int):
    game = drawn(seed, (2, 2, 2), apart=3)
    found, shares = equilibrium_branches(game), AllShares.of(game)
    assert found.complete
    for k in range(1, 20):
        assert check_against_hand(found, shares, Fraction(2 * k + 1, 43)) % 2 == 1  # indices of ±1 sum to 1
    for one in found.branches:
        for end in one.ends:
            assert "share" in end.kind or len(end.meets) == 1  # none is lost on the way


@pytest.mark.parametrize("seed", [15, 16, 30, 108])
def test_any_games_by_hand_and_where_they_fold(seed: int):
    shares = any_payments(seed)
    found = branches_of(shares)
    assert found.complete
    for k in range(1, 16):
        check_against_hand(found, shares, Fraction(2 * k + 1, 37))
    folds = [end for one in found.branches for end in one.ends if end.kind == "fold"]
    assert len(folds) == (2 if seed in (30, 108) else 0)
    for end in folds:
        low, high = end.alpha
        assert high - low < 1e-7
        many = [len(equilibria(shares.at(Fraction(alpha)).floats())) for alpha in (low - 1e-6, high + 1e-6)]
        assert abs(many[0] - many[1]) == 2
        assert end.low[0][1] <= end.high[0][1] <= end.low[0][1] + 1e-3


@pytest.mark.parametrize("seed", [0, 1, 6, 9])
def test_a_user_who_adds_nothing_beside_two(seed: int):
    """The branches of two users, which are known exactly, at every share between their breakpoints and at ours."""
    game = drawn(seed, (2 + seed % 2,) * 2, apart=2)
    known, found = branches(game), equilibrium_branches(beside(game, "0.1"))
    assert found.complete
    breaks = {1 / beta for beta in known.betas[:-1]} | {Fraction(0)}
    ours = {end.alpha for one in found.branches for end in one.ends}
    assert {low for low, high in ours} <= breaks  # rationals, and the same ones
    assert all(low == high for low, high in ours)
    shares = sorted(breaks)
    for low, high in pairwise(shares):
        alpha = (low + high) / 2
        wanted = sorted(tuple(float(p) for v in one for p in v) for one in known.extreme(alpha))
        points = [one.at(alpha) for one in found.passing(alpha)]
        got = sorted(
            tuple(
                (float(a) + float(b)) / 2
                for a, b in zip(*map(np.concatenate, (one.low[:2], one.high[:2])), strict=True)
            )
            for one in points
        )
        assert np.allclose(got, wanted, atol=1e-9)
        assert all(point.low[2][0] == 1 for point in points)


@pytest.mark.parametrize("shape", [(3, 3, 3), (2, 2, 2, 2)])
def test_more_levels_and_users_have_as_many_equilibria_as_branches(shape: tuple[int, ...]):
    game = drawn(2 if len(shape) == 4 else 1, shape, apart=3)
    found = equilibrium_branches(game)
    assert found.complete
    assert all(len(end.meets) == 1 for one in found.branches for end in one.ends if "share" not in end.kind)
    for alpha in (Fraction(7, 31), Fraction(13, 31), Fraction(23, 31)):
        every = isolated_equilibria(game.at(alpha))
        assert every.complete
        assert len(every.equilibria) == len(found.passing(alpha))


def test_users_alike_end_several_conditions_at_once():
    users = fg.Users(sensitivity=[[0, "0.3"]] * 3)
    found = equilibrium_branches(fg.PaymentGame(fg.LinearLaplace(3, [0, "inf"]), users))
    assert found.complete
    # A user who joins k others gains α·γ_k, of U = 0, 5/9, 5/6, 1: γ_0 = 5/9, γ_1 = 5/12, γ_2 = 1/3.
    assert found.critical == tuple(
        (alpha, alpha) for alpha in (0, Fraction(3, 10) / Fraction(5, 9), Fraction(18, 25), Fraction(9, 10), 1)
    )
    (all_mix,) = [one for one in found.branches if all(len(used) == 2 for used in one.supports)]
    assert all_mix.interval == (Fraction(27, 50), Fraction(9, 10))
    assert len(all_mix.start.events) == 3
    point = all_mix.at(0.72)
    # p solves 5/9·(1 − p)² + 2·5/12·p(1 − p) + p²/3 = 5/12
    p = float(
        min(np.roots([5 / 9 - 10 / 12 + 1 / 3, -10 / 9 + 10 / 12, 5 / 9 - 5 / 12]).tolist(), key=lambda x: abs(x - 0.5))
    )
    assert all(low[1] - 1e-9 <= p <= high[1] + 1e-9 for low, high in zip(point.low, point.high, strict=True))


def test_near_ties_are_told_apart_or_left_open():
    """Users whose costs differ by 1e-12: not a wrong count, and in time."""
    users = fg.Users(sensitivity=[[0, "0.3"], [0, "0.300000000001"], [0, "0.35"]])
    game = fg.PaymentGame(fg.LinearLaplace(3, [0, "inf"]), users)
    found = equilibrium_branches(game)
    alpha = Fraction(60, 97)
    assert not found.complete or len(found.passing(alpha)) == len(isolated_equilibria(game.at(alpha)).equilibria)


def test_a_continuum_stays_open_with_a_bound():
    """Two levels that are alike: whoever shares may mix them."""
    values = np.zeros((3, 3, 3), dtype=object)
    for place in product(range(3), repeat=3):
        values[place] = Fraction([0, 1, 3, 6][sum(map(bool, place))])
    users = fg.Users(sensitivity=[["0", "1/10", "1/10"]] * 3, allowed=[[0, 1, 2], [0, 1], [0, 1]])
    found = equilibrium_branches(fg.PaymentGame(TableUtility(values), users))
    assert not found.complete
    assert found.worth is not None
    assert found.worth >= 6 * (1 - 0.1)  # all share from α = 1/10 at the latest, and user 1 mixes 1 and 2
    assert "indifferent" in found.undecided[0].why


def test_what_has_no_branch_there_is_refused():
    game = drawn(5, (2, 2, 2), apart=3)
    found = equilibrium_branches(game)
    (vertical, *_) = [one for one in found.branches if one.vertical]
    with pytest.raises(InputError, match=r"alpha: got 0.5, expected a share between .* which the branch passes"):
        vertical.at(0.5)
    with pytest.raises(InputError, match="expected a game under a fair rule with a share"):
        equilibrium_branches(drawn(5, (2, 2, 2), "coalition"))
    many = fg.PaymentGame(fg.LinearLaplace(10, [0, "inf"]), fg.Users(sensitivity=[[0, "0.3"]] * 10))
    with pytest.raises(InputError, match="1,500 payoffs, or of 20,000 supports; this one has 10,240, and 59,049"):
        equilibrium_branches(many)
