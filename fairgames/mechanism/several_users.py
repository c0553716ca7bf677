"""The platform's optimum over all equilibria of three and more users, mixed ones too: found, and bounded from above.

With the share α as one more variable, everything is affine in α and in each user's strategy: what
strategies pay, and what the platform keeps, (1 − α)·E[U]. So boxes of shares and strategies are
excluded as those of one game are (:mod:`fairgames.games.isolated`), and also where the platform would keep
no more than at an equilibrium that is known (branch and bound, as of Land & Doig 1960). At α = 0 the best
equilibrium is pure, and at α = 1 nothing is kept, so 0 < α < 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations, product

import numpy as np

from fairgames.games.certificate import against_others
from fairgames.games.isolated.boxes import Boxes
from fairgames.games.isolated.conditions import Conditions
from fairgames.games.isolated.differences import differences
from fairgames.games.isolated.one_mixes import ends
from fairgames.games.isolated.proof import Prover
from fairgames.games.isolated.result import EquilibriumBall
from fairgames.games.isolated.supports import Supports, SupportSearch
from fairgames.games.normal_form import NormalFormGame
from fairgames.progress import track
from fairgames.typing import Array, BoolArray, FloatArray, MixedProfile

#: Boxes that are bounded at once, and in all.
_BATCH, _MOST = 1024, 1_000_000
#: Boxes that are no wider are not halved.
_FINEST = 2.0**-40
_EPSILON = float(np.finfo(float).eps)
#: An equilibrium is looked for in so many of a batch, the most promising ones.
_TRIED = 2


@dataclass(frozen=True, eq=False)
class MixedEquilibrium:
    """A share, a proven equilibrium at it in which somebody mixes, and what the platform keeps.

    ``strategies`` are over each user's own choices; rationals if they are the equilibrium, else floats of which none
    is off by more than ``radius``.
    """

    alpha: Fraction
    strategies: MixedProfile
    value: float | Fraction
    radius: float = 0.0


@dataclass(frozen=True)
class Limit:
    """A cap on what is expected to be paid out, α·E[U], and how far E[U] may be off."""

    cap: Fraction
    room: float

    def surely_above(self, least: FloatArray) -> BoolArray:
        """Which of these payouts are, which are no more than what may be paid."""
        return np.asarray(least > np.nextafter(float(self.cap), np.inf) + self.room)

    def surely_keeps(self, paid: Fraction | float, off: float) -> bool:
        """Whether a payout that may be ``off`` is within the cap for certain."""
        return Fraction(paid) + Fraction(off) + Fraction(self.room) <= self.cap


@dataclass(frozen=True, eq=False)
class AllShares:
    """The users' games at all shares.

    Attributes
    ----------
    values : by user, φ_i as ``Fraction`` objects, shape (m_1, …, m_N)
    costs : by user, what its strategies cost
    utility : U, of the same shape
    limit : on what may be paid out; None where there is none
    """

    values: Sequence[Array]
    costs: Sequence[Sequence[Fraction]]
    utility: Array
    limit: Limit | None = None

    def at(self, alpha: Fraction) -> NormalFormGame:
        """The game at one share."""
        paid = (alpha * value for value in self.values)
        return NormalFormGame.from_arrays(*map(self._less_cost, paid, range(len(self.costs))))

    def best(self, known: float, gap: float) -> tuple[MixedEquilibrium | None, float]:
        """The best equilibrium in which somebody mixes, and a bound on all of them.

        Parameters
        ----------
        known : what the platform keeps at an equilibrium that is known; worse ones are not looked for
        gap : the bound may be this much above the best one that is known
        """
        best: MixedEquilibrium | None = None
        bound, left = known + gap, _MOST
        pays, search = differences(self._payoffs)[: len(self.values)], self._supports
        worth = np.stack([np.zeros_like(self.utility), self.utility], axis=-1).astype(float)
        sizes = sorted(product(*(range(1, size + 1) for size in self.utility.shape)), key=lambda one: (sum(one), one))
        for size in track(sizes, "mixed equilibria"):
            supports = list(search.of((*size, 2)))
            if sum(n > 1 for n in size) == 1:
                found = [one for support in supports for one in self._where_one_mixes(support[:-1])]
                top = max(found, key=lambda one: one.value, default=None)
                if top is not None and top.value > known:
                    best, known = top, float(top.value)
                supports = [one for one in supports if self._ties_at_all_shares(one[:-1])]
            if max(size) == 1 or not supports:
                continue
            part = _Part(self, Conditions(pays, supports), worth, known, gap, left)
            part.run()
            if part.best is not None:
                best, known = part.best, part.known
            bound, left = max(bound, part.bound), part.left
        return best, max(bound, known + gap)

    @property
    def _payoffs(self) -> Array:
        """Of the users, and of one more player, whose strategies are the shares 1 and 0; that one gets nothing."""
        full = [self._less_cost(value, user) for user, value in enumerate(self.values)]
        none = [self._less_cost(value - value, user) for user, value in enumerate(self.values)]
        pairs = [np.stack(pair, axis=-1) for pair in zip(full, none, strict=True)]
        return np.stack([*pairs, np.full(pairs[0].shape, Fraction(0))], axis=-1)

    @property
    def _supports(self) -> SupportSearch:
        payoffs = self._payoffs
        names = tuple(tuple(map(str, range(size))) for size in payoffs.shape[:-1])
        return SupportSearch(NormalFormGame(payoffs, tuple(map(str, range(payoffs.shape[-1]))), names), lambda: None)

    def _less_cost(self, values: Array, user: int) -> Array:
        shape = [-1 if k == user else 1 for k in range(values.ndim)]
        return np.asarray(values - np.array(self.costs[user], dtype=object).reshape(shape), dtype=object)

    def _where_one_mixes(self, supports: Supports) -> Iterator[MixedEquilibrium]:
        """The extreme equilibria in which one user mixes, who is indifferent at one share alone, within the limit.

        All mixtures of two of them are equilibria, too, and so is the one that pays out exactly the cap.
        """
        alpha = self._share(supports)
        if alpha is None:
            return
        every = [(self.expected(profile), profile) for profile in ends(self.at(alpha).payoffs, supports)]
        if self.limit is not None:
            every = list(_within(every, (self.limit.cap - Fraction(self.limit.room)) / alpha))
        for utility, profile in every:
            if any(np.count_nonzero(vector) > 1 for vector in profile):
                yield MixedEquilibrium(alpha, profile, (1 - alpha) * utility)

    def _share(self, supports: Supports) -> Fraction | None:
        """The share at which the one user who mixes is indifferent."""
        gains = set(self._gains(supports))
        shares = {-constant / slope for slope, constant in gains if slope}
        undetermined = {constant for slope, constant in gains if not slope} - {Fraction(0)}
        if len(shares) != 1 or undetermined or not 0 < (alpha := shares.pop()) < 1:
            return None
        return alpha

    def _ties_at_all_shares(self, supports: Supports) -> bool:
        return set(self._gains(supports)) == {(Fraction(0), Fraction(0))}

    def _gains(self, supports: Supports) -> Iterator[tuple[Fraction, Fraction]]:
        """What each strategy in use gains on the first: a multiple of α, and a constant."""
        user = max(range(len(supports)), key=lambda k: len(supports[k]))
        place = [used[0] for used in supports]
        first = place[user]
        for strategy in supports[user][1:]:
            there = (*place[:user], strategy, *place[user + 1 :])
            values = self.values[user]
            yield values[there] - values[tuple(place)], self.costs[user][first] - self.costs[user][strategy]

    def mixed(self, alpha: Fraction, one: EquilibriumBall) -> MixedEquilibrium:
        """An equilibrium at a share, with what the platform keeps."""
        return MixedEquilibrium(alpha, one.strategies, (1 - alpha) * self.expected(one.strategies), one.radius)

    def off(self, one: MixedEquilibrium) -> float:
        """How far E[U] of that equilibrium may be off: by its radius, and by rounding where it is no rational point."""
        if one.strategies[0].dtype == object:
            return 0.0
        many = sum(self.utility.shape)
        return float(np.abs(self.utility).max()) * (many * one.radius + (self.utility.size + 2 * many) * _EPSILON)

    def expected(self, profile: MixedProfile) -> float | Fraction:
        """E[U]."""
        exact = all(vector.dtype == object for vector in profile)
        table = self.utility if exact else self.utility.astype(float)
        found: float | Fraction = np.dot(against_others(table, profile, 0), profile[0])
        return found


def _within(
    points: Sequence[tuple[Fraction | float, MixedProfile]], most: Fraction
) -> Iterator[tuple[Fraction | float, MixedProfile]]:
    """Those points with E[U] of at most ``most``, and between each two of which one is above it where it is reached."""
    yield from (point for point in points if point[0] <= most)
    for (low, one), (high, other) in permutations(points, 2):
        if low < most < high:
            part = (most - Fraction(low)) / (Fraction(high) - Fraction(low))
            yield most, tuple(a + part * (b - a) for a, b in zip(one, other, strict=True))


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
