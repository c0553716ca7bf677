"""A browser for tests: headless Chromium, which says what a page's console and axe-core complain about.

Chromium is Debian's package ``chromium``, driven by playwright (extra ``test``); axe-core lies in ``tests/vendored/``,
as npm has it. Where either is missing, tests are skipped with that reason, unless ``FAIRGAMES_REQUIRE_BROWSER`` is
set, as .ci/run does.

>>> from tests.browser import page
>>> errors, violations, screenshot = page("report.html", width=390)  # doctest: +SKIP
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import ConsoleMessage, Page, Response, Route

AXE = Path(__file__).parent / "vendored" / "axe.min.js"
#: The height of the window, in CSS pixels; screenshots are of the whole page.
HEIGHT = 800
#: From where a page may load: nothing of ours needs a network.
_HERE = ("127.0.0.1", "localhost", "")


class Seen(NamedTuple):
    """What a page shows.

    Attributes
    ----------
    console_errors : errors on the console, uncaught exceptions, answers of 400 and more, and requests to elsewhere
    axe_violations : a line each: the rule, what it asks for, and the elements that break it
    screenshot : of the whole page, as PNG
    """

    console_errors: list[str]
    axe_violations: list[str]
    screenshot: bytes


class Browser:
    """Chromium, as long as :func:`browser` keeps it open."""

    def __init__(self, chromium: Chromium) -> None:
        self._chromium = chromium

    def page(self, path_or_url: str | Path, width: int) -> Seen:
        """Load a page in a window of that many CSS pixels, and say what is wrong with it."""
        with self.opened(path_or_url, width) as (shown, errors):
            violations = axe_violations(shown)
            return Seen(errors, violations, shown.screenshot(full_page=True))

    @contextmanager
    def opened(self, path_or_url: str | Path, width: int) -> Iterator[tuple[Page, list[str]]]:
        """The page itself, to click and to measure in, and the list to which its console's errors are added."""
        with self._chromium.new_context(viewport={"width": width, "height": HEIGHT}, reduced_motion="reduce") as alone:
            shown = alone.new_page()
            errors: list[str] = []
            shown.on("console", partial(_console, errors))
            shown.on("pageerror", lambda error: errors.append(f"uncaught: {error}"))
            shown.on("response", partial(_response, errors))
            shown.route("**/*", partial(_only_from_here, errors))
            shown.goto(_url(path_or_url), wait_until="load")
            yield shown, errors


@contextmanager
def browser() -> Iterator[Browser]:
    """One Chromium for several pages; skips the test, or fails it, where there is none."""
    executable = _chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Root, as in a container, has no sandbox to be in; the pages are our own.
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        with playwright.chromium.launch(executable_path=executable, args=arguments) as chromium:
            yield Browser(chromium)


def page(path_or_url: str | Path, width: int) -> Seen:
    """One page in a Chromium of its own; for several, :func:`browser` starts it once."""
    with browser() as opened:
        return opened.page(path_or_url, width)


def axe_violations(shown: Page) -> list[str]:
    """What axe-core finds on a page as it is now: every rule that is neither experimental nor switched off."""
    shown.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = shown.evaluate("async () => (await axe.run()).violations")
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: " + "; ".join(str(node["target"]) for node in rule["nodes"])
        for rule in found
    ]


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address on this machine at which a folder is served: scripts may not fetch from a file."""
    handler = partial(_Silent, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        """Requests are not the test's output."""


def _chromium() -> str:
    """The path of Chromium; else the end of the test."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is not None and find_spec("playwright") is not None:
        return executable
    missing = "chromium (apt-get install chromium)" if executable is None else "playwright (extra test)"
    if os.environ.get("FAIRGAMES_REQUIRE_BROWSER"):
        pytest.fail(f"FAIRGAMES_REQUIRE_BROWSER is set, but {missing} is not here")
    pytest.skip(f"no browser: {missing} is not here")


def _url(path_or_url: str | Path) -> str:
    if isinstance(path_or_url, str) and urlsplit(path_or_url).scheme in ("http", "https", "file"):
        return path_or_url
    return Path(path_or_url).resolve(strict=True).as_uri()


def _console(errors: list[str], message: ConsoleMessage) -> None:
    if message.type == "error":
        errors.append(f"console: {message.text}")


def _response(errors: list[str], response: Response) -> None:
    if response.status >= 400:
        errors.append(f"{response.status} for {response.url}")


def _only_from_here(errors: list[str], route: Route) -> None:
    """What is elsewhere is not asked for, and is an error of the page."""
    if (urlsplit(route.request.url).hostname or "") in _HERE:
        route.continue_()
        return
    errors.append(f"asked for {route.request.url}, which is elsewhere")
    route.abort()
