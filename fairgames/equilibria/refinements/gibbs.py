"""What log-linear learning plays in the long run: the Gibbs distribution of the potential (Blume 1993).

One player at a time revises, and plays each strategy with a chance proportional to exp(λ·payoff). In an exact
potential game that process has the stationary distribution exp(λ·Φ)/Σ exp(λ·Φ); as the precision λ grows, it comes
to lie on the maximisers of Φ alone, which are the stochastically stable profiles.
"""

from __future__ import annotations

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import to_amount
from fairgames.typing import FloatArray, Number


def to_precision(precision: Number) -> float:
    """The precision λ, one over an amount of money.

    Raises
    ------
    InputError
        If it is no number ≥ 0, or beyond every float.
    """
    read = to_amount(precision, "precision")
    if read < 0:
        raise InputError(f"precision: expected a number ≥ 0, got {precision}")
    return float(read)


def gibbs(potential: FloatArray, precision: float) -> FloatArray:
    """The chance of each profile, in the shape of the potential.

    >>> gibbs(np.array([0.0, 1.0]), 0.0).tolist()
    [0.5, 0.5]
    """
    weights = np.exp(precision * (potential - potential.max()))
    return np.asarray(weights / weights.sum())
