"""E[U] at a plan: a utility of agents, whose levels are those that users choose at each of their cost rows."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import ClassVar

import numpy as np

from fairgames.certain import Real, combination
from fairgames.exact import Rationals
from fairgames.private.agents import Agents
from fairgames.private.expected import expected
from fairgames.tensor import Tensor
from fairgames.typing import Axes, FloatArray, Profile
from fairgames.utilities.base import Utility

_EPSILON = float(np.finfo(float).eps)
#: Combinations of the levels that users may be on, up to which an expectation is written out to be enclosed.
MOST_STATES = 20_000


def states(agents: Agents, profile: Profile) -> list[tuple[Fraction, Profile]] | None:
    """The profiles of levels that may come out of what agents play, each with its chance; None where too many."""
    own = [agents.level_chances(user, levels) for user, levels in enumerate(agents.plan(profile))]
    size = 1
    for chances in own:
        size *= len(chances)
        if size > MOST_STATES:
            return None
    found = []
    for combined in product(*(chances.items() for chances in own)):
        weight = Fraction(1)
        for _, chance in combined:
            weight *= chance
        found.append((weight, tuple(level for level, _ in combined)))
    return found


class ExpectedUtility(Utility):
    """E[U], one user an agent; see :class:`fairgames.private.PlanGame`.

    Parameters
    ----------
    of : U
    agents : of its users
    """

    kind: ClassVar[str] = "expected"
    _vouched = True  # U itself is looked at

    def __init__(self, of: Utility, agents: Agents) -> None:
        super().__init__(len(agents), of.levels)
        self.of, self.agents = of, agents
        self.kind = of.kind  # type: ignore[misc]  # as whoever reads about the game knows it

    def described(self) -> str:
        return f"expectation over private costs of {self.of.described()}"

    @property
    def level_names(self) -> tuple[str, ...]:
        return self.of.level_names

    @property
    def rational(self) -> bool:
        return self.of.rational

    @cached_property
    def rounding(self) -> float:
        """As of :attr:`_everywhere`, whose plans may be too many to look at."""
        largest, error = float(np.abs(self.of.on_grid()).max()), self.of.rounding
        for own in self.agents.chances:
            if len(own) > 1:
                error += 2 * (len(own) + 1) * _EPSILON * (largest + error)
        return error

    @cached_property
    def _everywhere(self) -> Tensor:
        """E[U] at every plan, in floats."""
        return expected(Tensor(self.of.on_grid(), 1, self.of.rounding), self.agents.chances)

    def exactly(self, profile: tuple[int, ...]) -> Real | None:  # type: ignore[override]
        """E[U] at one plan, as levels of agents."""
        possible = states(self.agents, tuple(profile))
        terms = []
        for weight, levels in possible or ():
            real = self.of.exactly(levels)
            if real is None:
                return None
            terms.append((weight, real))
        return combination(terms) if terms else None

    def _block(self, axes: Axes) -> FloatArray:
        return np.asarray(self._everywhere.values[np.ix_(*axes)]).reshape([len(axis) for axis in axes if len(axis) > 1])

    def _exact_block(self, axes: Axes) -> Rationals:
        exact = self.of.exact_on_grid()
        found = expected(Tensor(exact.numerators, exact.denominator, 0), self.agents.chances)
        chosen = found.values[np.ix_(*axes)].reshape([len(axis) for axis in axes if len(axis) > 1])
        return Rationals(chosen, found.unit)
