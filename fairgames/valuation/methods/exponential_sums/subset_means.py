"""Means of e^{−uY} over all subsets of a size, Y being a sum over the members: for everybody, and without each item.

Items i have a value v_i and a weight a_i. For subset sizes k and a grid of u,

    E_k(u) = mean of e^{−uY(S)},   D_k(u) = mean of a(S)·e^{−uY(S)},   |S| = k,

grow by one item at a time with positive terms only: of the subsets of size k among r items, the new
one is in k/r, so E_k becomes (1 − k/r)·E_k + k/r·e^{−uv}·E_{k−1}. All of them are means at any time,
so what underflows is below 10^{−300}; sums with binomial weights would underflow for 1,100 items.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fairgames import memory
from fairgames.progress import track
from fairgames.typing import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Items:
    """Distinct items, each ``count`` times.

    Attributes
    ----------
    values, weights : v and a, shape (M,)
    counts : how often each occurs, shape (M,)
    """

    values: FloatArray
    weights: FloatArray
    counts: IntArray

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    @property
    def one_weight(self) -> bool:
        """Whether all weigh the same: then D is k·a·E."""
        return bool((self.weights == self.weights[0]).all())

    def sums(self) -> tuple[FloatArray, FloatArray]:
        """The least and the greatest Y of k items, k = 0, …, m."""
        ascending = np.sort(np.repeat(self.values, self.counts))
        return tuple(np.concatenate([[0.0], np.cumsum(part)]) for part in (ascending, ascending[::-1]))  # type: ignore[return-value]


@dataclass(frozen=True, eq=False)
class Means:
    """E and D for the sizes k = 0, …, shape (sizes, U) each."""

    plain: FloatArray
    weighted: FloatArray

    @property
    def stacked(self) -> Means:
        """As the first of several."""
        return Means(self.plain[None], self.weighted[None])


def means_of_all(items: Items, grid: FloatArray) -> Means:
    """The means over subsets of all items, sizes 0 to m."""
    growth = _Growth(items, grid)
    state = growth.nothing()
    for number in range(len(items.values)):
        growth.add(state, number, int(items.counts[number]))
    return growth.means(state)


def means_without_each(items: Items, grid: FloatArray) -> Iterator[tuple[int, Means]]:
    """For each item the means over subsets of the others, sizes 0 to m − 1.

    By halving: everybody in one half is added before the other half is looked at, so M items
    take M·log M additions, and nothing is divided or subtracted.
    """
    depth = 2 + math.ceil(math.log2(len(items.values) + 1))
    memory.require(
        16 * len(grid) * (items.total + 1) * depth,
        f"Means without each of {len(items.values):,} distinct users",
        "Round their numbers of samples, or use the method 'binned'.",
    )
    growth = _Growth(items, grid)
    leaves = _halved(growth, growth.nothing(), 0, len(items.values))
    for number, state in track(leaves, "payments: group members", len(items.values)):
        growth.add(state, number, int(items.counts[number]) - 1)
        yield number, growth.means(state)


@dataclass(eq=False)
class _State:
    """E and (unless all weigh the same) D of ``count`` items, for all sizes to m."""

    plain: FloatArray
    weighted: FloatArray | None
    count: int = 0

    def copy(self) -> _State:
        return _State(self.plain.copy(), None if self.weighted is None else self.weighted.copy(), self.count)


def _halved(growth: _Growth, state: _State, begin: int, end: int) -> Iterator[tuple[int, _State]]:
    """``state`` holds all items but those from ``begin`` to ``end``."""
    if end - begin == 1:
        yield begin, state
        return
    middle = (begin + end) // 2
    for (first, last), others in (((begin, middle), range(middle, end)), ((middle, end), range(begin, middle))):
        fuller = state.copy()
        for number in others:
            growth.add(fuller, number, int(growth.items.counts[number]))
        yield from _halved(growth, fuller, first, last)


class _Growth:
    """Adds items to a state."""

    def __init__(self, items: Items, grid: FloatArray) -> None:
        self.items = items
        self.factors = np.exp(-np.multiply.outer(items.values, grid))
        self.spare = np.empty((items.total, len(grid)))
        self.size = np.arange(1, items.total + 1)[:, None]

    def nothing(self) -> _State:
        """The empty set: E_0 = 1, D_0 = 0."""
        plain = np.zeros((self.items.total + 1, self.factors.shape[1]))
        plain[0] = 1
        return _State(plain, None if self.items.one_weight else np.zeros_like(plain))

    def add(self, state: _State, number: int, times: int) -> None:
        """Add one item ``times`` times, in place."""
        plain, weighted, factors = state.plain, state.weighted, self.factors[number]
        for _ in range(times):
            state.count += 1
            reach = state.count
            spare, share = self.spare[:reach], self.size[:reach] / reach
            if weighted is not None:
                np.multiply(plain[:reach], self.items.weights[number], out=spare)
                spare += weighted[:reach]
                spare *= factors
                _mix(weighted[1 : reach + 1], spare, share)
            np.multiply(plain[:reach], factors, out=spare)
            _mix(plain[1 : reach + 1], spare, share)

    def means(self, state: _State) -> Means:
        """The state as means."""
        plain = state.plain[: state.count + 1]
        if state.weighted is None:
            return Means(plain, self.items.weights[0] * np.arange(state.count + 1)[:, None] * plain)
        return Means(plain, state.weighted[: state.count + 1])


def _mix(without: FloatArray, joined: FloatArray, share: FloatArray) -> None:
    """(1 − k/r)·E_k + k/r·e^{−uv}·E_{k−1} into ``without``."""
    without *= 1 - share
    joined *= share
    without += joined
