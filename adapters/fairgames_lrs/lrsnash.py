"""All extreme equilibria of a two-player game, by the program lrsnash (Avis, Rosenberg, Savani & von Stengel 2010)."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
from collections.abc import Iterable, Iterator
from fractions import Fraction

from fairgames.errors import SolverError
from fairgames.exact import object_array
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, MixedProfile
from fairgames_lrs.game_file import game_file

PROGRAM = "lrsnash"
#: A pipe instead of a file, of which nothing is left when the worker is killed.
_STANDARD_INPUT = "/dev/stdin"

_COUNT = re.compile(r"\*Number of equilibria found: (\d+)\s*")
_NUMBER = re.compile(r"-?\d+(/\d+)?")


def lrsnash(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield the extreme equilibria, in rational arithmetic.

    Raises
    ------
    SolverError
        In the words of the program, where it says anything but equilibria.
    """
    with subprocess.Popen(
        [PROGRAM, _STANDARD_INPUT],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    ) as process:  # fmt: skip
        try:
            with contextlib.suppress(BrokenPipeError), process.stdin or io.StringIO() as requests:
                requests.write(game_file(game))
            yield from read_answer(process.stdout or (), game.shape)
            if (code := process.wait()) != 0:
                raise SolverError(f"{PROGRAM} ended with exit code {code}")
        finally:
            process.kill()


def read_answer(lines: Iterable[str], shape: tuple[int, ...]) -> Iterator[MixedProfile]:
    """The equilibria that the program's output lists.

    A line ``2 y… payoff`` holds a strategy of player 2, a line ``1 x… payoff`` the strategy of
    player 1 that makes an equilibrium with each of those before it, up to an empty line.

    Raises
    ------
    SolverError
        Where a line has another form, or the number of equilibria is not what the output says.
    """
    twos: list[Array] = []
    found, announced = 0, None
    for line in lines:
        words = line.split()
        if counted := _COUNT.fullmatch(line):
            announced = int(counted[1])
        elif not words:
            twos = []
        elif words[0] == "2":
            twos.append(_strategy(words, shape[1], line))
        elif words[0] == "1" and twos:
            one = _strategy(words, shape[0], line)
            for two in twos:
                found += 1
                yield one, two
        elif not line.startswith("*") or "warning" in line.lower():
            raise SolverError(f"{PROGRAM}: {line.strip()}")
    if announced != found:
        raise SolverError(f"{PROGRAM} announces {announced} equilibria, but lists {found}")


def _strategy(words: list[str], size: int, line: str) -> Array:
    if len(words) != size + 2 or not all(map(_NUMBER.fullmatch, words)):
        raise SolverError(f"{PROGRAM}: expected {size} probabilities and a payoff, got {line.strip()!r}")
    return object_array(map(Fraction, words[1:-1]))
