"""Payments of many distinct users by exponential sums, against subsets, counts and the parts' own definitions."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.valuation.methods.exponential_sums import binomial_quadrature as quadrature
from fairgames.valuation.methods.exponential_sums import group, small_products, subset_means
from fairgames.valuation.methods.exponential_sums.fit import Exponentials
from fairgames.valuation.methods.exponential_sums.gauss import gauss_legendre
from fairgames.valuation.methods.exponential_sums.integrals import Integral
from fairgames.valuation.methods.exponential_sums.saddle_point import SaddlePoint
from fairgames.valuation.methods.exponential_sums.sizes import Sizes
from fairgames.valuation.methods.exponential_sums.subset_means import Items, means_of_all, means_without_each


@st.composite
def items(draw, most: int = 5) -> Items:
    size = draw(st.integers(1, most))
    values = draw(st.lists(st.floats(1e-3, 10), min_size=size, max_size=size, unique=True))
    weights = [1.5] * size if draw(st.booleans()) else draw(st.lists(st.floats(0, 3), min_size=size, max_size=size))
    counts = draw(st.lists(st.integers(1, 2), min_size=size, max_size=size))
    return Items(np.array(values), np.array(weights), np.array(counts))


@pytest.mark.parametrize(
    "shape", [(0, 3, 2), (3, 4, 5), (345, 265, 2123), (5, 900, 3000), (4000, 3, 1), (2, 300_000, 2)]
)
def test_products_come_in_pieces_that_start_no_threads(shape, monkeypatch):
    """Each of them is small, or one number (of whose terms no row can be left out)."""
    rows, inner, columns = shape
    one = np.arange(rows * inner).reshape(rows, inner) % 7.0
    other = np.arange(inner * columns).reshape(inner, columns) % 5.0
    seen, matmul = [], np.matmul
    monkeypatch.setattr(np, "matmul", lambda a, b, out: (seen.append((*a.shape, b.shape[1])), matmul(a, b, out=out)))
    found = small_products.product(one, other)
    assert (found == one @ other).all()  # small integers: exact in any order
    assert all(math.prod(piece) <= small_products.SMALL or piece[::2] == (1, 1) for piece in seen)


GRID = np.array([0.0, 0.01, 0.5, 3.0])


def means_by_listing(values: list[float], weights: list[float]) -> tuple[np.ndarray, np.ndarray]:
    plain, weighted = [], []
    for size in range(len(values) + 1):
        subsets = list(combinations(range(len(values)), size))
        decays = [np.exp(-GRID * sum(values[i] for i in subset)) for subset in subsets]
        plain.append(sum(decays) / len(subsets))
        shares = [decay * sum(weights[i] for i in subset) for decay, subset in zip(decays, subsets, strict=True)]
        weighted.append(sum(shares) / len(subsets))
    return np.array(plain), np.array(weighted)


@settings(max_examples=40, deadline=None)
@given(items())
def test_means_over_subsets(given_items):
    values, weights = (
        np.repeat(part, given_items.counts).tolist() for part in (given_items.values, given_items.weights)
    )
    found, (plain, weighted) = means_of_all(given_items, GRID), means_by_listing(values, weights)
    np.testing.assert_allclose(found.plain, plain, rtol=1e-13)
    np.testing.assert_allclose(found.weighted, weighted, rtol=1e-13, atol=1e-300)
    seen = set()
    for number, means in means_without_each(given_items, GRID):
        first = int(given_items.counts[:number].sum())
        rest = [k for k in range(len(values)) if k != first]
        plain, weighted = means_by_listing([values[k] for k in rest], [weights[k] for k in rest])
        np.testing.assert_allclose(means.plain, plain, rtol=1e-13)
        np.testing.assert_allclose(means.weighted, weighted, rtol=1e-13, atol=1e-300)
        seen.add(number)
    assert seen == set(range(len(given_items.values)))


@pytest.mark.parametrize("n", [1, 2, 3, 20, 301])
def test_gauss_nodes_integrate_powers_at_both_ends(n):
    q, p, weights = gauss_legendre(n)
    np.testing.assert_allclose(q + p, 1, rtol=1e-15)
    for degree in {0, 1, n, 2 * n - 1}:
        exact = 1 / (degree + 1)
        assert (weights * q**degree).sum() == pytest.approx(exact, rel=1e-13)
        assert (weights * p**degree).sum() == pytest.approx(exact, rel=1e-13)


@given(st.floats(0, 1), st.floats(-12, 0))
def test_the_integral_misses_less_than_it_says(place, size):
    rule = Integral.of(1e-2, 1e3, 5.0)
    total, extra = 1e-2 * 1e5**place, 5.0 * 10**size
    found = rule.weights @ (np.exp(-rule.nodes * total) * -np.expm1(-rule.nodes * extra))
    assert abs(found - math.log1p(extra / total)) <= rule.error + 1e-18
    assert rule.error < 1e-13
    assert (rule.weights > 0).all()


@pytest.mark.parametrize("unit", [1.0, 0.003])
@pytest.mark.parametrize("size", [1, 2, 11, 4000])
def test_a_fit_misses_less_than_it_says(size, unit):
    """Functions that groups lead to, at a thousand places where they were neither fitted nor judged."""
    ratio, fits = 500.0, Exponentials.of(500.0)

    def functions(total):
        return np.stack([np.exp(-3 * size**2 / (size + unit * total)), np.log(unit * total / (1 + total))], axis=1)

    own, misses = fits.fit(*map(functions, fits.places))
    places = np.exp(np.random.default_rng(3).uniform(0, np.log(ratio), 1000))
    found = np.exp(-np.multiply.outer(places, fits.grid)) @ own
    assert (np.abs(found - functions(places)).max(axis=0) <= misses).all()
    assert (misses < 1e-9).all()


@pytest.mark.parametrize("end", [1, 3, 64, 65, 128, 140, 1000, 5000])
def test_sums_over_sizes(end):
    """Exact for polynomials in each octave; the lesser rule tells what is missed of 1/(k + 1) and e^{−k/300}."""
    rule, every = Sizes.below(end), np.arange(end)
    assert rule.all == (end <= 127)
    for function in (lambda k: (k / end) ** 13, lambda k: (k / end) ** 4 - k / end):
        assert rule.weights @ function(rule.nodes) == pytest.approx(function(every).sum(), rel=1e-12, abs=1e-9)
    for function in (lambda k: 1 / (k + 1.0), lambda k: np.exp(-k / 300)):
        right = function(every).sum()
        missed = abs(rule.weights @ function(rule.nodes) - right)
        assert missed <= abs((rule.weights - rule.coarse) @ function(rule.nodes)) + 1e-15 * right
        assert missed <= 1e-10 * right


def beta(size: int, node: int, power: int) -> Fraction:
    """∫ b_{size,node}(q)·(1 − q)^power dq."""
    outs = size - node + power
    found = Fraction(math.comb(size, node) * math.factorial(node) * math.factorial(outs))
    return found / math.factorial(node + outs + 1)


@pytest.mark.parametrize("few", [0, 10**9], ids=["own nodes", "shared nodes"])
@pytest.mark.parametrize(("size", "others"), [(0, 3), (1, 0), (10, 7), (60, 0), (60, 300), (400, 2)])
def test_chances_against_beta_integrals(monkeypatch, few, size, others):
    """∫ b·(1 − q)^j dq in rationals, for no and for all of the others: the error that is allowed."""
    monkeypatch.setattr(quadrature, "_FEW", few)
    nodes = np.unique(np.linspace(0, size, 7).astype(int))
    rule = quadrature.quadrature(size, nodes, others)
    for power in {0, others}:
        found, fewer = (gather(rule.p[:, None] ** power)[:, 0] for gather in (rule.gather, rule.gather_of_fewer))
        back = rule.spread(np.eye(len(nodes))).T @ rule.p**power
        for node, near, again in zip(nodes.tolist(), found, back, strict=True):
            exact = beta(size, node, power)
            assert near == pytest.approx(float(exact), rel=rule.rounding / 3)
            assert again == pytest.approx(float(exact), rel=rule.rounding / 3)
        for node, near in zip(nodes[:-1].tolist(), fewer, strict=True):
            assert near == pytest.approx(float(beta(size - 1, node, power)), rel=rule.rounding / 3)


@settings(max_examples=25, deadline=None)
@given(items(4), st.integers(1, 60))
def test_circles_against_growth(given_items, times):
    """The means of many alike, by Cauchy's integral and one user at a time."""
    many = Items(given_items.values, given_items.weights, given_items.counts * times)
    nodes = np.unique(np.linspace(0, many.total - 1, 9).astype(int))
    row = np.concatenate([[0.0], np.geomspace(1e-3, 1e3, 12)])
    circle = SaddlePoint(many, nodes, np.tile(row, (len(nodes), 1)))
    heavy = nodes[:, None] * many.weights.max() + 1e-300
    grown, found = means_of_all(many, row), circle.all
    assert np.abs(found.plain - grown.plain[nodes]).max() <= group._CIRCLE / 4
    assert (np.abs(found.weighted - grown.weighted[nodes]) / heavy).max() <= group._CIRCLE / 4
    others = circle.without
    for number, means in means_without_each(many, row):
        there = nodes < many.total
        assert np.abs(others[number].plain - means.plain[nodes])[there].max() <= group._CIRCLE / 4
        assert (np.abs(others[number].weighted - means.weighted[nodes]) / heavy)[there].max() <= group._CIRCLE / 4


