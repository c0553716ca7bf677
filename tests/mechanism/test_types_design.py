"""The design of a population on counts against the design over all profiles of the same game."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames import memory
from fairgames.counts.lattice import Lattice
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.types.candidate_states import candidate_states
from fairgames.equilibria.types.game import PopulationGame
from fairgames.equilibria.types.intervals import count_equilibria
from fairgames.errors import InputError, NoAnswerError, TooLargeError
from fairgames.game import PaymentGame
from fairgames.mechanism import design
from fairgames.mechanism import types as module
from fairgames.mechanism.pure import pure_design
from fairgames.mechanism.types import population_design
from fairgames.mechanism.worth_counting import worth_counting
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace, TableUtility
from tests.populations import Population, populations
from tests.strategies import fractions_array

SELECTIONS = ["best", "worst", "stable", "potential"]
BUDGETS = st.one_of(st.none(), st.sampled_from([Fraction(text) for text in ("0", "1/4", "1/2", "1", "2", "3")]))


def answer(design, game, selection, budget=None):
    try:
        return design(game, selection, budget)
    except NoAnswerError:
        return None


# Exact games ----------------------------------------------------------------------------------


@pytest.mark.parametrize("selection", SELECTIONS)
@settings(max_examples=30, deadline=None)
@given(case=populations(least=-4), budget=BUDGETS)
def test_the_answer_is_that_over_all_profiles(selection, case, budget):
    found = answer(population_design, case.in_full(), selection, budget)
    right = answer(pure_design, case.in_full(), selection, budget)
    assert (found is None) == (right is None)
    if found is None:
        return
    assert found.exact
    assert (found.alpha, found.profile) == (right.alpha, right.profile)
    assert found.platform_utility == right.platform_utility
    assert found.utility == right.utility
    assert found.choice.attained == right.choice.attained
    assert found.equilibrium_profiles == right.equilibrium_profiles
    assert found.payments.tolist() == right.payments.tolist()
    assert found.regrets.tolist() == right.regrets.tolist() == [0] * len(case.types)
    assert found.regret_bound == 0
    assert found.warnings == right.warnings
    assert (found.scope, found.selection, found.rule) == (right.scope, right.selection, right.rule)
    assert all((a == b).all() for a, b in zip(found.strategies, right.strategies, strict=True))
    if selection != "worst":
        assert found.choice.interval == right.choice.interval
        assert_ties_speak_for_their_states(case, found, right)
    elif case.rule == "users":
        assert_selected(case, found.choice)


def assert_ties_speak_for_their_states(case, found, right) -> None:
    """Every state that ties is there, through profiles that tie."""
    tied = {(one.alpha, one.profile) for one in (right.choice, *right.ties)}
    assert {(one.alpha, one.profile) for one in (found.choice, *found.ties)} <= tied
    assert {case.counts(one.profile) for one in (found.choice, *found.ties)} == {case.counts(p) for _, p in tied}
    order = [(one.alpha or 0, one.profile) for one in (found.choice, *found.ties)]
    assert order == sorted(order)
    assert all(one.platform_utility == found.platform_utility for one in found.ties)


def assert_selected(case, choice) -> None:
    """The profile is a worst equilibrium at all shares inside its interval, from the definition."""
    oracle, (low, high) = case.oracle(), choice.interval
    assert low <= choice.alpha <= high
    inside = (low + high) / 2
    assert oracle.is_equilibrium(choice.profile, inside)
    assert choice.utility == min(case.table[profile] for profile in oracle.equilibria(inside))


@pytest.mark.parametrize("selection", SELECTIONS)
@settings(max_examples=30, deadline=None)
@given(case=populations(least=-3), budget=BUDGETS)
def test_ties_and_runner_up_are_those_of_the_search_through_all_profiles(selection, case, budget):
    found = answer(population_design, case.in_full(), selection, budget)
    right = answer(pure_design, case.in_full(), selection, budget)
    if found is None or right is None:
        assert found is right
        return
    assert [(one.alpha, one.profile) for one in found.ties] == [(one.alpha, one.profile) for one in right.ties]
    if right.runner_up is None:
        assert found.runner_up is None
        return
    assert found.runner_up is not None
    assert found.runner_up.platform_utility == right.runner_up.platform_utility
    assert (found.runner_up.alpha, found.runner_up.profile) == (right.runner_up.alpha, right.runner_up.profile)


@pytest.mark.parametrize("selection", SELECTIONS)
@settings(max_examples=15, deadline=None)
@given(case=populations(most_profiles=27, least=-3, rules=("users",)), budget=BUDGETS)
def test_the_answer_from_the_definition(selection, case, budget):
    """By trying every share at every profile, with payments by their definition."""
    found, right = (
        answer(population_design, case.in_full(), selection, budget),
        case.oracle().answers(selection, budget),
    )
    assert (found is None) == (not right)
    if found is not None:
        assert found.platform_utility == right[0].value
        assert (found.alpha, found.profile) == (right[0].alpha, right[0].profile)


# Floats ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("selection", SELECTIONS)
@settings(max_examples=15, deadline=None)
@given(case=populations())
def test_floats_come_to_the_same_answer(selection, case):
    exact = answer(population_design, case.in_full(), selection)
    floats = answer(population_design, case.in_full(exact=False), selection)
    assert (floats is None) == (exact is None)
    if floats is None:
        return
    assert not floats.exact
    assert floats.profile == exact.profile
    assert floats.platform_utility == pytest.approx(float(exact.platform_utility), abs=1e-11)
    assert floats.choice.attained == exact.choice.attained
    assert [tie.profile for tie in floats.ties] == [tie.profile for tie in exact.ties]
    assert floats.equilibrium_profiles == exact.equilibrium_profiles
    assert 0 <= floats.regret <= floats.regret_bound + 1e-11
    assert floats.regret_bound < 1e-11
    if exact.alpha is not None:
        assert floats.alpha == pytest.approx(float(exact.alpha), abs=1e-11)


def hospitals(seed: int, rule: str = "users", aggregation: str = "equal") -> PaymentGame:
    """Seven users of three types, most of them with costs of their own."""
    rng = np.random.default_rng(seed)
    rows = [[0, *np.cumsum(rng.uniform(0.02, 1.5, 2)).round(3).tolist()] for _ in range(4)]
    sensitivity = [rows[k] for k in rng.integers(0, 4, 7)]
    users = Users(samples=[10, 300, 10, 60, 300, 10, 60], sensitivity=sensitivity)
    return PaymentGame(FederatedMean(users, 1.0, 10.0, aggregation=aggregation), users, rule)


@pytest.mark.parametrize("rule", ["users", "coalition"])
@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("seed", range(3))
def test_the_federated_mean(seed, selection, rule):
    game = hospitals(seed, rule, ["equal", "samples"][seed % 2])
    found, right = answer(population_design, game, selection), answer(pure_design, game, selection)
    assert (found is None) == (right is None)
    if found is None:
        return
    assert found.profile == right.profile
    assert found.platform_utility == pytest.approx(right.platform_utility, abs=1e-9)
    assert found.equilibrium_profiles == right.equilibrium_profiles
    assert found.choice.attained == right.choice.attained
    assert found.payments == pytest.approx(right.payments, abs=1e-10)
    assert 0 <= found.regret <= found.regret_bound <= 1e-10
    assert found.runner_up is None or found.runner_up.platform_utility < found.platform_utility
    if rule == "users":
        assert found.alpha == pytest.approx(right.alpha, abs=1e-10)
        assert abs(found.platform_utility + found.payments.sum() - found.utility) <= 1e-11


@pytest.mark.parametrize("aggregation", ["equal", "samples"])
def test_ties_survive_rounding(aggregation):
    """Levels 1 and 2 cost the same, and a lone user on either is worth the same: all such equilibria are found."""
    users = Users(samples=[10, 300, 10, 60, 300, 10, 60], sensitivity=[[0, "1/3", "1/3"], [0, 2, 2]] * 3 + [[0, 1, 1]])
    game = PaymentGame(FederatedMean(users, 1.0, 10.0, aggregation=aggregation), users)
    found, right = population_design(game, "best", None), pure_design(game, "best", None)
    assert found.equilibrium_profiles == right.equilibrium_profiles
    counted = PopulationGame.of(game)
    looked = candidate_states(counted)
    states = set(count_equilibria(counted, looked).index.tolist())
    profiles = pure_equilibria(game).profiles(game)
    alone = [profile for profile in profiles.tolist() if profile.count(1) == 1]
    assert alone
    for profile in alone:
        swapped = [2 if level == 1 else level for level in profile]
        assert {counted.state(profile), counted.state(swapped)} <= states


@pytest.mark.parametrize("selection", ["best", "worst"])
def test_a_budget_in_floats(selection):
    game = hospitals(1)
    free = population_design(game, selection, None)
    cap = Fraction(round(float(free.alpha * free.utility) * 800), 1000)
    found, right = (design(game, selection, cap) for design in (population_design, pure_design))
    assert found.platform_utility == pytest.approx(right.platform_utility, abs=1e-9)
    assert found.platform_utility < free.platform_utility
    assert found.alpha * found.utility <= float(cap) + 1e-9


# Known answers --------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [60, 400])
def test_users_who_want_no_privacy_for_themselves(monkeypatch, n):
    """U_k = (N + 2)/N · k/(k + 2) where k share, each then paid α·U_k/k and bearing c = 3/20N.

    k users share from α = c·k/U_k on, up to where one more joins: so the platform keeps at most
    max U_k − c·k, and any of the (N choose k) profiles will do, up to the k for which α reaches 1.
    Up to a number of states the answer is rational.
    """
    monkeypatch.setattr("fairgames.equilibria.types.game.EXACT_STATES", 100)
    cost = Fraction(3, 20 * n)
    found = population_design(
        PaymentGame(LinearLaplace(n, [0, "inf"]), Users(sensitivity=[[0, cost]] * n)), "best", None
    )
    worth = [Fraction(n + 2, n) * Fraction(k, k + 2) - cost * k for k in range(n + 1)]
    k = worth.index(max(worth))
    assert found.exact == (n == 60)
    room = 0 if found.exact else 1e-11
    assert abs(found.platform_utility - max(worth)) <= room
    assert found.profile == (0,) * (n - k) + (1,) * k
    assert abs(found.alpha - cost * (k + 2) * Fraction(n, n + 2)) <= room * n
    in_reach = [k for k in range(n + 1) if k == 0 or cost * (k + 2) * Fraction(n, n + 2) <= 1]
    assert found.equilibrium_profiles == sum(math.comb(n, k) for k in in_reach)


def test_what_was_asked_of_the_game_is_what_its_counts_get():
    """2^30 profiles are too many to be rational by default, their 31 states are not."""
    utility, users = LinearLaplace(30, [0, "inf"]), Users(sensitivity=[[0, Fraction(1, 200)]] * 30)
    for exact in (None, True, False):
        game = PaymentGame(utility, users, exact=exact)
        assert game.exact is (exact is True)
        found = design(game)
        assert found.exact is PopulationGame.of(game).exact is (exact is not False)
        assert isinstance(found.alpha, Fraction if found.exact else float)
        assert abs(found.alpha - Fraction(63, 640)) <= (0 if found.exact else 1e-14)  # 19 share


def test_the_cheapest_users_share_first():
    """Everybody's cost is their own: k share iff they are paid enough for the k-th and too little for the next."""
    n = 40
    costs = [Fraction(1, 100) + Fraction(7 * k % n, 8000) for k in range(n)]
    game = PaymentGame(LinearLaplace(n, [0, "inf"]), Users(sensitivity=[[0, cost] for cost in costs]))
    found = population_design(game, "best", None)
    worth = {0: Fraction(0)}
    for k, dearest in enumerate(sorted(costs), start=1):
        alpha = dearest * (k + 2) * Fraction(n, n + 2)
        worth[k] = (1 - alpha) * Fraction(n + 2, n) * Fraction(k, k + 2)
    k = max(worth, key=worth.__getitem__)
    assert found.platform_utility == worth[k]
    assert [user for user, level in enumerate(found.profile) if level] == sorted(np.argsort(costs)[:k].tolist())
    assert found.regret == 0


