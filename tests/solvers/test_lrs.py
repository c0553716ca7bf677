"""lrsnash: its file, its answers to the letter, and what happens when it has none."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.errors import SolverError
from fairgames.exact import object_array
from fairgames.games.convert import from_pygambit
from fairgames.games.normal_form import NormalFormGame
from fairgames.solvers.crosscheck import crosscheck
from fairgames.solvers.processes import Workers
from fairgames.solvers.registry import get
from fairgames.solvers.solve import solve
from fairgames.testing import conformance_games, require_engine
from fairgames_lrs import lrsnash
from fairgames_lrs.game_file import LARGEST, game_file, too_long
from fairgames_lrs.lrsnash import read_answer
from tests.bimatrix_oracle import as_pairs, bimatrix_games, extreme_pairs

GAMES = {known.name: known.game for known in conformance_games()}


def exact(*payoffs: list) -> NormalFormGame:
    return NormalFormGame.from_arrays(*(np.array(array, dtype=object) for array in payoffs))


# The file.


def test_the_file_has_both_matrices_row_by_row():
    game = exact([[1, Fraction(2, 3), -3], [4, 5, 6]], [[0, 0, 0], [Fraction(-1, 7), 8, 9]])
    assert game_file(game) == "2 3\n\n1 2/3 -3\n4 5 6\n\n0 0 0\n-1/7 8 9\n"


def test_floats_are_the_decimals_that_they_are_written_as():
    game = NormalFormGame.from_arrays([[0.1, 1e-3]], [[2.5, -3.0]])
    assert game_file(game) == "1 2\n\n1/10 1/1000\n\n5/2 -3\n"


def test_numbers_that_lrsnash_would_cut_become_integers():
    small = Fraction(1, 10**20)
    game = exact([[3 * small, small], [0, 2 * small]], [[1, 2], [3, 4]])
    assert too_long(game) is None
    assert game_file(game) == "2 2\n\n3 1\n0 2\n\n1 2\n3 4\n"


def test_rationals_that_do_not_fit_are_refused():
    game = exact([[Fraction(1, LARGEST + 2), Fraction(1, LARGEST + 4), 0]], [[1, 2, 3]])
    reason = get("lrs").cannot_play(game)
    assert reason == (
        "lrs: lrsnash reads numbers below 2^63 only, and these payoffs need larger numerators or denominators"
    )
    assert crosscheck(game, ["lrs", "fairgames:pure"]).reports["lrs"].error == reason


def test_floats_that_do_not_fit_are_rounded_far_below_their_own_precision():
    payoffs = np.array([[1 / 3 * 1e-7, 2 / 3, 1.0], [0.1234567890123456e-3, 2 / 3, 0.0]])
    game = NormalFormGame.from_arrays(payoffs, payoffs)
    assert too_long(game) is None
    rows = [list(map(int, line.split())) for line in game_file(game).splitlines()[2:4]]
    assert np.array(rows, dtype=float) / 2**60 == pytest.approx(payoffs, abs=2**-60)
    assert rows[0][1] == rows[1][1], "ties stay ties"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.fractions(-(2**62), 2**62, max_denominator=2**62), min_size=8, max_size=8))
def test_rationals_near_the_limit_are_read_as_they_are(values: list[Fraction]):
    require_engine("lrs")
    game = NormalFormGame.from_arrays(*object_array(values).reshape(2, 2, 2))
    if too_long(game) is None:
        assert set(as_pairs(lrsnash(game))) == extreme_pairs(game)


def test_the_limit_is_where_the_program_has_it():
    """Payoffs just beyond 2^63 would be one number to lrsnash, and every profile an equilibrium."""
    require_engine("lrs")
    for least in (2**62, LARGEST - 1, LARGEST, 2**70):
        game = exact([[least], [least + 1]], [[0], [0]])
        assert as_pairs(lrsnash(game)) == [((0, 1), (1,))]


# The answer.


@settings(max_examples=100, deadline=None)
@given(bimatrix_games())
def test_all_extreme_equilibria(game: NormalFormGame):
    require_engine("lrs")
    assert set(as_pairs(lrsnash(game))) == extreme_pairs(game)


def test_the_6x6_game_with_75():
    require_engine("lrs")
    import pygambit

    game = from_pygambit(pygambit.catalog.load("journals/dcg/vonstengel1999/6x6_game_with_75_eq"))
    assert len(set(as_pairs(lrsnash(game)))) == 75


ANSWER = """*lrsnash:lrslib v.7.1

