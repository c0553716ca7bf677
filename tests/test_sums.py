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
from fairgames.sums import federated, subset_means
from fairgames.sums.federated import Population, shapley_values
from fairgames.sums.fit import Exponentials
from fairgames.sums.gauss import gauss_legendre
from fairgames.sums.integrals import STEP, Integral
from fairgames.sums.subset_means import Items, means_of_all, means_without_each


@st.composite
def items(draw, most: int = 5) -> Items:
    size = draw(st.integers(1, most))
    values = draw(st.lists(st.floats(1e-3, 10), min_size=size, max_size=size, unique=True))
    weights = [1.5] * size if draw(st.booleans()) else draw(st.lists(st.floats(0, 3), min_size=size, max_size=size))
    counts = draw(st.lists(st.integers(1, 2), min_size=size, max_size=size))
    return Items(np.array(values), np.array(weights), np.array(counts))


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
    found = STEP * (np.exp(-rule.nodes * total) * -np.expm1(-rule.nodes * extra)).sum()
    assert abs(found - math.log1p(extra / total)) <= rule.error + 1e-18
    assert rule.error < 1e-13


def test_a_fit_misses_less_than_it_says():
    """A function that groups lead to, at a thousand places where it was neither fitted nor judged."""
    generator = np.random.default_rng(3)
    ascending = np.sort(np.exp(generator.uniform(-7, 0, 40)))
    least, most = (np.concatenate([[0], np.cumsum(part)]) for part in (ascending, ascending[::-1]))
    fits = Exponentials.of(least, most)
    for size in (1, 2, 11, 40):

        def function(total, size=size):
            return np.stack([np.exp(-3 * size**2 / (size + total)), np.log1p(total)], axis=1)

        own, misses = fits.fit(size, function(fits.points[size]), function(fits.between[size]))
        places = np.exp(generator.uniform(np.log(least[size]), np.log(most[size]), 1000))
        found = np.exp(-np.multiply.outer(places, fits.grid)) @ own
        assert (np.abs(found - function(places)).max(axis=0) <= misses).all()
        assert (misses < 1e-11).all()


@pytest.mark.parametrize("size", [10, 200, 1000])
def test_binomial_probabilities(size):
    """The error that is allowed for them, against rationals."""
    population = Population(1.0, 1.0, Items(np.ones(1), np.ones(1), np.array([size])), NOBODY, 1.0)
    sums = federated._Sums(population, 0)
    chances = sums.binomial(size)
    generator = np.random.default_rng(0)
    for node in generator.integers(len(sums.q), size=40):
        q = Fraction(float(sums.q[node]))
        near = int(np.clip(generator.normal(size * q, 3 * math.sqrt(size * q * (1 - q)) + 1), 0, size))
        exact = math.comb(size, near) * q**near * (1 - q) ** (size - near)
        assert chances[near, node] == pytest.approx(float(exact), rel=federated._BINOMIAL)


# Values -----------------------------------------------------------------------------------------

NOBODY = Items(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64))


def merged(samples: np.ndarray, importance: np.ndarray) -> tuple[Items, np.ndarray]:
    """Items, and which of them each user is."""
    if not len(samples):
        return NOBODY, np.zeros(0, dtype=int)
    pairs, which, counts = np.unique(
        np.stack([1 / samples, importance]), axis=1, return_inverse=True, return_counts=True
    )
    return Items(pairs[0], pairs[1], counts), which.ravel()


def by_sums(utility: fg.FederatedMean, profile: list[int], extra: int) -> tuple[np.ndarray, float]:
    levels, samples, importance = np.array(profile), utility.users.samples, utility.users.importance
    parts = [merged(samples[levels == level], importance[levels == level]) for level in (2, 1)]
    population = Population(utility.between, utility.within, parts[0][0], parts[1][0], float(importance.sum()))
    values = shapley_values(population, extra)
    found = np.zeros(len(profile))
    for level, (_, which), own in zip((2, 1), parts, (values.senders, values.members), strict=True):
        found[levels == level] = own[which]
    return found, values.error


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
    profile = draw(st.lists(st.integers(0, 2), min_size=size, max_size=size).filter(any))
    return fg.FederatedMean(fg.Users(samples=samples, importance=importance), between, within), profile


@settings(max_examples=60, deadline=None)
@given(federations(), st.sampled_from([0, 1]))
def test_values_against_all_subsets(federation, extra):
    utility, profile = federation
    right = fg.payments(utility, profile, rule="coalition" if extra else "users")
    found, error = by_sums(utility, profile, extra)
    assert np.abs(found - right.payments).max() <= error + right.error_bound


def test_values_add_up_for_many():
    """200 distinct users: φ sums to U, which the method does not use."""
    generator = np.random.default_rng(5)
    users = fg.Users(samples=np.exp(generator.uniform(2, 7, 200)), importance=generator.uniform(0.5, 2, 200))
    utility = fg.FederatedMean(users, 1.0, 10.0)
    profile = generator.integers(0, 3, 200).tolist()
    found, error = by_sums(utility, profile, 0)
    assert abs(found.sum() - utility.at(profile)) <= 200 * error
    assert error <= 1e-9 * np.abs(found).max()


def test_the_weights_grow_with_one_weight_or_many(monkeypatch):
    """The short cut for equal weights gives what the long way gives."""
    given_items = Items(np.array([0.1, 0.7, 2.0]), np.full(3, 1.5), np.array([2, 1, 3]))
    short = means_of_all(given_items, GRID)
    monkeypatch.setattr(subset_means.Items, "one_weight", property(lambda self: False))
    long = means_of_all(given_items, GRID)
    np.testing.assert_allclose(short.weighted, long.weighted, rtol=1e-14)
