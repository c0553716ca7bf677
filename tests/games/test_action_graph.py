"""Action graphs: what we read against Gambit's own reading, and what we write against the definition and Gambit."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import product
from pathlib import Path

import pygambit
import pytest

import fairgames as fg
from fairgames.equilibria.types.action_graph import write_action_graph
from fairgames.errors import InputError
from fairgames.games import files
from fairgames.games.files.action_graph import ActionGraph
from fairgames.games.files.agg import read_graph
from fairgames.solvers.crosscheck import crosscheck

#: Functions of counts are at most so large in the random graphs.
MOST = 25


def random_graph(seed: int, types: bool) -> tuple[list[str], int]:
    """All but the payoffs of a graph with function nodes of any type, and its number of action nodes."""
    draw = random.Random(seed)
    n_players, n_actions = draw.choice([2, 3]), draw.randint(2, 4)
    first, other = draw.sample([0, 1, 2, 3, 10, 11, 12, 13], 2)
    looks = [draw.sample(range(n_actions + 3), 2) for _ in range(n_actions)]
    looks += [draw.sample(range(n_actions), draw.randint(1, n_actions)) for _ in range(3)]
    looks[n_actions].append(n_actions + 1)  # a function of a function, of the same type and weights
    weights = f"{draw.randint(0, 2)} [{' '.join(str(draw.randint(0, 3)) for _ in range(n_actions))}]"
    n_types = [draw.randint(1, 2) if types else 1 for _ in range(n_players)]
    sets = [sorted(draw.sample(range(n_actions), 2)) for n in n_types for _ in range(n)]
    sets[0] = list(range(n_actions))  # Gambit does not read payoffs of actions that nobody has
    chances = ["1/4 3/4" if n == 2 else "1" for n in n_types]
    return [
        "#BAGG" if types else "#AGG",
        f"# a comment\n{n_players} {n_actions}\n#another\n3",
        *([" ".join(map(str, n_types)), *chances] if types else []),
        " ".join(str(len(one)) for one in sets),
        *(" ".join(map(str, one)) for one in sets),
        *(f"{len(row)} {' '.join(map(str, row))}" for row in looks),
        *(str(kind) if kind < 10 else f"{kind} {weights}" for kind in (first, first, other)),
    ], n_actions


def mapped(draw: random.Random) -> str:
    """Payoffs of all counts that might be met, and more."""
    rows = [f"[{x} {y}] {draw.randint(-9, 9)}/{draw.randint(1, 9)}" for x, y in product(range(MOST), repeat=2)]
    return "\n".join(["1", str(len(rows)), *rows])


def gambits(path: Path) -> pygambit.Game:
    return (pygambit.read_bagg if path.suffix == ".bagg" else pygambit.read_agg)(str(path))


def agrees(graph: ActionGraph, game: pygambit.Game) -> None:
    """Payoffs at every profile."""
    table = graph.normal_form()
    assert table.shape == graph.shape == tuple(len(game.get_strategies(player)) for player in game.players)
    for profile in product(*map(range, graph.shape)):
        played = game.mixed_strategy_profile(rational=True)
        for player, size, own in zip(game.players, graph.shape, profile, strict=True):
            played.set_mixed_strategy(player, {str(k + 1): int(k == own) for k in range(size)})
        for agent, player in enumerate(game.players):
            right = Fraction(str(played.payoffs[player]))
            assert graph.payoff(profile, agent) == table.payoffs[(*profile, agent)] == right


@pytest.mark.parametrize("types", [False, True])
@pytest.mark.parametrize("seed", range(7))
def test_read_as_gambit_reads(seed: int, types: bool, tmp_path: Path) -> None:
    lines, n_actions = random_graph(seed, types)
    draw, path = random.Random(seed), tmp_path / ("game.bagg" if types else "game.agg")
    path.write_text("\n".join([*lines, *(mapped(draw) for _ in range(n_actions))]) + "\n")
    graph = read_graph(path)
    agrees(graph, gambits(path))
    # Without counts: as many payoffs as counts may be met, in lexicographical order.
    sets = [sorted({a for k, one in enumerate(graph.agents) if graph.player_of[k] == number for a in one})
            for number in range(max(graph.player_of) + 1)]  # fmt: skip
    listed = []
    for node, view in enumerate(graph.views):
        met = {
            view.counts([node, *others])
            for k, own in enumerate(sets)
            if node in own
            for others in product(*sets[:k], *sets[k + 1 :])
        }
        listed.append(" ".join(["0", *(f"{draw.randint(-9, 9)}/7" for _ in met)]))
    path.write_text("\n".join([*lines, *listed]) + "\n")
    agrees(read_graph(path), gambits(path))


def ten_phones(levels: list[object] | None = None) -> fg.PaymentGame:
    rows = [[0, "1/60", "1/25"]] * 3 + [[0, "1/90", "1/15"]] * 2
    return fg.PaymentGame(fg.LinearLaplace(5, levels or [0, 1, "inf"]), fg.Users(sensitivity=rows))


@pytest.mark.parametrize("suffix", [".agg", ".bagg"])
def test_what_is_written_is_the_game(suffix: str, tmp_path: Path) -> None:
    """Digit by digit: the table by the definition of Theorem 2, Gambit's reading and ours."""
    game, alpha, path = ten_phones(), Fraction(2, 7), tmp_path / f"game{suffix}"
    write_action_graph(game, path, alpha)
    graph, table = read_graph(path), game.at(alpha)
    assert (graph.normal_form().payoffs == table.payoffs).all()
    assert (files.read(path).payoffs == table.payoffs).all()
    found = {
        tuple([float(p) for _, p in profile[player]].index(1.0) for player in gambits(path).players)
        for profile in pygambit.nash.enumpure_solve(gambits(path)).equilibria
    }
    assert found == {
        tuple(row.tolist().index(1) for row in one.strategies)
        for one in crosscheck(table, solvers=["fairgames:pure"]).equilibria
    }


