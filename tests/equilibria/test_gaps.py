"""Shares that no interval covers, against the definition: each point between two ends, one interval at a time."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from fairgames.certain import Judge, Rational, Reals
from fairgames.equilibria.pure.gaps import uncovered
from fairgames.exact import object_array

#: Ends of which many are one number, or differ by less than floats tell.
shares = st.builds(
    lambda tenth, nudge: min(Fraction(1), Fraction(tenth, 10) + Fraction(nudge, 10**20)),
    st.integers(0, 10),
    st.sampled_from([0, 0, 0, 1, 2]),
)
intervals = st.lists(st.tuples(shares, shares).map(lambda pair: tuple(sorted(pair))), min_size=1, max_size=12)


def by_definition(known: list[tuple[Fraction, Fraction]]) -> list[tuple[Fraction, Fraction]]:
    ends = sorted({end for pair in known for end in pair})
    ends += [Fraction(1)] if ends[-1] < 1 else []
    middles = [(low, high, (low + high) / 2) for low, high in pairwise(ends)]
    return [(low, high) for low, high, middle in middles if not any(a <= middle <= b for a, b in known)]


def as_reals(numbers: list[Fraction], error: float) -> Reals:
    """Floats that are off by up to ``error``, and what they stand for."""
    off = [error * (-1) ** k / 3 for k in range(len(numbers))]
    values = np.array([float(number) + shift for number, shift in zip(numbers, off, strict=True)])
    return Reals(values, np.full(len(numbers), error), lambda k: Rational(numbers[k]), "ends")


@given(intervals, st.sampled_from([1e-15, 1e-9, 0.04, 0.3]))
@example([(Fraction(0), Fraction(1, 2)), (Fraction(2, 5), Fraction(4, 5)), (Fraction(7, 10), Fraction(1))], 1e-15)
@example([(Fraction(1, 2), Fraction(1, 2))], 0.04)
def test_gaps_are_those_of_the_definition(known: list[tuple[Fraction, Fraction]], error: float) -> None:
    """Few intervals, points among them, chains whose middle ones lie inside what the others reach."""
    right = by_definition(known)
    lower, upper = [low for low, _ in known], [high for _, high in known]
    exact = uncovered(Reals.rational(object_array(lower), "ends"), Reals.rational(object_array(upper), "ends"), Judge())
    assert exact == right
    found = uncovered(as_reals(lower, error), as_reals(upper, error), Judge())
    assert len(found) == len(right)
    for (low, high), (begin, end) in zip(found, right, strict=True):
        assert abs(low - float(begin)) <= error
        assert abs(high - float(end)) <= error
