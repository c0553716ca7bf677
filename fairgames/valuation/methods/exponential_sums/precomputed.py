"""Nodes t, exponents u and fits for every group size, precomputed for all users whatever they choose.

Fits cost most of a computation and depend on nobody's level. So what is precomputed for all users serves every
profile of theirs: after one user's move nothing is fitted again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from fairgames import memory
from fairgames.typing import FloatArray, IntArray
from fairgames.valuation.methods.exponential_sums.fit import SPACING, Exponentials
from fairgames.valuation.methods.exponential_sums.integrals import Integral
from fairgames.valuation.methods.exponential_sums.subset_means import Items

#: e^{−60} is nothing: where e^{−tE} is less for any group of a size, it is not fitted.
_GONE = 60.0
_WAY_OUT = "Round the numbers of samples, so that fewer are distinct."


@dataclass(frozen=True, eq=False)
class SizeFit:
    """Functions of Y for groups of one size as Σ_u c_u·e^{−uY}, and what the fits miss anywhere.

    Attributes
    ----------
    pair : coefficients of e^{−tE} and of e^{−tD} − e^{−t(E + 1/s²)}, shape (2, U, T)
    log : of −log ω, shape (U,)
    missed : of the pair, shape (2, T)
    missed_log : one number
    """

    pair: FloatArray
    log: FloatArray
    missed: FloatArray
    missed_log: float

    def missed_by(self, pair: FloatArray, mass: float, heavy: float) -> float:
        """What a sum misses that goes with ``pair``, shape (2, T), and ``mass``, a(S) being up to ``heavy``."""
        decay, gain = (self.missed * pair).sum(axis=1)
        return float(decay + heavy * (gain + mass * self.missed_log))


@dataclass(frozen=True, eq=False)
class Precomputed:
    """Nodes, exponents and fits of a federated mean, whoever of its users sends or is a member.

    Attributes
    ----------
    between, within : s² and r²
    importance : Σ a over everybody, sharing or not
    integral : the nodes t, shape (T,)
    reference : the largest G that there may be
    heaviest : the largest a of a member that there may be
    least : the least Y of k members, k = 0, 1, …
    exponentials : how functions of Y are fitted; None where nobody may be a member
    minimum : how many members an aggregate needs; fewer are as if they were absent
    """

    between: float
    within: float
    importance: float
    integral: Integral
    reference: float
    heaviest: float
    least: FloatArray
    exponentials: Exponentials | None
    minimum: int = 1
    _known: dict[tuple[int, int], SizeFit] = field(default_factory=dict)

    @classmethod
    def of(
        cls, between: float, within: float, importance: float, senders: Items, members: Items, minimum: int = 1
    ) -> Precomputed:
        """For all senders and members that there may be; somebody must."""
        precisions = [1 / (between + within * items.values) for items in (senders, members)]
        lowest = float(min(part.min(initial=math.inf) for part in precisions))
        most = float(sum(items.counts @ part for items, part in zip((senders, members), precisions, strict=True)))
        integral = Integral.of(lowest, most, 1 / between if between else most)
        if not members.total:
            return cls(between, within, importance, integral, most, 0.0, np.zeros(1), None, minimum)
        least, greatest = members.sums()
        heaviest = float(members.weights.max())
        precomputed = cls(between, within, importance, integral, most, heaviest, least, None)
        sizes = np.arange(members.total + 1)
        high = greatest[np.minimum(sizes + 1, members.total)]
        ratio = float((high / precomputed.units(precomputed.steps(sizes))).max())
        exponentials = Exponentials.of(ratio * (1 + 1e-12))
        return cls(between, within, importance, integral, most, heaviest, least, exponentials, minimum)

    @property
    def t(self) -> FloatArray:
        return self.integral.nodes

    @property
    def weights(self) -> FloatArray:
        """Of dt/t at the nodes t."""
        return self.integral.weights

    @property
    def fits(self) -> Exponentials:
        """The exponentials, where somebody may be a member."""
        if self.exponentials is None:
            raise AssertionError("nobody may be a member")
        return self.exponentials

    def steps(self, sizes: IntArray) -> IntArray:
        """For each size k the unit of Y, as a number of steps of the grid: one unit serves k and k + 1 members.

        Units differ by whole steps, so the exponents of all sizes are windows of one row.
        """
        low = self.least[np.maximum(sizes, 1)]
        return np.asarray(np.floor(np.log(low / self.least[1]) / SPACING), dtype=np.int64)

    def units(self, steps: IntArray) -> FloatArray:
        """What Y is measured in: at most the least Y of so many members."""
        return np.asarray(self.least[1] * np.exp(SPACING * steps) * (1 - 1e-12))

    def grid(self, steps: IntArray) -> FloatArray:
        """The exponents, shape (K, U)."""
        return np.asarray(self.fits.grid / self.units(steps)[:, None])

    def row(self, last: int) -> FloatArray:
        """The exponents of all steps up to ``last`` in one row, 0 first."""
        grid = self.fits.grid
        first = grid[1] / float(self.units(np.array(last)))
        return np.concatenate([[0.0], first * np.exp(SPACING * np.arange(len(grid) - 1 + last))])

    def fit(self, size: int, step: int) -> SizeFit:
        """The fits for groups of ``size`` with Y measured in the unit of ``step``."""
        key = size, step
        if key not in self._known:
            memory.require(
                16 * len(self.fits.grid) * len(self.t),
                f"Fits for groups of {size:,} after {len(self._known):,}",
                _WAY_OUT,
            )
            self._known[key] = self._fitted(size, step) if size >= self.minimum else self._of_nobody()
        return self._known[key]

    def _fitted(self, size: int, step: int) -> SizeFit:
        unit, shape = float(self.units(np.array(step))), (2, len(self.fits.grid), len(self.t))
        lowest = size**2 / (size * self.between + self.within * unit * self.fits.ratio)
        some = slice(0, int(np.searchsorted(self.t, _GONE / lowest)))
        own, misses = self.fits.fit(*(self._functions(size, unit * part, self.t[some]) for part in self.fits.places))
        pair, missed = np.zeros(shape), np.tile(np.exp(-self.t * lowest), (2, 1))
        pair[:, :, some] = own[:, :-1].reshape(shape[1], 2, -1).swapaxes(0, 1)
        missed[:, some] = misses[:-1].reshape(2, -1)
        return SizeFit(pair, own[:, -1], missed, float(misses[-1]))

    def _functions(self, size: int, total: FloatArray, t: FloatArray) -> FloatArray:
        """e^{−tE}, e^{−tD} − e^{−t(E + 1/s²)} and −log ω of a group with Y = ``total``, side by side."""
        s2, noise = self.between, self.within * total
        everything, others = size * s2 + noise, (size - 1) * s2 + noise
        found, n_t = np.zeros((len(total), 2 * len(t) + 1)), len(t)
        decay, gain = found[:, :n_t], found[:, n_t:-1]
        np.exp(np.multiply.outer(-(size**2) / everything, t), out=decay)
        if s2:
            rest = (size * (size - 1) * s2 + (2 * size - 1) * noise) / (everything * others)
            np.expm1(np.multiply.outer(-rest, t), out=gain)
            gain *= np.exp(np.multiply.outer(-(noise**2) / (everything * s2 * others), t))
            gain *= -decay
            found[:, -1] = -np.log(others / everything)
        return found

    def _of_nobody(self) -> SizeFit:
        """E = 0 and no gain: the exponent 0 alone says so."""
        n_u, n_t = len(self.fits.grid), len(self.t)
        pair = np.zeros((2, n_u, n_t))
        pair[0, 0] = 1.0
        return SizeFit(pair, np.zeros(n_u), np.zeros((2, n_t)), 0.0)
