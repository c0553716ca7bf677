"""Imports go one way."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from tests.floors import FLOORS, floor_of, imports, modules, room

#: Circles that are meant, and why.
MEANT = {
    ("games.normal_form", "games.files"): "a game's own methods read and write it",
    ("games.normal_form", "games.convert"): "a game's own methods hand it to other packages",
    ("solvers.keeper", "solvers.worker"): "the keeper's child goes on as the worker",
}


def test_every_room_has_a_floor() -> None:
    assert {room(module) for module in modules()} == {room for rooms in FLOORS for room in rooms}


def test_imports_go_down() -> None:
    """See ``tests/floors.py``: what is needed by two floors stands on the lower one."""
    floor = floor_of()
    upward = [
        f"{who}, on floor {floor[room(who)]}, imports {what or 'fairgames'} from floor {floor[room(what)]}"
        for who, what in imports()
        if who and room(who) != room(what) and floor[room(what)] >= floor[room(who)]
    ]
    assert sorted(set(upward)) == []


def test_no_circles_inside_a_room() -> None:
    """In a package neither modules nor packages import one another in a circle."""
    below: dict[str, dict[str, set[str]]] = {}
    for who, what in imports():
        mine, theirs = who.split("."), what.split(".")
        same = next((k for k, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), None)
        if same and (who, what) not in MEANT:  # 0: two rooms; None: a package and what is in it
            below.setdefault(".".join(mine[:same]), {}).setdefault(mine[same], set()).add(theirs[same])
    circles = []
    for package, graph in below.items():
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circles.append(f"{package}: {' imports '.join(reversed(error.args[1]))}")
    assert circles == []
