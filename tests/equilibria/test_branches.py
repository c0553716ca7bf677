"""All equilibria of two users at every share: branches, and the optimum over them."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.two_users.branches import Branches, branches
from fairgames.exact import object_array
from fairgames.games.certificate import certify
from fairgames.games.extreme import extreme_equilibria
from fairgames.mechanism import Choice
from fairgames.mechanism.mixed import to_table
from fairgames.mechanism.selections import SELECTIONS
from tests.bimatrix_oracle import Pair, as_pairs, extreme_pairs

F = Fraction
some = partial(settings, deadline=None)
BUDGETS = st.sampled_from([F(text) for text in ("0", "1/20", "1/7", "1/4", "1/2", "1", "2")])


@st.composite
def games(draw: st.DrawFn, levels: tuple[int, ...] = (2, 3), least: int = 0, rule: str = "users") -> fg.PaymentGame:
    """Two users with a small rational table; few distinct numbers, so that ties abound; some levels not allowed."""
    n, unit = draw(st.sampled_from(levels)), draw(st.sampled_from([3, 20]))
    entry = st.integers(least, unit).map(lambda k: F(k, unit))
    cost = st.one_of(st.just(F(0)), st.integers(0, unit).map(lambda k: F(k, unit)))
    values = [F(0), *draw(st.lists(entry, min_size=n * n - 1, max_size=n * n - 1))]
    subsets = st.sets(st.integers(0, n - 1), min_size=1).map(lambda found: tuple(sorted(found)))
    everything = st.just(tuple(range(n)))
    allowed = [draw(st.one_of(everything, everything, subsets)) for _ in range(2)]
    costs = [[F(0) if level == own[0] else draw(cost) for level in range(n)] for own in allowed]
    note(f"U = {[str(value) for value in values]}, costs {[[str(c) for c in row] for row in costs]}, allowed {allowed}")
    table = fg.TableUtility(object_array(values).reshape(n, n))
    return fg.PaymentGame(table, fg.Users(sensitivity=costs, allowed=allowed), rule)


def shares(found: Branches, between: int) -> list[Fraction]:
    """Breakpoints, points close beside them, and some between."""
    ends = sorted(F(0) if beta == math.inf else 1 / F(beta) for beta in found.betas)
    points = set(ends)
    for low, high in pairwise(ends):
        points |= {low + (high - low) * F(k, between + 1) for k in range(1, between + 1)}
        points |= {low + (high - low) * F(1, 10**7), high - (high - low) * F(1, 10**7)}
    return sorted(points)


def expected(table: np.ndarray, pair: Pair) -> Fraction:
    x, y = pair
    return sum((p * q * table[i, j] for i, p in enumerate(x) for j, q in enumerate(y)), start=F(0))


def limits(found: Branches, beta: Fraction | float) -> set[Pair]:
    """The ends and inner points of all branches at one β."""
    here = [branch.strategies(beta) for branch in found.every if branch.least <= beta <= branch.most]
    return set(as_pairs(here))


# The set of equilibria --------------------------------------------------------------------------


@some(max_examples=40)
@given(games(least=-6))
def test_branches_are_the_extreme_equilibria_at_every_share(game: fg.PaymentGame) -> None:
    """Against the enumeration of all vertices from the payoffs at each share."""
    found = branches(game)
    for k, beta in enumerate(found.betas):
        right = extreme_pairs(game.at(F(0) if beta == math.inf else 1 / F(beta)))
        assert set(as_pairs(found.at[k])) == right
        assert len(found.at[k]) == len(right)
        assert set(as_pairs(found.alone[k])) == right - limits(found, beta)
    for (least, most), here in zip(pairwise(found.betas), found.between, strict=True):
        for part in (F(1, 10**9), F(3, 7)):
            beta = least + (1 / part - 1 if most == math.inf else (F(most) - least) * part)
            normal = game.at(1 / beta)
            strategies = [branch.strategies(beta) for branch in here]
            assert set(as_pairs(strategies)) == extreme_pairs(normal)
            assert all(certify(normal, profile).regret == 0 for profile in strategies)


@some(max_examples=25)
@given(games(levels=(3, 4), least=-6))
def test_supports_do_not_change_along_a_branch(game: fg.PaymentGame) -> None:
    for branch in branches(game).every:
        width = F(2) if branch.most == math.inf else F(branch.most) - branch.least
        supports = [
            [[int(p > 0) for p in vector] for vector in branch.strategies(branch.least + width * part)]
            for part in (F(1, 10**9), F(1, 2), 1 - F(1, 10**9))
        ]
        assert supports[0] == supports[1] == supports[2]
        assert (branch.slope is None) or branch.most < math.inf


def test_larger_games_against_the_enumeration_at_one_share() -> None:
    """4×5: at α inside each fifth interval, and at each fifth breakpoint."""
    random = np.random.default_rng(7)
    for _ in range(3):
        table = object_array(F(int(v), 40) for v in np.sort(random.integers(0, 40, 25))).reshape(5, 5)
        table[0, 0] = F(0)
        rows = [[F(0), *(F(int(v), 60) for v in random.integers(1, 40, 4))] for _ in range(2)]
        users = fg.Users(sensitivity=rows, allowed=[[0, 1, 2, 4], [0, 1, 2, 3, 4]])
        game = fg.PaymentGame(fg.TableUtility(table), users)
        found = branches(game)
        for k in range(0, len(found.betas) - 1, 5):
            beta = F(found.betas[k])
            assert set(as_pairs(found.at[k])) == set(as_pairs(extreme_equilibria(game.at(1 / beta)).equilibria))
            inside = beta + 1 if found.betas[k + 1] == math.inf else (beta + F(found.betas[k + 1])) / 2
            right = extreme_equilibria(game.at(1 / inside)).equilibria
            assert set(as_pairs(branch.strategies(inside) for branch in found.between[k])) == set(as_pairs(right))


@pytest.mark.parametrize("allowed", [None, [[0, 1], [0, 2]], [[1], [0, 1, 2]], [[2], [1]]])
def test_zero_costs_everywhere(allowed: list | None) -> None:
    """Then α only scales the payoffs: the equilibria are those at α = 1, and at α = 0 every profile is one."""
    table = fg.TableUtility([[0, 1, 1], [1, 2, 2], [2, 3, 2]])
    game = fg.PaymentGame(table, fg.Users(sensitivity=[[0, 0, 0]] * 2, allowed=allowed))
    found = branches(game)
    assert found.betas == (1, math.inf)
    assert set(as_pairs(found.at[0])) == extreme_pairs(game.at(1)) == limits(found, F(5))
    assert len(found.at[1]) == game.size


# The optimum ------------------------------------------------------------------------------------


def keeps(game: fg.PaymentGame, alpha: Fraction, cap: Fraction | None) -> tuple[Fraction | None, Fraction | None]:
    """The best value within the cap at one share, and the worst if even the dearest is within it."""
    utility = [expected(game.utilities.numbers(), pair) for pair in extreme_pairs(game.at(alpha))]
    within = [value for value in utility if cap is None or alpha * value <= cap]
    best = max(((1 - alpha) * value for value in within), default=None)
    return best, min((1 - alpha) * value for value in utility) if len(within) == len(utility) else None


@some(max_examples=25)
@given(games(least=-6), st.one_of(st.none(), BUDGETS))
def test_best_and_worst_against_every_share(game: fg.PaymentGame, cap: Fraction | None) -> None:
    assert_best_and_worst(game, cap)


def assert_best_and_worst(game: fg.PaymentGame, cap: Fraction | None) -> None:
    """No share leaves more; and what is claimed is there at the share, or beside it where it is a limit."""
    points = shares(branches(game), between=3)
    values = [keeps(game, alpha, cap) for alpha in points]
    best = fg.design(game, "best", cap, scope="all")  # α = 0 is within every budget
    assert max(value for value, _ in values if value is not None) <= best.platform_utility
    assert best.choice.attained
    _assert_is_an_equilibrium(game, best, cap)
    worst = [value for _, value in values if value is not None]
    safest = fg.design(game, "worst", cap, scope="all")
    assert max(worst) <= safest.platform_utility
    _assert_is_an_equilibrium(game, safest, None)
    low, high = safest.choice.interval
    assert low <= safest.alpha <= high
    near = [safest.alpha]
    if not safest.choice.attained:
        assert keeps(game, safest.alpha, cap)[1] != safest.platform_utility
        beside = (high - low) / 10**9
        near = [safest.alpha + beside if safest.alpha == low else safest.alpha - beside]
    reached = [value for _, value in (keeps(game, alpha, cap) for alpha in near)]
    assert reached[0] is not None
    assert abs(reached[0] - safest.platform_utility) <= (0 if safest.choice.attained and safest.exact else F(1, 10**6))


def _assert_is_an_equilibrium(game: fg.PaymentGame, found: fg.Design, cap: Fraction | None) -> None:
    alpha, table = F(found.alpha), game.utilities.numbers()
    own = [found.strategies[user][list(levels)] for user, levels in enumerate(game.strategies)]
    value = expected(table, own)
    slack = 0 if found.exact else F(1, 10**14)
    assert 0 <= certify(game.at(found.alpha), tuple(own)).regret <= slack
    assert abs((1 - alpha) * value - F(found.platform_utility)) <= slack
    assert abs(value - F(found.utility)) <= slack
    assert abs(sum(map(F, found.payments)) - alpha * value) <= slack
    assert cap is None or alpha * value <= cap + slack
    assert found.regret == 0 or not found.exact


@some(max_examples=30)
@given(games(levels=(2,), least=-6), BUDGETS)
def test_inner_points_of_continua_may_fit_a_budget(game: fg.PaymentGame, cap: Fraction) -> None:
    """At a breakpoint all mixtures of a convex set are equilibria: none on a grid of profiles is better."""
    best = fg.design(game, budget=cap, scope="all")
    table = game.utilities.numbers()
    weights = [F(k, 12) for k in range(13)]
    for beta in branches(game).betas:
        alpha = F(0) if beta == math.inf else 1 / F(beta)
        normal = game.at(alpha)
        mixtures = [[(1 - w, w) for w in weights] if size == 2 else [(F(1),)] for size in game.shape]
        for pair in product(*mixtures):
            if alpha * expected(table, pair) <= cap and (1 - alpha) * expected(table, pair) > best.platform_utility:
                assert certify(normal, tuple(map(object_array, pair))).regret > 0


def test_a_budget_is_spent_by_an_inner_point_of_a_continuum() -> None:
    """At α = 1/2 user 1 is indifferent; with probability 1/4 it shares, and is paid 1/8 = 1/2·1/4·1 on average."""
    game = fg.PaymentGame(fg.TableUtility([[0, 0], [1, 1]]), fg.Users(sensitivity=[[0, "1/2"], [0, 1]]))
    found = fg.design(game, budget="1/8")
    assert (found.alpha, found.platform_utility) == (F(1, 2), F(1, 8))
    assert found.strategies[0].tolist() == [F(3, 4), F(1, 4)]
    assert found.regret == 0
    assert fg.design(game, budget=1).platform_utility == F(1, 2)


def test_a_limit_at_which_the_budget_is_spent_is_not_approached() -> None:
    """Both share from α = 1/2 on, and are then paid 1 or more: a budget of 1 leaves only that share itself."""
    game = fg.PaymentGame(
        fg.TableUtility([[0, 0], [0, 2]]), fg.Users(sensitivity=[[0, 0], [0, "1/2"]], allowed=[[1], [0, 1]])
    )
    worst = fg.design(game, "worst", budget=1)
    # At 1/2 itself user 2 may as well not share, and above 1/2 the users are paid more than 1.
    assert worst.platform_utility == 0
    free = fg.design(game, "worst")
    assert (free.alpha, free.platform_utility, free.choice.attained) == (F(1, 2), 1, False)


def test_two_equilibria_without_a_strategy_in_common_have_no_mixtures() -> None:
    """Both share from α = 1/2 on, or nobody does. A budget of 1/8 is less than both are paid, 1/2; if they mix, 1/4."""
    game = fg.PaymentGame(fg.TableUtility([[0, 0], [0, 1]]), fg.Users(sensitivity=[[0, "1/4"]] * 2))
    assert set(as_pairs(branches(game).extreme(F(1, 2)))) == {((1, 0), (1, 0)), ((0, 1), (0, 1))}
    assert fg.design(game, budget="1/8").platform_utility == 0
    assert_best_and_worst(game, F(1, 8))


@pytest.mark.parametrize("cap", [F(1, 16), F(1, 4)])
def test_a_breakpoint_may_be_too_dear_where_the_shares_beside_it_are_not(cap: Fraction) -> None:
    """At α = 7/13 the users may also play what pays them more than the budget; below it they may not."""
    values = [F(k, 10) for k in (0, -1, -8, 9, -2, -8, 6, -3, 8)]
    users = fg.Users(sensitivity=[[0, 0, "7/20"], [0, 0, "1/20"]], allowed=[[1, 2]] * 2)
    game = fg.PaymentGame(fg.TableUtility(object_array(values).reshape(3, 3)), users)
    worst = fg.design(game, "worst", cap)
    assert (worst.alpha, worst.profile, worst.choice.attained) == (F(7, 13), (1, 1), False)
    assert worst.platform_utility == F(6, 13) * F(-1, 5)
    assert_best_and_worst(game, cap)


@some(max_examples=30)
@given(games(least=-6))
def test_pure_answers_are_those_of_the_pure_scope(game: fg.PaymentGame) -> None:
    """The interval of a pure equilibrium is the one it has among profiles; the best is never below the pure best."""
    best, equilibria = fg.design(game, scope="all"), pure_equilibria(game)
    for choice in (best.choice, *best.ties, *([best.runner_up] if best.runner_up else [])):
        assert choice.interval[0] <= choice.alpha <= choice.interval[1]
        if choice.profile is not None:
            assert choice.interval == equilibria.interval(game, choice.profile)
    pure = fg.design(game, scope="pure")
    assert best.platform_utility >= pure.platform_utility
    assert (
        fg.design(game, "worst", scope="all").platform_utility
        <= fg.design(game, "worst", scope="pure").platform_utility
    )
    assert best.equilibrium_profiles == pure.equilibrium_profiles == len(equilibria)
    for selection in ("stable", "potential"):
        answers = [_or_none(game, selection, scope) for scope in ("all", "pure")]
        assert answers[0] == answers[1]


def _or_none(game: fg.PaymentGame, selection: str, scope: str) -> tuple | None:
    try:
        found = fg.design(game, selection, scope=scope)
    except fg.NoAnswerError:
        return None
    return found.alpha, found.profile, found.platform_utility


def test_a_branch_that_ends_in_a_pure_equilibrium_is_no_other_answer() -> None:
    """User 1 stays away; below 1/α = 3/2 user 2 may mix levels 1 and 2, and ends with level 2 alone."""
    table = [[0, "2/3", "2/3"], [1, 0, "2/3"], [0, 0, 0]]
    found = fg.design(fg.PaymentGame(fg.TableUtility(table), fg.Users(sensitivity=[[0, "1/3", 0], [0, 0, 0]])))
    assert [(one.profile, one.choice.interval) for one in (found,)] == [((0, 1), (0, 1))]
    assert [(tie.profile, tie.interval) for tie in found.ties] == [((0, 2), (0, F(2, 3)))]
    assert found.runner_up.profile == (1, 2)


@some(max_examples=40)
@given(games(least=-6), st.sampled_from(["best", "worst"]))
def test_ties_and_the_runner_up(game: fg.PaymentGame, selection: str) -> None:
    found = fg.design(game, selection, scope="all")
    ranked = [found.choice, *found.ties]
    assert [choice.alpha for choice in ranked] == sorted(choice.alpha for choice in ranked)
    assert len({key(choice) for choice in ranked}) == len(ranked)
    assert all(abs(choice.platform_utility - found.platform_utility) <= F(1, 10**15) for choice in found.ties)
    if found.runner_up:
        assert found.runner_up.platform_utility < found.platform_utility
    if found.runner_up and selection == "best":
        assert key(found.runner_up) not in {key(choice) for choice in ranked}


def key(choice: Choice) -> tuple:
    return tuple(tuple(vector) for vector in choice.strategies)


@some(max_examples=25)
@given(games(), st.sampled_from(["best", "worst"]))
def test_floats_come_to_the_same_value(game: fg.PaymentGame, selection: str) -> None:
    exact = fg.design(game, selection, scope="all")
    floats = fg.design(fg.PaymentGame(game.utility, game.users, exact=False), selection, scope="all")
    assert not floats.exact
    assert float(floats.platform_utility) == pytest.approx(float(exact.platform_utility), abs=1e-9)
    assert floats.regret <= floats.regret_bound + 1e-12
    assert all(isinstance(value, float) for value in (floats.alpha, floats.platform_utility, *floats.choice.interval))


# Known answers ----------------------------------------------------------------------------------


def eq_10(c1: str, c2: str) -> fg.PaymentGame:
    table = fg.TableUtility([[0, "2/3"], ["2/3", 1]])
    return fg.PaymentGame(table, fg.Users(sensitivity=[[0, c1], [0, c2]]))


def test_knife_edge_of_the_design_note() -> None:
    """Over all equilibria 28/75 = 0.37333 at α = 3/5, where user 1 is indifferent and mixes (1/5, 4/5)."""
    best = fg.design(eq_10("3/10", "8/25"))
    assert (best.alpha, best.platform_utility) == (F(3, 5), F(28, 75))
    assert best.strategies[0].tolist() == [F(1, 5), F(4, 5)]
    assert best.profile is None
    assert (best.scope, best.regret, best.exact) == ("all", 0, True)
    assert best.choice.interval == (F(12, 25), F(3, 5))  # the end of the branch on which both mix
    # By hand: γ(q) = 2/3 − (1 − q)/6 makes user 2's payment 3/5·(1/5·2/3 + 4/5·1/2) = 8/25.
    assert best.payments.tolist() == [F(3, 5) * F(4, 5) * F(1, 2), F(8, 25)]
    assert (best.runner_up.profile, best.runner_up.platform_utility) == ((1, 0), F(11, 30))


@pytest.mark.parametrize("c", ["2/5", "1/2", "3/5"])
def test_the_middle_regime_of_theorem_3(c: str) -> None:
    """Eq. 97: α* = 6c/(3c + 2) over symmetric equilibria; over all, one user alone does better here."""
    game, alpha = eq_10(c, c), 6 * F(c) / (3 * F(c) + 2)
    symmetric = max(
        (curve for curve in branches(game).every if curve.slope is not None), key=lambda branch: branch.most
    )
    beta = 1 / alpha
    x, y = symmetric.strategies(beta)
    assert x.tolist() == y.tolist() == [6 * F(c) / alpha - 3, 4 - 6 * F(c) / alpha]

    def keeps_at(beta: Fraction) -> Fraction:
        return (1 - 1 / beta) * expected(game.utilities.numbers(), symmetric.strategies(beta))

    assert all(keeps_at(beta) > keeps_at(beta + step) for step in (F(1, 10**6), -F(1, 10**6)))
    candidates = SELECTIONS["best"].mixed.over_branches(branches(game), to_table(game.utilities), None)
    assert (beta, keeps_at(beta)) in [(one.beta, one.value) for one in candidates]
    best = fg.design(game)
    assert (best.alpha, best.profile) == (F(3, 2) * F(c), (0, 1))
    assert best.platform_utility > keeps_at(beta)


@pytest.mark.parametrize(
    ("table", "costs"),
    [
        ("0 3/8 3/4 5/8 1/2 7/8 1/2 1 3/4", ("1/40", "1/20")),
        ("0 1/4 1/2 3/4 1/4 1 1 1 1/4", ("1/40", "1/40")),
        ("0 1/3 2/3 1 1/3 2/3 2/3 1 1", ("1/40", "1/20")),
    ],
)
def test_irrational_optima_are_floats_next_to_them(table: str, costs: tuple[str, str]) -> None:
    """Where level 0 is not offered: a stationary point is a root of a cubic, and where curves cross, of a quadratic."""
    values = np.array(table.split(), dtype=object).reshape(3, 3)
    users = fg.Users(sensitivity=[[0, 0, cost] for cost in costs], allowed=[[1, 2]] * 2)
    game = fg.PaymentGame(fg.TableUtility(values), users)
    found = fg.design(game, "worst")
    assert not found.exact
    assert all(isinstance(value, float) for value in (found.alpha, found.platform_utility, found.utility))
    assert 0 <= found.regret <= found.regret_bound
    alpha, value = F(found.alpha), F(found.platform_utility)
    here, *beside = (keeps(game, alpha * (1 + F(k, 10**6)), None)[1] for k in (0, -1, 1))
    assert abs(here - value) <= F(1, 10**16)  # rounded once
    assert all(0 < value - other < F(1, 10**5) for other in beside)
    assert all(key(tie) != key(found.choice) for tie in found.ties)


def test_floats_give_the_same_answer_as_rationals() -> None:
    table = np.array([[0, 2 / 3], [2 / 3, 1]])
    game = fg.PaymentGame(fg.TableUtility(table), fg.Users(sensitivity=[[0, "3/10"], [0, "8/25"]]))
    best = fg.design(game)
    assert float(best.platform_utility) == pytest.approx(28 / 75, abs=1e-12)
    assert float(best.alpha or 0) == pytest.approx(3 / 5, abs=1e-12)
    assert best.regret <= best.regret_bound
    assert not best.exact


def test_levels_that_differ_by_rounding_alone_tie() -> None:
    """0.1 + 0.2 is not 0.3 in floats; levels 1 and 2 cost the same, and are worth the same."""
    users = fg.Users(sensitivity=[[0, "1/10", "1/10"], [0, 1, 1]])
    exact = fg.TableUtility([["0", "1/5", "1/5"], ["3/10", "2/5", "2/5"], ["3/10", "2/5", "2/5"]])
    floats = fg.TableUtility(np.array([[0, 0.2, 0.2], [0.3, 0.4, 0.4], [0.1 + 0.2, 0.4, 0.4]]))
    answers = [fg.design(fg.PaymentGame(utility, users)) for utility in (exact, floats)]
    assert [answer.exact for answer in answers] == [True, False]
    for answer in answers:
        assert [answer.profile, *(tie.profile for tie in answer.ties)] == [(1, 0), (2, 0)]
        assert float(answer.alpha) == pytest.approx(1 / 3, abs=1e-15)


def test_a_budget_leaves_room_for_rounding() -> None:
    """What the exact optimum pays out is a budget that the floats of the same game keep, whichever way they round."""
    random = np.random.default_rng(8)
    for _ in range(30):
        tenths = random.integers(1, 10, 4).cumsum()[[0, 1, 3]]
        users = fg.Users(sensitivity=[[0, F(int(cost), 30)] for cost in random.integers(1, 9, 2)])
        exact = fg.TableUtility([[0, F(int(tenths[0]), 10)], [F(int(tenths[1]), 10), F(int(tenths[2]), 10)]])
        floats = fg.TableUtility(exact.on_grid())
        best = fg.design(fg.PaymentGame(exact, users))
        found = fg.design(fg.PaymentGame(floats, users), budget=sum(best.payments))
        assert found.profile == best.profile
        assert found.platform_utility == pytest.approx(float(best.platform_utility), abs=1e-12)


def test_negative_payments_are_a_warning() -> None:
    """User 1 must share, which lowers U: φ₁ = (−1 + 1 − 3)/2; user 2, worth (3 + 1 + 1)/2, joins from α = 1/5 on."""
    users = fg.Users(sensitivity=[[0, 0], [0, "1/2"]], allowed=[[1], [0, 1]])
    found = fg.design(fg.PaymentGame(fg.TableUtility([[0, 3], [-1, 1]]), users))
    assert (found.alpha, found.platform_utility) == (F(1, 5), F(4, 5))
    assert found.payments.tolist() == [F(-3, 10), F(1, 2)]
    assert found.warnings == ("the fair payment is negative for user-1",)


# Theorem 1 --------------------------------------------------------------------------------------


def test_theorem_1_over_all_equilibria() -> None:
    """Eq. 11 with costs 1/4 each: payments 1/3 alone and 2/9 together, so each mixes or one shares."""
    game = fg.PaymentGame(
        fg.TableUtility([[0, "2/3"], ["2/3", 1]]), fg.Users(sensitivity=[[0, "1/4"]] * 2), rule="coalition"
    )
    best, worst = fg.design(game), fg.design(game, "worst")
    # Indifference: 1/3·(1 − s) + 2/9·s = 1/4, so each shares with s = 3/4.
    mixed = 2 * F(3, 4) * F(1, 4) * F(1, 3) + F(9, 16) * F(5, 9)
    assert {best.platform_utility, worst.platform_utility} == {mixed, F(1, 3)}
    assert best.alpha is None
    # One alone is paid 1/3; both who mix are paid their costs on average, 3/4·1/4 each.
    assert fg.design(game, "worst", "3/8").platform_utility == F(1, 3)
    assert fg.design(game, "best", "1/3").platform_utility == F(1, 3)
    for selection, budget in (("worst", "1/3"), ("best", "1/10")):
        with pytest.raises(fg.NoAnswerError, match=f"at most {budget}"):
            fg.design(game, selection, budget)


@some(max_examples=30)
@given(games(levels=(2, 3), least=-6, rule="coalition"), st.one_of(st.none(), BUDGETS))
def test_theorem_1_against_the_enumeration(game: fg.PaymentGame, cap: Fraction | None) -> None:
    """The platform keeps φ_p and pays the rest of U; where a budget binds, points of a continuum may spend it."""
    normal, utility, kept = game.at(), game.utilities.numbers(), game.potential.numbers()
    pairs = extreme_pairs(normal)
    known = {pair: (expected(kept, pair), expected(utility, pair) - expected(kept, pair)) for pair in pairs}
    fitting = [value for value, paid in known.values() if cap is None or paid <= cap]
    best, worst = (_value(game, selection, cap) for selection in ("best", "worst"))
    assert worst == (min(value for value, _ in known.values()) if len(fitting) == len(known) else None)
    if cap is None or len(fitting) == len(known):
        assert best == max(fitting)
    weights = [F(k, 8) for k in range(9)]
    for (x, y), (a, b) in product(pairs, repeat=2):
        if extreme_pairs_span(pairs, (x, y), (a, b)):
            for s, t in product(weights, repeat=2):
                pair = tuple(tuple((1 - w) * p + w * q for p, q in zip(u, v, strict=True))
                             for w, u, v in ((s, x, a), (t, y, b)))  # fmt: skip
                if cap is None or expected(utility, pair) - expected(kept, pair) <= cap:
                    assert best is not None
                    assert expected(kept, pair) <= best


def extreme_pairs_span(pairs: set[Pair], one: Pair, other: Pair) -> bool:
    """Whether all mixtures of two extreme equilibria, player by player, are equilibria."""
    return (one[0], other[1]) in pairs and (other[0], one[1]) in pairs


def _value(game: fg.PaymentGame, selection: str, cap: Fraction | None) -> Fraction | None:
    try:
        return fg.design(game, selection, cap).platform_utility
    except fg.NoAnswerError:
        return None


def test_three_users_have_no_branches() -> None:
    game = fg.PaymentGame(fg.LinearLaplace(3, [0, 1]), fg.Users(sensitivity=[[0, 1]] * 3))
    with pytest.raises(fg.InputError, match="two users"):
        branches(game)
