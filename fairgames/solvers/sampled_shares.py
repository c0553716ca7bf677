"""The shares α at which a design is verified: a fixed choice, the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from fairgames.typing import Scalar

#: Both ends, and the design's share with two neighbours on each side.
LEAST = 7
_EPS = float(np.finfo(float).eps)
#: Largest denominators tried for a share between two breakpoints; some engines take small numbers only.
_DENOMINATORS = tuple(10**power for power in range(1, 16))


def sampled(breakpoints: Sequence[Scalar | None], star: Scalar | None, size: int) -> list[Scalar | None]:
    """Breakpoints and shares between them, ascending: ``star`` with its neighbours, both ends, and others evenly.

    Parameters
    ----------
    breakpoints : ascending; [None] where there is no share
    star : the design's share; one within rounding of a breakpoint is that breakpoint
    size : how many at most, at least :data:`LEAST`

    >>> from fractions import Fraction
    >>> [str(share) for share in sampled([Fraction(0), Fraction(2, 5), Fraction(1)], Fraction(2, 5), 7)]
    ['0', '1/5', '2/5', '7/10', '1']
    """
    ends = [point for point in breakpoints if point is not None]
    if star is None or not ends:
        return [None]
    near = min(ends, key=lambda end: abs(float(end) - float(star)))
    own = near if abs(float(near) - float(star)) <= 4 * _EPS * float(near) else star
    points = sorted({*ends, own, *(between(low, high) for low, high in pairwise(ends))})
    place = points.index(own)
    return [points[k] for k in evenly(len(points), size, [0, *range(place - 2, place + 3), len(points) - 1])]


def between(low: Scalar, high: Scalar) -> Scalar:
    """A share well between two others: if they are rational, one with a small denominator."""
    middle = (low + high) / 2
    if isinstance(middle, float):
        return middle
    simpler = (middle.limit_denominator(largest) for largest in _DENOMINATORS)
    return next((share for share in simpler if 3 * abs(share - middle) < high - low), middle)


def evenly(n: int, size: int, always: Sequence[int]) -> list[int]:
    """About ``size`` of 0, …, n − 1, evenly spread, and those of ``always`` in any case.

    >>> evenly(21, 7, [0, 4, 5, 20]), evenly(3, 7, [1])
    ([0, 4, 5, 8, 12, 16, 20], [0, 1, 2])
    """
    chosen = {place for place in always if 0 <= place < n}
    best = chosen
    for parts in range(1, n):
        spread = chosen | {round(k * (n - 1) / parts) for k in range(parts + 1)}
        if len(spread) > size:
            break
        best = spread
    return sorted(best)
