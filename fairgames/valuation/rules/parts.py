"""Rules that divide U in proportion to a number of each user who shares, whatever the user's data are worth."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from fairgames.exact import Rationals, object_array
from fairgames.typing import Array
from fairgames.valuation.rules.base import Coalitions, Rule

if TYPE_CHECKING:
    from fairgames.tensor import Tensor


class Parts(Rule):
    """φ_i = U(ρ)·w_i/Σ_j w_j over those who share; where some w are infinite, they divide U equally.

    That is the limit of any that grow alike.
    """

    steepness = 1.0

    @abstractmethod
    def part(self, user: int, level: Fraction | float) -> Fraction | float:
        """w of a user on a level above 0: a rational above 0, or infinite."""

    def values(self, coalitions: Coalitions) -> Array:
        numbers = [self.part(user, level) for user, level in zip(coalitions.users, coalitions.levels, strict=True)]
        return np.asarray(coalitions.numbers(_of_one(numbers)) * coalitions.total)

    def values_on_grid(self, utilities: Tensor, levels: Sequence[Sequence[Any]]) -> tuple[Tensor, ...]:
        from fairgames.tensor import Tensor

        numbers = [[self.part(user, level) if level else 0 for level in row] for user, row in enumerate(levels)]
        finite = [[0 if number == math.inf else number for number in row] for row in numbers]
        endless = [[int(number == math.inf) for number in row] for row in numbers]
        exact = utilities.exact
        found = _divided(finite, exact)
        if any(map(any, endless)):
            where = sum(_axes(endless, False)) > 0
            found = [np.where(where, one, other) for one, other in zip(_divided(endless, exact), found, strict=True)]
        if not exact:
            error = utilities.error + 4 * float(np.finfo(float).eps) * float(np.abs(utilities.values).max())
            return tuple(Tensor(utilities.values * part, 1, error) for part in found)
        rational = Rationals.of(np.stack(found))
        unit = rational.denominator * utilities.unit
        return tuple(Tensor(utilities.values * part, unit, 0) for part in rational.numerators)


def _divided(numbers: Sequence[Sequence[Any]], exact: bool) -> list[Array]:
    """What each gets of 1 at every profile; nothing where all numbers are 0."""
    axes = _axes(numbers, exact)
    total: Array = np.asarray(sum(axes[1:], start=axes[0]))
    whole = np.where(total == 0, total + 1, total)
    return [own / whole for own in axes]


def _axes(numbers: Sequence[Sequence[Any]], exact: bool) -> list[Array]:
    """Each user's numbers along an axis of its own."""
    n = len(numbers)
    return [
        (object_array(map(Fraction, row)) if exact else np.array([float(one) for one in row])).reshape(
            [-1 if axis == user else 1 for axis in range(n)]
        )
        for user, row in enumerate(numbers)
    ]


def _of_one(numbers: Sequence[Fraction | float]) -> list[Fraction]:
    """What each gets of 1."""
    if endless := sum(number == math.inf for number in numbers):
        return [Fraction(int(number == math.inf), endless) for number in numbers]
    whole = sum((Fraction(number) for number in numbers), start=Fraction(0))
    return [Fraction(number) / whole for number in numbers]
