"""Sums of unknown utilities: a rule that only adds U and multiplies it by numbers, run on these, shows its weights.

Where a rule's payments come out as a₀ + Σ_S a_S·U(ρ_S), they are additive in U iff a₀ = 0, for all U at once. What
looks at a value of U, compares or rounds it, has no such form, and says so by an exception.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from numbers import Real
from typing import Any, NoReturn

import numpy as np


class NoFormError(Exception):
    """What was asked of a form has none: the value depends on more than a weighted sum of U."""


class Form:
    """a₀ + Σ a_k·x_k over unknowns x_k.

    Attributes
    ----------
    constant : a₀
    weights : a_k by the name of the unknown
    """

    def __init__(self, constant: Any = Fraction(0), weights: Mapping[Hashable, Any] | None = None) -> None:
        self.constant = constant
        self.weights = dict(weights or {})

    @classmethod
    def unknown(cls, name: Hashable) -> Form:
        """x of that name."""
        return cls(Fraction(0), {name: Fraction(1)})

    def __add__(self, other: Any) -> Form:
        if isinstance(other, np.ndarray):  # each of its entries
            return NotImplemented
        if not isinstance(other, Form):
            return Form(self.constant + _number(other), self.weights)
        joined = dict(self.weights)
        for name, weight in other.weights.items():
            joined[name] = joined.get(name, 0) + weight
        return Form(self.constant + other.constant, joined)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Form:
        if isinstance(other, np.ndarray):  # each of its entries
            return NotImplemented
        if isinstance(other, Form):
            if any(other.weights.values()):
                if any(self.weights.values()):
                    raise NoFormError("a product of two values of U")
                return other._times(self.constant)
            other = other.constant
        return self._times(other)

    def _times(self, other: Any) -> Form:
        factor = _number(other)
        return Form(self.constant * factor, {name: weight * factor for name, weight in self.weights.items()})

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Form:
        if isinstance(other, np.ndarray):  # each of its entries
            return NotImplemented
        if isinstance(other, Form):
            raise NoFormError("a quotient of two values of U")
        divisor = _number(other)
        return self * (1 / Fraction(divisor) if isinstance(divisor, int) else 1 / divisor)

    def __neg__(self) -> Form:
        return self * -1

    def __pos__(self) -> Form:
        return self

    def __sub__(self, other: Any) -> Form:
        return NotImplemented if isinstance(other, np.ndarray) else self + (-other)

    def __rsub__(self, other: Any) -> Form:
        return NotImplemented if isinstance(other, np.ndarray) else -self + other

    def __getattr__(self, name: str) -> NoReturn:
        # NumPy looks for names of its own with underscores; whatever else is asked for is a number's.
        raise (AttributeError if name.startswith("__") else NoFormError)(name)

    def _looked_at(self, *_others: object) -> NoReturn:
        raise NoFormError("a value of U is compared or rounded")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _looked_at
    __abs__ = __bool__ = __float__ = __int__ = __index__ = __round__ = __floor__ = __ceil__ = __trunc__ = _looked_at
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __rtruediv__ = _looked_at
    __divmod__ = __rdivmod__ = __complex__ = _looked_at
    __hash__ = None  # type: ignore[assignment]


def _number(value: Any) -> Any:
    """A number that a form can be multiplied with or moved by."""
    if isinstance(value, bool) or not isinstance(value, Real | np.number):
        raise NoFormError(f"a value of U meets a {type(value).__name__}")
    return value.item() if isinstance(value, np.generic) else value
