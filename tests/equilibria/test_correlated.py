"""Correlated equilibria against their definition, published games, and all vertices of small polytopes."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from flint import fmpq, fmpq_mat

from fairgames import FairgamesError, InputError, NormalFormGame, PaymentGame, TableUtility, Users
from fairgames.equilibria.correlated import program
from fairgames.equilibria.correlated.at_share import correlated_at
from fairgames.equilibria.correlated.equilibrium import CorrelatedEquilibrium, correlated_equilibrium
from fairgames.equilibria.correlated.incentives import incentives, regrets
from fairgames.games.dominance import eliminate
from fairgames.games.extreme import extreme_equilibria
from tests.oracles import best_correlated

F = Fraction
CHICKEN = NormalFormGame.from_arrays([[6, 2], [7, 0]], [[6, 7], [2, 0]])


def whole_numbers(shape: tuple[int, ...], most: int, seed: int) -> NormalFormGame:
    numbers = np.random.default_rng([seed, most, *shape]).integers(0, most, size=(*shape, len(shape))).astype(object)
    return NormalFormGame.from_arrays(*np.moveaxis(numbers, -1, 0))


def gains_by_definition(game: NormalFormGame, chances: np.ndarray, coarse: bool) -> list[Fraction]:
    """What each player gains by the best answers to what it is told; or by the best strategy, told nothing."""
    found = []
    for player, size in enumerate(game.shape):
        total = {
            (told, instead): sum(
                chances[place]
                * (
                    F(game.payoffs[(*place[:player], instead, *place[player + 1 :], player)])
                    - F(game.payoffs[(*place, player)])
                )
                for place in np.ndindex(game.shape)
                if place[player] == told
            )
            for told in range(size)
            for instead in range(size)
        }
        each = [[total[told, instead] for instead in range(size)] for told in range(size)]
        found.append(max(map(sum, zip(*each, strict=True))) if coarse else sum(map(max, each)))
    return found


def holds(game: NormalFormGame, one: CorrelatedEquilibrium, coarse: bool) -> bool:
    """A distribution that is an equilibrium by definition, in rationals."""
    chances = one.distribution
    gains = gains_by_definition(game, chances, coarse)
    right = chances.sum() == 1 and min(chances.reshape(-1)) >= 0 and one.regrets.tolist() == gains
    return bool(right and (max(gains) <= 0 if coarse else gains == [0] * game.n_players))


def test_chicken() -> None:
    """Aumann 1974: half the time both yield, else one of the two; 5 1/4 each, above every Nash equilibrium's sum."""
    game = NormalFormGame.from_arrays(*np.moveaxis(CHICKEN.payoffs.astype(int).astype(object), -1, 0))
    found = correlated_equilibrium(game, game.payoffs.sum(axis=-1))
    assert found.distribution.tolist() == [[F(1, 2), F(1, 4)], [F(1, 4), 0]]
    assert found.payoffs.tolist() == [F(21, 4)] * 2
    assert found.value == found.bound == F(21, 2)
    assert holds(game, found, coarse=False)


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize(("shape", "most"), [((2, 3), 3), ((3, 3), 10), ((2, 2, 2), 4), ((2, 3, 2), 9)])
def test_best_and_worst_by_definition(shape: tuple[int, ...], most: int, coarse: bool) -> None:
    for seed in range(5):
        game = whole_numbers(shape, most, seed)
        aim = game.payoffs.sum(axis=-1) * F(1, 7)
        best, worst = (correlated_equilibrium(game, aim, coarse, least) for least in (False, True))
        assert float(best.value) == pytest.approx(best_correlated(game.payoffs, aim, coarse), abs=1e-8)
        assert float(worst.value) == pytest.approx(-best_correlated(game.payoffs, -aim, coarse), abs=1e-8)
        for one in (best, worst):
            assert holds(game, one, coarse)
            assert one.bound == one.value == (one.distribution * aim).sum()


