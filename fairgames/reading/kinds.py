"""The kinds of values in an answer's JSON: how each is read back, and what JSON Schema says of it.

A record is a table of keys and kinds; from that one table come both its reader and its schema, so that they
cannot differ.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.reading.faults import Faults
from fairgames.reading.notation import show
from fairgames.typing import Array, MixedProfile

_RATIONAL = re.compile(r"-?[0-9]+(/[0-9]+)?", re.ASCII)
_INFINITE = {"inf": math.inf, "-inf": -math.inf}
#: Faults listed of one answer.
_LISTED = 20
_EPSILON = float(np.finfo(float).eps)

Schema = Mapping[str, Any]


class _MalformedError(ValueError):
    """Something is wrong at a place below the value that is read."""

    def __init__(self, fault: str, place: str = "") -> None:
        super().__init__(fault)
        self.fault, self.place = fault, place

    def below(self, step: str) -> _MalformedError:
        return _MalformedError(self.fault, f"{step}{self.place}")


@dataclass(frozen=True)
class Kind:
    """One kind of value.

    Attributes
    ----------
    schema : what JSON Schema (2020-12) says of it
    read : the value in Python; raises ``ValueError`` where it is malformed
    """

    schema: Schema
    read: Callable[[Any], Any]


def _is(kinds: type | tuple[type, ...], words: str, schema: Schema, holds: Callable[[Any], bool]) -> Kind:
    def read(value: Any) -> Any:
        if not isinstance(value, kinds) or not holds(value):
            raise _MalformedError(f"got {show(value)}, expected {words}")
        return value

    return Kind(schema, read)


def _number(value: Any) -> float | Fraction:
    """JSON numbers are floats, "p/q" is a rational."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(OverflowError):  # a whole number beyond every float
            if math.isfinite(value):
                return float(value)
    if isinstance(value, str) and value in _INFINITE:
        return _INFINITE[value]
    if isinstance(value, str) and _RATIONAL.fullmatch(value):
        try:
            return Fraction(value)
        except (ValueError, ZeroDivisionError):  # more digits than Python reads, or a denominator of 0
            pass
    raise _MalformedError(f'got {show(value)}, expected a number, "p/q", "inf" or "-inf"')


NUMBER = Kind({"type": ["number", "string"], "pattern": "^(-?[0-9]+(/[0-9]+)?|-?inf)$"}, _number)
TEXT = _is(str, "text", {"type": "string"}, lambda _: True)
FLAG = _is(bool, "true or false", {"type": "boolean"}, lambda _: True)
COUNT = _is(int, "a whole number ≥ 0", {"type": "integer", "minimum": 0}, lambda n: not isinstance(n, bool) and n >= 0)


def one_of(*words: str) -> Kind:
    """One of these words."""
    return _is(str, f"one of {', '.join(words)}", {"enum": list(words)}, lambda value: value in words)


def optional(kind: Kind) -> Kind:
    """That, or null."""
    return Kind({"anyOf": [kind.schema, {"type": "null"}]}, lambda value: None if value is None else kind.read(value))


def listed(kind: Kind, size: int | None = None) -> Kind:
    """A list of that, read as a tuple; of ``size`` entries where that is given."""
    schema: dict[str, Any] = {"type": "array", "items": kind.schema}
    if size is not None:
        schema |= {"minItems": size, "maxItems": size}

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or (size is not None and len(value) != size):
            raise _MalformedError(f"got {show(value)}, expected a list{'' if size is None else f' of {size}'}")
        found = []
        for place, entry in enumerate(value):
            try:
                found.append(kind.read(entry))
            except _MalformedError as error:
                raise error.below(f"[{place}]") from None
        return tuple(found)

    return Kind(schema, read)


def _array(value: Any) -> Array:
    """Floats, or an object array where all are rationals."""
    numbers = listed(NUMBER).read(value)
    rational = {isinstance(number, Fraction) for number in numbers}
    if len(rational) > 1:
        raise _MalformedError('got both plain numbers and "p/q", expected one of the two')
    return object_array(numbers) if rational == {True} else np.array(numbers, dtype=float)


def _strategies(value: Any) -> MixedProfile:
    """One vector a user; equal ones are one object, as a million users may be alike."""
    if not isinstance(value, list | tuple) or not value:
        raise _MalformedError(f"got {show(value)}, expected a list with a list of probabilities for each user")
    known: dict[tuple[Any, ...], Array] = {}
    found = []
    for place, entry in enumerate(value):
        try:
            key = listed(NUMBER).read(entry)
            same = (*map(type, key), *key)  # 1 and 1.0 are equal
            if same not in known:
                known[same] = _distribution(entry)
        except _MalformedError as error:
            raise error.below(f"[{place}]") from None
        found.append(known[same])
    return tuple(found)


def _distribution(value: Any) -> Array:
    vector = _array(value)
    # Each may have been rounded once, and each addition is.
    room = 0 if vector.dtype == object else (len(vector) + 2) * _EPSILON
    if not len(vector) or min(vector) < 0 or abs(sum(vector.tolist()) - 1) > room:
        raise _MalformedError(f"got {show(value)}, expected probabilities that sum to 1")
    return vector


#: One number a user, as an array.
NUMBERS = Kind(listed(NUMBER).schema, _array)
#: For each user the probability of each level, as arrays.
STRATEGIES = Kind(listed(listed(NUMBER)).schema, _strategies)


def record(fields: Mapping[str, Kind], make: Callable[..., Any] = dict) -> Kind:
    """An object with at least these keys, of which ``make`` takes the values by name."""

    def read(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise _MalformedError(f"got {show(value)}, expected an object with the keys {', '.join(fields)}")
        found = {}
        for key, kind in fields.items():
            if key not in value:
                raise _MalformedError("missing", f".{key}")
            try:
                found[key] = kind.read(value[key])
            except _MalformedError as error:
                raise error.below(f".{key}") from None
        return make(**found)

    return Kind(object_schema(fields), read)


def by_name(kind: Kind) -> Kind:
    """An object with that under any name."""

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise _MalformedError(f"got {show(value)}, expected an object")
        return dict(record(dict.fromkeys(value, kind)).read(value))

    return Kind({"type": "object", "additionalProperties": kind.schema}, read)


def object_schema(fields: Mapping[str, Kind]) -> dict[str, Any]:
    """The schema of a record: further keys are allowed, as later releases add some."""
    return {
        "type": "object",
        "required": list(fields),
        "properties": {key: dict(kind.schema) for key, kind in fields.items()},
    }


def read_fields(data: Mapping[str, Any], fields: Mapping[str, Kind], what: str) -> dict[str, Any]:
    """The values of a record; others in ``data`` are left alone.

    Raises
    ------
    InputError
        Naming every key that is missing or malformed, and what was expected.

    >>> read_fields({"alpha": "2/5", "users": ["Ann"]}, {"alpha": NUMBER, "users": listed(TEXT)}, "answer")
    {'alpha': Fraction(2, 5), 'users': ('Ann',)}
    """
    faults, found = Faults(_LISTED), {}
    for key, kind in fields.items():
        if key not in data:
            faults.add(f"{what}: {key}: missing")
            continue
        try:
            found[key] = kind.read(data[key])
        except _MalformedError as error:
            faults.add(f"{what}: {key}{error.place}: {error.fault}")
    faults.raise_as(InputError)
    return found
