"""Payments in whole cents: rounded by largest remainders, so that nothing is lost or made on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fairgames.errors import InputError
from fairgames.exact import object_array, to_fraction
from fairgames.text import shown
from fairgames.typing import Array, Number
from fairgames.valuation.allocation import Allocation

#: Parts of all payments are told to a tenth of a percent.
_PERCENT = Fraction(1, 10)


@dataclass(frozen=True, eq=False)
class RoundedPayments:
    """Payments that are whole multiples of a unit of money; with what the platform keeps they are U exactly.

    Attributes
    ----------
    payments : shape (N,), ``Fraction`` objects, in money
    unit : what they are multiples of, such as 1/100
    total : their sum: ``before``, rounded to the nearest multiple, at a tie to the even one
    before : the sum of the payments that were rounded, floats taken as the rationals that they are
    platform : U − ``total``
    raised : how many users have the next multiple above what they were paid, or that itself, by their remainder
    largest_change : the most that somebody's payment changed, below one unit
    """

    payments: Array
    unit: Fraction
    total: Fraction
    before: Fraction
    platform: Fraction
    raised: int
    largest_change: Fraction


def rounded(allocation: Allocation, unit: Number) -> RoundedPayments:
    """Payments in multiples of a unit, such as cents, that add up to their own sum in that unit.

    Each payment is rounded down; the units that are then missing go, one each, to the users with the largest
    remainders, of equals to the first: the method of largest remainders (Hamilton's of apportionment;
    Balinski & Young, *Fair Representation*, 1982). So users who are alike may be one unit apart.

    Raises
    ------
    InputError
        If the unit is no number above 0.

    >>> from fairgames import TableUtility, payments
    >>> paid = payments(TableUtility([[[0, 1], [1, 1]], [[1, 1], [1, 1]]]), (1, 1, 1))
    >>> found = rounded(paid, "0.01")
    >>> [str(one) for one in paid.payments], [float(one) for one in found.payments], found.total == 1
    (['1/3', '1/3', '1/3'], [0.34, 0.33, 0.33], True)
    """
    size = to_fraction(unit, "unit")
    if size <= 0:
        raise InputError(f"unit: expected a number above 0, such as 0.01, got {shown(unit)}")
    exactly = _exactly(allocation.payments.tolist())
    multiples = largest_remainders(exactly, size)
    made = [size * count for count in multiples]
    total = size * sum(multiples)
    return RoundedPayments(
        payments=object_array(made),
        unit=size,
        total=total,
        before=sum(exactly, Fraction(0)),
        platform=Fraction(allocation.utility) - total,
        raised=sum(new > old for new, old in zip(made, exactly, strict=True)),
        largest_change=max((abs(new - old) for new, old in zip(made, exactly, strict=True)), default=Fraction(0)),
    )


def percents(payments: Sequence[Any]) -> list[Fraction] | None:
    """Each payment as a part of all, in percent, to a tenth; together exactly 100. None unless all is above 0.

    >>> [float(one) for one in percents([1, 1, 1])], percents([1, -1])
    ([33.4, 33.3, 33.3], None)
    """
    exactly = _exactly(payments)
    total = sum(exactly, Fraction(0))
    if total <= 0:
        return None
    parts = largest_remainders([100 * one / total for one in exactly], _PERCENT)
    return [_PERCENT * count for count in parts]


def largest_remainders(values: Sequence[Fraction], unit: Fraction) -> list[int]:
    """Whole numbers of units near the values, whose sum is the nearest to the values' own."""
    known = {value: divmod(value, unit) for value in set(values)}  # users alike are many
    counts = [known[value][0] for value in values]
    missing = round(sum(values, Fraction(0)) / unit) - sum(counts)
    by_remainder = sorted(range(len(values)), key=lambda user: -known[values[user]][1])
    for user in by_remainder[:missing]:
        counts[user] += 1
    return counts


def _exactly(payments: Sequence[Any]) -> list[Fraction]:
    """Rationals as they are, and floats as the rationals that they are."""
    return [one if isinstance(one, Fraction) else Fraction(one) for one in payments]
