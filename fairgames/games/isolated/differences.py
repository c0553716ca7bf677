"""What one strategy pays more than another, as floats that are as near as floats can be."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np

from fairgames.games.isolated.supports import Supports
from fairgames.typing import Array, FloatArray

#: Payoffs that are smaller beside the largest are not made larger, as floats hold them less precisely.
_LEAST_EXPONENT = -900


def differences(payoffs: Array) -> list[FloatArray]:
    """By player, what strategy s pays more than t, shape (m_i, m_i, others' strategies …), each in a unit of its own.

    Floats are off by half a unit in the last place at most.

    Parameters
    ----------
    payoffs : ``Fraction`` objects, shape (m_1, …, m_N, N)
    """
    found = []
    for player in range(payoffs.shape[-1]):
        table = np.moveaxis(payoffs[..., player], player, 0)
        own = np.zeros((len(table), *table.shape))
        for one, other in combinations(range(len(table)), 2):
            own[one, other] = _scaled(np.asarray(table[one] - table[other], dtype=object))
            own[other, one] = -own[one, other]
        found.append(own)
    return found


def conditions(own: FloatArray, player: int, supports: Supports) -> FloatArray:
    """What has to be 0, strategies in use against the last one first, and then what has to be at most 0.

    Parameters
    ----------
    own : the player's :func:`differences`

    Returns
    -------
    Shape (conditions, others' strategies in use …); each in units of its own, so that the largest is near 1.
    """
    used = supports[player]
    rest = [k for k in range(len(own)) if k not in used]
    pairs = [(k, used[-1]) for k in used[:-1]] + list(combinations(used[:-1], 2)) + [(k, s) for k in rest for s in used]
    others = [one for k, one in enumerate(supports) if k != player]
    rows = np.array([own[pair][np.ix_(*others)] for pair in pairs]).reshape(len(pairs), *map(len, others))
    largest = np.abs(rows).max(axis=tuple(range(1, rows.ndim)), keepdims=True)
    return np.asarray(np.ldexp(rows, -np.maximum(np.frexp(largest)[1], _LEAST_EXPONENT)))


def _scaled(exact: Array) -> FloatArray:
    """The nearest floats, all multiplied by one power of 2 so that the largest is near 1."""
    largest: Fraction = max(map(abs, exact.ravel().tolist()))
    unit = Fraction(2) ** (largest.numerator.bit_length() - largest.denominator.bit_length())
    return np.asarray(exact / unit, dtype=float)
