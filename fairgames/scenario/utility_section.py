"""The table ``[utility]``: which utility, with which numbers; and its construction once the users are known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from fairgames.errors import InputError
from fairgames.reading.names import clean
from fairgames.reading.notation import read_level, show
from fairgames.reading.section import Section, nearest
from fairgames.scenario.tables import UtilityTable
from fairgames.scenario.utility_kinds import BUILTIN, UtilityKind, kind_named
from fairgames.typing import Array
from fairgames.users import Users
from fairgames.utilities.base import Utility

Levels = tuple[Fraction | float, ...]

_COMMON = ("kind", "levels", "level_names", "scale", "currency")
#: Levels that a table may have without naming them.
_MOST_LEVELS = 1000


@dataclass(frozen=True, eq=False)
class UtilitySpec:
    """``[utility]`` as read; None where it has faults or nothing was said.

    ``own`` are the keys of its kind, ``table`` an opened table of values.
    """

    kind: UtilityKind | None
    levels: Levels | None
    level_names: tuple[str, ...] | None
    scale: Fraction
    currency: str | None
    own: Mapping[str, Any]

    @property
    def table(self) -> UtilityTable | None:
        return self.own.get("table") if self.kind is BUILTIN["table"] else None


def read_utility(section: Section, scenario: Path) -> UtilitySpec:
    """Read and check the section; faults are gathered in it."""
    kind = _kind(section)
    _only_known(section, kind)
    own = kind.read(section, scenario) if kind else {}
    table = own.get("table") if kind is BUILTIN["table"] else None
    levels = _levels(section, kind, table)
    return UtilitySpec(
        kind=kind,
        levels=levels,
        level_names=_level_names(section, levels),
        scale=_scale(section),
        currency=section.text("currency") if "currency" in section.data else None,
        own={key: value for key, value in own.items() if key not in _COMMON},
    )


def build_utility(spec: UtilitySpec, users: Users, values: Array | None) -> Utility:
    """The utility of a specification without faults; ``values`` are those of a table.

    Raises
    ------
    InputError
        Whatever the utility itself still finds wrong.
    """
    if spec.kind is None:
        raise AssertionError("a specification without a kind has faults")
    own = {"values": values} if spec.table else spec.own
    utility: object = spec.kind.build({**own, "levels": spec.levels, "scale": spec.scale}, users)
    if not isinstance(utility, Utility):
        raise InputError(f"kind: {spec.kind.name!r} builds {utility!r}, expected a fairgames.Utility")
    if utility.n_users != len(users):
        raise InputError(f"kind: {spec.kind.name!r} builds a utility of {utility.n_users} users, expected {len(users)}")
    return utility if spec.level_names is None else utility.with_level_names(spec.level_names)


def fault_of(spec: UtilitySpec, fault: str) -> str:
    """A fault that :func:`build_utility` raised, with its table where it is about one of the kind's own keys."""
    keys = spec.kind.keys if spec.kind and spec.kind.name not in BUILTIN else ()
    return f"utility.{fault}" if fault.partition(":")[0] in (*keys, "kind") else fault


def _kind(section: Section) -> UtilityKind | None:
    name = section.data.get("kind")
    kind, names, broken = kind_named(name)
    if kind is None:
        expected = nearest(name if isinstance(name, str) else "", names, quoted=True)
        section.expected("kind", "; ".join([expected, *broken]))
    return kind


def _only_known(section: Section, kind: UtilityKind | None) -> None:
    every = {key: f'it is for kind = "{owner.name}" only' for owner in BUILTIN.values() for key in owner.keys}
    top = {
        "users": "it belongs at the top of the file, before [utility]",
        "rule": "it belongs in [payment]",
        "alpha_of_utility": "it belongs in [payment]",
    }
    section.only(_COMMON + (kind.keys if kind else tuple(every)), {**every, **top})


def _scale(section: Section) -> Fraction:
    if "scale" not in section.data:
        return Fraction(1)
    return section.number("scale", " > 0", lambda scale: scale > 0) or Fraction(1)


def _levels(section: Section, kind: UtilityKind | None, table: UtilityTable | None) -> Levels | None:
    if kind is BUILTIN["table"] and "levels" not in section.data:
        return _counted(section, table) if table else None
    expected = (kind or BUILTIN["linear-laplace"]).expected_levels
    written = section.data.get("levels")
    if not isinstance(written, list):
        section.expected("levels", expected)
        return None
    levels = tuple(level for entry in written if (level := read_level(entry)) is not None)
    wrong = [entry for entry in written if read_level(entry) is None]
    if wrong:
        section.say("levels", f"got the entries {show(wrong)}, expected {expected}")
        return None
    if not _in_order(levels) or (kind and not kind.accepts(levels)):
        section.expected("levels", expected)
        return None
    return levels


def _level_names(section: Section, levels: Levels | None) -> tuple[str, ...] | None:
    """What the levels are to be called; None where nothing was said, or the levels are faulty."""
    written = section.data.get("level_names")
    if "level_names" not in section.data or levels is None:
        return None
    names = written if isinstance(written, list) else []
    cleaned = tuple(clean(name) for name in names if isinstance(name, str))
    if len(names) != len(levels) or len(set(filter(None, cleaned))) != len(levels):
        section.expected("level_names", f"{len(levels)} names that differ, one for each level, in their order")
        return None
    return cleaned


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
