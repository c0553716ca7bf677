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
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fairgames.exact import Rationals
from fairgames.progress import track
from fairgames.typing import Array, FloatArray, IntArray, ProfileTensor

#: Entries of a block: a block and its scratch (1.4 MB each) stay near the core.
_BLOCK = 180_000
#: Adjacent axes are joined up to this many entries and transformed by one matrix product.
_JOINED = 27
#: Columns of a product: small enough that the linear algebra library starts no threads of its own.
_COLUMNS = 256
#: Tensors smaller than this are not worth a second thread.
_PARALLEL_FROM = 1_000_000

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
    layout = _Layout.of(utilities.shape)
    result = np.array(utilities, dtype=float, order="C")
    blocks = result.reshape(layout.n_blocks, -1)
    _sweep_lead(blocks, layout, np.subtract)
    _transform_blocks(blocks, layout, extra)
    _sweep_lead(blocks, layout, np.add)
    return result


def potential_exact(utilities: Rationals, extra: int = 0) -> Rationals:
    """P of every profile in exact rational arithmetic; see :func:`potential`."""
    result = np.array(utilities.numerators, dtype=object, order="C")
    sizes = support_sizes(result.shape) + extra
    multiple = math.lcm(*range(1, int(sizes.max()) + 1))
    _sweep(result.reshape(-1), result.shape, np.subtract)
    result *= (multiple // np.maximum(sizes, 1)).astype(object)
    _sweep(result.reshape(-1), result.shape, np.add)
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
    residual = _residual(result, utilities, extra)
    # The residual itself is rounded: s + 2 operations on partial sums of at most (s + e)·max P.
    rounding = 2 * _UNIT_ROUNDOFF * _largest(result)
    if _largest(residual) > n * (n + 2) * rounding:
        result -= potential(residual, extra)
        residual = _residual(result, utilities, extra)
    harmonic = sum(1 / size for size in range(1, n + 1))
    return result, harmonic * _largest(residual) + sum(range(3, n + 3)) * rounding


def support_sizes(shape: tuple[int, ...]) -> IntArray:
    """The number of users not on level 0, for each profile of a tensor of this shape."""
    sizes = np.zeros((), dtype=np.int64)
    for length in shape:
        sizes = sizes[..., None] + (np.arange(length) > 0)
    return sizes


@dataclass(frozen=True)
class _Layout:
    """How the axes are shared out: ``lead`` crosses blocks, each of ``groups`` lies inside one."""

    lead: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> _Layout:
        first = _run_within(shape, len(shape), _BLOCK)
        groups: list[tuple[int, ...]] = []
        end = len(shape)
        while end > first:
            start = max(first, min(end - 1, _run_within(shape, end, _JOINED)))
            groups.insert(0, shape[start:end])
            end = start
        return cls(shape[:first], tuple(groups))

    @property
    def n_blocks(self) -> int:
        return math.prod(self.lead)

    @property
    def block_shape(self) -> tuple[int, ...]:
        return tuple(length for group in self.groups for length in group)


def _run_within(shape: tuple[int, ...], end: int, limit: int) -> int:
    """The first axis of the longest run of axes before ``end`` with at most ``limit`` entries."""
    size = 1
    while end > 0 and size * shape[end - 1] <= limit:
        end -= 1
        size *= shape[end]
    return end


def _sweep(flat: Array, shape: tuple[int, ...], add_or_subtract: np.ufunc) -> None:
    """Along each of the leading axes ``shape`` of ``flat``, combine every level with level 0, in place."""
    before = 1
    for length in shape:
        axis = flat.reshape(before, length, -1)
        add_or_subtract(axis[:, 1:], axis[:, :1], out=axis[:, 1:])
        before *= length


def _sweep_lead(blocks: FloatArray, layout: _Layout, add_or_subtract: np.ufunc) -> None:
    """The same along the axes that cross blocks, a column of all blocks at a time."""
    if not layout.lead:
        return
    width = max(_COLUMNS, _BLOCK // layout.n_blocks)

    def column(start: int) -> None:
        part = blocks.reshape(*layout.lead, -1)[..., start : start + width]
        for axis in range(len(layout.lead)):
            levels = np.moveaxis(part, axis, 0)
            add_or_subtract(levels[1:], levels[:1], out=levels[1:])

    _run(column, range(0, blocks.shape[1], width), blocks.size, "potential: across blocks")


def _transform_blocks(blocks: FloatArray, layout: _Layout, extra: int) -> None:
    """Möbius, division and zeta along the axes inside each block, in place."""
    moebius = [_joined(group, -1.0) for group in layout.groups]
    zeta = [_joined(group, 1.0) for group in layout.groups]
    outside = support_sizes(layout.lead).ravel()
    inside = support_sizes(layout.block_shape).ravel()
    weights = {int(size): _inverse(size + inside + extra) for size in np.unique(outside)}

    def block(number: int) -> None:
        dividends = _apply(moebius, blocks[number])
        dividends *= weights[int(outside[number])]
        blocks[number] = _apply(zeta, dividends)

    _run(block, range(layout.n_blocks), blocks.size, "potential: blocks")


@lru_cache(maxsize=256)
def _joined(lengths: tuple[int, ...], sign: float) -> FloatArray:
    """The matrix that adds ``sign`` times level 0 to every other level, along several axes at once."""
    matrix: FloatArray = np.ones((1, 1))
    for length in lengths:
        single = np.eye(length)
        single[1:, 0] = sign
        matrix = np.asarray(np.kron(matrix, single), dtype=float)
    return matrix


def _apply(matrices: list[FloatArray], block: FloatArray) -> FloatArray:
    """Each matrix along its own joined axis of ``block``; a new array."""
    result: FloatArray
    before, after = 1, block.size
    for matrix in matrices:
        size = len(matrix)
        after //= size
        if after == 1:
            result = block.reshape(-1, _divisor(before), size) @ matrix.T
        else:
            columns = _divisor(after)
            parts = block.reshape(before, size, after // columns, columns).swapaxes(1, 2)
            result = np.empty((before, size, after // columns, columns))
            np.matmul(matrix, parts, out=result.swapaxes(1, 2))
        block = result.reshape(-1)
        before *= size
    return block


def _divisor(number: int) -> int:
    """The largest divisor that is at most ``_COLUMNS``."""
    return next(d for d in range(min(number, _COLUMNS), 0, -1) if number % d == 0)


def _inverse(sizes: IntArray) -> FloatArray:
    """1/size, and 0 for size 0: the empty set has no dividend."""
    return np.divide(1.0, sizes, out=np.zeros(sizes.shape), where=sizes > 0)


def _run(work: Callable[[int], None], starts: Iterable[int], size: int, what: str) -> None:
    """Call ``work`` for each start; large tensors use all cores (NumPy lets go of the lock)."""
    starts = list(starts)
    if size < _PARALLEL_FROM or len(starts) == 1:
        for start in starts:
            work(start)
        return
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in track(pool.map(work, starts), what, len(starts)):
            pass


def _residual(result: FloatArray, utilities: ProfileTensor, extra: int) -> FloatArray:
    """(|S| + e)·P(ρ) − U(ρ) − Σ_{i∈S} P(ρ with ρ_i = 0), for every profile."""
    residual: FloatArray = np.multiply(result, support_sizes(result.shape) + extra)
    residual -= utilities
    before = 1
    for length in result.shape:
        levels = residual.reshape(before, length, -1)
        levels[:, 1:] -= result.reshape(before, length, -1)[:, :1]
        before *= length
    return residual


def _largest(tensor: FloatArray) -> float:
    return float(max(tensor.max(), -tensor.min()))
