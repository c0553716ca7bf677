"""The table ``[utility]``: which utility, with which numbers; and its construction once the users are known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal, cast

from fairgames.reading.notation import read_level, show
from fairgames.reading.section import Section
from fairgames.scenario.tables import UtilityTable, read_table
from fairgames.typing import Array
from fairgames.users import Users
from fairgames.utilities.base import Utility
from fairgames.utilities.federated_mean import Aggregation, FederatedMean
from fairgames.utilities.linear_laplace import LinearLaplace
from fairgames.utilities.table import TableUtility

Kind = Literal["federated-mean", "linear-laplace", "table"]
Levels = tuple[Fraction | float, ...]

_COMMON = ("kind", "levels", "scale", "currency")
_OWN: Mapping[str, tuple[str, ...]] = {
    "federated-mean": ("between_user_variance", "within_user_variance", "aggregation"),
    "linear-laplace": (),
    "table": ("values", "file"),
}
#: Levels that a table may have without naming them.
_MOST_LEVELS = 1000
_FEDERATED_LEVELS = "an increasing list from 0, 1, 2 whose first entry is 0, such as [0, 1, 2]"
_LEVELS = "a strictly increasing list of at least two levels whose first entry is 0, such as [0, 0.5, inf]"


@dataclass(frozen=True, eq=False)
class UtilitySpec:
    """``[utility]`` as read; None where it has faults or nothing was said."""

    kind: Kind | None
    levels: Levels | None
    scale: Fraction
    currency: str | None
    between: Fraction | None
    within: Fraction | None
    aggregation: Aggregation | None
    table: UtilityTable | None


def read_utility(section: Section, scenario: Path) -> UtilitySpec:
    """Read and check the section; faults are gathered in it."""
    kind = cast("Kind | None", section.one_of("kind", tuple(_OWN)))
    _only_known(section, kind)
    federated = kind == "federated-mean"
    table = read_table(section, scenario) if kind == "table" else None
    return UtilitySpec(
        kind=kind,
        levels=_levels(section, kind, table),
        scale=_scale(section),
        currency=section.text("currency") if "currency" in section.data else None,
        between=section.number("between_user_variance", " ≥ 0", lambda s2: s2 >= 0) if federated else None,
        within=section.number("within_user_variance", " > 0", lambda r2: r2 > 0) if federated else None,
        aggregation=_aggregation(section) if federated else None,
        table=table,
    )


def build_utility(spec: UtilitySpec, users: Users, values: Array | None) -> Utility:
    """The utility of a specification without faults.

    Raises
    ------
    InputError
        Whatever the utility itself still finds wrong.
    """
    levels = spec.levels or ()
    if spec.between is not None and spec.within is not None and spec.aggregation is not None:
        return FederatedMean(users, spec.between, spec.within, levels, spec.aggregation, spec.scale)
    if values is not None:
        return TableUtility(values, levels, spec.scale)
    return LinearLaplace(users, levels, spec.scale)


def _only_known(section: Section, kind: Kind | None) -> None:
    every = {key: f'it is for kind = "{owner}" only' for owner, keys in _OWN.items() for key in keys}
    top = {
        "users": "it belongs at the top of the file, before [utility]",
        "rule": "it belongs in [payment]",
        "alpha_of_utility": "it belongs in [payment]",
    }
    own = _OWN[kind] if kind else tuple(every)
    section.only(_COMMON + own, {**every, **top})


def _scale(section: Section) -> Fraction:
    if "scale" not in section.data:
        return Fraction(1)
    return section.number("scale", " > 0", lambda scale: scale > 0) or Fraction(1)


def _aggregation(section: Section) -> Aggregation | None:
    return cast("Aggregation | None", section.one_of("aggregation", ("equal", "samples"), default="equal"))


def _levels(section: Section, kind: Kind | None, table: UtilityTable | None) -> Levels | None:
    if kind == "table" and "levels" not in section.data:
        return _counted(section, table) if table else None
    expected = _FEDERATED_LEVELS if kind == "federated-mean" else _LEVELS
    written = section.data.get("levels")
    if not isinstance(written, list):
        section.expected("levels", expected)
        return None
    levels = tuple(level for entry in written if (level := read_level(entry)) is not None)
    wrong = [entry for entry in written if read_level(entry) is None]
    if wrong:
        section.say("levels", f"got the entries {show(wrong)}, expected {expected}")
        return None
    if not _in_order(levels) or (kind == "federated-mean" and not set(levels) <= {0, 1, 2}):
        section.expected("levels", expected)
        return None
    return levels


def _counted(section: Section, table: UtilityTable) -> Levels | None:
    """0, 1, … as many as the table has."""
    if not 2 <= table.n_levels <= _MOST_LEVELS:
        key = "file" if "file" in section.data else "values"
        came = f"got {show(section.data[key])}, a table of {table.n_levels} levels"
        section.say(key, f"{came}, expected 2 to {_MOST_LEVELS}")
        return None
    return tuple(Fraction(index) for index in range(table.n_levels))


def _in_order(levels: Levels) -> bool:
    ascending = all(before < after for before, after in pairwise(levels))
    return len(levels) > 1 and levels[0] == 0 and ascending and not math.isinf(levels[0])
