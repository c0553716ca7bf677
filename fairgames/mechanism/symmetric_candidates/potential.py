"""The share that leaves the platform most where equal users play the symmetric maximiser of E[Φ_α].

E[Φ_α] = α·E[P] − c·N(1 − p) is stationary in p at the symmetric equilibria. Divided by α, the
height of a strand falls in c/α by N(1 − p): of two strands the one with the higher p gains on the
other, so they change places as highest at one share at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from fairgames.equilibria.symmetric.bernstein_roots import Root, spread_at, value_at
from fairgames.equilibria.symmetric.two_levels import SymmetricGame
from fairgames.mechanism.symmetric_candidates.candidate import SymmetricCandidate, within
from fairgames.mechanism.symmetric_candidates.cells import Cell, Strand, cells, cut_shares, equilibria_at
from fairgames.mechanism.symmetric_candidates.curve import at_share, best_candidates


@dataclass(frozen=True, eq=False)
class _Lead:
    """A strand that is highest between two shares of its cell; each share with how far it may be off."""

    cell: Cell
    strand: Strand
    low: tuple[Fraction, Fraction]
    high: tuple[Fraction, Fraction]


def potential_candidates(game: SymmetricGame, cap: Fraction | None = None) -> list[SymmetricCandidate]:
    """Where the symmetric maximiser of E[Φ_α] may be worth most, within a cap on what is paid."""
    if game.cost == 0:  # where nothing is paid, every p is a maximiser
        return best_candidates(game, cap)
    shares = cut_shares(game, cap)
    leads = [
        lead
        for cell in cells(game, shares)
        for lead in _leads(cell, (cell.low, shares[cell.low]), (cell.high, shares[cell.high]))
    ]
    found = [
        at_share(game, p, alpha, blur=blur)
        for alpha, blur in shares.items()
        for p in maximisers(game, alpha, equilibria_at(game, alpha, cap))
    ]
    for _, group in groupby(leads, key=lambda lead: lead.strand):
        run = list(group)
        interval = (run[0].low[0], run[-1].high[0])
        for lead in run:
            for alpha, blur in (lead.low, lead.high):
                found.append(at_share(game, lead.cell.at(lead.strand, alpha), alpha, interval, blur=blur))
    return within(found, cap, game.source)


def maximisers(game: SymmetricGame, alpha: Fraction, points: Sequence[Root]) -> list[Root]:
    """Those of the symmetric equilibria at a share at which E[Φ_α] is greatest, up to rounding."""
    heights = [_height(game, p, alpha) for p in points]
    error = _height_error(game, points)
    return [p for p, height in zip(points, heights, strict=True) if max(heights) - height <= error]


def _leads(cell: Cell, low: tuple[Fraction, Fraction], high: tuple[Fraction, Fraction]) -> Iterator[_Lead]:
    """Which strand is highest between two shares of the cell, one after another."""
    first, last = _highest(cell, low[0]), _highest(cell, high[0])
    if first == last:
        yield _Lead(cell, first, low, high)
        return

    def lead(alpha: Fraction) -> Fraction:
        return _of(cell, first, alpha) - _of(cell, last, alpha)

    change = cell.crossing(lead)
    if change is None:  # as high as each other at an end, up to rounding
        yield _Lead(cell, _highest(cell, cell.middle), low, high)
    elif _highest(cell, change[0]) in (first, last):
        yield _Lead(cell, first, low, change)
        yield _Lead(cell, last, change, high)
    else:
        yield from _leads(cell, low, change)
        yield from _leads(cell, change, high)


def _highest(cell: Cell, alpha: Fraction) -> Strand:
    """The highest strand at a share; of equally high ones that which is higher in the middle of the cell."""
    heights = [_of(cell, strand, alpha) for strand in cell.strands]
    top = [strand for strand, height in zip(cell.strands, heights, strict=True) if height == max(heights)]
    return top[0] if len(top) == 1 else max(top, key=lambda strand: _of(cell, strand, cell.middle))


def _of(cell: Cell, strand: Strand, alpha: Fraction) -> Fraction:
    return _height(cell.game, cell.at(strand, alpha), alpha)


def _height(game: SymmetricGame, p: Root, alpha: Fraction) -> Fraction:
    """E[Φ_α] at a symmetric profile."""
    return alpha * value_at(game.potential, p) - game.cost * game.n_users * (1 - p.middle)


def _height_error(game: SymmetricGame, points: Sequence[Root]) -> Fraction:
    """By how much two heights may differ by rounding: an error of U enters P with weights 1 + 1/2 + … + 1/N."""
    harmonic = sum(Fraction(1, size) for size in range(1, game.n_users + 1))
    width = max(root.high - root.low for root in points)
    spread = max(spread_at(game.potential, root) for root in points)
    return 2 * (harmonic * game.error + spread + width * game.n_users * game.cost)
