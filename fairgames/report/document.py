"""What a report is made of, whatever it is written as: sections of paragraphs, tables, pictures, terms and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Paragraph:
    """Text; ``strong`` where it is the answer itself."""

    kind: ClassVar[str] = "paragraph"
    text: str
    strong: bool = False


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    kind: ClassVar[str] = "points"
    sentences: Sequence[str]


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes
    ----------
    caption : what it shows
    columns, rows : text, one row a line
    wide : the places of columns of words, aligned left, beside the first
    total : whether the last row is a sum
    """

    kind: ClassVar[str] = "grid"
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    wide: tuple[int, ...] = ()
    total: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture as SVG, whose ids are its own, with what it shows in words.

    Attributes
    ----------
    name : unique in a report
    title, words : a short title, and what is to be seen
    svg : one element, with nothing in it that runs or is fetched
    """

    kind: ClassVar[str] = "picture"
    name: str
    title: str
    words: str
    svg: str


@dataclass(frozen=True)
class Terms:
    """Words and what they mean."""

    kind: ClassVar[str] = "terms"
    meanings: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class File:
    """A file that is inside, byte for byte."""

    kind: ClassVar[str] = "file"
    name: str
    content: bytes
    sha256: str
    shown: bool


Block = Paragraph | Points | Grid | Picture | Terms | File


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it; ``name`` is its anchor."""

    name: str
    title: str
    blocks: Sequence[Block]
