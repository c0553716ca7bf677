"""The core: whether some users would gain by leaving together with their data (Gillies 1959)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.audit.ground import Ground
from fairgames.audit.result import Departure
from fairgames.exact import object_array
from fairgames.typing import Array, Profile

#: Users who share; all their coalitions are looked at.
MOST_SHARING = 14


def departure(
    ground: Ground, profile: Profile, payments: Sequence[Any], keeps: Any, platform_is_member: bool, error: float
) -> Departure | None:
    """The coalition that gains most by leaving; None where more than 14 users share, or nobody does.

    Users who leave earn U(ρ_S), of which they would be paid the same share as is paid out of U(ρ). Where the platform
    is a member, coalitions with it earn U(ρ_S) and those without it nothing.

    Parameters
    ----------
    payments, keeps : at the profile, what each user and the platform get
    error : bound on the errors of these
    """
    users = [user for user, level in enumerate(profile) if level]
    if not 0 < len(users) <= MOST_SHARING:
        return None
    worths = _worths(ground, profile)
    paid = _sums([payments[user] for user in users])
    if platform_is_member:
        gains = np.concatenate([worths - (paid + keeps), -paid])
    else:
        total, whole = sum((payments[user] for user in users), start=Fraction(0)), worths[-1]
        gains = (worths * (total / whole) if whole else 0 * worths) - paid
    inside = [*range(len(worths)), *range(len(worths))] if platform_is_member else range(len(worths))
    proper = [k for k in range(len(gains)) if _is_proper(k, len(worths), platform_is_member)]
    if not proper:
        return None
    best = max(proper, key=lambda k: gains[k])
    members = [user for place, user in enumerate(users) if inside[best] >> (len(users) - 1 - place) & 1]
    names = tuple(ground.names[user] for user in members)
    with_platform = ("platform",) if platform_is_member and best < len(worths) else ()
    slack = (len(users) + 1) * error + ground.error
    gain = gains[best] if isinstance(gains[best], Fraction) else float(gains[best])
    return Departure(bool(gain <= slack), (*with_platform, *names), gain)


def _is_proper(k: int, size: int, platform_is_member: bool) -> bool:
    """Whether a coalition is neither empty nor everybody."""
    if not platform_is_member:
        return 0 < k < size - 1
    return k < size - 1 or k > size


def _worths(ground: Ground, profile: Profile) -> Array:
    """U(ρ_S) of every S, the first user who shares as the highest bit."""
    index = [[0, axis.index(level)] if level else [0] for axis, level in zip(ground.axes, profile, strict=True)]
    return ground.worths.numbers(np.ix_(*index)).reshape(-1)


def _sums(parts: Sequence[Any]) -> Array:
    """Of every coalition, in the same order."""
    sums: Array = np.array([Fraction(0)], dtype=object)
    for part in parts:
        sums = object_array(total + own for total in sums for own in (0, part))
    return sums if all(isinstance(part, Fraction) for part in parts) else sums.astype(float)
