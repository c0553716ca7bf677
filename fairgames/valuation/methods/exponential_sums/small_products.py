"""Products of matrices in pieces for which no library starts threads.

Thousands of products follow one another here, each of less than a millisecond. Threads that wait
for one another cost more than that, and many times more where other programs run beside.
"""

from __future__ import annotations

import numpy as np

from fairgames.typing import FloatArray

#: Multiplications up to which OpenBLAS keeps to one thread.
SMALL = 250_000


def product(matrix: FloatArray, columns: FloatArray) -> FloatArray:
    """``matrix @ columns``, a few rows at a time.

    >>> product(np.eye(2), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2.],
           [3., 4.]])
    """
    found, together = np.empty((len(matrix), columns.shape[1])), max(1, SMALL // columns.size)
    for first in range(0, len(matrix), together):
        some = slice(first, first + together)
        np.matmul(matrix[some], columns, out=found[some])
    return found
