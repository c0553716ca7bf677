"""The registry of solvers, and the built-in one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from importlib.metadata import EntryPoint
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fairgames.errors import SolverError
from fairgames.exact import object_array
from fairgames.games.normal_form import NormalFormGame
from fairgames.games.pure_enumeration import pure_enumeration
from fairgames.solvers import registry
from fairgames.solvers.registry import Solver, available, faults, get, load, resolve
from fairgames.typing import MixedProfile

NASHPY = {"nashpy:support-enumeration", "nashpy:vertex-enumeration", "nashpy:lemke-howson"}


@pytest.fixture
def announce(monkeypatch: pytest.MonkeyPatch):
    """Announce further adapters beside those that are installed."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "engines_for_tests"))
    installed = tuple(registry.entry_points(group=registry.GROUP))

    def add(**sources: str) -> None:
        further = tuple(EntryPoint(name, value, registry.GROUP) for name, value in sources.items())
        monkeypatch.setattr(registry, "entry_points", lambda group: installed + further)

    return add


def nobody(game: NormalFormGame) -> Iterator[MixedProfile]:
    yield from ()


def test_all_that_is_installed_is_announced_and_sorted():
    solvers = available()
    assert {"fairgames:pure", *NASHPY} <= set(solvers)
    assert list(solvers) == sorted(solvers)
    assert all(solver.id == key for key, solver in solvers.items())
    assert solvers["nashpy:lemke-howson"].source == "fairgames_nashpy:solvers"


def test_a_broken_adapter_is_a_line_and_stops_no_other(announce):
    announce(absent="no_such_module:solvers", odd="fairgames_fake:not_solvers", fake="fairgames_fake:solvers")
    with pytest.warns(RuntimeWarning, match="cannot be loaded") as caught:
        solvers = available()
    assert {"fairgames:pure", "fake:honest", *NASHPY} <= set(solvers)
    lines = [str(warning.message) for warning in caught]
    assert lines == list(faults())
    assert lines == [
        "solver adapter absent (no_such_module:solvers) cannot be loaded: "
        "ModuleNotFoundError: No module named 'no_such_module'",
        "solver adapter odd (fairgames_fake:not_solvers) cannot be loaded: SolverError: fairgames_fake:not_solvers "
        "yields 'a string', expected fairgames.solvers.registry.Solver objects",
    ]
    with pytest.raises(SolverError, match="no_such_module"):
        get("absent:solver")


def test_an_id_that_is_taken_is_reported(announce):
    announce(other="fairgames_nashpy:solvers ", another="fairgames.solvers.registry:builtin_solvers [x]")
    assert len(faults()) == 3 + len(NASHPY)
    assert all("is taken by" in line for line in faults())
    with pytest.warns(RuntimeWarning, match="is taken by"):
        assert {"fairgames:pure", *NASHPY} <= set(available())


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("nashpy:suport-enumeration", "did you mean 'nashpy:support-enumeration'?"),
        ("nashpi", "did you mean 'nashpy'?"),
        ("fairgames:purr", "did you mean 'fairgames:pure'?"),
        ("zzz", "expected one of: fairgames:complete, fairgames:extreme, fairgames:pure, "),
    ],
)
def test_the_nearest_name_is_suggested(wrong: str, hint: str):
    for ask in (get, resolve):
        with pytest.raises(SolverError) as caught:
            ask(wrong)
        assert str(caught.value).startswith(f"there is no solver {wrong!r}: {hint}")


def test_resolve_takes_ids_packages_solvers_functions_and_several():
    own = Solver("mine:own", nobody)
    assert [solver.id for solver in resolve("fairgames:pure")] == ["fairgames:pure"]
    assert {solver.id for solver in resolve("nashpy")} == NASHPY
    assert {solver.id for solver in resolve("all")} == set(available())
    assert resolve(own) == (own,)
    assert resolve(nobody) == (Solver("nobody", nobody),)
    assert resolve(lambda game: [])[0].id == "lambda"
    several = resolve(["nashpy:lemke-howson", "nashpy", own, nobody, own])
    assert several[0].id == "nashpy:lemke-howson"
    assert {solver.id for solver in several} == {*NASHPY, "mine:own", "nobody"}
    assert len(several) == len(NASHPY) + 2


def test_resolve_refuses_nothing_and_namesakes():
    with pytest.raises(SolverError, match="no solver given"):
        resolve([])
    with pytest.raises(SolverError, match="two different solvers are called 'lambda'"):
        resolve([lambda game: [], lambda game: [1]])


@pytest.mark.parametrize("fields", [{"id": "two words"}, {"id": ""}, {"id": "a:b:c"}, {"id": "a", "finds": "most"}])
def test_a_malformed_solver_is_refused(fields: dict[str, str]):
    with pytest.raises(SolverError, match="expected"):
        Solver(**{"run": nobody, **fields})


def test_reasons_not_to_play():
    game = NormalFormGame.from_arrays(*np.zeros((3, 2, 2, 2)))
    assert get("fairgames:pure").cannot_play(game) is None
    assert get("nashpy:lemke-howson").cannot_play(game) == (
        "nashpy:lemke-howson plays games of at most 2 players, but this one has 3"
    )
    absent = Solver("absent:solver", nobody, engine="no_such_engine")
    assert absent.cannot_play(game) == "absent:solver needs the package no_such_engine: pip install 'no_such_engine'"
    assert absent.not_installed() == absent.cannot_play(game)
    extra = Solver("absent:extra", nobody, engine="no_such_engine", install="pip install 'fairgames[extra]'")
    assert extra.not_installed() == "absent:extra needs the package no_such_engine: pip install 'fairgames[extra]'"


