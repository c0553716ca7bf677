"""log((G + c)/G) = ∫ e^{−tG}(1 − e^{−tc}) dt/t as a sum over t: the trapezoidal rule in log t."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fairgames.typing import FloatArray

#: Step in log t. The rule converges exponentially: this one misses some 10⁻¹⁵ of it.
STEP = 0.27
#: Below t = this / (largest G or c) the integrand is nothing, above this / (smallest G) as well.
_FIRST, _LAST = 1e-14, 36.0
_CHECKED = 60


@dataclass(frozen=True, eq=False)
class Integral:
    """Nodes t, shape (T,); every weight dt/t is ``STEP``.

    ``error`` bounds what the rule misses of log((G + c)/G) for the G and c that it is made for:
    measured against ``log1p`` over a grid of both, and doubled.
    """

    nodes: FloatArray
    error: float

    @classmethod
    def of(cls, least: float, most: float, largest_c: float) -> Integral:
        """For G from ``least`` to ``most`` and c up to ``largest_c``."""
        begin, end = math.log(_FIRST / max(most, largest_c)), math.log(_LAST / least)
        nodes = np.exp(begin + STEP * np.arange(math.ceil((end - begin) / STEP) + 1))
        totals = np.geomspace(least, most, _CHECKED)
        extras = np.geomspace(largest_c * 1e-12, largest_c, _CHECKED)
        decay = np.exp(-np.multiply.outer(totals, nodes))
        found = STEP * decay @ -np.expm1(-np.multiply.outer(nodes, extras))
        wanted = np.log1p(np.divide.outer(1 / totals, 1 / extras))
        return cls(nodes, 2 * float(np.abs(found - wanted).max()))
