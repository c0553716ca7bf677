"""lrsnash for fairgames (http://cgm.cs.mcgill.ca/~avis/C/lrs.html; Avis 2000).

The program is looked for on PATH when a game is to be played, never here.
"""

from __future__ import annotations

from fairgames.solvers import Solver
from fairgames_lrs.game_file import too_long
from fairgames_lrs.lrsnash import PROGRAM, lrsnash

__all__ = ["lrsnash", "solvers"]


def solvers() -> tuple[Solver, ...]:
    """What the entry point announces."""
    return (
        Solver(
            "lrs",
            lrsnash,
            players=2,
            finds="all",
            exact=True,
            degenerate=True,
            program=PROGRAM,
            install="apt-get install lrslib (Debian, Ubuntu)",
            unfit=too_long,
        ),
    )
