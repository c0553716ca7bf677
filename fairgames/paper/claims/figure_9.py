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


@claim(
    STATEMENTS,
    "fig-9-both",
    "Section 5.2, Fig. 9; earlier version: Fig. 7",
    "where c₁ and c₂ are small and close (< 1/3) both users' data are collected; if the difference is large, even "
    "there users may be asymmetrically engaged",
    "both on the higher level; cells where only one is",
)
def _both() -> Finding:
    first, second = _costs()
    least, most = np.minimum(first, second), np.maximum(first, second)
    close = _all_are(((most < F(1, 3)) & (2 * most - least < F(1, 3))).astype(bool), {"higher, higher"})
    small = _cells((most < F(1, 3)).astype(bool))
    alone = [cell for cell in small if cell[2] in ("higher, lower", "lower, higher")]
    return Finding(
        f"close: {close.computed}; only one in {len(alone)} of {len(small)} cells with both < 1/3",
        close.holds and bool(alone),
        f"{_GRID}. Close means 2·max − min < 1/3; from there on the cheaper user alone is worth as much.",
    )


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
