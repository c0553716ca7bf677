"""What the site has beyond the pages: one text for adapters, and boxes in which wide tables and pictures scroll."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

ADAPTERS = Path(__file__).resolve().parent.parent / "adapters" / "README.md"

_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
_PICTURE = re.compile(r'<p>(<img alt="([^"]*)"[^>]*>)</p>')
_NAVIGATION = re.compile(r'<nav class="md-nav" aria-label="([^"]*)"')


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put the text in place of the page that points to it."""
    if page.file.src_uri != "add-a-solver.md":
        return markdown
    text = ADAPTERS.read_text(encoding="utf-8").replace("](../docs/", "](")
    # For mkdocs, unlike GitHub, what belongs to "1." is four columns in, and an empty line comes before "2.".
    text = re.sub(r"^   ", "    ", text, flags=re.MULTILINE)
    return re.sub(r"\n(?=\d\. )", "\n\n", text)


def on_page_content(html: str, **_: Any) -> str:
    """Tables and pictures in boxes that scroll, and that the keyboard reaches."""
    count = iter(range(1, html.count("<table>") + 1))
    html = _TABLE.sub(lambda found: _scrolls(found[0], f"table {next(count)}"), html)
    return _PICTURE.sub(lambda found: _scrolls(found[1], f"picture: {found[2]}"), html)


def _scrolls(html: str, label: str) -> str:
    return f'<div class="scrolls" tabindex="0" role="region" aria-label="{label}">{html}</div>'


def on_post_page(output: str, **_: Any) -> str:
    """Names for what the theme leaves without one of its own: the search, and navigations called alike."""
    output = output.replace(
        'data-md-component="search" role="dialog"', 'data-md-component="search" role="dialog" aria-label="Search"'
    )
    times: Counter[str] = Counter()

    def named(found: re.Match[str]) -> str:
        name = found[1].casefold()  # as axe-core compares them
        times[name] += 1
        return found[0] if times[name] == 1 else f'{found[0][:-1]}, {times[name]}"'

    return _NAVIGATION.sub(named, output)


def on_serve(server: Any, **_: Any) -> Any:
    """A change of that text is a change of the page."""
    server.watch(str(ADAPTERS))
    return server