def test_programs_are_looked_for_on_path():
    assert Solver("shell", nobody, program="sh").not_installed() is None
    assert Solver("a", nobody, program="no-such-program").not_installed() == (
        "a needs the program no-such-program on PATH"
    )
    assert Solver("a", nobody, program="no-such-program", install="apt-get install x").not_installed() == (
        "a needs the program no-such-program on PATH: apt-get install x"
    )


def test_a_solver_may_refuse_a_game_in_its_own_words():
    game = NormalFormGame.from_arrays([[1, 2]], [[3, 4]])
    picky = Solver("mine:picky", nobody, unfit=lambda game: "two rows, please" if game.shape[0] != 2 else None)
    assert picky.cannot_play(game) == "mine:picky: two rows, please"
    assert picky.cannot_play(NormalFormGame.from_arrays([[1], [2]], [[3], [4]])) is None
    assert picky.not_installed() is None

    def fails(game: NormalFormGame) -> str | None:
        raise ArithmeticError("no such sum")

    reason = Solver("mine:failing", nobody, unfit=fails).cannot_play(game)
    assert reason == "mine:failing: ArithmeticError: no such sum"


def test_load_reads_functions_and_sequences(announce):
    announce()
    assert load("fairgames_fake:solvers")["fake:honest"].source == "fairgames_fake:solvers"
    with pytest.raises(SolverError, match="expected fairgames"):
        load("fairgames_fake:not_solvers")


# The built-in solver: all pure equilibria.


def brute_force(game: NormalFormGame) -> list[tuple[int, ...]]:
    """Profile by profile and deviation by deviation."""

    def stable(profile: tuple[int, ...]) -> bool:
        for player, size in enumerate(game.shape):
            for other in range(size):
                deviation = (*profile[:player], other, *profile[player + 1 :])
                if game.payoffs[(*deviation, player)] > game.payoffs[(*profile, player)]:
                    return False
        return True

    return [profile for profile in product(*map(range, game.shape)) if stable(profile)]


def chosen(game: NormalFormGame) -> list[tuple[int, ...]]:
    profiles = []
    for vectors in pure_enumeration(game):
        assert all(sorted(vector)[:-1] == [0] * (len(vector) - 1) and max(vector) == 1 for vector in vectors)
        assert all(vector.dtype == game.payoffs.dtype for vector in vectors)
        profiles.append(tuple(int(np.argmax(vector)) for vector in vectors))
    return profiles


@st.composite
def games(draw: st.DrawFn) -> NormalFormGame:
    """Small games full of ties, of one to four players with different numbers of strategies."""
    shape = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=4)))
    payoffs = draw(arrays(int, (*shape, len(shape)), elements=st.integers(-2, 2)))
    exact = object_array(Fraction(int(value), 3) for value in payoffs.ravel()).reshape(payoffs.shape)
    return NormalFormGame(
        exact, tuple(f"p{i}" for i in range(len(shape))), tuple(tuple(map(str, range(size))) for size in shape)
    )


@settings(deadline=None)
@given(games())
def test_pure_enumeration_agrees_with_brute_force(game: NormalFormGame):
    expected = brute_force(game)
    assert chosen(game) == expected
    in_floats = NormalFormGame(game.floats(), game.players, game.strategies)
    assert chosen(in_floats) == expected


def test_an_asymmetric_2x3x2_game():
    """Player 1 wants to match player 3, player 2 the sum of both, player 3 what is left."""
    first, second, third = np.indices((2, 3, 2))
    game = NormalFormGame.from_arrays(
        first == third, -np.abs(second - first - third), 3 * third * (second == 2) + first * (1 - third)
    )
    assert game.shape == (2, 3, 2)
    assert chosen(game) == brute_force(game) == [(0, 0, 0), (1, 2, 1)]


def test_ties_within_the_stated_rounding_are_found():
    """0.1 + 0.2 is an ulp more than 0.3; only a game that says how its payoffs are rounded leaves that open."""
    tied = NormalFormGame.from_arrays([[0.1 + 0.2], [0.3]], [[0.0], [0.0]])
    assert chosen(tied) == [(0, 0)]
    assert chosen(replace(tied, rounding=1e-16)) == [(0, 0), (1, 0)]
    apart = NormalFormGame.from_arrays([[0.3 + 1e-9], [0.3]], [[0.0], [0.0]])
    assert chosen(apart) == [(0, 0)]
    blurred = NormalFormGame(apart.payoffs, apart.players, apart.strategies, rounding=1e-9)
    assert chosen(blurred) == [(0, 0), (1, 0)]


def test_exact_games_are_compared_exactly():
    least = Fraction(1, 10**40)
    game = NormalFormGame.from_arrays(
        np.array([[Fraction(1)], [1 - least]], dtype=object), np.array([[0], [0]], dtype=object)
    )
    assert chosen(game) == [(0, 0)]
