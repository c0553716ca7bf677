"""What a search along paths of equilibria found, as a design that says what it rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from fairgames.mechanism.path_steps import STEP_FIELDS, EquilibriumPath
from fairgames.mechanism.result import Design
from fairgames.mechanism.upper_bound.bound import UpperBound
from fairgames.reading.kinds import COUNT, FLAG, NUMBER, TEXT, listed, record
from fairgames.text import number


@dataclass(frozen=True, eq=False)
class PathDesign(Design):
    """The best equilibrium found along paths, with the paths and an upper bound on any other.

    Attributes
    ----------
    paths : as α rises from 0, and as it falls from 1; none under Theorem 1
    starts : what the platform keeps at the equilibria that the lowest, the highest and random profiles lead to
        at the best share
    upper_bound : no equilibrium at any share leaves the platform more
    looked_at : profiles at which all deviations were priced
    """

    kind = "path"
    FACTS = MappingProxyType(
        {
            "ceiling": NUMBER,
            "ceiling_why": TEXT,
            "gap": NUMBER,
            "starts": listed(NUMBER),
            "looked_at": COUNT,
            "path": listed(record({"upwards": FLAG, **STEP_FIELDS})),
        }
    )

    paths: tuple[EquilibriumPath, ...]
    starts: tuple[float, ...]
    upper_bound: UpperBound
    looked_at: int

    @property
    def gap(self) -> float:
        """How much better some other equilibrium may be, at most."""
        return max(0.0, self.upper_bound.value - float(self.platform_utility))

    def facts(self) -> dict[str, object]:
        return {
            "ceiling": self.upper_bound.value,
            "ceiling_why": self.upper_bound.why,
            "gap": self.gap,
            "starts": self.starts,
            "looked_at": self.looked_at,
            "path": [{"upwards": path.upwards, **vars(rest)} for path in self.paths for rest in path.rests],
        }

    @classmethod
    def fields_of(cls, facts: dict[str, Any]) -> dict[str, Any]:
        return {
            "paths": EquilibriumPath.from_rows(facts["path"]),
            "starts": facts["starts"],
            "upper_bound": UpperBound(facts["ceiling"], facts["ceiling_why"]),
            "looked_at": facts["looked_at"],
        }

    def remarks(self) -> tuple[str, ...]:
        """How far the search went, and how much better some equilibrium might be."""
        met = f"Found along paths of best responses, with the values of all deviations at {self.looked_at:,} profiles."
        same = sum(kept >= self._same for kept in self.starts)
        ways = f"{same} of {len(self.starts)} other profiles lead at this share to an equilibrium worth as much."
        if not math.isfinite(self.upper_bound.value):
            return met, ways, f"How much better another equilibrium might be is not known: {self.upper_bound.why}."
        return (
            met,
            ways,
            f"No equilibrium leaves more than {number(self.upper_bound.value)}: {number(self.gap)} above this.",
        )

    @property
    def _same(self) -> float:
        """From here on a value may be the same, for all that is known of both."""
        error = self.choice.value_error
        assert error is not None  # each profile that was met has its own
        return float(self.platform_utility) - 2 * error
