"""Deviation values: what each user would be paid at each of its levels, all others staying."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from fairgames.typing import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class DeviationValues:
    """The deviation values of all users at one profile, before any share is taken of them.

    Attributes
    ----------
    values : φ of a user of each type who is at level x and goes to y, shape (T, L, L); x = y is the
        payment itself; NaN where nobody of the type is at x
    utility : U
    potential : P (Hart & Mas-Colell), or φ_p where the platform is a member
    error : bound on the absolute error of each of ``values``
    potential_error : the same of ``potential``
    """

    values: FloatArray
    utility: float
    potential: float
    error: float
    potential_error: float


class DeviationMethod(Protocol):
    """A method that computes the deviation values of one game at one profile after another."""

    def at(self, counts: IntArray) -> DeviationValues:
        """The deviation values with so many users of each type on each level, shape (T, L)."""
