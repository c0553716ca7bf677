"""What an answer rests on: every number against trying all profiles, all deviations, all corners of costs."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.equilibria import certify_profile
from fairgames.equilibria.pure import together
from fairgames.equilibria.pure.deviations import Deviations
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.pure.shares import end_of
from fairgames.equilibria.two_users.along_branches import reach
from fairgames.equilibria.two_users.branches import branches
from fairgames.games.certificate import certify
from fairgames.games.extreme import extreme_equilibria
from fairgames.mechanism import Choice
from fairgames.mechanism.amounts import Price
from fairgames.mechanism.robust_design import robust_design
from fairgames.mechanism.robustness import robustness
from fairgames.mechanism.robustness_result import Robustness
from fairgames.reading.json_values import plain
from tests import oracles
from tests.bimatrix_oracle import extreme_pairs
from tests.equilibria.test_branches import games
from tests.strategies import Case, cases

SELECTIONS = st.sampled_from(["best", "worst", "stable", "potential"])
TINY = Fraction(1, 10**9)


def checked(case: Case, selection: str, margin=None, exact=None) -> tuple[fg.Design, Robustness] | None:
    game = case.game(exact)
    try:
        found = fg.design(game, selection, scope="pure")
    except fg.NoAnswerError:
        return None
    return found, robustness(game, found, margin)


def welfare(oracle: oracles.Game, profile) -> Fraction:
    """U − Σc."""
    return oracle.utility(profile) - sum(row[level] for row, level in zip(oracle.costs, profile, strict=True))


def losses(oracle: oracles.Game, profile, alpha: Fraction) -> list[Fraction]:
    """What each deviation costs the one who deviates."""
    return [
        oracle.payoff(profile, user, alpha) - oracle.payoff((*profile[:user], level, *profile[user + 1 :]), user, alpha)
        for user, levels in enumerate(oracle.choices)
        for level in levels
        if level != profile[user]
    ]


# A pure answer --------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(cases(least=-3, rules=("users",)), SELECTIONS)
def test_interval_and_room(case, selection):
    if (answer := checked(case, selection)) is None:
        return
    (found, result), oracle = answer, case.oracle()
    low, high = result.interval
    assert low <= found.alpha <= high
    assert result.room == (found.alpha - low, high - found.alpha)
    assert all(oracle.is_equilibrium(found.profile, alpha) for alpha in (low, (low + high) / 2, high))
    assert low == 0 or not oracle.is_equilibrium(found.profile, low - TINY)
    assert high == 1 or not oracle.is_equilibrium(found.profile, high + TINY)


@settings(max_examples=60, deadline=None)
@given(cases(least=-3), SELECTIONS)
def test_strictness_and_tolerance(case, selection):
    if (answer := checked(case, selection)) is None:
        return
    (found, result), oracle = answer, case.oracle()
    share = Fraction(1) if found.alpha is None else found.alpha
    everything = losses(oracle, found.profile, share)
    assert result.strictness == (min(everything) if everything else float("inf"))
    _check_tolerance(case, found.profile, share, result.tolerance)


def _check_tolerance(case: Case, profile, share: Fraction, tolerance: Fraction) -> None:
    assert 0 <= tolerance <= 1
    assert _survives(case, profile, share, tolerance)
    assert tolerance == 1 or not _survives(case, profile, share, tolerance + TINY)


def _survives(case: Case, profile, share: Fraction, error: Fraction) -> bool:
    """Whether a profile is an equilibrium wherever costs are off by that part of them: at all corners.

    One user at a time: nobody's payoff depends on another's costs.
    """
    values = case.oracle().values
    for user, levels in enumerate(case.choices):
        own = [case.costs[user][level] for level in levels]
        for signs in product((-1, 1), repeat=len(levels)):
            costs = {level: c * (1 + sign * error) for level, c, sign in zip(levels, own, signs, strict=True)}
            there = {level: (*profile[:user], level, *profile[user + 1 :]) for level in levels}
            payoffs = {level: share * values[at][user] - costs[level] for level, at in there.items()}
            if payoffs[profile[user]] < max(payoffs.values()):
                return False
    return True


@settings(max_examples=60, deadline=None)
@given(cases(least=-3), SELECTIONS)
def test_the_worst_pure_equilibrium_at_the_share(case, selection):
    if (answer := checked(case, selection)) is None:
        return
    (found, result), oracle = answer, case.oracle()
    share = Fraction(1) if found.alpha is None else found.alpha
    standing = oracle.equilibria(share)
    kept = {p: oracle.kept[p] if found.alpha is None else (1 - share) * oracle.utility(p) for p in standing}
    assert result.worst.platform_utility == min(kept.values())
    assert result.worst.profile == min(p for p in standing if kept[p] == min(kept.values()))
    assert result.worst.utility == oracle.utility(result.worst.profile)
    assert result.worst.alpha == found.alpha
    assert result.loss == found.platform_utility - min(kept.values())
    assert [vector.tolist().index(1) for vector in result.worst.strategies] == list(result.worst.profile)
    assert found.profile in standing
    heights = [welfare(oracle, p) for p in standing]
    assert_price(result.price_of_anarchy, result.first_best, min(heights))
    assert_price(result.price_of_stability, result.first_best, max(heights))
    assert result.scope == "pure"


@settings(max_examples=60, deadline=None)
@given(cases(least=-3), SELECTIONS)
def test_the_first_best_and_the_price_of_fairness(case, selection):
    if (answer := checked(case, selection)) is None:
        return
    (found, result), oracle = answer, case.oracle()
    heights = {profile: welfare(oracle, profile) for profile in oracle.profiles}
    assert result.first_best == max(heights.values())
    assert result.first_best_profile == min(p for p in heights if heights[p] == result.first_best)
    assert result.welfare == heights[found.profile]
    assert_price(result.price_of_fairness, result.first_best, found.platform_utility)
    assert result.exact
    assert result.error_bound == 0


def assert_price(price: Price, best: Fraction, had: Fraction) -> None:
    assert price.difference == best - had
    assert price.ratio == (best / had if had > 0 else None)
    assert price.relative == ((best - had) / best if best > 0 else None)


@settings(max_examples=40, deadline=None)
@given(cases(rules=("users",)))
def test_users_who_may_keep_their_data_are_paid_their_costs(case):
    """So the first best bounds what the platform keeps, if level 0 is on offer: a payoff is never below 0."""
    everybody = tuple(tuple(sorted({0, *levels})) for levels in case.choices)
    costs = tuple((Fraction(0), *row[1:]) for row in case.costs)
    found, result = checked(Case(case.table, costs, everybody, "users"), "best")
    assert found.platform_utility <= result.welfare <= result.first_best
    assert result.price_of_fairness.difference >= 0


# The margin -----------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(cases(least=-3, rules=("users",)), SELECTIONS, st.sampled_from([None, "1/100", "1/20", "1/3"]))
def test_the_margin(case, selection, distance):
    game = case.game()
    try:
        found = fg.design(game, selection, scope="pure")
    except fg.NoAnswerError:
        return
    oracle, profile = case.oracle(), found.profile
    low, high = pure_equilibria(game).interval(game, profile)
    inside = losses(oracle, profile, (low + high) / 2)
    if low == high or not inside or min(inside) == 0:
        assert robustness(game, found, distance).margin is None
        return
    away = (high - low) / 100 if distance is None else Fraction(distance)
    ends = [end for end in (low, high) if min(losses(oracle, profile, end)) == 0]
    allowed = [alpha for alpha in {found.alpha, low, high, *(end + s * away for end in ends for s in (-1, 1))}
               if low <= alpha <= high and all(abs(alpha - end) >= away for end in ends)]  # fmt: skip
    if not allowed:
        with pytest.raises(fg.InputError, match=r"margin: expected a number above 0 and up to"):
            robustness(game, found, distance)
        return
    margin = robustness(game, found, distance).margin
    assert margin.distance == away
    assert margin.alpha in allowed
    assert abs(margin.alpha - found.alpha) == min(abs(alpha - found.alpha) for alpha in allowed)
    assert margin.strictness == min(losses(oracle, profile, margin.alpha)) > 0
    assert margin.platform_utility == (1 - margin.alpha) * oracle.utility(profile)
    _check_tolerance(case, profile, margin.alpha, margin.tolerance)


def test_the_margin_by_hand():
    """User 1 alone, on [9/20, 16/25]: at 1/2 it would lose 1/2·2/3 − 3/10 by leaving, user 2 gains 1/4 by joining."""
    game = knife_edge()
    found = fg.design(game, scope="pure")
    margin = robustness(game, found, "1/20").margin
    assert (margin.alpha, margin.strictness) == (Fraction(1, 2), min(Fraction(1, 30), Fraction(8, 25) - Fraction(1, 4)))
    assert margin.platform_utility == Fraction(1, 3)
    assert margin.tolerance == Fraction(1, 30) / Fraction(3, 10)


def test_only_ends_that_are_critical_are_kept_away_from():
    """Nobody shares from 0 on, where leaving costs nothing but sharing does: no margin is needed below."""
    game = fg.PaymentGame(fg.TableUtility([0, 1]), fg.Users(sensitivity=[[0, "1/2"]]))
    found = fg.design(game, "worst", scope="pure")
    assert (found.alpha, found.choice.attained) == (Fraction(1, 2), False)
    nothing = fg.design(fg.PaymentGame(fg.TableUtility([0, 1]), fg.Users(sensitivity=[[0, 2]])))
    result = robustness(fg.PaymentGame(fg.TableUtility([0, 1]), fg.Users(sensitivity=[[0, 2]])), nothing, "1/3")
    assert (result.interval, result.margin.alpha, result.margin.strictness) == ((0, 1), 0, 2)


@pytest.mark.parametrize("distance", [0, -1, "1/10", 1])
def test_margins_that_do_not_fit(distance):
    """The interval is 19/100 long, and both of its ends are critical."""
    game = knife_edge()
    found = fg.design(game, scope="pure")
    with pytest.raises(fg.InputError, match=r"margin: expected a number above 0 and up to 0.095 = 19/200"):
        robustness(game, found, distance)
    with pytest.raises(fg.InputError, match="margin"):
        robustness(game, found, "x")
    assert robustness(game, found, "19/200").margin.alpha == Fraction(9, 20) + Fraction(19, 200)


# Two users, mixed equilibria too --------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(games(), SELECTIONS)
def test_the_worst_of_all_equilibria_of_two_users(game, selection):
    found = _answer(game, selection)
    if found is None or not isinstance(found.alpha, Fraction):
        return
    result, utility = robustness(game, found), game.utilities.numbers()
    pairs = [tuple(map(fg.exact.object_array, pair)) for pair in extreme_pairs(game.at(found.alpha))]
    kept = [(1 - found.alpha) * (x @ utility @ y) for x, y in pairs]
    assert result.scope == "all"
    assert result.worst.platform_utility == min(kept)
    assert result.loss == found.platform_utility - min(kept)
    x, y = own(game, result.worst)
    assert (1 - found.alpha) * (x @ utility @ y) == min(kept)
    assert certify(game.at(found.alpha), (x, y)).regret == 0
    assert (result.worst.profile is None) == (max(x) < 1 or max(y) < 1)
    if result.worst.profile:
        assert result.worst.interval == pure_equilibria(game).interval(game, result.worst.profile)
    heights = [x @ utility @ y - x @ game.costs[0] - y @ game.costs[1] for x, y in pairs]
    assert_price(result.price_of_anarchy, result.first_best, min(heights))
    assert_price(result.price_of_stability, result.first_best, max(heights))
    spent = [vector @ np.array(costs) for vector, costs in zip(own(game, found), game.costs, strict=True)]
    assert result.welfare == found.utility - sum(spent)


def own(game: fg.PaymentGame, found: fg.Design | Choice):
    """Strategies over the levels that each user may choose."""
    return tuple(vector[list(levels)] for vector, levels in zip(found.strategies, game.strategies, strict=True))


def _answer(game: fg.PaymentGame, selection: str) -> fg.Design | None:
    try:
        return fg.design(game, selection, scope="all")
    except fg.NoAnswerError:
        return None


@settings(max_examples=30, deadline=None)
@given(games(), st.data())
def test_no_mixture_of_equilibria_is_worse(game, data):
    """Every equilibrium is a mixture within one convex set; none keeps less or wastes more than the extreme ones."""
    found = fg.design(game, scope="all")
    if not isinstance(found.alpha, Fraction):
        return
    result, utility = robustness(game, found), game.utilities.numbers()
    weights = st.lists(st.integers(1, 5), min_size=1, max_size=1)
    for rows, columns in extreme_equilibria(game.at(found.alpha)).sets:
        x, y = (_mixture(side, [data.draw(weights)[0] for _ in side]) for side in (rows, columns))
        assert certify(game.at(found.alpha), (x, y)).regret == 0
        assert (1 - found.alpha) * (x @ utility @ y) >= result.worst.platform_utility
        height = x @ utility @ y - x @ game.costs[0] - y @ game.costs[1]
        assert result.first_best - result.price_of_anarchy.difference <= height
        assert height <= result.first_best - result.price_of_stability.difference


def _mixture(vectors, weights):
    return sum(Fraction(w, sum(weights)) * vector for w, vector in zip(weights, vectors, strict=True))


@settings(max_examples=40, deadline=None)
@given(games(), SELECTIONS)
def test_how_far_a_mixed_answer_can_be_followed(game, selection):
    """Inside its interval some equilibrium of the same supports is near; right beyond it none is."""
    found = _answer(game, selection)
    if found is None:
        return
    result = robustness(game, found)
    low, high = result.interval
    assert low <= found.alpha <= high
    assert result.room == (found.alpha - low, high - found.alpha)
    if found.profile is not None:
        assert (low, high) == pure_equilibria(game).interval(game, found.profile)
        return
    assert result.margin is None
    assert result.strictness == 0
    step = Fraction(1, 10**5)
    for end, direction in ((low, -1), (high, 1)):
        here = Fraction(end) - direction * step
        if low < here < high:
            assert any(_near(one, two) for one in _all(game, here) for two in _all(game, here + direction * step / 10))
        beyond = Fraction(end) + direction * step
        if found.alpha == end and 0 <= beyond <= 1:
            assert not any(_near(own(game, found), one) for one in _all(game, beyond))
        if found.alpha != end and 0 < end < 1:
            assert min(abs(float(1 / beta) - end) for beta in branches(game).betas) < 1e-12


def _all(game: fg.PaymentGame, alpha: Fraction):
    return extreme_equilibria(game.at(alpha)).equilibria


def _near(one, other) -> bool:
    return all(np.abs(np.array(a - b, dtype=float)).max() < 0.02 for a, b in zip(one, other, strict=True))


@settings(max_examples=25, deadline=None)
@given(games())
def test_theorem_1_of_two_users(game):
    one = fg.PaymentGame(game.utility, game.users, "coalition")
    found = fg.design(one, scope="all")
    result = robustness(one, found)
    kept = [x @ one.potential.numbers() @ y for x, y in extreme_pairs(one.at())]
    assert result.worst.platform_utility == min(kept)
    assert (result.interval, result.room, result.margin, result.worst.interval) == (None, None, None, None)


def test_the_knife_edge_over_all_equilibria():
    """By hand: at 3/5 user 1 is indifferent where user 2 shares; both mix on the branch below, down to 12/25.

    There user 1 shares for certain: γ(p) = 1/2 + p/6 = (8/25)/α, so p = 1 at α = 12/25. At 3/5
    user 1 alone is an equilibrium too, worth 2/5·2/3 to the platform.
    """
    game = knife_edge()
    found = fg.design(game)
    result = robustness(game, found)
    assert result.interval == (Fraction(12, 25), Fraction(3, 5))
    assert result.worst.profile in ((1, 0), (0, 1))
    assert result.worst.platform_utility == Fraction(2, 5) * Fraction(2, 3)
    assert result.loss == Fraction(28, 75) - Fraction(4, 15)
    assert result.first_best == 1 - Fraction(3, 10) - Fraction(8, 25)
    assert result.tolerance == 0


def test_a_branch_ends_where_it_becomes_pure():
    """Both users alike: each is indifferent where the other stays out with p, 1/2 + p/6 = (1/4)/α.

    The mixed equilibrium grows out of nobody sharing at α = 3/8 and into both sharing at 1/2.
    """
    game = fg.PaymentGame(fg.TableUtility([[0, "2/3"], ["2/3", 1]]), fg.Users(sensitivity=[[0, "1/4"]] * 2))
    known = branches(game)
    alpha = Fraction(7, 16)
    out = 6 * (Fraction(1, 4) / alpha - Fraction(1, 2))
    mixed = fg.exact.object_array([out, 1 - out])
    nobody, both = (fg.exact.object_array(map(Fraction, pair)) for pair in ((1, 0), (0, 1)))
    assert certify(game.at(alpha), (mixed, mixed)).regret == 0
    assert reach(known, alpha, (mixed, mixed)) == (Fraction(3, 8), Fraction(1, 2))
    assert reach(known, Fraction(1, 4), (nobody, nobody)) == (0, Fraction(3, 8))
    assert reach(known, Fraction(3, 4), (both, both)) == (Fraction(1, 2), 1)
    assert reach(known, alpha, (nobody, both)) == (Fraction(3, 8), Fraction(1, 2))
    # A pure profile has an interval of its own, wherever mixed ones go on from it.
    result = robustness(game, fg.design(game, budget="1/4"))
    assert (result.worst.alpha, result.worst.profile) == (Fraction(3, 8), (0, 0))
    assert result.worst.interval == (0, Fraction(3, 8))


def test_a_branch_goes_on_past_the_breakpoints_of_others():
    """User 1 alone shares, at every α from 9/20 to 16/25; at 12/25 and 3/5 others begin and end."""
    game = knife_edge()
    known = branches(game)
    shares, keeps = (fg.exact.object_array(map(Fraction, pair)) for pair in ((0, 1), (1, 0)))
    inside = [1 / beta for beta in known.betas if Fraction(9, 20) < 1 / beta < Fraction(16, 25)]
    assert len(inside) == 2
    for alpha in (Fraction(9, 20), Fraction(1, 2), Fraction(3, 5), Fraction(16, 25)):
        assert reach(known, alpha, (shares, keeps)) == (Fraction(9, 20), Fraction(16, 25))


def test_a_share_that_is_no_fraction():
    """Inside a branch α is the root of a polynomial, and the answer as well as what it rests on are floats."""
    table = [[0, 3, 22], [17, 31, 13], [19, 26, 16]]
    game = fg.PaymentGame(fg.TableUtility(table), fg.Users(sensitivity=[[0, 6, 8], [0, 1, 6]]))
    found = fg.design(game, "worst")
    result = robustness(game, found)
    assert not found.exact
    assert not result.exact
    assert result.interval[0] < found.alpha < result.interval[1]
    assert (result.strictness, result.tolerance) == (0, 0)
    near = extreme_equilibria(game.at(Fraction(found.alpha))).equilibria
    kept = [(1 - found.alpha) * float(x @ game.utilities.numbers() @ y) for x, y in near]
    assert result.worst.platform_utility == pytest.approx(min(kept), abs=1e-9)
    assert result.loss == pytest.approx(0, abs=1e-9)  # the answer is the worst


# Floats ---------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(cases(least=-3), st.sampled_from(["best", "potential", "stable"]))
def test_floats_come_to_the_same_within_their_bound(case, selection):
    exact, floats = checked(case, selection), checked(case, selection, exact=False)
    assert (exact is None) == (floats is None)
    if exact is None:
        return
    right, near = exact[1], floats[1]
    assert not near.exact
    assert 0 <= near.error_bound < 1e-10
    pairs = [(near.loss, right.loss), (near.first_best, right.first_best), (near.welfare, right.welfare)]
    pairs += [
        (getattr(near, name).difference, getattr(right, name).difference)
        for name in ("price_of_fairness", "price_of_anarchy", "price_of_stability")
    ]
    pairs.append((near.strictness, right.strictness))
    assert (near.margin is None) == (right.margin is None)
    if right.margin:
        pairs.append((near.margin.strictness, right.margin.strictness))
        pairs.append((near.margin.platform_utility, right.margin.platform_utility))
        assert near.margin.tolerance == pytest.approx(float(right.margin.tolerance), abs=1e-9)
    assert all(a == b or abs(Fraction(a) - b) <= Fraction(near.error_bound) for a, b in pairs)
    assert (near.strictness == 0) == (right.strictness == 0)
    assert near.tolerance == pytest.approx(float(right.tolerance), abs=1e-9)
    if right.interval:
        assert near.interval == pytest.approx(tuple(map(float, right.interval)), abs=1e-11)


@settings(max_examples=40, deadline=None)
@given(cases(least=-3, rules=("users",)))
def test_floats_see_the_same_profiles_at_an_end(case):
    """An end of one interval is one of many: a float of it may lie beside the others."""
    exact, floats = (pure_equilibria(case.game(exact)) for exact in (True, False))
    for alpha in {*exact.lower, *exact.upper}:
        assert floats.index[floats.at(float(alpha))].tolist() == exact.index[exact.at(alpha)].tolist()


@settings(max_examples=25, deadline=None)
@given(games(), st.sampled_from(["best", "stable", "potential"]))
def test_floats_of_two_users_see_the_same_worst(game, selection):
    _check_floats_of_two_users(game, selection)


def _check_floats_of_two_users(game: fg.PaymentGame, selection: str) -> None:
    """At a share that is a breakpoint, which a float hits by rounding only."""
    floats = fg.PaymentGame(game.utility, game.users, exact=False)
    if (found := _answer(game, selection)) is None:
        return
    right, near = robustness(game, found), robustness(floats, fg.design(floats, selection, scope="all"))
    assert near.worst.platform_utility == pytest.approx(float(right.worst.platform_utility), abs=1e-9)
    assert near.price_of_anarchy.difference == pytest.approx(float(right.price_of_anarchy.difference), abs=1e-9)
    assert near.interval == pytest.approx(tuple(map(float, right.interval)), abs=1e-9)


@pytest.mark.parametrize("selection", ["best", "stable", "potential"])
def test_breakpoints_that_rounding_splits(selection):
    """At 1/9 user 2's levels 1 and 2 are equally good; as floats one ends a little before the other begins."""
    table = [[0, "1/20", "1/2"], [0, 0, 0], [0, "9/20", "9/10"]]
    users = fg.Users(sensitivity=[[0, 0, "3/20"], [0, 0, "1/20"]])
    _check_floats_of_two_users(fg.PaymentGame(fg.TableUtility(table), users), selection)


