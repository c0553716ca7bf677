"""``.gbt``: the workbook of Gambit's windows, the game with computed equilibria in it.

Gambit 16.7 reads the texts inside as XML and 17 reads them raw, so nothing in them may need
escaping. A "." or "e" in one profile makes Gambit show the whole list as decimals, so exact
equilibria are written as fractions, and a list that is not exact throughout as decimals. The
last analysis is the one shown, so there is only one; nothing may follow it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

import numpy as np

from fairgames import memory
from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.games.certificate import Equilibrium, sums_to_one
from fairgames.games.files import nfg
from fairgames.games.files.contents import GameFile
from fairgames.games.files.numbers import NUMBER, parsed
from fairgames.games.normal_form import NormalFormGame
from fairgames.reading.beside import reason
from fairgames.reading.notation import show
from fairgames.reading.scanner import Scanner, file_size
from fairgames.typing import Array, MixedProfile

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<gambit:document xmlns:gambit="http://gambit.sourceforge.net/" version="0.1">
<game>
<nfgfile>
"""
_TAIL = "</game>\n</gambit:document>\n"
_BLOCK = 1 << 20
#: Bytes held for each byte of the file: its text, twice at times.
_EXPANSION = 3
#: Gambit's windows save decimals with six digits; within this, a sum of 1 is meant.
_SUM_TOLERANCE = 1e-4


def blocks(game: NormalFormGame, equilibria: Sequence[Equilibrium] = ()) -> Iterator[str]:
    """Game and equilibria as the text of a ``.gbt`` file, in blocks."""
    yield _HEAD
    yield from nfg.blocks(game)
    yield "</nfgfile>\n"
    if equilibria:
        exact = all(equilibrium.exact for equilibrium in equilibria)
        yield f'<analysis type="list">\n<description>{_description(equilibria, exact)}</description>\n'
        for equilibrium in equilibria:
            yield f'<profile type="mixed">{_profile(equilibrium, exact)}</profile>\n'
        yield "</analysis>\n"
    yield _TAIL


def read(path: Path, exact: bool | None = None) -> GameFile:
    """Game and equilibria of a ``.gbt`` file; of several analyses the last, which Gambit shows.

    Parameters
    ----------
    exact : as of :func:`fairgames.games.files.nfg.read`

    Raises
    ------
    InputError
        Naming the line and what is wrong there; a document type, which could hold entities, is too.
    TooLargeError
        Before allocating, if the game does not fit in memory.
    """
    memory.require(_EXPANSION * file_size(path), f"reading {path}", "Read the game from a .nfg file.")
    document = _parsed(path)
    if document.game is None:
        raise InputError(f"{path}: there is no <nfgfile> in it, expected the workbook of a strategic game")
    parts = document.game.parts
    game = nfg.parse(Scanner(parts, str(path), sum(map(len, parts)), document.game.line), exact)
    return GameFile(game, _Profiles(path, game).read(document.profiles))


def _description(equilibria: Sequence[Equilibrium], exact: bool) -> str:
    largest = max(float(equilibrium.regret) for equilibrium in equilibria)
    proof = "exact, no regret" if exact and largest == 0 else f"largest regret {largest:.2g}"
    return f"{len(equilibria)} equilibri{'um' if len(equilibria) == 1 else 'a'} by fairgames, {proof}"


def _profile(equilibrium: Equilibrium, exact: bool) -> str:
    numbers = [value for vector in equilibrium.strategies for value in vector]
    return ",".join(str(Fraction(value)) if exact else repr(float(value)) for value in numbers)


@dataclass
class _Text:
    """What stands inside an element, and the line on which it begins."""

    line: int
    parts: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "".join(self.parts)


@dataclass
class _Document:
    """The parts of a workbook that matter."""

    game: _Text | None = None
    profiles: list[_Text] = field(default_factory=list)


def _parsed(path: Path) -> _Document:
    reader = _Reader(path)
    try:
        with path.open("rb") as file:
            while data := file.read(_BLOCK):
                reader.parser.Parse(data)
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        raise InputError(f"{path}: line {error.lineno}: {what}, expected well-formed XML as Gambit saves it") from None
    except (LookupError, ValueError) as error:
        raise InputError(f"{path}: line 1: {error}; save the file with the encoding UTF-8") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason(error)}), expected a .gbt file") from None
    return reader.document


class _Reader:
    """Collects a document from the events of an XML parser that allows no document type."""

    def __init__(self, path: Path) -> None:
        self.document = _Document()
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._doctype
        self._path = path
        self._open: list[str] = []
        self._text: _Text | None = None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        if not self._open and name not in ("gambit:document", "game"):
            self._fail(f"got <{name}>, expected <gambit:document>")
        self._open.append(name)
        if name == "efgfile":
            self._fail("the game is an extensive one (<efgfile>), expected a strategic one (<nfgfile>)")
        if name == "nfgfile":
            if self.document.game is not None:
                self._fail("got a second <nfgfile>, expected one game")
            self._text = self.document.game = _Text(line)
        elif name == "analysis":
            self.document.profiles = []
        elif name == "profile" and "analysis" in self._open:
            if attributes.get("type") != "mixed":
                self._fail(f"got a profile of type {show(attributes.get('type', ''))}, expected mixed")
            self._text = _Text(line)
            self.document.profiles.append(self._text)

    def _end(self, name: str) -> None:
        self._open.pop()
        if name in ("nfgfile", "profile"):
            self._text = None

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.parts.append(text)

    def _doctype(self, *_: object) -> None:
        self._fail("got a document type (<!DOCTYPE), expected none")

    def _fail(self, what: str) -> NoReturn:
        raise InputError(f"{self._path}: line {self.parser.CurrentLineNumber}: {what}")


class _Profiles:
    """Makes vectors of the numbers of a profile; exact if no profile has a decimal, as in Gambit."""

    def __init__(self, path: Path, game: NormalFormGame) -> None:
        self._path = path
        self._game = game

    def read(self, texts: Sequence[_Text]) -> tuple[MixedProfile, ...]:
        exact = not any(sign in str(text) for text in texts for sign in ".eE")
        return tuple(self._profile(number, text, exact) for number, text in enumerate(texts, start=1))

    def _profile(self, number: int, text: _Text, exact: bool) -> MixedProfile:
        def fail(what: str) -> NoReturn:
            raise InputError(f"{self._path}: line {text.line}: profile {number}: {what}")

        words = [word.strip() for word in str(text).split(",")]
        if len(words) != sum(self._game.shape):
            sizes = "+".join(map(str, self._game.shape))
            fail(f"got {len(words)} numbers, expected {sizes} = {sum(self._game.shape)}")
        wrong = next((index for index, word in enumerate(words) if not NUMBER.fullmatch(word)), None)
        numbers = object_array(words)
        if wrong is None:
            numbers, wrong = parsed(words, exact)
        if wrong is not None:
            fail(f"got {show(words[wrong])}, expected probabilities separated by commas")
        ends = np.cumsum((0, *self._game.shape)).tolist()
        vectors = [numbers[start:end] for start, end in pairwise(ends)]
        for player, vector in zip(self._game.players, vectors, strict=True):
            if vector.min() < 0 or abs(vector.sum() - 1) > (0 if exact else _SUM_TOLERANCE):
                fail(f"got {', '.join(map(str, vector))} for {show(player)}, expected numbers ≥ 0 that sum to 1")
        return tuple(vector if exact else _whole(vector) for vector in vectors)


def _whole(vector: Array) -> Array:
    """A distribution whose digits were cut, made to sum to 1; others to the last bit as they are."""
    return vector if sums_to_one(vector) else np.asarray(vector / vector.sum())
