"""What an audit says of one axiom or assumption: whether it holds, by how much it does not, and who shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from fairgames.typing import Profile

#: The names of all findings, in order; the first eight are the papers' own.
AXIOMS = ("A.i", "A.ii", "A.iii", "B.i", "B.ii", "B.iii")
ASSUMPTIONS = ("assumption-1", "assumption-2", "individual-rationality", "non-negative-payments")
NAMES = (*AXIOMS, *ASSUMPTIONS)


def as_python(value: Any) -> Fraction | float:
    """A number of NumPy's as one of Python's."""
    return value if isinstance(value, Fraction) else Fraction(value) if isinstance(value, int) else float(value)


@dataclass(frozen=True, eq=False)
class Witness:
    """Where an axiom fails: with these numbers anyone can see it again.

    Attributes
    ----------
    users : the names of those whom it concerns; "platform" for the platform
    profile : level indices of all users where it fails
    levels : the same as the levels' names
    coalition : names, where a coalition is part of it
    other_profile : the second of two profiles that are compared
    utility : what U is there, in words, where it is not the scenario's
    amounts : money by what it is, such as ``{"paid to A": 3, "paid to B": 2}``
    """

    users: tuple[str, ...]
    profile: Profile | None = None
    levels: tuple[str, ...] | None = None
    coalition: tuple[str, ...] | None = None
    other_profile: Profile | None = None
    utility: str | None = None
    amounts: Mapping[str, Fraction | float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "amounts", {name: as_python(amount) for name, amount in self.amounts.items()})

    def answer(self) -> dict[str, Any]:
        """All of it by the names of the JSON answer, numbers as they are."""
        return {
            "users": self.users,
            "profile": self.profile,
            "levels": self.levels,
            "coalition": self.coalition,
            "other_profile": self.other_profile,
            "utility": self.utility,
            "amounts": dict(self.amounts),
        }


@dataclass(frozen=True, eq=False)
class Finding:
    """What was found of one axiom or assumption.

    Attributes
    ----------
    name : one of :data:`NAMES`
    holds : True where all there is to compare was compared; False where ``witness`` is against it; None where a search
        found nothing against it, or it cannot be checked from what was given
    worst_violation : the largest one, in money (assumption-2: of differences of U); 0 where none was found; None where
        it cannot be checked
    witness : where the largest violation is
    sentence : the finding in plain words
    checks : how many comparisons were made
    error_bound : of floats, on every number that was compared; 0 where all was exact
    undecided : comparisons that floats alone could not decide, in words
    """

    name: str
    holds: bool | None
    worst_violation: Fraction | float | None
    witness: Witness | None
    sentence: str
    checks: int
    error_bound: float = 0.0
    undecided: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.worst_violation is not None:
            object.__setattr__(self, "worst_violation", as_python(self.worst_violation))

    def answer(self) -> dict[str, Any]:
        """All of it by the names of the JSON answer, numbers as they are."""
        return {
            "holds": self.holds,
            "worst_violation": self.worst_violation,
            "witness": self.witness and self.witness.answer(),
            "sentence": self.sentence,
            "checks": self.checks,
            "error_bound": self.error_bound,
        }
