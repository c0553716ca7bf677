"""Polynomials in Bernstein form against polynomials in powers, and their roots against Sturm's theorem."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fairgames.equilibria.symmetric.bernstein import Bernstein
from fairgames.equilibria.symmetric.bernstein_roots import (
    Root,
    refined,
    roots,
    sharpened,
    simplest,
    spread_at,
    value_at,
)
from tests import symmetric_oracle as oracle

some = settings(max_examples=40, deadline=None)
rationals = st.integers(-36, 36).map(lambda number: Fraction(number, 12))
coefficients = st.lists(rationals, min_size=1, max_size=9)
places = st.integers(0, 60).map(lambda number: Fraction(number, 60))


def powers(values) -> list[Fraction]:
    """The polynomial with these Bernstein coefficients, expanded by the binomial theorem."""
    n = len(values) - 1
    result = [Fraction(0)] * (n + 1)
    for k, value in enumerate(values):
        for j in range(n - k + 1):
            result[k + j] += Fraction(value) * comb(n, k) * comb(n - k, j) * (-1) ** j
    return result


def times(one, other) -> list[Fraction]:
    result = [Fraction(0)] * (len(one) + len(other) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            result[i + j] += a * b
    return result


def with_roots(*where: Fraction) -> Bernstein:
    product = Bernstein.of([1])
    for root in where:
        product = product * Bernstein.of([-root, 1 - root])
    return product


# Arithmetic -----------------------------------------------------------------------------------


@some
@given(coefficients, places)
def test_a_value_is_that_of_the_polynomial_in_powers(values, x):
    polynomial = Bernstein.of(values)
    exact = oracle.at(powers(values), x)
    assert polynomial(x) == exact
    assert abs(polynomial.near(x) - exact) <= polynomial.nearness
    floats, errors = polynomial.at(np.array([float(x)]))
    assert abs(Fraction(floats[0]) - oracle.at(powers(values), Fraction(float(x)))) <= Fraction(errors[0])
    assert abs(exact) <= polynomial.largest


@some
@given(coefficients, coefficients, rationals, places)
def test_sums_products_and_derivatives(one, other, factor, x):
    a, b = Bernstein.of(one), Bernstein.of(other)
    assert (a + b)(x) == a(x) + b(x)
    assert (a - b)(x) == a(x) - b(x)
    assert (a + factor)(x) == a(x) + factor
    assert (a * factor)(x) == factor * a(x)
    assert (a * b)(x) == a(x) * b(x)
    assert (a * b).degree == a.degree + b.degree
    slope = a.derivative()(x)
    assert slope == oracle.at(oracle.derivative(powers(one)), x)
    assert abs(slope) <= a.steepest


@some
@given(coefficients, places, places, places)
def test_a_part_of_the_interval(values, low, high, x):
    polynomial = Bernstein.of(values)
    if low < high:
        assert polynomial.restricted(low, high)(x) == polynomial(low + x * (high - low))


@some
@given(coefficients, places)
def test_division_by_x(values, x):
    polynomial = Bernstein.of([0, *values])
    if x:
        assert polynomial.over_x()(x) == polynomial(x) / x


@some
@given(coefficients, places, rationals)
def test_comparisons_have_the_true_sign(values, x, to):
    polynomial = Bernstein.of(values)
    for target in (to, polynomial(x), polynomial(x) + Fraction(1, 10**60)):
        exact = polynomial(x) - target
        found = polynomial.compared(x, target)
        assert (found > 0, found < 0) == (exact > 0, exact < 0)
        assert abs(found - exact) <= polynomial.nearness


def test_floats_are_the_rationals_that_they_are():
    assert Bernstein.of([0.1]).coefficients() == [Fraction(0.1)]


@pytest.mark.parametrize("degree", [200, 600])
def test_high_degrees_keep_their_digits(degree):
    """x^n, whose value is known, and whose powers of 1 − x cancel in floats."""
    polynomial = Bernstein.of([0] * degree + [1])
    x = Fraction(2**70 - 3, 2**70)
    assert polynomial(x) == x**degree
    assert abs(polynomial.near(x) - x**degree) <= polynomial.nearness
    values, errors = polynomial.at(np.array([0.0, 0.5, 0.99, 1.0]))
    for point, value, error in zip((0.0, 0.5, 0.99, 1.0), values, errors, strict=True):
        assert abs(Fraction(value) - Fraction(point) ** degree) <= Fraction(error)
    assert errors.max() < 1e-11


# Roots ----------------------------------------------------------------------------------------


@some
@given(st.lists(rationals, min_size=1, max_size=6), st.booleans(), st.integers(0, 5))
@example([Fraction(1, 2), Fraction(1, 2)], False, 0)
@example([Fraction(0), Fraction(1), Fraction(1)], True, 2)
@example([Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)], True, 0)
def test_rational_roots_are_found_exactly(where, extra, raised):
    polynomial = with_roots(*where)
    if extra:
        polynomial = polynomial * Bernstein.of([Fraction(2), Fraction(1, 2), Fraction(2)])  # no real root
    if raised:
        polynomial = polynomial + Bernstein.of([0] * (raised + 8))
    inside = sorted({root for root in where if 0 <= root <= 1})
    found = roots(polynomial)
    assert [root.low for root in found] == inside
    assert all(root.exact for root in found)


@some
@given(coefficients)
@example([Fraction(1), Fraction(-3), Fraction(1)])
def test_roots_are_those_of_sturm(values):
    polynomial, expanded = Bernstein.of(values), oracle.trimmed(powers(values))
    found = roots(polynomial)
    expected = oracle.real_roots(expanded) if any(values) else []
    assert len(found) == len(expected)
    for root, other in zip(found, expected, strict=True):
        assert root.low - Fraction(1, 2**40) <= other <= root.high + Fraction(1, 2**40)
        assert root.high - root.low <= Fraction(1, 2**70) or not root.single
        if root.single and not root.exact:
            assert polynomial(root.low) * polynomial(root.high) < 0
        elif root.exact:
            assert polynomial(root.low) == 0


@pytest.mark.parametrize("square", [Fraction(k, 23) for k in (1, 2, 5, 7, 11, 13, 19, 22)])
def test_an_irrational_double_root_is_one_undecided_bracket(square):
    double = Bernstein.of([-square, -square, 1 - square])  # x² − square
    (root,) = roots(double * double)
    assert not root.single
    assert root.low**2 < square < root.high**2
    assert root.high - root.low < Fraction(1, 2**47)


def test_roots_that_are_close_are_told_apart():
    apart = Fraction(1, 10**9)
    where = [Fraction(1, 3), Fraction(1, 3) + apart, Fraction(1, 3) + 2 * apart]
    found = roots(with_roots(*where))
    assert [root.single for root in found] == [True] * 3
    for root, one in zip(found, where, strict=True):
        assert root.low <= one <= root.high


def test_sixty_roots():
    """Wilkinson's polynomial with sixty roots: its coefficients in powers would need 80 digits."""
    where = [Fraction(k, 61) for k in range(1, 61)]
    assert [root.low for root in roots(with_roots(*where))] == where


