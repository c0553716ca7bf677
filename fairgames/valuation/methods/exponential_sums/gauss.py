"""Gauss–Legendre nodes on (0, 1), accurate at both ends."""

from __future__ import annotations

import numpy as np

from fairgames.typing import FloatArray


def gauss_legendre(n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Nodes q, their complements 1 − q, and weights: exact for polynomials of degree 2n − 1 on (0, 1).

    Newton's method on P_n(cos θ) in the angle: q = sin²(θ/2) and 1 − q = cos²(θ/2) are then
    both accurate to the last digits, near 0 and near 1, which nodes on (−1, 1) cannot be.

    >>> q, _, weights = gauss_legendre(3)
    >>> bool(abs((weights * q**5).sum() - 1 / 6) < 1e-16)
    True
    """
    place = np.arange(1, n + 1)
    angle = np.pi * (4 * place - 1) / (4 * n + 2)
    angle += 1 / (8 * n**2 * np.tan(angle))
    for _ in range(_NEWTON_STEPS):
        value, slope = _legendre(n, angle)
        angle = angle - value / slope
    _, slope = _legendre(n, angle)
    return np.sin(angle / 2) ** 2, np.cos(angle / 2) ** 2, 1 / slope**2


#: The first guess has five digits or more, and each step doubles them.
_NEWTON_STEPS = 4


def _legendre(n: int, angle: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P_n(cos θ) and its derivative by θ."""
    x = np.cos(angle)
    before, value = np.ones_like(x), x
    for degree in range(2, n + 1):
        before, value = value, ((2 * degree - 1) * x * value - (degree - 1) * before) / degree
    return value, -n * (before - x * value) / np.sin(angle)
