"""Symmetric games of two levels at near ties: the optimum, and its regret, against an oracle of 100 digits."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
import pytest
from mpmath import mp, mpf

import fairgames as fg
from tests.two_user_oracle import TINY, exact, real_roots

F = Fraction


@dataclass(frozen=True)
class Alike:
    """N users who share or not: U where k share, k = 0 … N, and what sharing costs. Polynomials are in q = 1 − p."""

    utility: Sequence[mpf]
    cost: mpf

    @property
    def n_users(self) -> int:
        return len(self.utility) - 1

    def expected(self, values: Sequence[mpf], q: mpf) -> mpf:
        n = len(values) - 1
        return sum((comb(n, k) * q**k * (1 - q) ** (n - k) * value for k, value in enumerate(values)), start=mpf(0))

    @property
    def gains(self) -> list[mpf]:
        """What sharing is paid at α = 1 if k others share: of k + 1 sharers each gets the same."""
        return [self.utility[k + 1] / (k + 1) for k in range(self.n_users)]

    def best(self) -> list[tuple[mpf, mpf, mpf]]:
        """(kept, α, q) of every candidate for the best: nobody, everybody, and stationary points of the mixed ones."""
        found, c = [((1 - mpf(0)) * self.utility[0], mpf(0), mpf(0))], self.cost
        everybody = self.gains[-1]
        if everybody >= c:
            found.append(((1 - c / everybody) * self.utility[-1], c / everybody, mpf(1)))
        gain, worth = self._powers(self.gains), self._powers(self.utility)
        above = _sum(gain, [-c])
        # ((1 − c/γ)·U)′·γ² = U′·γ·(γ − c) + c·γ′·U
        slope = _sum(_times(_times(_slope(worth), gain), above), [c * x for x in _times(_slope(gain), worth)])
        for q in real_roots(slope[::-1]):
            here = self.expected(self.gains, q)
            if 0 < q < 1 and here > c:
                found.append(((1 - c / here) * self.expected(self.utility, q), c / here, q))
        return found

    def regret(self, alpha: mpf, q: mpf) -> mpf:
        lead = alpha * self.expected(self.gains, q) - self.cost
        return max(lead, 0) - q * lead

    def _powers(self, values: Sequence[mpf]) -> list[mpf]:
        """Coefficients of q⁰, q¹, …"""
        n = len(values) - 1
        found = [mpf(0)] * (n + 1)
        for k, value in enumerate(values):
            for j in range(n - k + 1):
                found[k + j] += comb(n, k) * comb(n - k, j) * (-1) ** j * value
        return found


def _times(one: Sequence[mpf], other: Sequence[mpf]) -> list[mpf]:
    found = [mpf(0)] * (len(one) + len(other) - 1)
    for (i, a), (j, b) in product(enumerate(one), enumerate(other)):
        found[i + j] += a * b
    return found


def _sum(one: Sequence[mpf], other: Sequence[mpf]) -> list[mpf]:
    size = max(len(one), len(other))
    return [sum(row[k] for row in (one, other) if k < len(row)) for k in range(size)]


def _slope(one: Sequence[mpf]) -> list[mpf]:
    return [k * value for k, value in enumerate(one)][1:] or [mpf(0)]


def federated_means(n: int, samples: int, between: mpf, within: mpf, level: int) -> list[mpf]:
    """U where k of n equal users share their means or average them in a group: by symmetry two weights are left."""
    noise, whole, found = within / samples + between, within + 2 * between, [mpf(0)]
    for k in range(1, n + 1):
        # What the signals leave of an outsider's error: the mean of k, of variance noise/k, around its own mean.
        outsider = between + noise / k
        if level == 1:  # everybody weighs the same
            each = [mpf(1) / k] * k
        else:  # own + rest among the others, eqs. 13 and 14
            rest = (1 - between / noise) / k
            each = [between / noise + rest, *[rest] * (k - 1)]
        others = each[1:]
        spread = sum(w**2 for w in others) + sum(others) ** 2
        member = within / samples * sum(w**2 for w in each) + between * spread
        found.append(k * mp.log(whole / member) + (n - k) * mp.log(whole / outsider))
    return found


def federation(dice: random.Random, n: int) -> tuple[Callable[[str], fg.PaymentGame], list[mpf]]:
    samples, between, within = dice.choice([1, 5, 30]), dice.choice([0, 1, 4]), dice.choice([1, 10])
    level, scale = dice.choice([1, 2]), dice.choice([1, 10_000])

    def build(cost: str) -> fg.PaymentGame:
        rows = [[0, cost] if level == 1 else [0, cost, cost]] * n
        users = fg.Users(samples=[samples] * n, sensitivity=rows, allowed=[[0, level]] * n)
        return fg.PaymentGame(fg.FederatedMean(users, between, within, levels=range(level + 1), scale=scale), users)

    values = federated_means(n, samples, mpf(between), mpf(within), level)
    return build, [scale * value for value in values]


def rationals(dice: random.Random, n: int) -> tuple[Callable[[str], fg.PaymentGame], list[mpf]]:
    """A table, as rationals or treated as floats."""
    table = [F(0), *sorted(F(dice.randint(1, 12), 12) for _ in range(n))]
    as_rationals = dice.choice([None, False])
    cells = np.empty((2,) * n, dtype=object)
    for place in np.ndindex(cells.shape):
        cells[place] = table[sum(place)]

    def build(cost: str) -> fg.PaymentGame:
        return fg.PaymentGame(fg.TableUtility(cells), fg.Users(sensitivity=[[0, cost]] * n), exact=as_rationals)

    return build, [exact(value) for value in table]


@pytest.mark.parametrize("seed", range(30))
def test_near_ties(seed: int):
    dice = random.Random(seed)
    n = dice.randint(2, 6)
    build, utility = (federation if dice.random() < 0.6 else rationals)(dice, n)
    gains = [utility[k + 1] / (k + 1) for k in range(n)]
    factor = mpf(dice.randint(1, 9)) / 10 if dice.random() < 0.4 else mpf(1)
    delta = dice.choice([1, -1, -1]) * dice.randint(1, 9) * mpf(10) ** -dice.randint(4, 18)
    cost = mp.nstr(abs(dice.choice([gains[0], gains[-1], gains[-1]]) * factor * (1 + delta)), 30)
    game = build(cost)
    oracle = Alike(utility, exact(cost))
    candidates, size = oracle.best(), max(map(abs, utility))
    found = fg.design(game, scope="symmetric")
    assert found.certain
    top = max(kept for kept, *_ in candidates)
    assert abs(exact(float(found.platform_utility)) - top) <= mpf(10) ** -13 * size
    equal = [(alpha, q) for kept, alpha, q in candidates if top - kept <= mpf(10) ** -45 * size]
    alpha, q = min(equal)
    assert abs(exact(float(found.alpha)) - alpha) <= mpf(10) ** -13
    assert abs(exact(float(found.strategies[0][-1])) - q) <= mpf(10) ** -9
    regret = oracle.regret(exact(found.alpha), exact(found.strategies[0][-1]))
    assert regret <= exact(found.regret_bound) + TINY * size + exact(found.regret)


def test_levels_that_nobody_may_choose_are_not_asked_for():
    users = fg.Users(samples=[10] * 3, sensitivity=[[0, 0.1, 0.3]] * 3, allowed=[[0, 2]] * 3)
    found = fg.design(fg.PaymentGame(fg.FederatedMean(users, between=1, within=10), users), scope="symmetric")
    utility = federated_means(3, 10, mpf(1), mpf(10), 2)
    assert found.profile == (2, 2, 2)
    assert float(found.alpha) == pytest.approx(float(mpf(3) / 10 / (utility[3] / 3)), rel=1e-14)
