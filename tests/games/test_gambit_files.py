"""Gambit's solvers: what the adapter adds to them, and what they were seen to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import fairgames_gambit as gambit
from fairgames.errors import SolverError
from fairgames.games.normal_form import NormalFormGame
from fairgames.games.pure_enumeration import pure_enumeration
from fairgames.games.verify import verify
from fairgames.solvers.crosscheck import crosscheck
from fairgames.solvers.registry import Solver, resolve
from fairgames.solvers.solve import solve
from fairgames.testing import conformance_games
from fairgames_gambit.games import as_found, gambit_game, scaled_game
from tests.bimatrix_oracle import as_pairs, bimatrix_games, extreme_pairs, random_game

GAMES = {known.name: known.game for known in conformance_games()}
SEXES = GAMES["battle of the sexes"]
IDS = {
    "gambit:enumpure", "gambit:enummixed", "gambit:enummixed-rational", "gambit:enumpoly", "gambit:lcp", "gambit:lp",
    "gambit:gnm", "gambit:ipa", "gambit:logit", "gambit:simpdiv", "gambit:liap",
}  # fmt: skip


def solver(name: str) -> Solver:
    return resolve(f"gambit:{name}")[0]


def play(name: str, game: NormalFormGame) -> list[Any]:
    one = solver(name)
    tasks = [None] if one.tasks is None else range(len(one.tasks(game)))
    return [profile for task in tasks for profile in one.profiles(game, task)]


def test_all_methods_are_announced_with_what_they_can_do():
    solvers = {one.id: one for one in resolve("gambit")}
    assert set(solvers) == IDS
    assert {one.engine for one in solvers.values()} == {"pygambit"}
    two = {key for key, one in solvers.items() if one.players == 2}
    assert two == {f"gambit:{name}" for name in ("enummixed", "enummixed-rational", "lcp", "lp")}
    rational = {key for key, one in solvers.items() if one.exact}
    assert rational == {f"gambit:{name}" for name in ("enumpure", "enummixed-rational", "lcp", "lp")}


@pytest.mark.parametrize("name", ["enumpure", "enummixed-rational", "lcp"])
def test_rational_methods_answer_in_fractions(name: str):
    for profile in play(name, SEXES):
        assert all(type(value) is Fraction for vector in profile for value in vector)
        assert verify(SEXES, profile).exact


@settings(max_examples=60, deadline=None)
@given(bimatrix_games())
def test_enumpure_agrees_with_ours(game: NormalFormGame):
    assert sorted(as_pairs(play("enumpure", game))) == sorted(as_pairs(pure_enumeration(game)))


@settings(max_examples=60, deadline=None)
@given(bimatrix_games())
def test_lcp_finds_extreme_equilibria_and_at_least_one(game: NormalFormGame):
    found = set(as_pairs(play("lcp", game)))
    assert found
    assert found <= extreme_pairs(game)


@pytest.mark.parametrize("name", ["enummixed", "enumpoly"])
def test_numerical_enumerations_find_all_of_games_without_ties(name: str):
    random = np.random.default_rng(20240607)
    for shape in [(2, 2), (3, 2), (3, 3)] * 4:
        game = random_game(random, shape)
        found = [verify(game, profile) for profile in play(name, game)]
        assert {as_pairs([one.strategies])[0] for one in found} == extreme_pairs(game)


@pytest.mark.parametrize("name", ["enummixed", "enumpoly", "gnm", "ipa", "logit", "simpdiv", "liap"])
def test_payoffs_of_any_size_play_alike(name: str):
    """Each player's payoffs are mapped onto [0, 1] first: Gambit's tolerances know one range for all players."""
    expected = {as_pairs([verify(SEXES, profile).strategies])[0] for profile in play(name, SEXES)}
    assert expected <= extreme_pairs(SEXES)
    for factor, shift in ((Fraction(1, 10**6), 0), (10**6, -(10**8)), (Fraction(1, 1000), 5)):
        payoffs = SEXES.payoffs * np.array([factor, 1], dtype=object) + shift
        moved = NormalFormGame(payoffs, SEXES.players, SEXES.strategies)
        assert {as_pairs([verify(moved, profile).strategies])[0] for profile in play(name, moved)} == expected


def test_scaling_is_exact_and_keeps_players_who_do_not_care():
    game = NormalFormGame.from_arrays(
        np.array([[3, 3], [3, 3]], dtype=object), np.array([[1, 4], [2, 1]], dtype=object)
    )
    scaled = NormalFormGame.from_pygambit(scaled_game(game))
    assert scaled.payoffs[..., 0].tolist() == [[0, 0], [0, 0]]
    assert scaled.payoffs[..., 1].tolist() == [[0, 1], [Fraction(1, 3), 0]]


def test_engines_see_no_names():
    made = gambit_game(GAMES["battle of the sexes in other currencies, with names that break files"])
    assert list(made.players) == ["1", "2"]
    assert [list(made.get_strategies(player)) for player in made.players] == [["1", "2"]] * 2
    assert made.title == "game"


# lp: constant-sum games only, and it says why.


def test_lp_says_where_the_sum_is_another():
    reason = solver("lp").cannot_play(SEXES)
    assert reason == (
        "gambit:lp: linear programming solves constant-sum games, "
        "but here payoffs sum to 0.0 at (0, 1) and to 3.0 at (0, 0)"
    )
    check = crosscheck(SEXES, ["gambit:lp", "gambit:enumpure"])
    assert check.reports["gambit:lp"].error == reason
    assert check.reports["gambit:lp"].missed == ()


def test_lp_sums_exactly_as_gambit_does():
    decimals = NormalFormGame.from_arrays([[0.1, 0.3]], [[0.2, 0.0]])
    assert 0.1 + 0.2 != 0.3 + 0.0
    assert solver("lp").cannot_play(decimals) is None
    assert len(solve(decimals, "gambit:lp").profiles) == 1
    unequal = NormalFormGame.from_arrays([[0.1, 0.3]], [[0.2, 1e-17]])
    assert "constant-sum" in solver("lp").cannot_play(unequal)


def test_lp_plays_games_of_two():
    assert solver("lp").cannot_play(GAMES["two of three may enter"]).endswith("but this one has 3")
    one = NormalFormGame.from_arrays([1, 2])
    assert solver("lp").cannot_play(one).endswith("but this one has 1")


# Methods that may find nothing, or not everything, say so.


def test_enumpoly_says_what_it_skipped():
    answer = solve(GAMES["nothing matters"], "gambit:enumpoly")
    assert answer.failure.message == "not proven complete: Gambit skipped supports, 5 with singular equations"
    assert len(answer.profiles) == 4


def test_liap_says_that_it_found_nothing():
    answer = solve(GAMES["a continuum like an L"], "gambit:liap")
    assert answer.failure is not None or answer.profiles


def test_several_rays_find_more_than_one():
    three = GAMES["coordination on three"]
    assert len({as_pairs([verify(three, profile).strategies])[0] for profile in play("gnm", three)}) >= 3
    assert solver("gnm").tasks(three) == ("ray 1", "ray 2", "ray 3")


def test_a_path_that_never_ends_costs_no_other(monkeypatch: pytest.MonkeyPatch):
    """Whatever gnm and ipa do on ties, they are back in time, and every answer is judged."""
    for name in ("a continuum like an L", "nothing matters", "matching pennies with a row twice"):
        started = time.monotonic()
        check = crosscheck(GAMES[name], ["gambit:gnm", "gambit:ipa"], seconds=1.0)
        assert time.monotonic() - started < 30
        assert set(check.reports) == {"gambit:gnm", "gambit:ipa"}


# Profiles as soon as they are found.


def test_what_is_found_is_handed_on_before_the_search_goes_on():
    order: list[str] = []

    def search(found: Any) -> None:
        profile = next(iter(gambit_game(SEXES).mixed_strategy_profile(rational=True) for _ in range(1)))
        order.append("searching")
        found(profile)
        order.append("searching on")
        found(profile)

    for _ in as_found(search):
        order.append("taken")
    assert order == ["searching", "taken", "searching on", "taken"]


def test_errors_of_the_search_come_through():
    def search(found: Any) -> None:
        raise ArithmeticError("singular")

    with pytest.raises(ArithmeticError, match="singular"):
        list(as_found(search))


def test_a_search_that_nobody_waits_for_ends():
    before = threading.active_count()

    def first_two() -> Iterator[Any]:
        yield from islice(gambit.enummixed_rational(GAMES["coordination on three"]), 2)

    assert len(list(first_two())) == 2
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_late_searches_keep_what_they_found():
    game = random_game(np.random.default_rng(2), (11, 11))
    answer = solve(game, "gambit:enummixed-rational", seconds=3.0)
    assert answer.failure.kind == "limit"
    assert all(verify(game, profile).exact for profile in answer.profiles)


@pytest.mark.parametrize("name", ["ipa", "logit"])
def test_no_equilibrium_is_an_error_in_gambits_words(name: str, monkeypatch: pytest.MonkeyPatch):
    import pygambit

    class Reason:
        name = "MAX_ITERATIONS_REACHED"

    class Result:
        equilibrium = None
        reason = Reason

    monkeypatch.setattr(pygambit.nash, f"{name}_solve", lambda *args, **options: Result)
    with pytest.raises(SolverError, match="no equilibrium: max iterations reached"):
        play(name, SEXES)
