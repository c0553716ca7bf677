"""The equilibrium that leaves the platform most, as the papers select."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from fairgames.mechanism.candidates import Candidates, OneGame, at_best_end, within
from fairgames.mechanism.selections.selection import Mixed, OnCounts, Pool, Selection, Symmetric
from fairgames.typing import BoolArray

if TYPE_CHECKING:
    from fairgames.equilibria.two_users.branches import Branches
    from fairgames.mechanism.curve import PairTable
    from fairgames.mechanism.mixed_candidate import MixedCandidate


def _over_shares(pool: Pool, cap: Fraction | None) -> Candidates:
    return within(at_best_end(pool.equilibria), pool.equilibria, cap)


def _of_one_game(game: OneGame) -> BoolArray:
    return np.ones(len(game.stable), dtype=bool)


def _over_branches(found: Branches, utility: PairTable, cap: Fraction | None) -> list[MixedCandidate]:
    """Each branch where it is worth most within a cap on α·U, and the equilibria that are on no branch.

    Every supremum is attained: the limit of a branch at its end is an equilibrium there. One that
    does not change comes before those that end in it.
    """
    from fairgames.mechanism.curve import UtilityCurve
    from fairgames.mechanism.mixed_candidate import affordable, at_breakpoint, mixtures, on_branch

    candidates = []
    for branch in sorted(found.every, key=lambda branch: branch.slope is not None):
        curve = UtilityCurve.of(branch, utility)
        fitting = [point for point in curve.peaks(cap) if curve.affordable(point.beta, cap)]
        if fitting:
            candidates.append(on_branch(curve, max(fitting, key=lambda point: (curve.kept(point.beta), point.beta))))
    for beta, alone in zip(found.betas, found.alone, strict=True):
        isolated = [at_breakpoint(profile, beta, utility) for profile in alone]
        candidates += [one for one in isolated if affordable([one], cap)]
    if cap is not None:
        for beta, every in zip(found.betas, found.at, strict=True):
            candidates += mixtures([at_breakpoint(profile, beta, utility) for profile in every], cap)
    return candidates


def _of_extreme(found: Sequence[MixedCandidate], cap: Fraction | None) -> list[MixedCandidate]:
    from fairgames.mechanism.mixed_candidate import affordable, mixtures

    return [one for one in found if affordable([one], cap)] + ([] if cap is None else list(mixtures(found, cap)))


def _symmetric() -> Symmetric:
    from fairgames.mechanism.symmetric_candidates.curve import best_candidates
    from fairgames.mechanism.symmetric_candidates.levels import best_of_levels

    return Symmetric(best_candidates, best_of_levels)


BEST = Selection(
    "best",
    "the platform's best equilibrium (the papers')",
    _over_shares,
    _of_one_game,
    counts=OnCounts(lambda pool, found, k: pool.starting(found, k), every_start=True),
    mixed=Mixed(_over_branches, _of_extreme),
    symmetric=_symmetric,
)