def test_growth_of_more_than_a_thousand():
    """Binomial numbers of so many are beyond floats, and near all of them one path alone leads to a size."""
    many = Items(np.array([0.001, 0.004]), np.array([1.0, 2.0]), np.array([700, 600]))
    row = np.array([0.0, 0.1, 3.0])
    grown = means_of_all(many, row)
    weight = np.arange(1301) * 1900 / 1300
    np.testing.assert_allclose(grown.plain[:, 0], 1, rtol=1e-12)
    np.testing.assert_allclose(grown.weighted[:, 0], weight, rtol=1e-12)
    everybody = np.exp(-row * (700 * 0.001 + 600 * 0.004))
    np.testing.assert_allclose(grown.plain[-1], everybody, rtol=1e-12)
    nodes = np.array([1, 500, 650, 900, 1298])
    found = SaddlePoint(many, nodes, np.tile(row, (5, 1))).all
    np.testing.assert_allclose(grown.plain[nodes], found.plain, rtol=1e-11)
    np.testing.assert_allclose(grown.weighted[nodes], found.weighted, rtol=1e-11)


# Values -----------------------------------------------------------------------------------------


@st.composite
def federations(draw) -> tuple[fg.FederatedMean, list[int]]:
    size = draw(st.integers(1, 9))
    some = st.sampled_from([1.0, 2.0, 30.0]) if draw(st.booleans()) else st.floats(1, 1e4)
    samples = draw(st.lists(some, min_size=size, max_size=size))
    importance = (
        [1.0] * size
        if draw(st.booleans())
        else draw(st.lists(st.floats(0, 3), min_size=size, max_size=size).filter(any))
    )
    between = draw(st.sampled_from([0.0, 1.0]) | st.floats(1e-3, 1e3))
    within = draw(st.floats(1e-2, 1e3))
    profile = draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    scale = draw(st.sampled_from([1, "1/3", 1000]))
    return fg.FederatedMean(fg.Users(samples=samples, importance=importance), between, within, scale=scale), profile


