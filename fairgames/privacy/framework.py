"""A heterogeneous privacy framework (Definition 1): a set of levels, and which mechanisms respect a profile of them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence, Sized
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.typing import Number

#: A privacy level: a rational, or ``inf``, the only float.
Level: TypeAlias = Fraction | float


#: A random function A of the users' data, Xᴺ → Y, described so that it can be checked; its ``len`` is N.
M_contra = TypeVar("M_contra", bound=Sized, contravariant=True)


@dataclass(frozen=True)
class Verdict:
    """Whether a mechanism respects a profile of privacy levels; true or false like a ``bool``.

    Attributes
    ----------
    faults : why it does not, one entry for each user whose level is not respected
    warnings : what is legal but may surprise
    """

    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every user's level is respected."""
        return not self.faults

    @property
    def reason(self) -> str:
        """The verdict in words."""
        return "; ".join(self.faults) or "every user's privacy level is respected"

    def __bool__(self) -> bool:
        return self.holds


class PrivacyFramework(ABC, Generic[M_contra]):
    """Definition 1: a set E ⊆ [0, ∞] of privacy levels, and for each profile ρ the set A(ρ) of ρ-private mechanisms.

    Levels are ordered as numbers: the lower, the more private, and who shares nothing is at 0.
    A new framework says which levels it has, what the platform receives at each, and how to
    find out whether a mechanism is in A(ρ).

    Attributes
    ----------
    name : what the framework is called
    levels : E, ascending; None where every number in [0, ∞] is a level
    """

    name: ClassVar[str]
    levels: ClassVar[tuple[Level, ...] | None]

    @abstractmethod
    def received(self, level: Number) -> str:
        """What the platform receives from a user at ``level``."""

    @abstractmethod
    def _verdict(self, mechanism: M_contra, profile: tuple[Level, ...]) -> Verdict:
        """Whether ``mechanism`` is in A(ρ), for a profile that fits it."""

    def check(self, mechanism: M_contra, profile: Sequence[Number]) -> Verdict:
        """Whether ``mechanism`` is in A(ρ), decided in exact arithmetic.

        Raises
        ------
        InputError
            If ``profile`` is not one level of E for each user of the mechanism.
        """
        if len(profile) != len(mechanism):
            raise InputError(f"the profile has {len(profile)} levels, but the mechanism has {len(mechanism)} users")
        return self._verdict(mechanism, self.profile(profile))

    def contains(self, level: Any) -> bool:
        """Whether ``level`` is in E."""
        return self._has(_read(level))

    def more_private(self, level: Number, than: Number) -> bool:
        """Whether ``level`` is strictly more private than another; the order is total."""
        first, second = self.profile([level, than])
        return first < second

    def profile(self, levels: Sequence[Number]) -> tuple[Level, ...]:
        """One level a user, read as written.

        Raises
        ------
        InputError
            Naming every user whose level is not in E.
        """
        read = [_read(level) for level in levels]
        expected = 'a number ≥ 0 or "inf"' if self.levels is None else f"one of {', '.join(map(str, self.levels))}"
        faults = [
            f"user {user}: {levels[user - 1]!r} is no level of {self.name}, expected {expected}"
            for user, level in enumerate(read, start=1)
            if not self._has(level)
        ]
        if faults:
            raise InputError(faults)
        return tuple(level for level in read if level is not None)

    def _has(self, level: Level | None) -> bool:
        return level is not None and (self.levels is None or level in self.levels)


def shown(level: Level) -> str:
    """A level for people: exactly where that is short, else to the digits of a float.

    >>> shown(Fraction(1, 3)), shown(Fraction(10**30, 3)), shown(math.inf)
    ('1/3', 'about 3.3333333333333333e+29', 'inf')
    """
    if isinstance(level, float) or level.numerator.bit_length() + level.denominator.bit_length() <= 80:
        return str(level)
    return f"about {Decimal(level.numerator) / Decimal(level.denominator):.17g}"


def _read(value: Any) -> Level | None:
    """The number that was written; None for whatever is not in [0, ∞].

    >>> _read("1/3"), _read("inf"), _read(-1), _read(math.nan)
    (Fraction(1, 3), inf, None, None)
    """
    if isinstance(value, int | float) and value == math.inf:
        return math.inf
    if isinstance(value, str) and value.strip() in ("inf", "+inf"):
        return math.inf
    try:
        number = to_fraction(value)
    except InputError:
        return None
    return number if number >= 0 else None
