"""Costs that fit what was seen, drawn uniformly from all of them by hit-and-run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from scipy.optimize import linprog

from fairgames.learning.market import Costs, Path, Ranges
from fairgames.typing import FloatArray

#: Steps of each chain, of those that begin at draws that still fit, and of those that begin all at one point.
_STEPS, _STEPS_ANEW = 60, 200
#: Rounds of looking for profiles that would be maximisers where another was seen.
_ROUNDS = 4
#: Draws that have to fit still, for chains to begin at them.
_FEW = 4
#: What is no step but rounding.
_STILL = 1e-14


class Beliefs:
    """Draws from the costs that fit: uniform, and before anything is seen on all that levels may pay at most.

    The set is a polytope: the ranges, that is what each user's choice tells of its own costs, and what a profile q that
    was seen at α tells of all users' as a maximiser of α·P − Σc: C(q) − C(p) ≤ α·(P(q) − P(p)) for all p. Of the latter
    only those are written down that some draw violates. Hit-and-run (Smith 1984) walks in it along random lines.
    """

    def __init__(self, ranges: Ranges, draw: np.random.Generator, size: int = 64) -> None:
        self.ranges, self.draw = ranges, draw
        self.sizes = [len(row) for row in ranges.market.dearest]
        self.starts = np.cumsum([0, *self.sizes[:-1]])
        # One column a choice of a user; the first of each costs nothing.
        self.free = np.setdiff1d(np.arange(sum(self.sizes)), self.starts)
        self.draws = np.concatenate(ranges.market.dearest) * draw.uniform(size=(size, sum(self.sizes)))
        self.seen: dict[int, tuple[float, float]] = {}
        self.beaten: set[tuple[int, int]] = set()

    def __iter__(self) -> Iterator[Costs]:
        for row in self.draws:
            yield np.split(row, self.starts[1:])

    def see(self, alpha: float, index: int) -> None:
        """Take in a profile, after the ranges did; what contradicts what is known is not."""
        before = self.seen
        first, last = before.get(index, (alpha, alpha))
        self.seen = {**before, index: (min(first, alpha), max(last, alpha))}
        if not self._fit():
            self.seen = before

    def paths(self) -> list[Path]:
        """The maximisers at each draw, of draws at which what was seen is a maximiser where it was seen."""
        market, among = self.ranges.market, self.ranges.possible()
        for _ in range(_ROUNDS):
            paths = [market.path(costs, among) for costs in self]
            beaten = [self._beaten(path) for path in paths]
            new = set().union(*beaten) - self.beaten
            before = self.beaten
            self.beaten = before | new
            if not new:
                break
            if not self._fit():
                self.beaten = before
                break
        right = [path for path, wrong in zip(paths, beaten, strict=True) if not wrong]
        return right if len(right) >= _FEW else paths

    def _beaten(self, path: Path) -> set[tuple[int, int]]:
        """Profiles that were seen, each with one that is a maximiser there instead."""
        played = ((index, path.at(alpha)) for index, ends in self.seen.items() for alpha in ends)
        return {(index, other) for index, other in played if other != index}

    def _fit(self) -> bool:
        """Draw anew from what fits; False if nothing does: choices with noise contradict one another."""
        matrix, limit = self.conditions()
        fits = self.draws[(self.draws @ matrix.T <= limit + _STILL).all(axis=1)]
        steps = _STEPS
        if len(fits) < _FEW:
            inner = self._inner(matrix, limit)
            if inner is None:
                return False
            fits, steps = np.vstack([inner, fits]), _STEPS_ANEW
        again = self.draw.integers(len(fits), size=len(self.draws))
        self.draws = fits[np.append(np.arange(len(fits)), again)[: len(self.draws)]]
        self._walk(matrix, limit, steps)
        return True

    def conditions(self) -> tuple[FloatArray, FloatArray]:
        """A and b of A·c ≤ b, a row each condition."""
        rows, limit = [], []
        unit = np.eye(sum(self.sizes))
        for start, bound in zip(self.starts, self.ranges.most, strict=True):
            for a, b in zip(*np.nonzero(~np.eye(len(bound), dtype=bool)), strict=True):
                rows.append(unit[start + b] - unit[start + a])
                limit.append(bound[a, b])
        shared = self.ranges.market.shared
        known = sorted(self.seen, key=lambda index: float(shared[index]))
        both = [pair for less, more in pairwise(known) for pair in ((less, more), (more, less))]
        for index, other in (*both, *sorted(self.beaten)):
            if index in self.seen:
                rise, (first, last) = shared[index] - shared[other], self.seen[index]
                rows.append(self._of(index) - self._of(other))
                limit.append(min(first * rise, last * rise))
        return np.array(rows), np.array(limit)

    def _of(self, index: int) -> FloatArray:
        """The row that sums the costs of a profile."""
        row = np.zeros(sum(self.sizes))
        row[self.starts + np.array(self.ranges.market.place(index))] = 1
        return row

    def _inner(self, matrix: FloatArray, limit: FloatArray) -> FloatArray | None:
        """The centre of a largest ball inside; None if nothing fits."""
        radius = np.linalg.norm(matrix[:, self.free], axis=1)
        ends: Sequence[tuple[float | None, float | None]] = [(None, None)] * len(self.free) + [(0, None)]
        aim = np.append(np.zeros(len(self.free)), -1.0)
        found = linprog(aim, A_ub=np.column_stack([matrix[:, self.free], radius]), b_ub=limit, bounds=ends)
        if not found.success:
            return None
        costs = np.zeros(sum(self.sizes))
        costs[self.free] = np.asarray(found.x)[:-1]
        return costs

    def _walk(self, matrix: FloatArray, limit: FloatArray, steps: int) -> None:
        """Each draw along lines: of single costs, and of differences among draws, which know how thin the set is."""
        size = len(self.draws)
        for step in range(steps):
            if step % 2:
                lines = np.eye(self.draws.shape[1])[self.draw.choice(self.free, size)]
            else:
                lines = self.draw.normal(size=(size, size)) @ (self.draws - self.draws.mean(axis=0))
            slope, room = lines @ matrix.T, np.maximum(limit - self.draws @ matrix.T, 0.0)
            with np.errstate(divide="ignore", invalid="ignore"):
                meets = room / slope
            ahead = np.where(slope > _STILL, meets, np.inf).min(axis=1)
            back = np.where(slope < -_STILL, meets, -np.inf).max(axis=1)
            bounded = np.isfinite(ahead) & np.isfinite(back)
            move = np.where(bounded, self.draw.uniform(np.where(bounded, back, 0), np.where(bounded, ahead, 0)), 0)
            self.draws = self.draws + move[:, None] * lines