def of_one_type(by_counts: dict[tuple[int, ...], str], costs) -> Population:
    """Users of one type, with U by how many are on levels 1 and 2."""
    n, rows = len(costs), tuple(tuple(map(Fraction, row)) for row in costs)
    values = [by_counts[p.count(1), p.count(2)] for p in product(range(3), repeat=n)]
    return Population(fractions_array(values, (3,) * n), (0,) * n, rows, ((0, 1, 2),) * n, "users")


def test_who_is_stable_among_users_of_one_type():
    """U = 3 where one user shares and 7/2 where both do, on whichever level.

    For user 2 levels 1 and 2 cost the same and are paid the same: nothing but level 0 is strict. So
    user 1 shares, from α = 1/3 on; user 2 sharing alone is as good, and comes first, but is not stable.
    """
    table = fractions_array([0 if not any(p) else 3 if 0 in p else "7/2" for p in np.ndindex(3, 3)], (3, 3))
    game = PaymentGame(TableUtility(table), Users(sensitivity=[[0, 1, 2], [0, 1, 1]]))
    assert game.utility.types == (0, 0)
    assert population_design(game, "best", None).profile == (0, 1)
    found = population_design(game, "stable", None)
    assert (found.profile, found.alpha, found.platform_utility) == ((1, 0), Fraction(1, 3), 2)
    assert not found.choice.attained


