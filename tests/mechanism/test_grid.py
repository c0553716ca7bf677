"""Algorithm 1 against its definition: every share of the grid, every profile."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import permutations
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.equilibria.pure.landscape import landscape
from fairgames.errors import InputError, TooLargeError
from fairgames.game import PaymentGame
from fairgames.mechanism import design, partitions
from fairgames.mechanism.grid import grid_design
from fairgames.mechanism.partitions import Partitions, tree_search
from fairgames.progress import listening
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace, TableUtility
from tests import oracles
from tests.oracles import Profile
from tests.strategies import Case, cases, fractions_array

#: Grids that hold many of the critical shares of small games, and grids that hold few.
STEPS = st.sampled_from([1, 2, 7, 12, 60])
BUDGETS = st.one_of(st.none(), st.sampled_from([Fraction(text) for text in ("0", "1/4", "1", "2")]))


def on_the_grid(
    oracle: oracles.Game, steps: int, cap: Fraction | None = None
) -> list[tuple[Fraction, Fraction, Profile]]:
    """(value, α, profile) of every equilibrium at every share of the grid that pays out at most ``cap``."""
    found = []
    for k in range(steps + 1):
        alpha = Fraction(k, steps)
        for profile in oracle.equilibria(alpha):
            worth = oracle.utility(profile)
            if cap is None or alpha * worth <= cap:
                found.append(((1 - alpha) * worth, alpha, profile))
    return found


def first(found: list[tuple[Fraction, Fraction, Profile]]) -> tuple[Fraction, Fraction, Profile]:
    """The highest value, at the lowest share, at the first profile."""
    return min(found, key=lambda one: (-one[0], one[1], one[2]))


def by_partition(
    found: list[tuple[Fraction, Fraction, Profile]], types: tuple[int, ...]
) -> list[tuple[Fraction, Fraction, Profile]]:
    """The first of each set of profiles that differ by exchanges between users of one type; the best set first."""
    sets: dict[frozenset, list] = {}
    for one in found:
        sets.setdefault(frozenset(Counter(zip(types, one[2], strict=True)).items()), []).append(one)
    return sorted(map(first, sets.values()), key=lambda one: (-one[0], one[1], one[2]))


def assert_right(game: PaymentGame, oracle: oracles.Game, steps: int, cap: Fraction | None) -> None:
    """The whole answer, exactly, against trying every profile at every share of the grid."""
    found, types = grid_design(game, steps, cap), game.utility.types
    right = by_partition(on_the_grid(oracle, steps, cap), types)
    choices = [found.choice, *found.ties]
    top = [one for one in right if one[0] == right[0][0]]
    assert [(one.platform_utility, one.alpha, one.profile) for one in choices] == top
    rest = right[len(top) :]
    assert (found.runner_up is None) == (not rest)
    if rest:
        choices.append(found.runner_up)
        assert (found.runner_up.platform_utility, found.runner_up.alpha, found.runner_up.profile) == rest[0]
    for choice in choices:
        here = [
            Fraction(k, steps) for k in range(steps + 1) if oracle.is_equilibrium(choice.profile, Fraction(k, steps))
        ]
        assert choice.interval == (here[0], here[-1])
        assert choice.utility == oracle.utility(choice.profile)
        assert choice.attained
    assert found.payments.tolist() == [found.alpha * value for value in oracle.values[found.profile]]
    assert (found.regrets.tolist(), found.regret_bound, found.exact) == ([0] * len(types), 0, True)
    assert (found.scope, found.selection, found.equilibrium_profiles) == ("pure", "best", None)
    assert found.platform_utility == found.utility - sum(found.payments)
    for vector, level in zip(found.strategies, found.profile, strict=True):
        assert vector.tolist() == [int(k == level) for k in range(len(vector))]
    # Never better than the exact answer.
    assert found.platform_utility <= design(game, budget=cap, scope="pure").platform_utility


@settings(max_examples=80, deadline=None)
@given(cases(rules=("users",), least=-3), STEPS, BUDGETS)
def test_tables(case, steps, cap):
    game = case.game()
    assert_right(game, case.oracle(), steps, cap)


@st.composite
def alike(draw) -> tuple[PaymentGame, oracles.Game]:
    """Users who are exchangeable in U, but not in what sharing costs them or what they may choose."""
    n = draw(st.sampled_from([2, 2, 3, 3, 3, 3, 3, 4]))
    levels = draw(st.sampled_from([[0, 1], [0, "inf"], [0, 1, "inf"], [0, 2, 5]]))
    choices = tuple(
        draw(st.sets(st.sampled_from(range(len(levels))), min_size=1).map(lambda found: tuple(sorted(found))))
        if draw(st.booleans())
        else tuple(range(len(levels)))
        for _ in range(n)
    )
    tenths = st.sampled_from([Fraction(0), *(Fraction(k, 60) for k in (1, 2, 3, 4, 6, 10, 20))])
    costs = [tuple(Fraction(0) if k == own[0] else draw(tenths) for k in range(len(levels))) for own in choices]
    utility = LinearLaplace(n, levels)
    table = utility.exact_on_grid().fractions()
    game = PaymentGame(utility, Users(sensitivity=costs, allowed=choices))
    return game, oracles.Game(lambda profile: table[profile], costs, choices)


@settings(max_examples=80, deadline=None)
@given(alike(), STEPS, BUDGETS)
def test_users_of_one_type(both, steps, cap):
    game, oracle = both
    assert set(game.utility.types) == {0}
    assert_right(game, oracle, steps, cap)


@settings(max_examples=60, deadline=None)
@given(cases(rules=("users",), least=-3), STEPS)
def test_floats_keep_ties(case, steps):
    """Small integers and small costs: at most shares of the grid somebody is indifferent."""
    game = case.game(exact=False)
    found, right = grid_design(game, steps), by_partition(on_the_grid(case.oracle(), steps), game.utility.types)
    top = [one for one in right if one[0] == right[0][0]]
    assert not found.exact
    choices = [found.choice, *found.ties]
    assert [choice.profile for choice in choices] == [profile for _, _, profile in top]
    for choice, (value, alpha, _) in zip(choices, top, strict=True):
        assert choice.platform_utility == pytest.approx(float(value), abs=1e-12)
        assert choice.alpha == float(alpha)
    assert (found.runner_up is None) == (top == right)
    assert found.runner_up is None or found.runner_up.profile == right[len(top)][2]
    assert max(found.regrets) <= found.regret_bound
    assert found.platform_utility <= design(game, scope="pure").platform_utility + 1e-12


def one_user(values: list[float], costs: list[str]) -> PaymentGame:
    """A lone user is paid α·U."""
    return PaymentGame(TableUtility(np.array(values)), Users(sensitivity=[costs]))


def test_values_that_differ_by_rounding_are_equal():
    """(1 − 2/5)·3/2 = (1 − 1/2)·9/5, but in floats the first is less; 2 at level 3 is more than both.

    The user goes to level 1 at α = 2/5, to level 2 at (3/4 − 3/5)/(9/5 − 3/2) = 1/2, to level 3 at
    (267/100 − 3/4)/(5 − 9/5) = 3/5.
    """
    costs = ["0", "3/5", "3/4", "267/100"]
    assert (1 - 0.4) * 1.5 < (1 - 0.5) * 1.8
    found = grid_design(one_user([0, 1.5, 1.8], costs[:3]), 10)
    assert (found.alpha, found.profile, [tie.profile for tie in found.ties]) == (0.4, (1,), [(2,)])
    found = grid_design(one_user([0, 1.5, 1.8, 5], costs), 10)
    assert (found.profile, found.ties, found.runner_up.profile) == ((3,), (), (1,))


def test_a_budget_that_is_missed_by_rounding_is_kept():
    assert 0.1 * 3 > 0.3
    game = one_user([0.0, 3.0], ["0", "3/10"])
    assert grid_design(game, 10, Fraction(3, 10)).alpha == 0.1
    assert grid_design(game, 10, Fraction(29, 100)).alpha == 0


@st.composite
def federations(draw) -> PaymentGame:
    """Hospitals, some of them alike in (n, a); levels 1 and 2 may cost the same."""
    n = draw(st.sampled_from([1, 2, 2, 3, 3, 3, 4]))
    samples = draw(st.lists(st.sampled_from([1, 5, 30, 30, 300]), min_size=n, max_size=n))
    importance = draw(st.lists(st.sampled_from([0, 1, 1, 1, 2.5]), min_size=n, max_size=n))
    cost = st.integers(0, 3000).map(lambda number: number / 1000)
    costs = [(0, low := draw(cost), low + draw(st.one_of(st.just(0.0), cost))) for _ in range(n)]
    users = Users(samples=samples, importance=importance, sensitivity=costs)
    variances = draw(st.sampled_from([(1.0, 10.0), (5.0, 1.0), (0.0, 3.0), (100.0, 1.0)]))
    return PaymentGame(FederatedMean(users, *variances, aggregation=draw(st.sampled_from(["equal", "samples"]))), users)


@settings(max_examples=60, deadline=None)
@given(federations(), STEPS)
def test_federated_mean(game, steps):
    """The landscape comes from intervals, which come from the potential tensor."""
    found, curve = grid_design(game, steps), landscape(game)
    right = max(curve.at(Fraction(k, steps))[0] for k in range(steps + 1))
    assert found.platform_utility == pytest.approx(right, abs=1e-12)
    assert found.platform_utility <= design(game, scope="pure").platform_utility + 1e-12
    assert max(found.regrets) <= found.regret_bound
    assert found.platform_utility == pytest.approx(found.utility - sum(found.payments), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(cases(rules=("users",)))
def test_a_grid_that_holds_the_exact_share_finds_it(case):
    best = design(case.game(), scope="pure")
    found = grid_design(case.game(), steps=best.alpha.denominator)
    assert (found.platform_utility, found.alpha, found.profile) == (best.platform_utility, best.alpha, best.profile)


# What a grid loses ----------------------------------------------------------------------------


def one_share_only(share: Fraction) -> Case:
    """(1, 1) earns 10 and is an equilibrium at ``share`` alone; without it nothing is earned.

    User 1 shares or not, user 2 is on level 1 or 2. U = −12 at (0, 1), 10 at (1, 1), 0 elsewhere.
    User 1 is worth (10 + 12)/2 = 11 at (1, 1) and costs 11·share: stays from ``share`` on. User 2
    is worth (10 − 12)/2 = −1 there and 0 at (1, 2), which costs share: stays up to ``share``.
    """
    table = fractions_array([0, -12, 0, 0, 10, 0, 0, 0, 0], (3, 3))
    costs = ((Fraction(0), 11 * share, Fraction(0)), (Fraction(0), Fraction(0), share))
    return Case(table, costs, ((0, 1), (1, 2)), "users")


@pytest.mark.parametrize("share", [Fraction(113, 355), Fraction(144, 233), Fraction(1, 1009)])
def test_some_games_lose_everything_however_fine_the_grid_is(share):
    game = one_share_only(share).game()
    best = design(game, scope="pure")
    assert (best.alpha, best.platform_utility, best.choice.interval) == (share, 10 * (1 - share), (share, share))
    for steps in (100, 1000, 4096):
        assert grid_design(game, steps).platform_utility == 0
    assert grid_design(game, share.denominator).platform_utility == 10 * (1 - share)


@pytest.mark.parametrize("steps", [97, 100])
def test_floats_find_an_equilibrium_at_one_share(steps):
    """Costs and α·φ are rounded apart, and still count as equal."""
    for k in range(1, steps):
        share = Fraction(k, steps)
        game = one_share_only(share).game(exact=False)
        found = grid_design(game, steps)
        assert (found.alpha, found.profile) == (float(share), (1, 1))
        assert found.choice.interval == (float(share), float(share))
        assert found.platform_utility <= design(game, scope="pure").platform_utility + 1e-12


@pytest.mark.parametrize("share", [Fraction(144, 233), Fraction(355, 565)])
def test_a_utility_that_rises_may_lose_a_third(share):
    """User 1 shares or not, user 2 is on level 1 or 2; U = 0, 4 where user 1 does not, 10, 11 where it does.

    At (1, 1) user 1 is worth 10/2 = 5 and costs 5·share. There user 2 is worth 5, and 15/2 at (1, 2),
    which costs 5/2·share. So (1, 1) is an equilibrium at ``share`` alone. At (1, 2) user 1 is worth
    7/2: an equilibrium from 10/7·share on. (0, 2), where user 2 earns 4 more than at (0, 1), is one
    from 5/8·share on.
    """
    table = fractions_array([0, 0, 4, 0, 10, 11, 0, 10, 11], (3, 3))
    users = Users(sensitivity=[[0, 5 * share, 0], [0, 0, Fraction(5, 2) * share]], allowed=[[0, 1], [1, 2]])
    game = PaymentGame(TableUtility(table), users)
    best, limit = design(game, scope="pure").platform_utility, 4 * (1 - Fraction(5, 8) * share)
    assert best == 10 * (1 - share)
    assert limit < Fraction(2, 3) * best
    for steps in (100, 1000):
        found = grid_design(game, steps)
        assert found.profile == (0, 2)
        assert limit - Fraction(4, steps) < found.platform_utility <= limit


# The tree and the partitions ------------------------------------------------------------------


@st.composite
def trees(draw) -> tuple[tuple[int, ...], list[list[int]]]:
    """Counts of up to three levels, and for each user and level a set of six shares, often empty."""
    counts = tuple(draw(st.lists(st.integers(0, 2), min_size=2, max_size=3).filter(any)))
    sets = st.one_of(st.just(0), st.just(63), st.integers(0, 63))
    rows = [[draw(sets) for _ in counts] for _ in range(sum(counts))]
    return counts, rows


@settings(max_examples=80, deadline=None)
@given(trees(), st.integers(0, 63))
def test_the_tree_finds_what_trying_every_profile_finds(tree, shares):
    counts, rows = tree
    users = tuple(range(7, 7 + len(rows)))
    found = tree_search(users, counts, lambda user, level: rows[user - 7][level], shares)
    everything = {}
    for levels in sorted(set(permutations([level for level, number in enumerate(counts) for _ in range(number)]))):
        everything[levels] = shares
        for row, level in zip(rows, levels, strict=True):
            everything[levels] &= row[level]
    right = {}
    for share in range(6):
        for levels, where in everything.items():
            if where >> share & 1:
                right.setdefault(levels, where)
                break
    assert dict(found) == right
    assert [levels for levels, _ in found] == sorted(right)


def test_the_tree_is_pruned_at_once():
    """A user who gains wherever it is: nobody after it is asked."""
    asked = []

    def stays(user: int, level: int) -> int:
        asked.append((user, level))
        return 0 if user == 1 else 1

    assert tree_search((0, 1, 2, 3), (2, 2), stays, 1) == []
    assert {user for user, _ in asked} == {0, 1}


def federation(samples: list[int], allowed: list[list[int]] | None = None) -> PaymentGame:
    costs = [[0, Fraction(number, 5), Fraction(number, 3)] for number in range(len(samples))]
    if allowed:
        costs = [
            [cost if level != own[0] else 0 for level, cost in enumerate(row)]
            for row, own in zip(costs, allowed, strict=True)
        ]
    users = Users(samples=samples, sensitivity=costs, allowed=allowed)
    return PaymentGame(FederatedMean(users, 1.0, 10.0), users)


@pytest.mark.parametrize("samples", [[30] * 4, [30, 30, 5, 5, 5], [1, 2, 3], [300, 30, 300, 30]])
def test_values_once_a_partition(samples, monkeypatch):
    """C(m + 2, 2) partitions for each type of m users with three levels."""
    asked = []
    compute = partitions.payments
    monkeypatch.setattr(
        partitions,
        "payments",
        lambda utility, profile, **more: (asked.append(tuple(profile)), compute(utility, profile, **more))[1],
    )
    grid_design(federation(samples), 3)
    number = partitions_of(samples)
    assert len(asked) == len(set(asked)) == number


def partitions_of(samples: list[int]) -> int:
    return prod(comb(size + 2, 2) for size in Counter(samples).values())


def test_progress_is_one_bar():
    """A step a partition, and nothing else until they are done."""
    bars = []
    samples = [30, 30, 5, 5]
    with listening(lambda *bar: bars.append(bar)):
        grid_design(federation(samples), 3)
    number = partitions_of(samples)
    assert bars[: number + 1] == [("partitions", done, number) for done in range(number + 1)]


def test_a_partition_is_everybody_with_the_same_counts():
    """Every profile of the users' choices is in exactly one partition, and each has one."""
    game = federation([30, 5, 30, 30], allowed=[[0, 2], [1, 2], [0, 1], [0, 1, 2]])
    parts = Partitions(game)
    seen = set()
    for index in np.ndindex(game.shape):
        profile = game.levels(index)
        counts = [[0, 0, 0], [0, 0, 0]]
        for user, level in enumerate(profile):
            counts[[0, 1, 0, 0][user]][level] += 1
        seen.add(tuple(map(tuple, counts)))
    assert set(parts) == seen
    assert len(parts) == len(list(parts)) == len(seen)
    assert parts.members == ((0, 2, 3), (1,))


