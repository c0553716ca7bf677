"""Every console and Python block of the README and of docs/ is run, and says what the page says it does.

TOML blocks that begin with a comment ``# name.toml`` are files that the commands below them read.
"""

from __future__ import annotations

import doctest
import re
import runpy
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from fairgames.cli import cli
from tests.excerpts import blocks, commands, excerpt_of, lay_out, marked
from tests.scenario_keys import KEYS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples in it, as a reader in a clone has."""
    lay_out("", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_console_blocks(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command runs, in order, and prints what is shown below it, with … for what is left out."""
    text = page.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    lay_out(text, tmp_path)
    for line, shown in (one for block in blocks(text, "console") for one in commands(block)):
        result = CliRunner().invoke(cli, shlex.split(line))
        assert result.exit_code == 0, (line, result.output, result.exception)
        assert not shown or excerpt_of(shown, result.output), (line, shown, result.output)


def test_excerpts_without_marks_get_them() -> None:
    output = "one\n two, three\nfour\nfive\n"
    for shown, wanted in (("one\nfour", "one\n…\nfour\n…"), ("two", "…\ntwo …\n…"), ("six", "six")):
        assert marked(shown, output) == wanted
        assert excerpt_of(wanted, output) == (shown != "six")
        assert not excerpt_of(shown, output)


# pytest itself runs the README's, and test_site.py the gallery's, whose pictures it needs.
@pytest.mark.parametrize("page", [page for page in PAGES[1:] if page.name != "gallery.md"], ids=lambda page: page.name)
def test_python_blocks(page: Path, workplace: Path) -> None:
    failed, _ = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert failed == 0


def test_there_are_blocks() -> None:
    """A change of notation must not leave these tests with nothing to run."""
    assert sum(page.read_text(encoding="utf-8").count("$ fairgames ") for page in PAGES) >= 9
    assert sum(page.read_text(encoding="utf-8").count(">>> ") for page in PAGES) >= 30


def test_toml_example_loads(tmp_path: Path) -> None:
    import fairgames as fg

    block = blocks((ROOT / "docs" / "scenario.md").read_text(encoding="utf-8"), "toml")[0]
    path = tmp_path / "scenario.toml"
    path.write_text(block, encoding="utf-8")
    scenario = fg.load(path)
    assert scenario.users.names == ("clinic-1", "clinic-2")
    assert scenario.profile == (2, 2)


def test_the_readme_is_short_and_its_numbers_are_those_of_the_tutorial() -> None:
    """What it says in passing is computed on the page that it points to."""
    readme, tutorial = PAGES[0].read_text(encoding="utf-8"), (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    assert len(readme) < 5000
    for number in ("33.0377", "0.276965"):
        assert number in readme
        assert number in tutorial


@pytest.mark.parametrize("table", list(KEYS))
def test_every_key_of_a_scenario_is_on_its_page(table: str) -> None:
    """In the table of its section, with its unit; and no other is."""
    page = (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8")
    heading = "At the top" if table == "the file" else table
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)) == set(KEYS[table])


def test_docstrings_as_the_reference_shows_them() -> None:
    """Names described together are told apart, doctests get a heading, and roles become code."""
    pytest.importorskip("griffe", reason="of the extra docs")
    as_markdown = runpy.run_path(str(ROOT / "docs" / "docstrings.py"))["as_markdown"]
    text = """What :func:`fairgames.design` says.

Parameters
----------
low, high : ends, see
    ``Users``
rule : "a" : or "b"

Raises
------
InputError
    If low : high.

>>> 1 + 1
2
"""
    shown = """What `fairgames.design` says.

Parameters
----------
low
    ends, see
    `Users`
high
    ends, see
    `Users`
rule
    "a" : or "b"

Raises
------
InputError
    If low : high.

Examples
--------
>>> 1 + 1
2
"""
    assert as_markdown(text) == shown
