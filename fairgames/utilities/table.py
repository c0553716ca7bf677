"""A user's own utility: an array with one axis a user and one entry a level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import Rationals, object_array, to_fraction
from fairgames.text import shown
from fairgames.typing import Array, Axes, FloatArray, Number
from fairgames.utilities.base import Utility
from fairgames.utilities.checks import LARGEST
from fairgames.utilities.counts import CountAxes, places


class TableUtility(Utility):
    """U as a table, shape (L, …, L), with U(0, …, 0) = 0.

    Parameters
    ----------
    values : a float array; or nested lists or an object array of ``int``, ``Fraction`` or
        strings such as "2/3", which keep every computation exact, decimals among them read as
        written. Nested lists of numbers that hold a Python float are taken as floats.
    levels : names of the levels as numbers; default 0, 1, …, L − 1

    Raises
    ------
    InputError
        If the table is not of shape (L, …, L), holds a value that is not finite, or U(0) ≠ 0.

    >>> TableUtility([[0, "2/3"], ["2/3", 1]]).rational
    True
    """

    kind: ClassVar[str] = "table"
    _vouched = True

    def __init__(
        self, values: Sequence[Any] | Array, levels: Sequence[Number] | None = None, scale: Number = 1
    ) -> None:
        table = _as_table(values)
        length = table.shape[0]
        super().__init__(table.ndim, range(length) if levels is None else levels, scale)
        faults = []
        if set(table.shape) != {len(self.levels)}:
            faults.append(
                f"values: expected shape {(len(self.levels),) * table.ndim} "
                f"({len(self.levels)} levels for each of {table.ndim} users), got {table.shape}"
            )
        if table.flat[0] != 0:
            faults.append(
                f"values: expected U = 0 where nobody shares, got {shown(table.flat[0])}; "
                "subtract that from every value"
            )
        if not faults and (large := np.argwhere(abs(table) > LARGEST)).size:
            place = tuple(large[0].tolist())
            faults.append(
                f"values: expected numbers up to {LARGEST:g} in absolute value, got {shown(table[place])} at profile "
                f"{list(place)}; state U in a larger unit"
            )
        if faults:
            raise InputError(faults)
        self._exact = Rationals.of(table) if table.dtype == object else None
        self._floats = self._exact.floats() if self._exact else table

    @property
    def rounding(self) -> float:
        """Rationals are rounded once; what a float table holds was rounded before it came here; scaling rounds."""
        rounds, info = 1 + (self.scale != 1), np.finfo(float)
        # Below the smallest normal number rounding is no longer relative.
        return rounds * float(info.eps * np.abs(self._floats).max() * float(self.scale) + info.smallest_subnormal)

    @property
    def rational(self) -> bool:
        return self._exact is not None

    @cached_property
    def types(self) -> tuple[int, ...]:
        """Users who can change places without a change of the table."""
        table = self._exact.numerators if self._exact else self._floats
        firsts: list[int] = []
        found = []
        for user in range(self.n_users):
            # If changing places with each of two users changes nothing, neither does theirs with each other.
            alike = (
                number for number, first in enumerate(firsts) if np.array_equal(table, table.swapaxes(user, first))
            )
            number = next(alike, len(firsts))
            if number == len(firsts):
                firsts.append(user)
            found.append(number)
        return tuple(found)

    def _block(self, axes: Axes) -> FloatArray:
        return self._floats[np.ix_(*axes)]

    def _exact_block(self, axes: Axes) -> Rationals:
        return self._exact[np.ix_(*axes)] if self._exact else super()._exact_block(axes)

    def _count_block(self, axes: CountAxes) -> FloatArray:
        return self._floats[tuple(places(axes, self.types))]

    def _exact_count_block(self, axes: CountAxes) -> Rationals:
        return self._exact[tuple(places(axes, self.types))] if self._exact else super()._exact_count_block(axes)


def _as_table(values: Sequence[Any] | Array) -> Array:
    """A float array of finite numbers, or an object array of ``Fraction``."""
    try:
        table = values if isinstance(values, np.ndarray) else np.array(values, dtype=object)
    except ValueError:
        raise InputError("values: the nested lists have different lengths") from None
    if table.ndim == 0 or table.size == 0:
        raise InputError("values: expected a nested list with one nesting a user, got nothing")
    if any(isinstance(value, list | tuple) for value in table.flat):
        raise InputError("values: the nested lists have different lengths")
    if table.dtype.kind in "iub":
        return _each(Fraction, table.astype(object))
    kinds = {type(value) for value in table.flat}
    if table.dtype.kind == "f" or (float in kinds and str not in kinds):
        return _finite(table)
    return _each(lambda value: to_fraction(value, "values"), table)


def _each(function: Callable[[Any], Fraction], table: Array) -> Array:
    return object_array(function(value) for value in table.flat).reshape(table.shape)


def _finite(table: Array) -> FloatArray:
    try:
        floats = np.array([float(value) for value in table.flat]).reshape(table.shape)
    except (TypeError, ValueError):
        raise InputError("values: expected numbers") from None
    wrong = np.argwhere(~np.isfinite(floats))
    if len(wrong):
        first = wrong[0]
        raise InputError(f"values: expected finite numbers, got {floats[tuple(first)]} at profile {first.tolist()}")
    return floats
