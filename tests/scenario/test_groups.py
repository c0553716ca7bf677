"""``[[groups]]``: users who act as one player, against the game of the groups by brute force."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import fairgames as fg
from fairgames.cli import cli
from fairgames.errors import ScenarioError
from tests.oracles import Game, shapley, with_platform
from tests.scenarios import federated, user, written

F = Fraction
#: Five users in the order of the file, and who plays in the order of their first users.
PLAYERS = {"bloc": (0, 3), "b": (1,), "pair": (2, 4)}
GROUPS = """
[[groups]]
name = "bloc"
members = ["d", "a"]
[[groups]]
name = "pair"
members = ["c", "e"]
"""


def single(profile: tuple[int, ...]) -> tuple[int, ...]:
    """The levels of the five users where the players are on these."""
    found = {
        user: level for level, members in zip(profile, PLAYERS.values(), strict=True) for user in members
    }  # fmt: skip
    return tuple(found[user] for user in range(5))


def random_scenario(seed: int) -> tuple[str, dict[tuple[int, ...], Fraction], list[list[Fraction]]]:
    """A table of five users with two levels, their costs, and the same as text."""
    generator = random.Random(seed)
    table = {
        profile: F(generator.randint(-2, 12), 7) if any(profile) else F(0) for profile in product((0, 1), repeat=5)
    }
    costs = [[F(0), F(generator.randint(0, 4), 9)] for _ in range(5)]
    array = np.empty((2,) * 5, dtype=object)
    for profile, value in table.items():
        array[profile] = str(value)
    users = "".join(
        f'[[users]]\nname = "{name}"\nsensitivity = [0, "{own[1]}"]\n' for name, own in zip("abcde", costs, strict=True)
    )
    return f'[utility]\nkind = "table"\nvalues = {json.dumps(array.tolist())}\n{users}{GROUPS}', table, costs


@pytest.mark.parametrize("rule", ["users", "coalition"])
@pytest.mark.parametrize("seed", range(6))
def test_a_group_is_one_player(seed: int, rule: str, tmp_path: Path) -> None:
    text, table, costs = random_scenario(seed)
    read = fg.load(written(tmp_path, text))
    assert read.users.names == tuple(PLAYERS)

    def utility(profile: tuple[int, ...]) -> Fraction:
        return table[single(profile)]

    own = [[sum((costs[user][level] for user in members), F(0)) for level in (0, 1)] for members in PLAYERS.values()]
    right = Game(utility, own, [(0, 1)] * 3, rule)
    found = fg.design(fg.PaymentGame(read.utility, read.users, rule), scope="pure")
    if rule == "users":
        best = right.answers("best")[0]
        assert (found.platform_utility, found.alpha, found.profile) == (best.value, best.alpha, best.profile)
        paid = [found.alpha * value for value in shapley(utility, best.profile)]
    else:
        top, profiles = right.best_without_share("best")
        assert found.platform_utility == top
        assert found.profile in profiles
        paid = with_platform(utility, found.profile)[1]
    assert list(found.payments) == paid
    assert found.regret == 0


def test_federated_users_in_groups(tmp_path: Path) -> None:
    """Levels 0, 1, 2, users of one row in different groups, the rest of a row alone."""
    text = federated(
        user("clinic", 30, [0, 0.1, 0.3], count=3, level=2),
        user("hospital", 300, [0, 0.1, 0.25], allowed=[0, 2], level=2),
        '[[groups]]\nname = "trust"\nmembers = ["hospital", "clinic-2"]',
    )
    read = fg.load(written(tmp_path, text))
    assert read.users.names == ("clinic-1", "trust", "clinic-3")
    assert read.rows == ((0, 2), (1,))
    assert read.profile == (2, 2, 2)
    assert read.users.allowed == ((), (0, 2), ())
    assert read.users.sensitivity[1] == (0, F(1, 5), F(11, 20))
    users = fg.Users(samples=[30, 30, 30, 300])
    utility = fg.FederatedMean(users, between=1, within=10)

    def of_players(profile: tuple[int, ...]) -> Fraction:
        one, trust, three = profile
        return F(utility.at((one, trust, three, trust)))

    costs = [[F(0), F(1, 10), F(3, 10)], [F(0), F(1, 5), F(11, 20)], [F(0), F(1, 10), F(3, 10)]]
    right = Game(of_players, costs, [(0, 1, 2), (0, 2), (0, 1, 2)]).answers("best")[0]
    found = fg.design(read)
    assert found.profile == right.profile
    assert float(found.alpha) == pytest.approx(float(right.alpha), rel=1e-12)
    assert float(found.platform_utility) == pytest.approx(float(right.value), rel=1e-12)
    assert found.certain


def test_profiles_are_of_players(tmp_path: Path) -> None:
    text, table, _ = random_scenario(0)
    path = written(tmp_path, text)
    result = CliRunner().invoke(cli, ["payments", path, "--profile", "1,0,1", "--json"])
    answer = json.loads(result.stdout)
    assert answer["users"] == ["bloc", "b", "pair"]
    assert answer["utility"] == float(table[1, 0, 1, 1, 1])


def test_everybody_in_one_group(tmp_path: Path) -> None:
    text, table, costs = random_scenario(3)
    read = fg.load(written(tmp_path, text.replace(GROUPS, '[[groups]]\nname = "all"\nmembers = ["a","b","c","d","e"]')))
    assert read.users.names == ("all",)
    assert fg.payments(read.utility, (1,)).payments[0] == table[1, 1, 1, 1, 1]
    assert read.users.sensitivity == ((0, sum(own[1] for own in costs)),)


def test_users_from_a_csv_file(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text(
        "name,samples,sensitivity_0,sensitivity_2\nnorth ,30,0,0.3\nsouth,40,0,0.2\n", encoding="utf-8"
    )
    text = """users = "users.csv"
    [utility]
    kind = "federated-mean"
    between_user_variance = 1
    within_user_variance = 10
    levels = [0, 2]
    [[groups]]
    name = "north"
    members = [" north", "south"]
    """
    read = fg.load(written(tmp_path, text))
    assert (read.users.names, read.users.sensitivity) == (("north",), ((0, F(1, 2)),))


def test_every_fault_at_once(tmp_path: Path) -> None:
    text = """
    [utility]
    kind = "table"
    values = [[[0, 1], [1, 1]], [[1, 1], [1, 1]]]
    [[users]]
    name = "clinic"
    count = 2
    level = 1
    [[users]]
    name = "mill"
    [[groups]]
    name = "mill"
    members = ["clinic-1", "hill"]
    [[groups]]
    members = ["clinic", "mill"]
    member = 3
    [[groups]]
    name = "empty"
    members = []
    """
    path = written(tmp_path, text)
    with pytest.raises(ScenarioError) as caught:
        fg.load(path)
    assert list(caught.value.faults) == [
        f'{path}: groups[1].members: got "hill", expected "mill" (did you mean that?), or "clinic-1", "clinic-2", '
        '"clinic"',
        f'{path}: groups[1].name: got "mill", which is taken; expected unique names',
        f"{path}: groups[2].member: unknown key, expected members (did you mean that?), or name",
        f"{path}: groups[2].name: missing, expected a non-empty string",
        f'{path}: groups[2].members: got "clinic", which is in groups[1] already; expected each user in one group, '
        "once",
        f"{path}: groups[2].members: their levels are 1, none; expected one, as a group acts as one",
        f'{path}: groups[3].members: got [], expected a list of names of users, such as ["north", "south"]',
    ]


def test_no_level_in_common(tmp_path: Path) -> None:
    text, _, _ = random_scenario(0)
    for name, level in (("a", 0), ("d", 1)):
        before = text[text.index(f'name = "{name}"') :].split("\n", 2)
        own = f"{before[0]}\nallowed = [{level}]\nsensitivity = [0, 0]"
        text = text.replace("\n".join(before[:2]), own)
    with pytest.raises(ScenarioError, match="group bloc: its members have no allowed level in common"):
        fg.load(written(tmp_path, text))


def test_costs_that_are_not_known_do_not_add_up(tmp_path: Path) -> None:
    text, _, _ = random_scenario(0)
    text = text.replace("sensitivity = [0, ", "sensitivity_range = [[0, 0], [0, 1]] # ", 1)
    with pytest.raises(ScenarioError, match='groups: got groups beside costs of "a" that are private or a range'):
        fg.load(written(tmp_path, text))


@pytest.mark.parametrize("groups", ['groups = "a"', "groups = []", "groups = [1]"])
def test_groups_that_are_no_tables(groups: str, tmp_path: Path) -> None:
    text, _, _ = random_scenario(0)
    with pytest.raises(ScenarioError, match=r"groups: got .* expected .*\[\[groups\]\]"):
        fg.load(written(tmp_path, f"{groups}\n{text.replace(GROUPS, '')}"))
