"""A scenario as TOML, one table a user, that is read back as it was."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any, TypeAlias, cast

from fairgames.errors import InputError
from fairgames.reading.notation import write_number, write_string
from fairgames.scenario.scenario import Scenario

#: What the levels that a user may choose cost; where that is private, for each cost row with its chance.
OwnCosts: TypeAlias = Sequence[Fraction] | Sequence[tuple[Fraction, Sequence[Fraction]]]


def scenario_text(
    scenario: Scenario,
    document: Mapping[str, Any],
    utility: Mapping[str, Any],
    costs: Sequence[OwnCosts],
    alpha: Fraction,
    profile: Sequence[int] | None,
) -> str:
    """A scenario with other costs.

    Parameters
    ----------
    document : what the scenario's file holds
    utility : its table ``[utility]``, perhaps changed
    costs : for each user those of the levels that it may choose, or its cost rows
    alpha : told in a comment: a scenario has no share
    profile : level indices; each user's ``level``
    """
    lines = [
        f"# {scenario.path.name} as it was explored, at a share of {write_number(alpha)}",
        *(["# beside this file belongs: " + write_string(str(utility["file"]))] if "file" in utility else []),
        "",
        "[utility]",
        *_keys(utility),
        "",
    ]
    if payment := document.get("payment"):
        lines += ["[payment]", *_keys(payment), ""]
    for user in range(len(scenario.users)):
        lines += ["[[users]]", *_keys(_user(scenario, user, costs[user], profile)), ""]
    return "\n".join(lines)


def _user(scenario: Scenario, user: int, costs: OwnCosts, profile: Sequence[int] | None) -> dict[str, Any]:
    users, levels = scenario.users, scenario.utility.levels
    choices = users.choices(user, len(levels))

    def everywhere(row: Sequence[Fraction]) -> list[Fraction]:
        by_level = dict(zip(choices, row, strict=True))
        return [by_level.get(level, Fraction(0)) for level in range(len(levels))]

    own: dict[str, Any] = {"name": users.names[user]}
    if users.samples is not None:
        own |= {"samples": float(users.samples[user]), "importance": float(users.importance[user])}
    if isinstance(costs[0], tuple):
        rows = cast("Sequence[tuple[Fraction, Sequence[Fraction]]]", costs)
        own["private"] = [{"probability": chance, "sensitivity": everywhere(row)} for chance, row in rows]
    else:
        own["sensitivity"] = everywhere(cast("Sequence[Fraction]", costs))
    if len(choices) < len(levels):
        own["allowed"] = [levels[level] for level in choices]
    if profile is not None:
        own["level"] = levels[profile[user]]
    return own


def _keys(table: Mapping[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in table.items()]


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").replace("-", "").isalnum() else write_string(key)


def _value(value: Any) -> str:
    """A value that :mod:`tomllib` reads as this one, or as the number that it is.

    >>> _value([Fraction(3, 10), Fraction(2, 3), "x", True, float("inf"), {"a": 1}])
    '[0.3, "2/3", "x", true, inf, {a = 1}]'
    """
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(_keys(value))}}}"
    match value:
        case bool():
            written = str(value).lower()
        case str():
            written = write_string(value)
        case int() | Fraction():
            written = write_number(Fraction(value))
        case float():
            written = repr(value) if math.isfinite(value) else str(value)
        case datetime() | date() | time():
            written = value.isoformat()
        case _:
            raise InputError(f"scenario: a value of {type(value).__name__} cannot be written as TOML")
    return written
