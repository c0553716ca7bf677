"""Known games, engines that fail, and the comparison between them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.errors import InputError, SolverError
from fairgames.exact import object_array
from fairgames.games.normal_form import NormalFormGame
from fairgames.games.verify import verify
from fairgames.solvers import Solver
from fairgames.solvers.crosscheck import CrossCheck, crosscheck
from fairgames.solvers.processes import Workers
from fairgames.solvers.registry import available, load
from fairgames.typing import MixedProfile
from fairgames_nashpy import support_enumeration

F = Fraction
NASHPY = ["nashpy:support-enumeration", "nashpy:vertex-enumeration", "nashpy:lemke-howson"]
ENGINES = ["fairgames:pure", *NASHPY]


def exact_game(*payoffs: list) -> NormalFormGame:
    return NormalFormGame.from_arrays(*(np.array(array, dtype=object) for array in payoffs))


def strategies(check: CrossCheck) -> list[tuple[list, ...]]:
    return [tuple(vector.tolist() for vector in equilibrium.strategies) for equilibrium in check.equilibria]


# Games of the textbooks. O&R: Osborne & Rubinstein (1994), A Course in Game Theory;
# AGT: Nisan et al. (2007), Algorithmic Game Theory, chapter 3 by von Stengel.
TEXTBOOK = {
    "matching pennies (O&R, example 17.1)": (
        exact_game([[1, -1], [-1, 1]], [[-1, 1], [1, -1]]),
        [([F(1, 2), F(1, 2)], [F(1, 2), F(1, 2)])],
        False,
    ),
    "battle of the sexes (O&R, example 15.3)": (
        exact_game([[2, 0], [0, 1]], [[1, 0], [0, 2]]),
        [([1, 0], [1, 0]), ([0, 1], [0, 1]), ([F(2, 3), F(1, 3)], [F(1, 3), F(2, 3)])],
        False,
    ),
    "prisoner's dilemma (O&R, example 16.2)": (
        exact_game([[3, 0], [4, 1]], [[3, 4], [0, 1]]),
        [([0, 1], [0, 1])],
        False,
    ),
    "rock, paper, scissors (symmetric and cyclic, so every weight is alike)": (
        exact_game([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], [[0, 1, -1], [-1, 0, 1], [1, -1, 0]]),
        [([F(1, 3)] * 3, [F(1, 3)] * 3)],
        False,
    ),
    "the 3×2 game of AGT, (3.3)": (
        exact_game([[3, 3], [2, 5], [0, 6]], [[3, 2], [2, 6], [3, 1]]),
        [([1, 0, 0], [1, 0]), ([F(4, 5), F(1, 5), 0], [F(2, 3), F(1, 3)]), ([0, F(1, 3), F(2, 3)], [F(1, 3), F(2, 3)])],
        False,
    ),
    # Row 1 makes both columns alike to player 2, who may play the first with any weight ≥ 2/3.
    "its degenerate sister of AGT, (3.7)": (
        exact_game([[3, 3], [2, 5], [0, 6]], [[3, 3], [2, 6], [3, 1]]),
        [([1, 0, 0], [1, 0]), ([1, 0, 0], [F(2, 3), F(1, 3)]), ([0, F(1, 3), F(2, 3)], [F(1, 3), F(2, 3)])],
        True,
    ),
    # Player 1 plays the first row and player 2 anything (1 ≥ q), or player 2 the first column and player 1 anything.
    "a continuum in a 2×2 game, shaped like an L": (
        exact_game([[1, 1], [1, 0]], [[1, 1], [1, 0]]),
        [([1, 0], [1, 0]), ([1, 0], [0, 1]), ([0, 1], [1, 0])],
        True,
    ),
}


@pytest.mark.parametrize("name", TEXTBOOK)
def test_games_of_the_textbooks(name: str):
    game, expected, degenerate = TEXTBOOK[name]
    check = crosscheck(game, ENGINES)
    assert strategies(check) == expected
    assert check.degenerate == degenerate
    assert all(equilibrium.exact and equilibrium.regret == 0 for equilibrium in check.equilibria)
    assert all(not report.wrong and report.error is None for report in check.reports.values())
    everything = tuple(range(len(expected)))
    if not degenerate:
        assert check.reports["nashpy:support-enumeration"].found == everything
        assert check.reports["nashpy:vertex-enumeration"].found == everything
    pure = tuple(index for index, profile in enumerate(expected) if all(max(vector) == 1 for vector in profile))
    assert check.reports["fairgames:pure"].found == pure
    assert check.reports["fairgames:pure"].missed == ()
    for report in check.reports.values():
        assert set(report.repeated) <= set(report.found)
        assert not set(report.found) & set(report.missed)


def test_the_knife_edge_of_the_design_note():
    """U = [[0, 2/3], [2/3, 1]], c = (3/10, 8/25), α = 3/5: user 1 is indifferent and mixes (1/5, 4/5)."""
    alpha, costs = F(3, 5), (F(3, 10), F(8, 25))
    utility = [[F(0), F(2, 3)], [F(2, 3), F(1)]]
    alone, together = alpha * F(2, 3), alpha * F(1, 2)  # Shapley values of the two profiles
    game = exact_game(
        [[0, 0], [alone - costs[0], together - costs[0]]], [[0, alone - costs[1]], [0, together - costs[1]]]
    )
    check = crosscheck(game, ENGINES)
    assert strategies(check) == [([1, 0], [0, 1]), ([0, 1], [1, 0]), ([F(1, 5), F(4, 5)], [0, 1])]
    assert check.degenerate
    assert check.sets == ((0, 2),)  # user 1 may mix from (1, 0) to (1/5, 4/5), and user 2 still shares
    by_supports = check.reports["nashpy:support-enumeration"]
    assert by_supports.found == (0, 1)  # supports of equal size only
    assert (by_supports.sets, by_supports.missed) == ((0,), ())  # but it has a point of the set
    x, y = check.equilibria[2].strategies
    platform = (1 - alpha) * sum(x[a] * y[b] * utility[a][b] for a in range(2) for b in range(2))
    assert platform == F(28, 75)
    assert check.equilibria[2].payoffs.tolist() == [0, 0]


def test_a_point_inside_a_continuum_counts_as_finding_it():
    """Player 1 is indifferent, player 2 prefers its second strategy: the set is player 1's whole simplex."""
    game = exact_game([[1, 1], [1, 1]], [[0, 1], [0, 1]])

    def inside(_):
        yield np.array([0.25, 0.75]), np.array([0.0, 1.0])

    def outside(_):
        yield np.array([0.25, 0.75]), np.array([0.5, 0.5])

    check = crosscheck(game, [inside, outside, "fairgames:pure"])
    assert strategies(check) == [([1, 0], [0, 1]), ([0, 1], [0, 1])]
    assert check.sets == ((0, 1),)
    assert (check.reports["inside"].found, check.reports["inside"].sets, check.reports["inside"].missed) == (
        (),
        (0,),
        (),
    )
    assert len(check.reports["outside"].wrong) == 1
    assert check.reports["outside"].missed == ()  # it promises nothing


