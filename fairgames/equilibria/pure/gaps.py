"""Shares at which no profile is an equilibrium: what a union of intervals leaves open."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fairgames.certain import Judge, Rational, Reals
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.typing import FloatArray, IntArray

#: Breakpoints, and the first and the last cell of each interval.
Cells = tuple[Reals, IntArray, IntArray]
_Gaps = list[tuple[float | Fraction, float | Fraction]]


def without_equilibrium(equilibria: PureEquilibria) -> _Gaps:
    """The open intervals of α in which no profile is an equilibrium; the last one may hold α = 1.

    Where the game has a potential there is none.
    """
    return uncovered(equilibria.ends("lower"), equilibria.ends("upper"), equilibria.judge)


def uncovered(lower: Reals, upper: Reals, judge: Judge) -> _Gaps:
    """What intervals leave open from the lowest of them to 1.

    Where floats are sure that intervals overlap, their union is one stretch, whatever the order of the ends in it: only
    those that reach out of a stretch are put in order for certain.
    """
    begins, ends = _stretches(lower, upper)
    low, high = _outside(lower, -1), _outside(upper, 1)
    place = np.searchsorted(begins, low, side="left") - 1  # the last stretch that begins below
    inside = (place >= 0) & (high < np.append(ends, -np.inf)[place])
    kept = np.flatnonzero(~inside)
    one = Reals(np.array([Fraction(1) if lower.exact else 1.0]), np.zeros(1), lambda _: Rational(1), lower.what)
    gaps = _open(cells(lower.at(kept).followed_by(one), upper.at(kept).followed_by(one), judge))
    return [gap for gap in gaps if not _within(begins, ends, *gap)]


def cells(lower: Reals, upper: Reals, judge: Judge) -> Cells:
    """Breakpoints, and each interval's first and last cell: even cells are points, odd ones gaps."""
    ends = lower.followed_by(upper)
    ranks = ends.ranks(judge)
    leaders = np.unique(ranks, return_index=True)[1]
    first, last = np.split(2 * ranks, 2)
    return ends.at(leaders), first, last


def _open(known: Cells) -> _Gaps:
    """The gaps that no interval covers."""
    ends, first, last = known
    n_cells = 2 * len(ends.values) - 1
    covering = np.cumsum(np.bincount(first, minlength=n_cells + 1) - np.bincount(last + 1, minlength=n_cells + 1))
    return [(ends.values[k], ends.values[k + 1]) for k in np.flatnonzero(covering[1:n_cells:2] == 0).tolist()]


def _stretches(lower: Reals, upper: Reals) -> tuple[FloatArray, FloatArray]:
    """Where stretches that are covered for sure begin and end, ascending."""
    low, high = _outside(lower, 1), _outside(upper, -1)
    sure = np.flatnonzero(low <= high)
    order = sure[np.argsort(low[sure], kind="stable")]
    reach = np.maximum.accumulate(high[order])
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = low[order][1:] > reach[:-1]
    return low[order][fresh], reach[np.append(fresh[1:], True)[: len(order)]]


def _outside(ends: Reals, sign: int) -> FloatArray:
    """As far as an end may lie to that side, rounded outwards."""
    values = np.asarray(ends.values, dtype=float)
    moved: FloatArray = np.nextafter(values + sign * ends.errors, sign * np.inf)
    return moved


def _within(begins: FloatArray, ends: FloatArray, low: float | Fraction, high: float | Fraction) -> bool:
    """Whether the middle of a gap lies in a stretch: then one that was left out covers it."""
    middle = (float(low) + float(high)) / 2
    place = int(np.searchsorted(begins, middle, side="right")) - 1
    return place >= 0 and bool(begins[place] < middle < ends[place])