def test_a_stable_state_may_begin_where_another_of_its_profiles_ends():
    """One each on levels 1 and 2: through (0, 1, 2) up to α = 1/2 only, through (1, 0, 2) from there on."""
    pairs = {(0, 0): 0, (1, 0): 3, (0, 1): 1, (2, 0): 3, (1, 1): 6, (0, 2): 0}
    by_counts = {**pairs, (3, 0): "7/2", (2, 1): "7/2", (1, 2): 1, (0, 3): "3/2"}
    game = of_one_type(by_counts, [(0, "1/2", 1), (0, "5/4", "3/2"), (0, "5/4", 1)]).in_full()
    found, right = population_design(game, "stable", None), pure_design(game, "stable", None)
    assert (found.profile, found.alpha) == (right.profile, right.alpha) == ((1, 0, 2), Fraction(1, 2))
    assert found.choice.interval == (Fraction(1, 2), 1)


def test_who_would_need_more_than_all_of_u_does_not_share():
    """One of users 1 and 3 earns 1/2 alone: at α = 1 that is enough for user 1, and too little for user 3."""
    table = fractions_array([0, "1/2", 0, 0, "1/2", 0, 0, 0], (2, 2, 2))
    game = PaymentGame(TableUtility(table), Users(sensitivity=[[0, "1/2"], [0, "1/2"], [0, 1]]))
    found = population_design(game, "best", None)
    assert [(one.alpha, one.profile) for one in (found.choice, *found.ties)] == [(0, (0, 0, 0)), (1, (1, 0, 0))]


