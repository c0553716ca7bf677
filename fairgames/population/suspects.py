"""Which states may be equilibria at all: one look a state, over lattices of millions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations

import numpy as np

from fairgames.population.conditions import Units, true
from fairgames.population.game import PopulationGame
from fairgames.population.types import UserType
from fairgames.progress import track
from fairgames.typing import Array, BoolArray, IntArray

_CHUNK = 50_000

#: κ of users who may not choose y, whom nothing draws there, and of those who may not choose x.
_FREE, _FORBIDDEN = -math.inf, math.inf


@dataclass(frozen=True, eq=False)
class Suspects:
    """States that pass a necessary condition of equilibrium, with bounds on β that hold for all their assignments."""

    units: Units
    states: IntArray
    least: Array
    most: Array

    def __len__(self) -> int:
        return len(self.states)

    def select(self, chosen: slice) -> Suspects:
        return Suspects(self.units, self.states[chosen], self.least[chosen], self.most[chosen])

    def range(self) -> tuple[Array, Array]:
        """The least and the greatest β ≥ 1 that are possible for each state, with room for rounding."""
        return np.maximum(self.least, self.units.one), self.most + self.units.slack


def suspects(game: PopulationGame) -> Suspects:
    """The states that may be an equilibrium at some share, by conditions on each move alone.

    If n users of a type stand at level x, the n-th least of its κ must do for D: one look a
    state. Where all users of each type are alike this is all there is; else who stands where
    remains to be seen.
    """
    units = Units.of(game)
    conditions = list(_conditions(game, units))
    found = [_passing(game, units, conditions, states) for states in _chunks(game.lattice.size)]
    states, least, most = (np.concatenate([part[k] for part in found]) for k in range(3))
    return Suspects(units, states, least, most)


@dataclass(frozen=True, eq=False)
class _Condition:
    """One move of one type, x to y; arrays with an entry a row of the type's axis.

    Attributes
    ----------
    number : of the type
    offset : how far away the state after the move is; 0 where nothing is asked
    factor : what turns D into a bound on β
    at_most, at_least, level : where that bound is one from above (κ > 0), from below (κ < 0), or
        none and D ≥ 0 is asked (κ = 0)
    never : where too few users may choose x
    """

    number: int
    offset: IntArray
    factor: Array
    at_most: BoolArray
    at_least: BoolArray
    level: BoolArray
    never: BoolArray


def _conditions(game: PopulationGame, units: Units) -> Iterator[_Condition]:
    lattice, dtype = game.lattice, object if game.exact else float
    for number, kind in enumerate(game.types):
        here, stride = np.arange(lattice.shape[number]), lattice.strides[number]
        for x, y in permutations(lattice.choices[number], 2):
            there, counts = lattice.moved(number, x, y), lattice.axes[number][:, x]
            steps = [_FREE, *_sorted_steps(kind, x, y)]
            bound = [isinstance(step, Fraction) for step in steps]
            factors = [units.beta_per_gain(step) if isinstance(step, Fraction) and step else 0 for step in steps]
            asked = np.array(bound)[counts]
            yield _Condition(
                number,
                np.where(asked, there - here, 0) * stride,
                np.array(factors, dtype=dtype)[counts],
                np.array([is_step and step > 0 for is_step, step in zip(bound, steps, strict=True)])[counts],
                np.array([is_step and step < 0 for is_step, step in zip(bound, steps, strict=True)])[counts],
                np.array([step == 0 for step in steps])[counts],
                np.array([step == _FORBIDDEN for step in steps])[counts],
            )


def _sorted_steps(kind: UserType, x: int, y: int) -> list[Fraction | float]:
    """κ of every user of the type, ascending."""
    steps: list[Fraction | float] = []
    for subtype in kind.subtypes:
        if x not in subtype.choices:
            step: Fraction | float = _FORBIDDEN
        else:
            step = subtype.costs[x] - subtype.costs[y] if y in subtype.choices else _FREE
        steps += [step] * subtype.size
    return sorted(steps)


def _passing(
    game: PopulationGame, units: Units, conditions: Iterable[_Condition], states: IntArray
) -> tuple[IntArray, Array, Array]:
    """Those of ``states`` that meet all conditions, with their bounds (least, most)."""
    dtype = object if game.exact else float
    values = game.potential.values
    own, least, most = values[states], np.full(len(states), -math.inf, dtype), np.full(len(states), math.inf, dtype)
    number = -1
    for condition in conditions:
        if condition.number != number:
            number = condition.number
            row = states // game.lattice.strides[number] % game.lattice.shape[number]
        gain = own - values[states + condition.offset[row]]
        if condition.level.any():
            np.copyto(least, math.inf, where=condition.level[row] & true(gain < -units.tolerance))
        gain *= condition.factor[row]
        if condition.at_most.any():
            np.minimum(most, gain, out=most, where=condition.at_most[row])
        if condition.at_least.any():
            np.maximum(least, gain, out=least, where=condition.at_least[row])
        passed = _possible(game, units, least, most)
        if condition.never.any():
            passed &= ~condition.never[row]
        kept = np.flatnonzero(passed)
        states, row, own, least, most = states[kept], row[kept], own[kept], least[kept], most[kept]
    return states, least, most


def _possible(game: PopulationGame, units: Units, least: Array, most: Array) -> BoolArray:
    """Whether some share that there is lies between the bounds, up to rounding."""
    most = most + units.slack
    if game.rule.has_alpha:
        return true(most >= least) & true(most >= units.one)
    return true(most >= units.one) & true(least <= units.one + units.slack)


def _chunks(size: int) -> Iterator[IntArray]:
    for start in track(range(0, size, _CHUNK), "equilibria: states"):
        yield np.arange(start, min(start + _CHUNK, size))
