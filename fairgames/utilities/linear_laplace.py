"""Differentially private mean estimation by a linear-Laplace estimator (Section 3, Appendix B.1)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

import numpy as np

from fairgames.exact import Rationals, object_array
from fairgames.typing import Array, Axes, FloatArray, IntArray, Number
from fairgames.users import Users
from fairgames.utilities.base import Utility, outer_sum
from fairgames.utilities.counts import CountAxes


class LinearLaplace(Utility):
    """U = (N+2)/N · (1 − 12·Bayes risk) of A(X) = wᵀX + Laplace(τ), with |w_i| ≤ ε_i·τ.

    X_i = ±1/2 with Pr(1/2) = p, p ~ Unif(0, 1); U(0) = 0 and U = 1 when every ε is infinite.
    U is rational wherever the finite ε are, and depends only on how many users are on each
    level.

    Parameters
    ----------
    users : the users, or just how many
    levels : the ε values, ascending, first 0; ``inf`` means no privacy

    Notes
    -----
    The optimum is w_i = τ·min(ε_i, θ) with the threshold θ the root of
    Σ_i ε_i·max(θ − ε_i, 0) = 12 over finite ε, found by one pass over the sorted ε. At the
    optimum the risk is (1 − Σw)/12, so U = (N+2)/N·Σw.

    >>> utility = LinearLaplace(2, levels=[0, "inf"])
    >>> utility.exact_on_grid().fractions().tolist()  # eq. 10
    [[Fraction(0, 1), Fraction(2, 3)], [Fraction(2, 3), Fraction(1, 1)]]
    """

    kind: ClassVar[str] = "linear-laplace"

    def __init__(self, users: Users | int, levels: Sequence[Number], scale: Number = 1) -> None:
        super().__init__(users if isinstance(users, int) else len(users), levels, scale)

    @property
    def rounding(self) -> float:
        """Values are computed as rationals, rounded once, and scaled."""
        return 2 * float(np.finfo(float).eps) * float(self.scale)

    @property
    def rational(self) -> bool:
        return True

    @property
    def types(self) -> tuple[int, ...]:
        """All users are alike."""
        return (0,) * self.n_users

    def _block(self, axes: Axes) -> FloatArray:
        return self._floats(*self._coded(self._steps[list(axis)] for axis in axes))

    def _exact_block(self, axes: Axes) -> Rationals:
        return self._rationals(*self._coded(self._steps[list(axis)] for axis in axes))

    def _count_block(self, axes: CountAxes) -> FloatArray:
        return self._floats(*self._coded(axis @ self._steps for axis in axes)).reshape([len(axis) for axis in axes])

    def _exact_count_block(self, axes: CountAxes) -> Rationals:
        found = self._rationals(*self._coded(axis @ self._steps for axis in axes))
        return Rationals(found.numerators.reshape([len(axis) for axis in axes]), found.denominator)

    @cached_property
    def _steps(self) -> Array:
        """What a user on each level adds to the code of a profile: its counts are the code's digits to base N + 1."""
        base = self.n_users + 1
        small = base ** (len(self.levels) - 1) < 2**62
        steps = [0, *(base**power for power in range(len(self.levels) - 1))]
        return np.array(steps, dtype=np.int64 if small else object)

    def _coded(self, columns: Iterable[Array]) -> tuple[Array, IntArray]:
        """The few distinct counts of users a level, shape (D, L − 1), and which of them each profile has."""
        codes = outer_sum([column if len(column) > 1 else column.reshape(()) for column in columns])
        found, index = np.unique(codes, return_inverse=True)
        base = self.n_users + 1
        counts = np.empty((len(found), len(self.levels) - 1), dtype=object)
        for power in range(len(self.levels) - 1):
            counts[:, power] = found // base**power % base
        return counts, index.reshape(np.shape(codes))

    def _floats(self, counts: Array, index: IntArray) -> FloatArray:
        numerators, denominators = self._of_counts(counts)
        return np.asarray(numerators / denominators, dtype=float)[index]

    def _rationals(self, counts: Array, index: IntArray) -> Rationals:
        numerators, denominators = self._of_counts(counts)
        return Rationals.of(object_array(map(Fraction, numerators, denominators)))[index]

    def _of_counts(self, counts: Array) -> tuple[Array, Array]:
        """U/scale as numerators and denominators where ``counts[:, k]`` users are on level k + 1.

        Σw = (f + 2E₁²/D) / (2 + f) with D = (E₂ + 12)·(2 + f) + E₁², in integers: ε, E₁ and E₂ come
        as multiples of 1/q and 1/q², where q is a common denominator of the finite ε.
        """
        finite = [level for level in self.levels[1:] if isinstance(level, Fraction)]
        q = math.lcm(*(level.denominator for level in finite))
        bound_sum, bound_squares, free = (np.zeros(len(counts), dtype=object) for _ in range(3))
        for level, count in zip(self.levels[1:], counts.T, strict=True):
            # θ = (12 + E₂)/E₁ for those bound so far; the next is bound too if its ε is below.
            epsilon = int(level * q) if isinstance(level, Fraction) else 0
            bound = np.asarray(epsilon * bound_sum < 12 * q * q + bound_squares, dtype=bool) & (level != math.inf)
            free = free + np.where(bound, 0, count)
            bound_sum = bound_sum + np.where(bound, count, 0) * epsilon
            bound_squares = bound_squares + np.where(bound, count, 0) * epsilon**2
        common = (bound_squares + 12 * q * q) * (2 + free) + bound_sum**2
        weights = (self.n_users + 2) * (free * common + 2 * bound_sum**2)
        return weights, self.n_users * common * (2 + free)