def test_nobody_is_strict_at_0_who_pays_nothing():
    """Sharing costs nothing and harms: not to share is strict at every α > 0 only."""
    found = population_design(PaymentGame(TableUtility([0, -1]), Users(sensitivity=[[0, 0]])), "stable", None)
    assert (found.profile, found.alpha, found.choice.attained) == ((0,), 0, False)
    dear = population_design(PaymentGame(TableUtility([0, -1]), Users(sensitivity=[[0, 1]])), "stable", None)
    assert (dear.profile, dear.alpha, dear.choice.attained) == ((0,), 0, True)


def test_the_worst_of_states_that_tie_is_the_first_profile_of_any():
    """Both at level 1 and both at level 2 are worth 8, and worst from α = 3/8 on: (1, 1) comes first."""
    by_counts = {(0, 0): 0, (1, 0): 5, (0, 1): 1, (2, 0): 8, (1, 1): 0, (0, 2): 8}
    case = of_one_type(by_counts, [(0, "5/4", "3/2"), (0, "3/2", "1/4")])
    found, right = population_design(case.in_full(), "worst", None), pure_design(case.in_full(), "worst", None)
    assert (found.profile, found.alpha) == (right.profile, right.alpha) == ((1, 1), Fraction(3, 8))
    assert_selected(case, found.choice)


def test_a_worst_state_may_outlive_its_profile():
    """The state is worst from α = 2/9 to 1, but through (0, 2, 1) only up to 3/5."""
    pairs = {(0, 0): 0, (1, 0): "5/2", (0, 1): 1, (2, 0): 1, (1, 1): 6, (0, 2): "7/2"}
    by_counts = {**pairs, (3, 0): 6, (2, 1): 3, (1, 2): 2, (0, 3): 4}
    case = of_one_type(by_counts, [(0, "1/4", "3/4"), (0, "5/4", "1/2"), (0, "1/2", "3/4")])
    found = population_design(case.in_full(), "worst", None)
    assert (found.profile, found.choice.interval) == ((0, 2, 1), (Fraction(2, 9), Fraction(3, 5)))
    assert_selected(case, found.choice)