def test_an_inner_point_stays_where_no_extreme_one_is_known():
    def inside(_):
        yield np.array([0.25, 0.75]), np.array([0.0, 1.0])

    check = crosscheck(exact_game([[1, 1], [1, 1]], [[0, 1], [0, 1]]), inside)
    assert strategies(check) == [([F(1, 4), F(3, 4)], [0, 1])]
    assert check.sets == ()


def test_floats_give_approximate_answers_within_their_bound():
    check = crosscheck(NormalFormGame.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]]), ENGINES)
    assert [equilibrium.exact for equilibrium in check.equilibria] == [False] * 3
    mixed = check.equilibria[2]
    assert np.allclose(np.concatenate(mixed.strategies), [2 / 3, 1 / 3, 1 / 3, 2 / 3], atol=1e-15)
    assert all(abs(regret) <= mixed.regret_bound for regret in mixed.regrets)
    assert check.reports["nashpy:lemke-howson"].repeated


@pytest.mark.parametrize(("gap", "open_"), [(0.0, True), (1e-12, True), (-1e-12, True), (1e-8, False), (-1e-8, False)])
def test_what_rounding_leaves_open_is_said(gap: float, open_: bool):
    """The row player's second strategy pays ``gap`` more than the first, known to 1e-10: not degenerate, and open."""
    game = NormalFormGame.from_arrays([[1.0, 0.0], [1.0 + gap, 0.0]], [[1.0, 0.0], [1.0, 0.0]])
    found = crosscheck(replace(game, rounding=1e-10), "fairgames:pure")
    assert found.within_rounding is open_
    assert found.degenerate is (gap == 0)
    assert not crosscheck(game, "fairgames:pure").within_rounding


