"""The sizes of a coalition for which windows of counts are summed: all, or those of a rule that is checked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import legendre

from fairgames.typing import FloatArray, IntArray
from fairgames.valuation.methods.exponential_sums.sizes import Sizes
from fairgames.valuation.methods.truncated_counts.cells import planned

#: Counts for which all sizes are taken.
ALL_SIZES = 20_000_000
#: About how large a part of the coalitions of a size is left out: with all sizes, and with those of a rule.
_DROPPED, _DROPPED_BY_RULE = 1e-12, 1e-9


@dataclass(frozen=True, eq=False)
class Octave:
    """Sizes that stand for many: the polynomial through ``nodes`` is compared with the sums at ``checks``.

    Attributes
    ----------
    nodes, checks : positions among the sizes of the plan
    there : the polynomial at the checks from its values at the nodes, shape (checks, nodes)
    length : how many sizes are summed
    """

    nodes: IntArray
    checks: IntArray
    there: FloatArray
    length: int

    @classmethod
    def of(cls, sizes: IntArray, nodes: IntArray, checks: IntArray, length: int) -> Octave:
        low, high = int(nodes[0]), int(nodes[-1])
        at, between = (
            legendre.legvander(2 * (part - low) / (high - low) - 1, len(nodes) - 1) for part in (nodes, checks)
        )
        there = np.asarray(np.linalg.solve(at.T, between.T).T, dtype=float)
        return cls(np.searchsorted(sizes, nodes), np.searchsorted(sizes, checks), there, length)

    def missed(self, sums: FloatArray) -> FloatArray:
        """How much the sum over all sizes may be off, from the sums of each size, shape (S, C); shape (C,).

        As if all were off by the most that any check is: there it oscillates and much cancels, so that
        this holds where U bends between two sizes, and the rule sees it late.
        """
        result: FloatArray = self.length * np.abs(sums[self.checks] - self.there @ sums[self.nodes]).max(axis=0)
        return result


@dataclass(frozen=True, eq=False)
class Plan:
    """The sizes that are summed, and what each stands for.

    Attributes
    ----------
    sizes : ascending
    weights : Σ over all sizes ≈ Σ of these times their weight; 0 for those that only check
    octaves : where not all sizes are there
    dropped : about how large a part of the coalitions of a size is left out
    work : about how many counts each size has
    """

    sizes: IntArray
    weights: FloatArray
    octaves: tuple[Octave, ...]
    dropped: float
    work: FloatArray

    @classmethod
    def of(cls, places: Sequence[int], n: int, largest: int, smooth: bool = True) -> Plan:
        """For coalitions of up to ``largest``, of n users or one more; all sizes if that is not too much work.

        What is not ``smooth`` in the size is summed over all sizes.
        """
        sizes = np.arange(largest + 1)
        work = planned(places, sizes, _DROPPED)
        if work.sum() <= ALL_SIZES or not smooth:
            return cls(sizes, np.ones(largest + 1), (), _DROPPED, work)
        rule = Sizes.below(n)
        parts = [(rule.nodes[low:high], length) for low, high, length in _octaves(rule.nodes, n)]
        checks = [(nodes[:-1:2] + nodes[1::2]) // 2 for nodes, _ in parts]
        last = np.arange(n, largest + 1)
        sizes = np.unique(np.concatenate([rule.nodes, last, *checks]))
        weights = np.zeros(len(sizes))
        weights[np.searchsorted(sizes, rule.nodes)] = rule.weights
        weights[np.searchsorted(sizes, last)] = 1.0
        octaves = tuple(
            Octave.of(sizes, nodes, between, length) for (nodes, length), between in zip(parts, checks, strict=True)
        )
        return cls(sizes, weights, octaves, _DROPPED_BY_RULE, planned(places, sizes, _DROPPED_BY_RULE))

    def missed(self, sums: FloatArray) -> FloatArray:
        """How much the rule may miss, from the sums of each size, shape (S, C); shape (C,)."""
        return sum((octave.missed(sums) for octave in self.octaves), np.zeros(sums.shape[1]))


def _octaves(nodes: IntArray, n: int) -> list[tuple[int, int, int]]:
    """For each octave that has not all sizes below n where its nodes begin and end, and how many sizes it has."""
    found = []
    for power in range(math.floor(math.log2(max(n, 1))) + 1):
        begin, end = 2**power, min(2 ** (power + 1), n)
        low, high = np.searchsorted(nodes, [begin, end]).tolist()
        if high - low < end - begin:
            found.append((low, high, end - begin))
    return found
