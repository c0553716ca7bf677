"""Equilibria that are strict inside their interval, each valued as the limit from there."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from fairgames.mechanism.candidates import Candidates, OneGame, at_best_end, within
from fairgames.mechanism.selections.selection import OnCounts, Pool, Selection, Symmetric
from fairgames.typing import BoolArray


def _over_shares(pool: Pool, cap: Fraction | None) -> Candidates:
    found = at_best_end(pool.equilibria).select(np.flatnonzero(pool.equilibria.stable))
    # An end inside (0, 1) is where some condition holds with equality: only where [0, 1] itself ends the interval
    # may all of them be strict.
    ends = np.array([alpha in (0, 1) for alpha in found.alpha.values], dtype=bool)
    attained = ends.copy()
    attained[ends] = pool.strict_at_end(found.select(ends))
    return within(replace(found, attained=attained), pool.equilibria, cap)


def _of_one_game(game: OneGame) -> BoolArray:
    return game.stable


def _symmetric() -> Symmetric:
    from fairgames.mechanism.symmetric_candidates.pure import strict_candidates

    return Symmetric(
        lambda game, cap: strict_candidates(game.source, cap),
        lambda _, source, cap: (strict_candidates(source, cap), 0.0),
    )


STABLE = Selection(
    "stable",
    "only strict ones, valued as the limit from inside",
    _over_shares,
    _of_one_game,
    pure=True,
    strict=True,
    counts=OnCounts(lambda pool, found, k: pool.starting(found, k, strict=True), every_start=True),
    symmetric=_symmetric,
)
