"""Functions of a sum Y as exponential sums Σ_u c_u·e^{−uY}: then means over subsets need only those of e^{−uY}.

Y lies between two bounds. The function is fitted at Chebyshev points of log Y in that range by a
truncated singular value decomposition, and the fit is judged at other points.
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


def exponents(least: FloatArray, most: FloatArray) -> FloatArray:
    """The u that serve Y from ``least`` to ``most``, one row for each pair: the first 0; shape (…, U)."""
    low, high = np.log(_FLAT / most), np.log(_GONE / least)
    columns = 1 + math.ceil(float((high - low).max()) / _SPACING)
    rows = np.exp(np.linspace(low, high, columns, axis=-1))
    return np.concatenate([np.zeros((*rows.shape[:-1], 1)), rows], axis=-1)


@dataclass(frozen=True, eq=False)
class Exponentials:
    """Fits for Y in one range.

    Attributes
    ----------
    grid : the exponents u, shape (U,)
    points : Y at which functions are fitted, shape (P,)
    between : Y at which the fit is judged, shape (P − 1,)
    """

    grid: FloatArray
    points: FloatArray
    between: FloatArray

    @classmethod
    def of(cls, least: float, most: float, grid: FloatArray) -> Exponentials:
        count = math.ceil(_POINTS_PER_COLUMN * len(grid))
        points = _spread(least, most, np.cos(np.pi * (np.arange(count) + 0.5) / count))
        return cls(grid, points, _spread(least, most, np.cos(np.pi * np.arange(1, count) / count)))

    def fit(self, values: FloatArray, judged: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Coefficients of functions of Y, and a bound on what they miss anywhere in the range.

        Parameters
        ----------
        values : the functions at ``points``, shape (P, F)
        judged : the functions at ``between``, shape (P − 1, F)

        Returns
        -------
        coefficients, shape (U, F), and misses, shape (F,)

        Notes
        -----
        The factors of the decomposition are applied one after another: their product, the
        pseudo-inverse, would cost seven digits.
        """
        decays = np.exp(-np.multiply.outer(self.points, self.grid))
        left, singular, right = np.linalg.svd(decays, full_matrices=False)
        kept = int((singular > _CUT * singular[0]).sum())
        coefficients = right[:kept].T @ ((left[:, :kept].T @ values) / singular[:kept, None])
        elsewhere = np.exp(-np.multiply.outer(self.between, self.grid))
        misses = [
            np.abs(part @ coefficients - wanted).max(axis=0) for part, wanted in ((decays, values), (elsewhere, judged))
        ]
        return coefficients, _SAFETY * np.maximum(*misses)


def _spread(least: float, most: float, places: FloatArray) -> FloatArray:
    """``places`` of [−1, 1] between ``least`` and ``most`` on a logarithmic scale."""
    low, high = math.log(least), math.log(most)
    return np.asarray(np.exp((low + high) / 2 + (high - low) / 2 * places))
