"""Differentially private mean estimation by a linear-Laplace estimator (Section 3, Appendix B.1)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import ClassVar

import numpy as np

from fairgames.exact import Rationals, object_array
from fairgames.typing import Array, Axes, FloatArray, Number
from fairgames.users import Users
from fairgames.utilities.base import Utility, outer_sum


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

    def _block(self, axes: Axes) -> FloatArray:
        values = self._by_counts(axes)
        return np.array([float(value) for value in values.distinct])[values.codes]

    def _exact_block(self, axes: Axes) -> Rationals:
        values = self._by_counts(axes)
        return Rationals.of(object_array(values.distinct))[values.codes]

    def _by_counts(self, axes: Axes) -> _Coded:
        """U at every profile through the few distinct counts of users a level."""
        base = self.n_users + 1
        steps = [0, *(base**power for power in range(len(self.levels) - 1))]
        small = base ** (len(self.levels) - 1) < 2**62
        columns = [np.array([steps[level] for level in axis], dtype=np.int64 if small else object) for axis in axes]
        codes = outer_sum([column if len(column) > 1 else column.reshape(()) for column in columns])
        found, inverse = np.unique(codes, return_inverse=True)
        values = [self._of_counts(_digits(int(code), base, len(self.levels) - 1)) for code in found]
        return _Coded(values, inverse.reshape(np.shape(codes)))

    def _of_counts(self, counts: tuple[int, ...]) -> Fraction:
        """U/scale when ``counts[k]`` users are on level k + 1."""
        weights = _sum_of_weights(tuple(zip(self.levels[1:], counts, strict=True)))
        return Fraction(self.n_users + 2, self.n_users) * weights


class _Coded:
    """Distinct values, and for each profile which of them it has."""

    def __init__(self, distinct: list[Fraction], codes: Array) -> None:
        self.distinct = distinct
        self.codes = codes


def optimal_weights(epsilons: Sequence[Fraction | float]) -> tuple[list[Fraction], Fraction]:
    """The Bayes-optimal weights w and Laplace scale τ, exactly, in O(N log N).

    Parameters
    ----------
    epsilons : ε_i ≥ 0, rational or ``inf``, any length

    Returns
    -------
    w (one weight a user) and τ ≥ 0, with w_i ≤ ε_i·τ

    >>> optimal_weights([Fraction(1), math.inf])
    ([Fraction(1, 40), Fraction(13, 40)], Fraction(1, 40))
    """
    counts = Counter(epsilon for epsilon in epsilons if epsilon > 0)
    bound_sum, bound_squares, free = _threshold(counts.items())
    if bound_sum == 0:
        top, tau = (Fraction(1, 2 + free), Fraction(0))
    else:
        tau = bound_sum / ((bound_squares + 12) * (2 + free) + bound_sum**2)
        top = tau * (bound_squares + 12) / bound_sum
    return [_weight(epsilon, tau, top) for epsilon in epsilons], tau


def _weight(epsilon: Fraction | float, tau: Fraction, top: Fraction) -> Fraction:
    return top if epsilon == math.inf else min(top, Fraction(epsilon) * tau)


@lru_cache(maxsize=100_000)
def _sum_of_weights(counts: tuple[tuple[Fraction | float, int], ...]) -> Fraction:
    """Σw of the optimum for ``counts`` users at each ε > 0: (f + 2E₁²/D) / (2 + f)."""
    bound_sum, bound_squares, free = _threshold((level, count) for level, count in counts if count)
    denominator = (bound_squares + 12) * (2 + free) + bound_sum**2
    return (free + 2 * bound_sum**2 / denominator) / (2 + free)


def _threshold(counts: Iterable[tuple[Fraction | float, int]]) -> tuple[Fraction, Fraction, int]:
    """(E₁, E₂, f): Σε and Σε² over the users held at their bound ε < θ, and the number of the others."""
    bound_sum, bound_squares, free = Fraction(0), Fraction(0), 0
    for epsilon, count in sorted(counts):
        # θ = (12 + E₂)/E₁ for those bound so far; the next is bound too if its ε is below.
        if epsilon == math.inf or epsilon * bound_sum >= 12 + bound_squares:
            free += count
        else:
            bound_sum += count * Fraction(epsilon)
            bound_squares += count * Fraction(epsilon) ** 2
    return bound_sum, bound_squares, free


def _digits(code: int, base: int, length: int) -> tuple[int, ...]:
    digits = []
    for _ in range(length):
        code, digit = divmod(code, base)
        digits.append(digit)
    return tuple(digits)
