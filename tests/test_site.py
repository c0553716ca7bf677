"""The documentation's site as a reader's browser shows it: no console error, no broken link, axe-core clean."""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urldefrag

import pytest

from tests.browser import axe_violations, browser, serving

ROOT = Path(__file__).parent.parent
#: One page of each make: pictures, tables, code, console blocks, docstrings. axe-core takes seconds a page.
LOOKED_AT = ("index", "tutorial", "scenario", "gallery", "sweep", "reference/errors")
#: Of everything that a page has: links, and what they may lead to.
_LINKS = "elements => elements.map(one => one.href)"
_TARGETS = "elements => elements.map(one => one.id)"
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as `make docs` does: the gallery's own lines draw its pictures, and a warning is an error."""
    pytest.importorskip("mkdocs", reason="of the extra docs")
    pytest.importorskip("material", reason="of the extra docs")
    pytest.importorskip("matplotlib")
    failed, _ = doctest.testfile(str(ROOT / "docs" / "gallery.md"), module_relative=False)
    assert failed == 0
    place = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(place)]
    done = subprocess.run(
        build, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return place


def test_the_site_in_a_browser(site: Path) -> None:
    """Every page at the width of a telephone; axe-core on one page of each make."""
    pages = sorted(path.parent.relative_to(site).as_posix() for path in site.rglob("index.html"))
    assert len(pages) > 30
    faults: list[str] = []
    links: dict[str, set[str]] = {}
    targets: dict[str, set[str]] = {}
    with browser() as opened, serving(site) as address:
        for page in pages:
            url = f"{address}/{'' if page == '.' else f'{page}/'}"
            with opened.opened(url, 390) as (shown, errors):
                targets[url] = set(shown.eval_on_selector_all("[id]", _TARGETS))
                links[url] = set(shown.eval_on_selector_all("a[href]", _LINKS))
                if wide := shown.evaluate(_OVERFLOW):
                    faults.append(f"{page}: is {wide} px wider than a telephone")
                if page in LOOKED_AT or (page == "." and "index" in LOOKED_AT):
                    faults += [f"{page}: axe: {violation}" for violation in axe_violations(shown)]
            faults += [f"{page}: {error}" for error in errors]
    for page, found in links.items():
        faults += [f"{page}: broken link {link}" for link in sorted(found) if _is_broken(link, address, site, targets)]
    assert faults == []


def _is_broken(link: str, address: str, site: Path, targets: dict[str, set[str]]) -> bool:
    """Links to elsewhere are not followed: the tests have no network."""
    there, fragment = urldefrag(link)
    if not there.startswith(address):
        return False
    if fragment and there in targets:
        return fragment not in targets[there]
    return there not in targets and not (site / there.removeprefix(f"{address}/")).is_file()


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    (tmp_path / "there.json").write_text("{}", encoding="utf-8")
    targets = {"http://here/a/": {"known"}}

    def broken(link: str) -> bool:
        return _is_broken(link, "http://here", tmp_path, targets)

    assert [broken(link) for link in ("http://here/a/#known", "http://here/there.json", "https://else.org")] == [
        False
    ] * 3
    assert [broken(link) for link in ("http://here/a/#none", "http://here/gone.json", "http://here/b/")] == [True] * 3
