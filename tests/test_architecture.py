"""What docs/architecture.md and its picture say is so."""

from __future__ import annotations

import re
from pathlib import Path

from tests.floors import FLOORS, GROUND, PICTURE, imports, picture, room
from tests.picture import without_detours

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_the_picture_is_that_of_the_imports() -> None:
    assert PICTURE.read_text(encoding="utf-8") == picture(), "imports have changed: run python -m tests.floors"


def test_the_picture_shows_every_room_and_only_imports() -> None:
    """Read back from the file: boxes are the rooms; arrows are imports, and lead to all that is imported."""
    text = PICTURE.read_text(encoding="utf-8")
    rooms = {name for names in FLOORS[GROUND:] for name in names}
    shown = re.findall(r'text-anchor="middle">([^<]+)<', text)
    assert sorted(shown[:-1]) == sorted(rooms)
    assert shown[-1].split() == [name for names in FLOORS[:GROUND] for name in names]
    titles = re.findall(r"<title>([^<→]+) → ([^<]+)</title>", text)
    arrows = {(who, what) for names, what in titles for who in names.split(", ")}
    real = {(room(who), room(what)) for who, what in imports()} & {(a, b) for a in rooms for b in rooms if a != b}
    assert arrows <= real
    below = {name: {b for a, b in arrows if a == name} for name in rooms}
    for _ in rooms:
        below = {name: {*known, *(far for one in known for far in below[one])} for name, known in below.items()}
    assert {(a, b) for a, known in below.items() for b in known} >= real


def test_a_detour_takes_the_place_of_a_straight_arrow() -> None:
    graph = {"a": ["b", "c", "d"], "b": ["c"], "c": [], "d": ["c"]}
    assert without_detours(graph) == {"a": ["b", "d"], "b": ["c"], "c": [], "d": ["c"]}


def test_the_page_names_every_room() -> None:
    table = PAGE.split("| floors |")[1].split("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", table)) >= {name for names in FLOORS for name in names}


def test_what_the_page_names_is_there() -> None:
    paths = set(re.findall(r"`((?:fairgames|adapters|tests|docs)/[\w/.-]*|[\w-]+\.(?:toml|md))`", PAGE))
    assert len(paths) >= 20
    assert {path for path in paths if not (ROOT / path).exists() and not (ROOT / f"{path}.py").exists()} == set()
    requests = PAGE.split("| to add |")[1].strip().splitlines()[2:]
    assert len([line for line in requests if line.startswith("|")]) == 10


def test_paths_on_every_page_are_there() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "adapters" / "README.md"]
    stale = {
        f"{page.name}: {path}"
        for page in pages
        for path in re.findall(r"`((?:fairgames|tests|benchmarks|docs)/[\w./-]+)`", page.read_text(encoding="utf-8"))
        if not (ROOT / path).exists() and not (ROOT / f"{path}.py").exists()
    }
    assert stale == set()
