"""Roots inside an interval, against polynomials made from their roots and against their signs."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.mechanism.roots import WIDTH, roots_between

F = Fraction
RATIONALS = st.builds(Fraction, st.integers(-20, 40), st.integers(1, 9))


def value(coefficients: list[Fraction], at: Fraction) -> Fraction:
    return sum((c * at**power for power, c in enumerate(reversed(coefficients))), start=F(0))


@settings(deadline=None, max_examples=120)
@given(RATIONALS, RATIONALS, RATIONALS.filter(bool), st.integers(0, 20).map(lambda k: F(k, 5)))
def test_rational_roots_of_quadratics_are_exact(one: Fraction, two: Fraction, scale: Fraction, least: Fraction) -> None:
    coefficients = [scale, -scale * (one + two), scale * one * two]
    found = [root for (root,) in roots_between(coefficients, least, F(5))]
    assert sorted(found) == sorted({root for root in (one, two) if least < root < 5 and root != 0})


@settings(deadline=None, max_examples=120)
@given(RATIONALS.filter(bool), RATIONALS.filter(bool), RATIONALS.filter(bool))
def test_rational_roots_of_the_cubic_are_exact(one: Fraction, two: Fraction, scale: Fraction) -> None:
    """(β − a)(β − b)(β − c) has no linear term iff c = −ab/(a + b)."""
    if one + two == 0:
        return
    three = -one * two / (one + two)
    coefficients = [scale, -scale * (one + two + three), F(0), -scale * one * two * three]
    found = [root for (root,) in roots_between(coefficients, F(0), F(7))]
    assert sorted(found) == sorted({root for root in (one, two, three) if 0 < root < 7})


@settings(deadline=None, max_examples=120)
@given(st.lists(RATIONALS, min_size=3, max_size=3), st.booleans(), st.integers(0, 12).map(lambda k: F(k, 4)))
def test_between_roots_the_sign_stays(numbers: list[Fraction], cubic: bool, least: Fraction) -> None:
    """Every change of sign is at a root; neighbours of irrational ones have different signs."""
    coefficients = [numbers[0], numbers[1], F(0), numbers[2]] if cubic else numbers
    if not any(coefficients[:-1]):
        return
    most = F(8)
    found = list(roots_between(coefficients, least, most))
    for root in found:
        assert least < root[-1]
        assert root[0] < most
        if len(root) == 1:
            assert value(coefficients, root[0]) == 0
        else:
            assert root[1] - root[0] == WIDTH
            ends = max(root[0], least), min(root[1], most)
            assert value(coefficients, ends[0]) * value(coefficients, ends[1]) < 0
    grid = [least + (most - least) * F(k, 97) for k in range(1, 97)]
    signs = [value(coefficients, point) for point in grid]
    for low, high, before, after in zip(grid, grid[1:], signs, signs[1:], strict=False):
        if before * after < 0:
            assert any(low < root[-1] and root[0] < high for root in found)


@pytest.mark.parametrize(
    ("coefficients", "root"),
    [
        ([1, 0, -2], math.sqrt(2)),
        ([-1, 0, 3], math.sqrt(3)),
        ([1, 0, 0, -5], 5 ** (1 / 3)),
        ([1, -3, 0, -1], 3.103803402735536),
    ],
)
def test_irrational_roots(coefficients: list[int], root: float) -> None:
    (found,) = roots_between(coefficients, F(1), F(9))
    assert len(found) == 2
    assert float(found[0]) == pytest.approx(root, rel=1e-15)


def test_what_has_no_roots() -> None:
    assert list(roots_between([0, 0, 0], F(1), F(2))) == []
    assert list(roots_between([0, 0, 3], F(1), F(2))) == []
    assert list(roots_between([1, 0, 0, 0], F(1), F(2))) == []
    assert list(roots_between([1, 0, 1], F(1), F(2))) == []
    assert list(roots_between([1, -2], F(2), math.inf)) == []
    assert list(roots_between([1, -3], F(2), math.inf)) == [(3,)]
    with pytest.raises(ValueError, match="linear"):
        list(roots_between([1, 0, 1, 1], F(1), F(2)))
