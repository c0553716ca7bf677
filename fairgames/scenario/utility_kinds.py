"""What ``kind`` in ``[utility]`` may be: ours, and those that other packages announce.

A package announces its kinds through the entry-point group ``fairgames.utilities``; packages are looked up
only where a scenario names a kind that is not ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairgames.errors import InputError
from fairgames.reading.notation import read_number
from fairgames.reading.section import Section
from fairgames.scenario.store_section import KEYS, kept_utility, read_store
from fairgames.scenario.tables import read_table
from fairgames.users import Users
from fairgames.utilities.base import Utility
from fairgames.utilities.federated_mean import FederatedMean
from fairgames.utilities.linear_laplace import LinearLaplace
from fairgames.utilities.table import TableUtility

#: The entry-point group in which packages announce kinds of utilities.
GROUP = "fairgames.utilities"

_LEVELS = "a strictly increasing list of at least two levels whose first entry is 0, such as [0, 0.5, inf]"
_FEDERATED_LEVELS = "an increasing list from 0, 1, 2 whose first entry is 0, such as [0, 1, 2]"


def _as_written(section: Section, _scenario: Path) -> Mapping[str, Any]:
    return section.data


@dataclass(frozen=True)
class UtilityKind:
    """A ``kind`` of ``[utility]`` that scenario files may name.

    Attributes
    ----------
    name : what stands after ``kind =``
    keys : its own keys in ``[utility]``, beside kind, levels, scale and currency
    build : the utility from ``[utility]`` and the users. The table has its own keys that were given, as ``read``
        returns them, and always ``levels`` (``Fraction``, or ``inf``) and ``scale`` (``Fraction``). What is wrong with
        a key it raises as :class:`~fairgames.errors.InputError`, "KEY: got …, expected …"; the file is put before it
    read : reads the table's own keys, faults gathered in the section; default: as they were written, decimals as
        ``Fraction``
    samples : whether every user needs ``samples``, and may have ``importance``
    expected_levels, accepts : which levels it takes, in words and as a function
    """

    name: str
    keys: tuple[str, ...]
    build: Callable[[Mapping[str, Any], Users], Utility]
    read: Callable[[Section, Path], Mapping[str, Any]] = _as_written
    samples: bool = False
    expected_levels: str = _LEVELS
    accepts: Callable[[tuple[Any, ...]], bool] = lambda levels: True


def _federated_numbers(section: Section, _scenario: Path) -> Mapping[str, Any]:
    return {
        "between": section.number("between_user_variance", " ≥ 0", lambda s2: s2 >= 0),
        "within": section.number("within_user_variance", " > 0", lambda r2: r2 > 0),
        "aggregation": section.one_of("aggregation", ("equal", "samples"), default="equal"),
        "minimum_aggregate": _minimum_aggregate(section),
    }


def _minimum_aggregate(section: Section) -> int:
    if "minimum_aggregate" not in section.data:
        return 1
    number = read_number(section.data["minimum_aggregate"])
    if number is None or number < 1 or number.denominator > 1:
        section.expected("minimum_aggregate", "a whole number ≥ 1, such as 3")
        return 1
    return int(number)


def _opened_table(section: Section, scenario: Path) -> Mapping[str, Any]:
    return {"table": read_table(section, scenario)}


#: The kinds that come with fairgames, by name.
BUILTIN = {
    kind.name: kind
    for kind in (
        UtilityKind(
            "federated-mean",
            ("between_user_variance", "within_user_variance", "aggregation", "minimum_aggregate"),
            lambda own, users: FederatedMean(users, **own),
            _federated_numbers,
            samples=True,
            expected_levels=_FEDERATED_LEVELS,
            accepts=lambda levels: set(levels) <= {0, 1, 2},
        ),
        UtilityKind("linear-laplace", (), lambda own, users: LinearLaplace(users, own["levels"], own["scale"])),
        UtilityKind(
            "table",
            ("values", "file"),
            lambda own, _users: TableUtility(own["values"], own["levels"], own["scale"]),
            _opened_table,
        ),
        UtilityKind("evaluations", KEYS, kept_utility, read_store),
    )
}


def kind_named(name: object) -> tuple[UtilityKind | None, tuple[str, ...], tuple[str, ...]]:
    """The kind of that name, or None; all names that there are; and one line for each package that is broken."""
    if isinstance(name, str) and name in BUILTIN:
        return BUILTIN[name], tuple(BUILTIN), ()
    kinds, broken = _announced()
    return kinds.get(name) if isinstance(name, str) else None, tuple(kinds), broken


def load(source: str) -> list[UtilityKind]:
    """The kinds at ``module:attribute``: one, a sequence of them, or a function without parameters that returns them.

    Raises
    ------
    InputError
        If something else is found there.
    """
    from importlib.metadata import EntryPoint  # slow to import

    found: Any = EntryPoint(name=source, value=source, group=GROUP).load()
    found = found() if callable(found) else found
    kinds = [found] if isinstance(found, UtilityKind) else list(found)
    for kind in kinds:
        if not isinstance(kind, UtilityKind):
            raise InputError(f"{source} yields {kind!r}, expected fairgames.scenario.UtilityKind objects")
    return kinds


def _announced() -> tuple[dict[str, UtilityKind], tuple[str, ...]]:
    """Our kinds and those of other packages by name, and one line for each package that is broken."""
    from importlib.metadata import entry_points

    found, broken = dict(BUILTIN), []
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        try:
            kinds = load(point.value)
        except (Exception, SystemExit) as error:  # a package may fail in any way, and must not take the others along
            broken.append(f"package {point.name} ({point.value}) cannot be loaded: {type(error).__name__}: {error}")
            continue
        for kind in kinds:
            if found.setdefault(kind.name, kind) is not kind:
                broken.append(f"package {point.name} ({point.value}): the kind {kind.name!r} is taken")
    return found, tuple(broken)
