"""The public surface: what the packages offer, what the reference shows, and what pages and examples import."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import fairgames as fg
from fairgames.deprecated import NAMES

ROOT = Path(__file__).parent.parent
REFERENCE = sorted(ROOT.glob("docs/reference/*.md"))
READ = [
    *(ROOT / "README.md", ROOT / "adapters" / "README.md"),
    *(page for page in sorted(ROOT.glob("docs/**/*.md")) if page not in REFERENCE),
    *sorted(ROOT.glob("examples/*.py")),
]
OURS = [path for folder in ("fairgames", "adapters", "benchmarks", "tests") for path in ROOT.glob(f"{folder}/**/*.py")]
#: Packages whose public names the reference shows in full.
_ROOMS = """
    audit equilibria estimators explore games learning mechanism paper plots privacy private releases report scenario
    solvers sweep testing training utilities valuation
"""
PACKAGES = ["fairgames", *(f"fairgames.{room}" for room in _ROOMS.split())]
#: Groups of entry points look like modules; some of them are for packages of others alone.
GROUPS = {"fairgames.rules"} | set(
    tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
)
LAZY = [name for name in PACKAGES if hasattr(import_module(name), "__places__")]


def shown() -> list[str]:
    """Every object and module of the reference, by its dotted name."""
    return re.findall(r"^::: (\S+)$", "\n".join(page.read_text(encoding="utf-8") for page in REFERENCE), re.MULTILINE)


def named(dotted: str) -> object:
    """What a dotted name means: a name in a module, or a module."""
    module, _, name = dotted.rpartition(".")
    if not module:
        return import_module(dotted)
    found = getattr(import_module(module), name, None)
    return import_module(dotted) if found is None else found


def code_of(path: Path) -> Iterator[str]:
    """Python in a file: all of it, or the examples and blocks of a page."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield text
        return
    yield from re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    yield from re.findall(r"`((?:fg|fairgames)\.[a-z_A-Z.]+)", text)


def used(path: Path) -> set[str]:
    """Each ``from fairgames… import`` and ``fg.…`` of a file, as dotted names."""
    found = set()
    for code in code_of(path):
        for module, *names in re.findall(r"from (fairgames(?:\.\w+)*) import (?:\(([^)]*)\)|([\w ,]+))", code):
            found |= {f"{module}.{name.split()[0]}" for name in "".join(names).split(",") if name.strip()}
        found |= {f"fairgames.{name}" for name in re.findall(r"(?<![\w.])fg\.(\w+)", code)}
        found |= {name.rstrip(".") for name in re.findall(r"^fairgames\.[\w.]+", code)}
    return found - GROUPS


def test_the_first_door_is_small() -> None:
    """What the README and the tutorial need; the rest is in the packages."""
    assert len(fg.__all__) <= 32
    for page in (ROOT / "README.md", ROOT / "docs" / "tutorial.md"):
        assert {name for name in used(page) if name.count(".") == 1} <= {f"fairgames.{name}" for name in fg.__all__}


@pytest.mark.parametrize("package", LAZY)
def test_a_package_has_what_it_says(package: str) -> None:
    """Its ``__all__``, its imports for type checkers and where names are looked up agree, and each name is there."""
    module = import_module(package)
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    (typed,) = (node for node in tree.body if isinstance(node, ast.If))
    places = {one.name: node.module for node in typed.body if isinstance(node, ast.ImportFrom) for one in node.names}
    assert module.__places__ == places
    assert set(places) <= set(module.__all__) == set(dir(module))
    for name in module.__all__:
        if name in places:
            import_module(f"{places[name]}")
        value = getattr(module, name)
        assert not isinstance(value, ModuleType)
        assert value is getattr(import_module(places.get(name, package)), name)


def test_a_package_loads_nothing_until_it_is_asked() -> None:
    script = f"import sys, {', '.join(LAZY)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if name.startswith("fairgames")}
    assert loaded == {*LAZY, *(f"fairgames.{name}" for name in ("deprecated", "errors", "lazy", "version"))}
    assert "numpy" not in done.stdout.split()


def test_no_attribute() -> None:
    with pytest.raises(AttributeError, match=r"module 'fairgames.games' has no attribute 'nothing'"):
        _ = import_module("fairgames.games").nothing


def test_the_reference_has_every_public_name_once() -> None:
    """What mkdocstrings is told to show is there, and nothing public is left out."""
    names = shown()
    assert len(names) == len(set(names))
    objects = [named(name) for name in names]
    assert len({id(one) for one in objects}) == len(objects)
    missing = [
        f"{package}.{name}"
        for package in PACKAGES
        for name in import_module(package).__all__
        if not any(getattr(import_module(package), name) is one for one in objects)
    ]
    assert missing == []


@pytest.mark.parametrize("path", READ, ids=lambda path: path.name)
def test_pages_and_examples_keep_to_the_reference(path: Path) -> None:
    """They name what it shows, and import that from packages it shows."""
    modules = {name for name in shown() if isinstance(named(name), ModuleType)} | {"fairgames.plots"}
    objects = [named(name) for name in shown() if name not in modules]
    strange = {
        name
        for name in used(path) - modules
        if name.rpartition(".")[0] not in modules or not any(named(name) is one for one in objects)
    }
    assert strange == set()


def test_our_own_code_uses_no_old_name() -> None:
    old = "|".join(NAMES)
    pattern = re.compile(rf"(?<![\w.])(?:fg|fairgames)\.({old})\b|from fairgames import [^\n]*\b({old})\b")
    files = [path for path in [*OURS, *READ] if path.name not in ("test_deprecated.py", "deprecated.py")]
    assert [str(path) for path in files if pattern.search(path.read_text(encoding="utf-8"))] == []
