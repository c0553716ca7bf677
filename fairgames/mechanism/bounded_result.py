"""The result of a design over all equilibria of three and more users: an answer, and a bound on every other."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from fairgames.mechanism.result import Design
from fairgames.mechanism.selections import named
from fairgames.reading.kinds import NUMBER, TEXT
from fairgames.text import number


@dataclass(frozen=True, eq=False)
class BoundedDesign(Design):
    """The best equilibrium that was found, and a bound on every equilibrium at every share.

    Attributes
    ----------
    bound : no equilibrium that counts, mixed or pure, at any share leaves the platform more
    why : what the bound rests on
    """

    kind = "bounded"
    FACTS = MappingProxyType({"ceiling": NUMBER, "ceiling_why": TEXT, "gap": NUMBER})

    bound: float
    why: str

    @property
    def gap(self) -> float:
        """How much better some other equilibrium may be, at most."""
        return max(0.0, self.bound - float(self.platform_utility))

    def facts(self) -> dict[str, object]:
        return {"ceiling": self.bound, "ceiling_why": self.why, "gap": self.gap}

    @classmethod
    def fields_of(cls, facts: dict[str, Any]) -> dict[str, Any]:
        return {"bound": facts["ceiling"], "why": facts["ceiling_why"]}

    def remarks(self) -> tuple[str, ...]:
        """What all other equilibria are worth at most."""
        above = f"at most {number(self.gap)} above this"
        if named(self.selection).all_within:
            return (f"Of no share is the worst equilibrium, mixed ones included, worth more than "
                    f"{number(self.bound)}: {above}.",)  # fmt: skip
        return (f"No equilibrium, mixed ones included, leaves more than {number(self.bound)}: {above}.",)
