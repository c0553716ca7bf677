"""What is paid at every profile, and tables of payments as somebody holds them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import Rationals, object_array, to_fraction
from fairgames.text import shown
from fairgames.typing import Array, BoolArray


@dataclass(frozen=True, eq=False)
class Paid:
    """Payments at every profile of the users' choices.

    Attributes
    ----------
    amounts : shape (N + 1, L_1, …, L_N), in money; the last row is what the platform keeps. Integers over ``unit``,
        or floats
    unit : what integers are over; 1 with floats
    error : bound on the absolute error of each; 0 where exact
    platform_stated : whether the scheme says itself what the platform keeps; else it is what is left of U
    platform_error : the same bound for the platform's row
    stated : at which profiles payments are known, shape (L_1, …, L_N); None where at all
    """

    amounts: Array
    unit: int
    error: float
    platform_stated: bool
    platform_error: float
    stated: BoolArray | None = None

    @classmethod
    def of(
        cls,
        to_users: Array,
        platform: Array | None,
        worths: Array,
        error: float,
        worth_error: float,
        stated: BoolArray | None = None,
    ) -> Paid:
        """From payments of shape (N, L_1, …, L_N) and what the platform keeps; where that is None, what is left of U.

        Parameters
        ----------
        platform, worths : what the platform keeps, and U, shape (L_1, …, L_N)
        error, worth_error : bounds on the errors of payments and of U, where they are floats
        """
        total, platform_error = to_users.sum(axis=0), error
        if platform is None:
            exact = total.dtype == worths.dtype == object
            platform = worths - total if exact else worths.astype(float) - total.astype(float)
            platform_error = len(to_users) * error + worth_error + _rounding(worths) + _rounding(total)
            return cls._joined([*to_users, platform], error, False, platform_error, stated)
        return cls._joined([*to_users, platform], error, True, platform_error, stated)

    @classmethod
    def _joined(
        cls, rows: list[Array], error: float, is_stated: bool, platform_error: float, stated: BoolArray | None
    ) -> Paid:
        if all(row.dtype == object for row in rows):
            rational = Rationals.of(np.stack(rows))
            return cls(rational.numerators, rational.denominator, 0.0, is_stated, 0.0, stated)
        amounts = np.stack([row.astype(float) for row in rows])
        rounded = _rounding(amounts)
        return cls(amounts, 1, error + rounded, is_stated, platform_error + rounded, stated)

    @property
    def exact(self) -> bool:
        return bool(self.amounts.dtype == object)

    def money(self, value: Any) -> Fraction | float:
        """An entry of ``amounts``, or a sum of them, as money."""
        return Fraction(int(value), self.unit) if self.exact else float(value)

    def known(self, found: BoolArray) -> BoolArray:
        """The same, only where payments are known."""
        return found if self.stated is None else found & self.stated

    @property
    def complete(self) -> bool:
        return self.stated is None or bool(self.stated.all())


def _rounding(values: Array) -> float:
    """What rounding a number, or a difference, may add to the error of any of them."""
    return 2 * float(np.finfo(float).eps) * float(np.abs(values.astype(float)).max(initial=0.0))


@dataclass(frozen=True, eq=False)
class PaymentTable:
    """Payments as somebody holds them: of each user at each profile of the users' choices.

    Attributes
    ----------
    payments : shape (N, L_1, …, L_N), in money, over the levels that users may choose in their order; None (in an
        object array) where nothing is known
    platform : what the platform keeps, shape (L_1, …, L_N); None where the table does not say
    name : what it is called, such as its file

    Raises
    ------
    InputError
        If a payment is no finite number, or shapes do not fit.

    >>> PaymentTable([[[0, 0], ["1/2", "1/2"]], [[0, "1/2"], [0, "1/2"]]]).payments[0].tolist()
    [[Fraction(0, 1), Fraction(0, 1)], [Fraction(1, 2), Fraction(1, 2)]]
    """

    payments: Array
    platform: Array | None = None
    name: str = "a table of payments"

    def __post_init__(self) -> None:
        payments = _numbers(self.payments, "payments")
        if payments.ndim < 2 or payments.shape[0] != payments.ndim - 1:
            raise InputError(
                f"payments: got shape {payments.shape}, expected (N, L_1, …, L_N): one array a user, one axis a user"
            )
        platform = None if self.platform is None else _numbers(self.platform, "platform")
        if platform is not None and platform.shape != payments.shape[1:]:
            raise InputError(f"platform: got shape {platform.shape}, expected {payments.shape[1:]}, that of a user's")
        object.__setattr__(self, "payments", payments)
        object.__setattr__(self, "platform", platform)

    @property
    def stated(self) -> BoolArray:
        """At which profiles all payments are known."""
        rows = [*self.payments] if self.platform is None else [*self.payments, self.platform]
        known = np.all([[value is not None for value in row.flat] for row in rows], axis=0)
        return np.asarray(known, dtype=bool).reshape(rows[0].shape)


def _numbers(given: object, what: str) -> Array:
    """``Fraction`` objects, and None where nothing is known; floats are read as they are written."""
    try:
        values = np.array(given, dtype=object)
    except ValueError:
        raise InputError(f"{what}: the nested lists have different lengths") from None
    if any(isinstance(value, list | tuple) for value in values.flat):
        raise InputError(f"{what}: the nested lists have different lengths")
    found = (None if value is None else to_fraction(value, what) for value in values.flat)
    return object_array(found).reshape(values.shape)


def numbers_of(found: Iterable[Any], where: str, sizes: Sequence[int]) -> list[Any]:
    """What a function of somebody's own paid, looked at: rationals stay rational, all else is floats.

    Raises
    ------
    InputError
        If these are not as many as one of ``sizes``, or one is no finite number.
    """
    try:
        values = [value.item() if isinstance(value, np.generic) else value for value in found]
    except TypeError:
        raise InputError(f"{where}: got {shown(found)}, expected a list with one payment a user") from None
    if len(values) not in sizes:
        raise InputError(
            f"{where}: got {len(values)} payments, expected {sizes[0]}, one a user, or one more for the platform"
        )
    for value in values:
        fine = isinstance(value, int | Fraction | float) and not isinstance(value, bool) and math.isfinite(value)
        if not fine:
            raise InputError(f"{where}: got the payment {shown(value)}, expected a finite number")
    if any(isinstance(value, float) for value in values):
        return [float(value) for value in values]
    return [Fraction(value) for value in values]
