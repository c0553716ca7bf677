"""What a user would be paid at each level, all others staying: what a method hands over for all users at once."""

from __future__ import annotations

from typing import Protocol

from fairgames.typing import IntArray
from fairgames.utilities.capabilities import DeviationValues

__all__ = ["DeviationMethod", "DeviationValues"]


class DeviationMethod(Protocol):
    """Deviation values of one game at one profile after another."""

    def at(self, counts: IntArray) -> DeviationValues:
        """With so many users of each type on each level, shape (T, L)."""
