"""The potential tensor: against its definition, in blocks, and against its own error bound."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.exact import Rationals
from fairgames.progress import listening
from fairgames.valuation import blocks
from fairgames.valuation import potential as module
from fairgames.valuation.blocks import support_sizes
from fairgames.valuation.potential import potential, potential_exact, refined_potential
from tests import oracles
from tests.strategies import fractions_array

SHAPES = [(1,), (2,), (5,), (3, 2, 4, 2), (1, 3, 1, 2), (2, 2, 2, 2, 2), (4, 1, 5), (7, 3)]


def integers(shape: tuple[int, ...], seed: int, most: int = 1000) -> np.ndarray:
    values = np.random.default_rng(seed).integers(-most, most + 1, shape)
    values[(0,) * len(shape)] = 0
    return values


def assert_within(found: np.ndarray, numerators: np.ndarray, denominator: int, error: float) -> None:
    """Every float differs from its rational by at most ``error``, compared as rationals."""
    bound = Fraction(error)
    for near, right in zip(found.flat, numerators.flat, strict=True):
        assert abs(Fraction(float(near)) - Fraction(int(right), denominator)) <= bound


def off_by(found: np.ndarray, numerators: np.ndarray, denominator: int) -> float:
    """The largest error, by rationals."""
    pairs = zip(found.flat, numerators.flat, strict=True)
    return float(max(abs(Fraction(float(near)) - Fraction(int(right), denominator)) for near, right in pairs))


# The definition -------------------------------------------------------------------------------


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_profile_obeys_the_definition(shape, extra):
    table = integers(shape, seed=1)
    exact = potential_exact(Rationals.of(table.astype(object)), extra).fractions()
    floats = potential(table.astype(float), extra)
    numerators, denominator = oracles.integer_potential(table, extra)
    for profile in product(*map(range, shape)):
        right = oracles.potential(lambda at: Fraction(int(table[at])), profile, extra)
        assert exact[profile] == right
        assert Fraction(int(numerators[profile]), denominator) == right
        assert floats[profile] == pytest.approx(float(right), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.sampled_from([0, 1]), st.data())
def test_rationals_of_any_shape(shape, extra, data):
    size = math.prod(shape)
    values = data.draw(st.lists(st.fractions(-5, 5, max_denominator=20), min_size=size, max_size=size))
    table = fractions_array([0, *values[1:]], tuple(shape))
    exact = potential_exact(Rationals.of(table), extra).fractions()
    for profile in product(*map(range, shape)):
        assert exact[profile] == oracles.potential(table.__getitem__, profile, extra)
    found, error = refined_potential(table.astype(float), extra)
    # One rounding of each U enters P with weights of 1 + 1/2 + … in all.
    error += sum(1 / size for size in range(1, len(shape) + 1)) * 5 * 2.0**-53
    assert all(
        abs(Fraction(float(near)) - right) <= Fraction(error)
        for near, right in zip(found.flat, exact.flat, strict=True)
    )


def test_the_input_is_left_alone():
    table = integers((3, 3, 3), seed=2)
    floats, rationals = table.astype(float), Rationals.of(table.astype(object))
    potential(floats)
    refined_potential(floats)
    potential_exact(rationals)
    assert (floats == table).all()
    assert (rationals.numerators == table).all()
    assert rationals.denominator == 1


@pytest.mark.parametrize("order", ["C", "F"])
def test_any_memory_layout_will_do(order):
    table = integers((3, 2, 4), seed=3)
    right = potential(table.astype(float))
    assert (potential(np.asarray(table, dtype=float, order=order)) == right).all()
    assert np.allclose(potential(table.astype(float).T), potential(np.ascontiguousarray(table.T, dtype=float)))


def test_support_sizes_count_the_users_who_share():
    sizes = support_sizes((3, 1, 2))
    assert sizes.shape == (3, 1, 2)
    for profile in product(range(3), range(1), range(2)):
        assert sizes[profile] == sum(level > 0 for level in profile)


# Blocks, joined axes and threads --------------------------------------------------------------


@pytest.fixture(params=[(50, 27, 256, 10), (700, 9, 8, 10), (5000, 81, 16, 10), (50, 27, 256, 10**9), (2, 2, 2, 10)])
def small_blocks(request, monkeypatch):
    """Blocks, groups of axes, columns and the threshold for threads so small that all are in use."""
    for name, value in zip(("BLOCK", "JOINED", "COLUMNS", "PARALLEL_FROM"), request.param, strict=True):
        monkeypatch.setattr(blocks, name, value)


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize("shape", [(3,) * 7, (2,) * 10, (3, 2, 4, 2, 5, 3), (40, 3, 30), (1, 2, 1, 3, 1, 2, 1), (600,)])
def test_blocks_change_nothing(shape, extra, small_blocks):
    table = integers(shape, seed=4)
    numerators, denominator = oracles.integer_potential(table, extra)
    found, error = refined_potential(table.astype(float), extra)
    assert_within(found, numerators, denominator, error)
    assert error <= 1e-10 * np.abs(numerators / denominator).max()


@pytest.mark.parametrize(("block", "parallel_from"), [(180_000, 1_000_000), (2_000, 1_000), (2_000, 10**9)])
@pytest.mark.parametrize("extra", [0, 1])
def test_half_a_million_profiles(monkeypatch, extra, block, parallel_from):
    monkeypatch.setattr(blocks, "BLOCK", block)
    monkeypatch.setattr(blocks, "PARALLEL_FROM", parallel_from)
    table = integers((3,) * 12, seed=5)
    numerators, denominator = oracles.integer_potential(table, extra)
    found, error = refined_potential(table.astype(float), extra)
    right = numerators / denominator
    # Two more roundings lie in `right` itself.
    assert np.abs(found - right).max() <= error + 4 * 2.0**-53 * np.abs(right).max()
    assert error <= 1e-11 * np.abs(right).max()


def test_exact_and_float_tensors_agree_in_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 500)
    monkeypatch.setattr(blocks, "PARALLEL_FROM", 100)
    table = integers((3,) * 8, seed=6)
    exact = potential_exact(Rationals.of(table.astype(object)))
    numerators, denominator = oracles.integer_potential(table)
    assert all(
        Fraction(one, exact.denominator) == Fraction(int(two), denominator)
        for one, two in zip(exact.numerators.flat, numerators.flat, strict=True)
    )
    found, error = refined_potential(table.astype(float))
    assert_within(found, exact.numerators, exact.denominator, error)


def test_threads_announce_their_progress(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 50)
    monkeypatch.setattr(blocks, "PARALLEL_FROM", 10)
    heard: list[tuple[str, int, int]] = []
    with listening(lambda *step: heard.append(step)):
        potential(integers((3,) * 6, seed=7).astype(float))
    last = {what: (done, total) for what, done, total in heard}
    assert len(last) >= 1
    assert all(done == total > 1 for done, total in last.values())


# The error bound ------------------------------------------------------------------------------


def alternating(n: int, size: int = 1) -> np.ndarray:
    """U(S) = ±size by the parity of |S|: dividends of 2^|S|·size cancel to a P of order log |S|."""
    parity = np.indices((2,) * n).sum(axis=0) % 2
    table = np.where(parity == 1, size, -size)
    table[(0,) * n] = 0
    return table


def spied_potential(monkeypatch) -> list[np.ndarray]:
    """A list of the tensors that are transformed from now on."""
    seen: list[np.ndarray] = []

    def spy(utilities, extra=0):
        seen.append(utilities)
        return potential(utilities, extra)

    monkeypatch.setattr(module, "potential", spy)
    return seen


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize("n", [12, 14])
def test_cancellation_is_refined_away(monkeypatch, n, extra):
    table = alternating(n)
    numerators, denominator = oracles.integer_potential(table, extra)
    seen = spied_potential(monkeypatch)
    found, error = refined_potential(table.astype(float), extra)
    assert len(seen) == 2  # U, and then what the first result missed
    plain = off_by(potential(table.astype(float), extra), numerators, denominator)
    refined = off_by(found, numerators, denominator)
    largest = float(np.abs(numerators).max() / denominator)
    assert plain > 1e-13 * largest
    assert refined <= plain / 10
    assert refined <= error <= 2e-13 * largest  # some hundred roundings


def test_a_mild_tensor_needs_no_refinement(monkeypatch):
    seen = spied_potential(monkeypatch)
    refined_potential(integers((3,) * 6, seed=8).astype(float))
    assert len(seen) == 1


@pytest.mark.parametrize("seed", range(8))
def test_the_bound_holds_where_large_dividends_cancel(seed):
    """Random signs and sizes over nine orders of magnitude: bound and error as rationals."""
    rng = np.random.default_rng(seed)
    shape = [(2,) * 11, (3,) * 7, (3, 2, 4, 2, 3, 2, 2), (2,) * 12][seed % 4]
    table = integers(shape, seed, most=3) * 10 ** rng.integers(0, 9, shape)
    numerators, denominator = oracles.integer_potential(table, extra=seed % 2)
    found, error = refined_potential(table.astype(float), extra=seed % 2)
    assert off_by(found, numerators, denominator) <= error
    assert error <= 1e-11 * float(np.abs(numerators).max() / denominator)


@pytest.mark.parametrize("size", [1, 10**6, 10**8])
def test_the_bound_is_honest_for_one_dominant_profile(size):
    """All of U is earned by everybody together: P there is U/n, elsewhere 0."""
    n = 10
    table = np.zeros((2,) * n)
    table[(1,) * n] = size
    found, error = refined_potential(table)
    right = np.zeros_like(table)
    right[(1,) * n] = size / n
    assert np.abs(found - right).max() <= error <= 1e-12 * size


def test_no_utility_has_no_potential_and_no_error():
    found, error = refined_potential(np.zeros((3, 3, 3)))
    assert not found.any()
    assert error == 0
