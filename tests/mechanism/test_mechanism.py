"""The platform's choice against trying every share: all selections, both rules, with a budget."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.errors import InputError, NoAnswerError
from fairgames.game import PaymentGame
from fairgames.mechanism import Design
from fairgames.mechanism import design as design_in_scope
from fairgames.mechanism.pure import pure_design
from fairgames.mechanism.types import population_design
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace, TableUtility
from tests.strategies import Case, cases, fractions_array

COMMON = settings(max_examples=40, deadline=None)
design = partial(design_in_scope, scope="pure")
BUDGETS = st.one_of(st.none(), st.sampled_from([Fraction(text) for text in ("0", "1/4", "1/2", "1", "2", "3")]))


def answer(case: Case, selection: str, budget: Fraction | None) -> Design | None:
    try:
        return design(case.game(), selection, budget)
    except NoAnswerError:
        return None


def key(choice) -> tuple[Fraction, tuple[int, ...]]:
    return choice.alpha, choice.profile


def assert_certified(case: Case, found: Design) -> None:
    """The parts of an answer that hold for every selection, from the definition."""
    oracle, profile = case.oracle(), found.profile
    share = found.alpha if case.rule == "users" else Fraction(1)
    assert found.exact
    assert found.regret_bound == 0
    assert found.regrets.tolist() == [0] * len(case.choices)
    assert oracle.is_equilibrium(profile, share)
    assert found.utility == case.table[profile]
    assert found.payments.tolist() == [share * value for value in oracle.values[profile]]
    assert found.platform_utility == found.utility - sum(found.payments)
    for vector, level in zip(found.strategies, profile, strict=True):
        assert vector.tolist() == [int(k == level) for k in range(case.table.shape[0])]
    assert found.rule == case.rule
    assert found.scope == "pure"


# Theorem 2 ------------------------------------------------------------------------------------


@settings(max_examples=90, deadline=None)
@given(cases(rules=("users",)), BUDGETS)
def test_best(case, budget):
    found, right = answer(case, "best", budget), case.oracle().answers("best", budget)
    assert found is not None  # at α = 0 nothing is paid, and somebody's costs are least
    assert_certified(case, found)
    assert found.platform_utility == right[0].value
    firsts = _first_of_each_profile(right)
    assert [key(found.choice), *map(key, found.ties)] == firsts
    assert all(choice.attained for choice in (found.choice, *found.ties))
    lower, upper = found.choice.interval
    assert lower == found.alpha
    assert case.oracle().is_equilibrium(found.profile, upper)
    assert upper == 1 or not case.oracle().is_equilibrium(found.profile, upper + Fraction(1, 10**9))


@settings(max_examples=90, deadline=None)
@given(cases(rules=("users",)), BUDGETS)
def test_stable(case, budget):
    found, right = answer(case, "stable", budget), case.oracle().answers("stable", budget)
    if not right:
        assert found is None
        return
    assert_certified(case, found)
    assert found.platform_utility == right[0].value
    assert [key(found.choice), *map(key, found.ties)] == _first_of_each_profile(right)
    reached = {(one.alpha, one.profile): one.attained for one in right}
    assert all(choice.attained == reached[key(choice)] for choice in (found.choice, *found.ties))
    lower, upper = found.choice.interval
    assert lower < upper
    assert case.oracle().is_equilibrium(found.profile, (lower + upper) / 2, strict=True)


@settings(max_examples=60, deadline=None)
@given(cases(rules=("users",)), BUDGETS)
def test_potential(case, budget):
    found, right = answer(case, "potential", budget), case.oracle().answers("potential", budget)
    assert (found is None) == (not right)
    if found is None:
        return
    assert_certified(case, found)
    assert found.platform_utility == right[0].value
    assert key(found.choice) == (right[0].alpha, right[0].profile)
    assert {choice.profile for choice in (found.choice, *found.ties)} == {one.profile for one in right}
    for choice in (found.choice, *found.ties):
        low, high = choice.interval
        assert low <= choice.alpha <= high
        assert all(choice.profile in case.oracle().maximisers(alpha) for alpha in (low, (low + high) / 2, high))


@settings(max_examples=90, deadline=None)
@given(cases(rules=("users",)))
def test_worst(case):
    _check_worst(case, None)


def _check_worst(case: Case, budget: Fraction | None) -> None:
    found, right = answer(case, "worst", budget), case.oracle().answers("worst", budget)
    assert (found is None) == (not right)
    if found is None:
        return
    assert_certified(case, found)
    assert found.platform_utility == right[0].value
    assert found.alpha == right[0].alpha
    assert key(found.choice) == key(right[0])
    assert found.choice.attained == any(one.attained for one in right if one.alpha == found.alpha)
    ways = {(one.alpha, one.profile) for one in right}
    assert all(key(tie) in ways for tie in found.ties)


def _first_of_each_profile(right) -> list[tuple[Fraction, tuple[int, ...]]]:
    """The lowest α of each profile that reaches the optimum, by α and then by profile."""
    firsts: dict[tuple[int, ...], Fraction] = {}
    for one in right:
        firsts.setdefault(one.profile, one.alpha)
    return sorted((alpha, profile) for profile, alpha in firsts.items())


@settings(max_examples=90, deadline=None)
@given(cases(rules=("users",)), BUDGETS)
def test_worst_within_a_budget(case, budget):
    _check_worst(case, budget)


@pytest.mark.parametrize("selection", ["best", "worst", "stable", "potential"])
@settings(max_examples=35, deadline=None)
@given(case=cases(rules=("users",), least=-4), budget=BUDGETS)
def test_utilities_below_0(selection, case, budget):
    found, right = answer(case, selection, budget), case.oracle().answers(selection, budget)
    assert (found is None) == (not right)
    if found is not None:
        assert_certified(case, found)
        assert found.platform_utility == right[0].value
        assert key(found.choice) == key(right[0])
        reached = [one for one in right if one.alpha == found.alpha and found.profile == one.profile]
        if selection == "worst":
            reached = [one for one in right if one.alpha == found.alpha]
        assert found.choice.attained == any(one.attained for one in reached)


def test_nothing_kept_is_reached_at_a_share_of_1():
    """User 1 must share, user 2 joins at α = 1 only: U is −1/3, and at 1 also −1; (1 − 1)·U is 0."""
    users = Users(sensitivity=[[0, 0], [0, "1/2"]], allowed=[[1], [0, 1]])
    found = design(PaymentGame(TableUtility([[0, "5/3"], ["-1/3", -1]]), users), "worst")
    assert (found.alpha, found.platform_utility, found.choice.attained) == (1, 0, True)


# Runner-up and ties ---------------------------------------------------------------------------


@COMMON
@given(cases(), st.sampled_from(["best", "worst", "stable", "potential"]))
def test_the_runner_up_is_strictly_worse_and_ties_are_ordered(case, selection):
    found = answer(case, selection, None)
    if found is None:
        return
    order = [key(choice) if case.rule == "users" else (1, choice.profile) for choice in (found.choice, *found.ties)]
    assert order == sorted(order)
    assert len({profile for _, profile in order}) == len(order)
    assert all(choice.platform_utility == found.platform_utility for choice in found.ties)
    if found.runner_up is not None:
        assert found.runner_up.platform_utility < found.platform_utility


@COMMON
@given(cases(rules=("users",)))
def test_the_runner_up_of_the_best_is_the_best_of_the_others(case):
    """Each profile is worth most at the lower end of its interval; the next lower of these values."""
    found, oracle = answer(case, "best", None), case.oracle()
    worth = {}
    for profile in oracle.profiles:
        shares = [alpha for alpha in oracle.critical if oracle.is_equilibrium(profile, alpha)]
        if shares:
            worth[profile] = (1 - shares[0]) * case.table[profile]
    assert found.equilibrium_profiles == len(worth)
    lower = [value for value in worth.values() if value < found.platform_utility]
    assert (found.runner_up is None) == (not lower)
    if lower:
        assert found.runner_up.platform_utility == max(lower) == worth[found.runner_up.profile]


def indifferent(table, costs) -> Case:
    """Two users with two levels each, under Theorem 2."""
    rows = tuple(tuple(map(Fraction, row)) for row in costs)
    return Case(fractions_array(table, (2, 2)), rows, ((0, 1), (0, 1)), "users")


def test_ties_are_ordered_where_a_profile_ties_at_several_shares():
    """Nobody keeps anything: (1, 0) maximises Φ_α from 0 on, (0, 1) at 1 only."""
    found = answer(indifferent([0, 1, 0, 0], [(0, 0), (0, 1)]), "potential", None)
    assert key(found.choice) == (0, (0, 0))
    assert [key(tie) for tie in found.ties] == [(0, (1, 0)), (1, (0, 1))]


# Theorem 1 ------------------------------------------------------------------------------------


@pytest.mark.parametrize("selection", ["best", "worst", "stable", "potential"])
@settings(max_examples=35, deadline=None)
@given(case=cases(rules=("coalition",), least=-3), budget=BUDGETS)
def test_theorem_1(selection, case, budget):
    found, right = answer(case, selection, budget), case.oracle().best_without_share(selection, budget)
    assert (found is None) == (right is None)
    if found is None:
        return
    assert_certified(case, found)
    value, profiles = right
    assert found.alpha is None
    assert found.choice.interval is None
    assert found.choice.attained
    assert found.platform_utility == value
    assert [found.profile, *(tie.profile for tie in found.ties)] == profiles
    assert found.equilibrium_profiles == len(case.oracle().equilibria(Fraction(1)))


# Floats ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("selection", ["best", "worst", "stable", "potential"])
@settings(max_examples=25, deadline=None)
@given(case=cases())
def test_floats_come_to_the_same_answer(selection, case):
    exact = answer(case, selection, None)
    try:
        floats = design(case.game(exact=False), selection)
    except NoAnswerError:
        assert exact is None
        return
    assert not floats.exact
    assert floats.profile == exact.profile
    assert floats.platform_utility == pytest.approx(float(exact.platform_utility), abs=1e-11)
    assert floats.choice.attained == exact.choice.attained
    assert [tie.profile for tie in floats.ties] == [tie.profile for tie in exact.ties]
    assert 0 <= floats.regret <= floats.regret_bound + 1e-11
    assert floats.regret_bound < 1e-11
    if exact.alpha is not None:
        assert floats.alpha == pytest.approx(float(exact.alpha), abs=1e-11)


@pytest.mark.parametrize("find", [pure_design, population_design])
@pytest.mark.parametrize("selection", ["best", "worst", "stable", "potential"])
@pytest.mark.parametrize("cap", [None, Fraction(1)])
def test_tiny_costs_make_no_ties_under_theorem_1(find, selection, cap):
    """By hand: φ_p = −1/2 where one shares, 10⁻⁶ where both do, who are paid 1 + 2·10⁻⁶; both equilibria are strict.

    With costs of 10⁻¹⁰ the ends of intervals of α would be rounded by 10⁻⁴, but here there is no α.
    """
    u, c = TableUtility([[0, -1], [-1, "1.000003"]]), Users(sensitivity=[[0, "1e-10"]] * 2)
    if cap is not None and selection in ("worst", "potential"):
        with pytest.raises(NoAnswerError):
            find(PaymentGame(u, c, "coalition", exact=False), selection, cap)
        return
    found = find(PaymentGame(u, c, "coalition", exact=False), selection, cap)
    both = cap is None and selection != "worst"
    assert found.profile == ((1, 1) if both else (0, 0))
    assert found.platform_utility == pytest.approx(1e-6 if both else 0, abs=1e-14)
    assert found.ties == ()


def test_the_regret_of_floats_is_within_its_bound_for_the_federated_mean():
    users = Users(samples=[10, 50, 100, 200, 20], sensitivity=[[0, 0.1, 0.3]] * 5)
    for rule in ("users", "coalition"):
        for selection in ("best", "worst", "potential"):
            found = design(PaymentGame(FederatedMean(users, 1.0, 10.0), users, rule), selection)
            assert 0 <= found.regret <= found.regret_bound <= 1e-11
            assert abs(found.platform_utility + found.payments.sum() - found.utility) <= 1e-12


# Known answers --------------------------------------------------------------------------------


def knife_edge() -> PaymentGame:
    """Design note 2: U = [[0, 2/3], [2/3, 1]], c = (3/10, 8/25)."""
    return PaymentGame(TableUtility([[0, "2/3"], ["2/3", 1]]), Users(sensitivity=[[0, "3/10"], [0, "8/25"]]))


def test_the_knife_edge():
    found = design(knife_edge())
    assert (found.alpha, found.platform_utility, found.profile) == (Fraction(9, 20), Fraction(11, 30), (1, 0))
    assert found.choice.interval == (Fraction(9, 20), Fraction(16, 25))
    assert found.ties == ()
    assert found.runner_up.platform_utility == Fraction(9, 25)
    assert (found.runner_up.alpha, found.runner_up.profile) == (Fraction(16, 25), (1, 1))
    assert found.equilibrium_profiles == 4
    assert found.regret == 0
    stable = design(knife_edge(), "stable")
    assert (stable.alpha, stable.platform_utility, stable.choice.attained) == (Fraction(9, 20), Fraction(11, 30), False)


def test_the_knife_edge_at_its_worst():
    """By hand: both (1, 0) and (0, 1) are worth 2/3; up to 9/20 nobody may share, from then on somebody does."""
    found = design(knife_edge(), "worst")
    assert (found.alpha, found.platform_utility) == (Fraction(9, 20), Fraction(11, 30))
    assert found.choice.attained is False  # at 9/20 itself nobody sharing is an equilibrium too


def test_coordination_fails_at_worst():
    """Design note 8.7: best 8c, worst 27c/2; a factor of 27/16 in α."""
    c = Fraction(1, 20)
    game = PaymentGame(LinearLaplace(2, [0, 1]), Users(sensitivity=[[0, c]] * 2))
    best, worst = design(game), design(game, "worst")
    assert (best.alpha, best.platform_utility) == (8 * c, (1 - 8 * c) / 4)
    assert (worst.alpha, worst.platform_utility) == (27 * c / 2, (1 - 27 * c / 2) / 4)
    assert best.choice.attained
    assert not worst.choice.attained
    # Φ_α = α·P − Σc prefers both sharing from α·P(1, 1) = 2c on; P(1, 1) = 2/27 + 1/8.
    potential = design(game, "potential")
    assert potential.alpha == 2 * c / (Fraction(2, 27) + Fraction(1, 8))
    assert best.alpha < potential.alpha < worst.alpha


def test_a_budget_forbids_the_best():
    """At 9/20 the platform pays 9/20 · 2/3 = 3/10."""
    assert design(knife_edge(), budget="3/10").alpha == Fraction(9, 20)
    found = design(knife_edge(), budget="299/1000")
    assert (found.alpha, found.profile, found.platform_utility) == (0, (0, 0), 0)
    # Approached only, the stable equilibrium pays more than 3/10.
    assert design(knife_edge(), "stable", budget="3/10").profile == (0, 0)
    assert design(knife_edge(), "stable", budget="301/1000").profile == (1, 0)


def test_a_budget_may_be_met_only_after_the_dearest_equilibrium_has_gone():
    """The worst equilibrium does not change where the best falls and the budget is first kept.

    Users 1 and 2 earn 20 together from α = 1/20 on; from 3/10 on user 3 joins them, and U falls to
    13. Nobody else sharing remains an equilibrium, in which user 4 earns 1 from 1/4 on. So the
    dearest equilibrium pays 21/4 or more up to 3/10, and 14α ≥ 21/5 after it.
    """
    together = {(1, 1, 0): 20, (1, 0, 1): 10, (0, 1, 1): 10, (1, 1, 1): 13}
    table = fractions_array([together.get(profile[:3], 0) + profile[3] for profile in np.ndindex(2, 2, 2, 2)], (2,) * 4)
    costs = [[0, "1/2"], [0, "1/2"], [0, "3/10"], [0, "1/4"]]
    found = design(PaymentGame(TableUtility(table), Users(sensitivity=costs)), "worst", budget=5)
    assert (found.alpha, found.profile) == (Fraction(3, 10), (0, 0, 0, 1))
    assert found.platform_utility == Fraction(7, 10)
    assert not found.choice.attained


def test_a_loss_that_cannot_be_avoided_is_shared_as_far_as_possible():
    """User 1 must share, which costs the platform 1; user 2 saves it half of that, but not for less than 1/3.

    User 2's value is 1/2: at α < 2/3 the platform loses 1 − α, from there on (1 − α)/2, at α = 1 nothing.
    """
    users = Users(sensitivity=[[0, 0], [0, "1/3"]], allowed=[[1], [0, 1]])
    table = TableUtility([[0, "1/2"], [-1, "-1/2"]])
    for selection in ("best", "worst", "stable", "potential"):
        found = design(PaymentGame(table, users), selection)
        assert (found.alpha, found.profile, found.platform_utility) == (1, (1, 1), 0)
        assert found.choice.interval == ((Fraction(2, 3), 1) if selection != "worst" else found.choice.interval)
        assert found.choice.attained  # at α = 1 itself user 2 still loses 1/6 by leaving
    assert design(PaymentGame(table, users)).runner_up.platform_utility == Fraction(-1, 3)


def test_a_loss_is_shared_as_far_as_the_budget_goes():
    """Alone user 1, who must share, costs the platform 1; with users 2 and 3 it earns 10.

    From α = 3/44 on both may happen. At worst 1 − α is lost, but at best 10α is paid out: so α = 1/2.
    """
    table = fractions_array([0, 0, 0, 0, -1, -1, -1, 10], (2, 2, 2))
    users = Users(sensitivity=[[0, 0], [0, "1/4"], [0, "1/4"]], allowed=[[1], [0, 1], [0, 1]])
    found = design(PaymentGame(TableUtility(table), users), "worst", budget=5)
    assert (found.alpha, found.profile, found.platform_utility) == (Fraction(1, 2), (1, 0, 0), Fraction(-1, 2))
    assert found.choice.attained
    assert design(PaymentGame(TableUtility(table), users), "worst").alpha == 1


@pytest.mark.parametrize("selection", ["worst", "stable"])
def test_nothing_is_paid_out_where_u_is_below_0(selection):
    """A budget of 0 forbids no equilibrium that loses money: (1, 0) loses 1 − α, and less as α rises."""
    case = indifferent([0, 0, -1, 1], [(0, 0), (0, "1/4")])
    found, right = answer(case, selection, Fraction(0)), case.oracle().answers(selection, Fraction(0))
    assert (found is None) == (not right)
    assert found is None or (found.alpha, found.platform_utility) == (right[0].alpha, right[0].value)


def test_rationals_stay_rational_under_theorem_1():
    """φ_p = 5/6 lies above its own float, so a comparison in floats would lose the only maximiser."""
    game = PaymentGame(TableUtility([[0, 0], [1, 2]]), Users(names=["a", "b"]), "coalition")
    found = design(game, "potential")
    assert (found.profile, found.platform_utility) == ((1, 1), Fraction(5, 6))


def test_where_no_equilibrium_is_stable_there_is_no_answer():
    """Both levels are worth the same to the only user, whatever α."""
    game = PaymentGame(TableUtility([0, 1, 1]), Users(sensitivity=[[0, 0, 0]]))
    with pytest.raises(NoAnswerError, match=r"there is no stable equilibrium") as caught:
        design(game, "stable")
    assert caught.value.exit_code == 1
    assert design(game).profile == (1,)
    assert [tie.profile for tie in design(game).ties] == [(2,)]


def test_where_no_equilibrium_is_within_the_budget_there_is_no_answer():
    """Under Theorem 1 there is no share to lower."""
    game = PaymentGame(TableUtility([[0, 1], [1, 2]]), Users(names=["a", "b"]), "coalition")
    assert sum(design(game, budget=1).payments) == 1
    with pytest.raises(NoAnswerError, match="pays out at most 1/2"):
        design(game, budget="1/2")
    with pytest.raises(NoAnswerError, match="pays out at most"):
        design(game, "worst", budget=0.5)


def test_free_data_is_taken_for_nothing():
    found = design(PaymentGame(TableUtility([[0, 1], [1, 2]]), Users(names=["a", "b"])))
    assert (found.alpha, found.profile, found.platform_utility) == (0, (1, 1), 2)
    with_ties = design(PaymentGame(TableUtility([[0, 1], [1, 1]]), Users(names=["a", "b"])))
    assert with_ties.profile == (0, 1)
    assert [tie.profile for tie in with_ties.ties] == [(1, 0), (1, 1)]
    assert with_ties.runner_up.profile == (0, 0)


def test_users_who_must_share_are_shared():
    game = PaymentGame(TableUtility([[0, 1], [3, 4]]), Users(allowed=[[1], [0, 1]], sensitivity=[[9, 0], [0, "1/2"]]))
    found = design(game)
    assert (found.alpha, found.profile, found.platform_utility) == (0, (1, 0), 3)
    assert [vector.tolist() for vector in found.strategies] == [[0, 1], [1, 0]]


def test_what_cannot_be_asked():
    game = knife_edge()
    with pytest.raises(
        InputError, match="selection: expected one of best, worst, stable, potential, logit, got 'good'"
    ):
        design(game, "good")
    with pytest.raises(InputError, match="scope: expected one of auto, pure, all"):
        design(game, scope="none")
    many = PaymentGame(LinearLaplace(40, [0, 1]), Users(names=list(map(str, range(40)))))
    for selection in ("best", "worst"):
        with pytest.raises(InputError, match="scope 'all' of 40 users: is offered for games of 20,000 payoffs"):
            design(many, selection, scope="all")
    three = PaymentGame(LinearLaplace(3, [0, 1]), Users(names=["a", "b", "c"]))
    assert design_in_scope(three).scope == "pure"
    for budget in (-1, "x", float("nan"), float("inf")):
        with pytest.raises(InputError, match="budget"):
            design(game, budget=budget)
