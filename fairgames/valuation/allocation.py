"""Payments at one profile, with their errors; and the values that each method computes for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from fairgames.errors import InputError
from fairgames.tables.table import Table, Tabular
from fairgames.text import number, shown
from fairgames.typing import Array, IntArray, Number
from fairgames.utilities.base import Utility
from fairgames.utilities.given import described, is_stated, to_utility
from fairgames.valuation.alpha import Alpha, AlphaOfUtility, to_alpha
from fairgames.valuation.rules import Rule, to_rule

if TYPE_CHECKING:
    import pandas as pd

#: How many names a warning lists.
_MOST_NAMES = 10

#: The chance with which a statistical bound holds.
CONFIDENCE = 0.99


@dataclass(frozen=True, eq=False)
class Allocation(Tabular):
    """The payments of all users at one profile, and what the platform keeps.

    Attributes
    ----------
    payments : shape (N,), in money; ``Fraction`` where ``exact``
    platform : what the platform keeps: U − Σ payments, under Theorem 1 its own value φ_p
    utility : U at the profile
    alpha : the share paid out; None under Theorem 1
    efficiency_residual : Σ payments − α·U, or φ_p + Σ payments − U: 0 up to rounding
    error_bound : absolute, on every payment; 0 where ``exact``
    exact : whether all of this is rational
    monotone : whether no coalition of these users loses by one more member; None where not all were looked at
    method : how it was computed, one of :data:`fairgames.valuation.request.METHODS`
    statistical : whether ``error_bound`` holds with 99% confidence, for all payments together, and not for certain
    why : why the method was chosen, in words; empty where it was named
    """

    payments: Array
    platform: float | Fraction
    utility: float | Fraction
    alpha: float | Fraction | None
    efficiency_residual: float | Fraction
    error_bound: float
    exact: bool
    monotone: bool | None
    method: str = "subsets"
    statistical: bool = False
    why: str = ""

    def headline(self) -> str:
        """U, what the platform keeps, and the share."""
        share = "" if self.alpha is None else f" at α = {number(self.alpha)}"
        return f"Payments of a utility of {number(self.utility)}; the platform keeps {number(self.platform)}{share}"

    def table(self, users: Sequence[str] = ()) -> Table:
        """One row a user, with its payment; ``users`` are their names, by default ``user-1`` …."""
        names = users or [f"user-{number}" for number in range(1, len(self.payments) + 1)]
        if len(names) != len(self.payments):
            raise InputError(f"users: got {len(names)} names, expected {len(self.payments)}, one a user")
        return Table({"user": names, "payment": self.payments})

    def to_frame(self, exact: bool = False, users: Sequence[str] = ()) -> pd.DataFrame:
        """The :meth:`table` as a frame of pandas; with ``exact``, rationals stay ``Fraction`` objects.

        Raises
        ------
        InputError
            If ``users`` are not as many as the payments.
        MissingPackageError
            If pandas is not installed (extra ``tables``).
        """
        return self.table(users).to_frame(exact)

    def warnings(self, names: Sequence[str]) -> tuple[str, ...]:
        """What is legal but may surprise: a U that is not monotone, payments below 0."""
        found = ["U is not monotone: some coalition is worth less with one more member"] * (self.monotone is False)
        negative = [names[user] for user in np.flatnonzero(self.payments < -self.error_bound).tolist()]
        if negative:
            more = f" and {len(negative) - _MOST_NAMES:,} more" if len(negative) > _MOST_NAMES else ""
            found.append(f"the fair payment is negative for {', '.join(negative[:_MOST_NAMES])}{more}")
        return tuple(found)


@dataclass(frozen=True)
class Cost:
    """What a method is predicted to take, from the sizes of a question alone: to compare methods, no promise.

    Attributes
    ----------
    seconds, bytes : of one core, and of memory
    error : about what its bound on the error of a payment will be, in money; 0 where it is exact
    """

    seconds: float
    bytes: float
    error: float


@dataclass(frozen=True, eq=False)
class PaymentRequest:
    """A question for payments at one profile, checked: utility, profile, share and rule.

    Attributes
    ----------
    profile : level indices, shape (N,)
    exact : whether rational arithmetic is asked for; None where it is for the method to say
    seed : of what is drawn at random
    """

    utility: Utility
    profile: IntArray
    share: Alpha
    rule: Rule
    exact: bool | None
    seed: int = 0

    @classmethod
    def of(
        cls,
        utility: Utility,
        profile: Sequence[int] | IntArray,
        alpha: Number | AlphaOfUtility,
        rule: str | Rule,
        exact: bool | None,
        seed: int = 0,
    ) -> PaymentRequest:
        """The request that the arguments of :func:`fairgames.valuation.request.payments` make.

        Raises
        ------
        InputError
            If the profile or the share does not fit, or ``exact`` is asked of floats.
        """
        if is_stated(utility):
            raise InputError(
                f"utility: got {described(utility)}, expected its .utility: payments(s.utility, profile, rule=s.rule)"
            )
        utility = to_utility(utility)
        rule, share = to_rule(rule), to_alpha(alpha)
        if not rule.has_alpha and share != 1:
            rule.check_share(alpha, stated=True)
        if not _is_flat(profile):
            raise InputError(
                f"profile: got {described(profile)}, expected one level index a user in their order, such as "
                f"{shown((1,) * min(utility.n_users, 3))}"
            )
        if len(profile) != utility.n_users:
            raise InputError(f"profile: expected {utility.n_users} level indices, one a user, got {len(profile)}")
        n_levels = len(utility.levels)
        levels = np.asarray(profile)
        wrong = sorted(set(np.unique(levels).tolist()) - set(range(n_levels)))
        if wrong:
            raise InputError(f"profile: level indices {wrong} are not among 0 … {n_levels - 1}")
        if not rule.fair:
            rule = rule.of_samples(utility.samples)
        if exact and not utility.rational:
            raise InputError(f"exact: the {utility.kind} utility is not rational: its values are floats")
        return cls(utility, levels.astype(np.int64), share, rule, exact, seed)

    def described(self, found: Allocation) -> dict[str, object]:
        """Profile, rule, share and the method used, by name: for a report."""
        return {
            "utility": self.utility.described(),
            "profile": self.profile.tolist(),
            "rule": self.rule.name,
            "alpha": self.share,
            "exact": self.exact,
            "method": found.method,
            "seed": self.seed,
        }

    @property
    def in_rationals(self) -> bool:
        """Whether rational arithmetic is asked for, or the utility's own."""
        return self.utility.rational if self.exact is None else self.exact

    @property
    def worth(self) -> float:
        """|U| at the profile, and something where that is 0: what errors are predicted from."""
        return abs(self.utility.at(self.profile.tolist())) or 1.0

    @property
    def n_sharing(self) -> int:
        return int(np.count_nonzero(self.profile))


