"""The floors of the house: which package may import which.

``python -m tests.floors`` draws them as docs/architecture.svg.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.picture import draw

ROOT = Path(__file__).parent.parent / "fairgames"
PICTURE = ROOT.parent / "docs" / "architecture.svg"

#: From the ground up. A module imports from lower floors and from its own package only: what it stands on
#: never knows of it. Imports inside functions count, those for types only do not.
FLOORS = [
    ["errors", "typing", "version", "deprecated", "lazy"],
    ["text", "progress"],
    ["memory", "exact", "coprime", "notebook"],
    ["tensor", "certain", "federation"],
    ["reading", "private_costs"],
    ["users", "privacy", "estimators", "cluster", "local", "tables"],
    ["utilities", "releases"],
    ["training", "counts"],
    ["checked"],
    ["valuation"],
    ["games", "model"],
    ["game"],
    ["private"],
    ["equilibria"],
    ["mechanism"],
    ["solvers", "scenario", "random_effects"],
    ["learning"],
    ["fairgames"],
    ["sweep", "plots", "testing", "audit"],
    ["paper", "report", "explore"],
    ["cli"],
    ["start"],
    ["__main__"],
]


#: The lowest floors that the picture shows as one box: nearly every room imports from them.
GROUND = 3


def floor_of() -> dict[str, int]:
    """The floor of each room: a package or module right below ``fairgames``, or that one's own ``__init__``."""
    return {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def modules() -> dict[str, Path]:
    """All modules by their dotted names below ``fairgames``; a package is its ``__init__``."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports() -> tuple[tuple[str, str], ...]:
    """Every import of a module by a module, as (who, what), those for types only left out."""
    known = modules()
    return tuple(
        (name, what if what in known else what.rpartition(".")[0])
        for name, path in known.items()
        for what in _imported(ast.parse(path.read_text(encoding="utf-8")))
    )


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "fairgames":
            yield from (f"{node.module}.{one.name}".removeprefix("fairgames.") for one in node.names)
        elif isinstance(node, ast.Import):
            yield from (one.name.partition(".")[2] for one in node.names if one.name.split(".")[0] == "fairgames")
        elif not isinstance(node, ast.expr):  # in which nothing is imported
            yield from _imported(node)


def room(module: str) -> str:
    return module.split(".", maxsplit=1)[0] or "fairgames"


def picture() -> str:
    """The rooms and what they import, as SVG; the lowest floors, on which everything stands, are one box."""
    ground = [name for rooms in FLOORS[:GROUND] for name in rooms]
    above = [name for rooms in FLOORS[GROUND:] for name in rooms]
    graph: dict[str, set[str]] = {name: set() for name in above}
    for who, what in imports():
        if room(who) in graph and room(what) in graph and room(who) != room(what):
            graph[room(who)].add(room(what))
    return draw(FLOORS[GROUND:], graph, ground)


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    print(PICTURE)
