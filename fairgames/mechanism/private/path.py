"""The best plan along paths of equilibria, where plans are too many to list."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from fairgames.mechanism.leaving import leaving
from fairgames.mechanism.path import path_design
from fairgames.mechanism.path_result import PathDesign
from fairgames.mechanism.private.of_users import of_users
from fairgames.mechanism.private.result import PlanDesign
from fairgames.private.game import PlanGame


@dataclass(frozen=True, eq=False)
class PlanPathDesign(PlanDesign, PathDesign):
    """The best plan found along paths, with the paths and an upper bound on any other.

    On paths agents move, one for each user and cost row: ``counts`` of a step are theirs.

    Attributes
    ----------
    value_of_information, information_rent : None: not asked
    """

    kind = "plan-path"
    FACTS = MappingProxyType({**PathDesign.FACTS, **PlanDesign.FACTS})

    def facts(self) -> dict[str, object]:
        """Results of this design alone, by the names of the JSON answer."""
        return {**PathDesign.facts(self), **PlanDesign.facts(self)}

    @classmethod
    def fields_of(cls, facts: dict[str, Any]) -> dict[str, Any]:
        """The fields of both classes."""
        own = {name: value for name, value in facts.items() if name in PlanDesign.FACTS}
        return {**PlanDesign.fields_of(own), **PathDesign.fields_of(facts)}

    def remarks(self) -> tuple[str, ...]:
        """How far the search went, and how much better some equilibrium might be."""
        return PathDesign.remarks(self)


def plan_path_design(game: PlanGame, cap: Fraction | None, steps: int) -> PlanPathDesign:
    """The best plan along paths of best responses; see :func:`fairgames.mechanism.path.path_design`.

    All cost rows of a user that gain may move: what one of them is paid does not depend on the others. Deviations are
    valued by contracting P at the users' profiles, which have to be few enough to list; interim conditions are
    certified at the end from U alone.
    """
    found = leaving(game, path_design(game, cap, steps))
    plain = of_users(game, found, None, every_state=False)
    own = {one.name: getattr(plain, one.name) for one in fields(PlanDesign)}
    own |= {name: getattr(found, name) for name in ("paths", "starts", "upper_bound", "looked_at")}
    return PlanPathDesign(**own)
