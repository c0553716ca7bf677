"""Maps over two users' sensitivities: point by point what design finds, and against a brute force."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.errors import InputError
from fairgames.mechanism.maps import DesignMap, design_map
from fairgames.progress import listening
from tests.bimatrix_oracle import extreme_pairs
from tests.strategies import tables

F = Fraction
UTILITIES = {
    "eq. 10": fg.LinearLaplace(2, [0, "inf"]),
    "increasing marginal": fg.LinearLaplace(2, [0, 1]),
    "unequal": fg.TableUtility([[0, "1/3"], ["2/3", "3/4"]]),
    "additive": fg.TableUtility([[0, "1/3"], ["1/2", "5/6"]]),
    "falling": fg.TableUtility([[0, "-1/2"], [1, "3/4"]]),
    "nothing": fg.TableUtility([[0, 0], [0, 0]]),
    "only both": fg.TableUtility([[0, 0], [0, 1]]),
}
COSTS = [F(k, 12) for k in (0, 1, 3, 4, 6, 8, 13)]


def game_at(utility: fg.Utility, levels: tuple[int, int], steps: tuple[Fraction, Fraction]) -> fg.PaymentGame:
    """The same game as a user would write it."""
    rows = [[step if level == levels[1] else F(0) for level in range(len(utility.levels))] for step in steps]
    return fg.PaymentGame(utility, fg.Users(sensitivity=rows, allowed=[levels, levels]))


def assert_is_design(found: DesignMap, utility: fg.Utility, levels: tuple[int, int]) -> None:
    for place in np.ndindex(*found.alpha.shape):
        steps = (found.costs[0][place[0]], found.costs[1][place[1]])
        try:
            right = fg.design(game_at(utility, levels, steps), found.selection, scope=found.scope)
        except fg.NoAnswerError:
            assert found.alpha[place] is None
            assert found.regime[place] == -1
            continue
        assert found.alpha[place] == right.alpha
        assert found.platform_utility[place] == right.platform_utility
        assert found.utility[place] == right.utility
        assert found.higher[:, *place].tolist() == [vector[levels[1]] for vector in right.strategies]
        if right.exact:
            assert found.payments[:, *place].tolist() == right.payments.tolist()
            assert found.regret[place] == right.regret == 0
        else:  # the optimum is irrational
            assert list(map(float, found.payments[:, *place])) == pytest.approx(right.payments.tolist(), abs=1e-15)
            assert 0 <= found.regret[place] <= 1e-15
        kinds = [0 if p == 0 else 1 if p == 1 else 2 for p in found.higher[:, *place]]
        assert found.regime[place] == 3 * kinds[0] + kinds[1]


@pytest.mark.parametrize("selection", ["best", "worst"])
@pytest.mark.parametrize("name", UTILITIES)
def test_every_point_is_what_design_finds(name: str, selection: str) -> None:
    found = design_map(UTILITIES[name], COSTS, COSTS[1:], selection=selection)
    assert found.alpha.shape == (7, 6)
    assert_is_design(found, UTILITIES[name], (0, 1))


@pytest.mark.parametrize("scope", ["all", "pure"])
@pytest.mark.parametrize("selection", ["best", "worst", "stable", "potential"])
def test_every_scope_and_selection(selection: str, scope: str) -> None:
    for name in ("eq. 10", "increasing marginal", "nothing"):
        found = design_map(UTILITIES[name], COSTS[::2], COSTS[1::2], selection=selection, scope=scope)
        assert (found.selection, found.scope) == (selection, scope)
        assert_is_design(found, UTILITIES[name], (0, 1))


@settings(deadline=None, max_examples=15)
@given(
    tables(2, 3),
    st.sampled_from([(0, 1), (0, 2), (1, 2)]),
    st.lists(st.fractions(0, 2, max_denominator=20), min_size=2, max_size=2),
    st.sampled_from(["best", "worst"]),
)
def test_random_tables_and_pairs_of_levels(table: np.ndarray, levels: tuple, costs: list, selection: str) -> None:
    utility = fg.TableUtility(table)
    assert_is_design(design_map(utility, costs, costs, levels, selection), utility, levels)


@pytest.mark.parametrize("name", ["eq. 10", "increasing marginal", "unequal"])
def test_no_share_on_a_fine_grid_leaves_more(name: str) -> None:
    """All equilibria at 40 shares and at every share where somebody is indifferent, from the payoffs."""
    utility = UTILITIES[name]
    costs = [F(1, 10), F(3, 10), F(8, 25)]
    best, worst = (design_map(utility, costs, costs, selection=selection) for selection in ("best", "worst"))
    for place in np.ndindex(3, 3):
        game = game_at(utility, (0, 1), (costs[place[0]], costs[place[1]]))
        values = list(game.values())
        gains = [*(values[0][1] - values[0][0]), *(values[1][:, 1] - values[1][:, 0])]
        turns = {cost / gain for cost in (costs[place[0]], costs[place[1]]) for gain in gains if gain > 0}
        shares = {F(k, 40) for k in range(41)} | {turn for turn in turns if turn <= 1}
        kept = [[(1 - alpha) * expected(game, pair) for pair in extreme_pairs(game.at(alpha))] for alpha in shares]
        highest, safest = max(max(here) for here in kept), max(min(here) for here in kept)
        for found, reached in ((best, highest), (worst, safest)):
            assert reached <= found.platform_utility[place] <= reached + F(1, 40)


def expected(game: fg.PaymentGame, pair: tuple) -> Fraction:
    table = game.utilities.numbers()
    return sum((p * q * table[i, j] for i, p in enumerate(pair[0]) for j, q in enumerate(pair[1])), start=F(0))


def test_what_the_text_says_of_figure_9() -> None:
    """c₁ and c₂ small and close together: both share; c₁ > c₂ > 1/3: user 2 only; beyond 2/3 nobody."""
    costs = [F(k, 30) for k in range(31)]
    found = design_map(UTILITIES["eq. 10"], costs, costs)
    regime = {(c1, c2): found.describe(found.regime[i, j]) for i, c1 in enumerate(costs) for j, c2 in enumerate(costs)}
    third, two_thirds = F(1, 3), F(2, 3)
    for (c1, c2), users in regime.items():
        if users == "higher, higher":
            assert max(c1, c2) <= third
        if c1 > c2 > third and c2 < two_thirds:
            assert users == "lower, higher"
        if c2 > c1 > third and c1 < two_thirds:
            assert users == "higher, lower"
        if min(c1, c2) >= two_thirds:
            assert users == "lower, lower"
    assert all(users == "higher, higher" for (c1, c2), users in regime.items() if c1 == c2 <= F(3, 10))
    assert regime[F(1, 30), F(9, 30)] == "higher, lower"  # small, but far apart: "asymmetrically engaged"
    # One share c/(2/3) buys one user; the platform keeps (1 − 3c/2)·2/3 = 2/3 − c.
    assert found.platform_utility[12, 15] == two_thirds - costs[12]
    assert found.payments[:, 12, 15].tolist() == [costs[12], 0]
    assert found.platform_utility.max() == 1
    assert max(found.regret.ravel()) == 0


def test_both_users_alike_give_a_symmetric_map() -> None:
    costs = [F(k, 14) for k in range(12)]
    found = design_map(UTILITIES["eq. 10"], costs, costs, selection="worst")
    assert (found.alpha == found.alpha.T).all()
    assert (found.platform_utility == found.platform_utility.T).all()


def test_utilities_that_are_not_rational() -> None:
    """Floats: the same values as design's, point by point."""
    utility = fg.FederatedMean(fg.Users(samples=[30, 100]), between=1.0, within=10.0)
    found = design_map(utility, [0, 0.2, 0.7], [0.1, 0.5], levels=(0, 2))
    assert not found.exact
    assert found.alpha.dtype == float
    assert found.levels == ("0", "2")
    for place in np.ndindex(3, 2):
        right = fg.design(game_at(utility, (0, 2), (found.costs[0][place[0]], found.costs[1][place[1]])))
        assert found.alpha[place] == right.alpha
        assert found.platform_utility[place] == right.platform_utility
        assert found.payments[:, *place] == pytest.approx(right.payments, abs=1e-12)
        assert abs(found.regret[place]) <= 1e-12


