"""The platform's optimum over pure equilibria of many users of few types, on the lattice of counts."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from fairgames import memory
from fairgames.equilibria.intervals import PureEquilibria
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.choosing import choose, number, pure_strategies
from fairgames.mechanism.pure import no_answer
from fairgames.mechanism.result import Choice, Design
from fairgames.mechanism.selections import (
    Candidates,
    PotentialLines,
    Selection,
    along_potential,
    at_best_end,
    value_errors,
    within,
    without_share,
    worst,
)
from fairgames.population.certificate import certify_on_counts
from fairgames.population.equilibria import count_equilibria, n_equilibrium_profiles
from fairgames.population.game import PopulationGame, n_states
from fairgames.population.least_cost import first_cheapest, least_costs
from fairgames.population.profiles import Share, Standing
from fairgames.population.suspects import Suspects, suspects
from fairgames.population.types import user_types
from fairgames.typing import Array, Profile
from fairgames.utilities.base import MOST_AXES

#: Counting is worth its while from so many profiles on, if there are so many times fewer states.
_MANY_PROFILES, _FEWER = 200_000, 10

#: Equilibrium profiles are numbered on lattices of at most so many states.
_NUMBERED_UP_TO = 200_000


def worth_counting(game: PaymentGame) -> bool:
    """Whether the game is to be solved on counts: its users are in types, and its profiles are many.

    That is where the lattice of counts is much smaller than a tensor of very many profiles, or can
    be held where that cannot.
    """
    types = user_types(game.utility, game.users)
    if len(game.users) > MOST_AXES >= len(types):
        return True
    # A product of a million factors, one after another, would take a minute.
    users_with = Counter(len({0, *levels}) for levels in game.strategies)
    profiles: int
    states, profiles = n_states(types), math.prod(n_levels**count for n_levels, count in users_with.items())
    if states == profiles:
        return False
    if profiles > _MANY_PROFILES and profiles >= _FEWER * states:
        return True
    have = memory.available_bytes()
    return 100 * profiles > have >= 100 * states


def population_design(game: PaymentGame, selection: Selection, cap: Fraction | None) -> Design:
    """The best share for the platform at a pure equilibrium; see :func:`fairgames.design`.

    Exact, like the search through all profiles, but each count state stands for all of its
    profiles: of those that tie, the lexicographically first speaks for the state and its interval
    of α, and the runner-up is the best choice of another state or interval.

    Raises
    ------
    NoAnswerError
        If no equilibrium qualifies: none is stable, or none is within the budget.
    TooLargeError
        Before allocating, if the lattice does not fit in memory.
    """
    counted = PopulationGame.of(game)
    found = suspects(counted)
    equilibria = count_equilibria(counted, found, stable=selection == "stable")
    choices = _Choices(counted, found, equilibria, selection, cap)
    offered = choices.candidates()
    if not len(offered.value):
        raise no_answer(selection, cap)
    errors = value_errors(offered, equilibria, counted.rule.has_alpha)
    winner, ties, runner_up = choose(offered, equilibria.slack, errors, lambda k: choices.choice(offered, k))
    certificate = certify_on_counts(counted, winner.profile or (), winner.alpha)
    numbered = counted.lattice.size <= _NUMBERED_UP_TO
    return Design(
        choice=winner,
        payments=certificate.allocation.payments,
        regrets=certificate.regrets,
        regret_bound=certificate.bound,
        scope="pure",
        selection=selection,
        ties=ties,
        runner_up=runner_up,
        equilibrium_profiles=n_equilibrium_profiles(counted, found) if numbered else None,
        exact=counted.exact,
        rule=counted.rule.name,
        warnings=certificate.allocation.warnings(counted.users.names),
    )


@dataclass(frozen=True, eq=False)
class _Choices:
    """The candidates of a selection on counts, and the profile that speaks for each."""

    game: PopulationGame
    found: Suspects
    equilibria: PureEquilibria
    selection: Selection
    cap: Fraction | None

    def candidates(self) -> Candidates:
        """As :func:`fairgames.mechanism.selections.candidates`."""
        potential = self._potential() if self.selection == "potential" else None
        if not self.game.rule.has_alpha:
            return without_share(self.equilibria, self.selection, self.cap, potential)
        if self.selection == "worst":
            return worst(self.equilibria, self.cap)
        if potential is not None:
            return within(along_potential(self.equilibria, potential), self.equilibria, self.cap)
        offered = at_best_end(self.equilibria)
        if self.selection == "stable":
            attained = [alpha in (0, 1) and self._stable(offered, k)[1] for k, alpha in enumerate(offered.alpha)]
            offered = replace(offered, attained=np.array(attained, dtype=bool))
        return within(offered, self.equilibria, self.cap)

    def choice(self, offered: Candidates, k: int) -> Choice:
        position, alpha = int(offered.position[k]), offered.alpha[k]
        profile, interval = self._profile(offered, k)
        has_alpha = self.game.rule.has_alpha
        return Choice(
            number(alpha) if has_alpha else None,
            profile,
            pure_strategies(profile, len(self.game.utility.levels), self.game.exact),
            number(offered.value[k]),
            number(self.equilibria.utility[position]),
            (number(interval[0]), number(interval[1])) if has_alpha else None,
            bool(offered.attained[k]),
        )

    def _profile(self, offered: Candidates, k: int) -> tuple[Profile, tuple[Share, Share]]:
        """Who speaks for a candidate, and the shares at which the selection is that profile."""
        state, alpha = int(self.equilibria.index[offered.position[k]]), offered.alpha[k]
        span = (offered.lower[k], offered.upper[k])
        if self.selection == "potential":
            return self._first_cheapest(state), span
        standing = self._standing(state)
        if not self.game.rule.has_alpha:
            return _some(standing.without_share(self.selection == "stable")), span
        if self.selection == "worst":
            return self._worst(offered, k)
        profile = self._stable(offered, k)[0] if self.selection == "stable" else _some(standing.at(alpha))
        return profile, standing.interval(profile)

    def _stable(self, offered: Candidates, k: int) -> tuple[Profile, bool]:
        """The first stable profile of a candidate, and whether it is strict at the end of its interval itself.

        An end inside (0, 1) is where some condition holds with equality.
        """
        position, alpha = int(offered.position[k]), offered.alpha[k]
        standing = self._standing(int(self.equilibria.index[position]))
        profile = _some(standing.stable(alpha, above=bool(self.equilibria.utility[position] >= 0)))
        return profile, alpha in (0, 1) and standing.is_strict(profile, alpha)

    def _worst(self, offered: Candidates, k: int) -> tuple[Profile, tuple[Share, Share]]:
        """The first of all profiles with the lowest U at a breakpoint, or beside it, where it is approached."""
        low, high, alpha = offered.lower[k], offered.upper[k], offered.alpha[k]
        utility = self.equilibria.utility
        near = abs(utility - utility[offered.position[k]]) <= 2 * self.equilibria.utility_error
        room = 0 if self.game.exact else self.equilibria.slack
        there = (self.equilibria.lower <= low + room * low**2) & (self.equilibria.upper >= high - room * high**2)
        found = {}
        for state in set(self.equilibria.index[np.asarray(near & there, dtype=bool)].tolist()):
            standing = self._standing(state)
            inside = low < alpha < high or low == high
            profile = _some(standing.at(alpha) if inside else standing.beside(alpha, high if alpha == low else low))
            found[profile] = standing.interval(profile)
        first = min(found)
        return first, (max(low, found[first][0]), min(high, found[first][1]))

    def _potential(self) -> PotentialLines:
        """Φ_α of each state that is an equilibrium: its highest, at the least cost."""
        lattice, states = self.game.lattice, self.equilibria.index
        cost: Array = object_array([Fraction(0)] * len(states))
        for kind, levels, row in zip(self.game.types, lattice.choices, self.game.rows(states), strict=True):
            cost = cost + least_costs(kind, levels, lattice.axes[0].shape[1])[row]
        potential = self.game.potential
        return PotentialLines(
            potential.numbers(states), cost if self.game.exact else cost.astype(float), potential.error
        )

    def _first_cheapest(self, state: int) -> Profile:
        """The lexicographically first of the profiles of a state that maximise Φ_α."""
        lattice, rows = self.game.lattice, self.game.rows(np.array([state]))
        profile = [0] * len(self.game.users)
        for kind, levels, axis, row in zip(self.game.types, lattice.choices, lattice.axes, rows, strict=True):
            for user, level in zip(kind.users, first_cheapest(kind, levels, axis[row[0]]), strict=True):
                profile[user] = level
        return tuple(profile)

    def _standing(self, state: int) -> Standing:
        return Standing.of(self.game, self.found.conditions, state)


def _some(profile: Profile | None) -> Profile:
    """A profile that is known to exist."""
    if profile is None:
        raise AssertionError("an equilibrium state without an assignment")
    return profile