def test_hospitals_with_a_margin():
    users = fg.Users(samples=[10, 50, 100, 200, 20], sensitivity=[[0, 0.1, 0.3]] * 5)
    game = fg.PaymentGame(fg.FederatedMean(users, 1.0, 10.0), users)
    found = fg.design(game)
    known = pure_equilibria(game)
    result = robustness(game, found, equilibria=known)
    assert (result.strictness, result.tolerance) == (0, 0)
    certificate = certify_profile(game, found.profile, result.margin.alpha)
    assert certificate.regret == 0  # nobody comes near to gaining: not even rounding shows
    assert result.margin.strictness > result.error_bound
    cost = np.array([[0, 0.1, 0.3]] * 5)[range(5), found.profile].sum()
    assert result.welfare == pytest.approx(found.utility - cost, abs=1e-12)


# What it is not made for, and how it is shown -------------------------------------------------


def knife_edge() -> fg.PaymentGame:
    """Design note 2: U = [[0, 2/3], [2/3, 1]], c = (3/10, 8/25)."""
    return fg.PaymentGame(fg.TableUtility([[0, "2/3"], ["2/3", 1]]), fg.Users(sensitivity=[[0, "3/10"], [0, "8/25"]]))


def test_nobody_has_a_choice():
    game = fg.PaymentGame(fg.TableUtility([[0, 1], [1, 2]]), fg.Users(allowed=[[1], [1]], names=["a", "b"]))
    for scope in ("pure", "all"):
        result = robustness(game, fg.design(game, scope=scope))
        assert (result.strictness, result.tolerance, result.margin) == (float("inf"), 1, None)
        assert (result.loss, result.first_best, result.price_of_stability.ratio) == (0, 2, 1)