def test_three_players_2x3x2():
    """Only the built-in solver plays with three; the others say why not, and miss nothing."""
    first, second, third = np.indices((2, 3, 2))
    game = NormalFormGame.from_arrays(
        first == third, -np.abs(second - first - third), 3 * third * (second == 2) + first * (1 - third)
    )
    check = crosscheck(game, ENGINES)
    assert strategies(check) == [([1, 0], [1, 0, 0], [1, 0]), ([0, 1], [0, 0, 1], [0, 1])]
    for name in NASHPY:
        report = check.reports[name]
        assert (report.found, report.missed, report.seconds) == ((), (), 0.0)
        assert report.error == f"{name} plays games of at most 2 players, but this one has 3"


def test_a_game_without_pure_equilibria_is_not_held_against_pure_solvers():
    check = crosscheck(TEXTBOOK["matching pennies (O&R, example 17.1)"][0], ["fairgames:pure", NASHPY[0]])
    assert check.reports["fairgames:pure"].missed == ()
    check = crosscheck(TEXTBOOK["battle of the sexes (O&R, example 15.3)"][0], [NASHPY[0], nothing])
    assert check.reports["nothing"].missed == ()
    check = crosscheck(COORDINATION, nothing)
    assert (check.equilibria, check.degenerate, check.reports["nothing"].missed) == ((), False, ())


def nothing(game: NormalFormGame) -> list[MixedProfile]:
    return []


def first_then_fails(game: NormalFormGame) -> Iterator[MixedProfile]:
    yield np.array([1.0, 0.0]), np.array([1.0, 0.0])
    raise SolverError("not proven complete")


COORDINATION = NormalFormGame.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]])
DEGENERATE = exact_game([[1, 1], [1, 1]], [[0, 1], [0, 1]])


@pytest.mark.parametrize(
    ("run", "finds", "degenerate", "game", "missed"),
    [
        (nothing, "all", False, COORDINATION, (0, 1, 2)),
        (nothing, "pure", False, COORDINATION, (0, 1)),
        (nothing, "some", False, COORDINATION, ()),
        (first_then_fails, "all", True, COORDINATION, ()),  # it promised, and did not come to its end
        (nothing, "all", False, DEGENERATE, ()),  # its promise is for other games
        (nothing, "all", True, DEGENERATE, (0, 1)),
        (nothing, "pure", True, DEGENERATE, (0, 1)),
    ],
)
def test_who_promised_and_came_to_its_end_misses(run, finds, degenerate, game, missed):
    mine = Solver("mine:own", run, players=2, finds=finds, degenerate=degenerate, in_process=True)
    check = crosscheck(game, [mine, "fairgames:extreme"])
    assert check.reports["fairgames:extreme"].missed == ()
    assert check.reports["mine:own"].missed == missed
    assert check.to_dict()["solvers"]["mine:own"]["missed"] == list(missed)


def test_solvers_that_play_with_fewer_are_one_line():
    """The report has each with its reason; the tables of two players have all rows."""
    cube = NormalFormGame.from_arrays(*np.indices((2, 2, 2)).astype(float))
    check = crosscheck(cube, ENGINES)
    assert [row[0] for row in check.solvers_table()[1]] == ["fairgames:pure"]
    few = [name for name in ENGINES if name != "fairgames:pure"]
    line = f"Not asked, as they play games of at most 2 players, and this one has 3: {', '.join(few)}."
    assert line in check.remarks()
    assert str(check).count("at most 2 players") == 1
    assert all(check.reports[name].error for name in few)
    assert len(crosscheck(COORDINATION, ENGINES).solvers_table()[1]) == len(ENGINES)


def test_digits_within_the_error_of_a_regret_are_not_shown():
    thirds = NormalFormGame.from_arrays([[2 / 3, 0], [0, 1 / 3]], [[1 / 7, 0], [0, 2 / 7]])
    check = crosscheck(thirds, ["fairgames:extreme", "nashpy"])
    assert [row[3] for row in check.equilibria_table()[1]] == ["0"] * 3


def test_all_means_whatever_is_installed():
    check = crosscheck(TEXTBOOK["matching pennies (O&R, example 17.1)"][0])
    assert set(check.reports) == set(available())
    assert len(check.equilibria) == 1


