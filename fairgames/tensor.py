"""One number per profile, in floats or as integers over one denominator."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.exact import object_array
from fairgames.typing import Array, ProfileTensor


@dataclass(frozen=True, eq=False)
class Tensor:
    """One number per profile of the users' choices: floats, or integers over ``unit``.

    ``error`` bounds the absolute error of every entry; where exact it is the integer 0, which
    leaves rationals rational.
    """

    values: ProfileTensor
    unit: int
    error: float

    @property
    def exact(self) -> bool:
        return self.values.dtype == object

    def at(self, index: tuple[slice, ...]) -> Tensor:
        """A view of part of it."""
        return Tensor(self.values[index], self.unit, self.error)

    def numbers(self, index: Any = ...) -> Array:
        """The entries at ``index`` as floats or ``Fraction`` objects."""
        chosen = np.asarray(self.values[index])
        if not self.exact:
            return chosen
        return object_array(Fraction(value, self.unit) for value in chosen.flat).reshape(chosen.shape)
