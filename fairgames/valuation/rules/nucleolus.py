"""The nucleolus: the coalition that has most reason to leave has as little as can be."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fairgames.exact import object_array
from fairgames.typing import Array
from fairgames.valuation.rules.base import Coalitions, Rule


class Nucleolus(Rule):
    """φ is the division of U that makes the sorted excesses U(S) − φ(S) lexicographically least, up to 12 users.

    No weighted sum of U: of floats it is that of the numbers that they are, rounded once, and comparisons that need
    more than floats stay open. It has no potential, and is not additive.
    """

    name = "nucleolus"
    source = "Schmeidler 1969; without the condition φ_i ≥ U({i}) (Sobolev 1975)"
    null_user = True
    algebraic = False
    steepness = 24 * 24.0**12 / 2**23  # that of 12 users

    def steepness_of(self, n: int) -> float:
        # φ and the excesses that are fixed, at most 2n numbers, solve a system of entries 0 and 1: by Cramer's rule a
        # value moves by at most 2n minors, each at most (2n)^n/2^(2n−1) by Hadamard's bound, over a determinant ≥ 1.
        size = max(2 * n, 2)
        return float(size * size ** (size / 2) / 2 ** (size - 1))

    def values(self, coalitions: Coalitions) -> Array:
        from fairgames.valuation.nucleolus import nucleolus

        worths = coalitions.worths
        if worths.dtype == object:
            return object_array(nucleolus(worths))
        exact = object_array(map(Fraction, worths.reshape(-1).tolist())).reshape(worths.shape)
        return np.array([float(value) for value in nucleolus(exact)])
