"""The page on adapters is adapters/README.md itself, so that there is one text to keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ADAPTERS = Path(__file__).resolve().parent.parent / "adapters" / "README.md"


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put the text in place of the link to it; its links then start from docs/."""
    if page.file.src_uri != "add-a-solver.md":
        return markdown
    return ADAPTERS.read_text(encoding="utf-8").replace("](../docs/", "](")


def on_serve(server: Any, **_: Any) -> Any:
    """A change of that text is a change of the page."""
    server.watch(str(ADAPTERS))
    return server