# Engines that misbehave.


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[CrossCheck]:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "engines_for_tests"))
    names = ["hang", "crash", "raises", "garbage", "text", "noisy", "tasks", "rational", "not-installed"]
    engines = load("fairgames_fake:solvers")
    with Workers() as workers:
        yield crosscheck(
            COORDINATION, [*(engines[f"fake:{name}"] for name in names), "nashpy"], seconds=1.0, workers=workers
        )


def test_engines_that_misbehave_are_reported_and_harm_no_other(fake: CrossCheck):
    assert len(fake.equilibria) == 3
    reports = {key.removeprefix("fake:"): report for key, report in fake.reports.items()}
    assert {key: (report.found, report.missed) for key, report in reports.items()} == {
        "hang": ((0, 1), ()),
        "crash": ((0,), ()),
        "raises": ((0,), ()),
        "garbage": ((1,), ()),
        "text": ((0,), ()),
        "noisy": ((0, 1), ()),
        "tasks": ((0, 1), ()),
        "rational": ((2,), ()),
        "not-installed": ((), ()),
        "nashpy:support-enumeration": ((0, 1, 2), ()),
        "nashpy:vertex-enumeration": ((0, 1, 2), ()),
        "nashpy:lemke-howson": ((0, 1), ()),
    }
    assert reports["hang"].error == "time limit of 1 s passed after 2 equilibria"
    assert reports["crash"].error.endswith("ended with exit code 3: assertion failed: pivot != 0")
    assert reports["raises"].error == "ArithmeticError: the tableau is singular"
    assert reports["text"].error.startswith("the answer 'no equilibrium, sorry'")
    assert reports["tasks"].error == "start 1: time limit of 1 s, shared by 3 tasks, passed"
    assert reports["tasks"].repeated == (0,)
    assert "no_such_engine" in reports["not-installed"].error
    assert reports["garbage"].error is None
    assert len(reports["garbage"].wrong) == 7


def test_the_report_is_plain_json(fake: CrossCheck):
    text = json.dumps(fake.to_dict(), allow_nan=False)
    report = json.loads(text)
    assert set(report) == {"equilibria", "sets", "complete", "degenerate", "approximate", "solvers", "warnings"}
    assert all(set(entry) == {"strategies", "payoffs", "regret", "exact"} for entry in report["equilibria"])
    keys = {"found", "sets", "missed", "repeated", "wrong", "seconds", "error"}
    assert all(set(entry) == keys for entry in report["solvers"].values())
    assert report["solvers"]["fake:garbage"]["wrong"][:4] == [
        [["nan", "nan"], [0, 1]],
        [[1, 0, 0], [1, 0]],
        [[1, 0]],
        [[1, "inf"], [1, 0]],
    ]


def test_rationals_are_written_as_such_where_asked():
    check = crosscheck(TEXTBOOK["battle of the sexes (O&R, example 15.3)"][0], NASHPY[0])
    exactly, roughly = (check.to_dict(exact)["equilibria"][2] for exact in (True, False))
    assert exactly == {
        "strategies": [["2/3", "1/3"], ["1/3", "2/3"]],
        "payoffs": ["2/3", "2/3"],
        "regret": "0",
        "exact": True,
    }
    assert roughly["strategies"] == [[2 / 3, 1 / 3], [1 / 3, 2 / 3]]
    assert roughly["regret"] == 0.0


def test_wrong_input_is_refused():
    for tolerance in (0, -1, float("nan"), 1):
        with pytest.raises(InputError, match="tolerance"):
            crosscheck(COORDINATION, tolerance=tolerance)
    with pytest.raises(InputError, match="seconds"):
        crosscheck(COORDINATION, seconds=0)
    with pytest.raises(SolverError, match="did you mean"):
        crosscheck(COORDINATION, "nashpy:lemke-howsen")


# Verification of a single answer.

BOS = TEXTBOOK["battle of the sexes (O&R, example 15.3)"][0]


def vectors(*rows: list) -> MixedProfile:
    return tuple(np.array(row, dtype=float) for row in rows)


def test_near_answers_to_rational_games_become_rational():
    found = verify(BOS, vectors([0.66666662, 0.33333338], [0.3333331, 0.6666669]))
    assert [vector.tolist() for vector in found.strategies] == [[F(2, 3), F(1, 3)], [F(1, 3), F(2, 3)]]
    assert found.exact
    assert found.regret == 0


