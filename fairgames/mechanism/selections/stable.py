"""Equilibria that are strict inside their interval, each valued as the limit from there."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from fairgames.mechanism.selections.candidates import Candidates, at_best_end, within
from fairgames.mechanism.selections.selection import EVERYWHERE, Pool, Selection
from fairgames.typing import BoolArray


def _over_shares(pool: Pool, cap: Fraction | None) -> Candidates:
    found = at_best_end(pool.equilibria).select(np.flatnonzero(pool.equilibria.stable))
    # An end inside (0, 1) is where some condition holds with equality: only where [0, 1] itself ends the interval
    # may all of them be strict.
    ends = np.array([alpha in (0, 1) for alpha in found.alpha.values], dtype=bool)
    attained = ends.copy()
    attained[ends] = pool.strict_at_end(found.select(ends))
    return within(replace(found, attained=attained), pool.equilibria, cap)


def _of_one_game(pool: Pool) -> BoolArray:
    return pool.equilibria.stable


STABLE = Selection(
    "stable",
    "only strict ones, valued as the limit from inside",
    _over_shares,
    _of_one_game,
    pure=True,
    scopes=EVERYWHERE,
)
