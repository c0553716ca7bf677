"""Gambit's own pure equilibria of what we export for users with private costs: tables, and action graphs on counts."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pygambit
import pytest

from fairgames import LinearLaplace, Users, pure_equilibria
from fairgames.equilibria.types.action_graph import write_action_graph
from fairgames.errors import InputError
from fairgames.games import files
from fairgames.private import PlanGame
from tests.private import plan_oracle as oracle
from tests.private.plan_games import as_ours, random_game


def gambits(game: pygambit.Game, ours: PlanGame) -> set[oracle.Plan]:
    """The plans of the pure equilibria that Gambit finds; agents are its players, in our order."""
    found = set()
    for profile in pygambit.nash.enumpure_solve(game).equilibria:
        chances = [[float(chance) for _, chance in profile[player]] for player in game.players]
        found.add(ours.agents.plan(ours.levels([own.index(1.0) for own in chances])))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_agent_form(seed: int, tmp_path: Path) -> None:
    game, draw = random_game(seed), random.Random(seed)
    ours = as_ours(game)
    share = Fraction(draw.randint(0, 20), 20)
    files.write(ours.at(share), tmp_path / "game.nfg")
    read = pygambit.read_nfg(str(tmp_path / "game.nfg"))
    assert gambits(read, ours) == oracle.at_share(game, share)


def _alike(seed: int) -> tuple[PlanGame, Fraction]:
    """Users of one or two kinds, and a share: at an end, where somebody is indifferent, or between two."""
    draw = random.Random(seed)
    n_levels = draw.choice([2, 3])

    def rows() -> list[tuple[Fraction, list[Fraction]]]:
        chance = Fraction(draw.randint(1, 7), 8)
        costs = [[Fraction(0), *(Fraction(draw.randint(1, 40), 97) for _ in range(n_levels - 1))] for _ in range(2)]
        return [(chance, costs[0]), (1 - chance, costs[1])]

    private = [rows()] * 2 + [rows()] if seed % 2 else [rows()] * 3
    game = PlanGame(LinearLaplace(3, [0, 1, "inf"] if n_levels == 3 else [0, "inf"]), Users(private=private))
    ends = sorted({*pure_equilibria(game).lower, *pure_equilibria(game).upper, Fraction(0), Fraction(1)})
    low, high = draw.choice([pair for pair in pairwise(ends) if pair[1] - pair[0] > Fraction(1, 100)])
    return game, draw.choice([low, (low + high) / 2])


@pytest.mark.parametrize("seed", range(4))
def test_action_graph(seed: int, tmp_path: Path) -> None:
    game, share = _alike(seed)
    write_action_graph(game, tmp_path / "game.bagg", share)
    equilibria = pure_equilibria(game)
    ours = {game.agents.plan(profile) for profile in equilibria.profiles(game)[equilibria.at(share)].tolist()}
    assert gambits(pygambit.read_bagg(str(tmp_path / "game.bagg")), game) == ours


def test_users_who_may_not_choose_every_level(tmp_path: Path) -> None:
    rows = [("1/2", [0, 0, ".1"]), ("1/2", [0, 0, ".4"])]
    users = Users(private=[rows] * 3, allowed=[[1, 2]] * 3)
    game = PlanGame(LinearLaplace(3, [0, 1, "inf"]), users)
    write_action_graph(game, tmp_path / "game.bagg", "0.5")
    equilibria = pure_equilibria(game)
    ours = {game.agents.plan(profile) for profile in equilibria.profiles(game)[equilibria.at(Fraction(1, 2))].tolist()}
    assert gambits(pygambit.read_bagg(str(tmp_path / "game.bagg")), game) == ours


def test_a_share_is_needed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs a share"):
        write_action_graph(as_ours(random_game(0)), tmp_path / "game.bagg")
