"""``.nfg``: Gambit's strategic games, in payoff form; outcome form is read too.

The header names title, players and strategies, then follows a comment, then for each profile
the payoffs of all players, player 1's strategy changing fastest (Gambit's "Game representation
formats"). Gambit reads decimals as exact rationals, so a float written as Python's ``repr``
leads back to the same float64, and rationals are written p/q.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from fairgames import memory
from fairgames.files.contents import MOST_PLAYERS, GameFile
from fairgames.files.names import Labels, comment_of, labels_of, restored
from fairgames.files.numbers import COUNTS, NUMBERS, WITH_COMMAS, parsed, rows
from fairgames.files.payoffs import NUMBER_BYTES, read_payoffs
from fairgames.files.scanner import Scanner
from fairgames.normal_form import NormalFormGame
from fairgames.scenario.notation import show
from fairgames.typing import Array, IntArray

import re

_OUTCOME = re.compile(r'\{\s*+"((?:[^"]|(?<=\\)")*+)"([^{}"]*+)\}', re.ASCII)
_LABELLED = "a label in quotation marks or }"


def blocks(game: NormalFormGame) -> Iterator[str]:
    """The game as the text of a ``.nfg`` file, in blocks; printable ASCII and no ``& < > ` `` or backslash."""
    labels = labels_of(game)
    yield f'NFG 1 R "{labels.title}" {_list(labels.players)}\n'
    yield "{ " + "\n  ".join(_list(own) for own in labels.strategies) + " }\n"
    yield f'"{comment_of(game, labels)}"\n\n'
    players = game.n_players
    yield from rows(game.payoffs.transpose(*reversed(range(players)), players), players)


def read(path: Path, exact: bool | None = None) -> GameFile:
    """The game of a ``.nfg`` file.

    Parameters
    ----------
    exact : rational payoffs, or floats; by default what the game was when fairgames wrote it, and
        rationals in files of other programs, since that is how Gambit takes them

    Raises
    ------
    InputError
        Naming the line and what is wrong there.
    TooLargeError
        Before allocating, if the payoffs do not fit in memory.
    """
    return GameFile(parse(Scanner.of_file(path), exact))


def parse(scanner: Scanner, exact: bool | None = None) -> NormalFormGame:
    """The game that the scanner's text is, all of it."""
    _expect_words(scanner)
    title = scanner.expect("label", "a title in quotation marks").text
    players = _labels(scanner, "the players' names")
    if not 0 < len(players) <= MOST_PLAYERS:
        scanner.fail(f"got {len(players)} players, expected 1 to {MOST_PLAYERS}")
    line = scanner.line
    strategies = _strategies(scanner, players)
    comment = scanner.next().text if scanner.peek().kind == "label" else ""
    in_outcomes = scanner.peek().text == "{" and scanner.peek().kind == "sign"
    names = Labels(title, players, strategies)
    try:
        names = restored(comment, names)
    except (ValueError, RecursionError) as error:
        scanner.fail(f"the names in the comment cannot be read ({error}); empty the comment to read the labels", line)
    is_exact = (True if names.exact is None else names.exact) if exact is None else exact
    if in_outcomes:
        payoffs = _outcome_form(scanner, names, is_exact)
    else:
        payoffs = _payoff_form(scanner, names, is_exact)
    return NormalFormGame(payoffs, names.players, names.strategies, names.title, 0.0 if is_exact else names.rounding)