def test_free_data():
    """Nothing costs anything, so nothing can be off; but at 0 nobody is paid, and nobody may share."""
    game = fg.PaymentGame(fg.TableUtility([[0, 1], [1, 2]]), fg.Users(names=["a", "b"]))
    result = robustness(game, fg.design(game, scope="pure"))
    assert (result.tolerance, result.strictness, result.loss) == (1, 0, 2)
    assert result.price_of_fairness == Price(0, 1, 0)


def test_answers_that_belong_elsewhere():
    game = knife_edge()
    found = fg.design(game, scope="pure")
    other = fg.PaymentGame(game.utility, fg.Users(sensitivity=[[0, "1/2"], [0, "8/25"]]))
    with pytest.raises(fg.InputError, match=r"no equilibrium of this game, where somebody gains 0\.2 = 1/5"):
        robustness(other, found)
    vars(found)["scope"] = "symmetric"
    with pytest.raises(fg.InputError, match="scope 'pure' or 'all', got scope 'symmetric'"):
        robustness(game, found)


def test_an_answer_for_ranges_of_sensitivities():
    game = knife_edge()
    result = robustness(game, robust_design(game, [[0, "33/100"], [0, "7/20"]]))
    assert result.interval == (Fraction(9, 20), Fraction(16, 25))
    assert result.strictness == Fraction(99, 200) * Fraction(2, 3) - Fraction(3, 10)


