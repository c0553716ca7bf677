"""Every console and Python block of the README and of docs/ is run, and says what the page says it does.

TOML blocks that begin with a comment ``# name.toml`` are files that the commands below them read.
"""

from __future__ import annotations

import doctest
import re
import runpy
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from fairgames.cli import cli

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples in it, as a reader in a clone has."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_console_blocks(page: Path, workplace: Path) -> None:
    """Each command runs, in order, and prints the lines that are shown below it."""
    for block in blocks(page, "toml"):
        if name := re.match(r"# ([\w-]+\.toml)\n", block):
            (workplace / name[1]).write_text(block, encoding="utf-8")
    shown = ""
    for line in "\n".join(blocks(page, "console")).splitlines():
        if line.startswith("$ fairgames "):
            result = CliRunner().invoke(cli, shlex.split(line.removeprefix("$ fairgames ")))
            assert result.exit_code == 0, (line, result.output, result.exception)
            shown = result.output
        elif line.strip():
            assert line.strip() in shown, (line, shown)


@pytest.mark.parametrize("page", PAGES[1:], ids=lambda page: page.name)  # pytest itself runs the README's
def test_python_blocks(page: Path, workplace: Path) -> None:
    failed, _ = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert failed == 0


def test_there_are_blocks() -> None:
    """A change of notation must not leave these tests with nothing to run."""
    assert sum(page.read_text(encoding="utf-8").count("$ fairgames ") for page in PAGES) >= 9
    assert sum(page.read_text(encoding="utf-8").count(">>> ") for page in PAGES) >= 30


def test_toml_example_loads(tmp_path: Path) -> None:
    import fairgames as fg

    block = blocks(ROOT / "README.md", "toml")[-1]
    path = tmp_path / "scenario.toml"
    path.write_text(block, encoding="utf-8")
    scenario = fg.load(path)
    assert scenario.users.names == ("clinic-1", "clinic-2")
    assert scenario.profile == (2, 2)


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
