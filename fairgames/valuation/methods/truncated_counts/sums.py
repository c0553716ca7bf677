"""Means of U over random coalitions, of which some users are members and some are not: summed over likely counts.

Of n places, r are taken at random. Given the counts, that one certain place of a kind is taken has
chance c/m, and that it is free (m − c)/m: so the means for every user who may enter, and without
every one who may leave, come from the same values of U.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairgames.progress import track
from fairgames.typing import BoolArray, FloatArray, IntArray
from fairgames.valuation.methods.truncated_counts.cells import BLOCK, LikelyCounts, Lists, planned
from fairgames.valuation.methods.truncated_counts.sizes import Plan
from fairgames.valuation.methods.truncated_counts.utility_on_counts import UtilityOnCounts

#: Chances of sizes that are as good as 0.
_NO_CHANCE = 1e-20
#: Terms added in one go.
_ROW = 128
_UNIT_ROUNDOFF = 1.01 * float(np.finfo(float).eps) / 2


@dataclass(frozen=True)
class Condition:
    """A condition on a random coalition: of some places at most one is taken, and some are free.

    Attributes
    ----------
    inside : the kind of the place that is taken; None if none is
    outside : how many places of each kind are free
    """

    inside: int | None
    outside: tuple[int, ...]

    def chance(self, total: int) -> FloatArray:
        """Of it, when r of ``total`` places are taken, for r = 0, …, ``total``."""
        size, entering, out = np.arange(total + 1.0), int(self.inside is not None), sum(self.outside)
        result = size / total if entering else np.ones(total + 1)
        for free in range(out):
            result = result * np.maximum(total - size - free, 0) / (total - entering - free)
        return result


@dataclass(frozen=True, eq=False)
class Term:
    """Σ_r weights[r]·E[U(S) | condition, |S| = r]."""

    condition: Condition
    weights: FloatArray


class Sums:
    """The sums of some terms, from one pass over the likely counts of all sizes.

    Parameters
    ----------
    worth : U at counts
    places : of each kind
    terms : what is wanted, C terms
    plan : the sizes
    bound : on |U|; None where none is known: then no count is left out

    Attributes
    ----------
    values : the sums, or what the rule for sizes makes of them, shape (C,)
    errors : bounds on what windows and rounding miss, shape (C,)
    """

    def __init__(
        self, worth: UtilityOnCounts, places: Sequence[int], terms: Sequence[Term], plan: Plan, bound: float | None
    ) -> None:
        self.worth, self.places, self.terms, self.plan = worth, places, terms, plan
        total = sum(places)
        chances = np.array([term.condition.chance(total) for term in terms])
        wanted = np.array([term.weights for term in terms])
        with np.errstate(divide="ignore", invalid="ignore"):
            factors = np.where(wanted > 0, wanted / chances, 0.0)
        self.factors, which = np.unique(factors, axis=0, return_inverse=True)
        self.which = which.reshape(-1)
        least = np.where(wanted > 0, chances, 1.0).min(axis=0)
        threshold = plan.dropped * least / planned(places, np.arange(total + 1), plan.dropped)
        self.lists = Lists(places, plan.sizes, threshold if bound is not None else np.zeros(total + 1))
        self._kept = np.zeros(0)
        self.sums, mass = self._run(wanted[:, plan.sizes].max(axis=0) > _NO_CHANCE)
        weights = plan.weights if plan.octaves else np.ones(len(self.sums))
        self.values = weights @ self.sums
        complete = np.abs(weights) @ wanted.T[plan.sizes] if plan.octaves else np.array(list(map(math.fsum, wanted)))
        self.errors = self._errors(complete, np.abs(weights) @ mass, bound)

    def _run(self, some: BoolArray) -> tuple[FloatArray, FloatArray]:
        """The sums and what they are for U = 1: of each size where a rule needs them, else of many together."""
        groups = np.arange(len(some)) if self.plan.octaves else np.cumsum(self.plan.work) // (8 * BLOCK)
        found = []
        for group in track(np.unique(groups).tolist(), "payments: windows of counts"):
            parts = [self._sums(cells) for cells in self.lists.of(self.plan.sizes[(groups == group) & some])]
            found.append(_added([np.zeros((2, len(self.terms))), *parts]))
        if not self.plan.octaves:
            found = [_added(found)]
        return np.array([sums for sums, _ in found]), np.array([mass for _, mass in found])

    def differences(self, first: Sequence[int], second: Sequence[int]) -> tuple[FloatArray, FloatArray]:
        """Of pairs of terms, with bounds."""
        missed = self.plan.missed(self.sums[:, first] - self.sums[:, second])
        return self.values[first] - self.values[second], self.errors[first] + self.errors[second] + missed

    def single(self, term: int) -> tuple[float, float]:
        """One term, with its bound."""
        missed = self.plan.missed(self.sums[:, [term]])
        return float(self.values[term]), float(self.errors[term] + missed[0])

    def _sums(self, cells: LikelyCounts) -> FloatArray:
        """For every term what these counts add to it, and what they would for U = 1; shape (2, C)."""
        n_cells = len(cells.sizes)
        rows, columns = self._room(-(-n_cells // _ROW) * _ROW)
        rows[:, n_cells:] = columns[:, n_cells:] = 0.0
        np.multiply(cells.chances, self.worth.at(cells.counts), out=rows[0, :n_cells])
        rows[1, :n_cells] = cells.chances
        sizes = [factor[cells.sizes] for factor in self.factors]
        parts: dict[tuple[int, bool, int], FloatArray] = {}
        for term, which, column in zip(self.terms, self.which.tolist(), columns, strict=True):
            product = column[:n_cells]
            product[:] = sizes[which]
            for kind, free in enumerate(term.condition.outside):
                taken = kind == term.condition.inside
                if taken or free:
                    if (key := (kind, taken, free)) not in parts:
                        parts[key] = _share(cells.counts[kind], self.places[kind], taken, free)
                    product *= parts[key]
        short_rows = rows.reshape(2, -1, _ROW).swapaxes(0, 1)
        result: FloatArray = (short_rows @ columns.reshape(len(columns), -1, _ROW).transpose(1, 2, 0)).sum(axis=0)
        return result

    def _room(self, length: int) -> tuple[FloatArray, FloatArray]:
        """Arrays of shape (2, length) and (C, length): the same each time, as new ones take longer than the sums."""
        n_terms = len(self.terms)
        if self._kept.size < (2 + n_terms) * length:
            self._kept = np.empty((2 + n_terms) * length)
        rows, columns, _ = np.split(self._kept, [2 * length, (2 + n_terms) * length])
        return rows.reshape(2, length), columns.reshape(n_terms, length)

    def _errors(self, complete: FloatArray, mass: FloatArray, bound: float | None) -> FloatArray:
        """What is left out is worth the bound on |U| at most; each term is rounded some times, and so is the mass."""
        largest = max(bound or 0.0, self.worth.largest)
        left_out = 0.0 if bound is None else np.maximum(complete - mass, 0.0)
        short_rows = self._kept.size // ((2 + len(self.terms)) * _ROW)
        operations = self.lists.slips + 10 * len(self.places) + 20 + _ROW + short_rows + len(self.sums)
        rounding = 2 * operations * _UNIT_ROUNDOFF * largest + self.worth.rounding
        result: FloatArray = largest * left_out + rounding * np.maximum(complete, mass)
        return result


def _share(count: IntArray, places: int, taken: bool, free: int) -> FloatArray:
    """How likely it is that certain ``free`` places are free and one is taken, if ``count`` of ``places`` are."""
    product = np.asarray(count if taken else 1, dtype=float)
    for number in range(free):
        product = product * (places - count - number)
    return product / math.perm(places, taken + free)


def _added(parts: Sequence[FloatArray]) -> FloatArray:
    """Σ of arrays of one shape, each entry rounded once."""
    stacked = np.stack(parts)
    sums = [math.fsum(column) for column in stacked.reshape(len(parts), -1).T.tolist()]
    return np.array(sums).reshape(stacked.shape[1:])
