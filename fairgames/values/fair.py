"""Fair payments at one profile, straight from the definition (eqs. 5, 6 and 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial

import numpy as np

from fairgames import memory
from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.typing import Array, FloatArray, Number
from fairgames.utilities.base import Utility
from fairgames.values.alpha import AlphaOfUtility, to_alpha
from fairgames.values.blocks import support_sizes
from fairgames.values.monotone import first_fall
from fairgames.values.rules import Rule, to_rule

_UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2


@dataclass(frozen=True, eq=False)
class Allocation:
    """Who gets what of U at one profile.

    Attributes
    ----------
    payments : shape (N,), in money; ``Fraction`` where ``exact``
    platform : what the platform keeps: U − Σ payments, under Theorem 1 its own value φ_p
    utility : U at the profile
    alpha : the share paid out; None under Theorem 1
    efficiency_residual : Σ payments − α·U, or φ_p + Σ payments − U: 0 up to rounding
    error_bound : absolute, on every payment; 0 where ``exact``
    exact : whether all of this is rational
    monotone : whether no coalition of these users loses by one more member
    method : "subsets": the sum over all coalitions of the users who share
    """

    payments: Array
    platform: float | Fraction
    utility: float | Fraction
    alpha: float | Fraction | None
    efficiency_residual: float | Fraction
    error_bound: float
    exact: bool
    monotone: bool
    method: str = "subsets"

    def warnings(self, names: Sequence[str]) -> tuple[str, ...]:
        """What is legal but may surprise: a U that is not monotone, payments below 0."""
        found = [] if self.monotone else ["U is not monotone: some coalition is worth less with one more member"]
        negative = [name for name, paid in zip(names, self.payments, strict=True) if paid < -self.error_bound]
        if negative:
            found.append(f"the fair payment is negative for {', '.join(negative)}")
        return tuple(found)


def payments(
    utility: Utility,
    profile: Sequence[int],
    alpha: Number | AlphaOfUtility = 1,
    rule: str | Rule = "users",
    exact: bool | None = None,
) -> Allocation:
    """Fair payments at one profile, by the sum over all coalitions.

    Parameters
    ----------
    utility : U
    profile : level indices, shape (N,)
    alpha : the share paid out under Theorem 2, a number or a function of U; Theorem 1 has none
    rule : "users" (Theorem 2) or "coalition" (Theorem 1)
    exact : rational arithmetic; default wherever the utility is rational

    Raises
    ------
    InputError
        If ``exact`` is asked of a utility that is not rational, the profile does not fit, or a
        share other than 1 is given under Theorem 1.
    TooLargeError
        Before allocating, if 2^(users who share) utilities do not fit in memory.

    >>> from fairgames.utilities import LinearLaplace
    >>> payments(LinearLaplace(2, levels=[0, "inf"]), (1, 1)).payments  # eq. 12
    array([Fraction(1, 2), Fraction(1, 2)], dtype=object)
    """
    rule, share = to_rule(rule), to_alpha(alpha)
    if not rule.has_alpha and share != 1:
        raise InputError(f"rule {rule.name!r} ({rule.source}) has no share α, got {alpha}")
    coalitions = _coalitions(utility, profile, utility.rational if exact is None else exact)
    values = coalitions.values(rule.extra)
    total = coalitions.grand
    paid = np.zeros(len(profile)) if not coalitions.exact else object_array([Fraction(0)] * len(profile))
    alpha_here: float | Fraction | None = None
    keeps: float | Fraction
    residual: float | Fraction
    if rule.has_alpha:
        alpha_here = share(total) if isinstance(share, AlphaOfUtility) else share
        alpha_here = alpha_here if coalitions.exact else float(alpha_here)
        paid[list(coalitions.users)] = alpha_here * values
        keeps = total - sum(paid)
        residual = sum(paid) - alpha_here * total
    else:
        paid[list(coalitions.users)] = values
        keeps = coalitions.platform_value()
        residual = keeps + sum(paid) - total
    error, monotone = coalitions.error_bound(utility.rounding), coalitions.monotone(utility.rounding)
    if isinstance(share, AlphaOfUtility) and not coalitions.exact:
        error += share.spread(np.array(total), utility.rounding) * float(np.abs(values).max(initial=0.0))
    return Allocation(paid, keeps, total, alpha_here, residual, error, coalitions.exact, monotone)


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
    if len(profile) != utility.n_users:
        raise InputError(f"profile: expected {utility.n_users} level indices, one a user, got {len(profile)}")
    users = tuple(user for user, level in enumerate(profile) if level)
    _require_memory(len(users), exact)
    axes = [(0, level) if level else (0,) for level in profile]
    if exact:
        values = utility.exact_values(axes)
        return _Coalitions(users, values.numerators, values.denominator)
    return _Coalitions(users, utility.values(axes), 1)


def _require_memory(n: int, exact: bool) -> None:
    memory.require(
        4 * 8 * 2**n * (10 if exact else 1),
        f"Payments of {n} users who share, by all 2^{n} coalitions,",
        "Keep fewer users (`fairgames fit --top 20`), or put some of them on level 0.",
    )


def all_payments(potential: FloatArray) -> FloatArray:
    """Every user's fair payment at every profile, as differences of the potential.

    Parameters
    ----------
    potential : P, shape (L_1, …, L_N); see :func:`fairgames.values.potential.potential`

    Returns
    -------
    shape (N, L_1, …, L_N); entry i is P(ρ) − P(ρ with ρ_i = 0)
    """
    n = potential.ndim
    memory.require(
        n * potential.nbytes,
        f"All payments of {potential.size:,} profiles",
        "Take differences of P one user at a time.",
    )
    result = np.empty((n, *potential.shape))
    before = 1
    for user, length in enumerate(potential.shape):
        levels = potential.reshape(before, length, -1)
        np.subtract(levels, levels[:, :1], out=result[user].reshape(levels.shape))
        before *= length
    return result