def test_every_nash_equilibrium_is_one_and_every_one_is_coarse() -> None:
    for seed in range(12):
        game = whole_numbers((3, 3), 4, seed)
        aim = np.random.default_rng(seed).integers(-9, 9, size=(3, 3)).astype(object) * F(1)
        best, worst = (correlated_equilibrium(game, aim, least=least).value for least in (False, True))
        wide, low = (correlated_equilibrium(game, aim, True, least).value for least in (False, True))
        assert low <= worst <= best <= wide
        for x, y in extreme_equilibria(game).equilibria:
            chances = np.multiply.outer(x, y)
            assert regrets(game.payoffs, chances, coarse=False) == regrets(game.payoffs, chances, coarse=True) == [0, 0]
            assert worst <= (chances * aim).sum() <= best


def vertices(rows: np.ndarray) -> list[list[Fraction]]:
    """All of {x ≥ 0, Σx = 1, rows·x ≥ 0}: each choice of tight conditions that has one solution, if it is inside."""
    n = rows.shape[1]
    conditions = [*np.eye(n, dtype=int).tolist(), *rows.tolist()]
    found = []
    for tight in combinations(conditions, n - 1):
        matrix = fmpq_mat(n, n, [fmpq(int(value)) for row in ([1] * n, *tight) for value in row])
        if matrix.det() == 0:
            continue
        inverse = matrix.inv()
        x = [F(int(inverse[k, 0].p), int(inverse[k, 0].q)) for k in range(n)]
        if all(sum(a * b for a, b in zip(row, x, strict=True)) >= 0 for row in conditions):
            found.append(x)
    return found


@pytest.mark.parametrize("coarse", [False, True])
def test_vertices_of_two_by_two(coarse: bool) -> None:
    """The answer is the best of all vertices, and one of them."""
    for seed in range(20):
        game = whole_numbers((2, 2), 4, seed)
        aim = np.random.default_rng(seed).integers(-9, 9, size=(2, 2)).astype(object) * F(1)
        found = correlated_equilibrium(game, aim, coarse)
        known = vertices(incentives(game.payoffs, coarse))
        assert found.value == max(np.dot(x, aim.reshape(-1)) for x in known)
        assert found.distribution.reshape(-1).tolist() in known


def test_a_dominated_strategy_may_be_told_only_where_nobody_is_told_first() -> None:
    """The middle row is worse than 4/5 of the first and 1/5 of the last; only coarse equilibria give it a chance."""
    first, second = [[1, 1, 3], [0, 1, 2], [1, 3, 0]], [[4, 1, 3], [0, 4, 3], [1, 4, 0]]
    game = NormalFormGame.from_arrays(np.array(first, dtype=object), np.array(second, dtype=object))
    middle = np.array([[0] * 3, [1] * 3, [0] * 3], dtype=object) * F(1)
    assert [one.strategy for one in eliminate(game).eliminated if one.player == 0] == [1]
    assert correlated_equilibrium(game, middle).value == 0
    coarse = correlated_equilibrium(game, middle, coarse=True)
    assert float(coarse.value) == pytest.approx(best_correlated(game.payoffs, middle, coarse=True), abs=1e-8)
    assert coarse.value > F(1, 2)
    assert holds(game, coarse, coarse=True)


def test_large_programs_have_a_proven_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS's answer lies below the bound that its multipliers prove, which is near; and near the rational answer."""
    game = whole_numbers((3, 2, 3), 9, 1)
    aim = game.payoffs.sum(axis=-1) * F(1)
    exact = {coarse: correlated_equilibrium(game, aim, coarse) for coarse in (False, True)}
    monkeypatch.setattr(program, "MOST_EXACT", 0)
    for coarse, known in exact.items():
        found = correlated_equilibrium(game, aim, coarse)
        assert not found.exact
        assert found.bound >= known.value > found.bound - 1e-6
        assert float(known.value) == pytest.approx(found.value, abs=1e-7)
        assert max(gains_by_definition(game, found.distribution, coarse)) <= 1e-8
        assert float(found.regret) <= 1e-8 + found.regret_bound


def test_multipliers_prove_a_bound_whatever_they_are() -> None:
    """A wrong y ≥ 0 gives a weaker bound, never a wrong one; errors of the entries widen it."""
    random = np.random.default_rng(3)
    for seed in range(10):
        game = whole_numbers((3, 3), 9, seed)
        aim, rows = game.payoffs[..., 0].reshape(-1), incentives(game.payoffs, coarse=False)
        best = correlated_equilibrium(game, game.payoffs[..., 0] * F(1)).value
        weights = random.random(len(rows))
        assert program.bound(aim, rows, weights) >= best
        wider = program.bound(aim, rows, weights, aim_error=0.5, row_error=0.25)
        proved = max(aim + weights @ rows)
        assert wider >= min(proved + 0.25 * weights.sum(), max(aim)) + 0.5 - 1e-9
        # However large y is, nothing exceeds the greatest aim.
        assert max(aim) <= program.bound(aim, rows, 1e12 * weights, row_error=1.0) <= max(aim) * (1 + 1e-12)


