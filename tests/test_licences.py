"""The page of licences: nothing that is installed with fairgames is missing from it."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
LISTED = dict(re.findall(r"^\| ([a-z0-9-]+) \| [^|]+ \| ([^|]+) \|$", PAGE, flags=re.MULTILINE))
SCRIPT = runpy.run_path(str(ROOT / ".ci" / "licences.py"))


def test_every_package_that_pyproject_names_is_listed() -> None:
    named = SCRIPT["direct"]()
    assert {"numpy", "scipy", "python-flint", "pygambit", "matplotlib", "opendp"} <= set(named)
    assert set(named) - set(LISTED) == set(), "run python .ci/licences.py"


def test_so_is_what_these_bring() -> None:
    brought = SCRIPT["installed"]()
    assert {"contourpy", "clarabel"} & set(brought), "matplotlib and cvxpy bring packages"
    assert set(brought) - set(LISTED) == set(), "run python .ci/licences.py"


def test_every_licence_is_known() -> None:
    assert [name for name, licence in LISTED.items() if licence.strip() in ("", "not stated", "UNKNOWN")] == []
