"""Costs that nearly tie: random games against an oracle in rationals and 120 digits that shares no code."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import lru_cache
from itertools import product

import numpy as np
import pytest

import fairgames as fg
from fairgames.errors import NoAnswerError
from fairgames.mechanism import Choice
from fairgames.mechanism.pure import pure_design
from fairgames.mechanism.types import population_design
from tests.near_tie_oracle import Oracle, federated, laplace, profiles

SELECTIONS = ("best", "worst", "stable", "potential")


def near(rng: random.Random, cost: Fraction) -> Fraction:
    """The same cost, or one that differs from it by 10⁻¹⁸ to 10⁻⁴ of itself."""
    return cost * (1 + rng.choice([-1, 0, 1]) * Fraction(1, 10 ** rng.randint(4, 18)))


def costs_of(rng: random.Random, n_users: int, n_levels: int, size: Fraction) -> list[list[Fraction]]:
    base = [Fraction(rng.randint(1, 12), 10) * size / 4 for _ in range(2)]
    rows = []
    for _ in range(n_users):
        if rows and rng.random() < 0.3:  # users alike, who are counted
            rows.append(rng.choice(rows))
            continue
        row = [Fraction(0)]
        for _ in range(n_levels - 1):
            row.append(near(rng, rng.choice([*base, row[-1]])) if rng.random() < 0.9 else Fraction(0))
        rows.append(row)
    return rows


@lru_cache(maxsize=40)
def random_game(seed: int) -> tuple[fg.PaymentGame, Oracle]:
    rng = random.Random(seed)
    kind, n_users = rng.choice(["federated", "federated", "laplace", "table"]), rng.randint(1, 4)
    scale = Fraction(rng.choice([1, 1, 3, 100, 10_000]))
    n_levels = 2 if n_users == 4 else 3
    every = profiles(n_users, n_levels)
    if kind == "federated":
        samples = [Fraction(rng.choice([1, 10, 10, 20, 303])) for _ in range(n_users)]
        importance = [Fraction(rng.choice([1, 1, 2, 10_000])) for _ in range(n_users)]
        s2, r2 = Fraction(rng.choice([0, 1, 13])), Fraction(rng.choice([1, 10, 65]))
        levels = [0, 1, 2] if n_levels == 3 else rng.choice([[0, 1], [0, 2]])
        table = {p: scale * federated(samples, importance, s2, r2, tuple(levels[x] for x in p)) for p in every}
        size = scale * max(importance)
        costs = costs_of(rng, n_users, n_levels, size)
        users = fg.Users(samples=list(map(float, samples)), importance=list(map(float, importance)), sensitivity=costs)
        utility = fg.FederatedMean(users, between=float(s2), within=float(r2), levels=levels, scale=scale)
    elif kind == "laplace":
        epsilons = [Fraction(0), rng.choice([Fraction(1, 2), Fraction(1), Fraction(4)]), None][:n_levels]
        table = {p: scale * laplace(epsilons, p) for p in every}
        costs = costs_of(rng, n_users, n_levels, scale / n_users)
        users = fg.Users(sensitivity=costs)
        utility = fg.LinearLaplace(n_users, ["inf" if eps is None else eps for eps in epsilons], scale=scale)
    else:
        table = {p: scale * Fraction(rng.randint(0, 12), rng.choice([3, 7, 10])) for p in every}
        table[every[0]] = Fraction(0)
        costs = costs_of(rng, n_users, n_levels, scale)
        users = fg.Users(sensitivity=costs)
        values = np.empty((n_levels,) * n_users, dtype=object)
        for profile, worth in table.items():
            values[profile] = worth
        utility = fg.TableUtility(values)
    exact = rng.choice([None, False])
    return fg.PaymentGame(utility, users, exact=exact), Oracle(table, costs)


def budget(seed: int, oracle: Oracle) -> Fraction | None:
    """None, or what is paid out where something changes; beside it, on either side, where that is irrational."""
    rng = random.Random(-seed - 1)
    cap = rng.choice([None, rng.choice(oracle.payouts())])
    if cap is None or cap < 0:
        return None
    return cap if cap.denominator <= 10**60 else Fraction(round(cap * 10**30), 10**30)


def judge(found: fg.Design, oracle: Oracle, selection: str, cap: Fraction | None) -> None:
    """The value, the count, and the equilibrium itself."""
    right, size = oracle.value(selection, cap), oracle.size
    assert right is not None
    assert abs(Fraction(found.platform_utility) - right) <= Fraction(1, 10**11) * size
    assert found.certain
    assert found.equilibrium_profiles == len(oracle.intervals)
    assert found.regret <= found.regret_bound
    _, _, stable = oracle.intervals[found.profile]
    assert stable or selection != "stable"
    if found.choice.attained:
        alpha = Fraction(found.alpha)
        worst = max((cost - alpha * paid for paid, cost in oracle.moves(found.profile)), default=Fraction(0))
        assert worst <= Fraction(found.regret_bound) + Fraction(1, 10**14) * size


@pytest.mark.parametrize("solve", [pure_design, population_design], ids=["listed", "counted"])
@pytest.mark.parametrize("seeds", [range(k, k + 20) for k in range(0, 160, 20)], ids=lambda seeds: str(seeds.start))
def test_designs_are_those_of_the_oracle(seeds, solve):
    for seed, selection in product(seeds, SELECTIONS):
        game, oracle = random_game(seed)
        cap = budget(seed, oracle)
        try:
            found = solve(game, selection, cap)
        except NoAnswerError:
            assert oracle.value(selection, cap) is None, (seed, selection, cap)
            continue
        try:
            judge(found, oracle, selection, cap)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, {selection}, budget {cap}") from error


def alike(one: Choice | None, other: Choice | None) -> bool:
    if one is None or other is None:
        return one is other
    numbers = [(float(one.alpha), *map(float, one.interval)), (float(other.alpha), *map(float, other.interval))]
    return (one.profile, one.attained) == (other.profile, other.attained) and numbers[0] == pytest.approx(numbers[1])


@pytest.mark.parametrize("seeds", [range(k, k + 30) for k in range(0, 90, 30)], ids=lambda seeds: str(seeds.start))
def test_counted_and_listed_give_the_same_answer(seeds):
    """Ties and runner-up included."""
    for seed, selection in product(seeds, SELECTIONS):
        game, oracle = random_game(seed)
        cap, answers = budget(seed, oracle), []
        for solve in (pure_design, population_design):
            try:
                answers.append(solve(game, selection, cap))
            except NoAnswerError:
                answers.append(None)
        listed, counted = answers
        if listed is None or counted is None:
            assert listed is counted, (seed, selection)
            continue
        pairs = zip([listed.choice, *listed.ties], [counted.choice, *counted.ties], strict=True)
        assert all(alike(*pair) for pair in pairs), (seed, selection)
        assert alike(listed.runner_up, counted.runner_up), (seed, selection)


def test_reported_shares_lie_inside_the_interval():
    """A share read from the answer, as it is written, gives the same equilibrium again."""
    for seed in range(60):
        game, oracle = random_game(seed)
        found = fg.design(game, scope="pure")
        low, high, _ = oracle.intervals[found.profile]
        if high - low > Fraction(1, 10**12):
            assert low <= Fraction(str(found.alpha)) <= high, seed
            assert found.profile in [one.profile for one in fg.equilibria_at(game, found.alpha)], seed
