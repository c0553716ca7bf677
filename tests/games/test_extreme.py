"""Our extreme equilibria and maximal convex sets, against three enumerations that are not ours."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, islice, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.games.certificate import certify
from fairgames.games.convert import from_pygambit
from fairgames.games.extreme import extreme, extreme_equilibria
from fairgames.games.normal_form import NormalFormGame
from fairgames.solvers.solve import solve
from fairgames.testing import require_engine
from fairgames_gambit import enummixed_rational
from fairgames_lrs import lrsnash
from tests.bimatrix_oracle import as_pairs, bimatrix_games, extreme_pairs, random_game


def ours(game: NormalFormGame) -> set:
    found = as_pairs(extreme(game))
    assert len(found) == len(set(found)), "no equilibrium twice"
    return set(found)


@settings(max_examples=70, deadline=None)
@given(bimatrix_games())
def test_as_by_brute_force(game: NormalFormGame):
    assert ours(game) == extreme_pairs(game)


@settings(max_examples=70, deadline=None)
@given(bimatrix_games())
def test_as_by_gambit(game: NormalFormGame):
    assert ours(game) == set(as_pairs(enummixed_rational(game)))


@settings(max_examples=70, deadline=None)
@given(bimatrix_games())
def test_as_by_lrsnash(game: NormalFormGame):
    require_engine("lrs")
    assert ours(game) == set(as_pairs(lrsnash(game)))


@pytest.mark.parametrize("shape", [(2, 5), (5, 2), (4, 4), (5, 5), (6, 3)])
def test_larger_games_without_ties(shape: tuple[int, int]):
    require_engine("lrs")
    random = np.random.default_rng(20240607)
    for _ in range(10):
        game = random_game(random, shape)
        found = ours(game)
        assert found == set(as_pairs(lrsnash(game)))
        assert len(found) % 2 == 1


def test_what_there_is_comes_before_everything_is_known():
    """15×15: four soldiers on three fields against as many; its value is 0, by symmetry."""
    armies = [army for army in product(range(5), repeat=3) if sum(army) == 4]
    won = object_array(sum((a > b) - (a < b) for a, b in zip(x, y, strict=True)) for x in armies for y in armies)
    won = won.reshape(15, 15)
    game = NormalFormGame.from_arrays(won, -won)
    for profile in islice(extreme(game), 3):
        certificate = certify(game, profile)
        assert (certificate.regret, certificate.payoffs.tolist()) == (0, [0, 0])


def test_von_stengels_6x6_game_has_75():
    """von Stengel (1999), New maximal numbers of equilibria in bimatrix games; as in Gambit's catalog."""
    import pygambit

    game = from_pygambit(pygambit.catalog.load("journals/dcg/vonstengel1999/6x6_game_with_75_eq"))
    assert len(ours(game)) == 75


def mixture(strategies: tuple, weights: list[int]) -> np.ndarray:
    chosen = [weight if any(weights[: len(strategies)]) else 1 for weight in weights[: len(strategies)]]
    total = sum(chosen)
    return object_array(
        sum(Fraction(weight, total) * vector[k] for weight, vector in zip(chosen, strategies, strict=True))
        for k in range(len(strategies[0]))
    )


def strategy(vector: np.ndarray) -> tuple:
    return tuple(map(Fraction, vector))


@settings(max_examples=70, deadline=None)
@given(bimatrix_games(), st.lists(st.integers(0, 5), min_size=120, max_size=120))
def test_convex_sets_hold_equilibria_all_of_them_and_are_maximal(game: NormalFormGame, weights: list[int]):
    found = extreme_equilibria(game)
    pairs = set(as_pairs(found.equilibria))
    sets = [tuple({strategy(vector) for vector in side} for side in one) for one in found.sets]

    for one, (rows, columns) in zip(found.sets, sets, strict=True):
        assert (len(one[0]), len(one[1])) == (len(rows), len(columns)), "no strategy twice"
        assert set(product(rows, columns)) <= pairs
        mixed = (mixture(one[0], weights[:60]), mixture(one[1], weights[60:]))
        assert certify(game, mixed).regret == 0
    assert set().union(*(product(rows, columns) for rows, columns in sets)) == pairs

    for (rows, columns), (others, else_) in combinations(sets, 2):
        assert not (rows <= others and columns <= else_)
        assert not (others <= rows and else_ <= columns)
    for rows, columns in sets:
        assert not any({x} | rows != rows and {(x, y) for y in columns} <= pairs for x, _ in pairs)
        assert not any({y} | columns != columns and {(x, y) for x in rows} <= pairs for _, y in pairs)


def test_it_is_a_registered_solver_in_a_process_of_its_own():
    game = random_game(np.random.default_rng(1), (3, 3))
    answer = solve(game, "fairgames:extreme")
    assert set(as_pairs(answer.profiles)) == ours(game)
    assert answer.failure is None
    many = random_game(np.random.default_rng(1), (40, 40))
    late = solve(many, "fairgames:extreme", seconds=0.5)
    assert late.failure is not None
    assert late.failure.kind == "limit"


def test_floats_are_taken_as_they_are_written():
    game = NormalFormGame.from_arrays([[0.1, 0.2], [0.3, 0.0]], [[0.1, 0.7], [0.3, 0.2]])
    as_written = NormalFormGame.from_arrays(
        *(
            object_array(Fraction(str(v)) for v in array.flat).reshape(2, 2)
            for array in np.moveaxis(game.payoffs, -1, 0)
        )
    )
    assert ours(game) == ours(as_written) == extreme_pairs(as_written)


def test_two_players_are_asked_for():
    with pytest.raises(InputError, match="two players, got 3"):
        extreme_equilibria(NormalFormGame.from_arrays(*np.zeros((3, 2, 2, 2))))
