"""The share that leaves the platform most at the worst symmetric equilibrium of two levels.

Of strands along which the platform keeps ever more or ever less, the lowest is highest at an end
of their cell, or where the lowest rising one meets the lowest falling one.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from fairgames.equilibria.symmetric.bernstein_roots import value_at
from fairgames.equilibria.symmetric.two_levels import ONE, ZERO, SymmetricGame
from fairgames.mechanism.symmetric_candidates.candidate import SymmetricCandidate, within
from fairgames.mechanism.symmetric_candidates.cells import Cell, Strand, cells, cut_shares, equilibria_at, interval_of
from fairgames.mechanism.symmetric_candidates.curve import at_share


def worst_candidates(game: SymmetricGame, cap: Fraction | None = None) -> list[SymmetricCandidate]:
    """Where the worst equilibrium at each share may be worth most; even the dearest pays no more than ``cap``."""
    if game.cost == 0:
        return [one for one in (_worst_at(game, ZERO, cap), _worst_of_free(game, cap)) if one is not None]
    shares = cut_shares(game, cap)
    points = {alpha: _worst_at(game, alpha, cap, blur) for alpha, blur in shares.items()}
    found = [one for one in points.values() if one is not None]
    for cell in cells(game, shares):
        if _affordable(cell, cap):
            found += [_limit(cell, alpha, shares[alpha], points[alpha]) for alpha in (cell.low, cell.high)]
            found += _highest_crossing(cell)
    return found


def _worst_at(
    game: SymmetricGame, alpha: Fraction, cap: Fraction | None, blur: Fraction = ZERO
) -> SymmetricCandidate | None:
    points = equilibria_at(game, alpha, cap)
    found = [at_share(game, p, alpha, interval_of(game, p, alpha), blur=blur) for p in points]
    return min(found, key=lambda one: one.value) if len(within(found, cap, game.source)) == len(found) else None


def _worst_of_free(game: SymmetricGame, cap: Fraction | None) -> SymmetricCandidate | None:
    """c = 0: the equilibria are the same at all shares but 0, and less is kept the more is paid."""
    points = sorted(equilibria_at(game, ONE, cap), key=lambda p: value_at(game.utility, p))
    worst, dearest = (at_share(game, p, ZERO) for p in (points[0], points[-1]))
    most = ONE if cap is None or dearest.utility <= dearest.error else min(ONE, cap / dearest.utility)
    if most == 0:
        return None
    if worst.utility >= -worst.error:
        return replace(worst, interval=(ZERO, most), attained=False)
    blur = most * dearest.error / (dearest.utility - dearest.error) if most < 1 else ZERO
    return at_share(game, points[0], most, (ZERO, most), blur=blur)


def _kept(cell: Cell, strand: Strand, alpha: Fraction) -> Fraction:
    return (1 - alpha) * value_at(cell.game.utility, cell.at(strand, alpha))


def _affordable(cell: Cell, cap: Fraction | None) -> bool:
    """Whether no strand of the cell pays out more than the cap."""
    return cap is None or all(
        cell.middle * value_at(cell.game.utility, cell.at(strand, cell.middle)) <= cap for strand in cell.strands
    )


def _limit(cell: Cell, alpha: Fraction, blur: Fraction, there: SymmetricCandidate | None) -> SymmetricCandidate:
    """The lowest strand at an end of its cell: attained if the worst of all equilibria there is as good."""
    game = cell.game
    strand = min(cell.strands, key=lambda one: _kept(cell, one, alpha))
    p = cell.at(strand, alpha)
    found = at_share(game, p, alpha, blur=blur)
    attained = there is not None and there.value >= found.value - found.error - there.error
    return replace(found, interval=interval_of(game, p, alpha), attained=attained)


def _highest_crossing(cell: Cell) -> list[SymmetricCandidate]:
    """Where the lowest rising strand meets the lowest falling one, if that is inside the cell."""
    rising = [one for one in cell.strands if _kept(cell, one, cell.low) < _kept(cell, one, cell.high)]
    falling = [one for one in cell.strands if one not in rising]
    if not rising or not falling:
        return []

    def lead(alpha: Fraction) -> Fraction:
        return min(_kept(cell, one, alpha) for one in rising) - min(_kept(cell, one, alpha) for one in falling)

    found = cell.crossing(lead)
    if found is None:
        return []
    alpha, blur = found
    points = [cell.at(strand, alpha) for strand in cell.strands]
    lowest = min(points, key=lambda p: value_at(cell.game.utility, p))
    return [at_share(cell.game, lowest, alpha, interval_of(cell.game, lowest, alpha), blur=blur)]
