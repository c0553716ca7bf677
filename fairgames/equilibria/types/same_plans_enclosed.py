"""E[U], E[P] and gains at plans that are the same for users alike, to compare for certain; few users only."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product

from fairgames.certain import Rational, Real, combination
from fairgames.counts.lattice import count_vectors
from fairgames.equilibria.types.multinomial import together
from fairgames.equilibria.types.same_plans import KindPlans, SamePlans
from fairgames.valuation.enclosed import Counts

#: States of the counts up to which an expectation is written out.
MOST_STATES = 300


class EnclosedSamePlans:
    """Of one game; each method gives None where numbers are known in floats only, or states are too many."""

    def __init__(self, same: SamePlans) -> None:
        self._same = same
        self._values = same.game.base.enclosed()

    def utility(self, plans: KindPlans) -> Real | None:
        """E[U]."""
        return self._mean(plans, None, self._values.utility_on_counts)

    def potential(self, plans: KindPlans) -> Real | None:
        """E[P]."""
        return self._mean(plans, None, self._values.on_counts)

    def gain(self, plans: KindPlans, k: int, here: int, there: int) -> Real | None:
        """What a user of one kind is paid more on one level than on another, expected over all others."""
        number = self._same.kinds[k].number
        return self._mean(plans, (k, here), lambda counts: self._values.gain_on_counts(counts, number, here, there))

    def _mean(
        self, plans: KindPlans, alone: tuple[int, int] | None, number: Callable[[Counts], Real | None]
    ) -> Real | None:
        """The mean over counts; with ``alone`` one user of that kind is on that level for certain."""
        if self._n_states(plans, alone) > MOST_STATES:
            return None
        terms: list[tuple[Fraction, Real]] = []
        for weight, counts in self._states(plans, alone):
            real = number(counts)
            if real is None:
                return None
            terms.append((weight, real))
        return combination(terms) if terms else Rational(0)

    def _n_states(self, plans: KindPlans, alone: tuple[int, int] | None) -> int:
        """Counts that may come out, at most."""
        lattice = self._same.population.lattice
        found = 1
        for number, rows in enumerate(lattice.axes):
            used = self._used(plans, number, alone)
            found *= math.comb(int(rows[0].sum()) + len(used) - 1, len(used) - 1)
        return found

    def _used(self, plans: KindPlans, number: int, alone: tuple[int, int] | None) -> tuple[int, ...]:
        """The levels on which users of a type may be."""
        kinds = self._same.kinds
        own = {level for kind, plan in zip(kinds, plans, strict=True) if kind.number == number for level in plan}
        if alone is not None and kinds[alone[0]].number == number:
            own.add(alone[1])
        return tuple(sorted(own))

    def _states(self, plans: KindPlans, alone: tuple[int, int] | None) -> Iterator[tuple[Fraction, Counts]]:
        same = self._same
        chances = [kind.chances(plan) for kind, plan in zip(same.kinds, plans, strict=True)]
        axes: list[list[tuple[Fraction, Sequence[int]]]] = []
        lattice = same.population.lattice
        for number, rows in enumerate(lattice.axes):
            levels = self._used(plans, number, alone)
            groups = [
                (len(kind.users) - (alone is not None and alone[0] == k), own)
                for k, (kind, own) in enumerate(zip(same.kinds, chances, strict=True))
                if kind.number == number
            ]
            if alone is not None and same.kinds[alone[0]].number == number:
                groups.append((1, {alone[1]: Fraction(1)}))
            n_levels, size = rows.shape[1], int(rows[0].sum())
            weights = together(groups, levels, n_levels, exact=True)[0]
            counts = count_vectors(size, levels, n_levels).tolist()
            axes.append([(weight, row) for weight, row in zip(weights.tolist(), counts, strict=True) if weight])
        for combined in product(*axes):
            weight = Fraction(1)
            for chance, _ in combined:
                weight *= chance
            yield (
                weight,
                tuple(
                    ((number, level), count)
                    for number, (_, row) in enumerate(combined)
                    for level, count in enumerate(row)
                    if level and count
                ),
            )
