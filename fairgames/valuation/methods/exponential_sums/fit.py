"""Functions of a sum Y as exponential sums Σ_u c_u·e^{−uY}: then means over subsets need only those of e^{−uY}.

Y lies between two bounds. The function is fitted at Chebyshev points of log Y in that range by a
truncated singular value decomposition, and the fit is judged at other points. Only the ratio of
the bounds matters: one decomposition serves sums of every size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fairgames.typing import FloatArray
from fairgames.valuation.methods.exponential_sums.small_products import product

#: From u·Y = this at the largest Y (where e^{−uY} is still a straight line) …
_FLAT = 0.3
#: … to this at the smallest (where it is nothing).
_GONE = 40.0
#: Spacing of u on a logarithmic scale.
SPACING = 0.28
#: Fitted points for each u.
_POINTS_PER_COLUMN = 1.3
#: Singular values below this share of the largest are noise.
_CUT = 1e-14
#: What the largest miss between the points may be short of the largest anywhere.
_SAFETY = 2.0


@dataclass(frozen=True, eq=False)
class Exponentials:
    """Fits for Y between 1 and ``ratio``, in whatever unit.

    Attributes
    ----------
    grid : the exponents u, shape (U,): 0, then e^{``SPACING``} times the one before
    places : Y at which functions are fitted, shape (P,), and Y between at which fits are judged, shape (P − 1,)
    ratio : which is above all these
    """

    grid: FloatArray
    places: tuple[FloatArray, FloatArray]
    ratio: float
    _decays: tuple[FloatArray, FloatArray]
    _factors: tuple[FloatArray, FloatArray, FloatArray]

    @classmethod
    def of(cls, ratio: float) -> Exponentials:
        columns = 1 + math.ceil(math.log(_GONE * ratio / _FLAT) / SPACING)
        grid = np.concatenate([[0.0], _FLAT / ratio * np.exp(SPACING * np.arange(columns))])
        count = math.ceil(_POINTS_PER_COLUMN * len(grid))
        angles = np.pi * (np.arange(count) + 0.5) / count, np.pi * np.arange(1, count) / count
        points, between = (np.exp(math.log(ratio) * (1 + np.cos(angle)) / 2) for angle in angles)
        decays, elsewhere = (np.exp(-np.multiply.outer(where, grid)) for where in (points, between))
        left, singular, right = np.linalg.svd(decays, full_matrices=False)
        kept = singular > _CUT * singular[0]
        return cls(
            grid, (points, between), ratio, (decays, elsewhere), (left[:, kept].T, singular[kept], right[kept].T)
        )

    def fit(self, values: FloatArray, judged: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Coefficients of functions of Y, and a bound on what they miss anywhere in the range.

        Parameters
        ----------
        values, judged : the functions at the two ``places``, shape (P, F) and (P − 1, F)

        Returns
        -------
        coefficients, shape (U, F), and misses, shape (F,)

        Notes
        -----
        The factors of the decomposition are applied one after another: their product, the
        pseudo-inverse, would cost seven digits.
        """
        left, singular, right = self._factors
        coefficients = product(right, product(left, values) / singular[:, None])
        misses = [
            np.abs(product(decays, coefficients) - wanted).max(axis=0)
            for decays, wanted in zip(self._decays, (values, judged), strict=True)
        ]
        return coefficients, _SAFETY * np.maximum(*misses)
