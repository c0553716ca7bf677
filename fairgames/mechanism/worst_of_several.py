"""What the platform can be sure of at the best share, over all equilibria of three and more users, mixed ones too.

Between critical shares, the equilibria are the branches that pass, so the platform's worst is the lowest of finitely
many functions of α (:mod:`fairgames.equilibria.several_users`). Each is bounded over intervals of shares, and these are
halved where the lowest may be above what is known (branch and bound). At a critical share there are the limits of
branches from both sides and perhaps more equilibria, so nothing is worth more there than beside it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, pairwise

from fairgames.equilibria.several_users.arcs import OpenError
from fairgames.equilibria.several_users.branch import EquilibriumBranch, OpenPart, SeveralBranches

Share = Fraction | float
#: Intervals of shares that are looked at, at most.
_MOST = 2_000


@dataclass(frozen=True, eq=False)
class Sure:
    """A share, and the equilibrium there that leaves the platform least.

    Attributes
    ----------
    value : no equilibrium at the share leaves less; as a limit where it is not attained
    span : shares between which this branch is one, and none begins or ends
    attained : whether it is proven to be the worst at the share itself, and not only beside it
    """

    alpha: Share
    branch: EquilibriumBranch
    value: float
    span: tuple[Share, Share]
    attained: bool


@dataclass(frozen=True, eq=False)
class _Gap:
    """Shares between two critical ones, and the branches that pass."""

    span: tuple[Share, Share]
    passing: Sequence[EquilibriumBranch]


def best_of_the_worst(found: SeveralBranches, cap: Fraction | None, gap: float) -> tuple[Sure | None, float]:
    """The share at which the worst equilibrium is best, as far as is known, and a bound on what any share ensures.

    Parameters
    ----------
    cap : no equilibrium at the share may pay out more; None if there is no limit
    gap : the bound may be this much above
    """
    search = _Search(found, cap)
    gaps = list(_gaps(found))
    for one in (one for one in gaps if one.passing):
        for alpha in one.span:
            search.look_at_end(one, alpha)
    order, heap = count(), list[tuple[float, int, float, float, _Gap]]()
    for one in gaps:
        low, high = map(float, one.span)
        heapq.heappush(heap, (-search.at_most(one, low, high), next(order), low, high, one))
    bound = search.between_gaps()
    for _ in range(_MOST):
        if not heap or -heap[0][0] <= search.value + gap:
            break
        _, _, low, high, one = heapq.heappop(heap)
        middle = (low + high) / 2
        if not low < middle < high:
            bound = max(bound, search.at_most(one, low, high))
            continue
        if one.passing:
            search.look_at(one, middle)
        for part in ((low, middle), (middle, high)):
            heapq.heappush(heap, (-search.at_most(one, *part), next(order), *part, one))
    return search.best, max([bound, search.value, *(-most for most, *_ in heap)])


def _gaps(found: SeveralBranches) -> Iterator[_Gap]:
    spans = [(Fraction(0), Fraction(0)), *found.critical, (Fraction(1), Fraction(1))]
    for (_, low), (high, _) in pairwise(spans):
        if low < high:
            yield _Gap((low, high), found.passing((float(low) + float(high)) / 2))


class _Search:
    """The best share that is known.

    Attributes
    ----------
    best, value : it, and what the platform is sure of there
    """

    def __init__(self, found: SeveralBranches, cap: Fraction | None) -> None:
        self._found, self._cap = found, cap
        self.best: Sure | None = None
        self.value = float("-inf")

    def look_at(self, gap: _Gap, alpha: float) -> None:
        """Compare all equilibria at a share between critical ones."""
        points = [one.at(alpha) for one in gap.passing]
        self._offer(gap, alpha, [one.platform_utility for one in points], True, strictly=False)

    def look_at_end(self, gap: _Gap, alpha: Share) -> None:
        """Compare the limits of all equilibria beside a critical share that is known exactly."""
        if isinstance(alpha, Fraction):
            limits = [one.limit(alpha).platform_utility for one in gap.passing]
            worst = min(low for low, _ in limits)
            here = [least for one in self._found.branches if (least := one.least_at(alpha)) is not None]
            self._offer(gap, alpha, limits, min(here) >= worst, strictly=True)

    def _offer(
        self, gap: _Gap, alpha: Share, worth: Sequence[tuple[float, float]], attained: bool, strictly: bool
    ) -> None:
        """Keep the share if it is better than the best, and nothing at it, or right beside it, breaks the budget."""
        value = min(
            [low for low, _ in worth] + [part.worth[0] for part in self._found.undecided if _covers(part, alpha)]
        )
        if value <= self.value or not self._affordable(alpha, [high for _, high in worth], strictly):
            return
        worst = min(range(len(worth)), key=lambda k: worth[k])
        self.value = value
        self.best = Sure(alpha, gap.passing[worst], value, gap.span, attained)

    def _affordable(self, alpha: Share, worth: Sequence[float], strictly: bool) -> bool:
        """Whether even the dearest equilibrium pays out no more than the cap, α·U from (1 − α)·U."""
        if self._cap is None or alpha == 0:
            return True
        if alpha == 1:
            return False
        open_ones = [part.worth[1] for part in self._found.undecided if _covers(part, alpha)]
        dearest = Fraction(alpha) / (1 - Fraction(alpha)) * Fraction(max([*worth, *open_ones]))
        return dearest < self._cap if strictly else dearest <= self._cap

    def at_most(self, gap: _Gap, low: float, high: float) -> float:
        """A bound on the worst equilibrium at any share in an interval; −∞ if the budget is surely broken in all."""
        bounds = [_worth(one, low, high) for one in gap.passing]
        if not bounds:  # some equilibrium is there, in what stays open
            parts = [part for part in self._found.undecided if part.alpha[0] <= high and low <= part.alpha[1]]
            return max((part.worth[1] for part in parts), default=float("inf"))
        if self._cap is not None and high < 1:
            least = max(bound[0] for bound in bounds)
            if least > 0 and Fraction(low) / (1 - Fraction(low)) * Fraction(least) > self._cap:
                return float("-inf")
        return min(bound[1] for bound in bounds)

    def between_gaps(self) -> float:
        """A bound at shares that are as near to critical ones as floats tell."""
        bound = float("-inf")
        for low, high in self._found.critical:
            if low < high:
                touching = [
                    one for one in self._found.branches if one.start.alpha[0] <= high and low <= one.end.alpha[1]
                ]
                passing = [one for one in touching if one.passes(low) and one.passes(high)]
                groups = [passing] if passing else [[one] for one in touching]
                bound = max(
                    [bound, *(self.at_most(_Gap((low, high), group), float(low), float(high)) for group in groups)]
                )
        return bound


def _worth(one: EquilibriumBranch, low: float, high: float) -> tuple[float, float]:
    try:
        return one.worth_between(low, high)
    except OpenError:  # too long an arc for one enclosure: its halves are looked at
        return float("-inf"), float("inf")


def _covers(part: OpenPart, alpha: Share) -> bool:
    return bool(part.alpha[0] <= alpha <= part.alpha[1])