def test_a_worst_state_may_begin_where_another_of_its_profiles_ends():
    """One at level 1 is worst above α = 1/2, where (0, 1) ends; (1, 0) goes on to 5/7."""
    by_counts = {(0, 0): 0, (1, 0): 3, (0, 1): 2, (2, 0): "7/2", (1, 1): 4, (0, 2): 0}
    case = of_one_type(by_counts, [(0, "5/4", "3/4"), (0, "5/4", "3/2")])
    found, right = population_design(case.in_full(), "worst", None), pure_design(case.in_full(), "worst", None)
    assert (found.profile, found.alpha) == (right.profile, right.alpha) == ((1, 0), Fraction(1, 2))
    assert found.choice.interval == (Fraction(1, 2), Fraction(5, 7))
    assert not found.choice.attained
    assert_selected(case, found.choice)


# When to count, and what is refused -----------------------------------------------------------


def of_two_types(n: int) -> PaymentGame:
    users = Users(samples=[10, 40] * (n // 2), sensitivity=[[0, 0.1, 0.3]] * n)
    return PaymentGame(FederatedMean(users, 1.0, 10.0), users)


def test_counting_is_for_many_users_of_few_types(monkeypatch):
    assert worth_counting(of_two_types(12))
    assert not worth_counting(of_two_types(8))
    assert not worth_counting(hospitals(0))
    users = Users(samples=range(1, 31))
    assert not worth_counting(PaymentGame(FederatedMean(users, 1.0, 10.0), users))
    few = Users(samples=[1] * 95 + [2, 3, 4, 5, 6], allowed=[[0]] * 95 + [[0, 1, 2]] * 5)
    game = PaymentGame(FederatedMean(few, 1.0, 10.0), few)
    assert game.size == 3**5
    assert worth_counting(game)  # a tensor has no 100 axes
    assert population_design(game, "best", None).equilibrium_profiles >= 1
    monkeypatch.setattr(memory, "available_bytes", lambda: 100_000)
    assert worth_counting(of_two_types(8))


def test_equilibrium_profiles_are_not_numbered_on_huge_lattices(monkeypatch):
    monkeypatch.setattr(module, "_NUMBERED_UP_TO", 100)
    assert population_design(of_two_types(8), "best", None).equilibrium_profiles is None


def test_a_lattice_that_does_not_fit_is_refused_with_its_size(monkeypatch):
    """Before anything is built: not even the count vectors."""
    game = of_two_types(40)
    monkeypatch.setattr(memory, "available_bytes", lambda: 2**20)
    monkeypatch.setattr(Lattice, "of", lambda *_: pytest.fail("built"))
    with pytest.raises(
        TooLargeError, match=r"40 users in 2 types with 53,361 count states needs .* offer fewer levels"
    ):
        PopulationGame.of(game)


def test_games_that_do_not_fit_together_are_refused():
    with pytest.raises(InputError, match="of 3 users, got 2"):
        PopulationGame(LinearLaplace(3, [0, 1]), Users(names=["a", "b"]))
    with pytest.raises(InputError, match="not rational"):
        PopulationGame(hospitals(0).utility, hospitals(0).users, exact=True)


def test_states_of_profiles():
    game = PopulationGame.of(hospitals(0))
    profile = (1, 0, 2, 0, 1, 1, 2)
    rows = [int(row) for row in np.unravel_index(game.state(profile), game.lattice.shape)]
    counts = [axis[row].tolist() for axis, row in zip(game.lattice.axes, rows, strict=True)]
    assert counts == [[0, 2, 1], [1, 1, 0], [1, 0, 1]]
    with pytest.raises(InputError, match="expected 7 level indices"):
        game.state((0, 1))
    limited = PopulationGame(LinearLaplace(2, [0, 1]), Users(allowed=[[0, 1], [0]]))
    with pytest.raises(InputError, match=r"user-2 may choose level indices \[0\], got 1"):
        limited.state((0, 1))
