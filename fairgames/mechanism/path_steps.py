"""The equilibria met along a path, as an answer keeps them: what they are worth, not how they were found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from fairgames.equilibria.large.best_response import RestPoint
from fairgames.equilibria.large.path import Path
from fairgames.reading.kinds import COUNT, NUMBER, Kind, listed


@dataclass(frozen=True)
class PathStep:
    """An equilibrium on a path.

    Attributes
    ----------
    alpha : the share at which it was met
    interval : the shares at which it is one
    utility : U
    counts : how many users are on each level
    regret, regret_bound : at ``alpha``
    """

    alpha: float
    interval: tuple[float, float]
    utility: float
    counts: tuple[int, ...]
    regret: float
    regret_bound: float

    @classmethod
    def of(cls, rest: RestPoint) -> PathStep:
        """That of a rest point."""
        position, found = rest.position, rest.position.interval
        counts = tuple(position.counts.sum(axis=0).tolist())
        utility = position.deviation_values.utility
        return cls(rest.alpha, (found.low, found.high), utility, counts, rest.regret, rest.bound)

    def keeps(self, alpha: float) -> float:
        """What the platform keeps of it at another share."""
        return (1 - alpha) * self.utility


@dataclass(frozen=True)
class EquilibriumPath:
    """The equilibria in the order in which they were met.

    Attributes
    ----------
    rests : each at a share inside its interval
    upwards : whether α rose
    """

    rests: tuple[PathStep, ...]
    upwards: bool

    @classmethod
    def of(cls, path: Path) -> EquilibriumPath:
        """That of a path that was followed."""
        return cls(tuple(map(PathStep.of, path.rests)), path.upwards)

    @classmethod
    def from_rows(cls, rows: Sequence[Mapping[str, Any]]) -> tuple[EquilibriumPath, ...]:
        """The paths of which all steps are listed, those of each with its direction under ``upwards``."""
        return tuple(
            cls(tuple(PathStep(**{name: row[name] for name in STEP_FIELDS}) for row in steps), upwards)
            for upwards, steps in groupby(rows, key=itemgetter("upwards"))
        )


#: The keys of a step in an answer.
STEP_FIELDS: Mapping[str, Kind] = MappingProxyType(
    {
        "alpha": NUMBER,
        "interval": listed(NUMBER, 2),
        "utility": NUMBER,
        "counts": listed(COUNT),
        "regret": NUMBER,
        "regret_bound": NUMBER,
    }
)
