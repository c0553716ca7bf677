"""The platform's optimum over all equilibria of three and more users, mixed ones too: found, and bounded from above.

With the share α as one more variable, everything is affine in α and in each user's strategy: what
strategies pay, and what the platform keeps, (1 − α)·E[U]. So boxes of shares and strategies are
excluded as those of one game are (:mod:`fairgames.games.isolated`), and also where the platform would keep
no more than at an equilibrium that is known (branch and bound, as of Land & Doig 1960). At α = 0 the best
equilibrium is pure, and at α = 1 nothing is kept, so 0 < α < 1.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np

from fairgames.equilibria.several_users.all_shares import AllShares, MixedEquilibrium
from fairgames.games.isolated.boxes import Boxes
from fairgames.games.isolated.conditions import Conditions
from fairgames.games.isolated.differences import differences
from fairgames.games.isolated.proof import Prover
from fairgames.progress import track
from fairgames.typing import FloatArray

#: Boxes that are bounded at once, and in all.
_BATCH, _MOST = 1024, 1_000_000
#: Boxes that are no wider are not halved.
_FINEST = 2.0**-40
#: An equilibrium is looked for in so many of a batch, the most promising ones.
_TRIED = 2


def best_mixed(shares: AllShares, known: float, gap: float) -> tuple[MixedEquilibrium | None, float]:
    """The best equilibrium in which somebody mixes, and a bound on all of them.

    Parameters
    ----------
    known : what the platform keeps at an equilibrium that is known; worse ones are not looked for
    gap : the bound may be this much above the best one that is known
    """
    best: MixedEquilibrium | None = None
    bound, left = known + gap, _MOST
    pays, search = differences(shares.payoffs)[: len(shares.values)], shares.supports
    worth = np.stack([np.zeros_like(shares.utility), shares.utility], axis=-1).astype(float)
    sizes = sorted(product(*(range(1, size + 1) for size in shares.utility.shape)), key=lambda one: (sum(one), one))
    for size in track(sizes, "mixed equilibria"):
        supports = list(search.of((*size, 2)))
        if sum(n > 1 for n in size) == 1:
            found = [one for support in supports for one in shares.where_one_mixes(support[:-1])]
            top = max(found, key=lambda one: one.value, default=None)
            if top is not None and top.value > known:
                best, known = top, float(top.value)
            supports = [one for one in supports if shares.ties_at_all_shares(one[:-1])]
        if max(size) == 1 or not supports:
            continue
        part = _Part(shares, Conditions(pays, supports), worth, known, gap, left)
        part.run()
        if part.best is not None:
            best, known = part.best, part.known
        bound, left = max(bound, part.bound), part.left
    return best, max(bound, known + gap)


class _Part:
    """Branch and bound on supports of one size a user.

    Attributes
    ----------
    best, known : the best equilibrium that was found, if it is better than what was known, and what is known now
    bound : of what was not decided; 0 if all was
    left : how many more boxes may be bounded
    """

    def __init__(
        self, shares: AllShares, conditions: Conditions, worth: FloatArray, known: float, gap: float, left: int
    ) -> None:
        self.best: MixedEquilibrium | None = None
        self.known, self.bound, self.left = known, 0.0, left
        self._shares, self._conditions, self._gap = shares, conditions, gap
        self._worth = np.stack([worth[np.ix_(*one)] for one in conditions.supports])
        self._unpaid = np.asarray(-self._worth[..., ::-1])  # of the share as of what is left of it: −α·U

    def run(self) -> None:
        pending = self._conditions.whole()
        most = self._conditions.at_most(self._worth, pending)
        while len(pending) and self.left > 0:
            order = np.argsort(-most, kind="stable")
            pending, most = pending.at(order), most[order]
            bounded = self._conditions.bounded(pending.at(slice(_BATCH)))
            self.left -= min(_BATCH, len(pending))
            values = self._conditions.at_most(self._worth, bounded.boxes)
            for k in np.argsort(-values, kind="stable")[:_TRIED].tolist():
                if values[k] > self.known + self._gap:
                    self._try(int(bounded.boxes.where[k]), bounded.root[k])
            better = values > self.known + self._gap
            if (limit := self._shares.limit) is not None:
                better &= ~limit.surely_above(-self._conditions.at_most(self._unpaid, bounded.boxes))
            wide = bounded.boxes.widths.max(axis=1) > _FINEST
            self.bound = max([self.bound, *values[better & ~wide].tolist()])
            bounded, values = bounded.at(better & wide), values[better & wide]
            widths = bounded.boxes.widths
            score = np.where(widths > _FINEST, bounded.score * widths + widths, -1)
            parts = bounded.boxes.divided(score)
            fresh = [self._conditions.at_most(self._worth, part) for part in parts]
            pending = Boxes.joined([pending.at(slice(_BATCH, None)), *parts])
            most = np.concatenate([most[_BATCH:], *fresh])
            kept = most > self.known + self._gap
            pending, most = pending.at(kept), most[kept]
        self.bound = max([self.bound, *most.tolist()])

    def _try(self, where: int, point: FloatArray) -> None:
        """Keep the equilibrium near a point, at its share, if there is one that is better."""
        alpha = Fraction(float(point[-1]))
        supports = self._conditions.supports[where][:-1]
        start = self._conditions.distributions(point)[:-1]
        if not 0 < alpha < 1 or not all((vector > 0).all() for vector in start):
            return
        root = Prover(self._shares.at(alpha), lambda: None).root(supports, start)
        if root is None or root.equilibrium is None:
            return
        found, limit = self._shares.mixed(alpha, root.equilibrium), self._shares.limit
        if limit is not None and not limit.surely_keeps(found.value * alpha / (1 - alpha), self._shares.off(found)):
            return
        if found.value > self.known:
            self.best, self.known = found, float(found.value)
