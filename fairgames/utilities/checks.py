"""The one check that every utility's values pass: numbers, finite, of the right shape, and U(0) = 0.

A utility of one's own is a stranger: what it returns is looked at before anything is computed with it,
and what is wrong is told with the profile at which it is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

from fairgames.errors import InputError
from fairgames.text import runs
from fairgames.typing import Array, FloatArray
from fairgames.utilities.counts import CountAxes, profiles

#: Values of U, in money, whose squares and sums over all coalitions still fit into a float64.
LARGEST = 1e140
#: What to do about values that are larger.
_ANOTHER_UNIT = "state money, or U, in a larger unit"


def numbers(found: object, shape: tuple[int, ...], where: str) -> FloatArray:
    """What a utility returned for a grid of ``shape``, as one row of floats.

    Axes of length 1 may be there or not.

    Raises
    ------
    InputError
        If these are no real numbers, or not one for each profile of the grid.
    """
    array = np.asarray(found)
    if array.dtype.kind not in "fiu":
        raise InputError(f"{where}: expected an array of real numbers (float64), got {_shown(found, array)}")
    require_shape(array.shape, shape, where)
    with np.errstate(over="ignore"):  # a longdouble beyond float64 is told as what is not finite
        return np.asarray(array, dtype=float).reshape(-1)


def require_shape(found: tuple[int, ...], shape: tuple[int, ...], where: str) -> None:
    """Raise :class:`InputError` unless the shapes are the same but for axes of length 1."""
    squeezed = tuple(length for length in shape if length > 1)
    if tuple(length for length in found if length != 1) != squeezed:
        raise InputError(
            f"{where}: expected shape {squeezed}, one axis for each user who ranges over more than one level "
            f"(axes of length 1 may stand or not), got shape {found}"
        )


def first_not_finite(values: FloatArray) -> int | None:
    """The index of the first entry that is no finite number."""
    finite = np.isfinite(values)
    return None if finite.all() else int(np.argmin(finite))


def in_money(values: FloatArray, scale: float, name: Any) -> FloatArray:
    """U from U/scale, both finite.

    Parameters
    ----------
    name : from an index into ``values`` to words for where that is, "at profile (1, 0)"

    Raises
    ------
    InputError
        With the value, and where it stands, if it is not finite or too large to compute with.
    """
    wrong = first_not_finite(values)
    if wrong is not None:
        raise InputError(
            f"U {name(wrong)} is {values[wrong]}, expected a finite number; "
            "say what the platform earns there, also where nothing can be estimated (0, if it earns nothing)"
        )
    with np.errstate(over="ignore"):
        money = values * scale if scale != 1 else values
    largest = max(float(money.max(initial=0.0)), -float(money.min(initial=0.0)))
    if not largest <= LARGEST:
        worst = int(np.argmax(np.abs(money)))
        times = f"{values[worst]:g} times scale {scale:g}" if scale != 1 else f"{values[worst]:g}"
        raise InputError(
            f"U {name(worst)} is {times}, expected at most {LARGEST:g} in absolute value: "
            f"sums and squares of larger numbers overflow; {_ANOTHER_UNIT}"
        )
    return money


def at_profile(profile: Sequence[int]) -> str:
    """Where a value stands: "at profile (1, 0)", equal neighbours of many users as one."""
    return f"at profile ({', '.join(runs([str(level) for level in profile]))})"


def at_grid(axes: Sequence[Sequence[int]], index: int) -> str:
    """The same for an index into the row of a product of levels."""
    profile = []
    for axis in reversed(axes):
        index, place = divmod(index, len(axis))
        profile.append(int(axis[place]))
    return at_profile(profile[::-1])


def at_counts(axes: CountAxes, types: Sequence[int], index: int) -> str:
    """The same for an index into the row of a product of counts: a profile that has them."""
    rows = []
    for axis in reversed(axes):
        index, place = divmod(index, len(axis))
        rows.append(axis[place][None])
    (profile,) = profiles(rows[::-1], types)
    return at_profile([level for (level,) in profile])


def require_baseline(value: float, rounding: float, kind: str) -> None:
    """Raise :class:`InputError` if U where nobody shares is more than its own error away from 0."""
    if not abs(value) <= rounding:
        raise InputError(
            f"the {kind} utility: expected U = 0 where nobody shares, got {value:g}; subtract that from every value, "
            "or hand over fairgames.utilities.AboveBaseline(utility), which does"
        )


def require_rounding(rounding: object, kind: str) -> float:
    """The stated error as a float.

    Raises
    ------
    InputError
        If it is not a finite number ≥ 0.
    """
    if not isinstance(rounding, int | float | np.integer | np.floating) or not 0 <= float(rounding) < math.inf:
        raise InputError(
            f"the {kind} utility: expected its rounding to be a finite number ≥ 0, a bound on the absolute error of "
            f"any value in money, got {rounding!r}"
        )
    return float(rounding)


def require_bound(bound: object, kind: str) -> float | None:
    """The stated bound on |U| as a float; None where none is stated.

    Raises
    ------
    InputError
        If it is not a finite number ≥ 0.
    """
    if bound is None:
        return None
    if not isinstance(bound, Real) or not 0 <= float(bound) < math.inf:
        raise InputError(
            f"the {kind} utility: expected its bound on |U| to be a finite number ≥ 0, in money, or None, got {bound!r}"
        )
    return float(bound)


def _shown(found: object, array: Array) -> str:
    return f"{type(found).__name__} of dtype {array.dtype}, shape {array.shape}"
