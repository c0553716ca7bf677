"""Whether U is monotone, as the papers assume; their own federated utility is not."""

from __future__ import annotations

import math

import numpy as np

from fairgames.typing import Array, Profile


def first_fall(tensor: Array, error: float) -> tuple[Profile, int] | None:
    """A profile at which one user's next level is worth less, and that user; None if there is none.

    Parameters
    ----------
    tensor : U, shape (L_1, …, L_N), levels ascending along each axis
    error : bound on the error of an entry; falls below twice that are rounding
    """
    for user, length in enumerate(tensor.shape):
        levels = tensor.reshape(math.prod(tensor.shape[:user]), length, -1)
        falls = np.asarray(levels[:, :-1] - levels[:, 1:] > 2 * error, dtype=bool)
        if falls.any():
            shape = (*tensor.shape[:user], length - 1, *tensor.shape[user + 1 :])
            where = np.unravel_index(int(falls.argmax()), shape)
            return tuple(int(index) for index in where), user
    return None
