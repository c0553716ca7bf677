"""All symmetric equilibria of two levels at once, followed from share to share.

The shares are cut where an equilibrium begins, ends or turns, where what the platform keeps is
stationary along a branch, and where a branch pays the cap. In a cell between two such shares the
equilibria are a fixed set of strands, along each of which the platform keeps ever more or ever less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from fairgames.equilibria.symmetric.bernstein_roots import Root, refined, roots, simplest
from fairgames.equilibria.symmetric.precision import width
from fairgames.equilibria.symmetric.two_levels import ONE, ZERO, Stretch, SymmetricGame
from fairgames.mechanism.symmetric_candidates.candidate import Interval
from fairgames.mechanism.symmetric_candidates.curve import AT_ONE, AT_ZERO, branch, share_of, special_points
from fairgames.mechanism.symmetric_candidates.pure import pure_interval

#: Shares in [0, 1], ascending, and how far each may be off.
Shares = dict[Fraction, Fraction]

#: Everybody on one level, or a stretch on which γ is monotone.
Strand = Root | Stretch


@dataclass(frozen=True, eq=False)
class Cell:
    """Two neighbouring shares, and the strands of equilibria between them."""

    game: SymmetricGame
    low: Fraction
    high: Fraction
    strands: tuple[Strand, ...]
    _known: dict[tuple[Strand, Fraction], Root] = field(default_factory=dict)

    @property
    def middle(self) -> Fraction:
        return (self.low + self.high) / 2

    def at(self, strand: Strand, alpha: Fraction) -> Root:
        """The equilibrium of a strand at a share of the cell, its limit at an end."""
        if isinstance(strand, Root):
            return strand
        ratio = self.game.cost / alpha
        if not strand.meets(ratio):
            return strand.low if abs(ratio - strand.at_low) <= abs(ratio - strand.at_high) else strand.high
        if (strand, alpha) not in self._known:
            self._known[strand, alpha] = self.game.inside(strand, ratio)
        return self._known[strand, alpha]

    def crossing(self, lead: Callable[[Fraction], Fraction]) -> tuple[Fraction, Fraction] | None:
        """Where inside the cell a function changes its sign that does so once at most, and how far that may be off."""
        if lead(self.low) * lead(self.high) >= 0:
            return None
        low, high = refined(lead, self.low, self.high, (self.high - self.low) * width(-10))
        guess = simplest(low, high)
        return (guess, ZERO) if lead(guess) == 0 else ((low + high) / 2, high - low)


def cut_shares(game: SymmetricGame, cap: Fraction | None) -> Shares:
    """Where cells may end, for c > 0."""
    turns = (share_of(game, root) for root in game.turning_points)
    others = (share_of(game, root) for root in special_points(game, cap))
    close = width(10)  # shares that are not known exactly are rounded, to keep their denominators short
    found = {ZERO: ZERO, ONE: ZERO, **{alpha: blur for alpha, blur in turns if alpha < 1}}
    for alpha, blur in others:
        rounded = Fraction(round(alpha / close)) * close if blur else alpha
        if rounded < 1:
            found[rounded] = blur + abs(rounded - alpha)
    for utility in (game.utility(ZERO), game.utility(ONE)):
        if cap and utility > cap:
            found[cap / utility] = cap / utility * game.error / (utility - game.error)
    return dict(sorted(found.items()))


def cells(game: SymmetricGame, shares: Shares) -> Iterator[Cell]:
    """The cells between neighbouring shares; c > 0."""
    for low, high in pairwise(shares):
        ratio = 2 * game.cost / (low + high)
        strands: list[Strand] = [stretch for stretch in game.stretches if stretch.meets(ratio)]
        strands += [AT_ONE] * (game.gain(ONE) <= ratio) + [AT_ZERO] * (game.gain(ZERO) >= ratio)
        yield Cell(game, low, high, tuple(strands))


def equilibria_at(game: SymmetricGame, alpha: Fraction, cap: Fraction | None) -> list[Root]:
    """The symmetric equilibria at a share; of a continuum its ends, and where U turns or the cap is paid."""
    found = list(game.equilibria(alpha))
    if game.is_continuum(alpha):
        inner = roots(game.utility.derivative())
        if cap is not None:
            inner += roots(game.utility * alpha - cap)
        found += [root for root in inner if 0 < root.middle < 1]
    return found


def interval_of(game: SymmetricGame, p: Root, alpha: Fraction) -> Interval:
    """The α at which there is an equilibrium like this one: on the same level, or on the same stretch."""
    if p in (AT_ZERO, AT_ONE):
        return pure_interval(game.source, game.levels[p == AT_ZERO]) or (alpha, alpha)
    return branch(game, p) if game.cost else (alpha, alpha)
