"""The page on adapters is adapters/README.md itself, so that there is one text to keep."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ADAPTERS = Path(__file__).resolve().parent.parent / "adapters" / "README.md"


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put the text in place of the page that points to it."""
    if page.file.src_uri != "add-a-solver.md":
        return markdown
    text = ADAPTERS.read_text(encoding="utf-8").replace("](../docs/", "](")
    # For mkdocs, unlike GitHub, what belongs to "1." is four columns in, and an empty line comes before "2.".
    text = re.sub(r"^   ", "    ", text, flags=re.MULTILINE)
    return re.sub(r"\n(?=\d\. )", "\n\n", text)


def on_serve(server: Any, **_: Any) -> Any:
    """A change of that text is a change of the page."""
    server.watch(str(ADAPTERS))
    return server