def test_where_another_polynomial_is_positive():
    where = [Fraction(1, 5), Fraction(2, 5), Fraction(4, 5)]
    right = Bernstein.of([-3, 2])  # positive from 3/5 on
    assert [root.low for root in roots(with_roots(*where), positive=right)] == [Fraction(4, 5)]


def test_zero_has_no_isolated_roots():
    assert roots(Bernstein.of([0, 0, 0])) == ()


@some
@given(coefficients.filter(any))
def test_values_at_roots_are_within_their_spread(values):
    polynomial, other = Bernstein.of(values), Bernstein.of(reversed([*values, 1]))
    for root in roots(polynomial):
        for x in (root.low, root.high):
            assert abs(value_at(other, root) - other(x)) <= spread_at(other, root)


@some
@given(places, places)
def test_the_simplest_rational(one, other):
    low, high = sorted((one, other))
    found = simplest(low, high)
    assert low <= found <= high
    smaller = (Fraction(k, denominator) for denominator in range(1, found.denominator) for k in range(denominator + 1))
    assert not any(low <= fraction <= high for fraction in smaller)


@some
@given(places.filter(lambda x: 0 < x < 1), st.integers(1, 5))
def test_refinement_of_any_monotone_function(root, power):
    low, high = refined(lambda x: (x - root) ** (2 * power - 1), Fraction(0), Fraction(1), Fraction(1, 2**30))
    assert low <= root <= high
    assert high - low <= Fraction(1, 2**30)
    assert sharpened(lambda x: x - root, Root(Fraction(0), Fraction(1))) == Root(root, root)
