"""The global maximiser of Φ_α (Blume 1993: what noisy best responses play most of the time)."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from fairgames.equilibria.pure.potential_path import maximisers
from fairgames.exact import object_array
from fairgames.mechanism.candidates import Candidates, OneGame, kept, within
from fairgames.mechanism.selections.selection import OnCounts, Pool, Selection, Symmetric
from fairgames.typing import Array, BoolArray
from fairgames.valuation.rules import Rule


def _over_shares(pool: Pool, cap: Fraction | None) -> Candidates:
    """At each breakpoint of the upper envelope of Φ_α, every equilibrium that maximises it."""
    equilibria, potential = pool.equilibria, pool.potential()
    path = maximisers(potential.shared, potential.cost, equilibria.judge)
    position = np.concatenate(path.positions)
    break_of = np.repeat(np.arange(len(path.positions)), [len(found) for found in path.positions])
    shares = path.alpha.values
    spans = [[shares[k] for k, found in enumerate(path.positions) if p in found] for p in position]
    alpha = path.alpha.at(break_of)
    found = Candidates(
        kept(equilibria, position, alpha),
        alpha,
        position,
        _array([span[0] for span in spans], equilibria.exact),
        _array([span[-1] for span in spans], equilibria.exact),
        np.ones(len(position), dtype=bool),
    )
    return within(found, equilibria, cap)


def _why_not(rule: Rule) -> str | None:
    return None if rule.potential else "has no potential; use 'best', 'stable' or 'worst'"


def _of_one_game(game: OneGame) -> BoolArray:
    return game.potential().largest(game.judge)


def _symmetric() -> Symmetric:
    from fairgames.mechanism.symmetric_candidates.potential import potential_candidates

    return Symmetric(potential_candidates)


def _array(values: Iterable[object], exact: bool) -> Array:
    return object_array(values) if exact else np.fromiter(values, dtype=float)


POTENTIAL = Selection(
    "potential",
    "the global maximiser of the potential",
    _over_shares,
    _of_one_game,
    why_not=_why_not,
    pure=True,
    counts=OnCounts(lambda pool, found, k: pool.cheapest(found, k)),
    symmetric=_symmetric,
)
