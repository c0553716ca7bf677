"""Notes on a game file: what it does not hold, and how long Gambit may take over it."""

from __future__ import annotations

import math
from pathlib import Path

from fairgames.games.files import suffix_of
from fairgames.games.normal_form import NormalFormGame
from fairgames.text import how_many

#: Above so many profiles it is said how long Gambit may take; from so many on for its windows.
MANY_PROFILES, MANY_IN_WINDOWS = 10_000, 6_561

#: Seconds a payoff that Gambit 17 took to read a ``.nfg`` file, and to find all pure equilibria:
#: 1.2 s and 0.13 s at 59,049 profiles of 10 players.
_READING, _PURE = 1.2 / 590_490, 0.13 / 590_490
#: How long the windows of Gambit took to open a workbook, by profiles; seen with 16.7 and 17.
_WINDOWS = """\
profiles  to open
   1,024  1.7 s
   6,561  2.8 s
  59,049  105 s of CPU, and as much again for each refresh"""


def gambit_seconds(game: NormalFormGame) -> tuple[float, float]:
    """An estimate of what Gambit needs to open the game, and to find its pure equilibria."""
    return _READING * game.payoffs.size, _PURE * game.payoffs.size


def notes(game: NormalFormGame, path: str | Path) -> tuple[str, ...]:
    """What the file at ``path`` does not hold, and how long Gambit may take over it."""
    suffix, profiles = suffix_of(Path(path)), math.prod(game.shape)
    if suffix == ".gam":
        rounded = "each payoff is the float nearest to it, and " if game.exact else ""
        return (f".gam files hold decimals only: {rounded}names are not kept.",)
    if suffix == ".gbt" and profiles >= MANY_IN_WINDOWS:
        return (
            f"{how_many(profiles)} profiles are many for Gambit's windows, which took so long (between these, an "
            f"estimate):\n{_WINDOWS}\nMethods for mixed equilibria may not end; .nfg and Gambit's command line are "
            "quicker.",
        )
    if suffix == ".json" or profiles <= MANY_PROFILES:
        return ()
    opening, pure = (f"{seconds:.2g} s" for seconds in gambit_seconds(game))
    return (
        f"{how_many(profiles)} profiles are many for Gambit: about {opening} to open the file and {pure} for its pure "
        "equilibria, as an estimate in proportion to a game of 59,049 profiles; "
        "methods for mixed equilibria may not end.",
    )
