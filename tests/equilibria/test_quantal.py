"""The branch of quantal responses and its limit: closed forms, Gambit, finite differences, and what must be refused."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb, ctx
from scipy.optimize import brentq

import fairgames as fg
from fairgames.equilibria import quantal_responses
from fairgames.equilibria.refinements import quantal
from fairgames.equilibria.refinements.logit_limit import LogitLimit, logit_limit
from fairgames.equilibria.refinements.logit_map import LogitMap
from fairgames.equilibria.refinements.tube import BITS, is_one_curve
from fairgames.errors import NoAnswerError
from fairgames.games.normal_form import NormalFormGame
from fairgames.testing.known import exact_game

STAG_HUNT = exact_game([[4, 0], [3, 3]], [[4, 3], [0, 3]])
CHICKEN = exact_game([[6, 2], [7, 0]], [[6, 7], [2, 0]])
DILEMMA = exact_game([[3, 0], [5, 1]], [[3, 5], [0, 1]])


def random_game(seed: int, shape: tuple[int, ...]) -> NormalFormGame:
    rng = np.random.default_rng(seed)
    return exact_game(*(rng.integers(100, size=shape).tolist() for _ in shape))


def symmetric_response(table: list[list[int]], precision: float, low: float, high: float) -> float:
    """The chance p of the first strategy: log(p/(1−p)) = λ·(what it pays above the second), in a symmetric game."""

    def gap(p: float) -> float:
        above = p * (table[0][0] - table[1][0]) + (1 - p) * (table[0][1] - table[1][1])
        return float(np.log(p / (1 - p)) - precision * above)

    return float(brentq(gap, low, high, xtol=1e-15))


@pytest.mark.parametrize("shape", [(2, 3), (3, 2, 2), (4,)], ids=str)
def test_the_jacobian_by_finite_differences_and_in_balls(shape: tuple[int, ...]) -> None:
    equations = LogitMap(random_game(1, shape))
    point = np.random.default_rng(2).normal(size=equations.n + 1)
    _, jacobian = equations.floats_at(point)
    for k, unit in enumerate(np.eye(len(point))):
        ends = [equations.floats_at(point + sign * 1e-6 * unit)[0] for sign in (1, -1)]
        assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(jacobian[:, k], abs=1e-8)
    with ctx.workprec(BITS):
        wide = np.array([arb(value, 0.1) for value in point], dtype=object)
        residual, slopes = equations.system(wide, equations.balls)
    for moved in (point, point + 0.09, point - 0.09):
        exactly, steep = equations.floats_at(moved)
        for balls, values in ((residual, exactly), (slopes, steep)):
            pairs = zip(balls.ravel(), values.ravel(), strict=True)
            assert all((ball + arb(0, 1e-12)).contains(arb(value)) for ball, value in pairs)


def test_the_dilemma_has_one_response_at_each_precision() -> None:
    """Cooperation pays less whatever the other does, so the closed form has one root."""
    branch = quantal_responses(DILEMMA, precision=100)
    assert branch.precision[-1] == pytest.approx(100 / 5)
    for precision, one, two in zip(branch.precision[1:], *(own[1:] for own in branch.strategies), strict=True):
        known = symmetric_response([[3, 0], [5, 1]], precision, 1e-14, 0.5)
        assert one[0] == pytest.approx(known, rel=1e-8, abs=1e-13)
        assert two[0] == pytest.approx(known, rel=1e-8, abs=1e-13)


@pytest.mark.parametrize("seed", range(8))
def test_the_limit_is_where_gambit_is_led(seed: int) -> None:
    """Gambit's branch at a large precision lies in the proven box, give or take 1/λ."""
    pygambit = pytest.importorskip("pygambit")
    game = random_game(60 + seed, [(2, 2), (3, 3), (2, 2, 2), (2, 3)][seed % 4])
    limit = logit_limit(game)
    (theirs,) = pygambit.qre.logit_solve_lambda(game.to_pygambit(), lam=10.0)
    for middle, off, other in zip(limit.middle, limit.off, theirs.profile, strict=True):
        assert (np.abs([chance for _, chance in other] - middle) <= off + 0.02).all()
    isolated = fg.games.isolated_equilibria(game).equilibria
    assert sum(limit.is_at(one.strategies, one.radius) is True for one in isolated) == 1
    assert sum(limit.is_at(one.strategies, one.radius) is False for one in isolated) == len(isolated) - 1


def test_from_the_precision_of_the_limit_on_responses_stay_in_the_box() -> None:
    """In the stag hunt they solve the closed form, near the second strategy."""
    limit = logit_limit(STAG_HUNT)
    for times in (1.0, 1.5, 4.0, 20.0):
        chance = symmetric_response([[4, 0], [3, 3]], limit.precision * times, 1e-200, 0.25)
        assert all(abs(own[0] - chance) < off[0] for own, off in zip(limit.middle, limit.off, strict=True))


def test_a_step_to_another_branch_is_refused() -> None:
    """At one precision the stag hunt has three responses; each goes on to itself, and none to another."""
    equations = LogitMap(STAG_HUNT)
    level = np.append(np.zeros(2), 1.0)

    def at(precision: float, guess: float) -> np.ndarray:
        found = quantal._corrected(equations, np.array([guess, guess, precision]), level)
        assert found is not None
        return found

    for one in (-4.85, -1.58, 15.0):
        for other in (-4.85, -1.58, 15.0):
            assert is_one_curve(equations, at(20.0, one), at(20.02, other)) is (one == other)


@pytest.mark.parametrize(
    ("game", "where"),
    [(CHICKEN, "it may meet another"), (exact_game([[1, 0], [0, 1]], [[1, 0], [0, 1]]), "it may meet another"),
     (exact_game([[1, 0], [0, 2]], [[0, 0], [0, 0]]), "is lost at precision")],
    ids=["a fork", "all alike", "a continuum"],
)  # fmt: skip
def test_what_is_not_proven_is_not_claimed(game: NormalFormGame, where: str) -> None:
    with pytest.raises(NoAnswerError, match=where):
        logit_limit(game)
    found = fg.played(game, starts=0)
    assert {one.logit_limit for one in found.equilibria} == {None}
    assert "Undecided: where quantal responses lead: the branch of quantal" in found.remarks()[-1]


def test_a_hair_decides_and_is_not_jumped_over() -> None:
    """Coordination on strategies that differ by 10⁻³: the branch passes close by another, and leads to the better."""
    game = exact_game([["1.001", 0], [0, 1]], [["1.001", 0], [0, 1]])
    assert [one.logit_limit for one in fg.played(game, starts=0).equilibria] == [True, False, False]


def test_it_leads_to_none_of_the_listed() -> None:
    """Where it leads is proven not to be the better of two equilibria, if only that is listed."""
    found = fg.played(STAG_HUNT, equilibria=[([1, 0], [1, 0])], starts=0)
    assert [one.logit_limit for one in found.equilibria] == [False]
    assert "which is none of these" in " ".join(found.notes)


def test_payoffs_that_are_rounded() -> None:
    """The proof holds for all payoffs within the error; where that is as large as what decides, there is none."""
    assert [own.round(2).tolist() for own in logit_limit(STAG_HUNT, error=1e-9).middle] == [[0, 1], [0, 1]]
    with pytest.raises(NoAnswerError):
        logit_limit(STAG_HUNT, error=2.0)


def test_who_has_no_choice() -> None:
    assert isinstance(logit_limit(exact_game([[1]], [[2]])), LogitLimit)
    assert [own.round(1).tolist() for own in logit_limit(exact_game([0, 1, 0])).middle] == [[0, 1, 0]]