def test_far_answers_are_not_moved_to_an_equilibrium():
    assert verify(BOS, vectors([0.6666, 0.3334], [1 / 3, 2 / 3])) is None
    assert verify(BOS, vectors([0.6666, 0.3334], [1 / 3, 2 / 3]), tolerance=1e-3).exact


def test_rational_answers_must_be_right_exactly():
    near = F(2, 3) + F(1, 10**12)
    third = object_array([F(1, 3), F(2, 3)])
    assert verify(BOS, (object_array([near, 1 - near]), third)) is None
    assert verify(BOS, (object_array([F(2, 3), F(1, 3) + F(1, 10**12)]), third)) is None
    assert verify(BOS, (object_array([F(4, 3), F(-1, 3)]), third)) is None
    assert verify(BOS, (object_array([F(2, 3), F(1, 3)]), third)).exact


def test_round_off_is_tidied_in_float_games():
    found = verify(COORDINATION, vectors([1.0, -1e-9], [0.9999999, 1e-7]))
    assert [vector.tolist() for vector in found.strategies] == [[1, 0], [1, 0]]
    assert verify(COORDINATION, vectors([1.0, -1e-3], [1.0, 0.0])) is None


def test_irrational_equilibria_of_exact_games_stay_approximate():
    """Three players: who goes alone gets 1, who goes in company 0, who stays 1/2.

    If each stays with probability s, going pays s²; all are indifferent at s = √(1/2).
    """
    payoffs = np.zeros((2, 2, 2, 3), dtype=object)
    for profile in np.ndindex(2, 2, 2):
        for player in range(3):
            alone = sum(profile) == 1
            payoffs[(*profile, player)] = F(int(alone)) if profile[player] else F(1, 2)
    game = NormalFormGame(payoffs, ("a", "b", "c"), (("stay", "go"),) * 3)
    stay = 0.5**0.5
    found = verify(game, vectors(*[[stay, 1 - stay]] * 3))
    assert not found.exact
    assert abs(found.regret) <= found.regret_bound


def test_two_rational_equilibria_are_one_only_if_equal():
    """Everything is an equilibrium here, so points nearer than the tolerance can be told apart."""
    game = exact_game([[0, 0], [0, 0]], [[0, 0], [0, 0]])
    weights = [F(1, 2), F(1, 2) + F(1, 10**9), F(1, 2)]

    def exactly(game: NormalFormGame) -> Iterator[MixedProfile]:
        for weight in weights:
            yield object_array([weight, 1 - weight]), object_array([1, 0])

    check = crosscheck(game, exactly)
    assert len(check.equilibria) == 2
    assert check.reports["exactly"].repeated == (1,)
    roughly = crosscheck(NormalFormGame(game.floats(), game.players, game.strategies), exactly)
    assert len(roughly.equilibria) == 2


# The nashpy adapter.


def solve_exactly(matrix: list[list[F]], right: list[F]) -> list[F] | None:
    """Gauss–Jordan elimination; None if singular."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for column in range(len(rows)):
        pivot = next((index for index in range(column, len(rows)) if rows[index][column] != 0), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for index, row in enumerate(rows):
            if index != column:
                rows[index] = [value - row[column] * top for value, top in zip(row, rows[column], strict=True)]
    return [row[-1] for row in rows]


def indifference(payoffs: list[list[F]], size: int) -> list[F] | None:
    """Weights of the columns that make all rows pay alike: payoffs·w − v = 0, Σw = 1."""
    rows = [[*row, F(-1)] for row in payoffs] + [[F(1)] * size + [F(0)]]
    solution = solve_exactly(rows, [F(0)] * size + [F(1)])
    return None if solution is None or min(solution[:-1]) <= 0 else solution[:-1]


def exact_support_enumeration(A: list[list[F]], B: list[list[F]]) -> Iterator[tuple[list[F], list[F]]]:
    """All equilibria on supports of equal size with a unique solution, in rationals."""
    m, n = len(A), len(A[0])
    for size in range(1, min(m, n) + 1):
        for rows in combinations(range(m), size):
            for columns in combinations(range(n), size):
                y = indifference([[A[i][j] for j in columns] for i in rows], size)
                x = indifference([[B[i][j] for i in rows] for j in columns], size)
                if x is None or y is None:
                    continue
                full_x, full_y = [F(0)] * m, [F(0)] * n
                for i, weight in zip(rows, x, strict=True):
                    full_x[i] = weight
                for j, weight in zip(columns, y, strict=True):
                    full_y[j] = weight
                first = [sum(a * w for a, w in zip(row, full_y, strict=True)) for row in A]
                second = [sum(B[i][j] * full_x[i] for i in range(m)) for j in range(n)]
                if max(first) == first[rows[0]] and max(second) == second[columns[0]]:
                    yield full_x, full_y


def assert_finds_everything(A: np.ndarray, B: np.ndarray) -> int:
    """The exact equilibria are all among nashpy's, which are all equilibria; returns their number."""
    exact = [[[F(int(value), 1000) for value in row] for row in matrix] for matrix in (A, B)]
    expected = list(exact_support_enumeration(*exact))
    game = NormalFormGame.from_arrays(A / 1000, B / 1000)
    found = list(support_enumeration(game))
    points = np.array([np.concatenate(profile) for profile in found]).reshape(len(found), sum(A.shape))
    for profile in expected:
        point = np.array([float(value) for vector in profile for value in vector])
        assert (np.abs(points - point).max(axis=1) < 1e-9).any(), (A, B, profile)
    assert all(verify(game, profile) is not None for profile in found)
    return len(expected)


