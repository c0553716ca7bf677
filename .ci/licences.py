"""The licences of everything that ``pip install 'fairgames[all]'`` brings, as ``docs/licences.md``.

``python .ci/licences.py`` writes the page from what is installed; a test fails if a dependency is not on it.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
HEAD = """# Licences of what fairgames depends on

fairgames itself is under the MIT licence and contains none of these packages. This is what
`pip install 'fairgames[all]'` installs, with the licence that each package states; `.ci/licences.py` writes this page.
lrsnash, which is used where it is installed, is a program of its own (lrslib, GPL-2.0-or-later).

| package | needed by | licence |
| --- | --- | --- |
"""
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def direct() -> dict[str, str]:
    """Every package that pyproject.toml names for users, and in which extra ("" for all)."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    groups = {
        "": project["dependencies"],
        **{name: extras[name] for name in extras if name not in ("all", "docs", "test")},
    }
    return {
        normal(_NAME.match(text)[0]): extra  # type: ignore[index]
        for extra, texts in groups.items()
        for text in texts
        if not text.startswith("fairgames[")
    }


def installed() -> dict[str, tuple[str, Distribution]]:
    """Those and all that they need in turn, where installed: by whom each is needed first, and its metadata."""
    found: dict[str, tuple[str, Distribution]] = {}
    waiting = [(name, f"extra {extra}" if extra else "fairgames") for name, extra in direct().items()]
    while waiting:
        name, by = waiting.pop(0)
        if name in found:
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        found[name] = by, package
        wanted = [text for text in package.requires or () if "extra ==" not in text]
        waiting += [(normal(_NAME.match(text)[0]), name) for text in wanted]  # type: ignore[index]
    return found


def licence(package: Distribution) -> str:
    """The SPDX expression, else the classifiers, else the first line of the licence field or of the licence itself."""
    fields = package.metadata
    if fields["License-Expression"]:
        return str(fields["License-Expression"])
    classified = [one.split(" :: ")[-1] for one in fields.get_all("Classifier", []) if one.startswith("License ::")]
    said = [one for one in classified if one != "OSI Approved"] or [(fields["License"] or "").strip().split("\n")[0]]
    return ", ".join(said)[:80] or _first_line(package) or "not stated"


def _first_line(package: Distribution) -> str:
    files = [one for one in package.files or () if re.match(r"(LICEN[CS]E|COPYING)", one.name)]
    texts = [one.locate().read_text(encoding="utf-8").strip() for one in files]
    return next((text.split("\n")[0][:80] for text in texts if text), "")


def page() -> str:
    rows = [f"| {name} | {by} | {licence(package)} |" for name, (by, package) in sorted(installed().items())]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
