"""Whether U is monotone, on counts: where profiles are too many to look at."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from fairgames.counts.lattice import Lattice
from fairgames.typing import Profile
from fairgames.utilities import counts
from fairgames.utilities.base import Utility


def first_fall_on_counts(utility: Utility, choices: Sequence[Sequence[int]]) -> tuple[Profile, int, int] | None:
    """A profile of level indices, a user and a higher level at which U is worth less; None if there is none.

    Parameters
    ----------
    choices : the level indices that each user may choose; users of a type may share those of all

    Raises
    ------
    TooLargeError
        Before allocating, if the lattice does not fit in memory.
    """
    types = utility.types
    used = [sorted({level for own, row in zip(types, choices, strict=True) if own == g for level in row})
            for g in range(len(utility.type_sizes))]  # fmt: skip
    lattice = Lattice.of(utility.type_sizes, used, len(utility.levels))
    values = utility.on_counts(lattice.axes)
    for g, levels in enumerate(lattice.choices):
        for low, high in pairwise(levels):
            after = lattice.moved(g, low, high)
            before = np.flatnonzero(after >= 0)
            falls = values.take(before, axis=g) - values.take(after[before], axis=g) > 2 * utility.rounding
            if falls.any():
                place = list(np.unravel_index(int(falls.argmax()), falls.shape))
                place[g] = before[place[g]]
                rows = [axis[[row]] for axis, row in zip(lattice.axes, place, strict=True)]
                profile = tuple(level for (level,) in next(counts.profiles(rows, types)))
                user = next(user for user, own in enumerate(types) if own == g and profile[user] == low)
                return profile, user, high
    return None
