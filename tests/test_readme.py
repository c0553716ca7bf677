"""Every console block of the README is run, and says what the README says it does."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from fairgames.cli import cli

ROOT = Path(__file__).parent.parent


def console_blocks() -> list[tuple[str, list[str]]]:
    """(command, expected lines) of each ``$ fairgames …`` in the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ fairgames "):
                found.append((line.removeprefix("$ fairgames "), []))
            elif line.strip():
                found[-1][1].append(line.strip())
    return found


def test_console_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    blocks = console_blocks()
    assert len(blocks) >= 5
    for command, expected in blocks:
        result = CliRunner().invoke(cli, shlex.split(command))
        assert result.exit_code == 0, (command, result.output, result.exception)
        for line in expected:
            assert line in result.stdout, (command, line, result.stdout)


def test_toml_example_loads(tmp_path: Path) -> None:
    import fairgames as fg

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)
    path = tmp_path / "scenario.toml"
    path.write_text(block, encoding="utf-8")
    scenario = fg.load(path)
    assert scenario.users.names == ("clinic-1", "clinic-2")
    assert scenario.profile == (2, 2)
