"""Numbers of profiles, expected over which cost rows the users have: one axis an agent instead of one a user."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from fairgames.tensor import Tensor
from fairgames.typing import Array

_EPSILON = float(np.finfo(float).eps)


def expected(tensor: Tensor, chances: Sequence[Sequence[Fraction]]) -> Tensor:
    """Numbers at profiles as numbers at plans, shape (L_1, …, L_1, L_2, …): axis i repeated for each row of user i.

    With levels x_1, …, x_T at a user's T rows, its axis A becomes Σ_t p_t·A[x_t].

    Parameters
    ----------
    tensor : one axis a user
    chances : for each user the chance of each of its cost rows
    """
    values, unit, error = tensor.values, tensor.unit, tensor.error
    for user, own in reversed(list(enumerate(chances))):
        if len(own) == 1:
            continue
        if tensor.exact:
            denominator = math.lcm(*(chance.denominator for chance in own))
            weights = [int(chance * denominator) for chance in own]
            values, unit = _spread(values, user, weights), unit * denominator
        else:
            largest = max(float(values.max()), -float(values.min()))
            values = _spread(values, user, [float(chance) for chance in own])
            error += 2 * (len(own) + 1) * _EPSILON * (largest + error)
    return Tensor(values, unit, error)


def _spread(values: Array, axis: int, weights: Sequence[float | int]) -> Array:
    """Σ_t w_t·A[x_t] for one axis, which becomes one for each weight."""
    before, length, after = values.shape[:axis], values.shape[axis], values.shape[axis + 1 :]
    total = np.zeros((1,) * (len(before) + len(weights) + len(after)), dtype=values.dtype)
    for place, weight in enumerate(weights):
        own = [1] * len(weights)
        own[place] = length
        total = total + weight * values.reshape((*before, *own, *after))
    return np.asarray(total)
