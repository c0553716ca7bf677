"""Groups of users as one player: values, sensitivities, and the payments that keep the game a potential game."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.progress import listening
from fairgames.utilities.user_groups import UserGroups, bloc_users
from tests.oracles import shapley
from tests.strategies import tables

F = Fraction


@st.composite
def partitions(draw: st.DrawFn, n: int) -> list[list[int]]:
    """All users in up to n groups, in any order."""
    of_user = [draw(st.integers(0, n - 1)) for _ in range(n)]
    groups = [[user for user in range(n) if of_user[user] == k] for k in range(n)]
    return draw(st.permutations([group for group in groups if group]))


def members(groups: list[list[int]], levels: tuple[int, ...]) -> tuple[int, ...]:
    """The profile of the single users."""
    profile = [0] * sum(map(len, groups))
    for group, level in zip(groups, levels, strict=True):
        for user in group:
            profile[user] = level
    return tuple(profile)


@settings(deadline=None, max_examples=40)
@given(tables(3, 3, least=-3), partitions(3))
def test_all_members_are_on_the_level_of_their_group(table: np.ndarray, groups: list) -> None:
    blocs = UserGroups(fg.TableUtility(table), groups)
    exact, floats = blocs.exact_on_grid().fractions(), blocs.on_grid()
    assert exact.shape == floats.shape == (3,) * len(groups)
    for levels in product(range(3), repeat=len(groups)):
        assert exact[levels] == table[members(groups, levels)]
        assert floats[levels] == pytest.approx(float(exact[levels]), abs=1e-15)
        assert blocs.at(levels) == floats[levels]


@settings(deadline=None, max_examples=25)
@given(tables(3, 2), partitions(3))
def test_a_bloc_is_paid_its_value_in_the_game_of_blocs(table: np.ndarray, groups: list) -> None:
    blocs = UserGroups(fg.TableUtility(table), groups)
    for levels in product(range(2), repeat=len(groups)):
        right = shapley(lambda profile: table[members(groups, profile)], levels)
        assert fg.payments(blocs, levels).payments.tolist() == right


def test_floats_scale_and_levels_are_those_of_the_utility() -> None:
    users = fg.Users(samples=[10, 50, 100, 20])
    utility = fg.FederatedMean(users, between=1.0, within=10.0, scale="3/2")
    blocs = UserGroups(utility, [[3, 1], [0, 2]])
    assert (blocs.levels, blocs.level_names) == (utility.levels, utility.level_names)
    assert not blocs.rational
    assert blocs.rounding == utility.rounding
    for levels in product(range(3), repeat=2):
        assert blocs.at(levels) == utility.at(members([[3, 1], [0, 2]], levels))
    with pytest.raises(InputError, match="not rational"):
        blocs.exact_on_grid()


@pytest.mark.parametrize(
    ("groups", "types"), [([[0, 1], [2, 3]], (0, 0)), ([[0], [1, 2], [3]], (0, 1, 0)), ([[0, 1, 2], [3]], (0, 1))]
)
def test_groups_alike_are_of_one_type(groups: list, types: tuple) -> None:
    blocs = UserGroups(fg.LinearLaplace(4, [0, 1, "inf"]), groups)
    assert blocs.types == types
    values = blocs.exact_on_grid().fractions()
    for one, other in combinations(range(len(groups)), 2):
        if types[one] == types[other]:
            assert (values == np.swapaxes(values, one, other)).all()


def test_many_members() -> None:
    """200 users in two blocs are a game of two users."""
    users = fg.Users(sensitivity=[[0, "1/1000"]] * 120 + [[0, "1/500"]] * 80)
    groups = [list(range(120)), list(range(120, 200))]
    blocs = UserGroups(fg.LinearLaplace(200, [0, 1]), groups)
    game = fg.PaymentGame(blocs, bloc_users(users, groups, ["many", "few"]))
    found = fg.design(game)
    assert found.regret == 0
    assert game.users.names == ("many", "few")
    assert game.costs == ((0, F(120, 1000)), (0, F(80, 500)))


# The game ---------------------------------------------------------------------------------------


def around(payoffs: np.ndarray) -> set[Fraction]:
    """What the deviating players gain in all around each square of profiles of two players.

    All are 0 iff the game has an exact potential (Monderer & Shapley 1996, theorem 2.8).
    """
    sums = set()
    for one, other in product(combinations(range(payoffs.shape[0]), 2), combinations(range(payoffs.shape[1]), 2)):
        (a, b), (c, d) = one, other
        corners = [((a, c), 0), ((b, c), 1), ((b, d), 0), ((a, d), 1), ((a, c), 0)]
        steps = pairwise(corners)
        sums.add(sum((payoffs[(*after, player)] - payoffs[(*before, player)]
                      for (before, player), (after, _) in steps), start=F(0)))  # fmt: skip
    return sums


def paid_separately(utility: fg.TableUtility | fg.LinearLaplace, groups: list, alpha: Fraction) -> np.ndarray:
    """Payoffs of the blocs, if each is paid the sum of its members' own Shapley values; costs are 0."""
    table = utility.exact_on_grid().fractions()
    size = len(utility.levels)
    payoffs = np.empty((size, size, 2), dtype=object)
    for levels in product(range(size), repeat=2):
        values = shapley(lambda profile: table[profile], members(groups, levels))
        payoffs[levels] = [alpha * sum((values[user] for user in group), start=F(0)) for group in groups]
    return payoffs


