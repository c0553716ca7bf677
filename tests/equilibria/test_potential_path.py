"""Upper envelopes of lines: which profiles maximise Φ_α, at every α."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.certain import Judge, Rational, Reals
from fairgames.equilibria.pure.potential_path import maximisers
from fairgames.exact import object_array
from tests.strategies import cases

COMMON = settings(max_examples=70, deadline=None)
LINES = st.lists(
    st.tuples(st.fractions(-3, 3, max_denominator=3), st.fractions(0, 3, max_denominator=3)), min_size=1, max_size=9
)


def highest(lines, alpha: Fraction) -> list[int]:
    heights = [alpha * slope - cost for slope, cost in lines]
    return [k for k, height in enumerate(heights) if height == max(heights)]


def corners(lines) -> list[Fraction]:
    """0, 1, and every α between at which the set of highest lines is larger than beside it."""
    found = {Fraction(0), Fraction(1)}
    for (slope, cost), (other, toll) in combinations(lines, 2):
        if slope != other and 0 < (alpha := (cost - toll) / (slope - other)) < 1:
            top = highest(lines, alpha)
            if len({lines[k][0] for k in top}) > 1:
                found.add(alpha)
    return sorted(found)


def exact_path(lines):
    slopes, costs = (object_array(Fraction(line[k]) for line in lines) for k in (0, 1))
    return maximisers(Reals.rational(slopes, "slopes"), costs, Judge())


@COMMON
@given(LINES)
def test_breakpoints_and_all_highest_lines(lines):
    path = exact_path(lines)
    assert list(path.alpha.values) == corners(lines)
    assert [found.tolist() for found in path.positions] == [highest(lines, alpha) for alpha in path.alpha.values]


@COMMON
@given(LINES, st.fractions(0, 1, max_denominator=60))
def test_between_breakpoints_the_highest_are_those_of_both_ends(lines, alpha):
    path = exact_path(lines)
    for (low, high), (left, right) in zip(pairwise(path.alpha.values), pairwise(path.positions), strict=True):
        if low < alpha < high:
            assert highest(lines, alpha) == sorted(set(left.tolist()) & set(right.tolist()))


@COMMON
@given(LINES)
def test_floats_find_the_same_lines(lines):
    slopes = [Fraction(slope) for slope, _ in lines]
    near = Reals(
        np.array([float(slope) for slope in slopes]),
        np.full(len(slopes), 1e-9),
        lambda k: Rational(slopes[k]),
        "slopes",
    )
    path, right = maximisers(near, object_array(Fraction(cost) for _, cost in lines), Judge()), exact_path(lines)
    assert path.alpha.values == pytest.approx([float(alpha) for alpha in right.alpha.values], abs=1e-15)
    assert [found.tolist() for found in path.positions] == [found.tolist() for found in right.positions]


def test_many_lines_on_a_parabola_are_all_seen():
    """α·s − s²/2 is tangent to α²/2 at α = s: every line is highest somewhere."""
    n = 60
    lines = [(Fraction(k, n), Fraction(k * k, 2 * n * n)) for k in range(n + 1)]
    path = exact_path(lines)
    assert list(path.alpha.values) == [0, *(Fraction(2 * k + 1, 2 * n) for k in range(n)), 1]
    assert [found.tolist() for found in path.positions] == [[0], *([k, k + 1] for k in range(n)), [n]]


def test_lines_that_meet_in_one_point_all_count_there():
    path = exact_path([(0, 0), (1, Fraction(1, 2)), (2, 1), (3, Fraction(3, 2))])
    assert list(path.alpha.values) == [0, Fraction(1, 2), 1]
    assert [found.tolist() for found in path.positions] == [[0], [0, 1, 2, 3], [3]]


def test_one_line_is_highest_everywhere():
    path = exact_path([(2, 1)])
    assert list(path.alpha.values) == [0, 1]
    assert [found.tolist() for found in path.positions] == [[0], [0]]


@settings(max_examples=40, deadline=None)
@given(cases(least=-3, rules=("users",)))
def test_the_maximisers_of_the_potential_are_pure_equilibria(case):
    """Why the equilibria are enough to look among."""
    game, oracle = case.game(), case.oracle()
    values, costs = game.potential.numbers().ravel(), game.total_cost().ravel()
    path = maximisers(Reals.rational(values, "P"), costs, Judge())
    for alpha, positions in zip(path.alpha.values, path.positions, strict=True):
        profiles = [game.levels(np.unravel_index(k, game.shape)) for k in positions]
        assert profiles == oracle.maximisers(alpha)
        assert all(oracle.is_equilibrium(profile, alpha) for profile in profiles)
