"""``.gbt``: the workbook of Gambit's windows, the game with computed equilibria in it.

Gambit 16.7 reads the texts inside as XML and 17 reads them raw, so nothing in them may need
escaping. A "." or "e" in one profile makes Gambit show the whole list as decimals, so exact
equilibria are written as fractions, and a list that is not exact throughout as decimals. The
last analysis is the one shown, so there is only one; nothing may follow it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

import numpy as np

from fairgames import memory
from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.games.certificate import Equilibrium, sums_to_one
from fairgames.games.files import nfg, workbook
from fairgames.games.files.contents import Analysis, GameFile
from fairgames.games.files.numbers import NUMBER, parsed
from fairgames.games.files.workbook import AnalysisText, Text
from fairgames.games.normal_form import NormalFormGame
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
#: Bytes held for each byte of the file: itself, its text, the game's and the rest.
_EXPANSION = 4
#: Gambit's windows save decimals with six digits; within this, a sum of 1 is meant.
_SUM_TOLERANCE = 1e-4


def blocks(game: NormalFormGame, equilibria: Sequence[Equilibrium] = ()) -> Iterator[str]:
    """Game and equilibria as the text of a ``.gbt`` file, in blocks."""
    yield _HEAD
    yield from nfg.blocks(game, windows=True)
    yield "</nfgfile>\n"
    if equilibria:
        exact = all(equilibrium.exact for equilibrium in equilibria)
        yield f'<analysis type="list">\n<description>{_description(equilibria, exact)}</description>\n'
        for equilibrium in equilibria:
            yield f'<profile type="mixed">{_profile(equilibrium, exact)}</profile>\n'
        yield "</analysis>\n"
    yield _TAIL


def read(path: Path, exact: bool | None = None) -> GameFile:
    """Game and analyses of a ``.gbt`` file; its equilibria are those of the last one, which Gambit shows.

    Analyses of another kind, or of profiles of another length, are skipped with a warning.

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
    document = workbook.parsed(path)
    if document.game is None:
        raise InputError(f"{path}: there is no <nfgfile> in it, expected the workbook of a strategic game")
    parts = document.game.parts
    game = nfg.parse(Scanner(parts, str(path), sum(map(len, parts)), document.game.line), exact)
    reader = _Analyses(path, game)
    analyses = reader.read(document.analyses)
    shown = analyses[-1].profiles if analyses else ()
    return GameFile(game, shown, analyses=analyses, warnings=tuple(reader.warnings))


def _description(equilibria: Sequence[Equilibrium], exact: bool) -> str:
    largest = max(float(equilibrium.regret) for equilibrium in equilibria)
    proof = "exact, no regret" if exact and largest == 0 else f"largest regret {largest:.2g}"
    return f"{len(equilibria)} equilibri{'um' if len(equilibria) == 1 else 'a'} by fairgames, {proof}"


def _profile(equilibrium: Equilibrium, exact: bool) -> str:
    numbers = [value for vector in equilibrium.strategies for value in vector]
    return ",".join(str(Fraction(value)) if exact else repr(float(value)) for value in numbers)


class _Analyses:
    """Makes profiles of the analyses that list mixed ones of this game; of others it says why they are skipped."""

    def __init__(self, path: Path, game: NormalFormGame) -> None:
        self._path = path
        self._game = game
        self.warnings: list[str] = []

    def read(self, texts: Sequence[AnalysisText]) -> tuple[Analysis, ...]:
        found = []
        for number, text in enumerate(texts, start=1):
            if reason := self._unfit(text):
                self.warnings.append(f"{self._path}: line {text.line}: analysis {number} is skipped: {reason}")
                continue
            profiles = _Profiles(self._path, self._game).read([profile for _, profile in text.profiles])
            found.append(Analysis(number, text.description, profiles))
        return tuple(found)

    def _unfit(self, text: AnalysisText) -> str | None:
        """Why an analysis is none of mixed profiles of this game; None if it is."""
        if text.type != "list":
            return f"got the type {show(text.type)}, expected list"
        wanted = sum(self._game.shape)
        for number, (kind, profile) in enumerate(text.profiles, start=1):
            if kind != "mixed":
                return f"got a profile of type {show(kind)}, expected mixed"
            if (count := len(str(profile).split(","))) != wanted:
                sizes = "+".join(map(str, self._game.shape))
                return f"profile {number}: got {count} numbers, expected {sizes} = {wanted}"
        return None


class _Profiles:
    """Makes vectors of the numbers of a profile; exact if no profile has a decimal, as in Gambit."""

    def __init__(self, path: Path, game: NormalFormGame) -> None:
        self._path = path
        self._game = game

    def read(self, texts: Sequence[Text]) -> tuple[MixedProfile, ...]:
        exact = not any(sign in str(text) for text in texts for sign in ".eE")
        return tuple(self._profile(number, text, exact) for number, text in enumerate(texts, start=1))

    def _profile(self, number: int, text: Text, exact: bool) -> MixedProfile:
        def fail(what: str) -> NoReturn:
            raise InputError(f"{self._path}: line {text.line}: profile {number}: {what}")

        words = [word.strip() for word in str(text).split(",")]
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
