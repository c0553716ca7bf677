"""The largest bound over a region: branch and bound."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from itertools import count
from typing import TypeVar

_MOST_BOXES = 1_000

Box = TypeVar("Box")


def highest(
    boxes: Iterable[Box], bound: Callable[[Box], tuple[float, Box]], halves: Callable[[Box], list[Box]]
) -> float:
    """A bound on what is positive anywhere in ``boxes``; 0 if nothing is.

    The box with the largest bound is split until that is a box without halves, or a thousand were
    split. Whenever it ends, every point is in a box whose bound counts.

    Parameters
    ----------
    bound : a bound on what is in a box, and the box without parts that hold nothing
    halves : the two parts of a box; none if it is fine enough
    """
    order = count()  # boxes have none of their own
    heap: list[tuple[float, int, Box]] = []

    def push(parts: Iterable[Box]) -> None:
        for value, box in map(bound, parts):
            if value > 0:
                heapq.heappush(heap, (-value, next(order), box))

    push(boxes)
    for _ in range(_MOST_BOXES):
        parts = halves(heap[0][2]) if heap else []
        if not parts:
            break
        heapq.heappop(heap)
        push(parts)
    return -heap[0][0] if heap else 0.0