def agree(found: fg.Allocation, right: fg.Allocation) -> None:
    """Within the bounds that both state, the platform and U, the sum of all, as well."""
    bound = found.error_bound + right.error_bound
    assert np.abs(found.payments - right.payments).max() <= bound
    assert abs(found.platform - right.platform) <= 4 * len(found.payments) * bound
    assert found.utility == pytest.approx(right.utility, rel=1e-12, abs=(len(found.payments) + 1) * bound)


@settings(max_examples=60, deadline=None)
@given(federations(), st.sampled_from(["users", "coalition"]))
def test_values_against_all_subsets(federation, rule):
    utility, profile = federation
    agree(*(fg.payments(utility, profile, rule=rule, method=method) for method in ("sums", "subsets")))


@settings(max_examples=25, deadline=None)
@given(federations(), st.sampled_from(["users", "coalition"]))
def test_values_of_a_crowd_against_all_subsets(federation, rule):
    """The ways that are meant for millions, on a few."""
    utility, profile = federation
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quadrature, "_FEW", -1)
        patch.setattr(group, "_few_kinds", lambda _total: 10**9)
        found = fg.payments(utility, profile, rule=rule, method="sums")
    agree(found, fg.payments(utility, profile, rule=rule, method="subsets"))


def test_values_add_up_for_many():
    """200 distinct users: φ sums to U, which the method does not use."""
    generator = np.random.default_rng(5)
    users = fg.Users(samples=np.exp(generator.uniform(2, 7, 200)), importance=generator.uniform(0.5, 2, 200))
    utility = fg.FederatedMean(users, 1.0, 10.0)
    profile = generator.integers(0, 3, 200).tolist()
    for rule in ("users", "coalition"):
        found = fg.payments(utility, profile, rule=rule)
        assert found.method == "sums"
        assert abs(found.efficiency_residual) <= 200 * found.error_bound
        assert found.utility == pytest.approx(utility.at(profile), rel=1e-12)
        assert found.error_bound <= 1e-9 * np.abs(found.payments).max()