2  1  0  3 
2  2/3  1/3  3 
1  1  0  0  3 

2  1/3  2/3  4 
1  0  1/3  2/3  8/3 

*Number of equilibria found: 3
*Player 1: vertices=4 bases=5 pivots=8
"""


def read(text: str) -> list:
    return as_pairs(read_answer(text.splitlines(keepends=True), (3, 2)))


def test_an_answer_is_read():
    row, third = (1, 0, 0), Fraction(1, 3)
    assert read(ANSWER) == [(row, (1, 0)), (row, (2 * third, third)), ((0, third, 2 * third), (third, 2 * third))]
    assert read("*Number of equilibria found: 0\n") == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2/3  1/3  3", "2/3  3", "expected 2 probabilities and a payoff, got '2  2/3  3'"),
        ("2/3  1/3  3", "0.67  0.33  3", "expected 2 probabilities and a payoff"),
        ("1  1  0  0  3", "1  1  0  nan  3", "expected 3 probabilities and a payoff"),
        ("1  1  0  0  3", "3  1  0  0  3", "lrsnash: 3  1  0  0  3"),
        ("found: 3", "found: 4", "announces 4 equilibria, but lists 3"),
        ("*Number of equilibria found: 3\n", "", "announces None equilibria, but lists 3"),
        ("*Player", "*Warning! Dual degenerate, ouput may be incomplete\n*Player", "lrsnash: [*]Warning! Dual"),
        ("*Player", "Error: Premature end of input file 'game'.\n*Player", "lrsnash: Error: Premature end"),
        ("2  1/3  2/3  4 \n", "", "lrsnash: 1  0  1/3  2/3  8/3"),
    ],
)
def test_anything_else_is_an_error(old: str, new: str, message: str):
    assert old in ANSWER
    with pytest.raises(SolverError, match=message):
        read(ANSWER.replace(old, new))


# The program.


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An executable called lrsnash, first on PATH; the tests write its script."""
    path = tmp_path / "lrsnash"
    path.write_text("#!/bin/sh\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return path


SEXES = GAMES["battle of the sexes"]


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'Segmentation fault' >&2; exit 139", "lrsnash: Segmentation fault"),
        ("kill -SEGV $$", "announces None equilibria, but lists 0"),
        ("echo '*Number of equilibria found: 0'; exit 3", "lrsnash ended with exit code 3"),
        ("head -c 1000 /dev/urandom; sleep 60", "lrsnash: "),
        ("cat", "lrsnash: "),
        ("exec 0<&-; sleep 1", "announces None equilibria, but lists 0"),
    ],
)
def test_a_program_that_fails_is_a_line_in_the_report(program: Path, script: str, message: str):
    program.write_text(f"#!/bin/sh\n{script}\n")
    with Workers() as workers:
        answer = solve(SEXES, "lrs", workers=workers)
    assert answer.profiles == ()
    assert message in answer.failure.message


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
def test_a_program_that_hangs_is_ended(program: Path, tmp_path: Path):
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n")
    with Workers() as workers:
        answer = solve(SEXES, "lrs", seconds=2.0, workers=workers)
        assert answer.failure.kind == "limit"
        pid = int((tmp_path / "pid").read_text())
        status = Path(f"/proc/{pid}/stat")
        assert not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_without_the_program_the_report_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    line = "lrs needs the program lrsnash on PATH: apt-get install lrslib (Debian, Ubuntu)"
    assert get("lrs").cannot_play(SEXES) == get("lrs").not_installed() == line
    assert crosscheck(SEXES, ["lrs", "fairgames:pure"]).reports["lrs"].error == line


def test_players_and_shapes():
    assert get("lrs").cannot_play(GAMES["two of three may enter"]) == (
        "lrs plays games of at most 2 players, but this one has 3"
    )
    require_engine("lrs")
    for m, n in product((1, 4), (1, 3)):
        game = exact([[0] * n] * m, [[0] * n] * m)
        assert len(set(as_pairs(lrsnash(game)))) == m * n
    large = exact([[0] * 201], [[0] * 201])
    assert "exceeds maximum (200)" in solve(large, "lrs").failure.message
