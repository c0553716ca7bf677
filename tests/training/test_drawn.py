"""Coalitions drawn with known chances, and the estimate without bias that they make of a surrogate's."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import factorial

import numpy as np
import pytest

from fairgames.training import products
from fairgames.training.kernel import Kernel
from fairgames.training.surrogate import Surrogate
from fairgames.typing import FloatArray
from fairgames.valuation.methods.evaluations.drawn import Check, Order, corrected, drawn
from fairgames.valuation.methods.evaluations.noise import semivalue_weights
from fairgames.valuation.rules import COALITION, USERS
from tests.oracles import shapley_by_orders

N = 6
ONES = np.ones(N, dtype=np.int64)
ALL = np.array(list(product((0, 1), repeat=N)))
TARGETS = products.values((1,) * N, 2)
RUNS = 160


@pytest.fixture(scope="module")
def utility():
    """Pairs that repeat each other, and something that no model tells."""
    generator = np.random.default_rng(0)
    value = np.sqrt(ALL @ np.arange(1.0, N + 1)) + 0.3 * generator.normal(size=len(ALL))
    value[0] = 0
    return dict(zip(map(tuple, ALL.tolist()), value.tolist(), strict=True))


def surrogate(utility, profiles, noise=0.0, values=None) -> Surrogate:
    """With numbers of the prior that nothing was fitted to."""
    worth = np.zeros((N, 2))
    worth[:, 1] = np.arange(1, N + 1) / 5
    kernel = Kernel(worth, np.zeros((N, 2)), np.zeros((N, 0)), 1.0, 0.2, 0.05, 0.5, 0.1, 1.0, 0.2, 2.0, 1.0, 1.0)
    found = np.array([utility[tuple(place)] for place in profiles.tolist()]) if values is None else values
    return Surrogate(kernel, profiles, found / 4, np.full(len(profiles), noise / 16) * profiles.any(axis=1), 4.0, 2)


def ends():
    return np.concatenate([np.zeros((1, N), dtype=np.int64), ONES[None], np.eye(N, dtype=np.int64)])


def sample(utility, generator, how_many: int = 20) -> tuple[Surrogate, Order]:
    first = surrogate(utility, ends())
    order = drawn(first, ONES, USERS, how_many, set(map(tuple, ends().tolist())), generator)
    return surrogate(utility, np.concatenate([ends(), order.profiles[:how_many]])), order


def truth(utility):
    values = shapley_by_orders(lambda place: Fraction(utility[tuple(place)]), (1,) * N)
    return np.array([float(value) for value in values])


def test_an_order_has_each_coalition_with_its_chance(utility):
    generator = np.random.default_rng(1)
    often: dict[tuple[int, ...], int] = {}
    expected: dict[tuple[int, ...], float] = {}
    for _ in range(RUNS):
        _, order = sample(utility, generator)
        chances = order.chances(20)
        assert order.chances(len(order.profiles)).tolist() == [1.0] * len(order.profiles)
        for place, chance in zip(map(tuple, order.profiles[:20].tolist()), chances.tolist(), strict=True):
            often[place] = often.get(place, 0) + 1
            expected[place] = chance
    assert sum(expected.values()) == pytest.approx(20)
    assert min(expected.values()) < 0.3
    for place, chance in expected.items():
        assert often[place] / RUNS == pytest.approx(chance, abs=4.5 * 0.5 / np.sqrt(RUNS))


@pytest.mark.parametrize("noise", [0.0, 0.04])
def test_the_difference_takes_the_bias_off_and_its_variance_is_right(utility, noise):
    """With two priors, each checked by every other coalition drawn; half way, too, as far as the bias can be told."""
    generator, exact = np.random.default_rng(2), truth(utility)
    errors: dict[float, list[FloatArray]] = {1.0: [], 0.5: []}
    told: dict[float, list[FloatArray]] = {1.0: [], 0.5: []}
    alone = []
    for _ in range(RUNS):
        found, order = sample(utility, generator)
        if noise:
            values = found.unit * found.found + np.sqrt(noise) * generator.normal(size=len(found.found))
            values[0] = 0
            found = surrogate(utility, found.profiles, noise, values)
        other = replace(found, kernel=replace(found.kernel, worth=2 * found.kernel.worth, s=0.1))
        check = corrected([found, other], TARGETS, order, 20, ONES, USERS)
        for part, missed in errors.items():
            values, variance, _ = check.combined(part)
            missed.append(values - exact)
            told[part].append(variance)
        alone.append(check.values - exact)
    deviation = np.std(errors[1.0], axis=0)
    assert np.abs(np.mean(errors[1.0], axis=0) / deviation).max() < 4.5 / np.sqrt(RUNS)
    assert np.sqrt(np.mean(told[1.0], axis=0)) == pytest.approx(deviation, rel=0.25)
    assert np.sqrt(np.mean(told[0.5])) == pytest.approx(np.sqrt(np.mean(np.square(errors[0.5]))), rel=0.25)
    if not noise:
        assert np.abs(np.mean(alone, axis=0) / np.std(alone, axis=0)).max() > 0.5  # the surrogates are biased


def test_payments_that_are_corrected_still_add_up(utility):
    found, order = sample(utility, np.random.default_rng(3))
    check = corrected([found], TARGETS, order, 20, ONES, USERS)
    assert check.difference.sum() == pytest.approx(0, abs=1e-6)


def test_with_every_coalition_drawn_nothing_is_left_to_correct(utility):
    found, order = sample(utility, np.random.default_rng(4), 2**N - 2 - N)
    values, variance, _ = corrected([found], TARGETS, order, 2**N - 2 - N, ONES, USERS).combined(1.0)
    assert variance == pytest.approx(np.zeros(N), abs=1e-12)
    assert values == pytest.approx(truth(utility), abs=1e-5)


def test_a_part_of_the_difference_by_hand():
    """One coalition, which counts 2 without bias and 1 in the surrogate; its part varies by 1/2."""
    counted, leverage = np.full((3, 1), 2.0), np.ones((3, 1))
    check = Check(np.zeros(3), np.array([1.0, -1.0, 0.0]), counted, leverage, np.array([0.5]), np.zeros(1))
    values, variance, freedom = check.combined(1.0)
    # 2²/2; Var of its square is 2/3 of itself squared: 2·2²/(2/3·2²) − 2
    assert (values.tolist(), variance.tolist(), freedom.tolist()) == ([1, -1, 0], [2] * 3, pytest.approx([1] * 3))
    values, variance, freedom = check.combined(0.5)
    # (3/2)²/2, and (1/2)² of the bias: squares of differences are 1/3 of 2, their variance (2 − 1)²/2 is 1/4 of it
    assert values.tolist() == [0.5, -0.5, 0]
    assert variance == pytest.approx([9 / 8 + 1 / 4 * (1 / 3 - 1 / 4) * 2] * 3)
    unsure = 2 / 3 * (9 / 8) ** 2 + (1 / 4 * 1 / 3 * 2) ** 2 * 2 / 4
    assert freedom == pytest.approx(2 * variance**2 / unsure - 2)


@pytest.mark.parametrize(("rule", "extra"), [(USERS, 0), (COALITION, 1)], ids=["users", "coalition"])
def test_weights_are_counts_of_orders(rule, extra):
    """Of n users, and of the platform that must stand before them."""
    n = 4
    coalitions = np.array(list(product((0, 1), repeat=n)))
    for coalition, column in zip(coalitions, semivalue_weights(rule, coalitions).T, strict=True):
        for user in range(n):
            others = int(coalition.sum()) - int(coalition[user]) + extra
            orders = factorial(others) * factorial(n + extra - 1 - others) / factorial(n + extra)
            assert column[user] == pytest.approx(orders if coalition[user] else -orders)


def test_of_many_users_some_coalitions_of_each_size_are_listed():
    from fairgames.valuation.methods.evaluations.drawn import _listed

    n = 30
    rows, chances = _listed(n, {tuple(np.eye(n, dtype=int)[0].tolist())}, np.random.default_rng(0))
    sizes = rows.sum(axis=1)
    assert len(set(map(tuple, rows.tolist()))) == len(rows) < 5000
    assert set(sizes.tolist()) == set(range(1, n))
    assert (sizes == 1).sum() == n - 1
    for size, among in ((1, 29), (2, 435), (15, 155117520)):
        here = sizes == size
        assert (here / np.where(here, chances, 1)).sum() == pytest.approx(among)
