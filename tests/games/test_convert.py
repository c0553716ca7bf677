"""Games to nashpy, Gambit and QuantEcon, and back."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fairgames.errors import InputError, MissingPackageError
from fairgames.games.convert import numbered
from fairgames.games.normal_form import NormalFormGame
from fairgames.testing import conformance_games, require_engine

#: Every payoff is another number: 100·profile + player, the profile's digits being the choices.
SHAPES = [(2,), (1, 1), (2, 2), (1, 3), (3, 2), (2, 3, 2), (2, 2, 1, 3)]


def telling_game(shape: tuple[int, ...], exact: bool) -> NormalFormGame:
    payoffs = np.zeros((*shape, len(shape)), dtype=object)
    for index in np.ndindex(payoffs.shape):
        digits = int("".join(map(str, index)))
        payoffs[index] = Fraction(digits, 7) if exact else digits + 0.1
    names = tuple(f"user {number}" for number in range(len(shape)))
    strategies = tuple(tuple(f"level {level}" for level in range(size)) for size in shape)
    return NormalFormGame(payoffs if exact else payoffs.astype(float), names, strategies, "telling")


def same(one: NormalFormGame, other: NormalFormGame) -> bool:
    return (one.players, one.strategies, one.title) == (other.players, other.strategies, other.title) and same_payoffs(
        one, other
    )


def same_payoffs(one: NormalFormGame, other: NormalFormGame) -> bool:
    return one.payoffs.dtype == other.payoffs.dtype and bool(np.array_equal(one.payoffs, other.payoffs))


# Gambit.


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_there_and_back_through_gambit(shape: tuple[int, ...], exact: bool):
    game = telling_game(shape, exact)
    made = game.to_pygambit()
    assert list(made.players) == list(game.players)
    assert [list(made.get_strategies(name)) for name in made.players] == [list(names) for names in game.strategies]
    for index in np.ndindex(shape):
        choices = {name: names[k] for name, names, k in zip(game.players, game.strategies, index, strict=True)}
        paid = [Fraction(value) for value in dict(made.get_payoffs(choices)).values()]
        assert paid == [Fraction(str(value)) for value in game.payoffs[index]]
    assert same(NormalFormGame.from_pygambit(made), game)


def test_the_games_of_the_suite_come_back_with_their_names():
    for known in conformance_games():
        assert same(NormalFormGame.from_pygambit(known.game.to_pygambit()), known.game)


def test_labels_are_such_that_any_gambit_can_hold_them():
    game = NormalFormGame.from_arrays([[1, 2]], [[3, 4]])
    odd = NormalFormGame(game.payoffs, ('"', "病院 &\n"), (("",), ("<", "<")), "\\")
    made = odd.to_pygambit()
    labels = [made.title, *made.players, *(name for player in made.players for name in made.get_strategies(player))]
    assert all(label.isascii() and label.isprintable() and not set(label) & set('&<>"`\\') for label in labels)
    assert NormalFormGame.from_pygambit(made).players == odd.players


@settings(max_examples=60, deadline=None)
@given(arrays(float, (2, 3, 2), elements=st.floats(-1e300, 1e300)))
def test_floats_come_back_bit_by_bit(payoffs: np.ndarray):
    game = NormalFormGame(payoffs, ("a", "b"), (("0", "1"), ("0", "1", "2")))
    assert same(NormalFormGame.from_pygambit(game.to_pygambit()), game)


def test_gambits_own_games_are_exact():
    import pygambit

    made = pygambit.StrategicGame.from_arrays([["1/3", 0.5], [2, 0]], [[1, "0.1"], [0, 1]], title="own")
    game = NormalFormGame.from_pygambit(made)
    assert game.payoffs.tolist() == [[[Fraction(1, 3), 1], [Fraction(1, 2), Fraction(1, 10)]], [[2, 0], [0, 1]]]
    assert (game.exact, game.title, game.players, game.strategies) == (True, "own", ("1", "2"), (("1", "2"),) * 2)


def test_all_games_of_gambits_catalog_can_be_read():
    """Extensive ones, too, in their reduced strategic form; compared where Gambit's slow way of telling allows."""
    import pygambit

    count = 0
    for name in pygambit.catalog.games()["Game"]:
        made = pygambit.catalog.load(name)
        game = NormalFormGame.from_pygambit(made)
        if game.payoffs.size <= 200:
            count += 1
            for player, array in enumerate(made.to_arrays(dtype=Fraction)):
                assert np.array_equal(array, game.payoffs[..., player]), name
    assert count > 20


# nashpy.


@pytest.mark.parametrize("shape", [(1, 3), (3, 2)])
def test_there_and_back_through_nashpy(shape: tuple[int, int]):
    game = telling_game(shape, exact=True)
    A, B = game.to_nashpy().payoff_matrices
    assert A[-1, -1] == float(game.payoffs[-1, -1, 0])
    assert B[-1, 0] == float(game.payoffs[-1, 0, 1])
    assert np.array_equal(NormalFormGame.from_nashpy(game.to_nashpy()).payoffs, game.floats())


