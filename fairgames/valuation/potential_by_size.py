"""P of every profile for rules that weight coalitions by their size, from the sums of U over those of each size."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames import memory
from fairgames.exact import object_array
from fairgames.tensor import Tensor
from fairgames.text import how_many
from fairgames.typing import Array
from fairgames.valuation.blocks import support_sizes

_EPSILON = float(np.finfo(float).eps)

#: q_{n,s}: what U of a coalition of s of the n users who share counts in P; 0 for s = 0.
Shared = Callable[[int, int], Fraction]


def potential_by_size(utilities: Tensor, shared: Shared) -> Tensor:
    """P(ρ) = Σ_{S⊆supp(ρ)} q_{n,|S|}·U(ρ_S) at every profile, n of whose users share.

    Parameters
    ----------
    utilities : U, level 0 first on each axis

    Raises
    ------
    TooLargeError
        Before allocating, if N + 2 such tensors do not fit in memory.

    Notes
    -----
    Nothing cancels: a sum of C(n, s) values has N roundings one after another, and P adds up N + 1 of
    them. So its error is at most (2N + 8)·ε·max|U|·max_n Σ_s C(n, s)·|q_{n,s}|.
    """
    n, values = utilities.values.ndim, utilities.values
    memory.require(
        (n + 2) * values.size * (80 if utilities.exact else 8),
        f"U of {how_many(values.size)} profiles by sizes of coalitions",
        memory.FEWER_PROFILES,
    )
    table = [
        [shared(size, sharing) if size <= sharing else Fraction(0) for size in range(n + 1)] for sharing in range(n + 1)
    ]
    unit = math.lcm(*(weight.denominator for row in table for weight in row)) if utilities.exact else 1
    scaled: list[Any] = [int(weight * unit) if utilities.exact else float(weight) for row in table for weight in row]
    by_size = (object_array(scaled) if utilities.exact else np.array(scaled)).reshape(n + 1, n + 1)
    sizes, found = support_sizes(values.shape), np.zeros_like(values)
    for size, total in enumerate(_sums_by_size(values)):
        found = found + by_size[sizes, size] * total
    if utilities.exact:
        return Tensor(found, utilities.unit * unit, 0)
    most = max(float(sum(math.comb(k, size) * abs(row[size]) for size in range(k + 1))) for k, row in enumerate(table))
    largest = max(float(values.max()), -float(values.min()))
    return Tensor(found, 1, most * (utilities.error + (2 * n + 8) * _EPSILON * largest))


def _sums_by_size(values: Array) -> Array:
    """Σ U(ρ_S) over the coalitions S of each size 0, …, N among those who share, shape (N + 1, L_1, …, L_N).

    One user after another is in or out: in, the coalition is larger by one and the user on its level;
    out, the user is on level 0.
    """
    n, before = values.ndim, 1
    found = np.zeros((n + 1, values.size), dtype=values.dtype)
    found[0] = values.reshape(-1)
    for length in values.shape:
        rows = found.reshape(n + 1, before, length, -1)
        inside = rows[:-1, :, 1:].copy()
        rows[:, :, 1:] = rows[:, :, :1]
        rows[1:, :, 1:] += inside
        before *= length
    return found.reshape(n + 1, *values.shape)
