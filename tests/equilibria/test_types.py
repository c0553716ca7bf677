"""Equilibria on counts against all profiles of the same game."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from fairgames import memory
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.types.candidate_states import candidate_states
from fairgames.equilibria.types.game import PopulationGame
from fairgames.equilibria.types.intervals import count_equilibria, n_equilibrium_profiles
from fairgames.errors import TooLargeError
from fairgames.users import Users
from fairgames.utilities import FederatedMean
from tests.populations import Population, populations

COMMON = settings(max_examples=60, deadline=None)


def union(intervals) -> list[tuple[Fraction, Fraction]]:
    """Closed intervals that touch become one."""
    merged: list[tuple[Fraction, Fraction]] = []
    for lower, upper in sorted(intervals):
        if merged and lower <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], upper))
        else:
            merged.append((lower, upper))
    return merged


def by_state(case: Population, stable: bool) -> dict[tuple, list]:
    """From the full game: the intervals of all profiles of each state."""
    game = case.in_full()
    found = pure_equilibria(game)
    intervals = defaultdict(list)
    for k, profile in enumerate(found.profiles(game).tolist()):
        if found.stable[k] or not stable:
            intervals[case.counts(profile)].append((found.lower[k], found.upper[k]))
    return {state: union(own) for state, own in intervals.items()}


@pytest.mark.parametrize("stable", [False, True])
@COMMON
@given(case=populations(least=-3))
def test_each_state_owns_the_intervals_of_its_profiles(stable, case):
    game = case.on_counts()
    found = count_equilibria(game, candidate_states(game), stable)
    intervals = defaultdict(list)
    for state, lower, upper in zip(found.index, found.lower, found.upper, strict=True):
        rows = game.rows(np.array([state]))
        key = tuple(tuple(axis[row[0]].tolist()) for axis, row in zip(game.lattice.axes, rows, strict=True))
        intervals[key].append((lower, upper))
    assert {state: sorted(own) for state, own in intervals.items()} == by_state(case, stable)


@COMMON
@given(case=populations(least=-3))
def test_the_number_of_equilibrium_profiles(case):
    game = case.on_counts()
    assert n_equilibrium_profiles(game, candidate_states(game)) == len(pure_equilibria(case.in_full()))


def test_too_many_different_costs_are_refused_with_the_time_that_they_would_take():
    n = 30_000
    users = Users(samples=[20] * n, sensitivity=[[0, Fraction(k, n**2)] for k in range(1, n + 1)])
    game = PopulationGame(FederatedMean(users, 1.0, 10.0, levels=[0, 2]), users)
    found = candidate_states(game)
    with pytest.raises(
        TooLargeError, match=r"with 30,000 different costs, would take [\d,]+ s, and 600 s are the most"
    ):
        count_equilibria(game, found)


def test_lattices_that_take_too_long_are_refused_at_once(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 2**60)
    users = Users(samples=[20] * 20_000 + [50] * 70_000)
    with pytest.raises(TooLargeError, match=r"1,400,090,001 count states would take 700 s"):
        PopulationGame(FederatedMean(users, 1.0, 10.0, levels=[0, 2]), users)


def test_too_many_equilibria_are_refused_with_their_number(monkeypatch):
    """Where nothing costs or earns anything every state is one."""
    users = Users(samples=[1] * 25, importance=[0] * 25)
    game = PopulationGame(FederatedMean(users, 1.0, 10.0), users)
    found = candidate_states(game)
    assert len(found) == game.lattice.size == 351
    assert len(count_equilibria(game, found)) == 351
    assert n_equilibrium_profiles(game, found) == 3**25
    users = Users(samples=[1] * 150, importance=[0] * 150)
    game = PopulationGame(FederatedMean(users, 1.0, 10.0), users)
    found = candidate_states(game)
    monkeypatch.setattr(memory, "available_bytes", lambda: 2**20)
    with pytest.raises(TooLargeError, match=r"11,476 count states that may be equilibria needs"):
        count_equilibria(game, found)
