"""QuantEcon's solvers: what the adapter adds to them."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from fairgames.errors import SolverError
from fairgames.games.normal_form import NormalFormGame
from fairgames.games.pure_enumeration import pure_enumeration
from fairgames.games.verify import verify
from fairgames.solvers.crosscheck import crosscheck
from fairgames.solvers.processes import Workers
from fairgames.solvers.registry import resolve
from fairgames.solvers.solve import solve
from fairgames.testing import conformance_games, require_engine
from fairgames_quantecon import lemke_howson, pivoting, support_enumeration
from fairgames_quantecon import pure_enumeration as theirs
from tests.bimatrix_oracle import as_pairs, bimatrix_games, extreme_pairs, random_game

GAMES = {known.name: known.game for known in conformance_games()}


@pytest.fixture(autouse=True)
def _installed(request: pytest.FixtureRequest) -> None:
    if "without" not in request.node.name:
        require_engine("quantecon")


def test_without_quantecon_the_solvers_are_announced_and_say_how_to_get_it():
    script = """
import sys
sys.modules["quantecon"] = None
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "quantecon" else find(name, *rest)
from fairgames import NormalFormGame, crosscheck
check = crosscheck(NormalFormGame.from_arrays([[1, 0], [0, 1]], [[1, 0], [0, 1]]), "quantecon")
print(*sorted({report.error for report in check.reports.values()}), sep="\\n")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 6
    assert "quantecon:lemke-howson needs the package quantecon: pip install 'fairgames[quantecon]'" in lines


def test_all_methods_are_announced_with_what_they_can_do():
    solvers = {one.id: one for one in resolve("quantecon")}
    assert set(solvers) == {
        f"quantecon:{name}"
        for name in (
            "pure", "support-enumeration", "vertex-enumeration", "lemke-howson", "howson-lcp", "mclennan-tourky"
        )
    }  # fmt: skip
    assert {one.engine for one in solvers.values()} == {"quantecon"}
    assert not any(one.exact for one in solvers.values())
    assert {key for key, one in solvers.items() if one.players is None} == {
        "quantecon:pure",
        "quantecon:mclennan-tourky",
    }


@settings(max_examples=60, deadline=None)
@given(bimatrix_games())
def test_pure_enumeration_agrees_with_ours(game: NormalFormGame):
    assert sorted(as_pairs(theirs(game))) == sorted(as_pairs(pure_enumeration(game)))


@pytest.mark.parametrize("factor", [Fraction(1, 10**9), Fraction(1), Fraction(10**9)])
def test_all_of_games_without_ties_whatever_the_size_of_payoffs(factor: Fraction):
    """QuantEcon's tolerances are absolute: payoffs are mapped onto [0, 1]."""
    random = np.random.default_rng(20240607)
    for shape in [(2, 2), (3, 2), (3, 3), (4, 4)] * 3:
        game = random_game(random, shape)
        scaled = NormalFormGame(game.payoffs * factor, game.players, game.strategies)
        found = [verify(scaled, profile) for profile in support_enumeration(scaled)]
        assert {as_pairs([one.strategies])[0] for one in found} == extreme_pairs(game)


def test_numba_compiles_before_the_clock_starts():
    with Workers() as workers:
        answer = solve(GAMES["battle of the sexes"], "quantecon:support-enumeration", workers=workers)
    assert answer.failure is None
    assert len(answer.profiles) == 3
    assert answer.seconds < 1


def test_vertex_enumeration_says_that_it_needs_two_strategies():
    check = crosscheck(GAMES["one player without a choice"], ["quantecon:vertex-enumeration", "fairgames:pure"])
    assert check.reports["quantecon:vertex-enumeration"].error == (
        "quantecon:vertex-enumeration: qhull needs two strategies of each player, but player-1 has one"
    )


def test_a_run_that_is_given_up_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pivoting, "MOST_STEPS", 1)
    with pytest.raises(SolverError, match="no equilibrium from label 0 within 1 steps"):
        list(lemke_howson(GAMES["matching pennies"]))
