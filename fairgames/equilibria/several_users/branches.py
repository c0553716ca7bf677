"""Every equilibrium of three and more users, mixed ones too, for every share α at once: branches, with proof.

On each support the curves of equilibria are covered by boxes in which they are proven
(:mod:`fairgames.equilibria.several_users.curves`) and joined (:mod:`fairgames.equilibria.several_users.chains`), so
none is missed; where at most one user mixes, branches are exact. A branch ends at a fold, where two meet, where a
probability comes to 0, where a strategy that is not in use pays as much, or at a share of 0 or 1; there it meets
another one. What cannot be decided stays open, with a bound on what it could be worth to the platform.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, product

import numpy as np

from fairgames.equilibria.several_users.all_shares import AllShares
from fairgames.equilibria.several_users.arcs import ENDS, Arc
from fairgames.equilibria.several_users.branch import (
    BranchEnd,
    EquilibriumBranch,
    Event,
    OpenPart,
    SeveralBranches,
    spread,
)
from fairgames.equilibria.several_users.chains import Chain, Stop, chains
from fairgames.equilibria.several_users.curves import Curves
from fairgames.errors import InputError, InternalError
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.games.isolated import isolated_equilibria
from fairgames.games.isolated.boxes import Boxes
from fairgames.games.isolated.differences import differences
from fairgames.games.isolated.one_mixes import ends
from fairgames.games.isolated.supports import Supports
from fairgames.progress import track
from fairgames.typing import MixedProfile

#: Boxes that are examined on supports of one size.
_MOST_BOXES = 20_000
#: At so many shares, in the widest gaps between critical ones, branches are counted against all equilibria.
_COUNTED = 3
#: Ends of branches that are this near are the same; they are known to about 1e-12.
_SAME = 1e-9

_SMALL = "the equations are singular or nearly so, or conditions end together: boxes too small to be halved"
_CONTINUUM = "a user is indifferent among several strategies whatever the share, or among three at one"


def equilibrium_branches(game: PaymentGame) -> SeveralBranches:
    """All branches of equilibria over the shares 0 < α < 1, and what stays open; floats count as rationals.

    Raises
    ------
    InputError
        If the rule has no share α, or the game is too large.
    InternalError
        If at some share there are not as many equilibria as branches pass it.

    >>> from fairgames import LinearLaplace, Users
    >>> users = Users(sensitivity=[[0, "0.35"], [0, "0.22"], [0, "0.23"]])
    >>> found = equilibrium_branches(PaymentGame(LinearLaplace(3, [0, "inf"]), users))
    >>> found.complete, len(found.branches), sum(one.vertical for one in found.branches)
    (True, 9, 4)
    """
    if not game.rule.has_alpha or not game.rule.fair:
        raise InputError("equilibrium_branches: expected a game under a fair rule with a share α")
    return branches_of(AllShares.searched(game, "equilibrium_branches"))


def branches_of(shares: AllShares) -> SeveralBranches:
    """All branches of games whose payoffs are α·φ − c.

    Raises
    ------
    InternalError
        As :func:`equilibrium_branches`.
    """
    found, open_parts = list(_pure(shares)), list[OpenPart]()
    pays, search = differences(shares.payoffs)[: len(shares.values)], shares.supports
    sizes = sorted(product(*(range(1, size + 1) for size in shares.utility.shape)), key=lambda one: (sum(one), one))
    for size in track(sizes, "branches"):
        supports = [] if max(size) == 1 else list(search.of((*size, 2)))
        if sum(n > 1 for n in size) == 1:
            for one in supports:
                branch, part = _where_one_mixes(shares, one[:-1])
                found += [] if branch is None else [branch]
                open_parts += [] if part is None else [part]
        elif supports:
            more, parts = _on_supports(shares, Curves(pays, supports, shares.utility))
            found, open_parts = found + more, open_parts + parts
    joined = SeveralBranches(tuple(_met(found)), tuple(open_parts))
    if joined.complete:
        _count(shares, joined)
    return joined


def _on_supports(shares: AllShares, curves: Curves) -> tuple[list[EquilibriumBranch], list[OpenPart]]:
    """The branches on supports of one size a user, and what stays open."""
    settled, small = curves.cover(_MOST_BOXES)
    found, parts = [], []
    for where, supports in enumerate(curves.supports):
        own = [one for one in settled if one.boxes.where[0] == where]
        joined, cut = chains([Arc(curves, one) for one in own], curves.vertical)
        if cut:  # perhaps for want of luck: a fold is where two arcs are joined
            joined, cut = chains([Arc(curves, one, ENDS[::-1]) for one in own], curves.vertical)
        found += [_branch(shares, curves, where, chain) for chain in joined]
        boxes = small.at(small.where == where)
        lows, highs = [arc.low for arc, _ in cut], [arc.high for arc, _ in cut]
        for low, high, why in (
            (boxes.low, boxes.high, _SMALL),
            (np.array(lows), np.array(highs), cut[0][1] if cut else ""),
        ):
            if len(low):
                every = Boxes(np.full(len(low), where), low, high)
                worth = curves.worth_at_least(every), curves.worth_at_most(every)
                parts.append(OpenPart(supports[:-1], (float(low[:, -1].min()), float(high[:, -1].max())), worth, why))
    return found, parts


def _branch(shares: AllShares, curves: Curves, where: int, chain: Chain) -> EquilibriumBranch:
    shape, supports = shares.utility.shape, curves.supports[where][:-1]
    rows = curves.slacks(where)

    def end(stop: Stop) -> BranchEnd:
        low, high = stop.arc.hull(*stop.between) if stop.rows else stop.arc.fold(*stop.between)
        events = [Event(*rows[row]) for row in stop.rows] or [Event("fold", None, None)]
        return BranchEnd(
            tuple(events), (float(low[-1]), float(high[-1])),
            spread(shape, supports, low, high, False), spread(shape, supports, low, high, True),
        )  # fmt: skip

    return EquilibriumBranch(supports, end(chain.start), end(chain.end), curves.vertical, shares.utility, chain.links)


def _pure(shares: AllShares) -> Iterator[EquilibriumBranch]:
    """Pure profiles on their intervals of shares: each deviation bounds them from one side."""
    shape = shares.utility.shape
    for place in np.ndindex(*shape):
        low, high = Fraction(0), Fraction(1)
        for user, size in enumerate(shape):
            for other in range(size):
                there = (*place[:user], other, *place[user + 1 :])
                slope = shares.values[user][place] - shares.values[user][there]
                dearer = shares.costs[user][place[user]] - shares.costs[user][other]
                if slope > 0:
                    low = max(low, dearer / slope)
                elif slope < 0:
                    high = min(high, dearer / slope)
                elif dearer > 0:
                    high = Fraction(-1)
        if low <= high:
            profile = tuple(
                object_array(Fraction(choice == own) for choice in range(size))
                for own, size in zip(place, shape, strict=True)
            )
            supports = tuple((choice,) for choice in place)
            first, last = (_exact_end(shares, supports, profile, alpha) for alpha in (low, high))
            yield EquilibriumBranch(supports, first, last, False, shares.utility, (), profile)


def _where_one_mixes(shares: AllShares, supports: Supports) -> tuple[EquilibriumBranch | None, OpenPart | None]:
    """The segment at the share at which the one user who mixes is indifferent, or a continuum of more."""
    if shares.ties_at_all_shares(supports):
        here = shares.utility[np.ix_(*supports)].astype(float)
        return None, OpenPart(
            supports, (0.0, 1.0), (min(0.0, float(here.min())), max(0.0, float(here.max()))), _CONTINUUM
        )
    alpha = shares.share_of_one(supports)
    points = [] if alpha is None else ends(shares.at(alpha).payoffs, supports)
    if alpha is None or not points:
        return None, None
    if len(points) > 2:
        worth = [float((1 - alpha) * shares.expected(point)) for point in points]
        return None, OpenPart(supports, (float(alpha), float(alpha)), (min(worth), max(worth)), _CONTINUUM)
    first, last = (_exact_end(shares, supports, point, alpha) for point in (points[0], points[-1]))
    return EquilibriumBranch(supports, first, last, True, shares.utility, ()), None


def _exact_end(shares: AllShares, supports: Supports, profile: MixedProfile, alpha: Fraction) -> BranchEnd:
    """The end at a rational point: probabilities in use that are 0, and other strategies that pay as much."""
    events = []
    if alpha in (0, 1):
        events.append(Event(f"share {alpha}", len(supports), int(alpha)))
    for user, (vector, used) in enumerate(zip(profile, supports, strict=True)):
        events += [Event("leaves", user, k) for k in used if vector[k] == 0]
        paid = shares.paid(user, alpha, profile)
        best = max(paid)
        events += [Event("enters", user, k) for k, value in enumerate(paid) if value == best and k not in used]
    return BranchEnd(tuple(events), (alpha, alpha), profile, profile)


def _met(found: Sequence[EquilibriumBranch]) -> Iterator[EquilibriumBranch]:
    """The branches, with those that they meet at their ends; an end that is one of an exact branch is exact, too."""
    every = [(one, end) for one in found for end in one.ends]
    rows = np.stack([end.bounds() for _, end in every]) if every else np.zeros((0, 2, 0))
    low, high = rows[:, 0], rows[:, 1]
    for k, one in enumerate(found):
        ends = []
        for row, end in ((2 * k, one.start), (2 * k + 1, one.end)):
            near = np.flatnonzero(((low <= high[row] + _SAME) & (high >= low[row] - _SAME)).all(axis=1)).tolist()
            same = next((every[other][1] for other in near if _is_that(one, end, *every[other])), end)
            meets = tuple(sorted({other // 2 for other in near} - {k}))
            ends.append(replace(end, alpha=same.alpha, low=same.low, high=same.high, meets=meets))
        yield replace(one, start=ends[0], end=ends[1])


def _is_that(one: EquilibriumBranch, end: BranchEnd, other: EquilibriumBranch, exact: BranchEnd) -> bool:
    """Whether the end of a branch is an exact one that is near.

    If whatever one branch uses is a best response there, the exact point solves the equations of that branch, and no
    other point that does is near; and the branch ends there if what ends it is 0 there.
    """
    if end.is_exact or not exact.is_exact or any(one.kind not in ("leaves", "enters") for one in end.events):
        return False
    best = [set(used) for used in other.supports]
    for event in exact.events:
        if event.kind == "enters" and event.user is not None and event.strategy is not None:
            best[event.user].add(event.strategy)
    return all(set(used) <= own for used, own in zip(one.supports, best, strict=True)) and all(
        (event.kind == "leaves" and exact.low[event.user][event.strategy] == 0)
        or (event.kind == "enters" and event.strategy in best[event.user])
        for event in end.events
        if event.user is not None and event.strategy is not None
    )


def _count(shares: AllShares, found: SeveralBranches) -> None:
    """Compare the number of branches with that of all equilibria at some shares.

    Raises
    ------
    InternalError
        If they differ.
    """
    spans = [(float(low), float(high)) for low, high in ((0, 0), *found.critical, (1, 1))]
    gaps = [(high, low) for (_, high), (low, _) in pairwise(spans) if low - high > _SAME]
    for low, high in sorted(gaps, key=lambda gap: gap[0] - gap[1])[:_COUNTED]:
        alpha = Fraction((low + high) / 2)
        every = isolated_equilibria(shares.at(alpha))
        many = sum(one.passes(alpha) for one in found.branches)
        if every.complete and many != len(every.equilibria):
            fault = f"{many} branches of equilibria pass the share {float(alpha)}, which has {len(every.equilibria)}"
            raise InternalError([fault], {"payoffs": str(every.game.payoffs.tolist())})
