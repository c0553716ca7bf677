"""Numbers of profiles, expected over what all users but one play: for all users in a few passes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairgames.typing import Array, FloatArray


def but_one(tensor: Array, weights: Sequence[FloatArray]) -> list[Array]:
    """For each user the means at each of its levels, over the weights of all others; of one user the tensor itself.

    By halves: what is left after the weights of one half of the users serves all users of the other.

    Parameters
    ----------
    tensor : shape (L_1, …, L_N)
    weights : for each user one number a level

    >>> found = but_one(np.array([[0.0, 2.0], [4.0, 8.0]]), [np.array([0.5, 0.5]), np.array([0.0, 1.0])])
    >>> [one.tolist() for one in found]
    [[2.0, 8.0], [2.0, 5.0]]
    """
    n = len(weights)
    if n == 1:
        return [tensor]
    half = n // 2
    return [
        *but_one(contracted(tensor, weights[half:], half), weights[:half]),
        *but_one(contracted(tensor, weights[:half], 0), weights[half:]),
    ]


def contracted(tensor: Array, weights: Sequence[FloatArray], first: int) -> Array:
    """The mean along as many axes as there are weights, from ``first`` on."""
    for axis in reversed(range(len(weights))):
        tensor = np.tensordot(tensor, weights[axis], axes=(first + axis, 0))
    return np.asarray(tensor)
