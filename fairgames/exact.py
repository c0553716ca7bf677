"""Rational numbers: read as they are written, held as integers over one denominator.

Critical shares α are ties, and floating point destroys ties. Where a scenario is rational
(tables, linear-Laplace with rational ε) the whole computation therefore stays rational.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.errors import InputError
from fairgames.text import shown
from fairgames.typing import Array, FloatArray, Number

_LARGEST_EXPONENT = 400
#: Python turns no longer text into an integer, unless it is told to (PYTHONINTMAXSTRDIGITS).
_MOST_DIGITS = 4000
_EXPONENT = re.compile(r"[eE][+-]?([0-9]+)\s*$")
_LARGEST = Fraction(float(np.finfo(float).max))
_DECIMAL_COMMA = re.compile(r"-?[0-9]+,[0-9]+", re.ASCII)


def to_fraction(value: Number | Decimal | np.generic, what: str = "number") -> Fraction:
    """The rational that was written: ``0.3`` and ``"0.3"`` are 3/10, ``"2/3"`` is 2/3.

    Raises
    ------
    InputError
        If ``value`` is not a finite number.

    >>> to_fraction("2/3"), to_fraction(0.3), to_fraction(2)
    (Fraction(2, 3), Fraction(3, 10), Fraction(2, 1))
    """
    if type(value) is Fraction:
        return value
    expected = "a finite number"
    try:
        if isinstance(value, np.longdouble):
            return Fraction(*value.as_integer_ratio())
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, bool) or not isinstance(value, int | float | str | Fraction | Decimal):
            raise ValueError
        if isinstance(value, str) and (len(value) > _MOST_DIGITS or is_beyond_float(value)):
            expected = f"a number of at most {_MOST_DIGITS} digits, its exponent within ±{_LARGEST_EXPONENT}"
            raise ValueError
        return Fraction(repr(value) if isinstance(value, float) else value)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise InputError(f"{what}: expected {expected}, got {shown(value)}{with_a_point(value)}") from None


def to_amount(value: Number | Decimal | np.generic, what: str) -> Fraction:
    """A :func:`to_fraction` that floats can be held against.

    Raises
    ------
    InputError
        If it is no finite number, or beyond every float.

    >>> to_amount("1/3", "budget")
    Fraction(1, 3)
    """
    found = to_fraction(value, what)
    if abs(found) > _LARGEST:
        raise InputError(f"{what}: expected a number between -1.8e308 and 1.8e308, got {shown(value)}")
    return found


def with_a_point(value: object) -> str:
    """What to do about a number with a decimal comma, to end a sentence; "" about anything else.

    >>> with_a_point("0,01"), with_a_point("0,1,2"), with_a_point(3)
    ('; write 0.01', '', '')
    """
    written = value.strip() if isinstance(value, str) else ""
    return f"; write {written.replace(',', '.')}" if _DECIMAL_COMMA.fullmatch(written) else ""


def is_beyond_float(text: str) -> bool:
    """Whether a decimal's exponent is far outside float64, where its integers would fill the memory.

    >>> is_beyond_float("1e999999999"), is_beyond_float("1e-300")
    (True, False)
    """
    exponent = _EXPONENT.search(text.replace("_", ""))
    digits = exponent[1].lstrip("0") if exponent else ""
    return len(digits) > 3 or int(digits or 0) > _LARGEST_EXPONENT


@dataclass(frozen=True, eq=False)
class Rationals:
    """An array of rationals as integer numerators over one common denominator.

    Attributes
    ----------
    numerators : object array of ``int``, any shape
    denominator : positive int
    """

    numerators: Array
    denominator: int

    @classmethod
    def of(cls, fractions: Array) -> Rationals:
        """From an object array of ``int`` or ``Fraction``."""
        ratios = [value.as_integer_ratio() for value in fractions.ravel().tolist()]
        denominator = math.lcm(*{bottom for _, bottom in ratios})
        numerators = [top * (denominator // bottom) for top, bottom in ratios]
        return cls(object_array(numerators).reshape(fractions.shape), denominator)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.numerators.shape

    def floats(self) -> FloatArray:
        """Each entry rounded once to the nearest float64."""
        return np.asarray(self.numerators / self.denominator, dtype=float)

    def fractions(self) -> Array:
        """An object array of ``Fraction``, same shape."""
        flat = [Fraction(value, self.denominator) for value in self.numerators.ravel()]
        return object_array(flat).reshape(self.shape)

    def __getitem__(self, index: Any) -> Rationals:
        return Rationals(np.asarray(self.numerators[index], dtype=object), self.denominator)

    def scaled(self, factor: Fraction) -> Rationals:
        numerators = np.asarray(self.numerators * factor.numerator, dtype=object)
        return Rationals(numerators, self.denominator * factor.denominator)


def object_array(values: Iterable[Any]) -> Array:
    """A one-dimensional object array, never inspected for nested sequences."""
    items = list(values)
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def fractions(values: Array) -> Array:
    """Numbers as the rationals that they are, an object array of the same shape.

    >>> fractions(np.array([0.5, 2.0])).tolist()
    [Fraction(1, 2), Fraction(2, 1)]
    """
    return np.asarray(np.frompyfunc(Fraction, 1, 1)(values), dtype=object)
