"""Continua of equilibria: which of them are extreme, and the maximal convex sets that those span.

In a degenerate two-player game equilibria come in convex sets R × C: any mixture of the
strategies R against any mixture of C is an equilibrium (maximal Nash subsets; Millham 1974;
Avis, Rosenberg, Savani & von Stengel 2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.equilibria.extreme import maximal_products
from fairgames.equilibria.regret import Equilibrium, certify
from fairgames.normal_form import NormalFormGame
from fairgames.typing import Array


@dataclass(frozen=True, eq=False)
class ConvexSet:
    """Strategies ``rows`` of player 1 and ``columns`` of player 2, every mixture of which is an equilibrium."""

    rows: tuple[Array, ...]
    columns: tuple[Array, ...]

    def holds(self, game: NormalFormGame, equilibrium: Equilibrium, slack: float) -> bool:
        """Whether ``equilibrium`` lies in the set: then its strategies are equilibria with all of the others'."""
        x, y = equilibrium.strategies
        return all(_is_equilibrium(game, x, column, slack) for column in self.columns) and all(
            _is_equilibrium(game, row, y, slack) for row in self.rows
        )


def is_extreme(game: NormalFormGame, equilibrium: Equilibrium, slack: float) -> bool:
    """Whether an equilibrium of two players is no mixture of others.

    A strategy is a vertex of its polyhedron iff its support and the other player's best
    responses pin it down: as many independent equations as unknowns.
    """
    x, y = equilibrium.strategies
    slack = 0 if equilibrium.exact else slack
    first, second = (
        game.payoffs[..., player] if equilibrium.exact else game.floats()[..., player] for player in (0, 1)
    )
    return _pinned(second.T, x, slack) and _pinned(first, y, slack)


def convex_sets(game: NormalFormGame, extremes: Sequence[Equilibrium], slack: float) -> list[ConvexSet]:
    """The maximal convex sets of more than one point that extreme equilibria span."""
    rows = _distinct([equilibrium.strategies[0] for equilibrium in extremes])
    columns = _distinct([equilibrium.strategies[1] for equilibrium in extremes])
    pairs = [
        (i, j)
        for i, row in enumerate(rows)
        for j, column in enumerate(columns)
        if _is_equilibrium(game, row, column, slack)
    ]
    return [
        ConvexSet(tuple(rows[i] for i in some), tuple(columns[j] for j in others))
        for some, others in maximal_products(pairs)
        if len(some) * len(others) > 1
    ]


def _pinned(payoffs: Array, strategy: Array, slack: float) -> bool:
    """Whether ``strategy`` is the only one with its support and with the same best responses to it.

    ``payoffs`` are the other player's, shape (its strategies, own strategies).
    """
    support = np.flatnonzero(strategy)
    against = payoffs @ strategy
    best = np.flatnonzero([value >= max(against) - slack for value in against])
    differences = payoffs[np.ix_(best, support)] - payoffs[best[0], support]
    equations = np.vstack([differences[1:], np.ones((1, len(support)), dtype=differences.dtype)])
    return _rank(equations) == len(support)


def _rank(matrix: Array) -> int:
    """Exact for rationals, by elimination; numerical for floats."""
    if matrix.dtype != object:
        return int(np.linalg.matrix_rank(matrix))
    rows = [[Fraction(value) for value in row] for row in matrix]
    rank = 0
    for column in range(matrix.shape[1]):
        pivot = next((k for k in range(rank, len(rows)) if rows[k][column] != 0), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for k in range(rank + 1, len(rows)):
            factor = rows[k][column] / rows[rank][column]
            rows[k] = [value - factor * lead for value, lead in zip(rows[k], rows[rank], strict=True)]
        rank += 1
    return rank


def _distinct(vectors: Sequence[Array]) -> list[Array]:
    found: dict[tuple[float, ...], Array] = {}
    for vector in vectors:
        found.setdefault(tuple(round(float(value), 9) for value in vector), vector)
    return list(found.values())


def _is_equilibrium(game: NormalFormGame, x: Array, y: Array, slack: float) -> bool:
    certificate = certify(game, (x, y))
    return float(certificate.regret) <= (0.0 if certificate.exact else slack + certificate.regret_bound)
