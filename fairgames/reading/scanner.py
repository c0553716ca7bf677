"""Text read in blocks, and the line of whatever is wrong in it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

from fairgames.errors import InputError
from fairgames.reading.beside import not_utf8, reason
from fairgames.reading.foreign import HEAD, what_it_is
from fairgames.reading.notation import show

_BLOCK = 1 << 20
#: Longest token; beyond it a quotation mark is missing.
_LONGEST = 1 << 24

_SPACE = re.compile(r"\s*+", re.ASCII)
# As Gambit reads it: a quotation mark right after a backslash does not end a label.
_TOKEN = re.compile(r'"((?:[^"]|(?<=\\)")*+)"|([{},])|([^\s{},"]++)', re.ASCII)
_WORD = re.compile(r"\S+", re.ASCII)

Kind = Literal["label", "sign", "word", "end"]


@dataclass(frozen=True)
class Token:
    """A label in quotation marks (without them), a brace or comma, a word, or the end of the text."""

    kind: Kind
    text: str
    line: int

    def __str__(self) -> str:
        if self.kind == "end":
            return "the end of the file"
        return f"the label {show(self.text)}" if self.kind == "label" else show(self.text)


@dataclass(frozen=True)
class Block:
    """A stretch of text that ends with a word."""

    text: str
    line: int

    def line_at(self, position: int) -> int:
        return self.line + self.text.count("\n", 0, position)

    def line_of(self, index: int) -> int:
        """The line of the word at ``index``."""
        for number, found in enumerate(_WORD.finditer(self.text)):
            if number == index:
                return self.line_at(found.start())
        return self.line_at(len(self.text))

    def word_at(self, position: int) -> tuple[str, int]:
        """The first word that begins at ``position`` or later, and its line."""
        found = _WORD.search(self.text, position)
        return (found[0], self.line_at(found.start())) if found else ("", self.line_at(len(self.text)))


class Scanner:
    """Reads tokens one at a time, then the rest in blocks.

    Parameters
    ----------
    blocks : the text
    name : of the file, for messages
    size : of the text in bytes
    line : on which the text begins
    """

    def __init__(self, blocks: Iterable[str], name: str, size: int, line: int = 1) -> None:
        self._blocks = iter(blocks)
        self._name = name
        self._size = size
        self._line = line
        self._text = ""
        self._at = 0
        self._read = 0
        self._ended = False
        #: Whether the last number is followed by white space, so that it cannot be a part of one.
        self.complete = False

    @classmethod
    def of_file(cls, path: Path) -> Scanner:
        """Of a file in UTF-8, which is closed when all is read or the scanner is let go.

        Raises
        ------
        InputError
            If it cannot be opened.
        """
        return cls(_decoded(path), str(path), file_size(path))

    def fail(self, what: str, line: int | None = None) -> NoReturn:
        """Raise :class:`InputError` with file and line."""
        raise InputError(f"{self._name}: line {self._line if line is None else line}: {what}")

    @property
    def line(self) -> int:
        """Where the next token begins."""
        self._skip_space()
        return self._line

    @property
    def left(self) -> int:
        """At most so many bytes have not been read yet."""
        return self._size - self._read + len(self._text) - self._at

    def next(self) -> Token:
        """The next token.

        Raises
        ------
        InputError
            At a quotation mark that has no second one.
        """
        if not self.peek():
            return Token("end", "", self._line)
        line, found = self._line, self._match(_TOKEN)
        if found is None:
            self.fail("the quotation mark has no second one, expected a label in quotation marks")
        kind: Kind = "label" if found[1] is not None else "sign" if found[2] is not None else "word"
        text = found[1].replace('\\"', '"') if kind == "label" else found[0]
        return Token(kind, text, line)

    def peek(self) -> str:
        """The first character of the next token; empty at the end."""
        self._skip_space()
        return self._text[self._at : self._at + 1]

    def expect(self, kind: Kind, what: str, text: str | None = None) -> Token:
        """The next token, which must be of this kind (and text)."""
        token = self.next()
        if token.kind != kind or text not in (None, token.text):
            self.fail(f"got {token}, expected {what}", token.line)
        return token

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What comes next, if it is of the form ``pattern``."""
        self._skip_space()
        return self._match(pattern)

    def blocks(self) -> Iterator[Block]:
        """All that is left, cut between words."""
        while True:
            if not self._ended:
                self._fill()
            cut = len(self._text) if self._ended else _last_space(self._text)
            self.complete = _last_space(self._text) == len(self._text)
            if cut > self._at:
                block = Block(self._text[self._at : cut], self._line)
                self._consume(cut)
                yield block
            if self._ended:
                return
            if len(self._text) - self._at > _LONGEST:
                self.fail("no number is that long")

    def _skip_space(self) -> None:
        while True:
            found = _SPACE.match(self._text, self._at)
            self._consume(found.end() if found else self._at)
            if self._at < len(self._text) or self._ended:
                return
            self._fill()

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """A match at the current place, consumed; one that reaches the end of what was read may be cut short."""
        found = pattern.match(self._text, self._at)
        while not self._ended and (found is None or found.end() == len(self._text)):
            if len(self._text) - self._at > _LONGEST:
                return None
            self._fill()
            found = pattern.match(self._text, self._at)
        if found is not None:
            self._consume(found.end())
        return found

    def _consume(self, position: int) -> None:
        self._line += self._text.count("\n", self._at, position)
        self._at = position

    def _fill(self) -> None:
        block = next(self._blocks, None)
        if block is None:
            self._ended = True
            return
        self._text = self._text[self._at :] + block
        self._read += len(block)
        self._at = 0


def file_size(path: Path) -> int:
    """The size of a regular file in bytes.

    Raises
    ------
    InputError
        If there is none, or it is something else.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise OSError(0, "it is not a regular file")
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({reason(error)}), expected a game file") from None
    return size


def _last_space(text: str) -> int:
    """Where the last word of ``text`` begins, which may go on after it."""
    return 1 + max(text.rfind(space) for space in " \n\t\r\f\v")


def _decoded(path: Path) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    lines = 1
    try:
        with path.open("rb") as file:
            known = what_it_is(file.read(HEAD))
            if known:
                raise InputError(f"{path}: line 1: {known}, expected a game file in UTF-8")
            file.seek(0)
            while data := file.read(_BLOCK):
                text = decoder.decode(data)
                lines += text.count("\n")
                yield text
            yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        lines += error.object.count(b"\n", 0, error.start)
        raise InputError(f"{path}: {not_utf8(lines, error)}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason(error)}), expected a game file") from None
