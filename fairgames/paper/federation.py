"""The ten users of Section 4: the papers give their levels, two have n_i = 100, the other n_i are not told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from fairgames.game import PaymentGame
from fairgames.typing import Profile
from fairgames.users import Users
from fairgames.utilities import FederatedMean

#: The n_i of the users with much data, as in the text.
MANY = 100
#: The n_i of the others; the papers do not tell it. Of those tried in Fig. 5 it alone makes all
#: sentences about it hold.
FEW = 10


@dataclass(frozen=True)
class UserKind:
    """Users alike in data and level, and in sensitivity where they have one.

    Attributes
    ----------
    name : of the kind
    level : ρ_i in Figs. 5 and 6
    plenty : whether n_i = 100
    count : how many there are
    """

    name: str
    level: int
    plenty: bool
    count: int

    def samples(self, few: int = FEW) -> int:
        return MANY if self.plenty else few


@dataclass(frozen=True)
class Regime:
    """A degree of heterogeneity: s² = Var(θ_i) and r² = E[σ_i²]."""

    between: Fraction
    within: Fraction

    def __str__(self) -> str:
        return f"s² = {float(self.between):,g}, r² = {float(self.within):,g}"


#: N₂ = 4, N₁ = 5 and N₀ = 1; of the two with n_i = 100 one is on level 2 and one on level 1.
KINDS = (UserKind("A", 2, True, 1), UserKind("B", 2, False, 3), UserKind("C", 1, True, 1), UserKind("D", 1, False, 4),
         UserKind("E", 0, False, 1))  # fmt: skip
PROFILE: Profile = tuple(kind.level for kind in KINDS for _ in range(kind.count))

HETEROGENEOUS = Regime(Fraction(100), Fraction(1))
INTERMEDIATE = Regime(Fraction(1), Fraction(10))
HOMOGENEOUS = Regime(Fraction(1, 10), Fraction(100))

#: c_i at levels 0, 1, 2, one row a kind.
Costs = Sequence[Sequence[Fraction]]

T = TypeVar("T")


def first_of(kind: UserKind) -> int:
    """The first user of a kind."""
    return sum(other.count for other in KINDS[: KINDS.index(kind)])


def each(values: Sequence[T]) -> list[T]:
    """One entry a kind becomes one entry a user."""
    return [value for kind, value in zip(KINDS, values, strict=True) for _ in range(kind.count)]


def utility(regime: Regime, important: int | None = None, few: int = FEW) -> FederatedMean:
    """U of eq. 15; a_i = 1, and 100 for an important user."""
    importance = [100 if user == important else 1 for user in range(len(PROFILE))]
    users = Users(samples=each([kind.samples(few) for kind in KINDS]), importance=importance)
    return FederatedMean(users, float(regime.between), float(regime.within))


def game(regime: Regime, costs: Costs, important: int | None = None) -> PaymentGame:
    """The users' game under Theorem 2."""
    return PaymentGame(utility(regime, important), Users(sensitivity=each(costs), names=names()))


def names() -> tuple[str, ...]:
    """Each user by kind: A, B1, B2, B3, …"""
    return tuple(
        kind.name if kind.count == 1 else f"{kind.name}{number}"
        for kind in KINDS
        for number in range(1, kind.count + 1)
    )
