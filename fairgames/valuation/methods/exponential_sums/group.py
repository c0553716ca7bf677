"""Means over the subsets of the level-1 group at one profile, by size: for senders, and for members who join."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairgames import memory
from fairgames.progress import track
from fairgames.typing import FloatArray, IntArray
from fairgames.valuation.methods.exponential_sums.precomputed import Precomputed, SizeFit
from fairgames.valuation.methods.exponential_sums.saddle_point import SaddlePoint
from fairgames.valuation.methods.exponential_sums.sizes import Sizes
from fairgames.valuation.methods.exponential_sums.subset_means import Items, Means, means_of_all, means_without_each

_WAY_OUT = "Round the numbers of samples, so that fewer are distinct."

#: Absolute error of a mean from :class:`SaddlePoint`, ten times the largest seen against growth.
_CIRCLE = 2e-12


@dataclass(frozen=True, eq=False)
class GroupMeans:
    """Means over the subsets of each size of the group, for senders' values, with bounds on their errors.

    Attributes
    ----------
    pair : of e^{−tE} and of a(S)·(e^{−tD} − e^{−t(E + 1/s²)}), shape (2, K + 1, T)
    logs : of −a(S)·log ω, shape (K + 1,)
    """

    pair: FloatArray
    logs: FloatArray
    pair_error: FloatArray
    logs_error: FloatArray


class AggregateGroup:
    """Members of the level-1 group.

    Attributes
    ----------
    sizes : the rule for sums over the numbers k of others in the group, 0 to m − 1
    nodes : its K sizes, and m
    steps : the unit of Y at each node
    """

    def __init__(self, precomputed: Precomputed, items: Items, half: bool = False) -> None:
        self.precomputed = precomputed
        self.items = items
        self.sizes = Sizes.near_half(items.total) if half else Sizes.below(items.total, precomputed.minimum)
        self.nodes = np.append(self.sizes.nodes, items.total)
        self.few = len(items.values) <= _few_kinds(items.total)
        self.slack = _CIRCLE if self.few and items.total else 0.0
        self.steps: IntArray = (
            precomputed.steps(self.nodes) if precomputed.exponentials else np.zeros(1, dtype=np.int64)
        )
        memory.require(
            8 * 8 * len(self.nodes) * len(precomputed.t),
            f"Exponential sums for {len(self.nodes):,} sizes of a group",
            _WAY_OUT,
        )

    @property
    def rounding(self) -> float:
        """Relative rounding error of the means over subsets and of a sum with them."""
        grown = 0 if self.few else self.items.total
        return 4 * (grown + 200) * float(np.finfo(float).eps) / 2

    def rules(self, n_sizes: int) -> tuple[FloatArray, FloatArray]:
        """Weights of the first so many nodes in a sum over sizes, and those of the lesser rule; m counts once."""
        extra = np.ones(n_sizes - len(self.sizes.nodes))
        return np.concatenate([self.sizes.weights, extra]), np.concatenate([self.sizes.coarse, extra])

    @cached_property
    def grid(self) -> FloatArray:
        """The exponents at each node, shape (K + 1, U)."""
        return self.precomputed.grid(self.steps)

    def fit(self, node: int, joined: bool) -> SizeFit:
        """Of a group of a node's size, or with one more who has ``joined``."""
        return self.precomputed.fit(int(self.nodes[node]) + joined, int(self.steps[node]))

    @cached_property
    def means(self) -> Means:
        """Over the subsets of all members, for each node, shape (K + 1, U)."""
        if not self.items.total:
            return Means(np.ones(self.grid.shape), np.zeros(self.grid.shape))
        found = self._saddle_point.all if self.few else self._windows(means_of_all(self.items, self._row()))
        last = np.exp(-self.grid[-1] * (self.items.counts @ self.items.values))
        weight = float(self.items.counts @ self.items.weights)
        return Means(np.vstack([found.plain, last]), np.vstack([found.weighted, weight * last]))

    @cached_property
    def seen(self) -> GroupMeans:
        pair, pair_error = np.zeros((2, 2, len(self.nodes), len(self.precomputed.t)))
        logs, logs_error = np.zeros((2, len(self.nodes)))
        pair[0, self.nodes < self.precomputed.minimum] = 1.0
        some = np.flatnonzero(self.nodes >= self.precomputed.minimum).tolist()
        for node in track(some, "payments: sizes of the group"):
            fit, means = self.fit(node, joined=False), np.stack([self.means.plain[node], self.means.weighted[node]])
            units = np.array([1.0, float(self.nodes[node]) * self.precomputed.heaviest])[:, None]
            slips = self.rounding * means + self.slack * units
            pair[:, node], logs[node] = (means[:, None] @ fit.pair)[:, 0], means[1] @ fit.log
            pair_error[:, node] = units * fit.missed + (slips[:, None] @ np.abs(fit.pair))[:, 0]
            logs_error[node] = float(units[1, 0]) * fit.missed_log + slips[1] @ np.abs(fit.log)
        return GroupMeans(pair, logs, pair_error, logs_error)

    def without_each(self) -> Iterator[tuple[int, Means]]:
        """For each item the means over subsets of the other members, for each size below m, shape (K, U)."""
        if self.few:
            yield from enumerate(self._saddle_point.without)
            return
        for number, means in means_without_each(self.items, self._row()):
            yield number, self._windows(means)

    @cached_property
    def _saddle_point(self) -> SaddlePoint:
        return SaddlePoint(self.items, self.sizes.nodes, self.grid[:-1])

    def _row(self) -> FloatArray:
        return self.precomputed.row(int(self.steps[-1]))

    def _windows(self, means: Means) -> Means:
        """For each size below m its own exponents."""
        first = self.steps[-1] - self.steps[:-1] + 1
        others = first[:, None] + np.arange(self.grid.shape[1] - 1)
        columns = np.hstack([np.zeros((len(first), 1), dtype=np.int64), others])
        rows = self.sizes.nodes[:, None]
        return Means(means.plain[rows, columns], means.weighted[rows, columns])


def _few_kinds(total: int) -> int:
    """Kinds of members up to which their means over subsets come from circles and not by adding them one by one."""
    return 0 if total <= 400 else max(8, round(total / 50)) if total <= 20_000 else total
