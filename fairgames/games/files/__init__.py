"""Game files: written by us, whole or not at all, without any engine.

=========  ==========================================================  ==========  ==========
suffix     what it is                                                  rationals   equilibria
=========  ==========================================================  ==========  ==========
``.nfg``   Gambit's strategic games                                    yes         no
``.gbt``   the workbook of Gambit's windows                            yes         yes
``.json``  our own: names, bounds, certificates and provenance         yes         yes
``.gam``   payoff tables of GameTracer and QuantEcon, without names    no          no
=========  ==========================================================  ==========  ==========

Action graphs (``.agg``, ``.bagg``) are read too, with a payoff for each profile; games of users alike are written as
such from their counts, by :func:`fairgames.equilibria.types.action_graph.write_action_graph`.

Gambit reads strategic games from ``.nfg``, so no ``.efg`` is written: a tree would only repeat
each payoff in a form that Gambit has to turn back.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fairgames.errors import InputError

if TYPE_CHECKING:
    from fairgames.games.files.contents import GameFile, Solution
    from fairgames.games.normal_form import NormalFormGame

__all__ = ["SUFFIXES", "holds_equilibria", "open_file", "read", "write"]

#: The formats, by suffix, and whether they hold equilibria.
SUFFIXES: Mapping[str, bool] = {".nfg": False, ".gbt": True, ".json": True, ".gam": False}

#: What is only read: such games are written from counts of users alike, not from a table of payoffs.
GRAPHS = (".agg", ".bagg")

_HINTS = {
    ".efg": "Gambit reads this game from .nfg, and shows it with its equilibria from .gbt",
    ".pkl": "pickled files can run code when they are read",
    ".pickle": "pickled files can run code when they are read",
}


def write(
    game: NormalFormGame,
    path: str | Path,
    equilibria: Iterable[Solution] = (),
    provenance: Mapping[str, object] | None = None,
) -> None:
    """Write ``game`` to a file of the format that the suffix of ``path`` names.

    The text is made and written block by block, and moved to ``path`` when it is complete.

    Parameters
    ----------
    equilibria : to be kept in the file (.gbt and .json); those without a certificate get one
    provenance : what else JSON is to say about the origin, beside version and time

    Raises
    ------
    InputError
        If the suffix is unknown, the format cannot hold equilibria, one does not fit the game, a
        payoff is not finite, or the system refuses to write.

    >>> from fairgames import NormalFormGame
    >>> game = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(game, f"{folder}/dilemma.nfg")
    ...     again = read(f"{folder}/dilemma.nfg")
    >>> bool((again.payoffs == game.payoffs).all())
    True
    """
    from fairgames.reading.atomic import write_atomically

    path = Path(path)
    write_atomically(path, _blocks(game, path, tuple(equilibria), provenance))


def read(path: str | Path, exact: bool | None = None) -> NormalFormGame:
    """The game in a file that we, Gambit or GameTracer wrote; the suffix says in which format.

    Parameters
    ----------
    exact : rational payoffs, or floats. By default what the game was when fairgames wrote it;
        from other programs .nfg and .gbt are rational, as Gambit takes them, and .gam is not

    Raises
    ------
    InputError
        If the suffix is unknown, or the file is broken; with line and reason.
    TooLargeError
        If the payoffs that a header promises do not fit in memory.
    """
    return open_file(path, exact).game


def open_file(path: str | Path, exact: bool | None = None) -> GameFile:
    """All that a game file holds: the game as by :func:`read`, equilibria and provenance."""
    from fairgames.games.files import agg, gam, gbt, json_format, nfg

    path = Path(path)
    readers = {".nfg": nfg.read, ".gbt": gbt.read, ".json": json_format.read, ".gam": gam.read}
    readers |= dict.fromkeys(GRAPHS, agg.read)
    return readers[suffix_of(path)](path, exact)


def holds_equilibria(path: str | Path) -> bool:
    """Whether files with the suffix of ``path`` hold equilibria beside the game.

    Raises
    ------
    InputError
        If the suffix is unknown.
    """
    return SUFFIXES.get(suffix_of(Path(path)), False)


def suffix_of(path: Path) -> str:
    """The suffix in lower case, which is that of a known format.

    Raises
    ------
    InputError
        Naming the nearest one.
    """
    suffix = path.suffix.lower()
    every = (*SUFFIXES, *GRAPHS)
    if suffix in every:
        return suffix
    near = difflib.get_close_matches(suffix, every, n=1)
    hint = _HINTS.get(suffix) or (f"did you mean {near[0]}?" if near else None)
    known = f"expected one of {', '.join(every)}"
    raise InputError(f"{path}: no format has the suffix {suffix!r}; {known}" + (f"; {hint}" if hint else ""))


def _blocks(
    game: NormalFormGame, path: Path, equilibria: tuple[Solution, ...], provenance: Mapping[str, object] | None
) -> Iterator[str]:
    from fairgames.games.files import gam, gbt, json_format, nfg
    from fairgames.games.files.contents import certified

    suffix = suffix_of(path)
    if suffix in GRAPHS:
        raise InputError(
            f"{path}: action graphs are written from counts, by `fairgames export`, not from a payoff table"
        )
    if equilibria and not SUFFIXES[suffix]:
        holding = " or ".join(known for known, holds in SUFFIXES.items() if holds)
        raise InputError(f"{path}: {suffix} files hold no equilibria; write {holding}, or leave them out")
    if suffix == ".nfg":
        return nfg.blocks(game)
    if suffix == ".gam":
        return gam.blocks(game)
    found = certified(game, equilibria)
    return gbt.blocks(game, found) if suffix == ".gbt" else json_format.blocks(game, found, provenance)
