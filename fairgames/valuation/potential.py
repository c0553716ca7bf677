"""The potential P of Hart & Mas-Colell (1989): one tensor that holds every fair payment.

With d the Harsanyi dividends of S ↦ U(ρ_S),

    P(ρ) = Σ_{∅≠S⊆supp(ρ)} d_S(ρ) / (|S| + e),

e = 0 for fairness among users (Theorem 2), e = 1 with the platform as a member (Theorem 1,
where P is the platform's own value). User i's value is P(ρ) − P(ρ with ρ_i = 0).

U is a tensor with one axis a user and one entry a level, level 0 first. Möbius along each
axis (subtract the level-0 slice), division by |S| + e and zeta along each axis (add it
back) give P for all profiles in 2N passes, done here in blocks that stay in the cache.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from fairgames.exact import Rationals
from fairgames.typing import Array, FloatArray
from fairgames.valuation import blocks
from fairgames.valuation.blocks import Layout, Scratch, support_sizes

_UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2


def potential(utilities: FloatArray, extra: int = 0) -> FloatArray:
    """P of every profile at once.

    Parameters
    ----------
    utilities : float tensor, shape (L_1, …, L_N); index 0 of each axis is "shares nothing"
    extra : 0 for Theorem 2, 1 for Theorem 1

    Returns
    -------
    float tensor of the same shape. Besides it, a few blocks of scratch are allocated.

    >>> potential(np.array([[0, 2/3], [2/3, 1]])).round(12)
    array([[0.        , 0.66666667],
           [0.66666667, 1.16666667]])
    """
    layout = Layout.of(utilities.shape)
    result = np.array(utilities, dtype=float, order="C")
    rows = result.reshape(layout.n_blocks, -1)
    _across_blocks(rows, layout, np.subtract)
    _within_blocks(rows, layout, extra)
    _across_blocks(rows, layout, np.add)
    return result


def potential_exact(utilities: Rationals, extra: int = 0) -> Rationals:
    """P of every profile in exact rational arithmetic; see :func:`potential`."""
    result = np.array(utilities.numerators, dtype=object, order="C")
    sizes = support_sizes(result.shape) + extra
    multiple = math.lcm(*range(1, int(sizes.max()) + 1))
    _sweep(result, np.subtract)
    result *= (multiple // np.maximum(sizes, 1)).astype(object)
    _sweep(result, np.add)
    return Rationals(result, utilities.denominator * multiple)


def refined_potential(utilities: FloatArray, extra: int = 0) -> tuple[FloatArray, float]:
    """P and a rigorous bound on its absolute error, whatever the rounding on the way.

    P obeys (|S| + e)·P(ρ) = U(ρ) + Σ_{i∈S} P(ρ with ρ_i = 0). If the computed tensor misses
    this by at most r, its error is at most r·(1 + 1/2 + … + 1/N): the recursion has only
    positive coefficients. Where r is more than rounding can excuse, the miss is itself
    transformed and subtracted (one step of iterative refinement).
    """
    n = utilities.ndim
    result = potential(utilities, extra)
    # The miss of a profile is itself rounded: 3s + 2 operations on partial sums of at most
    # (3s + 2e)·max P, which the recursion divides by s + e.
    rounding = 3 * _UNIT_ROUNDOFF * _largest(result)
    miss = largest_miss(result, utilities, extra)
    if miss > (3 * n + 2) * n * rounding:
        misses = np.empty_like(result)
        largest_miss(result, utilities, extra, out=misses)
        result -= potential(misses, extra)
        miss = largest_miss(result, utilities, extra)
    harmonic = sum(1 / size for size in range(1, n + 1))
    return result, harmonic * miss + sum(3 * size + 2 for size in range(1, n + 1)) * rounding


def largest_miss(result: FloatArray, utilities: FloatArray, extra: int = 0, out: FloatArray | None = None) -> float:
    """The largest |e·P(ρ) + Σ_{i∈S} (P(ρ) − P(ρ with ρ_i = 0)) − U(ρ)| of any profile ρ: how far
    payments and what the platform keeps are from adding up to U; all of them into ``out``, if given.
    """
    layout = Layout.of(result.shape)
    rows, wanted = (tensor.reshape(layout.n_blocks, -1) for tensor in (result, utilities))
    kept = None if out is None else out.reshape(layout.n_blocks, -1)
    drops = [_drops(group) for group in layout.groups]
    places = list(np.ndindex(layout.lead))
    scratch = Scratch(rows.shape[1])
    largest = np.zeros(layout.n_blocks)

    def block(number: int) -> None:
        own, place, (total, part) = rows[number], places[number], scratch.pair
        sharing = [axis for axis, level in enumerate(place) if level]
        np.multiply(own, len(sharing) + extra, out=total)
        total -= wanted[number]
        for axis in sharing:
            total -= rows[np.ravel_multi_index((*place[:axis], 0, *place[axis + 1 :]), layout.lead)]
        before = 1
        for matrix in drops:
            blocks.product(matrix, own, before, part)
            total += part
            before *= len(matrix)
        largest[number] = _largest(total)
        if kept is not None:
            kept[number] = total

    blocks.run(block, range(layout.n_blocks), result.size, "potential: check")
    return float(largest.max())


def _sweep(tensor: Array, add_or_subtract: np.ufunc) -> None:
    """Along each axis, combine every level with level 0, in place."""
    before = 1
    for length in tensor.shape:
        axis = tensor.reshape(before, length, -1)
        add_or_subtract(axis[:, 1:], axis[:, :1], out=axis[:, 1:])
        before *= length


def _across_blocks(rows: FloatArray, layout: Layout, add_or_subtract: np.ufunc) -> None:
    """The same along the axes that cross blocks, a column of all blocks at a time."""
    if not layout.lead:
        return
    width = max(blocks.COLUMNS, blocks.BLOCK // layout.n_blocks)

    def column(start: int) -> None:
        part = rows.reshape(*layout.lead, -1)[..., start : start + width]
        for axis in range(len(layout.lead)):
            levels = np.moveaxis(part, axis, 0)
            add_or_subtract(levels[1:], levels[:1], out=levels[1:])

    blocks.run(column, range(0, rows.shape[1], width), rows.size, "potential: across blocks")


def _within_blocks(rows: FloatArray, layout: Layout, extra: int) -> None:
    """Möbius, division and zeta along the axes inside each block, in place."""
    moebius = [_joined(group, -1.0) for group in layout.groups]
    zeta = [_joined(group, 1.0) for group in layout.groups]
    outside = support_sizes(layout.lead).ravel()
    scratch = Scratch(rows.shape[1])

    def block(number: int) -> None:
        dividends = blocks.apply(moebius, rows[number], scratch)
        dividends *= _shares(layout.block_shape, int(outside[number]) + extra)
        blocks.apply(zeta, dividends, scratch, out=rows[number])

    blocks.run(block, range(layout.n_blocks), rows.size, "potential: within blocks")


@lru_cache(maxsize=24)
def _shares(shape: tuple[int, ...], others: int) -> FloatArray:
    """1/(|S| + others) for each profile of a block; 0 where that is empty, which has no dividend."""
    sizes = support_sizes(shape).ravel() + others
    return np.divide(1.0, sizes, out=np.zeros(len(sizes)), where=sizes > 0)


@lru_cache(maxsize=256)
def _joined(lengths: tuple[int, ...], sign: float) -> FloatArray:
    """The matrix that adds ``sign`` times level 0 to every other level, along several axes at once."""
    matrix: FloatArray = np.ones((1, 1))
    for length in lengths:
        single = np.eye(length)
        single[1:, 0] = sign
        matrix = np.asarray(np.kron(matrix, single), dtype=float)
    return matrix


@lru_cache(maxsize=256)
def _drops(lengths: tuple[int, ...]) -> FloatArray:
    """The matrix that sums, over several axes, the drop of P when that axis's user goes to level 0."""
    total: FloatArray = np.zeros((math.prod(lengths), math.prod(lengths)))
    for axis, length in enumerate(lengths):
        single = np.eye(length)
        single[0, 0] = 0
        single[1:, 0] = -1
        before, after = np.eye(math.prod(lengths[:axis])), np.eye(math.prod(lengths[axis + 1 :]))
        total += np.kron(np.kron(before, single), after)
    return total


def _largest(tensor: FloatArray) -> float:
    return float(max(tensor.max(), -tensor.min()))
