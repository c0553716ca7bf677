"""The platform's best share as far as few evaluations tell it."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from fairgames.mechanism.result import Design
from fairgames.reading.kinds import COUNT, FLAG, NUMBER, TEXT, listed, optional

#: What a claim holds with.
CONFIDENCE = 0.95
#: The best is told from its rivals up to this part of what the platform keeps.
TOLERANCE = 0.01


@dataclass(frozen=True, eq=False)
class TrainedDesign(Design):
    """The platform's optimum as far as evaluations tell it.

    Attributes
    ----------
    decided : whether, with :attr:`confidence`, the profile is an equilibrium at the share, and no
        other equilibrium keeps more by over 1%
    confidence : what a claim must hold with
    probability : with which it does
    value_interval : what the platform keeps at the share, 95%
    alpha_interval : the lowest share at which the profile is an equilibrium, 95%
    evaluations : of the function, those that a store had among them
    stopped : why there were no more of them
    more : about how many more would decide it; 0 where it is decided
    fit : the part of U's variance that cross-validation explains (R²); None where all is evaluated
    """

    kind = "evaluations"
    FACTS = MappingProxyType(
        {
            "decided": FLAG,
            "confidence": NUMBER,
            "probability": NUMBER,
            "value_interval": optional(listed(NUMBER, 2)),
            "alpha_interval": optional(listed(NUMBER, 2)),
            "evaluations": COUNT,
            "stopped": TEXT,
            "more": COUNT,
            "fit": optional(NUMBER),
        }
    )

    decided: bool = True
    confidence: float = CONFIDENCE
    probability: float = 1.0
    value_interval: tuple[float, float] | None = None
    alpha_interval: tuple[float, float] | None = None
    evaluations: int = 0
    stopped: str = ""
    more: int = 0
    fit: float | None = None

    def facts(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.FACTS}

    def remarks(self) -> tuple[str, ...]:
        claim = (
            f"with {self.probability:.0%} confidence an equilibrium, and within {TOLERANCE:.0%} of the best"
            if self.decided
            else f"undecided ({self.probability:.0%}); about {self.more:,} more evaluations would decide it"
        )
        return (f"{self.evaluations:,} evaluations ({self.stopped}); {claim}.",)
