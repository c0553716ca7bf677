"""An answer with a margin: a share at which its equilibrium is strict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from fairgames.equilibria.pure.deviations import Deviations
from fairgames.equilibria.pure.shares import Share
from fairgames.errors import InputError
from fairgames.exact import to_amount
from fairgames.mechanism.result import Design
from fairgames.text import number
from fairgames.typing import Number, Scalar


@dataclass(frozen=True)
class Margin:
    """The answer with a margin: a share at which its equilibrium is strict.

    Attributes
    ----------
    distance : how far the share stays away from every α at which somebody is indifferent
    alpha : the share nearest to the answer's that does
    platform_utility : what the platform keeps there
    strictness : what a user who deviates loses at least, whoever it is
    tolerance : as in :class:`Robustness`, at this share
    """

    distance: Scalar
    alpha: Scalar
    platform_utility: Scalar
    strictness: Scalar
    tolerance: Scalar


def margin_of(
    found: Design,
    own: Share,
    ends: tuple[Share, Share],
    deviations: Deviations,
    distance: Number | None,
    total: Scalar | None = None,
) -> Margin | None:
    """The share nearest to the answer's that keeps its distance from the critical ends of the interval.

    None where no share that can be written is strict: the interval is a point, or a deviation
    changes nothing at any α, or nobody has a choice.

    Parameters
    ----------
    own : the answer's share
    ends : of the interval of its profile
    total : what is paid out at α = 1; None where that is U
    """
    low, high = (end.value for end in ends)
    middle = (low + high) / 2
    if not low < middle < high or not 0 < deviations.strictness(middle) < math.inf:
        return None
    exact = isinstance(middle, Fraction)
    away = (high - low) / 100 if distance is None else to_amount(distance, "margin")
    if not exact:
        away = float(away)
    critical = [deviations.strictness(end, own_end=True) == 0 for end in ends]
    least, most = low + away * critical[0], high - away * critical[1]
    if away <= 0 or least > most:
        room = (high - low) / max(1, sum(critical))
        raise InputError(f"margin: expected a number above 0 and up to {number(room)} for this answer, got {distance}")
    share = min(max(own.value, least), most)
    at = own if share == own.value else share
    strictness, tolerance = deviations.strictness(at), deviations.tolerance(at)
    keeps = (1 - share) * found.utility if total is None else found.utility - share * total
    return Margin(away, share, keeps, strictness, tolerance) if strictness > 0 else None
