"""The browser that other tests rest on sees what is wrong with a page, and finds a sound one clean."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import browser as module
from tests.browser import browser, page, serving

SOUND = """<!doctype html><html lang="en"><head><title>Sound</title></head>
<body><main><h1>Sound</h1><p>Text.</p></main></body></html>"""
FAULTY = """<!doctype html><html lang="en"><head><title>Faulty</title></head><body><main><h1>Faulty</h1>
<img src="absent.png"><p style="color:#ccc;background:#fff">pale</p>
<script src="http://192.0.2.1/x.js"></script>
<script>console.error("told"); throw new Error("thrown")</script></main></body></html>"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "sound.html").write_text(SOUND, encoding="utf-8")
    (tmp_path / "faulty.html").write_text(FAULTY, encoding="utf-8")
    return tmp_path


def test_sound_and_faulty_pages(site: Path) -> None:
    with browser() as opened, serving(site) as address:
        errors, violations, screenshot = opened.page(f"{address}/sound.html", 390)
        assert (errors, violations) == ([], [])
        assert screenshot.startswith(b"\x89PNG")
        assert int.from_bytes(screenshot[16:20], "big") == 390
        errors, violations, _ = opened.page(f"{address}/faulty.html", 390)
    said = "\n".join(errors)
    for wanted in ("console: told", "uncaught: thrown", "404 for", "192.0.2.1/x.js, which is elsewhere"):
        assert wanted in said
    assert {line.split()[0] for line in violations} == {"image-alt", "color-contrast"}


def test_a_file_is_opened_as_it_lies_on_disk(site: Path) -> None:
    assert page(site / "sound.html", 1280)[:2] == ([], [])


def test_a_missing_browser_is_a_reason_or_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.shutil, "which", lambda _name: None)
    monkeypatch.delenv("FAIRGAMES_REQUIRE_BROWSER", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install chromium"), browser():
        pass
    monkeypatch.setenv("FAIRGAMES_REQUIRE_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"), browser():
        pass