def test_where_nothing_qualifies_there_is_no_answer() -> None:
    """No user is worth anything, and costs nothing: no equilibrium is stable."""
    found = design_map(UTILITIES["nothing"], [0, 1], [0], selection="stable")
    assert found.alpha[0, 0] is None
    assert found.describe(found.regime[0, 0]) == "no answer"
    assert np.isnan(np.asarray(found.platform_utility, dtype=float)[0, 0])


def test_progress_is_announced_once_a_point() -> None:
    heard = []
    with listening(lambda *step: heard.append(step)):
        design_map(UTILITIES["eq. 10"], [0, 1], [0, 1, 2])
    assert heard == [("design map", done, 6) for done in range(7)]


def test_maps_that_do_not_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairgames.memory.available_bytes", lambda: 10**6)
    with pytest.raises(fg.TooLargeError, match="A map of 1,000,000 pairs of costs needs"):
        design_map(UTILITIES["eq. 10"], [0] * 1000, [0] * 1000)


def test_all_faults_at_once() -> None:
    with pytest.raises(InputError) as caught:
        design_map(fg.LinearLaplace(3, [0, 1]), [0, -1, "x"], [], (1, 0), "good", "some")
    assert len(caught.value.faults) == 7
    for words in ("two users", "ascending indices", "selection: expected one of best", "scope: expected one of all",
                  "costs_1: expected costs ≥ 0, got -1", "costs_1: expected a finite number, got 'x'",
                  "costs_2: expected at least one"):  # fmt: skip
        assert words in str(caught.value)
