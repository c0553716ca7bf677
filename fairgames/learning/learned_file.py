"""A scenario with the ranges of costs that were learned, as a file that ``fairgames design`` reads."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.learning.identified import Learned
from fairgames.reading.atomic import write_atomically
from fairgames.reading.notation import write_number, write_string
from fairgames.scenario import Scenario
from fairgames.scenario.reader import parse


def write_learned(scenario: Scenario, found: Learned, path: str | Path) -> None:
    """The scenario with ``sensitivity_range`` for each user, in place of what it said of costs.

    Raises
    ------
    InputError
        If the utility's table is in a file that would not lie beside the new one, or the system refuses to write.
    """
    path = Path(path)
    document = parse(scenario.path)
    utility = document["utility"]
    if "file" in utility and path.resolve().parent != scenario.path.resolve().parent:
        raise InputError(
            f"-o {path}: the utility's table is in {utility['file']}, beside {scenario.path.name}; write beside it, too"
        )
    write_atomically(path, _blocks(scenario, document, found))


def _blocks(scenario: Scenario, document: Mapping[str, Any], found: Learned) -> Iterator[str]:
    yield f"# Costs learned from {found.periods} periods of what users chose in {scenario.path.name}.\n"
    for key in ("utility", "payment"):
        if table := document.get(key):
            yield f"[{key}]\n{_table(table)}\n"
    users, levels = scenario.users, scenario.utility.levels
    for user, name in enumerate(users.names):
        own: dict[str, Any] = {"name": name}
        if users.samples is not None:
            own |= {"samples": _read(users.samples[user]), "importance": _read(users.importance[user])}
        if users.allowed is not None and users.allowed[user]:
            own["allowed"] = [levels[level] for level in users.allowed[user]]
        own["sensitivity_range"] = [[_down(low), _up(high)] for low, high in found.bounds[user]]
        yield f"[[users]]\n{_table(own)}\n"


def _read(value: float) -> Fraction:
    return to_fraction(float(value))


def _down(value: Any) -> Fraction:
    """A float is written by the decimal that it is read from: at most itself."""
    return value if isinstance(value, Fraction) else Fraction(repr(float(value)))


def _up(value: Any) -> Fraction | float:
    return math.inf if value == math.inf else _down(value)


def _table(table: Mapping[str, Any]) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in table.items())


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return write_string(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return write_number(value if isinstance(value, float) and math.isinf(value) else Fraction(value))