def test_at_one_share_by_hand() -> None:
    """U = 2/3 for one sharer and 1 for two, c = 3/10, α = 1/2: Chicken with 1/30 for a sharer alone, −1/20 for two.

    Told to share, p(1,1)/20 ≤ p(1,0)/30; told not to, p(0,0)/30 ≤ p(0,1)/20. So (1,1) has at most 1/4 and the others
    3/8 each: (3/8·2·2/3 + 1/4)/2 = 3/8. And (0,0) at most 3/7, with 2/7 for each alone: (4/7·2/3)/2 = 4/21.
    """
    third = F(1, 3)
    users = Users(sensitivity=[[0, F(3, 10)]] * 2)
    game = PaymentGame(TableUtility([[0, 2 * third], [2 * third, 1]]), users)
    found = correlated_at(game, "1/2")
    assert (found.platform.best.value, found.platform.worst.value) == (F(3, 8), F(4, 21))
    assert found.platform.best.distribution.tolist() == [[0, F(3, 8)], [F(3, 8), F(1, 4)]]
    # One shares alone: 1/3. Both mix with q(−1/20) + (1 − q)/30 = 0, q = 2/5: (16/25·0 … ) = (12/25·2/3 + 4/25)/2.
    assert (found.platform.nash_best, found.platform.nash_worst) == (third, F(6, 25))
    assert (found.nash, found.platform.mediator_adds) == ("all", F(1, 24))
    # U − Σc: 2/3 − 3/10 for one, 1 − 3/5 for two.
    assert found.welfare.best.value == F(3, 4) * F(11, 30) + F(1, 4) * F(2, 5)


@pytest.mark.parametrize("rule", ["users", "coalition", "banzhaf"])
def test_what_the_platform_keeps_of_three(rule: str) -> None:
    """From the definition: what is left of U when everybody is paid, on a table of payments."""
    table = np.random.default_rng(2).integers(0, 9, size=(2, 2, 2)).cumsum(axis=0).cumsum(axis=1).cumsum(axis=2)
    utility = (table - table[0, 0, 0]).astype(object) * F(1)
    game = PaymentGame(TableUtility(utility), Users(sensitivity=[[0, 2], [0, 3], [0, 1]]), rule=rule)
    alpha = F(2, 3) if game.rule.has_alpha else None
    found = correlated_at(game, alpha)
    kept = utility - game.payments(alpha).sum(axis=0)
    payoffs = game.at(alpha).payoffs
    assert float(found.platform.best.value) == pytest.approx(best_correlated(payoffs, kept), abs=1e-8)
    welfare = utility - sum(np.indices((2, 2, 2))[k] * cost for k, cost in enumerate((2, 3, 1)))
    assert float(found.welfare.worst.value) == pytest.approx(-best_correlated(payoffs, -welfare), abs=1e-8)


def test_what_is_no_aim() -> None:
    with pytest.raises(InputError, match=r"aim has shape \(2,\), expected one number for each profile, \(2, 2\)"):
        correlated_equilibrium(CHICKEN, np.zeros(2))
    with pytest.raises(InputError, match=r"aim: got nan at \(0, 0\), expected finite numbers"):
        correlated_equilibrium(CHICKEN, np.full((2, 2), np.nan))


def test_a_distribution_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if HiGHS had given the uniform distribution of a prisoner's dilemma, where silence loses."""
    uniform = program.Solved(np.full(4, 0.25), np.zeros(4))
    monkeypatch.setattr("fairgames.equilibria.correlated.equilibrium.solve", lambda *_: uniform)
    game = NormalFormGame.from_arrays([[2.0, 0.0], [3.0, 1.0]], [[2.0, 3.0], [0.0, 1.0]])
    with pytest.raises(FairgamesError, match=r"somebody gains 0\.5, expected at most"):
        correlated_equilibrium(game, np.ones((2, 2)), coarse=True)
