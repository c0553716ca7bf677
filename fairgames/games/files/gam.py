"""``.gam``: the payoff tables of GameTracer, which QuantEcon reads too.

The number of players, their numbers of strategies, then player by player the payoffs at all
profiles, player 1's strategy changing fastest. The format has no names, and decimals only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fairgames.games.files.contents import GameFile, floats_of
from fairgames.games.files.numbers import DECIMALS, rows
from fairgames.games.files.payoffs import at_profile, check_size, read_payoffs, unfolded
from fairgames.games.normal_form import NormalFormGame
from fairgames.reading.scanner import Scanner

#: More players than this are no claim worth looking into.
_DIGITS = re.compile(r"\d{1,9}", re.ASCII)


def blocks(game: NormalFormGame) -> Iterator[str]:
    """The payoffs as the text of a ``.gam`` file, in blocks; a rational becomes the nearest float.

    Floats are read back to the last bit. Names, title and rounding bound are lost.
    """
    shape = game.shape
    yield f"{len(shape)}\n{' '.join(map(str, shape))}\n\n"
    for player in range(len(shape)):
        payoffs = floats_of(game.payoffs[..., player], f"player {game.players[player]}")
        yield from rows(payoffs.transpose(), shape[0])
        yield "\n"


def read(path: Path, exact: bool | None = None) -> GameFile:
    """The game of a ``.gam`` file; players are called player-1, …, strategies 0, 1, ….

    Parameters
    ----------
    exact : take the decimals as rationals; by default they are floats

    Raises
    ------
    InputError
        Naming the line and what is wrong there.
    TooLargeError
        Before allocating, if the payoffs do not fit in memory.
    """
    scanner = Scanner.of_file(path)
    line = scanner.line
    n = _count(scanner, "the number of players")
    if 2 * n > scanner.left:
        scanner.fail(f"got {n} players, but the file has only {scanner.left} bytes more", line)
    shape = [_count(scanner, f"the number of strategies of player {player}") for player in range(1, n + 1)]
    profiles = math.prod(shape)
    check_size(scanner, shape, n * profiles, bool(exact), line)

    def where(index: int) -> str:
        return f"a decimal, the payoff of player {index // profiles + 1} at {at_profile(shape, index % profiles)}"

    flat = read_payoffs(scanner, n * profiles, DECIMALS, bool(exact), where)
    payoffs = unfolded(flat.reshape(n, profiles).transpose(), shape)
    return GameFile(
        NormalFormGame(
            np.ascontiguousarray(payoffs),
            tuple(f"player-{number}" for number in range(1, n + 1)),
            tuple(tuple(map(str, range(size))) for size in shape),
            path.stem,
        )
    )


def _count(scanner: Scanner, what: str) -> int:
    token = scanner.expect("word", what)
    if not _DIGITS.fullmatch(token.text):
        scanner.fail(f"got {token}, expected {what}", token.line)
    return int(token.text)
