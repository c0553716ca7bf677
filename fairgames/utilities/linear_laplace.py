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
from fairgames.utilities.base import Utility
from fairgames.utilities.blocks import outer_sum
from fairgames.utilities.capabilities import Kind, count_rows
from fairgames.utilities.counts import CountAxes

#: Distinct counts up to which values are computed as rationals and rounded once; more are computed in floats.
_FEW = 10_000
#: An ε whose square can still be had in floats, and beside which 12 is nothing.
_NO_PRIVACY = Fraction(10**60)
_UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2


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
    _vouched = True
    #: A larger ε only widens the constraints |w| ≤ ε·τ.
    monotone = True

    def __init__(self, users: Users | int, levels: Sequence[Number], scale: Number = 1) -> None:
        super().__init__(users if isinstance(users, int) else len(users), levels, scale)

    @property
    def rounding(self) -> float:
        """Few values are computed as rationals, rounded once, and scaled; many as in :meth:`at_counts`."""
        if math.comb(self.n_users + len(self.levels) - 1, self.n_users) > _FEW:
            return self.float_rounding
        return 2 * float(np.finfo(float).eps) * float(self.scale)

    @property
    def float_rounding(self) -> float:
        """Bound on the absolute error of :meth:`at_counts`, as U ≤ scale.

        With L levels, E₁ and E₂ are sums of at most L − 1 products and all terms are positive, so
        roundings add up to 4L + 15 relative to U, the scale's among them. A level may be taken for
        free or bound wrongly only if its ε is θ up to 2L + 5 roundings, and the next again only if
        it is as near to the θ that follows. The value then is that for an ε moved so far, at most
        L − 1 times; that moves E₁² and D, and so U, four times as much at most.
        """
        length = len(self.levels)
        roundings = 4 * length + 15 + 4 * (length - 1) * (2 * length + 5)
        return 1.01 * roundings * _UNIT_ROUNDOFF * float(self.scale)

    @property
    def rational(self) -> bool:
        return True

    @cached_property
    def bound(self) -> float:
        """U ≤ 1 times its scale."""
        return float(self.scale)

    def coalitions(self, kinds: Sequence[Kind]) -> _LaplaceCoalitions:
        return _LaplaceCoalitions(self, kinds)

    @property
    def types(self) -> tuple[int, ...]:
        """All users are alike."""
        return (0,) * self.n_users

    @property
    def type_sizes(self) -> tuple[int, ...]:
        """All users; asked at every block of counts, so a million are not counted one by one."""
        return (self.n_users,)

    @property
    def first_of_type(self) -> tuple[int, ...]:
        """The first of all."""
        return (0,)

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
        codes = outer_sum(list(columns))
        found, index = np.unique(codes, return_inverse=True)
        base = self.n_users + 1
        counts = np.empty((len(found), len(self.levels) - 1), dtype=found.dtype)
        for power in range(len(self.levels) - 1):
            counts[:, power] = found // base**power % base
        return counts, index.reshape(np.shape(codes))

    def at_counts(self, counts: FloatArray) -> FloatArray:
        """U in money where ``counts[k]`` users are on level k + 1, shape (L − 1, M): in floats, for very many.

        The error is at most :attr:`float_rounding`.
        """
        bound_sum, bound_squares, free = (np.zeros(counts.shape[1]) for _ in range(3))
        for level, count in zip(self.levels[1:], counts, strict=True):
            if level == math.inf:
                free += count
                continue
            epsilon = float(min(level, _NO_PRIVACY))
            bound = np.where(epsilon * bound_sum < 12 + bound_squares, count, 0.0)
            free += count - bound
            bound_sum += epsilon * bound
            bound_squares += epsilon**2 * bound
        free_and_two, square = free + 2, bound_sum * bound_sum
        weights = free + 2 * square / ((bound_squares + 12) * free_and_two + square)
        factor = (self.n_users + 2) / self.n_users * float(self.scale)
        result: FloatArray = factor * weights / free_and_two
        return result

    def _floats(self, counts: Array, index: IntArray) -> FloatArray:
        if len(counts) > _FEW:
            return (self.at_counts(counts.T.astype(float)) / float(self.scale))[index]
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
        counts = counts.astype(object)
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


class _LaplaceCoalitions:
    """U of coalitions in floats."""

    def __init__(self, utility: LinearLaplace, kinds: Sequence[Kind]) -> None:
        self.utility, self.kinds = utility, kinds
        self.rounding = utility.float_rounding

    def at(self, counts: Sequence[IntArray]) -> FloatArray:
        (rows,) = count_rows([self.utility.n_users], len(self.utility.levels), self.kinds, counts)
        return self.utility.at_counts(rows.T[1:].astype(float))
