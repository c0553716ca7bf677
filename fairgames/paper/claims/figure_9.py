"""Section 5.2, Fig. 9: what the platform makes of two users of different sensitivity."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np

from fairgames.mechanism.maps import DesignMap, design_map
from fairgames.paper.claims.statement import Finding, Statement, claim, first_against
from fairgames.paper.claims.values import no_privacy
from fairgames.typing import Array, BoolArray

STATEMENTS: list[Statement] = []

F = Fraction

_GRID = "c₁, c₂ = 1/24, 2/24, …, 1, over all equilibria, mixed ones too"


@cache
def _map() -> DesignMap:
    costs = [F(k, 24) for k in range(1, 25)]
    return design_map(no_privacy(), costs, costs)


def _cells(where: BoolArray) -> list[tuple[Fraction, Fraction, str]]:
    """(c₁, c₂, what the users do) at the marked places of the map."""
    found = _map()
    return [
        (found.costs[0][i], found.costs[1][j], found.describe(int(found.regime[i, j]))) for i, j in np.argwhere(where)
    ]


def _costs() -> tuple[Array, Array]:
    one = np.array(_map().costs[0], dtype=object)
    first, second = np.broadcast_arrays(one[:, None], one[None, :])
    return first, second


def _all_are(where: BoolArray, allowed: set[str]) -> Finding:
    cells = _cells(where)
    wrong = first_against(cells, lambda cell: cell[2] in allowed)
    return Finding(
        f"all {len(cells)} cells" if wrong is None else f"c = ({wrong[0]}, {wrong[1]}): {wrong[2]}",
        wrong is None,
        _GRID,
    )


#: What "close together" is taken to be, by the size of the region alone: within a tenth of its side.
CLOSE = F(1, 3) / 10


@claim(
    STATEMENTS,
    "fig-9-both",
    "Section 5.2, Fig. 9; earlier version: Fig. 7",
    'where c₁ and c₂ are "both small and close together (< 1/3)" both users\' data are collected; if the difference is '
    "large, even there users may be asymmetrically engaged",
    "both on the higher level where both are below 1/3 and at most 1/30 apart; elsewhere cells where only one is",
)
def _both() -> Finding:
    cells = _small_cells()
    close = [cell for cell in cells if abs(cell[0] - cell[1]) <= CLOSE]
    equal = [cell for cell in cells if cell[0] == cell[1]]
    alone = [cell for cell in cells if cell[2] in ("higher, lower", "lower, higher")]
    together = [[cell for cell in some if cell[2] == "higher, higher"] for some in (close, equal)]
    against = first_against(close, lambda cell: cell[2] == "higher, higher")
    return Finding(
        f"both in {len(together[0])} of {len(close)} close cells"
        f"{'' if against is None else f' (at c = ({against[0]}, {against[1]}): {against[2]})'} and in "
        f"{len(together[1])} of {len(equal)} with c₁ = c₂; only one in {len(alone)} of {len(cells)} with both < 1/3",
        against is None and bool(alone),
        "c₁, c₂ = 1/50, 2/50, …, 16/50, over all equilibria, mixed ones too. The sentence has no number for close; a "
        "tenth of 1/3 was chosen by the region's size. Both share for certain where c₁ = c₂, or min(c₁, c₂) < 1/4 and "
        "|c₁ − c₂| < 1/3 − max(c₁, c₂)"
        f"{'' if all(map(_is_as_corrected, cells)) else ' (not in all of these cells)'}: no fixed distance will do. "
        "Above 1/4 the less sensitive of two users mixes at α = 2·min(c₁, c₂), however small the difference.",
    )


def _is_as_corrected(cell: tuple[Fraction, Fraction, str]) -> bool:
    """1 − 2·max(c) against two thirds of 1 − 3c/2 for one user alone, and against a mixture at α = 2·min(c)."""
    least, most = sorted(cell[:2])
    both = least == most or (least < F(1, 4) and most - least < F(1, 3) - most)
    return both == (cell[2] == "higher, higher")


def _small_cells() -> list[tuple[Fraction, Fraction, str]]:
    """(c₁, c₂, what the users do) where both are below 1/3, on a grid where no two outcomes are worth the same."""
    costs = [F(k, 50) for k in range(1, 17)]
    found = design_map(no_privacy(), costs, costs)
    return [(costs[i], costs[j], found.describe(int(found.regime[i, j]))) for i, j in np.ndindex(16, 16)]


@claim(
    STATEMENTS,
    "fig-9-one",
    "Section 5.2, Fig. 9; earlier version: Fig. 7",
    "where c₁ > c₂ > 1/3 (and c₂ < 2/3) only user 2 participates, however small the difference, and vice versa",
    "only the user of lower sensitivity on the higher level",
)
def _one() -> Finding:
    first, second = _costs()
    low, high = F(1, 3), F(2, 3)
    least = np.minimum(first, second)
    inside = (least > low) & (least < high)
    two = _all_are((inside & (first > second)).astype(bool), {"lower, higher"})
    one = _all_are((inside & (first < second)).astype(bool), {"higher, lower"})
    return Finding(f"c₁ > c₂: {two.computed}; c₁ < c₂: {one.computed}", one.holds and two.holds, _GRID)


@claim(
    STATEMENTS,
    "fig-9-none",
    "Section 5.2, Fig. 9; earlier version: Fig. 7",
    "where c₁, c₂ > 2/3 the platform can no longer offer enough",
    "nobody shares",
)
def _none() -> Finding:
    first, second = _costs()
    return _all_are((np.minimum(first, second) > F(2, 3)).astype(bool), {"lower, lower"})
