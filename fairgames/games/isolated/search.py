"""All isolated equilibria of a game, with proof: branch and bound on each support.

On given supports an equilibrium solves the equations of indifference, and no other strategy pays
more. Boxes of mixed strategies are excluded by bounds of what strategies pay, narrowed by Krawczyk's
operator and halved, until each is empty, or holds one root and no other. Of such a root it is then
decided whether it is an equilibrium. A box that is too small to be halved stays undecided, as happens
where equilibria are not isolated.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from fairgames.games.isolated.boxes import INFLATED, Bounded, Boxes
from fairgames.games.isolated.conditions import Conditions
from fairgames.games.isolated.differences import differences
from fairgames.games.isolated.one_mixes import ends
from fairgames.games.isolated.open_boxes import around, continuum, hulls
from fairgames.games.isolated.proof import Prover, Root
from fairgames.games.isolated.result import EquilibriumBall, IsolatedEquilibria, OpenBox
from fairgames.games.isolated.supports import Supports, SupportSearch
from fairgames.games.normal_form import NormalFormGame

_EPSILON = float(np.finfo(float).eps)
#: Boxes that are bounded at once.
_BATCH = 2048
#: A box that is narrowed to less than this part of its volume is looked at again before it is halved.
_NARROWED = 0.3
#: After so many undecided boxes on a support, it is divided less finely, by that factor; a continuum at once.
_MANY, _COARSER, _COARSE = 64, 8.0, 1 / 16

_SINGULAR = "the equations are singular or nearly so: a continuum of equilibria, a multiple root, or none"
_LATE = "the time limit passed"


class OutOfTimeError(Exception):
    """The time limit has passed."""


class Search:
    """The search for the equilibria of one game.

    Parameters
    ----------
    game : any number of players
    seconds : time limit
    precision : boxes that are no wider are not halved
    """

    def __init__(self, game: NormalFormGame, seconds: float | None, precision: float) -> None:
        self._game, self._precision = game, precision
        self._end = math.inf if seconds is None else time.monotonic() + seconds
        self._found: list[EquilibriumBall] = []
        self._open: list[OpenBox] = []
        self._unsearched = 0

    def _check(self) -> None:
        if time.monotonic() > self._end:
            raise OutOfTimeError

    def result(self) -> IsolatedEquilibria:
        """What is known by now."""
        return IsolatedEquilibria(self._game, tuple(self._found), tuple(self._open), self._unsearched)

    def run(self) -> Iterator[EquilibriumBall]:
        """Yield each equilibrium as soon as it is proven."""
        supports, prover = SupportSearch(self._game, self._check), Prover(self._game, self._check)
        pays = differences(prover.payoffs)
        for sizes in _sizes(self._game.shape):
            try:
                chosen = list(supports.of(sizes))
            except OutOfTimeError:
                self._unsearched += math.prod(map(math.comb, self._game.shape, sizes))
                continue
            if sum(size > 1 for size in sizes) <= 1:
                found = self._polytopes(chosen, prover)
            else:
                found = self._boxes(Conditions(pays, chosen), prover) if chosen else iter(())
            for one in found:
                self._found.append(one)
                yield one

    def _polytopes(self, chosen: Sequence[Supports], prover: Prover) -> Iterator[EquilibriumBall]:
        """Where one player mixes at most: a point is an equilibrium by itself, any other polytope a continuum."""
        for supports in chosen:
            points = ends(prover.payoffs, supports)
            if len(points) > 1:
                self._open.append(continuum(supports, points))
            elif points and (found := prover.exactly(supports, points[0])) is not None:
                pure = all(len(used) == 1 for used in supports)
                yield replace(found, index=1) if pure and not found.ties else found

    def _boxes(self, conditions: Conditions, prover: Prover) -> Iterator[EquilibriumBall]:
        part = _Part(conditions, prover, self._precision, self._check)
        yield from part.run()
        self._open += part.undecided(self._game.shape)


class _Part:
    """The search on supports of one size a player."""

    def __init__(self, conditions: Conditions, prover: Prover, precision: float, check: Callable[[], None]) -> None:
        self._conditions, self._prover, self._check = conditions, prover, check
        self._finest = np.where(conditions.free_somewhere, max(_COARSE, precision), precision)
        self._roots: list[list[Root]] = [[] for _ in conditions.supports]
        self._small: list[list[Boxes]] = [[] for _ in conditions.supports]
        self._pending = conditions.whole()

    def run(self) -> Iterator[EquilibriumBall]:
        """Yield each equilibrium as soon as it is proven; what is pending when time ends stays so."""
        while len(self._pending):
            batch = self._pending.at(slice(-_BATCH, None))
            try:
                self._check()
                bounded = self._conditions.bounded(batch)
                settled = np.zeros(len(bounded.boxes), dtype=bool)
                for k in np.flatnonzero(bounded.alone).tolist():
                    settled[k], found = self._settled(bounded, k)
                    if found is not None:
                        yield found
            except OutOfTimeError:
                return
            self._pending = Boxes.joined([self._pending.at(slice(0, -_BATCH)), *self._rest(bounded.at(~settled))])

    def undecided(self, shape: Sequence[int]) -> list[OpenBox]:
        """What is open when the search has ended."""
        found = []
        for number, supports in enumerate(self._conditions.supports):
            late = self._pending.at(self._pending.where == number)
            for boxes, why in ((late, _LATE), (Boxes.joined([late.at(slice(0)), *self._small[number]]), _SINGULAR)):
                found += hulls(shape, supports, boxes, why, self._prover.is_equilibrium) if len(boxes) else []
            found += [around(shape, supports, root) for root in self._roots[number] if root.why is not None]
        return found

    def _settled(self, bounded: Bounded, k: int) -> tuple[bool, EquilibriumBall | None]:
        """Whether Newton's method finds the one root in a box, and the equilibrium that it is if that is new."""
        where = int(bounded.boxes.where[k])
        box = bounded.centre[k], INFLATED * bounded.half[k], self._conditions.places
        if any(root.within(*box) for root in self._roots[where]):
            return True, None
        start = self._conditions.distributions(bounded.root[k])
        found = self._prover.root(self._conditions.supports[where], start)
        if found is None or not found.within(*box):
            return False, None
        self._roots[where].append(found)
        return True, found.equilibrium

    def _rest(self, bounded: Bounded) -> list[Boxes]:
        """The boxes to look at next; those that are small enough are put aside."""
        boxes = bounded.boxes
        finest = self._finest[boxes.where]
        wide = boxes.widths.max(axis=1) > finest
        for k in np.flatnonzero(~wide).tolist():
            small = self._small[boxes.where[k]]
            small.append(boxes.at(slice(k, k + 1)))
            if len(small) % _MANY == 0:
                self._finest[boxes.where[k]] *= _COARSER
        bounded, boxes, finest = bounded.at(wide), boxes.at(wide), finest[wide]
        narrowed = (boxes.widths / (2 * bounded.half)).prod(axis=1) < _NARROWED
        decisive = bounded.score + _EPSILON * boxes.widths  # the width where no term of higher order is
        score = np.where(boxes.widths > finest[:, None], decisive, -1)
        return [boxes.at(narrowed), *boxes.at(~narrowed).divided(score[~narrowed])]


def _sizes(shape: Sequence[int]) -> list[tuple[int, ...]]:
    """How many strategies of each player are in use: few first, of as many those that are balanced."""
    every = product(*(range(1, size + 1) for size in shape))
    return sorted(every, key=lambda sizes: (sum(sizes), max(sizes) - min(sizes), sizes))