def test_thirty_two_users_need_no_table(tmp_path: Path) -> None:
    users = fg.Users(samples=[20.0] * 24 + [90.0] * 8, sensitivity=[[0, 0.05, 0.2]] * 24 + [[0, 0.1, 0.3]] * 8)
    utility = fg.FederatedMean(users, between=13.0, within=65.0)
    path = tmp_path / "hospitals.agg"
    write_action_graph(fg.PaymentGame(utility, users), path, 0.3)
    assert path.stat().st_size < 4_000_000
    graph, draw = read_graph(path), random.Random(5)
    for _ in range(4):
        profile = tuple(draw.randrange(3) for _ in range(32))
        paid = fg.payments(utility, profile, 0.3)
        for user in draw.sample(range(32), 5):
            right = paid.payments[user] - float(users.costs(user, 3)[profile[user]])
            assert abs(float(graph.payoff(profile, user)) - right) <= 1e-9 + paid.error_bound
    with pytest.raises(fg.TooLargeError, match="A game of"):
        files.read(path)


GOOD = "#AGG\n2 2 0\n2 2\n0 1\n0 1\n2 0 1\n2 1 0\n1 2 [1 1] 3 [2 0] 1\n1 2 [1 1] 3 [2 0] 1/3\n"
WRONG = {
    "expected #AGG or #BAGG": GOOD.replace("#AGG", "#AGGG"),
    "the number of players": GOOD.replace("2 2 0", "x 2 0", 1),
    "and the file to hold them": GOOD.replace("2 2 0", "999999999 2 0", 1),
    "ascending": GOOD.replace("0 1\n0 1", "1 0\n0 1"),
    "got node 7": GOOD.replace("2 1 0", "2 1 7"),
    "the form of payoffs": GOOD.replace("1 2 [1 1] 3 [2 0] 1/3", "2 2 [1 1] 3 [2 0] 1/3"),
    "a payoff of action node 1": GOOD.replace("1/3", "1/0"),
    "the end of the file": GOOD + "5",
    "got the end of the file": GOOD.replace("1/3", ""),
    "expected the type of a function node": GOOD.replace("2 2 0", "2 2 1").replace("2 1 0\n", "2 1 0\n1 0\n7\n"),
    "expected no circle": GOOD.replace("2 2 0", "2 2 1").replace("2 1 0\n", "2 1 0\n1 2\n0\n"),
    "has no payoff for the counts [2, 0]": GOOD.replace("1 2 [1 1] 3 [2 0] 1\n", "1 1 [1 1] 3\n"),
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_wrong_is_said(said: str, tmp_path: Path) -> None:
    (path := tmp_path / "game.agg").write_text(GOOD)
    assert math.prod(files.read(path).shape) == 4
    path.write_text(WRONG[said])
    with pytest.raises(InputError) as told:
        files.read(path)
    assert said in str(told.value)


def test_tables_are_not_written_as_graphs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="written from counts"):
        files.write(ten_phones().at(1), tmp_path / "game.agg")
