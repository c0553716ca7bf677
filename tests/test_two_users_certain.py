"""Scope all of two users at near ties: the optimum, and its regret, against an oracle of 100 digits."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from mpmath import mp, mpf

import fairgames as fg
from tests.two_user_oracle import TINY, Point, TwoUsers, exact, federated

F = Fraction


def federation(random: random.Random) -> tuple[Callable[[list[str]], fg.PaymentGame], list[mpf]]:
    samples = [random.choice([1, 2, 10, 30, 300]) for _ in range(2)] if random.random() < 0.7 else [10, 10]
    importance = [random.choice([1, 1, 3, 100, 10_000]) for _ in range(2)]
    level, scale = random.choice([1, 2]), random.choice([1, 7, 10_000])
    between, within = random.choice([(1, 10), (1, 1), (0, 4), (4, 1)])
    utility = [scale * value for value in federated(samples, importance, mpf(between), mpf(within), level)]

    def build(costs: list[str]) -> fg.PaymentGame:
        rows = [[0, cost] if level == 1 else [0, cost, cost] for cost in costs]
        users = fg.Users(samples=samples, importance=importance, sensitivity=rows, allowed=[[0, level]] * 2)
        return fg.PaymentGame(fg.FederatedMean(users, between, within, levels=range(level + 1), scale=scale), users)

    return build, utility


def rationals(random: random.Random) -> tuple[Callable[[list[str]], fg.PaymentGame], list[mpf]]:
    """A table, or the linear-Laplace utility, as rationals or treated as floats."""
    as_rationals = random.choice([None, False])
    if random.random() < 0.3:
        utility: fg.Utility = fg.LinearLaplace(
            2, [0, random.choice(["1/2", 1, 3, "inf"])], scale=random.choice([1, 10_000])
        )
    else:
        pieces = sorted(random.choice([F(1, 3), F(1, 2), F(2, 3), F(4, 5)]) for _ in range(2))
        both = random.choice([sum(pieces), pieces[1], F(1), pieces[1] + F(1, 7)])
        random.shuffle(pieces)
        utility = fg.TableUtility([[F(0), pieces[0]], [pieces[1], both]], scale=random.choice([1, 9, 10_000]))
    values = [exact(value) for value in utility.exact_on_grid().fractions().ravel()]

    def build(costs: list[str]) -> fg.PaymentGame:
        return fg.PaymentGame(utility, fg.Users(sensitivity=[[0, cost] for cost in costs]), exact=as_rationals)

    return build, values


def nearly(random: random.Random, value: mpf) -> mpf:
    """The same, or 1e-18 to 1e-4 of itself away."""
    return value * (1 + random.choice([0, 1, -1]) * random.randint(1, 9) * mpf(10) ** -random.randint(4, 18))


def near_tie(random: random.Random, utility: list[mpf]) -> list[str]:
    """Costs at which something nearly coincides: two breakpoints, or what two profiles are worth; 30 digits each."""
    gains = TwoUsers(utility, (mpf(1), mpf(1))).gains
    share, other = exact(F(random.randint(1, 9), 10)), random.choice([0, 1])
    first = abs(share * gains[0][random.choice([0, 1])])
    kind = random.choice(["shares", "values", "costs", "free"])
    if kind == "shares":
        second = abs(nearly(random, share) * gains[1][other])
    elif kind == "values":  # (1 − c₁/φ₁)·U₁ = (1 − c₂/φ₂)·U₂ of profiles where one shares
        first = share * gains[0][0]
        second = abs(nearly(random, gains[1][0] * (1 - (1 - share) * utility[2] / utility[1])))
    elif kind == "costs":
        second = nearly(random, first)
    else:
        second = mpf(0)
    return [mp.nstr(cost, 30) for cost in (first, second)]


def check(found: fg.Design, oracle: TwoUsers, candidates: list[Point], best: bool) -> None:
    """The value, and where no other is as good, the share and the strategies too."""
    assert found.certain
    top = max(one.kept for one in candidates)
    size = oracle.size
    assert abs(mpf(float(found.platform_utility)) - top) <= mpf(10) ** -13 * size
    equal = [one for one in candidates if top - one.kept <= mpf(10) ** -30 * size]
    lowest = min(one.alpha for one in equal)
    assert abs(mpf(float(found.alpha)) - lowest) <= mpf(10) ** -14, (found.alpha, lowest)
    x, y = (exact(vector[-1]) for vector in found.strategies)
    if best:
        assert any(
            abs(one.x - x) + abs(one.y - y) <= mpf(10) ** -9 for one in equal if one.alpha <= lowest * (1 + NEIGHBOUR)
        )
    share = exact(found.alpha)
    assert all(0 <= chance <= 1 for vector in found.strategies for chance in vector)
    if found.choice.attained:
        assert oracle.regret(share, x, y) <= exact(found.regret_bound) + TINY * size
        assert abs(exact(float(found.regret))) <= exact(found.regret_bound)


NEIGHBOUR = mpf(10) ** -15


@pytest.mark.parametrize("seed", range(120))
def test_near_ties(seed: int):
    dice = random.Random(seed)
    build, utility = (federation if dice.random() < 0.6 else rationals)(dice)
    costs = near_tie(dice, utility)
    oracle = TwoUsers(utility, [exact(cost) for cost in costs])
    selection = dice.choice(["best", "worst"])
    cap = None
    if dice.random() < 0.4:
        critical = dice.choice([one for share in oracle.breaks() for one in oracle.at(share)])
        cap = mp.nstr(abs(nearly(dice, critical.paid)), 30)
    limit = None if cap is None else exact(cap)
    candidates = oracle.best(limit) if selection == "best" else oracle.worst(limit)
    game = build(costs)
    if not candidates:
        with pytest.raises(fg.NoAnswerError):
            fg.design(game, selection, budget=cap, scope="all")
        return
    found = fg.design(game, selection, budget=cap, scope="all")
    check(found, oracle, candidates, selection == "best")
    if selection == "best":
        pure = fg.design(game, selection, budget=cap, scope="pure")
        assert found.platform_utility >= pure.platform_utility - 1e-14 * float(oracle.size)


@pytest.mark.parametrize("selection", ["best", "worst", "stable", "potential"])
@pytest.mark.parametrize("as_floats", [False, True])
def test_all_equilibria_are_no_worse_than_pure_ones_of_which_they_are_more(selection: str, as_floats: bool):
    # At α = 2/5 both users are indifferent; every level of U is additive, so nobody's gain depends on the other.
    table = [["0", "2/3"], ["1/2", "5/6"]]
    values = np.array([[float(F(value)) for value in row] for row in table]) if as_floats else table
    game = fg.PaymentGame(fg.TableUtility(values), fg.Users(sensitivity=[[0, "2/15"], [0, "4/15"]]))
    try:
        pure = fg.design(game, selection, scope="pure")
    except fg.NoAnswerError:
        return
    every = fg.design(game, selection, scope="all")
    if selection == "best":
        assert float(pure.platform_utility) == float(every.platform_utility) == pytest.approx(0.4, abs=1e-15)
        assert float(every.alpha) == pytest.approx(0.4, abs=1e-15)
    assert every.platform_utility >= pure.platform_utility or selection == "worst"


@pytest.mark.parametrize("as_rationals", [None, False])
@pytest.mark.parametrize(
    ("options", "right"),
    [
        ({"scope": "all"}, F(28, 75)),
        ({"scope": "all", "selection": "worst"}, F(11, 30)),
        ({"scope": "all", "selection": "stable"}, F(11, 30)),
        ({"scope": "pure"}, F(11, 30)),
        ({"method": "grid", "steps": 20}, F(11, 30)),
        ({"method": "path"}, F(11, 30)),
    ],
)
def test_the_value_lies_within_its_error(as_rationals, options, right):
    """By hand: at 9/20 user 1 shares and 11/20 of 2/3 is kept; at 3/5 it mixes (1/5, 4/5), and 2/5 of 14/15 is."""
    users = fg.Users(sensitivity=[[0, "3/10"], [0, "8/25"]])
    for utility in (fg.LinearLaplace(2, [0, "inf"]), fg.TableUtility(np.array([[0, 2 / 3], [2 / 3, 1.0]]))):
        found = fg.design(fg.PaymentGame(utility, users, exact=as_rationals), **options)
        for choice in (found.choice, *found.ties, *([found.runner_up] if found.runner_up else [])):
            assert choice.value_error is not None
            assert (choice.value_error == 0) == isinstance(choice.platform_utility, F)
            assert choice.value_error < 1e-13
        assert abs(F(found.platform_utility) - right) <= F(found.choice.value_error)
