"""The platform's optimum over pure equilibria of many users of few types, on the lattice of counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.certain import Reals
from fairgames.counts.assignment import Demand, assignments
from fairgames.counts.least_cost import cheapest_masks, least_costs
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.types.candidate_states import CandidateStates, candidate_states
from fairgames.equilibria.types.certificate import certify_on_counts
from fairgames.equilibria.types.game import PopulationGame
from fairgames.equilibria.types.intervals import count_equilibria, n_equilibrium_profiles
from fairgames.equilibria.types.profiles import Assignments
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.choosing import choose, number, pure_strategies
from fairgames.mechanism.pure import FEW_USERS, certified, share_of
from fairgames.mechanism.result import Choice, Design
from fairgames.mechanism.selections import Candidates, candidates, named
from fairgames.mechanism.selections.selection import OnCounts, PotentialLines, Speaker
from fairgames.typing import Array, BoolArray, Profile, Scalar

#: Equilibrium profiles are numbered on lattices of at most so many states.
_NUMBERED_UP_TO = 200_000


def population_design(game: PaymentGame, selection: str, cap: Fraction | None, alone: bool = False) -> Design:
    """The best share for the platform at a pure equilibrium; see :func:`fairgames.design`.

    The same answer as that of the search through all profiles, ties and runner-up included. On lattices
    of more than 200,000 states the runner-up is the best choice of another state or interval.

    Parameters
    ----------
    alone : whether to leave out ties and the runner-up, which may take longer than all else

    Raises
    ------
    NoAnswerError
        If no equilibrium qualifies: none is stable, or none is within the budget.
    TooLargeError
        Before allocating, if the lattice does not fit in memory.
    """
    counted = PopulationGame.of(game)
    found = candidate_states(counted)
    numbered = counted.lattice.size <= _NUMBERED_UP_TO
    counting = named(selection)
    way = counting.known(counting.counts, "counted")
    equilibria = count_equilibria(counted, found, counting.strict, every_end=numbered and way.every_start)
    choices = CountedStates(counted, found, equilibria)
    offered = candidates(choices, counting, cap, game.rule)
    chosen = choose(
        offered,
        equilibria.judge,
        lambda k: choices.every(way, offered, k),
        counting.no_answer(cap),
        equilibria.proven[offered.position],
        alone=alone,
    )
    certificate = certify_on_counts(counted, chosen.winner.profile or (), chosen.winner.alpha)
    n_profiles = n_equilibrium_profiles(counted, found) if numbered else None
    return certified(counted, chosen, certificate, selection, n_profiles)


@dataclass(frozen=True, eq=False)
class CountedStates:
    """Equilibria on counts for a selection, and the profiles that speak for what it offers."""

    game: PopulationGame
    found: CandidateStates
    equilibria: PureEquilibria

    def every(self, way: OnCounts, offered: Candidates, k: int) -> Iterator[Choice]:
        """The choices of a candidate, in lexicographic order of their profiles."""
        utility = number(self.equilibria.utility[int(offered.position[k])])
        alpha = (
            share_of(offered, k, self.equilibria.judge, len(self.game.users) <= FEW_USERS)
            if self.game.rule.has_alpha
            else None
        )
        for profile, interval, attained in way.speakers(self, offered, k):
            yield Choice(
                alpha,
                profile,
                pure_strategies(profile, len(self.game.utility.levels), self.game.exact),
                number(offered.value.values[k]),
                utility,
                None if alpha is None else (number(interval[0]), number(interval[1])),
                attained,
                value_error=float(offered.value.errors[k]),
            )

    def starting(self, found: Candidates, k: int, strict: bool = False) -> Iterator[Speaker]:
        """Profiles whose own interval begins at the share; without a share all that are equilibria."""
        position, attained = int(found.position[k]), bool(found.attained[k])
        placed = self._assignments(int(self.equilibria.index[position]))
        if not self.game.rule.has_alpha:
            yield from ((profile, self._span(found, k), attained) for profile in placed.at_one(strict))
            return
        above = bool(self.equilibria.utility[position] >= 0)
        for profile in placed.starting(placed.cell(found.alpha, k), above, strict):
            reached = attained and (not strict or placed.is_strict(profile, found.alpha.values[k]))
            yield profile, placed.interval(profile), reached

    def cheapest(self, found: Candidates, k: int) -> Iterator[Speaker]:
        """Profiles that maximise Φ_α."""
        placed = self._assignments(int(self.equilibria.index[int(found.position[k])]))
        groups = []
        for kind, levels, own in zip(self.game.types, self.game.lattice.choices, placed.kinds, strict=True):
            counts = own.counts[0]
            groups.append(Demand(kind.users, cheapest_masks(kind, levels, counts), counts.tolist()))
        span, attained = self._span(found, k), bool(found.attained[k])
        yield from ((profile, span, attained) for profile in assignments(groups))

    def lowest(self, found: Candidates, k: int) -> Iterator[Speaker]:
        """The first of all profiles that leave as little at the share; without a share all that are equilibria."""
        if not self.game.rule.has_alpha:
            yield from self.starting(found, k)
            return
        profile, interval = self._worst(found, k)
        yield profile, interval, bool(found.attained[k])

    def _span(self, found: Candidates, k: int) -> tuple[Scalar, Scalar]:
        return found.lower[k], found.upper[k]

    def strict_at_end(self, offered: Candidates) -> BoolArray:
        """Whether a stable profile of each candidate is strict even at its share, which is 0 or 1."""
        return np.array([self._strict_somewhere(offered, k) for k in range(len(offered))], dtype=bool)

    def _strict_somewhere(self, offered: Candidates, k: int) -> bool:
        """Whether a stable profile of a candidate is strict even at the end of its interval."""
        position, alpha = int(offered.position[k]), offered.alpha.values[k]
        placed = self._assignments(int(self.equilibria.index[position]))
        cell, above = placed.cell(offered.alpha, k), bool(self.equilibria.utility[position] >= 0)
        profile = next(placed.starting(cell, above, strict=True), None)
        return profile is not None and placed.is_strict(profile, alpha)

    def _worst(self, offered: Candidates, k: int) -> tuple[Profile, tuple[Scalar, Scalar]]:
        """The first of all profiles with the lowest U at a breakpoint, or beside it, where it is approached."""
        low, high, alpha = offered.lower[k], offered.upper[k], offered.alpha.values[k]
        judge, equilibria = self.equilibria.judge, self.equilibria
        ranks = equilibria.utilities().ranks(judge)
        near = ranks == ranks[offered.position[k]]
        rooms = (0, 0) if equilibria.exact else (equilibria.lower_error, equilibria.upper_error)
        here = (equilibria.lower - rooms[0] <= high) & (equilibria.upper + rooms[1] >= low)
        found = {}
        for state in sorted(set(equilibria.index[np.asarray(near & here, dtype=bool)].tolist())):
            placed = self._assignments(state)
            cell = placed.cell(offered.alpha, k)
            inside = low < alpha < high or low == high
            profile = placed.at(cell) if inside else placed.beside(cell, above=bool(alpha == low))
            if profile is not None:
                found[profile] = placed.interval(profile)
        first = min(found)
        return first, (max(low, found[first][0]), min(high, found[first][1]))

    def potential(self) -> PotentialLines:
        """Φ_α of each state that is an equilibrium: its highest, at the least cost."""
        lattice, states = self.game.lattice, self.equilibria.index
        cost: Array = object_array([Fraction(0)] * len(states))
        for kind, levels, row in zip(self.game.types, lattice.choices, self.game.rows(states), strict=True):
            cost = cost + least_costs(kind, levels, lattice.axes[0].shape[1])[row]
        potential = self.game.potential
        errors = np.full(len(states), potential.error)
        shared = Reals(potential.numbers(states), errors, self.equilibria.exactly.potential, "potentials")
        return PotentialLines(shared, cost)

    def _assignments(self, state: int) -> Assignments:
        return Assignments.of(self.game, self.found.conditions, state)
