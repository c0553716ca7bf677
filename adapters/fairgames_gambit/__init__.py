"""Gambit's solvers for fairgames (https://www.gambit-project.org; Savani & Turocy).

pygambit itself is imported by the functions that use it, never here.
"""

from __future__ import annotations

from functools import partial

from fairgames.solvers import Solver
from fairgames_gambit.enumeration import enummixed, enummixed_rational, enumpoly, enumpure
from fairgames_gambit.paths import gnm, ipa, logit, rays
from fairgames_gambit.pivoting import lcp, lp, not_constant_sum
from fairgames_gambit.search import liap, simpdiv

__all__ = [
    "enummixed",
    "enummixed_rational",
    "enumpoly",
    "enumpure",
    "gnm",
    "ipa",
    "lcp",
    "liap",
    "logit",
    "lp",
    "simpdiv",
    "solvers",
]


def solvers() -> tuple[Solver, ...]:
    """What the entry point announces."""
    gambit = partial(Solver, engine="pygambit")
    return (
        gambit("gambit:enumpure", enumpure, finds="pure", exact=True, degenerate=True),
        gambit("gambit:enummixed", enummixed, players=2, finds="all"),
        gambit("gambit:enummixed-rational", enummixed_rational, players=2, finds="all", exact=True, degenerate=True),
        gambit("gambit:enumpoly", enumpoly, finds="all"),
        gambit("gambit:lcp", lcp, players=2, exact=True, degenerate=True),
        gambit("gambit:lp", lp, players=2, exact=True, degenerate=True, unfit=not_constant_sum),
        gambit("gambit:gnm", gnm, tasks=rays),
        gambit("gambit:ipa", ipa, tasks=rays),
        gambit("gambit:logit", logit),
        gambit("gambit:simpdiv", simpdiv),
        gambit("gambit:liap", liap),
    )
