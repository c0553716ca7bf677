"""Docstrings as the reference shows them (an extension of griffe): what NumPy's style means, said in Markdown."""

from __future__ import annotations

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?:\w+:)?(?:attr|class|data|func|meth|mod):`~?\.?([^`]+)`")
#: A section whose entries are names, up to its end: an empty line before text that is not indented.
_NAMES = re.compile(r"^(Parameters|Attributes)\n-+\n(?:.+\n?|\n(?= ))+", flags=re.MULTILINE)
#: Names that are described together, and the words, up to the next line that is not indented.
_ENTRY = re.compile(r"^(\S.*?) : ?(.*(?:\n+ +.*)*)", flags=re.MULTILINE)
_FIRST_DOCTEST = re.compile(r"^>>> ", flags=re.MULTILINE)


class Docstrings(griffe.Extension):
    """Rewrites each docstring after its object was read."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = as_markdown(obj.docstring.value)


def as_markdown(text: str) -> str:
    """The same text as griffe understands it.

    Entries are described in words, types stand in the signature: so the words move below the name.
    Doctests get the heading that they go without in the source.
    """
    text = _ROLE.sub(r"`\1`", text).replace("``", "`").replace("::\n\n", ":\n\n")
    text = _NAMES.sub(lambda section: _ENTRY.sub(_one_by_one, section[0]), text)
    return text if "\nExamples\n" in text else _FIRST_DOCTEST.sub("Examples\n--------\n>>> ", text, count=1)


def _one_by_one(entry: re.Match[str]) -> str:
    """Each name with the words of all: two names may differ in type."""
    return "\n".join(f"{name}\n    {entry[2].strip()}" for name in entry[1].split(", "))
