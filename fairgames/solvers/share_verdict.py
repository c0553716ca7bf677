"""What the equilibria at one share say of a design: how much more it might have kept, and what proves it wrong."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from fairgames.mechanism.result import Design
from fairgames.solvers.verification import ShareVerdict
from fairgames.solvers.verify_shares import Outcome, ShareComparison
from fairgames.text import number
from fairgames.typing import Scalar

_EPS = float(np.finfo(float).eps)


def room_of(found: Design) -> Fraction:
    """By how much an amount may differ from the design's: what the design states as its own error."""
    if found.exact:
        return Fraction(0)
    size = abs(float(found.utility))
    return Fraction(2 * (found.choice.value_error or 0) + found.regret_bound + 8 * _EPS * size)


def verdict(
    alpha: Scalar | None, at_break: bool, seen: ShareComparison, found: Design, cap: Fraction | None, room: Fraction
) -> ShareVerdict:
    """Of what was found at one share; ``room`` is how much an amount may differ from the design's."""
    excess, best = _excess(found, seen.worths, cap, room)
    witnesses = list(seen.witnesses)
    if excess is not None and best is not None and excess > room:
        witnesses.append(
            f"the platform keeps {number(best.kept)} at ({best.name()}), {number(excess)} more than stated"
        )
    return ShareVerdict(alpha, at_break, seen.ours, seen.wrong, seen.certified, seen.engines, excess, tuple(witnesses))


def _excess(
    found: Design, worths: Sequence[Outcome], cap: Fraction | None, room: Fraction
) -> tuple[Scalar | None, Outcome | None]:
    """How much more the selection is worth at one share than the design says, and where; None where it was not asked.

    What pays out as much as the cap up to rounding is left out.
    """
    within = [one for one in worths if cap is None or one.paid <= (cap - room if room else cap)]
    if found.selection == "best" and within:
        best = max(within, key=lambda one: one.kept)
    elif found.selection == "worst" and within and len(within) == len(worths):
        best = min(within, key=lambda one: one.kept)
    else:
        return None, None
    return best.kept - found.platform_utility, best
