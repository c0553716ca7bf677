"""U, P and differences of P at single profiles, as numbers that can be enclosed as narrowly as asked.

With n users who share, P(ρ) = Σ_{∅≠S} (|S| + e − 1)!·(n − |S|)!/(n + e)! · U(ρ_S), summed over
how many users of each type are on each level. What is equal in two profiles cancels exactly.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import TypeAlias

from fairgames.certain import Real, combination
from fairgames.typing import Profile
from fairgames.utilities.base import Utility

#: How many users are on each (type, level), level 0 left out.
_Counts: TypeAlias = tuple[tuple[tuple[int, int], int], ...]

#: Coalitions (counted by types) up to which P is summed: some ten seconds for distinct users.
MOST_COALITIONS = 20_000


class EnclosedValues:
    """U and P of one utility; everything is computed when first asked for, and kept.

    Parameters
    ----------
    extra : members of every coalition besides its users, as of the payment rule

    >>> from fairgames.utilities import LinearLaplace
    >>> values = EnclosedValues(LinearLaplace(2, [0, "inf"]), extra=0)
    >>> values.gain((1, 1), 0, 0).key
    Fraction(1, 2)
    """

    def __init__(self, utility: Utility, extra: int) -> None:
        self._of, self._extra = utility, extra
        self._types = utility.types
        self._utilities: dict[_Counts, Real | None] = {}
        self._potentials: dict[_Counts, Real | None] = {}
        self._gains: dict[tuple[_Counts, _Counts], Real | None] = {}

    def utility(self, profile: Sequence[int]) -> Real | None:
        """U(ρ) of level indices; None where only floats are known."""
        return self._utility(self._counted(profile))

    def potential(self, profile: Sequence[int]) -> Real | None:
        """P(ρ); None where only floats are known, or the coalitions are too many."""
        counts = self._counted(profile)
        if counts not in self._potentials:
            self._potentials[counts] = self._sum(counts)
        return self._potentials[counts]

    def gain(self, profile: Profile, user: int, level: int) -> Real | None:
        """P(ρ) − P(ρ with ρ_user = level): what staying is paid more, at α = 1; None as for :meth:`potential`."""
        there = (*profile[:user], level, *profile[user + 1 :])
        key = (self._counted(profile), self._counted(there))
        if key not in self._gains:
            here, other = self.potential(profile), self.potential(there)
            self._gains[key] = None if here is None or other is None else here - other
        return self._gains[key]

    def _counted(self, profile: Sequence[int]) -> _Counts:
        """How many users of each type are on each level but 0."""
        found = Counter((kind, level) for kind, level in zip(self._types, profile, strict=True) if level)
        return tuple(sorted(found.items()))

    def _utility(self, counts: _Counts) -> Real | None:
        if counts not in self._utilities:
            self._utilities[counts] = self._of.exactly(self._some_profile(counts))
        return self._utilities[counts]

    def _some_profile(self, counts: _Counts) -> Profile:
        levels: dict[int, list[int]] = {}
        for (kind, level), count in counts:
            levels.setdefault(kind, []).extend([level] * count)
        return tuple(levels[kind].pop() if levels.get(kind) else 0 for kind in self._types)

    def _sum(self, counts: _Counts) -> Real | None:
        if math.prod(count + 1 for _, count in counts) > MOST_COALITIONS:
            return None
        n, extra, terms = sum(count for _, count in counts), self._extra, []
        for chosen in product(*(range(count + 1) for _, count in counts)):
            size = sum(chosen)
            if not size:
                continue
            real = self._utility(tuple((where, k) for (where, _), k in zip(counts, chosen, strict=True) if k))
            if real is None:
                return None
            ways = math.prod(math.comb(count, k) for (_, count), k in zip(counts, chosen, strict=True))
            weight = math.factorial(size + extra - 1) * math.factorial(n - size)
            terms.append((Fraction(ways * weight, math.factorial(n + extra)), real))
        return combination(terms)
