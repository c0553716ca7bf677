"""log((G + c)/G) = ∫ e^{−tG}(1 − e^{−tc}) dt/t as a sum over t: the trapezoidal rule in log t.

The rule would have to begin where the integrand is nothing. But near t = 0 the integrand is a power
series in t: so the rule begins where few powers describe it, and its first weights are such that
t, t², … sum to what they would with all the nodes before. Half of the nodes are saved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fairgames.typing import FloatArray

#: Step in log t. The rule converges exponentially: this one misses some 10⁻¹⁵ of it.
_STEP = 0.27
#: From t = this / (largest G or c) on a few powers of t describe the integrand a while …
_FIRST = 1e-3
#: … and above t = this / (smallest G) it is nothing.
_LAST = 36.0
#: So many powers are summed exactly, by so many first weights: more than needed keep them close to the others.
_POWERS, _ADAPTED = 6, 14
_CHECKED = 60


@dataclass(frozen=True, eq=False)
class Integral:
    """Nodes t and weights of dt/t, shape (T,); all weights are positive.

    ``error`` bounds what the rule misses of log((G + c)/G) for the G and c that it is made for:
    measured against ``log1p`` over a grid of both, and doubled.
    """

    nodes: FloatArray
    weights: FloatArray
    error: float

    @classmethod
    def of(cls, least: float, most: float, largest_c: float) -> Integral:
        """For G from ``least`` to ``most`` and c up to ``largest_c``."""
        begin, end = math.log(_FIRST / max(most, largest_c)), math.log(_LAST / least)
        nodes = np.exp(begin + _STEP * np.arange(math.ceil((end - begin) / _STEP) + 1))
        weights = np.full(len(nodes), _STEP)
        weights[:_ADAPTED] += _STEP * _before()
        totals = np.geomspace(least, most, _CHECKED)
        extras = np.geomspace(largest_c * 1e-12, largest_c, _CHECKED)
        decay = weights * np.exp(-np.multiply.outer(totals, nodes))
        found = decay @ -np.expm1(-np.multiply.outer(nodes, extras))
        wanted = np.log1p(np.divide.outer(1 / totals, 1 / extras))
        return cls(nodes, weights, 2 * float(np.abs(found - wanted).max()))


def _before() -> FloatArray:
    """What nodes left out before the first add to the first weights, as shares of a weight, shape (_ADAPTED,).

    Least in size of those that make Σ_j share_j·t_j^p the geometric series of t^p over the nodes left out.
    """
    power = np.arange(1, _POWERS + 1)
    nodes = np.exp(_STEP * np.arange(1 - _ADAPTED, 1))
    series = nodes[0] ** power / np.expm1(_STEP * power)
    return np.asarray(np.linalg.lstsq(nodes ** power[:, None], series, rcond=None)[0], dtype=float)