@settings(max_examples=20, deadline=None)
@given(federations())
def test_values_hold_for_every_profile_of_a_partition(game):
    """U and φ from the potential tensor at every profile."""
    parts, types = Partitions(game), game.utility.types
    phi = np.stack(list(game.values()))
    for index in np.ndindex(game.shape):
        profile = game.levels(index)
        counts = [[0] * 3 for _ in range(max(types) + 1)]
        for user, level in enumerate(profile):
            counts[types[user]][level] += 1
        value = parts.value(tuple(map(tuple, counts)))
        assert value.utility == pytest.approx(game.utilities.values[index], abs=1e-12)
        for user, level in enumerate(profile):
            wanted = phi[(user, *index)]
            assert abs(value.phi[types[user], level] - wanted) <= value.error + 2 * game.potential.error


# What cannot be asked -------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [0, -1, 1.5, True, "100", None])
def test_steps_are_whole_numbers(steps):
    with pytest.raises(InputError, match=r"steps: expected a whole number ≥ 1, got"):
        grid_design(federation([1, 2]), steps)


def test_theorem_1_has_no_grid():
    game = PaymentGame(TableUtility([[0, 1], [1, 2]]), Users(names=["a", "b"]), "coalition")
    with pytest.raises(InputError, match=r"'coalition'.* has none; use method 'exact'"):
        grid_design(game)


def test_what_does_not_fit_is_refused():
    with pytest.raises(TooLargeError, match=r"Algorithm 1 with all 2\^60 coalitions of 60 users .*'exact'"):
        grid_design(federation([30] * 60))
    with pytest.raises(TooLargeError, match="A grid of 1,000,000,000,000 steps"):
        grid_design(federation([1, 2]), 10**12)
    with pytest.raises(TooLargeError, match="partitions"):
        grid_design(federation(list(range(1, 21))))


def test_numpy_integers_are_steps():
    assert grid_design(one_share_only(Fraction(1, 2)).game(), np.int64(2)).platform_utility == 5