@pytest.mark.parametrize("scope", ["pure", "all"])
@pytest.mark.parametrize("rule", ["users", "coalition"])
def test_as_json_and_for_people(scope, rule):
    game = fg.PaymentGame(knife_edge().utility, knife_edge().users, rule)
    result = robustness(game, fg.design(game, scope=scope))
    exact = json.loads(json.dumps(plain(result.to_dict(), exact=True)))
    assert exact.keys() == vars(result).keys()
    assert Fraction(exact["first_best"]) == result.first_best
    assert Fraction(exact["price_of_fairness"]["difference"]) == result.price_of_fairness.difference
    assert exact["worst"]["alpha"] == (None if result.worst.alpha is None else str(result.worst.alpha))
    lines = result.lines(game)
    assert 5 <= len(lines) <= 8
    assert any("worst equilibrium" in line and "platform keeps" in line for line in lines)
    assert f"{float(result.first_best):.6g}" in " ".join(lines)


def test_deviations_of_a_mixed_profile_are_those_of_its_payoffs():
    """Three users, one mixing: expected payoffs by hand from the payoff table."""
    random = np.random.default_rng(1)
    table = random.integers(0, 9, (2, 2, 2))
    table[0, 0, 0] = 0
    game = fg.PaymentGame(fg.TableUtility(table.tolist()), fg.Users(sensitivity=[[0, "1/2"], [0, 1], [0, "1/3"]]))
    half = fg.exact.object_array([Fraction(1, 2)] * 2)
    no, yes = (fg.exact.object_array(map(Fraction, pair)) for pair in ((1, 0), (0, 1)))
    alpha = Fraction(2, 3)
    payoffs = game.at(alpha).payoffs
    expected = [
        0,  # user 1 plays both: whatever it is paid, in equilibrium it is indifferent
        0,
        sum(payoffs[a, 1, 0, 1] - payoffs[a, 0, 0, 1] for a in (0, 1)) / 2,
        sum(payoffs[a, 1, 0, 2] - payoffs[a, 1, 1, 2] for a in (0, 1)) / 2,
    ]
    assert Deviations.of(game, (half, yes, no)).losses(alpha).tolist() == expected


@pytest.mark.parametrize("seed", range(20))
def test_ends_that_are_equal_by_form_are_those_that_balls_cannot_tell_apart(monkeypatch, seed):
    rng = np.random.default_rng(seed)
    samples = rng.choice([20, 45, 90], size=4).tolist()
    row = [0, "0.05", "0.1"] if seed % 2 else [0, "0.07", "0.11"]
    users = fg.Users(samples=samples, sensitivity=[row] * 4)
    game = fg.PaymentGame(fg.FederatedMean(users, between=1, within=int(rng.integers(5, 40))), users)
    found = pure_equilibria(game)
    shares = [end_of(found, k, upper) for k in range(len(found)) for upper in (False, True)]
    by_form = [together.equilibria_together(game, found, share).tolist() for share in shares]
    assert any(len(positions) > 1 for positions in by_form)
    monkeypatch.setattr(together, "_same_by_form", lambda *_: False)
    assert by_form == [together.equilibria_together(game, found, share).tolist() for share in shares]
