"""``.nfg``: Gambit's strategic games, in payoff form; outcome form is read too.

The header names title, players and strategies, then follows a comment, then for each profile
the payoffs of all players, player 1's strategy changing fastest (Gambit's "Game representation
formats"). Gambit reads decimals as exact rationals, so a float written as Python's ``repr``
leads back to the same float64, and rationals are written p/q.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from fairgames.games.files.contents import MOST_PLAYERS, GameFile, rounding_of
from fairgames.games.files.names import LabelMap, comment_of, labels_of, restored
from fairgames.games.files.numbers import COUNTS, NUMBERS, WITH_COMMAS, parsed, rows
from fairgames.games.files.payoffs import at_profile, check_size, read_numbers, read_payoffs, unfolded
from fairgames.games.labels import told_apart
from fairgames.games.normal_form import NormalFormGame
from fairgames.reading.notation import show
from fairgames.reading.scanner import Scanner
from fairgames.typing import Array

#: One outcome: a label and a payoff for each player.
_OUTCOME = re.compile(r'\{\s*+"(?:[^"]|(?<=\\)")*+"([^{}"]*+)\}', re.ASCII)


def blocks(game: NormalFormGame, windows: bool = False) -> Iterator[str]:
    """The game as the text of a ``.nfg`` file, in blocks; printable ASCII and no ``& < > ` `` or backslash.

    ``windows``: labels are such that what differs shows in Gambit's windows.
    """
    labels = labels_of(game, windows)
    yield f'NFG 1 R "{labels.title}" {_listed(labels.players)}\n'
    yield "{ " + "\n  ".join(_listed(own) for own in labels.strategies) + " }\n"
    yield f'"{comment_of(game, labels)}"\n\n'
    players = game.n_players
    yield from rows(game.payoffs.transpose(*reversed(range(players)), players), players, game.decimals)


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
    scanner.expect("word", "NFG, with which .nfg files begin", "NFG")
    scanner.expect("word", "1, the version of the format", "1")
    if (token := scanner.expect("word", "R or D")).text not in ("R", "D"):
        scanner.fail(f"got {token}, expected R or D", token.line)
    title = scanner.expect("label", "a title in quotation marks").text
    players = _labels(scanner, "the players, { in front", MOST_PLAYERS)
    line = scanner.line
    strategies = _strategies(scanner, players)
    comment_line = scanner.line
    comment = scanner.next().text if scanner.peek() == '"' else ""
    try:
        names = restored(comment, LabelMap(title, told_apart(players), tuple(map(told_apart, strategies))))
    except (ValueError, RecursionError) as error:
        scanner.fail(
            f"the names in the comment cannot be read ({error}); empty the comment to read the labels", comment_line
        )
    rational = names.exact is not False
    exact = rational if exact is None else exact
    form = _outcome_form if scanner.peek() == "{" else _payoff_form
    payoffs = form(scanner, names, exact, line)
    if names.exact is not None and not scanner.complete:
        scanner.fail("the file ends without a line break, so its last number may be cut short; fairgames writes one")
    rounding = 0.0 if exact else rounding_of(payoffs) if rational else names.rounding
    decimals = names.decimals if exact else None
    return NormalFormGame(payoffs, names.players, names.strategies, names.title, rounding, decimals)


def _payoff_form(scanner: Scanner, names: LabelMap, exact: bool, line: int) -> Array:
    shape, n = [len(own) for own in names.strategies], len(names.players)
    count = n * math.prod(shape)
    check_size(scanner, shape, count, exact, line)

    def where(index: int) -> str:
        return f"a number, the payoff of {show(names.players[index % n])} at {at_profile(shape, index // n)}"

    return unfolded(read_payoffs(scanner, count, NUMBERS, exact, where).reshape(-1, n), shape)


def _outcome_form(scanner: Scanner, names: LabelMap, exact: bool, line: int) -> Array:
    """Outcomes with their payoffs, then the number of an outcome for each profile; 0 pays nothing."""
    shape, n = [len(own) for own in names.strategies], len(names.players)
    check_size(scanner, shape, math.prod(shape), exact, line)
    scanner.expect("sign", "{ before the outcomes", "{")
    payoffs = [np.full((1, n), Fraction(0) if exact else 0.0)]
    while scanner.peek() == "{":
        payoffs.append(_outcome(scanner, n, exact)[np.newaxis])
    scanner.expect("sign", "another outcome, { in front, or } after the last", "}")
    known = len(payoffs) - 1

    def indices(words: Sequence[str]) -> tuple[Array, int | None]:
        numbers = np.array([int(word) if len(word) < 10 else -1 for word in words], dtype=np.int64)
        wrong = np.flatnonzero((numbers < 0) | (numbers > known))
        return numbers, int(wrong[0]) if wrong.size else None

    def where(index: int) -> str:
        return f"an outcome from 0 to {known}, that of {at_profile(shape, index)}"

    chosen = read_numbers(scanner, math.prod(shape), COUNTS, indices, where, dtype=np.int64)
    return unfolded(np.concatenate(payoffs)[chosen], shape)


def _outcome(scanner: Scanner, n: int, exact: bool) -> Array:
    line = scanner.line
    found = scanner.take(_OUTCOME)
    if found is None:
        scanner.fail("expected an outcome: { a label in quotation marks, a number for each player }", line)
    listed = found[1]
    good = WITH_COMMAS.match(listed)
    words = listed.replace(",", " ").split()
    if good is None or good.end() < len(listed) or len(words) != n:
        scanner.fail(f"the outcome has {show(listed.strip())}, expected {n} numbers, one for each player", line)
    numbers, wrong = parsed(words, exact)
    if wrong is not None:
        scanner.fail(f"the outcome has {show(words[wrong])}, expected a number", line)
    return numbers


def _strategies(scanner: Scanner, players: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Either the labels of each player's strategies, or only how many there are."""
    line = scanner.line
    scanner.expect("sign", "the strategies, { in front", "{")
    if scanner.peek() == "{":
        found = tuple(_labels(scanner, f"the strategies of {show(player)}, {{ in front") for player in players)
    else:
        counts = [_count(scanner, player) for player in players]
        if 2 * math.prod(counts) - 1 > scanner.left:
            check_size(scanner, counts, math.prod(counts), False, line)
        found = tuple(tuple(map(str, range(1, count + 1))) for count in counts)
    scanner.expect("sign", "} after the strategies of the last player", "}")
    return found


def _count(scanner: Scanner, player: str) -> int:
    token = scanner.expect("word", f"how many strategies {show(player)} has")
    if not re.fullmatch(r"\d{1,9}", token.text, re.ASCII):
        scanner.fail(f"got {token}, expected how many strategies {show(player)} has", token.line)
    return int(token.text)


def _labels(scanner: Scanner, what: str, most: int | None = None) -> tuple[str, ...]:
    line = scanner.line
    scanner.expect("sign", what, "{")
    found = []
    while scanner.peek() == '"':
        found.append(scanner.next().text)
        if most is not None and len(found) > most:
            scanner.fail(f"got more than {most} players, expected 1 to {most}", line)
    scanner.expect("sign", "a label in quotation marks, or }", "}")
    return tuple(found)


def _listed(labels: Sequence[str]) -> str:
    return "{ " + " ".join(f'"{label}"' for label in labels) + " }"
