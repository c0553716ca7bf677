"""Docstrings as the reference shows them: doctests as code blocks, roles as code (an extension of griffe)."""

from __future__ import annotations

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?:\w+:)?(?:attr|class|data|func|meth|mod):`~?\.?([^`]+)`")
#: A doctest with what it prints: up to the next empty line.
_DOCTEST = re.compile(r"^>>> .*(?:\n.+)*", flags=re.MULTILINE)
#: "…::", an empty line, and indented lines.
_LITERAL = re.compile(r"::\n\n((?:    .*(?:\n|\Z)|\n(?=    ))+)")


class Docstrings(griffe.Extension):
    """Rewrites each docstring after its object was read."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = as_markdown(obj.docstring.value)


def as_markdown(text: str) -> str:
    """The same text without reStructuredText, and with fences around doctests."""
    text = _LITERAL.sub(r":\n\n\1", _ROLE.sub(r"`\1`", text)).replace("``", "`")
    return _DOCTEST.sub(lambda found: f"```pycon\n{found[0].rstrip()}\n```", text)
