"""Iterated strict dominance against its definition, and equilibria of what is left against those of the whole game."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from fairgames import NormalFormGame, crosscheck
from fairgames.exact import object_array
from fairgames.games.dominance import Eliminated, eliminate, undominated
from fairgames.games.linear_program import maximise

F = Fraction
KINDS = [((3, 4), 3), ((4, 3), 8), ((3, 2, 3), 3), ((3, 3, 3), 9)]


def random_game(shape: tuple[int, ...], most: int, seed: int, exact: bool = True) -> NormalFormGame:
    """Whole numbers up to ``most``: few mean many ties; of three players with something for each strategy alone."""
    random = np.random.default_rng([seed, most, *shape])
    numbers = random.integers(0, most, size=(*shape, len(shape)))
    if len(shape) > 2:
        for k, own in enumerate(np.indices(shape)):
            numbers[..., k] += random.integers(0, most, size=shape[k])[own]
    payoffs = [numbers[..., k].astype(object if exact else float) for k in range(len(shape))]
    return NormalFormGame.from_arrays(*payoffs)


def is_dominated(game: NormalFormGame, kept: list[tuple[int, ...]], player: int, strategy: int, mixed: bool) -> bool:
    """By definition: by another strategy, or (float linear program) by a mixture of those that are left."""
    others = [range(1) if k == player else left for k, left in enumerate(kept)]

    def paid(own: int) -> list[float]:
        places = ([own if k == player else one for k, one in enumerate(place)] for place in product(*others))
        return [float(game.payoffs[(*place, player)]) for place in places]

    rows = [np.subtract(paid(own), paid(strategy)) for own in kept[player] if own != strategy]
    if not mixed or not rows:
        return any((row > 0).all() for row in rows)
    # The largest v with Σ p_k·row_k ≥ v.
    above = np.hstack([-np.array(rows).T, np.ones((len(rows[0]), 1))])
    found = linprog(
        [*[0] * len(rows), -1], A_ub=above, b_ub=np.zeros(len(above)), A_eq=[[*[1] * len(rows), 0]], b_eq=[1],
        bounds=[*[(0, None)] * len(rows), (None, None)], method="highs",
    )  # fmt: skip
    return bool(-found.fun > 1e-7)


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize(("shape", "most"), KINDS)
def test_elimination_by_definition(shape: tuple[int, ...], most: int, mixed: bool) -> None:
    """Round by round, all at once; each reason holds in the round in which it is given."""
    fell = 0
    for seed in range(8):
        game = random_game(shape, most, seed, exact=seed % 2 == 0)
        found = eliminate(game, mixed)
        kept = [tuple(range(size)) for size in shape]
        for number in range(1, sum(shape)):
            falls = [
                (player, own)
                for player, left in enumerate(kept)
                for own in left
                if is_dominated(game, kept, player, own, mixed)
            ]
            given = [one for one in found.eliminated if one.round == number]
            assert [(one.player, one.strategy) for one in given] == sorted(falls)
            assert all(reason_holds(game, kept, one) for one in given)
            kept = [tuple(own for own in left if (player, own) not in falls) for player, left in enumerate(kept)]
        assert found.kept == tuple(kept)
        fell += len(found.eliminated)
    assert fell > 2


def reason_holds(game: NormalFormGame, kept: list[tuple[int, ...]], one: Eliminated) -> bool:
    """The mixture is one of what was left, and pays more at every profile of the others, in rationals."""
    table = np.moveaxis(game.payoffs[..., one.player][np.ix_(*kept)], one.player, 0)
    place = {own: row for row, own in enumerate(kept[one.player])}
    by = sum(chance * np.frompyfunc(F, 1, 1)(table[place[k]]) for k, chance in one.by)
    return sum(chance for _, chance in one.by) == 1 and bool((by > table[place[one.strategy]]).all())


@pytest.mark.parametrize(("shape", "most"), KINDS[:2])
def test_equilibria_of_the_whole_game(shape: tuple[int, ...], most: int) -> None:
    """All extreme equilibria and their continua, ties included, with the same payoffs and regrets."""
    smaller = 0
    for seed in range(12):
        game = random_game(shape, most, seed)
        whole, reduced = crosscheck(game, "fairgames:extreme"), crosscheck(game, "fairgames:extreme", reduce=True)
        assert reduced.game is game
        assert told(reduced) == told(whole)
        assert (reduced.sets, reduced.degenerate) == (whole.sets, whole.degenerate)
        smaller += bool(reduced.reduction and reduced.reduction.eliminated)
    assert smaller > 3


def told(check) -> list[list[object]]:
    return [
        [[vector.tolist() for vector in one.strategies], one.payoffs.tolist(), one.regrets.tolist()]
        for one in check.equilibria
    ]


def test_pure_equilibria_of_three_players() -> None:
    for seed in range(10):
        game = random_game((3, 2, 3), 3, seed)
        whole, reduced = (crosscheck(game, "fairgames:pure", reduce=asked) for asked in (False, True))
        assert told(reduced) == told(whole)


def test_what_is_only_weakly_dominated_stays() -> None:
    """The second strategy of both is as good against the first, and worse against the second."""
    payoffs = object_array([1, 1, 1, 0]).reshape(2, 2)
    game = NormalFormGame.from_arrays(payoffs, payoffs)
    assert eliminate(game).eliminated == ()
    half = NormalFormGame.from_arrays([[2, 0], [0, 2], [1, 1]], [[0, 1], [1, 0], [0, 0]])  # as good as the half-half
    assert eliminate(half).eliminated == ()
    assert eliminate(half).remarks() == ["Strict dominance: no strategy fell."]


def test_floats_within_their_error_dominate_nothing() -> None:
    """A gap of 0.1 between payoffs that are known to 0.06 may be none; to 0.04 it is one."""
    payoffs = np.stack([np.array([[1.0, 1.0], [1.1, 1.1]]), np.zeros((2, 2))], axis=-1)
    names = ("one", "two"), (("a", "b"), ("c", "d"))
    assert undominated(NormalFormGame(payoffs, *names, rounding=0.06)) == ((0, 1), (0, 1))
    assert undominated(NormalFormGame(payoffs, *names, rounding=0.04)) == ((1,), (0, 1))
    three = np.stack([np.array([[3.0, 0], [0, 3], [1.4, 1.4]]), np.zeros((3, 2))], axis=-1)
    named = ("one", "two"), (("a", "b", "c"), ("d", "e"))
    assert len(eliminate(NormalFormGame(three, *named, rounding=0.06)).kept[0]) == 3  # the mixture pays 0.1 more
    assert len(eliminate(NormalFormGame(three, *named, rounding=0.04)).kept[0]) == 2


def test_linear_programs_in_rationals() -> None:
    """Against HiGHS, degenerate ones too; the duals prove the optimum in rationals; none where nothing is feasible."""
    random = np.random.default_rng(1)
    solved = 0
    for _ in range(40):
        rows = object_array(map(int, random.integers(-3, 4, size=20))).reshape(5, 4)
        limits, aim = random.integers(-3, 5, size=5).tolist(), (-random.integers(0, 4, size=4)).tolist()
        found = maximise(list(map(F, aim)), rows / F(7), list(map(F, limits)))
        known = linprog([-value for value in aim], A_ub=rows.astype(float) / 7, b_ub=limits, method="highs")
        assert (found is None) == (known.status == 2)
        if found is None:
            continue
        solved += 1
        assert float(found.value) == pytest.approx(-known.fun, abs=1e-9)
        x, y = object_array(found.primal), object_array(found.dual)
        assert min([*x, *y]) >= 0
        assert all(left <= limit for left, limit in zip(rows @ x / 7, limits, strict=True))
        assert all(cost >= value for cost, value in zip(y @ rows / 7, aim, strict=True))
        assert y @ limits == np.dot(aim, x) == found.value
    assert 5 < solved < 40
