"""Which of two numbers is larger, and what could not be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cmp_to_key

from fairgames.certain.real import BITS, Rational, Real, cancels


@dataclass(eq=False)
class Judge:
    """Decides comparisons, and remembers those that it could not.

    Attributes
    ----------
    undecided : what floats alone are known of, and could not tell apart, in words
    near_ties : how many comparisons of different expressions 1,024 bits could not decide: ties
    """

    undecided: dict[str, None] = field(default_factory=dict)
    near_ties: int = 0

    @property
    def certain(self) -> bool:
        """Whether nothing is undecided."""
        return not self.undecided

    def leave_open(self, what: str) -> None:
        """State, once, a comparison that cannot be decided."""
        self.undecided.setdefault(what)

    def sign(self, number: Real) -> int:
        """−1, 0 or 1."""
        if isinstance(number, Rational):
            return (number.value > 0) - (number.value < 0)
        for bits in BITS:
            ball = number.ball(bits)
            if ball > 0:
                return 1
            if ball < 0:
                return -1
            if ball.is_zero() or (bits == BITS[0] and cancels(number)):
                return 0
        self.near_ties += 1
        return 0

    def compare(self, one: Real, other: Real) -> int:
        """−1, 0 or 1: the sign of one − other."""
        return 0 if one.key == other.key else self.sign(one - other)

    def greatest(self, numbers: Iterable[Real]) -> Real:
        """The greatest of some numbers."""
        return max(numbers, key=cmp_to_key(self.compare))

    def least(self, numbers: Iterable[Real]) -> Real:
        """The least of some numbers."""
        return min(numbers, key=cmp_to_key(self.compare))
