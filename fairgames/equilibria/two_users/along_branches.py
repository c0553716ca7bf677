"""Two users at one share α: all their extreme equilibria, and how far a branch leads from one of them."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np

from fairgames.equilibria.two_users.branches import Branch, Branches
from fairgames.typing import MixedProfile, Scalar

#: Probabilities of floats this close are the same.
_SAME = 1e-9


def equilibria_on(found: Branches, alpha: Scalar, slack: float = 0) -> tuple[MixedProfile, ...]:
    """The extreme equilibria at one share: those of a breakpoint, or of each branch that passes.

    Where breakpoints are closer than rounding, some may come twice.

    Parameters
    ----------
    slack : a share of floats stands for a breakpoint that is within 4·slack·α² and rounding
    """
    betas = _betas(found, alpha, slack)
    if betas[0] in found.betas:
        return tuple(profile for beta in betas for profile in found.at[found.betas.index(beta)])
    gap = next(k for k, (least, most) in enumerate(pairwise(found.betas)) if least < betas[0] < most)
    return tuple(branch.strategies(betas[0]) for branch in found.between[gap])


def reach(found: Branches, alpha: Scalar, strategies: MixedProfile, slack: float = 0) -> tuple[Scalar, Scalar]:
    """The least and the greatest α to which an equilibrium at ``alpha`` can be followed.

    On either side along branches of the same supports, the strategies moving without a jump;
    ``slack`` as in :func:`equilibria_on`.
    """
    number, room = (Fraction, 0.0) if isinstance(alpha, Fraction) else (float, _SAME)
    ends = [_follow(found, beta, strategies, room, up) for beta in _betas(found, alpha, slack) for up in (False, True)]
    return number(_share(max(ends))), number(_share(min(ends)))


def _follow(found: Branches, beta: Scalar, strategies: MixedProfile, room: float, upwards: bool) -> Scalar:
    """The last β that can be reached in one direction."""
    played = None
    gaps = list(zip(pairwise(found.betas), found.between, strict=True))
    for (least, most), branches in gaps if upwards else reversed(gaps):
        if (most <= beta) if upwards else (least >= beta):
            continue  # behind
        onward = [
            branch
            for branch in branches
            if _same(branch.strategies(beta), strategies, room) and played in (None, _supports(branch))
        ]
        if not onward:
            break
        played = _supports(onward[0])
        beta = most if upwards else least
        strategies = onward[0].strategies(beta)
    return beta


def _betas(found: Branches, alpha: Scalar, slack: float) -> list[Scalar]:
    """1/α: of the breakpoint that α is; of all that it may be, where both are rounded."""
    near = [beta for beta in found.betas if _equal(_share(beta), alpha, slack)]
    return near or [1 / alpha]


def _equal(share: Scalar, alpha: Scalar, slack: float) -> bool:
    if isinstance(alpha, Fraction):
        return share == alpha
    return abs(float(share) - alpha) <= 4 * alpha * (slack * alpha + float(np.finfo(float).eps))


def _share(beta: Scalar) -> Scalar:
    return Fraction(0) if beta == math.inf else 1 / beta


def _supports(branch: Branch) -> tuple[tuple[bool, ...], ...]:
    return tuple(
        tuple(bool(a != 0 or b != 0) for a, b in zip(*vectors, strict=True))
        for vectors in zip(branch.constant, branch.slope or branch.constant, strict=True)
    )


def _same(one: MixedProfile, other: MixedProfile, room: float) -> bool:
    pairs = [pair for vectors in zip(one, other, strict=True) for pair in zip(*vectors, strict=True)]
    return all(abs(a - b) <= room for a, b in pairs)
