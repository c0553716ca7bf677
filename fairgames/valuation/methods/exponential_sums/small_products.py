"""Products of matrices in pieces for which no library starts threads.

Thousands of products follow one another here, each of less than a millisecond. Threads that wait
for one another cost more than that, and many times more where other programs run beside.
"""

from __future__ import annotations

import math

import numpy as np

from fairgames.typing import FloatArray

#: Multiplications up to which OpenBLAS keeps to one thread.
SMALL = 250_000


def product(matrix: FloatArray, columns: FloatArray) -> FloatArray:
    """``matrix @ columns``, a few rows and columns at a time.

    >>> product(np.eye(2), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2.],
           [3., 4.]])
    """
    found, area = np.empty((len(matrix), columns.shape[1])), max(1, SMALL // len(columns))
    height = min(len(matrix) or 1, max(math.isqrt(area), area // columns.shape[1]))
    width = area // height
    for top in range(0, len(matrix), height):
        for left in range(0, columns.shape[1], width):
            rows, across = slice(top, top + height), slice(left, left + width)
            np.matmul(matrix[rows], columns[:, across], out=found[rows, across])
    return found