@pytest.mark.parametrize("rule", ["users", "coalition"])
@pytest.mark.parametrize("counts", [((150, 1), (0, 2)), ((0, 30), (170, 3)), ((20, 12), (140, 9))])
def test_types_against_counts(counts, rule):
    """Hundreds of users of two types, (senders, members) each: groups of which not every size is looked at."""
    (senders, members), samples = zip(*counts, strict=True), [3.0, 900.0]
    levels = [(2, n, sample) for n, sample in zip(senders, samples, strict=True)]
    levels += [(1, n, sample) for n, sample in zip(members, samples, strict=True)]
    levels += [(0, 5, 3.0)]
    users = fg.Users(samples=[sample for _, n, sample in levels for _ in range(n)])
    utility = fg.FederatedMean(users, 2.0, 30.0)
    profile = [level for level, n, _ in levels for _ in range(n)]
    agree(*(fg.payments(utility, profile, rule=rule, method=method) for method in ("sums", "counts")))


def test_a_crowd_in_two_ways(monkeypatch):
    """Users of a few types: growth and shared nodes against circles and nodes of their own."""
    generator = np.random.default_rng(2)
    users = fg.Users(
        samples=generator.choice([2.0, 40.0, 41.0, 5000.0], 400), importance=generator.choice([1.0, 2.0], 400)
    )
    utility = fg.FederatedMean(users, 0.5, 20.0)
    profile = generator.integers(0, 3, 400).tolist()
    one = fg.payments(utility, profile, method="sums")
    monkeypatch.setattr(quadrature, "_FEW", 0)
    monkeypatch.setattr(group, "_few_kinds", lambda _total: 10**9)
    two = fg.payments(utility, profile, method="sums")
    monkeypatch.setattr(group, "_few_kinds", lambda _total: 0)
    three = fg.payments(utility, profile, method="sums")
    agree(one, two)
    agree(two, three)


def test_a_million_adds_up():
    """Six types on two levels; Σφ = U is not used."""
    generator = np.random.default_rng(1)
    users = fg.Users(samples=generator.choice([1.0, 3.0, 10.0, 50.0, 300.0, 10_000.0], 10**6))
    profile = generator.integers(0, 3, 10**6)
    found = fg.payments(fg.FederatedMean(users, 1.0, 10.0), profile, method="sums")
    assert abs(found.efficiency_residual) <= 1e-9 * found.utility
    assert found.error_bound <= 1e-6 * np.abs(found.payments).max()


def test_the_weights_grow_with_one_weight_or_many(monkeypatch):
    """The short cut for equal weights gives what the long way gives."""
    given_items = Items(np.array([0.1, 0.7, 2.0]), np.full(3, 1.5), np.array([2, 1, 3]))
    short = means_of_all(given_items, GRID)
    monkeypatch.setattr(subset_means.Items, "one_weight", property(lambda self: False))
    long = means_of_all(given_items, GRID)
    np.testing.assert_allclose(short.weighted, long.weighted, rtol=1e-14)