@settings(deadline=None, max_examples=25)
@given(tables(3, 3), st.fractions(0, 1, max_denominator=7))
def test_two_blocs_play_a_potential_game(table: np.ndarray, alpha: Fraction) -> None:
    groups = [[0, 2], [1]]
    users = fg.Users(sensitivity=[[0, "1/2", 1], [0, "1/3", "1/3"], [0, 1, "1/4"]])
    game = fg.PaymentGame(UserGroups(fg.TableUtility(table), groups), bloc_users(users, groups))
    assert around(game.at(alpha).payoffs) == {0}


def test_paying_members_separately_makes_no_potential_game() -> None:
    """Not even where all users are alike, and U is the papers' own."""
    utility, groups = fg.LinearLaplace(3, [0, 1]), [[0, 1], [2]]
    assert around(paid_separately(utility, groups, F(1))) != {0}
    single = [[0], [1]]  # two users are two blocs, and then both rules are one
    assert around(paid_separately(fg.LinearLaplace(2, [0, 1]), single, F(1))) == {0}
    game = fg.PaymentGame(UserGroups(utility, groups), fg.Users(names=["two", "one"]))
    assert around(game.at(1).payoffs) == {0}


# Sensitivities ----------------------------------------------------------------------------------


def test_sensitivities_are_added_up() -> None:
    users = fg.Users(sensitivity=[[0, "1/10", 1], [0, "1/5", 2], [0, "1/3", 4]], names=["a", "b", "c"])
    found = bloc_users(users, [[2, 0], [1]])
    assert found.sensitivity == ((0, F(13, 30), 5), (0, F(1, 5), 2))
    assert found.names == ("c+a", "b")
    assert found.allowed is None
    assert bloc_users(fg.Users(names=["a", "b"]), [[0], [1]]).sensitivity is None
    many = bloc_users(fg.Users(names=list("abcdef")), [[0, 1, 2, 3], [4, 5]])
    assert many.names == ("a and 3 others", "e+f")


def test_a_group_may_choose_what_all_its_members_may() -> None:
    users = fg.Users(
        sensitivity=[[0, 1, 2], [0, 1, 2], [3, 0, 1]], allowed=[[0, 2], None, [1, 2]], names=["a", "b", "c"]
    )
    found = bloc_users(users, [[0, 1], [2]])
    assert found.allowed == ((0, 2), (1, 2))
    with pytest.raises(InputError, match=r"group a\+c: the lowest level .* costs them 3"):
        bloc_users(users, [[0, 2], [1]])
    with pytest.raises(InputError, match=r"group x\+y: its members have no allowed level in common"):
        bloc_users(fg.Users(allowed=[[0], [1]], names=["x", "y"]), [[0, 1]])
    with pytest.raises(InputError, match="different lengths"):
        bloc_users(fg.Users(sensitivity=[[0, 1], [0, 1, 2]]), [[0, 1]])
    with pytest.raises(InputError, match="names: expected one for each of 1 groups, got 2"):
        bloc_users(fg.Users(names=["x", "y"]), [[0, 1]], ["one", "two"])


def test_groups_that_are_no_partition() -> None:
    utility = fg.LinearLaplace(4, [0, 1])
    with pytest.raises(InputError) as caught:
        UserGroups(utility, [[0, 0], [], [7, "x"], [1, 0]])
    assert str(caught.value).splitlines() == [
        "groups: group 2 is empty",
        "groups: expected the numbers 0 … 3 of the users, got [7, 'x']",
        "groups: users [0] are in more than one group, or twice in one",
        "groups: users [2, 3] are in no group; put each into one, alone if need be",
    ]
    with pytest.raises(InputError, match=r"users \[1\] are in no group"):
        bloc_users(fg.Users(names=["a", "b"]), [[0]])


def test_progress_is_announced() -> None:
    heard = []
    with listening(lambda *step: heard.append(step)):
        UserGroups(fg.LinearLaplace(16, [0, 1]), [range(k, k + 4) for k in range(0, 16, 4)]).on_grid()
    assert ("utilities of groups", 1, 2) in heard


def test_parts_of_a_grid_are_put_together_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the groups range over one grid of the users or each profile is asked for alone."""
    utility = fg.LinearLaplace(5, [0, 1, "inf"])
    groups = [[3, 0], [1], [4, 2]]
    whole = UserGroups(utility, groups).on_grid()
    for together in (1, 4, 30):
        monkeypatch.setattr("fairgames.utilities.user_groups._TOGETHER", together)
        assert (UserGroups(utility, groups).on_grid() == whole).all()
        assert UserGroups(utility, groups).exact_on_grid().fractions()[2, 1, 0] == utility.exact_at((2, 1, 0, 2, 0))


def test_object_tables_keep_rationals() -> None:
    table = object_array([F(0), F(1, 3), F(1, 3), F(1, 7)]).reshape(2, 2)
    assert UserGroups(fg.TableUtility(table), [[0, 1]]).exact_on_grid().fractions().tolist() == [0, F(1, 7)]
