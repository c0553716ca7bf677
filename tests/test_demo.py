"""`make demo`: what it says, and the picture that it names."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_the_demo_ends_in_three_sentences_and_a_picture(tmp_path: Path) -> None:
    """With an environment that is there already; in a copy of what the demo reads."""
    pytest.importorskip("matplotlib")
    if shutil.which("make") is None:
        pytest.skip("make is not here")
    commands = tmp_path / "venv" / "bin"
    commands.mkdir(parents=True)
    for name, rest in (("python", ""), ("fairgames", "-m fairgames")):
        program = commands / name
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {rest} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (commands.parent / ".installed-plot").touch()
    done = subprocess.run(
        ["make", "demo", f"VENV={commands.parent}"],
        cwd=tmp_path, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'adapters'}", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line[:2] for line in lines if line[:2] in ("1.", "2.", "3.")] == ["1.", "2.", "3."]
    *_, one, two, three, picture = lines
    assert "pay them 29 cents and keep 71." in one
    assert two.startswith("Then 9 of 10 hospitals send their average, 1 only adds it to a sum ")
    assert all(sentence.endswith(".") for sentence in (one, two, three))
    assert not any(sign in one + two + three for sign in "αφρ=²")
    assert picture == "The picture: out/landscape.png"
    assert (tmp_path / "out" / "landscape.png").stat().st_size > 10_000
