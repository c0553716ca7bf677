"""Where a key of ``--vary`` leads in a scenario's tables, and what stands there at a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from fairgames.errors import InputError
from fairgames.reading.notation import read_number, show
from fairgames.reading.section import nearest
from fairgames.sweep.axis import Axis, Value

#: A key of every user that is in no file: all that its levels cost, times a number.
SCALE = "sensitivity_scale"
#: Entries listed of a value that is not single.
_NAMED = 5

Step = str | int
#: The keys and positions that lead to one value.
Way = tuple[Step, ...]


def locate(document: Mapping[str, Any], axis: Axis) -> tuple[Way, ...]:
    """The ways to a key: users by name, entries of lists by position; ``*`` leads to every user.

    A last part that its table does not have is left to the reader, which knows what may be there.

    Raises
    ------
    InputError
        Naming what is not there, or cannot vary.
    """
    if axis.path == ("utility", "file"):  # read once, before anything varies
        raise InputError(f"--vary {axis.key}: names a file, expected a value; make one sweep for each file")
    if axis.path[-1] == SCALE and axis.path[0] == "users":
        _check_factors(axis)
    if None not in axis.path:
        return (_way(document, axis, [str(part) for part in axis.path]),)
    if axis.path.index(None) != 1 or axis.path[0] != "users" or axis.path.count(None) > 1 or len(axis.path) == 2:
        raise InputError(f"--vary {axis.key}: * stands for every user, expected a key such as users.*.sensitivity.1")
    names = _names(document["users"])
    if axis.path[2:] == (SCALE,):  # nothing is what sharing costs those who state no sensitivity
        names = [name for name, row in zip(names, document["users"], strict=True) if _costs(row)]
        if not names:
            raise InputError(f"--vary {axis.key}: no user states a sensitivity, so there is none to scale")
    rest = [str(part) for part in axis.path[2:]]
    places = {name: place for place, name in enumerate(_names(document["users"]))}
    return tuple(_way(document, axis, ["users", name, *rest], places) for name in names)


def _way(document: Mapping[str, Any], axis: Axis, path: Sequence[str], places: Mapping[str, int] | None = None) -> Way:
    node: Any = document
    steps: list[Step] = []
    for depth, part in enumerate(path):
        last = depth == len(path) - 1
        try:
            if steps == ["users"]:
                step: Step = places[part] if places else _user(node, part)
            else:
                step = _step(node, part, last)
            if last and part == SCALE and steps[:1] == ["users"] and not _costs(node):
                raise InputError("states no sensitivity, so there is none to scale")
        except InputError as error:
            raise InputError(f"--vary {axis.key}: {'.'.join(path[:depth]) or 'the scenario'} {error}") from None
        node = node.get(step) if isinstance(node, dict) else node[step]
        steps.append(step)
    lists = all(isinstance(value, tuple) for value in axis.values)
    if isinstance(node, dict) or (isinstance(node, list) and not lists):
        entries = (
            _names(document["users"]) if steps == ["users"] else [*node] if isinstance(node, dict) else range(len(node))
        )
        shown = ", ".join(f"{axis.key}.{entry}" for entry in entries[:_NAMED])
        raise InputError(f"--vary {axis.key}: is no single value, expected one of its entries, such as {shown}")
    return tuple(steps)


def _user(rows: Sequence[Mapping[str, Any]], name: str) -> int:
    names = _names(rows)
    if name not in names:
        raise InputError(f"has no row {show(name)}, expected {nearest(name, names, quoted=True)}")
    return names.index(name)


def _names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [row.get("name", f"user-{number}") for number, row in enumerate(rows, start=1)]


def _step(node: Any, part: str, last: bool) -> Step:
    if isinstance(node, dict):
        if part not in node and not last:
            raise InputError(f"has no {show(part)}, expected {nearest(part, node)}")
        return part
    if not isinstance(node, list):
        raise InputError(f"is {show(node)}, which has no entry {show(part)}")
    if not part.isdecimal() or int(part) >= len(node):
        raise InputError(f"has no entry {show(part)}, expected a position from 0 to {len(node) - 1}")
    return int(part)


def _check_factors(axis: Axis) -> None:
    wrong = [text for value, text in zip(axis.values, axis.texts, strict=True) if not _is_factor(value)]
    if wrong:
        raise InputError(f"--vary {axis.key}: got {show(wrong[0])}, expected finite numbers ≥ 0 that costs are times")


def _is_factor(value: Value) -> bool:
    return isinstance(value, Fraction) and value >= 0


def overlap(known: Mapping[Way, str], ways: Sequence[Way]) -> str | None:
    """The key that varies some of the same already, if any; ``known`` has every way so far and its key."""
    inner = {way[:depth]: key for way, key in known.items() for depth in range(1, len(way))}
    for way in ways:
        for depth in range(1, len(way) + 1):
            if way[:depth] in known:
                return known[way[:depth]]
        if way in inner:
            return inner[way]
    return None


def put(document: Mapping[str, Any], ways: Sequence[Way], value: Value) -> Mapping[str, Any]:
    """The document with another value at the end of each way; what lies beside the ways is shared."""
    if len(ways) == 1:
        changed: Mapping[str, Any] = _put(document, ways[0], value)
        return changed
    users = list(document["users"])  # several ways lead to users, each to its own
    for _, place, *steps in ways:
        users[int(place)] = _put(users[int(place)], steps, value)
    return {**document, "users": users}


def _put(node: Any, steps: Sequence[Step], value: Value) -> Any:
    if not steps:
        return list(value) if isinstance(value, tuple) else value
    if len(steps) == 1 and steps[0] == SCALE and isinstance(value, Fraction):
        return _scaled(node, value)
    changed = node.copy()
    changed[steps[0]] = _put(node[steps[0]] if len(steps) > 1 else None, steps[1:], value)
    return changed


def _costs(row: Mapping[str, Any]) -> bool:
    return "sensitivity" in row or "private" in row


def _scaled(row: Mapping[str, Any], factor: Fraction) -> dict[str, Any]:
    """A user whose levels cost so many times as much; private costs, too. What is no number is left to the reader."""
    changed = dict(row)
    if isinstance(row.get("sensitivity"), list):
        changed["sensitivity"] = [_times(cost, factor) for cost in row["sensitivity"]]
    if isinstance(row.get("private"), list):
        changed["private"] = [_scaled(one, factor) if isinstance(one, dict) else one for one in row["private"]]
    return changed


def _times(cost: Any, factor: Fraction) -> Any:
    number = read_number(cost)
    return cost if number is None else number * factor
