"""One share with the equilibrium that it is valued at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from fairgames.reading.json_values import plain
from fairgames.reading.kinds import COUNT, FLAG, NUMBER, STRATEGIES, Kind, listed, optional, record
from fairgames.typing import Array, MixedProfile, Profile, Scalar


@dataclass(frozen=True, eq=False)
class Choice:
    """One share with the equilibrium that it is valued at; equal if all numbers are, rationals to rationals.

    Attributes
    ----------
    alpha : the share; None under Theorem 1
    profile : level indices; None where somebody mixes
    strategies : for each user the probability of each of the L levels
    platform_utility : what the platform keeps, in money; expected where somebody mixes
    utility : U, expected where somebody mixes
    interval : the α at which the selection is this equilibrium or its branch; None under Theorem 1
    attained : whether the value is reached at ``alpha``, or only approached from inside the interval
    value_error : bound on the error of ``platform_utility``; 0 where exact, None where none is known
    """

    alpha: Scalar | None
    profile: Profile | None
    strategies: MixedProfile
    platform_utility: Scalar
    utility: Scalar
    interval: tuple[Scalar, Scalar] | None
    attained: bool
    value_error: float | None = field(default=None, kw_only=True)

    def answer(self) -> dict[str, Any]:
        """Its numbers by the names of the JSON answer."""
        return {**vars(self), "strategies": tuple(map(rationals, self.strategies))}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Choice):
            return NotImplemented
        return bool(plain(self.answer(), exact=True) == plain(other.answer(), exact=True))

    def __hash__(self) -> int:
        return hash((self.alpha, self.profile, self.platform_utility))


#: The keys of a choice in an answer.
CHOICE_FIELDS: Mapping[str, Kind] = MappingProxyType(
    {
        "alpha": optional(NUMBER),
        "profile": optional(listed(COUNT)),
        "strategies": STRATEGIES,
        "platform_utility": NUMBER,
        "utility": NUMBER,
        "interval": optional(listed(NUMBER, 2)),
        "attained": FLAG,
        "value_error": optional(NUMBER),
    }
)
CHOICE = record(CHOICE_FIELDS, Choice)


def rationals(values: Array) -> list[Any]:
    """Entries of an array; integers among rationals are rationals, too."""
    entries: list[Any] = values.tolist()
    return [Fraction(one) if isinstance(one, int) else one for one in entries] if values.dtype == object else entries
