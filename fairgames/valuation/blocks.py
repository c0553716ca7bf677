"""Working on a large tensor block by block: in the cache, several axes at once, on all cores."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fairgames.progress import track
from fairgames.typing import FloatArray, IntArray

#: Entries of a block: it and its scratch (1.4 MB each) stay near the core.
BLOCK = 180_000
#: Adjacent axes are joined up to this many entries and transformed by one matrix product.
JOINED = 27
#: Columns of a product: small enough that the linear algebra library starts no threads of its own.
COLUMNS = 256
#: Tensors smaller than this are not worth a second thread.
PARALLEL_FROM = 1_000_000


@dataclass(frozen=True)
class Layout:
    """How the axes of a tensor are shared out: ``lead`` crosses blocks, each of ``groups`` lies inside one."""

    lead: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> Layout:
        first = _run_within(shape, len(shape), BLOCK)
        groups: list[tuple[int, ...]] = []
        end = len(shape)
        while end > first:
            start = max(first, min(end - 1, _run_within(shape, end, JOINED)))
            groups.insert(0, shape[start:end])
            end = start
        return cls(shape[:first], tuple(groups))

    @property
    def n_blocks(self) -> int:
        return math.prod(self.lead)

    @property
    def block_shape(self) -> tuple[int, ...]:
        return tuple(length for group in self.groups for length in group)


class Scratch(threading.local):
    """Two blocks a thread, used in turn: fresh ones would be fresh pages, which cost as much as the products."""

    def __init__(self, size: int) -> None:
        self.pair = (np.empty(size), np.empty(size))


def run(work: Callable[[int], None], starts: Sequence[int], size: int, what: str) -> None:
    """Call ``work`` for each start; large tensors use all cores (NumPy lets go of the lock)."""
    if size < PARALLEL_FROM or len(starts) == 1:
        for start in starts:
            work(start)
        return
    from concurrent.futures import ThreadPoolExecutor  # loads logging: not for small games

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in track(pool.map(work, starts), what, len(starts)):
            pass


def apply(
    matrices: Sequence[FloatArray], block: FloatArray, scratch: Scratch, out: FloatArray | None = None
) -> FloatArray:
    """Each matrix along its own joined axis of ``block``; into ``out``, or one of the two of ``scratch``."""
    before = 1
    for number, matrix in enumerate(matrices, start=1):
        spare = scratch.pair[block is scratch.pair[0]]
        result = spare if out is None or number < len(matrices) else out
        product(matrix, block, before, result)
        block = result
        before *= len(matrix)
    return block


def product(matrix: FloatArray, block: FloatArray, before: int, out: FloatArray) -> None:
    """The matrix along the joined axis of ``block`` that has ``before`` entries before it."""
    size = len(matrix)
    after = block.size // (before * size)
    if after == 1:
        rows = (-1, _divisor(before), size)
        np.matmul(block.reshape(rows), matrix.T, out=out.reshape(rows))
    else:
        columns = _divisor(after)
        parts = (before, size, after // columns, columns)
        np.matmul(matrix, block.reshape(parts).swapaxes(1, 2), out=out.reshape(parts).swapaxes(1, 2))


def support_sizes(shape: tuple[int, ...]) -> IntArray:
    """The number of users not on level 0, for each profile of a tensor of this shape."""
    sizes = np.zeros((), dtype=np.int64)
    for length in shape:
        sizes = sizes[..., None] + (np.arange(length) > 0)
    return sizes


def _run_within(shape: tuple[int, ...], end: int, limit: int) -> int:
    """The first axis of the longest run of axes before ``end`` with at most ``limit`` entries."""
    size = 1
    while end > 0 and size * shape[end - 1] <= limit:
        end -= 1
        size *= shape[end]
    return end


@lru_cache(maxsize=256)
def _divisor(number: int) -> int:
    """The largest divisor that is at most ``COLUMNS``."""
    return next(d for d in range(min(number, COLUMNS), 0, -1) if number % d == 0)
