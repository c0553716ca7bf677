"""Bounds on β = 1/α at which a state is an equilibrium, from P one user's move away.

A user with costs c stays at level x rather than y iff D ≥ κ·β, where D = P(j) − P(j − e_x + e_y)
and κ = c(x) − c(y). D is the same for all users of a type, κ for all of a cost class.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import permutations
from typing import Any

import numpy as np

from fairgames.certain import Judge
from fairgames.equilibria.pure.results import gain_error, reciprocal
from fairgames.equilibria.types.game import PopulationGame
from fairgames.typing import Array, BoolArray, IntArray
from fairgames.valuation.enclosed import EnclosedValues

#: κ of users who may not choose y, so that nothing draws them there, and of those who may not choose x.
FREE, FORBIDDEN = -math.inf, math.inf

#: κ, or one of the two above.
Step = Fraction | float


@dataclass(frozen=True)
class Units:
    """How β and its bounds are written: floats, or integers over ``one`` where the game is exact.

    Attributes
    ----------
    one : stands for β = 1
    multiple : a number that every κ ≠ 0 divides, in units of 1 over their denominators
    error : bound on the rounding error of a difference of P; 0 where exact
    """

    one: Any
    multiple: int
    error: float

    @classmethod
    def of(cls, game: PopulationGame, steps: set[Any]) -> Units:
        if not game.exact:
            return cls(1.0, 1, gain_error(game.potential))
        multiple = math.lcm(*(step.numerator for step in steps))
        return cls(game.potential.unit * multiple, multiple, 0)

    @property
    def exact(self) -> bool:
        return isinstance(self.one, int)

    @property
    def dtype(self) -> Any:
        """Of arrays of β."""
        return object if self.exact else float

    def beta_per_gain(self, step: Fraction) -> Any:
        """The factors that turn differences of P into bounds on β."""
        return int(self.multiple / step) if self.exact else reciprocal(step)

    def alpha(self, beta: Any) -> float | Fraction:
        """α = 1/β, at most 1."""
        return Fraction(self.one, max(beta, self.one)) if self.exact else 1 / max(float(beta), 1.0)


@dataclass(frozen=True, eq=False)
class Steps:
    """Many κ for one move, in arrays of one shape.

    Attributes
    ----------
    factor : what turns D into a bound on β, or 0
    at_most, at_least, level : where that is a bound from above (κ > 0), from below (κ < 0), or none
        and D ≥ 0 is asked (κ = 0); nothing is asked elsewhere
    never : where x may not be chosen
    """

    factor: Array
    at_most: BoolArray
    at_least: BoolArray
    level: BoolArray
    never: BoolArray

    @cached_property
    def endless(self) -> bool:
        """Whether some factor is beyond every float."""
        return bool(np.isinf(self.factor.astype(float)).any())

    @classmethod
    def of(cls, steps: Sequence[Step], units: Units) -> Steps:
        known: dict[Step, Any] = {
            step: units.beta_per_gain(step) for step in steps if isinstance(step, Fraction) and step
        }
        return cls(
            np.array([known.get(step, 0) for step in steps], dtype=units.dtype),
            np.array([step in known and step > 0 for step in steps]),
            np.array([step in known and step < 0 for step in steps]),
            np.array([step == 0 for step in steps]),
            np.array([step == FORBIDDEN for step in steps]),
        )

    def __getitem__(self, index: IntArray) -> Steps:
        return Steps(
            self.factor[index], self.at_most[index], self.at_least[index], self.level[index], self.never[index]
        )


@dataclass(frozen=True)
class End:
    """A bound on β: D/κ for one move of a type's users."""

    number: int
    move: tuple[int, int]
    step: Fraction


@dataclass(frozen=True, eq=False)
class BetaBounds:
    """The steps κ of all moves: for each type and (x, y), one a cost class.

    Attributes
    ----------
    ends : the distinct bounds on β that these steps make
    enclosed, judge : what decides comparisons that floats cannot
    """

    units: Units
    steps: tuple[Mapping[tuple[int, int], tuple[Step, ...]], ...]
    ends: tuple[End, ...]
    enclosed: EnclosedValues
    judge: Judge

    @classmethod
    def of(cls, game: PopulationGame) -> BetaBounds:
        steps = tuple(
            {
                (x, y): tuple(_step(cost_class.costs, cost_class.choices, x, y) for cost_class in kind.cost_classes)
                for x, y in permutations(levels, 2)
            }
            for kind, levels in zip(game.types, game.lattice.choices, strict=True)
        )
        units = Units.of(game, {abs(step) for moves in steps for row in moves.values() for step in row} - {0, math.inf})
        ends = {
            End(number, move, step): None
            for number, moves in enumerate(steps)
            for move, row in moves.items()
            for step in row
            if isinstance(step, Fraction) and step
        }
        return cls(units, steps, tuple(ends), EnclosedValues(game.utility, game.rule), Judge())


def _step(costs: Sequence[Fraction], choices: Sequence[int], x: int, y: int) -> Step:
    if x not in choices:
        return FORBIDDEN
    return costs[x] - costs[y] if y in choices else FREE


def true(comparison: Array) -> BoolArray:
    """A comparison of objects as an array of bool."""
    return np.asarray(comparison, dtype=bool)