def test_nashpy_games_of_one_matrix_and_of_rationals():
    import nashpy

    zero_sum = NormalFormGame.from_nashpy(nashpy.Game([[1, -1], [-1, 1]]))
    assert zero_sum.payoffs[0, 0].tolist() == [1, -1]
    assert not zero_sum.exact
    third = np.array([[Fraction(1, 3), 0]], dtype=object)
    assert NormalFormGame.from_nashpy(nashpy.Game(third, third)).exact


# QuantEcon.


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_there_and_back_through_quantecon(shape: tuple[int, ...]):
    require_engine("quantecon")
    game = telling_game(shape, exact=False)
    made = game.to_quantecon()
    assert (made.N, made.nums_actions) == (len(shape), shape)
    for index in np.ndindex(shape):
        assert np.ravel(made[index if len(shape) > 1 else index[0]]).tolist() == game.payoffs[index].tolist()
    back = NormalFormGame.from_quantecon(made)
    assert same_payoffs(back, game)
    assert back.players == tuple(f"player-{number}" for number in range(1, len(shape) + 1))


def test_quantecons_own_games():
    require_engine("quantecon")
    from quantecon import game_theory

    game = NormalFormGame.from_quantecon(game_theory.NormalFormGame([[(1, 2), (3, 4)], [(5, 6), (7, 8)]]))
    assert game.payoffs[1, 0].tolist() == [5, 6]


# OpenSpiel.


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_openspiel_plays_the_same_game(shape: tuple[int, ...], exact: bool):
    """Its own rules of the game, played to the end at every profile."""
    pytest.importorskip("pyspiel", reason="of the extra openspiel")
    game = telling_game(shape, exact)
    made = game.to_openspiel()
    assert (made.num_players(), made.shape(), made.get_type().long_name) == (len(shape), list(shape), "telling")
    for index in np.ndindex(shape):
        state = made.new_initial_state()
        state.apply_actions(list(index))
        assert state.returns() == [float(payoff) for payoff in game.payoffs[index]]
        names = [made.action_name(player, choice) for player, choice in enumerate(index)]
        assert names == [own[k] for own, k in zip(game.strategies, index, strict=True)]


# What all have in common.


def test_an_asymmetric_game_means_the_same_everywhere():
    """2×3×2 with one equilibrium, (1, 2, 0): wrong axes would move it."""
    require_engine("quantecon")
    import pygambit
    from quantecon import game_theory

    (known,) = (known for known in conformance_games() if known.name == "dominance-solvable 2×3×2")
    (profile,) = pygambit.nash.enumpure_solve(known.game.to_pygambit()).equilibria
    played = [[name for name, probability in strategy if probability] for strategy in profile]
    assert played == [["1"], ["2"], ["0"]]
    assert game_theory.pure_nash_brute(known.game.to_quantecon()) == [(1, 2, 0)]
    pytest.importorskip("pyspiel", reason="of the extra openspiel")
    theirs = known.game.to_openspiel()
    gains = [
        theirs.player_utility(player, [1, 2, 0]) - theirs.player_utility(player, there)
        for player, there in ((0, [0, 2, 0]), (1, [1, 0, 0]), (1, [1, 1, 0]), (2, [1, 2, 1]))
    ]
    assert min(gains) > 0


def test_nashpy_takes_two_players():
    with pytest.raises(InputError, match="two players, but this one has 3"):
        telling_game((2, 3, 2), exact=False).to_nashpy()


@pytest.mark.parametrize(
    ("package", "command"),
    [
        ("nashpy", "'nashpy'"),
        ("pygambit", "'pygambit'"),
        ("quantecon", "'fairgames[quantecon]'"),
        ("pyspiel", "'fairgames[openspiel]'"),
    ],
)
def test_a_missing_package_ends_in_how_to_install_it(monkeypatch: pytest.MonkeyPatch, package: str, command: str):
    monkeypatch.setitem(sys.modules, package, None)
    if package == "quantecon":
        monkeypatch.setitem(sys.modules, "quantecon.game_theory", None)
    game, method = telling_game((2, 2), exact=False), {"pyspiel": "to_openspiel"}.get(package, f"to_{package}")
    with pytest.raises(MissingPackageError) as caught:
        getattr(game, method)()
    assert str(caught.value) == f"{method}() needs the package {package}: pip install {command}"


def test_numbered_games_have_no_names_left():
    game = numbered(telling_game((2, 3), exact=True))
    assert (game.title, game.players, game.strategies) == ("game", ("1", "2"), (("1", "2"), ("1", "2", "3")))


def test_conversions_import_nothing_before_they_are_used():
    script = "import sys, fairgames.games.convert; print({'nashpy', 'pygambit', 'quantecon'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "set()\n"
    )
