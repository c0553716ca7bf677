"""Functions of a sum Y as exponential sums Σ_u c_u·e^{−uY}: then means over subsets need only those of e^{−uY}.

For each size k, Y lies between the k smallest and the k largest values. The function is fitted
at Chebyshev points of log Y in that range by a truncated singular value decomposition, and the
fit is judged at other points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fairgames.typing import FloatArray

#: From u·Y = this at the largest Y (where e^{−uY} is still a straight line) …
_FLAT = 0.02
#: … to this at the smallest (where it is nothing).
_GONE = 60.0
#: Spacing of u on a logarithmic scale.
_SPACING = 0.3
#: Fitted points for each u.
_POINTS_PER_COLUMN = 1.4
#: Singular values below this share of the largest are noise.
_CUT = 1e-14
#: What the largest miss between the points may be short of the largest anywhere.
_SAFETY = 2.0


@dataclass(frozen=True, eq=False)
class Exponentials:
    """The fits for every size 0 ≤ k ≤ m.

    Attributes
    ----------
    grid : the exponents u, the first 0, shape (U,)
    points : Y at which functions of size k are fitted, shape (m + 1, P); row 0 is of no account
    between : Y at which the fit is judged, shape (m + 1, P − 1)
    """

    grid: FloatArray
    points: FloatArray
    between: FloatArray
    _left: FloatArray
    _singular: FloatArray
    _right: FloatArray

    @classmethod
    def of(cls, least: FloatArray, most: FloatArray) -> Exponentials:
        """For sums of k items between ``least[k]`` and ``most[k]``, k = 0, …, m."""
        low, high = math.log(_FLAT / most[-1]), math.log(_GONE / least[1])
        grid = np.concatenate([[0.0], np.exp(np.linspace(low, high, 1 + math.ceil((high - low) / _SPACING)))])
        count = math.ceil(_POINTS_PER_COLUMN * len(grid))
        points = _spread(least, most, np.cos(np.pi * (np.arange(count) + 0.5) / count))
        between = _spread(least, most, np.cos(np.pi * np.arange(1, count) / count))
        left, singular, right = np.linalg.svd(np.exp(-points[1:, :, None] * grid), full_matrices=False)
        return cls(grid, points, between, left, singular, right)

    def fit(self, size: int, values: FloatArray, judged: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Coefficients of functions of Y for subsets of ``size``, and a bound on what they miss anywhere.

        Parameters
        ----------
        values : the functions at ``points[size]``, shape (P, F)
        judged : the functions at ``between[size]``, shape (P − 1, F)

        Returns
        -------
        coefficients, shape (U, F), and misses, shape (F,)

        Notes
        -----
        The factors of the decomposition are applied one after another: their product, the
        pseudo-inverse, would cost seven digits.
        """
        left, singular, right = (part[size - 1] for part in (self._left, self._singular, self._right))
        kept = int((singular > _CUT * singular[0]).sum())
        coefficients = right[:kept].T @ ((left[:, :kept].T @ values) / singular[:kept, None])
        misses = [
            np.abs(np.exp(-np.multiply.outer(where[size], self.grid)) @ coefficients - wanted).max(axis=0)
            for where, wanted in ((self.points, values), (self.between, judged))
        ]
        return coefficients, _SAFETY * np.maximum(*misses)


def _spread(least: FloatArray, most: FloatArray, places: FloatArray) -> FloatArray:
    """``places`` of [−1, 1] between ``least`` and ``most`` on a logarithmic scale, one row a size."""
    low, high = np.log(least[1:]), np.log(most[1:])
    rows = np.exp((low + high)[:, None] / 2 + np.multiply.outer((high - low) / 2, places))
    return np.concatenate([np.ones((1, len(places))), rows])
