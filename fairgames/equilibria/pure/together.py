"""Which pure equilibria there are at a share that is an end of an interval, for certain."""

from __future__ import annotations

import math

import numpy as np

from fairgames.certain import Rational
from fairgames.equilibria.pure.deviations import Deviations
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.pure.shares import Share, end_of
from fairgames.game import PaymentGame
from fairgames.typing import FloatArray, IntArray, MixedProfile


def equilibria_together(game: PaymentGame, equilibria: PureEquilibria, share: Share) -> IntArray:
    """Positions of the equilibria whose interval holds a share; of those that stay open all that may."""
    if equilibria.exact or share.end_of is None:
        real = share.exactly()
        return equilibria.at(real.value if isinstance(real, Rational) else share.value)
    above, below = (_order(equilibria, share, upper) for upper in (False, True))
    found = (above <= 0) & (below >= 0)
    for k in np.flatnonzero(found & ((above == 0) | (below == 0))).tolist():
        near = [upper for upper, order in ((False, above[k]), (True, below[k])) if order == 0]
        found[k] = all(_holds(game, equilibria, k, upper, share) for upper in near)
    return np.flatnonzero(found)


def _order(equilibria: PureEquilibria, share: Share, upper: bool) -> FloatArray:
    """Of each end whether it is below (−1) or above (1) a share, 0 where floats cannot tell."""
    ends, value = equilibria.ends("upper" if upper else "lower"), float(share.value)
    apart = ends.values - value
    return np.where(np.abs(apart) <= ends.errors + share.error + 2 * math.ulp(value), 0.0, np.sign(apart))


def _holds(game: PaymentGame, equilibria: PureEquilibria, k: int, upper: bool, share: Share) -> bool:
    """Whether a share is not beyond an end that is near it."""
    if _same_by_form(game, equilibria, (k, upper), share):
        return True
    mine, theirs = end_of(equilibria, k, upper).exactly(), share.exactly()
    if mine is None or theirs is None:
        equilibria.judge.leave_open(
            "which equilibria there are at this share: ends of their intervals are within their error of it, "
            "and floats are all that is known of U"
        )
        return True
    order = equilibria.judge.compare(mine, theirs)
    return order >= 0 if upper else order <= 0


def _same_by_form(game: PaymentGame, equilibria: PureEquilibria, end: tuple[int, bool], share: Share) -> bool:
    """Whether an end is the share itself, or the other side of the same move.

    Two profiles that differ in one user's level are equally good to that user at one share. Where
    that move is the only one of either profile that may bind there, both intervals end at it.
    """
    if share.end_of is None or end == share.end_of:
        return share.end_of is not None
    if not share.inside:
        return False
    place = [np.unravel_index(equilibria.index[position], game.shape) for position in (share.end_of[0], end[0])]
    moved = [user for user, (one, other) in enumerate(zip(*place, strict=True)) if one != other]
    if len(moved) != 1:
        return False
    moves = [_only_move(game, equilibria, chosen, share) for chosen in place]
    return moves == [(moved[0], int(chosen[moved[0]])) for chosen in reversed(place)]


def _only_move(
    game: PaymentGame, equilibria: PureEquilibria, place: tuple[np.intp, ...], share: Share
) -> tuple[int, int] | None:
    """The user and the choice that alone may change nothing at a share."""
    own: MixedProfile = tuple(np.eye(size)[choice] for size, choice in zip(game.shape, place, strict=True))
    deviations = Deviations.of(game, own, equilibria.judge)
    near = deviations.near(share)
    return deviations.moves[int(near[0])] if len(near) == 1 else None
