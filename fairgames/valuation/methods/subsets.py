"""Fair payments at one profile, straight from the definition (eqs. 5, 6 and 7): the sum over all coalitions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial

import numpy as np

from fairgames import memory
from fairgames.exact import object_array
from fairgames.typing import Array
from fairgames.utilities.base import Utility
from fairgames.valuation.allocation import Cost, PaymentRequest, Values
from fairgames.valuation.blocks import support_sizes
from fairgames.valuation.monotone import first_fall

_UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2


def why_not(_question: PaymentRequest) -> None:
    """Nothing stands against it but the number of users."""


def cost(question: PaymentRequest) -> Cost:
    """2^n values of U; in rationals a hundred times as dear."""
    n, exact = question.n_sharing, question.in_rationals
    error = 0.0 if exact else 2 * question.utility.rounding + (2 * n + 10) * _UNIT_ROUNDOFF * 8 * question.worth
    seconds = math.ldexp(2e-5 if exact else 2e-7, n) if n < 900 else math.inf
    return Cost(seconds, _bytes(n, exact), error)


def divide(question: PaymentRequest, banzhaf: bool = False) -> Values:
    """φ of every user, and φ_p, from U of all 2^n coalitions of the n users who share; Banzhaf's value from counts.

    Raises
    ------
    TooLargeError
        Before allocating, if those do not fit in memory.
    """
    if banzhaf:
        from fairgames.valuation.methods import counts

        return counts.divide(question, banzhaf)
    utility, rule, exact = question.utility, question.rule, question.in_rationals
    coalitions = _coalitions(utility, question.profile.tolist(), exact)
    values = np.zeros(utility.n_users) if not exact else object_array([Fraction(0)] * utility.n_users)
    values[list(coalitions.users)] = coalitions.values(rule.platform_members)
    return Values(
        values,
        None if rule.has_alpha else coalitions.platform_value(),
        coalitions.grand,
        coalitions.error_bound(utility.rounding),
        coalitions.monotone(utility.rounding),
    )


def values_at_levels(
    utility: Utility, profile: Sequence[int], user: int, levels: Sequence[int], extra: int = 0, exact: bool = False
) -> tuple[Array, float]:
    """φ_i of one user at each of ``levels``, all others staying at ``profile``; and a bound on its error.

    By the sum over all coalitions of the others, whatever the user's level.

    Raises
    ------
    TooLargeError
        Before allocating, if the coalitions of the others who share do not fit in memory.
    """
    others = [sum(1 for level in part if level) for part in (profile[:user], profile[user + 1 :])]
    n = sum(others) + 1
    _require_memory(n, exact)
    axes: list[tuple[int, ...]] = [(0, level) if level else (0,) for level in profile]
    sharing = tuple(level for level in levels if level)
    axes[user] = (0, *sharing)
    values = utility.exact_values(axes) if exact else None
    tensor = (values.numerators if values else utility.values(axes)).reshape(2 ** others[0], -1, 2 ** others[1])
    weights = [factorial(size + extra) * factorial(n - 1 - size) for size in range(n)]
    by_size = object_array(weights) if exact else np.array(weights, dtype=float) / factorial(n + extra)
    counts = by_size[support_sizes((2,) * (n - 1)).reshape(2 ** others[0], 1, 2 ** others[1])]
    found = ((tensor[:, 1:] - tensor[:, :1]) * counts).sum(axis=(0, 2))
    if values:
        found = object_array(Fraction(value, values.denominator * factorial(n + extra)) for value in found)
    by_level = dict(zip(sharing, found, strict=True))
    result: Array = object_array(by_level.get(level, Fraction(0)) for level in levels)
    return (result, 0.0) if exact else (result.astype(float), _sum_error(n, tensor, utility.rounding))


@dataclass(frozen=True, eq=False)
class _Coalitions:
    """U of every coalition of the n ``users`` who share, shape (2^n,); over ``unit`` where exact."""

    users: tuple[int, ...]
    tensor: Array
    unit: int

    @property
    def exact(self) -> bool:
        return self.tensor.dtype == object

    @property
    def grand(self) -> float | Fraction:
        """U of all who share."""
        last = self.tensor[-1]
        return Fraction(last, self.unit) if self.exact else float(last)

    def values(self, extra: int) -> Array:
        """φ_i = Σ_{S∌i} w_|S| (U(S∪i) − U(S)), w_s = (s+e)!(n−1−s)!/(n+e)!, shape (n,).

        Each coalition counts w_{s−1} for its members and −w_s for the others: so
        φ_i = Σ_{S∋i} (w_{s−1} + w_s)·U(S) − Σ_S w_s·U(S), and the sums over S∋i of all users
        come from folding one axis after another.
        """
        n = len(self.users)
        leaving = [factorial(size + extra) * factorial(n - 1 - size) for size in range(n)] + [0]
        entering = [0, *leaving[:-1]]
        denominator = factorial(n + extra)
        outside = self._weighted(leaving, denominator).sum()
        folded = self._weighted([sum(pair) for pair in zip(entering, leaving, strict=True)], denominator)
        found = []
        for _ in range(n):
            absent, present = folded.reshape(2, -1)
            found.append(present.sum() - outside)
            folded = absent + present
        return self._numbers(found, denominator)

    def platform_value(self) -> float | Fraction:
        """φ_p = Σ_S s!(n−s)!/(n+1)!·U(S), eq. 5."""
        n = len(self.users)
        weights = [factorial(size) * factorial(n - size) for size in range(n + 1)]
        value: float | Fraction = self._numbers([self._weighted(weights, factorial(n + 1)).sum()], factorial(n + 1))[0]
        return value

    def _weighted(self, weights: list[int], denominator: int) -> Array:
        """U(S) times the weight of |S|; integers where exact, to be divided by ``denominator``."""
        by_size = object_array(weights) if self.exact else np.array([weight / denominator for weight in weights])
        weighted: Array = self.tensor * by_size[support_sizes((2,) * len(self.users)).ravel()]
        return weighted

    def _numbers(self, found: list[object], denominator: int) -> Array:
        if not self.exact:
            return np.array(found, dtype=float)
        return object_array(Fraction(int(value), self.unit * denominator) for value in found)  # type: ignore[call-overload]

    def monotone(self, rounding: float) -> bool:
        """Whether no coalition loses by one more member."""
        error = 0.0 if self.exact else rounding
        return first_fall(self.tensor.reshape((2,) * len(self.users)), error) is None

    def error_bound(self, rounding: float) -> float:
        """Bound on the absolute error of each value; 0 where exact."""
        return 0.0 if self.exact else _sum_error(len(self.users), self.tensor, rounding)


def _sum_error(n: int, tensor: Array, rounding: float) -> float:
    """U's own error enters a value with weight 2 at most; the sums hold at most 2·(1 + H_n)·max|U|."""
    harmonic = sum(1 / size for size in range(1, n + 1))
    return 2 * rounding + (2 * n + 10) * _UNIT_ROUNDOFF * 2 * (1 + harmonic) * float(np.abs(tensor).max())


def _coalitions(utility: Utility, profile: Sequence[int], exact: bool) -> _Coalitions:
    users = tuple(user for user, level in enumerate(profile) if level)
    _require_memory(len(users), exact)
    axes = [(0, level) if level else (0,) for level in profile]
    if exact:
        values = utility.exact_values(axes)
        return _Coalitions(users, values.numerators, values.denominator)
    return _Coalitions(users, utility.values(axes), 1)


def _bytes(n: int, exact: bool) -> int:
    return int(4 * 8 * 2**n * (10 if exact else 1))


def _require_memory(n: int, exact: bool) -> None:
    memory.require(
        _bytes(n, exact),
        f"Payments of {n} users who share, by all 2^{n} coalitions,",
        "Keep fewer users (`fairgames fit --top 20`), or put some of them on level 0.",
    )
