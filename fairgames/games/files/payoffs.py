"""The long part of a file: as many numbers as the header promised, read by blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from fairgames import memory
from fairgames.games.files.contents import MOST_PLAYERS
from fairgames.games.files.numbers import parsed
from fairgames.reading.notation import show
from fairgames.reading.scanner import Scanner
from fairgames.text import how_many
from fairgames.typing import Array

#: Bytes held for each payoff while a game is read: a float and its copy; a ``Fraction`` and what points to it.
_FLOAT_BYTES, _RATIONAL_BYTES = 16, 136

#: Turns words into numbers, and says which word is the first that is none.
Convert = Callable[[Sequence[str]], tuple[Array, int | None]]


def check_size(scanner: Scanner, shape: Sequence[int], n_numbers: int, exact: bool, line: int) -> None:
    """Refuse what cannot be before anything of that size is made.

    Parameters
    ----------
    shape : strategies of each player, as the header on ``line`` has it
    n_numbers : how many numbers must follow

    Raises
    ------
    InputError
        If the rest of the file is too short for so many numbers, or there are too many players.
    TooLargeError
        If the payoffs do not fit in memory.
    """
    if not 0 < len(shape) <= MOST_PLAYERS:
        scanner.fail(f"got {len(shape)} players, expected 1 to {MOST_PLAYERS}", line)
    if min(shape) < 1:
        scanner.fail("got a player without strategies, expected one or more for each player", line)
    if 2 * n_numbers - 1 > scanner.left:
        scanner.fail(
            f"{_times(shape)} strategies ask for {how_many(n_numbers)} numbers, "
            f"at least {how_many(2 * n_numbers - 1)} bytes, but only {how_many(scanner.left)} bytes follow; "
            "the file is cut short or its header is wrong",
            line,
        )
    require_memory(shape, exact)


def require_memory(shape: Sequence[int], exact: bool) -> None:
    """Raise :class:`fairgames.TooLargeError` if the payoffs of so many strategies do not fit in memory."""
    n_payoffs = len(shape)
    for size in shape:
        n_payoffs *= size
    memory.require(
        n_payoffs * (_RATIONAL_BYTES if exact else _FLOAT_BYTES),
        f"A game of {_times(shape)} strategies with {how_many(n_payoffs)} {'rational ' if exact else ''}payoffs",
        "Read it with exact=False." if exact else "Give players fewer strategies.",
    )


def read_numbers(
    scanner: Scanner,
    count: int,
    pattern: re.Pattern[str],
    convert: Convert,
    where: Callable[[int], str],
    dtype: type = float,
) -> Array:
    """All that is left of the file as ``count`` numbers.

    Parameters
    ----------
    pattern : matches as many numbers as are well formed
    convert : makes numbers of words; an entry that it calls wrong is reported with its line
    where : what the number at an index is, for messages

    Raises
    ------
    InputError
        If there are more or fewer, or something else stands between them.
    """
    values: Array = np.empty(count, dtype=dtype)
    filled = 0
    for block in scanner.blocks():
        good = pattern.match(block.text)
        end = good.end() if good else 0
        words = block.text[:end].split()
        if filled + len(words) > count:
            scanner.fail(
                f"got more than the {how_many(count)} numbers that the header asks for", block.line_of(count - filled)
            )
        numbers, wrong = convert(words)
        if wrong is not None:
            scanner.fail(f"got {show(words[wrong])}, expected {where(filled + wrong)}", block.line_of(wrong))
        values[filled : filled + len(words)] = numbers
        filled += len(words)
        if end < len(block.text):
            word, line = block.word_at(end)
            expected = f"{where(filled)}" if filled < count else "the end of the file"
            scanner.fail(f"got {show(word)}, expected {expected}", line)
    if filled < count:
        scanner.fail(f"the file ends after {how_many(filled)} of {how_many(count)} numbers; expected {where(filled)}")
    return values


def read_payoffs(
    scanner: Scanner, count: int, pattern: re.Pattern[str], exact: bool, where: Callable[[int], str]
) -> Array:
    """All that is left of the file as ``count`` payoffs."""
    return read_numbers(
        scanner, count, pattern, lambda words: parsed(words, exact), where, dtype=object if exact else float
    )


def at_profile(shape: Sequence[int], index: int) -> str:
    """The profile at ``index`` of a list in which player 1's strategy changes fastest.

    >>> at_profile((2, 3, 2), 3)
    'profile (1, 1, 0)'
    """
    choices = []
    for size in shape:
        index, choice = divmod(index, size)
        choices.append(choice)
    return f"profile ({', '.join(map(str, choices))})"


def unfolded(flat: Array, shape: Sequence[int]) -> Array:
    """Entries listed with player 1's strategy changing fastest as a tensor ``[a_1, …, a_N, …]``.

    Parameters
    ----------
    flat : shape (profiles, …)
    """
    n, rest = len(shape), flat.ndim - 1
    axes = (*reversed(range(n)), *range(n, n + rest))
    return np.ascontiguousarray(flat.reshape(*reversed(shape), *flat.shape[1:]).transpose(axes))


def _times(shape: Sequence[int]) -> str:
    sizes = [str(size) for size in shape]
    return "×".join(sizes if len(sizes) <= 12 else [*sizes[:12], "…"])
