"""The columns of a sweep's result, each of one kind in every row and every format.

A kind is ``boolean``, ``integer``, ``number``, ``rational`` (text "p/q"), ``text`` or ``json``;
in brackets it is a list of them: ``[integer]``, ``[[number]]``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from fairgames.reading.notation import read_number
from fairgames.sweep.axis import Axis, Value, text_of

#: One line of the result: None, bool, int, float, str, or lists of them.
Row = dict[str, Any]
#: The kind of each column, in the order of the columns.
Columns = Mapping[str, str]

#: Larger integers are numbers: Parquet has 64 bits for one.
_LARGEST = 2**63

#: What every answer has; numbers are rationals where that is asked for.
ANSWER: Columns = MappingProxyType(
    {
        "alpha": "number",
        "platform_utility": "number",
        "utility": "number",
        "profile": "[integer]",
        "strategies": "[[number]]",
        "payments": "[number]",
        "regret": "number",
        "regret_bound": "number",
        "interval_low": "number",
        "interval_high": "number",
        "attained": "boolean",
        "scope": "text",
        "selection": "text",
        "rule": "text",
        "ties": "integer",
        "equilibrium_profiles": "integer",
        "exact": "boolean",
        "certain": "boolean",
        "undecided": "[text]",
        "warnings": "[text]",
        "error": "text",
    }
)


def columns_of(axes: Iterable[Axis], rows: Iterable[Row], exact: bool) -> Columns:
    """What varies, what every answer has, and what only some answers know, whose kind their values tell."""
    facts: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in row.items():
            if name not in ANSWER:
                facts.setdefault(name, []).append(value)
    return {
        **{axis.key: _kind_of_axis(axis, exact) for axis in axes},
        **{name: in_arithmetic(kind, exact) for name, kind in ANSWER.items()},
        **{name: _kind_of(values, exact) for name, values in facts.items()},
    }


def in_arithmetic(kind: str, exact: bool) -> str:
    """The kind with rationals for numbers where ``exact``."""
    return kind.replace("number", "rational") if exact else kind


def cell(value: Value, kind: str) -> Any:
    """The value of an axis as its column has it.

    >>> cell(Fraction(1, 3), "rational"), cell("inf", "number"), cell(Fraction(2), "integer")
    ('1/3', inf, 2)
    >>> cell((Fraction(0), Fraction(1, 2)), "[number]")
    [0.0, 0.5]
    """
    if isinstance(value, tuple):
        return text_of(value) if kind == "text" else [cell(entry, kind[1:-1]) for entry in value]
    match kind:
        case "integer":
            return int(value)
        case "number":
            return float(value)
        case "rational":
            return str(value)
        case "text":
            return text_of(value)
    return value


def to_json(value: Any) -> Any:
    """Infinities as text, which JSON has no numbers for."""
    if isinstance(value, list):
        return [to_json(entry) for entry in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def from_json(value: Any, kind: str) -> Any:
    """The inverse of :func:`to_json`."""
    if isinstance(value, list) and kind != "json":
        return [from_json(entry, kind[1:-1]) for entry in value]
    return float(value) if kind == "number" and value is not None else value


def _kind_of_axis(axis: Axis, exact: bool) -> str:
    lists = [value for value in axis.values if isinstance(value, tuple)]
    if len(lists) == len(axis.values):
        return f"[{_kind_of_values([entry for value in lists for entry in value], exact)}]"
    return _kind_of_values(axis.values, exact)


def _kind_of_values(values: Sequence[Value], exact: bool) -> str:
    numbers = [value for value in values if isinstance(value, Fraction)]
    if values and all(isinstance(value, bool) for value in values):
        return "boolean"
    if not all(isinstance(value, Fraction) or value == "inf" for value in values):
        return "text"
    if exact:
        return "rational"
    whole = len(numbers) == len(values) and all(n.denominator == 1 and abs(n) < _LARGEST for n in numbers)
    return "integer" if whole else "number"


def _kind_of(values: Iterable[Any], exact: bool) -> str:
    known = [value for value in values if value is not None]
    kinds = {type(value) for value in known}
    if kinds == {str} and exact and all(read_number(value) is not None for value in known):
        return "rational"
    if kinds <= {int, float} and float in kinds:
        return "number"
    if len(kinds) > 1:
        return "json"
    return {bool: "boolean", int: "integer", str: "text"}.get(kinds.pop(), "json") if kinds else "text"
