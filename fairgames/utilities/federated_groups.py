"""The group on level 1 behind its secure aggregate: how precise its mean is, and its members' errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fairgames.federation import group_total, of_member
from fairgames.typing import BoolArray, FloatArray
from fairgames.utilities.federated_grids import Grid, Term


@dataclass(frozen=True, eq=False)
class EqualGroup:
    """The level-1 group with equal weights: k members, Y = Σ r²/n over them, B = k·s² + Y.

    ``formed`` is where the members are enough for an aggregate.
    """

    formed: BoolArray
    sizes: FloatArray
    noise: FloatArray
    between: float

    @property
    def total(self) -> FloatArray:
        """B, and 1 for an empty group."""
        return np.where(self.sizes > 0, group_total(self.between, self.sizes, self.noise), 1.0)

    @property
    def precision(self) -> FloatArray:
        """1/Var(θ̂_f) = k²/B; 0 without an aggregate."""
        return np.where(self.formed, self.sizes**2 / self.total, 0.0)

    def members(self, grid: Grid, importance: FloatArray, mean_error: FloatArray) -> Iterator[Term]:
        """EMSE is the same for all members: one term."""
        own, misfit = of_member(self.between, np.maximum(self.sizes - 1, 0), 0.0, self.noise, self.total)
        with np.errstate(invalid="ignore"):  # 0·∞ where nobody shares
            error = own + misfit**2 * mean_error
        yield (...,), grid.sum(1, importance), error


@dataclass(frozen=True, eq=False)
class SampleGroup:
    """The level-1 group with weights n_k: M = Σn, Q = Σn², W = s²Q + r²M = Σ n_k² V_k.

    ``formed`` is where the members are enough for an aggregate.
    """

    formed: BoolArray
    samples_sum: FloatArray
    squares_sum: FloatArray
    samples: FloatArray
    between: float
    within: float

    @property
    def total(self) -> FloatArray:
        """W, and 1 for an empty group."""
        total = group_total(self.between, self.squares_sum, self.within * self.samples_sum)
        return np.where(self.samples_sum > 0, total, 1.0)

    @property
    def precision(self) -> FloatArray:
        """1/Var(θ̂_f) = M²/W; 0 without an aggregate."""
        return np.where(self.formed, self.samples_sum**2 / self.total, 0.0)

    def members(self, grid: Grid, importance: FloatArray, mean_error: FloatArray) -> Iterator[Term]:
        """Members weigh differently, so each has an EMSE of its own."""
        total = self.total
        for user, where, times in grid.at(1):
            # Q − n² and Q − n·M, summed as they are: a dominant member would leave few digits.
            others = grid.others(1, self.samples**2, user)[where]
            unlike = grid.sum(1, self.samples * (self.samples - self.samples[user]))[where]
            noise = self.within * self.samples_sum[where]
            own, misfit = of_member(self.between, others, unlike, noise, total[where])
            with np.errstate(invalid="ignore"):  # 0·∞ where too few are members and nobody is seen
                error = own + misfit**2 * mean_error[where]
            yield where, times * importance[user], error