def test_support_enumeration_finds_all_of_random_3x3_games():
    random = np.random.default_rng(20240607)
    count = sum(assert_finds_everything(*random.integers(-999, 1000, size=(2, 3, 3))) for _ in range(200))
    assert count > 200  # an odd number each


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=24, max_size=24))
def test_support_enumeration_finds_all_of_4x3_games_with_ties(values: list[int]):
    A, B = 1000 * np.array(values).reshape(2, 4, 3)
    assert_finds_everything(A, B)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (2, 5)])
def test_all_nashpy_solvers_on_odd_shapes(shape: tuple[int, int]):
    """Vertex enumeration and Lemke–Howson fail, or hang, where a player has one strategy; nothing else does."""
    random = np.random.default_rng(7)
    check = crosscheck(NormalFormGame.from_arrays(*random.normal(size=(2, *shape))), ENGINES, seconds=1.0)
    assert len(check.equilibria) == 1 or len(check.equilibria) % 2 == 1
    assert check.reports["nashpy:support-enumeration"].missed == ()
    assert check.reports["nashpy:support-enumeration"].error is None


def test_payoffs_of_any_size_and_sign_play_alike():
    game = TEXTBOOK["the 3×2 game of AGT, (3.3)"][0]
    for factor, shift in ((1e-7, 0.0), (1e7, 0.0), (1.0, -100.0), (1e-3, -5.0)):
        moved = NormalFormGame.from_arrays(*(factor * game.floats()[..., player] + shift for player in range(2)))
        check = crosscheck(moved, NASHPY)
        assert len(check.equilibria) == 3
        for name in NASHPY[:2]:
            assert check.reports[name].found == (0, 1, 2)


def test_payoffs_that_are_all_zero():
    check = crosscheck(NormalFormGame.from_arrays(np.zeros((2, 2)), np.zeros((2, 2))), ENGINES)
    assert check.degenerate
    assert len(check.equilibria) == 4
    assert check.reports["nashpy:vertex-enumeration"].found == (0, 1, 2, 3)


def test_ties_of_rationals_are_seen():
    """7/18 is no float: player 1 has no choice, player 2 is indifferent."""
    check = crosscheck(exact_game([[0, 0]], [[F(7, 18), F(7, 18)]]), "fairgames")
    assert check.degenerate
    assert check.sets == ((0, 1),)


def test_tasks_that_cannot_be_named_are_a_line_of_the_report():
    def broken(_):
        raise RuntimeError("no tasks today")

    check = crosscheck(exact_game([[1]], [[1]]), [Solver("mine:tasks", lambda game, task: [], tasks=broken)])
    assert "no tasks today" in (check.reports["mine:tasks"].error or "")


def test_the_report_as_text():
    text = str(crosscheck(exact_game([[1, 1], [1, 1]], [[0, 1], [0, 1]]), "fairgames"))
    for part in ("player-1", "fairgames:extreme", "the equilibria 0, 1 are the extreme points", "degenerate"):
        assert part in text
