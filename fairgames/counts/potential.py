"""The potential on the lattice of counts.

Users of a type are exchangeable, so P(ρ) depends only on the counts j. From
(|S| + e)·P(ρ) = U(ρ) + Σ_{i∈S} P(ρ with ρ_i = 0) follows

    (|j| + e)·P(j) = U(j) + Σ_k j_k·P(j − e_k),

k over the types and non-zero levels, e_k moving one of their users to level 0; e = 0 for
Theorem 2, e = 1 for Theorem 1. All coefficients are positive: rounding cannot be magnified.
"""

from __future__ import annotations

import math

import numpy as np

from fairgames import memory
from fairgames.counts.lattice import Lattice
from fairgames.exact import Rationals
from fairgames.text import how_many
from fairgames.typing import Array, FloatArray, IntArray

#: A little more than the unit roundoff: makes up for terms of second order and for rounding of the bound itself.
_UNIT_ROUNDOFF = 1.01 * float(np.finfo(float).eps) / 2

#: What is lost where a result is below the smallest normal float.
_TINY = float(np.finfo(float).smallest_subnormal)

_WAY_OUT = memory.FEWER_PROFILES


def count_potential(utilities: FloatArray, lattice: Lattice, extra: int = 0) -> tuple[FloatArray, float]:
    """P of every state, and a rigorous bound on its absolute error.

    Parameters
    ----------
    utilities : U of every state, shape of the lattice; taken as exact
    extra : 0 for Theorem 2, 1 for Theorem 1

    Returns
    -------
    P, of the same shape, and the bound

    Raises
    ------
    TooLargeError
        Before allocating, if P does not fit in memory.

    Notes
    -----
    A state's own rounding is at most that of T + 2 operations on |U| + |j|·max|P| one user
    below, T being the number of terms; the error below it enters with weights that sum to
    |j|/(|j| + e) ≤ 1.

    >>> lattice = Lattice.of([2], [(0, 1)], 2)
    >>> count_potential(np.array([0, 2/3, 1]), lattice)[0].round(12)
    array([0.        , 0.66666667, 1.16666667])
    """
    _require_memory(lattice, 8)
    values, below = np.ascontiguousarray(utilities).reshape(-1), _Below(lattice)
    if below.n_terms == 1:  # one type, one level: a state is a number of users who share
        found, off = _along_chain(values, extra)
        return found.reshape(utilities.shape), off
    result = np.zeros(utilities.size)
    largest_p, largest_u = np.zeros(lattice.n_users + 1), np.zeros(lattice.n_users + 1)
    for size, states in lattice.by_size("potential of counts"):
        if size:
            own = values[states]
            result[states] = found = below.plus(own, result, states) / (size + extra)
            largest_u[size] = max(largest_u[size], float(np.abs(own).max()))
            largest_p[size] = max(largest_p[size], float(np.abs(found).max()))
    sizes = np.arange(1, lattice.n_users + 1)
    operations = np.minimum(sizes, below.n_terms) + 2
    own_rounding = operations * _UNIT_ROUNDOFF * (largest_u[1:] + sizes * largest_p[:-1])
    # (size + extra)·error = size·error of one fewer + what is rounded here
    errors = np.cumsum(own_rounding / sizes) if extra == 0 else np.cumsum(own_rounding) / (sizes + extra)
    worst = float(errors.max(initial=0.0)) + lattice.n_users * _TINY * bool(values.any())
    return result.reshape(utilities.shape), worst


def count_potential_exact(utilities: Rationals, lattice: Lattice, extra: int = 0) -> Rationals:
    """P of every state in exact rational arithmetic; see :func:`count_potential`."""
    _require_memory(lattice, 150)
    multiple = math.lcm(*range(1, lattice.n_users + extra + 1))
    values = np.asarray(utilities.numerators * multiple, dtype=object).reshape(-1)
    result, below = np.zeros(values.size, dtype=object), _Below(lattice)
    for size, states in lattice.by_size("potential of counts"):
        if size:  # dividends are whole, so the division leaves nothing
            result[states] = below.plus(values[states], result, states) // (size + extra)
    return Rationals(result.reshape(utilities.shape), utilities.denominator * multiple)


def _along_chain(values: FloatArray, extra: int) -> tuple[FloatArray, float]:
    """P of 0, 1, … users of one type on one level, and a bound on its error: running sums of U/|j|, or of U.

    Summed in rows of about √n in the longest floats there are: what is rounded grows with √n, not with n, so that
    floats tell the gains of a million users apart.
    """
    wide = values.astype(np.longdouble)
    sizes = np.arange(1, len(wide))
    wide[1:] /= sizes if extra == 0 else 1
    width = math.isqrt(len(wide)) + 1
    rows = np.zeros(width * -(-len(wide) // width), dtype=np.longdouble)
    rows[: len(wide)] = wide
    sums = np.cumsum(rows.reshape(-1, width), axis=1)
    sums[1:] += np.cumsum(sums[:-1, -1])[:, None]
    found = sums.reshape(-1)[: len(wide)]
    found[1:] /= 1 if extra == 0 else sizes + extra
    # A term is in at most width + rows sums; it is rounded once before, and the result once after.
    unit = 1.01 * float(np.finfo(np.longdouble).eps) / 2
    off = unit * (width + len(sums) + 2) * float(np.cumsum(np.abs(wide))[-1])
    result = found.astype(float)
    return result, off + _UNIT_ROUNDOFF * float(np.abs(result).max()) + _TINY * bool(values.any())


class _Below:
    """For each type and non-zero level: its count in each row, and how far away the state with one fewer is."""

    def __init__(self, lattice: Lattice) -> None:
        self.shape = lattice.shape
        self.terms: list[tuple[int, IntArray, IntArray]] = []
        for number, (levels, stride) in enumerate(zip(lattice.choices, lattice.strides, strict=True)):
            here = np.arange(lattice.shape[number])
            for level in levels[1:]:
                there = lattice.moved(number, level, 0)
                offset = np.where(there >= 0, there - here, 0) * stride
                self.terms.append((number, lattice.axes[number][:, level], offset))

    @property
    def n_terms(self) -> int:
        return len(self.terms)

    def plus(self, total: Array, result: Array, states: IntArray) -> Array:
        """``total`` + Σ_k j_k·P(j − e_k) at these states."""
        rows = np.unravel_index(states, self.shape)
        for number, counts, offset in self.terms:
            row = rows[number]
            total = total + counts[row] * result[states + offset[row]]
        return total


def _require_memory(lattice: Lattice, entry: int) -> None:
    # P, and for the order of the states their indices twice and their sizes.
    memory.require((entry + 20) * lattice.size, f"The potential of {how_many(lattice.size)} count states", _WAY_OUT)
