"""The optimum over all equilibria of three and more users: found, and bounded."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import numpy as np
import pytest

import fairgames as fg
from fairgames.equilibria.several_users.all_shares import AllShares
from fairgames.equilibria.two_users.branches import branches
from fairgames.errors import InputError
from fairgames.games import isolated_equilibria
from fairgames.games.isolated.conditions import Conditions
from fairgames.games.isolated.differences import differences
from fairgames.mechanism import BoundedDesign, Design
from fairgames.mechanism.several_users import _Part, best_mixed
from fairgames.utilities import TableUtility


def two_users(seed: int) -> fg.PaymentGame:
    """A monotone utility in twentieths of two users with two or three levels."""
    draw, n_levels = Random(seed), 2 + seed % 2
    values = np.zeros((n_levels, n_levels), dtype=object)
    for one, other in product(range(n_levels), repeat=2):
        below = [values[one - 1, other]] * bool(one) + [values[one, other - 1]] * bool(other)
        values[one, other] = max(below) + Fraction(draw.randint(0, 20), 20) if below else Fraction(0)
    costs = [["0", *map(str, sorted(Fraction(draw.randint(1, 30), 40) for _ in range(n_levels - 1)))] for _ in "12"]
    return fg.PaymentGame(TableUtility(values), fg.Users(sensitivity=costs))


@pytest.mark.parametrize("seed", [0, 1, 4, 7])
def test_of_two_users_it_is_the_exact_optimum(seed: int):
    """The same search against the branches of two users, which know the optimum exactly."""
    game = two_users(seed)
    pure, exact = (float(fg.design(game, scope=scope).platform_utility) for scope in ("pure", "all"))
    best, bound = best_mixed(AllShares.of(game), pure, 1e-6)
    assert max(pure, float(best.value) if best else 0) <= exact + 1e-12
    assert exact <= bound <= exact + 1.01e-6


def test_a_user_who_adds_nothing_changes_nothing():
    """The knife edge of the design note: 28/75 at α = 3/5, where user 1 mixes (1/5, 4/5)."""
    alone, together = Fraction(2, 3), Fraction(1)
    values = np.zeros((2, 2, 2), dtype=object)
    values[1, 0], values[0, 1], values[1, 1] = alone, alone, together
    users = fg.Users(sensitivity=[[0, "0.3"], [0, "0.32"], [0, "0.1"]])
    found = fg.design(fg.PaymentGame(TableUtility(values), users), scope="all")
    assert isinstance(found, BoundedDesign)
    assert (found.alpha, found.platform_utility) == (Fraction(3, 5), Fraction(28, 75))
    assert [vector.tolist() for vector in found.strategies] == [[Fraction(1, 5), Fraction(4, 5)], [0, 1], [1, 0]]
    assert found.regret == 0
    assert found.exact
    assert found.certain
    assert found.runner_up is not None
    assert found.runner_up.platform_utility == Fraction(11, 30)
    assert 0 <= found.gap <= 1.01e-6
    assert Design.from_dict(found.to_dict()) == found
    assert "No equilibrium, mixed ones included, leaves more than 0.373334" in " ".join(found.remarks())


def test_no_equilibrium_at_sampled_shares_is_above_the_bound():
    """Three users of whom one mixes at the optimum; every equilibrium at other shares is complete and worth less."""
    users = fg.Users(sensitivity=[[0, "0.35"], [0, "0.22"], [0, "0.23"]])
    game = fg.PaymentGame(fg.LinearLaplace(3, [0, "inf"]), users)
    found = fg.design(game, scope="all")
    assert isinstance(found, BoundedDesign)
    assert found.profile is None
    assert found.regret == 0
    utility = game.utilities.numbers().astype(float)
    seen = 0
    for alpha in (Fraction(k, 23) for k in range(1, 23)):
        equilibria = isolated_equilibria(game.at(alpha))
        assert equilibria.complete
        for one in equilibria.equilibria:
            x, y, z = (np.asarray(vector, float) for vector in one.strategies)
            seen += sum(len(used) > 1 for used in one.supports) > 1
            assert float(1 - alpha) * np.einsum("abc,a,b,c", utility, x, y, z) <= found.bound
    assert seen >= 3  # in some of them two or three mix


def test_where_several_mix_the_best_is_found():
    """Both of two users mix, on branches that are known exactly: the best point of any of them."""
    users = fg.Users(sensitivity=[[0, "0.05"], [0, "0.06"]])
    game = fg.PaymentGame(fg.LinearLaplace(2, [0, 1]), users)
    shares = AllShares.of(game)
    conditions = Conditions(differences(shares.payoffs)[:2], [((0, 1), (0, 1), (0, 1))])
    part = _Part(shares, conditions, np.stack([0 * shares.utility, shares.utility], -1).astype(float), 0.0, 1e-6, 10**6)
    part.run()
    utility, known = game.utilities.numbers(), []
    for branch in branches(game).every:
        if all(0 < p < 1 for vector in branch.strategies((branch.least + branch.most) / 2) for p in vector):
            for step in range(1, 200):
                beta = branch.least + (branch.most - branch.least) * Fraction(step, 200)
                x, y = branch.strategies(beta)
                known.append(float((1 - 1 / beta) * (x @ utility @ y)))
    assert known
    assert part.best is not None
    assert max(known) <= part.known + 1e-6
    assert part.known <= max(known) + 1e-3
    assert part.bound == 0


def test_what_it_does_not_cover_is_refused():
    game = fg.PaymentGame(fg.LinearLaplace(3, [0, "inf"]), fg.Users(sensitivity=[[0, "0.3"]] * 3))
    many = fg.PaymentGame(fg.LinearLaplace(10, [0, "inf"]), fg.Users(sensitivity=[[0, "0.3"]] * 10))
    with pytest.raises(InputError, match="1,500 payoffs, or of 20,000 supports; this one has 10,240, and 59,049"):
        fg.design(many, scope="all")
    with pytest.raises(InputError, match="offered for games of 20,000 payoffs, this one has 22,528"):
        fg.design(
            fg.PaymentGame(fg.LinearLaplace(11, [0, "inf"]), fg.Users(sensitivity=[[0, "0.3"]] * 11)), scope="all"
        )
    stable = fg.design(game, "potential", scope="all")
    assert stable.scope == "all"


def test_what_is_dominated_at_every_share_does_not_count():
    """Ten users are too many, but seven of them never share: more than U = 1 would cost them."""
    users = fg.Users(sensitivity=[[0, "0.1"], [0, "0.1"], [0, "0.13"]] + [[0, 2]] * 7)
    shares = AllShares.searched(fg.PaymentGame(fg.LinearLaplace(10, [0, "inf"]), users), "this")
    assert shares.supports.surviving() == ((0, 1),) * 3 + ((0,),) * 7 + ((0, 1),)
