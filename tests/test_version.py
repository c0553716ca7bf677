"""One version, wherever it stands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from fairgames.version import __version__

ROOT = Path(__file__).parent.parent


def test_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__
    assert f"version: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_changelog_begins_with_it() -> None:
    """Released with its date, or with what is not released yet above it."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\S+)(?: .*)?$", text, re.MULTILINE)
    assert __version__ in versions[:2]
    assert versions[0] in (__version__, "Unreleased")