def _is_flat(profile: object) -> bool:
    """Whether it is one entry after another."""
    if isinstance(profile, np.ndarray):
        return profile.ndim == 1
    if not isinstance(profile, Sequence) or isinstance(profile, str):
        return False
    # Of a million levels there are few types.
    return not any(issubclass(kind, Sequence | np.ndarray) for kind in set(map(type, profile)))


@dataclass(frozen=True, eq=False)
class Values:
    """The values φ of all users at one profile with their errors, before any share is taken of them.

    Attributes
    ----------
    values : φ_i of every user, shape (N,); ``Fraction`` where exact
    platform : φ_p under Theorem 1, found by itself and not as what is left; None under Theorem 2
    total : U at the profile
    error : bound on the absolute error of each value
    monotone, statistical : as in :class:`Allocation`
    """

    values: Array
    platform: float | Fraction | None
    total: float | Fraction
    error: float
    monotone: bool | None = None
    statistical: bool = False

    def allocation(self, question: PaymentRequest, method: str) -> Allocation:
        """The payments at the share that was asked for."""
        exact, share, total = self.values.dtype == object, question.share, self.total
        error, alpha, paid = self.error, None, self.values
        keeps: float | Fraction
        if self.platform is None:
            factor = share(total) if isinstance(share, AlphaOfUtility) else share
            alpha = factor if exact else float(factor)
            paid = alpha * self.values
            keeps = total - paid.sum()
            residual = paid.sum() - alpha * total
        else:
            keeps = self.platform
            residual = keeps + paid.sum() - total
        if isinstance(share, AlphaOfUtility) and not exact:
            spread = share.spread(np.array(total), question.utility.rounding)
            error += spread * float(np.abs(self.values).max(initial=0.0))
        return Allocation(paid, keeps, total, alpha, residual, error, exact, self.monotone, method, self.statistical)
