"""Our types as users meet them: a file of theirs under mypy --strict."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from fairgames import typing
from tests import users_file

ROOT = Path(__file__).parent.parent


def test_a_users_file_passes_mypy_strict() -> None:
    """With the cache of `make test`, which has read the package before: a few seconds."""
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "tests/users_file.py"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


def test_and_it_runs() -> None:
    assert users_file.main()[1].startswith("(1, 2, 2, 2), 4 users")


def test_the_page_on_types_has_every_name() -> None:
    page = (ROOT / "docs" / "reference" / "types.md").read_text(encoding="utf-8")
    source = Path(typing.__file__).read_text(encoding="utf-8")
    names = re.findall(r"^(\w+): TypeAlias", source, flags=re.MULTILINE)
    assert len(names) > 8
    assert [name for name in names if f"`{name}`" not in page] == []
