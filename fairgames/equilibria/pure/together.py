"""The pure equilibria at a share that is an end of an interval, for certain."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from fractions import Fraction

import numpy as np

from fairgames.certain import Rational
from fairgames.equilibria.pure.deviations import Deviations
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.pure.shares import Share, end_of
from fairgames.game import PaymentGame
from fairgames.typing import FloatArray, IntArray, MixedProfile


def equilibria_together(game: PaymentGame | None, equilibria: PureEquilibria, share: Share) -> IntArray:
    """Positions of the equilibria whose interval holds a share; of those that stay open all that may.

    Parameters
    ----------
    game : of which ends of intervals are compared by their form; None where equilibria are not listed
    """
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


def _holds(game: PaymentGame | None, equilibria: PureEquilibria, k: int, upper: bool, share: Share) -> bool:
    """Whether a share is not beyond an end that is near it."""
    if game is not None and _same_by_form(game, equilibria, (k, upper), share):
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
    """Whether an end is the share itself, or where the same two potentials and costs meet.

    What a move gains is α·(P − P') − κ, and 0 at one share, whichever of the two profiles it starts from.
    Where no other move of either profile may bind there, both intervals end at it.
    """
    if share.end_of is None or end == share.end_of:
        return share.end_of is not None
    if not share.inside:
        return False
    one, other = (_binding(game, equilibria, position, share) for position in (share.end_of[0], end[0]))
    return len(one) == 1 and (other == one or other == {(there, here, -cost) for here, there, cost in one})


def _binding(
    game: PaymentGame, equilibria: PureEquilibria, position: int, share: Share
) -> set[tuple[Hashable, Hashable, Fraction]]:
    """The moves of an equilibrium that may change nothing at a share: P here and there, by form, and κ.

    None at all where a move without κ is among them, or one that gains for certain.
    """
    choices = [int(choice) for choice in np.unravel_index(equilibria.index[position], game.shape)]
    own: MixedProfile = tuple(np.eye(size)[choice] for size, choice in zip(game.shape, choices, strict=True))
    deviations = Deviations.of(game, own, equilibria.judge)
    near = deviations.near(share)
    if deviations.gains(share) or any(deviations.cost[k] == 0 for k in near):
        return set()
    here, found = _form(game, choices), set()
    for k in near:
        user, choice = deviations.moves[k]
        found.add((here, _form(game, [*choices[:user], choice, *choices[user + 1 :]]), deviations.cost[k]))
    return found


def _form(game: PaymentGame, choices: Sequence[int]) -> Hashable:
    """What P depends on: how many users of each type are on each level."""
    profile = game.utility.same_in_every_part(game.levels(choices))
    return tuple(sorted(zip(game.utility.types, profile, strict=True)))
