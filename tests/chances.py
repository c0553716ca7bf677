"""Draws against a law, by chances that hold exactly: for tests whose randomness has no seed."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.stats import binom

#: A right program fails such a test once in a million runs, or less often.
ONCE_IN_A_MILLION = 1e-6


def chance_of(counts: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """At most how probable counts as strange as ``counts[..., cell]`` are, if draws fall into cells with ``cells``.

    How many draws fall into an interval of cells is binomial, however few are expected there: the law of chi-square
    needs ten in each cell. The strangest count of all intervals, times how many there are and two tails (Bonferroni).
    """
    n = len(cells)
    begin, end = np.array([ends for ends in combinations(range(n + 1), 2) if ends != (0, n)]).T
    below = np.insert(np.cumsum(counts, axis=-1), 0, 0, axis=-1)
    hits, draws = below[..., end] - below[..., begin], below[..., -1:]
    expected = np.diff(np.insert(np.cumsum(cells), 0, 0)[np.array([begin, end])], axis=0)[0].clip(0, 1)
    tails = np.minimum(binom.cdf(hits, draws, expected), binom.sf(hits - 1, draws, expected))
    return np.minimum(1, 2 * len(begin) * tails.min(axis=-1))
