"""The parts of a ``.gbt`` workbook, found as Gambit finds them.

Gambit's windows save the text of a game, descriptions and commands unescaped, and read them as they
stand: "north & south" is a title, and ``&amp;`` is five characters. So these payloads are cut out
before the rest is read as XML, and nothing in them is decoded (as pygambit 17 does). What stands
before the XML head, such as a comment or a line of another program, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from fairgames.errors import InputError
from fairgames.reading.beside import not_utf8, reason
from fairgames.reading.foreign import what_it_is
from fairgames.reading.notation import show

#: Elements whose text is taken as it stands.
_RAW = ("nfgfile", "description", "command")
#: What may begin at a "<"; the text of a payload ends at the first end of its element.
_MARKUP = re.compile(r"<!--|<!DOCTYPE|<\?xml\b|<\?|<!\[CDATA\[|<([A-Za-z_][\w:.-]*)", re.IGNORECASE)
_ENDS = {"<!--": "-->", "<?": "?>", "<![cdata[": "]]>"}
_ENCODING = re.compile(r"""<\?xml\b[^>]*?\bencoding\s*=\s*["']([^"']*)["']""")
#: What UTF-8 text may call itself.
_ENCODINGS = ("utf-8", "utf8", "us-ascii", "ascii")


@dataclass
class Text:
    """What stands inside an element, and the line on which it begins."""

    line: int
    parts: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "".join(self.parts)


@dataclass
class AnalysisText:
    """An analysis as it stands: its type, what it says of itself, and the types and texts of its profiles."""

    line: int
    type: str
    description: str = ""
    profiles: list[tuple[str, Text]] = field(default_factory=list)


@dataclass
class Document:
    """The parts of a workbook that matter."""

    game: Text | None = None
    analyses: list[AnalysisText] = field(default_factory=list)


def parsed(path: Path) -> Document:
    """The parts of the workbook at ``path``.

    Raises
    ------
    InputError
        Naming the line and what is wrong there; a document type, which could hold entities, is too.
    """
    text = _text(path)
    payloads, skeleton = _taken_apart(path, text)
    return _Reader(path, payloads).read(skeleton)


def _text(path: Path) -> str:
    """The file as text with line ends as ``\\n``."""
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({reason(error)}), expected a .gbt file") from None
    if known := what_it_is(data):
        raise InputError(f"{path}: line 1: {known}, expected a .gbt file in UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise InputError(f"{path}: {not_utf8(line, error)}") from None
    found = _ENCODING.search(text[: text.find("?>") + 2])
    if found and found[1].lower() not in _ENCODINGS:
        raise InputError(f"{path}: line 1: got the encoding {show(found[1])}, save the file with the encoding UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _taken_apart(path: Path, text: str) -> tuple[list[str], str]:
    """The payloads in their order, and the document without them and what precedes its head; lines stay."""
    payloads: list[str] = []
    kept: list[str] = []
    begun, done = False, 0
    for start, end, name in _pieces(path, text):
        if not begun:
            kept.append("\n" * text.count("\n", 0, start))
            begun, done = True, start
        if name in _RAW:
            payloads.append(text[start:end])
            kept += [text[done:start], "\n" * text.count("\n", start, end)]
            done = end
    if not begun:
        return payloads, text
    # Nothing may stand before an XML declaration, so it goes too: text has an encoding no more.
    head = re.sub(r"<\?xml\b[^>]*\?>", "", "".join(kept) + text[done:], count=1)
    return payloads, head


def _pieces(path: Path, text: str) -> Iterator[tuple[int, int, str]]:
    """Where the head and each element begin, and of payloads where their texts begin and end."""
    at = 0
    while found := _MARKUP.search(text, at):
        mark, name = found[0].lower(), found[1]
        if mark == "<!doctype":
            line = 1 + text.count("\n", 0, found.start())
            raise InputError(f"{path}: line {line}: got a document type (<!DOCTYPE), expected none")
        if mark == "<?xml":
            yield found.start(), found.end(), ""
            mark = "<?"
        if name is None:
            end = text.find(_ENDS[mark], found.end())
            at = len(text) if end < 0 else end + len(_ENDS[mark])
            continue
        close = text.find(">", found.end())
        at = len(text) if close < 0 else close + 1
        if name not in _RAW or close < 0 or text[close - 1] == "/":
            yield found.start(), at, ""
            continue
        last = re.compile(rf"</{name}\s*>").search(text, at)
        if last is None:
            yield found.start(), at, ""  # the XML parser says that it has no end
            continue
        yield found.start(), found.start(), ""
        yield at, last.start(), name
        at = last.end()


class _Reader:
    """Collects a document from the events of an XML parser that allows no document type."""

    def __init__(self, path: Path, payloads: list[str]) -> None:
        self._document = Document()
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._path = path
        self._payloads = iter(payloads)
        self._open: list[str] = []
        self._text: Text | None = None

    def read(self, skeleton: str) -> Document:
        try:
            self._parser.Parse(skeleton, True)
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            raise InputError(
                f"{self._path}: line {error.lineno}: {what}, expected well-formed XML as Gambit saves it"
            ) from None
        except ValueError as error:  # half of a surrogate pair
            raise InputError(f"{self._path}: line 1: {error}; save the file with the encoding UTF-8") from None
        return self._document

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line = self._parser.CurrentLineNumber
        if not self._open and name not in ("gambit:document", "game"):
            self._fail(f"got <{name}>, expected <gambit:document>")
        self._open.append(name)
        payload = next(self._payloads, "") if name in _RAW else ""
        if name == "efgfile":
            self._fail("the game is an extensive one (<efgfile>), expected a strategic one (<nfgfile>)")
        if name == "nfgfile":
            if self._document.game is not None:
                self._fail("got a second <nfgfile>, expected one game")
            self._document.game = Text(line, [payload])
        elif name == "analysis":
            self._document.analyses.append(AnalysisText(line, attributes.get("type", "")))
        elif "analysis" in self._open and name == "description":
            self._document.analyses[-1].description = " ".join(payload.split())
        elif "analysis" in self._open and name == "profile":
            self._text = Text(line)
            self._document.analyses[-1].profiles.append((attributes.get("type", ""), self._text))

    def _end(self, name: str) -> None:
        self._open.pop()
        if name == "profile":
            self._text = None

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.parts.append(text)

    def _doctype(self, *_: object) -> None:
        self._fail("got a document type (<!DOCTYPE), expected none")

    def _fail(self, what: str) -> NoReturn:
        raise InputError(f"{self._path}: line {self._parser.CurrentLineNumber}: {what}")
